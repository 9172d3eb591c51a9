/* input.c: waits for the first byte, or the end, of standard input. */
#include "input.h"

#include <stdbool.h>
#include <stdio.h>
#ifndef _WIN32
#include <pthread.h>
#endif

static struct {
    uv_async_t async;
    uv_thread_t thread;
    void (*came)(void);
    uv_mutex_t lock; /* never destroyed: the thread may outlive everything else */
    bool stopped;    /* guarded by it */
} input;

static void on_async(uv_async_t *async)
{
    (void)async;
    input.came();
}

static void wait_for_it(void *arg)
{
    (void)arg;
    getchar();
    uv_mutex_lock(&input.lock);
    if (!input.stopped) {
        uv_async_send(&input.async);
    }
    uv_mutex_unlock(&input.lock);
}

int input_start(uv_loop_t *loop, void (*came)(void))
{
    input.came = came;
    int error = uv_mutex_init(&input.lock);
    if (error == 0) {
        error = uv_async_init(loop, &input.async, on_async);
    }
    if (error == 0) {
        error = uv_thread_create(&input.thread, wait_for_it, NULL);
    }
#ifndef _WIN32
    if (error == 0) {
        pthread_detach(input.thread); /* nobody can end its reading, so nobody waits for it */
    }
#endif
    return error;
}

void input_stop(void)
{
    uv_mutex_lock(&input.lock);
    bool stopped = input.stopped;
    input.stopped = true;
    uv_mutex_unlock(&input.lock);
    if (!stopped) {
        uv_close((uv_handle_t *)&input.async, NULL);
    }
}
