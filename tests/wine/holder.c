/* holder.c: a thread that owns the installer's mutex. */
#include "holder.h"

#include "must.h"

#include <sddl.h>
#include <string.h>

void holder_open(struct holder *holder, const char *sddl)
{
    SECURITY_ATTRIBUTES security = {.nLength = sizeof security};
    memset(holder, 0, sizeof *holder);
    if (sddl != NULL) {
        must(ConvertStringSecurityDescriptorToSecurityDescriptorA(
                 sddl, SDDL_REVISION_1, &security.lpSecurityDescriptor, NULL),
             "%s: error %lu", sddl, GetLastError());
    }
    holder->mutex = CreateMutexA(sddl != NULL ? &security : NULL, FALSE, RIG_MUTEX);
    must(holder->mutex != NULL, "CreateMutex: error %lu", GetLastError());
    LocalFree(security.lpSecurityDescriptor);
}

static DWORD WINAPI own(void *arg)
{
    struct holder *holder = arg;
    DWORD got = WaitForSingleObject(holder->mutex, LIMIT_MS);
    if (got != WAIT_OBJECT_0 && got != WAIT_ABANDONED) {
        return ERROR_INSTALL_ALREADY_RUNNING;
    }
    SetEvent(holder->held);
    WaitForSingleObject(holder->let_go, INFINITE);
    if (!holder->abandon) {
        ReleaseMutex(holder->mutex);
    }
    return ERROR_SUCCESS;
}

int64_t holder_take(struct holder *holder)
{
    holder->held = CreateEventA(NULL, TRUE, FALSE, NULL);
    holder->let_go = CreateEventA(NULL, TRUE, FALSE, NULL);
    holder->abandon = false;
    holder->thread = CreateThread(NULL, 0, own, holder, 0, NULL);
    must(holder->thread != NULL, "CreateThread: error %lu", GetLastError());
    must(WaitForSingleObject(holder->held, LIMIT_MS) == WAIT_OBJECT_0, "the mutex was not free");
    return rig_now_ms();
}

int64_t holder_release(struct holder *holder)
{
    SetEvent(holder->let_go);
    WaitForSingleObject(holder->thread, INFINITE);
    int64_t now = rig_now_ms();
    CloseHandle(holder->thread);
    CloseHandle(holder->held);
    CloseHandle(holder->let_go);
    holder->thread = NULL;
    return now;
}

int64_t holder_abandon(struct holder *holder)
{
    holder->abandon = true;
    return holder_release(holder);
}

int64_t holder_close(struct holder *holder)
{
    if (holder->thread != NULL) {
        holder_release(holder);
    }
    if (holder->mutex != NULL) {
        CloseHandle(holder->mutex);
        holder->mutex = NULL;
    }
    return rig_now_ms();
}
