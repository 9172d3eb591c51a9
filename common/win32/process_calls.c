/* process_calls.c: reads Windows' list of processes. */
#include "common/win32/process_calls.h"

#include "common/win32/owner.h"

#include <string.h>
#include <windows.h>

#include <winternl.h>

static uint32_t snapshot(void *arg, void *buffer, uint32_t *size)
{
    ULONG written = 0;
    (void)arg;
    NTSTATUS status = NtQuerySystemInformation(SystemProcessInformation, buffer, *size, &written);
    *size = written;
    return (uint32_t)status;
}

static void image(void *arg, uint32_t pid, uint64_t created, char out[MSIWATCH_STRING_BYTES])
{
    struct owner owner = {.pid = 0};
    (void)arg;
    owner_look(&owner, pid, 0);
    out[0] = '\0';
    if (owner.created == created) {
        memcpy(out, owner.image, MSIWATCH_STRING_BYTES);
    }
}

const struct process_calls *process_calls_of_system(void)
{
    static const struct process_calls calls = {snapshot, image, NULL};
    return &calls;
}
