/* waiter_posix.c: the sensor thread's sleep, on a condition variable. */
#include "observe/waiter.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

struct waiter {
    uv_mutex_t lock;
    uv_cond_t changed;
    bool woken;
};

int waiter_new(struct waiter **out)
{
    struct waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL) {
        return UV_ENOMEM;
    }
    int error = uv_mutex_init(&waiter->lock);
    if (error != 0) {
        goto free_waiter;
    }
    error = uv_cond_init(&waiter->changed);
    if (error != 0) {
        goto destroy_lock;
    }
    *out = waiter;
    return 0;

destroy_lock:
    uv_mutex_destroy(&waiter->lock);
free_waiter:
    free(waiter);
    return error;
}

void waiter_free(struct waiter *waiter)
{
    if (waiter == NULL) {
        return;
    }
    uv_cond_destroy(&waiter->changed);
    uv_mutex_destroy(&waiter->lock);
    free(waiter);
}

void waiter_wait(struct waiter *waiter, uint64_t timeout_us)
{
    uint64_t until = uv_hrtime() + timeout_us * 1000;
    uv_mutex_lock(&waiter->lock);
    while (!waiter->woken) {
        uint64_t now = uv_hrtime();
        if (now >= until || uv_cond_timedwait(&waiter->changed, &waiter->lock, until - now) != 0) {
            break;
        }
    }
    waiter->woken = false;
    uv_mutex_unlock(&waiter->lock);
}

void waiter_pause(struct waiter *waiter, uint64_t us)
{
    struct timespec left = {.tv_sec = (time_t)(us / 1000000),
                            .tv_nsec = (long)(us % 1000000) * 1000};
    (void)waiter;
    while (nanosleep(&left, &left) != 0) {
    }
}

void waiter_wake(struct waiter *waiter)
{
    uv_mutex_lock(&waiter->lock);
    waiter->woken = true;
    uv_cond_signal(&waiter->changed);
    uv_mutex_unlock(&waiter->lock);
}
