/* work.c: "msirig work" computes or stands still, as named events say; the stand-in msiserver does
 * so itself and in a child.
 *
 * While the event RIG_WORKS (the child: RIG_CHILD_WORKS) is set it computes about a third of the
 * time, else it stands still; when RIG_WORK_ENDS is set it ends. Who asks for it makes the events.
 */
#include "rig.h"

#include <stdio.h>

DWORD rig_work_by(const char *event)
{
    HANDLE works = OpenEventA(SYNCHRONIZE, FALSE, event);
    HANDLE ends = OpenEventA(SYNCHRONIZE, FALSE, RIG_WORK_ENDS);
    if (works == NULL || ends == NULL)
        return rig_failed(event, GetLastError());
    const HANDLE either[] = {ends, works};
    /* Who stands still must not even poll. */
    while (WaitForMultipleObjects(2, either, FALSE, INFINITE) == WAIT_OBJECT_0 + 1) {
        int64_t until = rig_now_ms() + 20;
        volatile unsigned counted = 0;
        while (rig_now_ms() < until)
            counted = counted + 1;
        Sleep(40);
    }
    CloseHandle(works);
    CloseHandle(ends);
    return ERROR_SUCCESS;
}

static DWORD WINAPI work(void *arg)
{
    return rig_work_by(arg);
}

DWORD rig_work_begin(void)
{
    static char own[] = RIG_WORKS;
    char image[MAX_PATH], command[MAX_PATH + 64];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION child;
    HANDLE thread = CreateThread(NULL, 0, work, own, 0, NULL);
    if (thread == NULL)
        return GetLastError();
    CloseHandle(thread);
    GetModuleFileNameA(NULL, image, sizeof image);
    snprintf(command, sizeof command, "\"%s\" work " RIG_CHILD_WORKS, image);
    if (!CreateProcessA(image, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &child))
        return GetLastError();
    CloseHandle(child.hThread);
    CloseHandle(child.hProcess);
    return ERROR_SUCCESS;
}

int rig_work(int argc, char **argv)
{
    const char *event = RIG_WORKS;
    const struct rig_option options[] = {
        {NULL, .text = &event, .help = "the event while which it computes (" RIG_WORKS ")"},
        {0},
    };
    return rig_options(options, argc, argv) ? (int)rig_work_by(event) : ERROR_INVALID_PARAMETER;
}
