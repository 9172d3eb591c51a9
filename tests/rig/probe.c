/* probe.c: "msirig probe" says whether the installer's mutex exists, as tools that take existence
 * for "busy" find out; "msirig grab" takes it without waiting, as an installer without patience
 * would, and counts how often somebody was in the way. */
#include "rig.h"

#include <stdio.h>

int rig_probe(int argc, char **argv)
{
    uint32_t within_ms = 0;
    const char *name = RIG_MUTEX;
    const struct rig_option options[] = {
        {"--gone-within", .number = &within_ms, .help = "ms to wait until it is absent"},
        {"--name", .text = &name, .help = "another mutex than " RIG_MUTEX},
        {0},
    };
    if (!rig_options(options, argc, argv))
        return ERROR_INVALID_PARAMETER;
    for (int64_t end = rig_now_ms() + within_ms;;) {
        int64_t now = rig_now_ms();
        HANDLE mutex = OpenMutexA(SYNCHRONIZE, FALSE, name);
        DWORD error = mutex != NULL ? ERROR_SUCCESS : GetLastError();
        if (mutex != NULL)
            CloseHandle(mutex);
        if (error == ERROR_FILE_NOT_FOUND) {
            rig_edge("absent");
            return ERROR_SUCCESS;
        }
        if (error != ERROR_SUCCESS && error != ERROR_ACCESS_DENIED)
            return (int)rig_failed(name, error);
        if (now >= end) {
            rig_edge("present");
            return ERROR_ALREADY_EXISTS;
        }
    }
}

int rig_grab(int argc, char **argv)
{
    uint32_t attempts = 2000, pause_ms = 0, failed = 0;
    const char *name = RIG_MUTEX;
    const struct rig_option options[] = {
        {"--attempts", .number = &attempts, .help = "how often (2000)"},
        {"--pause", .number = &pause_ms, .help = "ms between two attempts (0)"},
        {"--name", .text = &name, .help = "another mutex than " RIG_MUTEX},
        {0},
    };
    HANDLE mutex;
    if (!rig_options(options, argc, argv))
        return ERROR_INVALID_PARAMETER;
    mutex = CreateMutexA(NULL, FALSE, name);
    if (mutex == NULL)
        return (int)rig_failed(name, GetLastError());
    for (uint32_t i = 0; i < attempts; ++i) {
        DWORD got = WaitForSingleObject(mutex, 0);
        if (got == WAIT_OBJECT_0 || got == WAIT_ABANDONED)
            ReleaseMutex(mutex);
        else
            ++failed;
        Sleep(pause_ms);
    }
    CloseHandle(mutex);
    printf("attempts %u failed %u\n", attempts, failed);
    return failed == 0 ? ERROR_SUCCESS : ERROR_INSTALL_ALREADY_RUNNING;
}
