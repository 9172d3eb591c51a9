/* waiter_win32.c: the sensor thread's sleep: one alertable wait on a wake event, a timer and the
 * sensors' events. */
#include "observe/waiter.h"

#include "common/win32/timer.h"
#include "base/win32_error.h"

#include <stdlib.h>
#include <uv.h>
#include <windows.h>

enum { WAKE, TIMER, FIRST_WATCHED };

struct waiter {
    HANDLE handles[FIRST_WATCHED + WAITER_EVENTS]; /* in the order in which the wait checks them */
    DWORD count;
};

int waiter_new(struct waiter **out)
{
    struct waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL) {
        return UV_ENOMEM;
    }
    int error;
    waiter->handles[WAKE] = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (waiter->handles[WAKE] == NULL) {
        error = win32_error_to_uv(GetLastError());
        goto free_waiter;
    }
    waiter->handles[TIMER] = timer_new();
    if (waiter->handles[TIMER] == NULL) {
        error = win32_error_to_uv(GetLastError());
        goto close_wake;
    }
    waiter->count = FIRST_WATCHED;
    *out = waiter;
    return 0;

close_wake:
    CloseHandle(waiter->handles[WAKE]);
free_waiter:
    free(waiter);
    return error;
}

void waiter_free(struct waiter *waiter)
{
    if (waiter == NULL) {
        return;
    }
    CloseHandle(waiter->handles[TIMER]);
    CloseHandle(waiter->handles[WAKE]);
    free(waiter);
}

/* Returns false only if the handle is broken. */
static BOOL set_timer(struct waiter *waiter, uint64_t us)
{
    /* The time is relative, in units of 100 ns. Setting the timer also clears what an earlier wait
     * that ended early left of it. */
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)us * 10};
    return SetWaitableTimer(waiter->handles[TIMER], &due, 0, NULL, NULL, FALSE);
}

static DWORD whole_ms(uint64_t us)
{
    return us > 1000 ? (DWORD)(us / 1000) : 1;
}

void waiter_wait(struct waiter *waiter, uint64_t timeout_us)
{
    BOOL set = set_timer(waiter, timeout_us);
    DWORD result = WaitForMultipleObjectsEx(waiter->count, waiter->handles, FALSE,
                                            set ? INFINITE : whole_ms(timeout_us), TRUE);
    if (result == WAIT_FAILED) {
        /* The wait failed. Sleep for the interval without hints, instead of looping. */
        SleepEx(whole_ms(timeout_us), TRUE);
    }
}

void waiter_pause(struct waiter *waiter, uint64_t us)
{
    DWORD result = WAIT_FAILED;
    if (set_timer(waiter, us)) {
        do {
            result = WaitForSingleObjectEx(waiter->handles[TIMER], INFINITE, TRUE);
        } while (result == WAIT_IO_COMPLETION);
    }
    if (result == WAIT_FAILED) {
        SleepEx(whole_ms(us), TRUE);
    }
}

void waiter_wake(struct waiter *waiter)
{
    SetEvent(waiter->handles[WAKE]);
}

int waiter_watch(struct waiter *waiter, void *event)
{
    if (waiter->count == FIRST_WATCHED + WAITER_EVENTS) {
        return UV_ENOBUFS;
    }
    waiter->handles[waiter->count++] = event;
    return 0;
}
