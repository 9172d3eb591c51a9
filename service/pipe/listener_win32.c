/* listener_win32.c: the listener on Windows: a named pipe whose clients are handed over to libuv.
 *
 * libuv does not create the pipe, because uv_pipe_bind accepts no security descriptor and lets
 * remote clients in. The acceptor's thread creates its instances and waits for clients; here, on
 * the loop, connected instances become uv_pipe_t.
 */
#include "pipe/listener.h"

#include "pipe/acceptor_win32.h"
#include "pipe/client_process_win32.h"
#include "pipe/pipe_name.h"
#include "base/win32_error.h"

#include <io.h>
#include <stdlib.h>
#include <windows.h>

enum { CLIENTS_A_TURN = 32 }; /* then the loop does its other work */

struct listener {
    struct listener_config config;
    char name[PIPE_NAME_BYTES];
    struct acceptor *acceptor; /* NULL when closing */
    bool recovered;
    uv_async_t arrived;
    void (*closed)(void *arg);
    void *closed_arg;
};

static int open_pipe(struct listener *listener, uv_pipe_t *pipe, HANDLE handle)
{
    int error = uv_pipe_init(listener->config.loop, pipe, 0);
    uv_file fd = uv_open_osfhandle(handle);
    if (fd < 0) {
        CloseHandle(handle);
        return error != 0 ? error : UV_EMFILE;
    }
    if (error == 0) {
        error = uv_pipe_open(pipe, fd);
    }
    /* libuv duplicates the first three descriptors, because they are usually the standard ones. A
     * service has no standard descriptors, so the first clients may get these numbers; then ours is
     * closed. */
    if (error != 0 || fd <= 2) {
        _close(fd);
    }
    return error;
}

static void admit(struct listener *listener, HANDLE handle)
{
    struct listener_config *config = &listener->config;
    struct client_process client;
    client_process_of_pipe(handle, &client);
    uv_pipe_t *pipe = config->accepting(config->arg);
    if (pipe == NULL) {
        CloseHandle(handle);
        return;
    }
    config->accepted(config->arg, pipe, &client, open_pipe(listener, pipe, handle));
}

static void on_arrived(uv_async_t *async)
{
    struct listener *listener = async->data;
    for (int i = 0; i < CLIENTS_A_TURN; i++) {
        /* Checked each time, because the receiver may close the listener when a client arrives. */
        HANDLE handle = listener->acceptor != NULL ? acceptor_take(listener->acceptor) : NULL;
        if (handle == NULL) {
            return;
        }
        admit(listener, handle);
    }
    if (listener->acceptor != NULL) {
        uv_async_send(&listener->arrived);
    }
}

/* Called on the acceptor's thread. */
static void wake(void *arg)
{
    struct listener *listener = arg;
    uv_async_send(&listener->arrived);
}

static void on_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    void (*closed)(void *arg) = listener->closed;
    void *arg = listener->closed_arg;
    free(listener);
    if (closed != NULL) {
        closed(arg);
    }
}

int listener_new(struct listener **out, const struct listener_config *config)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        return UV_ENOMEM;
    }
    listener->config = *config;
    char fault[PIPE_NAME_BYTES + 128];
    int error;
    if (!pipe_name_resolve(config->name, listener->name, fault, sizeof fault)) {
        log_line(config->log, LOG_ERROR, "%s", fault);
        error = UV_EINVAL;
        goto free_listener;
    }
    error = uv_async_init(config->loop, &listener->arrived, on_arrived);
    if (error != 0) {
        goto free_listener;
    }
    listener->arrived.data = listener;
    error = acceptor_new(&listener->acceptor, &(struct acceptor_config){
                                                  .log = config->log,
                                                  .name = listener->name,
                                                  .access = config->access,
                                                  .arrived = wake,
                                                  .arg = listener,
                                              });
    if (error != 0) {
        /* Frees it in the loop's next iteration. */
        uv_close((uv_handle_t *)&listener->arrived, on_closed);
        return error;
    }
    listener->recovered = acceptor_recovered(listener->acceptor);
    *out = listener;
    return 0;

free_listener:
    free(listener);
    return error;
}

void listener_close(struct listener *listener, void (*closed)(void *arg), void *arg)
{
    listener->closed = closed;
    listener->closed_arg = arg;
    acceptor_free(listener->acceptor);
    listener->acceptor = NULL;
    uv_close((uv_handle_t *)&listener->arrived, on_closed);
}

const char *listener_name(const struct listener *listener)
{
    return listener->name;
}

bool listener_recovered(const struct listener *listener)
{
    return listener->recovered;
}
