/* hold.c: "msirig hold" owns the installer's mutex as an installation does.
 *
 * An installation creates the mutex if it is absent, waits up to 3 s for it, releases and closes
 * it at its end. Every edge is printed as "WHAT UNIX-MS" when it has just happened:
 *   created, opened   there is a handle to the object
 *   held              it is owned from here on
 *   passed            released, and the next owner was already waiting for it
 *   free              nobody owns it from here on
 *   abandoned         its owner ended without releasing it
 *   closed            the handle is gone, and with it the object unless others have handles
 * A thread of its own owns it each time, since it is threads that own mutexes: that is how it is
 * abandoned, and how the owner changes. */
#include "rig.h"

#include <sddl.h>
#include <stdio.h>

#define GRAB_MS 3000u /* as long as msiexec waits */
#define UNTIL_MS 60000u

struct hold {
    const char *name, *sddl, *ready_event, *until_event;
    uint32_t hold_ms, grab_ms, keep_ms, free_ms, count, for_ms, changes;
    bool abandon, recreate;
    SECURITY_ATTRIBUTES security;
    HANDLE mutex, ready, until;
};

/* One owner of a chain. */
struct owner {
    struct hold *hold;
    struct owner *next; /* takes it over at once; NULL: it is free after this one */
    HANDLE thread;
    DWORD error;
};

static DWORD WINAPI own(void *arg);

static DWORD start_owner(struct owner *owner)
{
    owner->thread = CreateThread(NULL, 0, own, owner, 0, NULL);
    return owner->thread != NULL ? ERROR_SUCCESS : GetLastError();
}

static DWORD WINAPI own(void *arg)
{
    struct owner *owner = arg;
    const struct hold *hold = owner->hold;
    DWORD got = WaitForSingleObject(hold->mutex,
                                    (hold->changes > 0 ? hold->hold_ms : 0) + hold->grab_ms);
    if (got != WAIT_OBJECT_0 && got != WAIT_ABANDONED) {
        owner->error = got == WAIT_TIMEOUT ? ERROR_INSTALL_ALREADY_RUNNING : GetLastError();
        return 0;
    }
    rig_edge("held");
    if (hold->ready != NULL)
        SetEvent(hold->ready);
    if (owner->next != NULL)
        owner->error = start_owner(owner->next);
    Sleep(hold->hold_ms);
    if (hold->until != NULL)
        WaitForSingleObject(hold->until, UNTIL_MS);
    if (!hold->abandon || owner->next != NULL) {
        /* The next owner prints "held" as soon as this releases it. */
        if (owner->next != NULL)
            rig_edge("passed");
        ReleaseMutex(hold->mutex);
        if (owner->next == NULL)
            rig_edge("free");
    }
    return 0;
}

static DWORD open_mutex(struct hold *hold)
{
    DWORD error;
    hold->mutex = CreateMutexA(hold->sddl != NULL ? &hold->security : NULL, FALSE, hold->name);
    error = GetLastError();
    if (hold->mutex == NULL)
        return rig_failed(hold->name, error);
    rig_edge(error == ERROR_ALREADY_EXISTS ? "opened" : "created");
    return ERROR_SUCCESS;
}

static void close_mutex(struct hold *hold)
{
    if (hold->mutex == NULL)
        return;
    Sleep(hold->keep_ms);
    CloseHandle(hold->mutex);
    hold->mutex = NULL;
    rig_edge("closed");
}

#define OWNERS_MAX 33u

/* Takes it, keeps it, lets it go: one owner, or a chain of them. */
static DWORD hold_once(struct hold *hold)
{
    struct owner owners[OWNERS_MAX] = {0};
    uint32_t count = hold->changes + 1;
    DWORD error;
    for (uint32_t i = 0; i < count; ++i) {
        owners[i].hold = hold;
        owners[i].next = i + 1 < count ? &owners[i + 1] : NULL;
    }
    error = start_owner(&owners[0]);
    for (uint32_t i = 0; i < count && error == ERROR_SUCCESS; ++i) {
        WaitForSingleObject(owners[i].thread, INFINITE);
        error = owners[i].error;
    }
    for (uint32_t i = 0; i < count; ++i)
        if (owners[i].thread != NULL)
            CloseHandle(owners[i].thread);
    if (error == ERROR_INSTALL_ALREADY_RUNNING)
        rig_edge("refused");
    else if (error != ERROR_SUCCESS)
        rig_failed("taking the mutex", error);
    else if (hold->abandon)
        rig_edge("abandoned");
    return error;
}

static DWORD hold_rounds(struct hold *hold)
{
    int64_t end = rig_now_ms() + hold->for_ms;
    DWORD error = ERROR_SUCCESS;
    for (uint32_t i = 0; error == ERROR_SUCCESS; ++i) {
        if (hold->for_ms > 0 ? rig_now_ms() >= end : i >= hold->count)
            break;
        if (i > 0)
            Sleep(hold->free_ms);
        if (hold->mutex == NULL)
            error = open_mutex(hold);
        if (error == ERROR_SUCCESS)
            error = hold_once(hold);
        if (hold->recreate)
            close_mutex(hold);
    }
    close_mutex(hold);
    return error;
}

int rig_hold(int argc, char **argv)
{
    struct hold hold = {
        .name = RIG_MUTEX, .hold_ms = 3000, .grab_ms = GRAB_MS, .count = 1, .free_ms = 400};
    const struct rig_option options[] = {
        {NULL, .number = &hold.hold_ms, .help = "how long to own it, in ms (3000)"},
        {"--grab", .number = &hold.grab_ms, .help = "how long to wait for it, in ms (3000)"},
        {"--count", .number = &hold.count, .help = "so many times (1)"},
        {"--for", .number = &hold.for_ms, .help = "again and again for so many ms"},
        {"--free", .number = &hold.free_ms, .help = "ms between two times (400)"},
        {"--recreate", .flag = &hold.recreate, .help = "close it after each time, create it again"},
        {"--keep", .number = &hold.keep_ms,
         .help = "keep it, not owned, for so many ms before closing"},
        {"--abandon", .flag = &hold.abandon, .help = "end the owning thread without releasing"},
        {"--owner-change", .number = &hold.changes, .help = "so many other threads take it over"},
        {"--sddl", .text = &hold.sddl, .help = "its security descriptor, if it is created"},
        {"--ready-event", .text = &hold.ready_event, .help = "set this event when it is held"},
        {"--until", .text = &hold.until_event, .help = "and until this event is set"},
        {"--name", .text = &hold.name, .help = "another mutex than " RIG_MUTEX},
        {0},
    };
    DWORD error;
    if (!rig_options(options, argc, argv) || hold.changes >= OWNERS_MAX)
        return ERROR_INVALID_PARAMETER;
    hold.security.nLength = sizeof hold.security;
    if (hold.sddl != NULL &&
        !ConvertStringSecurityDescriptorToSecurityDescriptorA(
            hold.sddl, SDDL_REVISION_1, &hold.security.lpSecurityDescriptor, NULL))
        return (int)rig_failed(hold.sddl, GetLastError());
    if (hold.ready_event != NULL) {
        hold.ready = CreateEventA(NULL, TRUE, FALSE, hold.ready_event);
        if (hold.ready == NULL)
            return (int)rig_failed(hold.ready_event, GetLastError());
    }
    if (hold.until_event != NULL) {
        hold.until = CreateEventA(NULL, TRUE, FALSE, hold.until_event);
        if (hold.until == NULL)
            return (int)rig_failed(hold.until_event, GetLastError());
    }
    error = hold_rounds(&hold);
    if (hold.ready != NULL)
        CloseHandle(hold.ready);
    if (hold.until != NULL)
        CloseHandle(hold.until);
    LocalFree(hold.security.lpSecurityDescriptor);
    return (int)error;
}
