/* processes_win32.c: finds out which process started which, on Windows. */
#include "pipe/processes.h"

#include "common/win32/owner.h"
#include "pipe/client_process_win32.h"

#include <string.h>

static bool still_runs(HANDLE process)
{
    DWORD code;
    return GetExitCodeProcess(process, &code) && code == STILL_ACTIVE;
}

static bool read_open(HANDLE process, uint32_t pid, struct process *out)
{
    FILETIME created, ended, kernel, user;
    DWORD session;
    HANDLE token;
    if (!still_runs(process) || !GetProcessTimes(process, &created, &ended, &kernel, &user)) {
        return false;
    }
    out->pid = pid;
    out->parent = owner_parent(process);
    out->created = (uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime;
    out->session = ProcessIdToSessionId(pid, &session) ? session : UINT32_MAX;
    if (OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &token)) {
        struct client_process client;
        client_process_of_token(token, &client);
        out->user_size = client.user_size;
        memcpy(out->user, client.user, client.user_size);
        CloseHandle(token);
    }
    return true;
}

static bool read_process(void *arg, uint32_t pid, struct process *out)
{
    (void)arg;
    memset(out, 0, sizeof *out);
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    if (process == NULL) {
        return false;
    }
    bool read = read_open(process, pid, out);
    CloseHandle(process);
    return read;
}

static void read_image(void *arg, uint32_t pid, char out[MSIWATCH_STRING_BYTES])
{
    struct owner owner = {.pid = 0};
    (void)arg;
    owner_look(&owner, pid, 0);
    memcpy(out, owner.image, MSIWATCH_STRING_BYTES);
}

const struct processes *processes_of_system(void)
{
    static const struct processes processes = {read_process, read_image, NULL};
    return &processes;
}
