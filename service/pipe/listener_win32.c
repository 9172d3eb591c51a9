/* listener_win32.c: the door on Windows: a named pipe, its clients handed over to libuv.
 *
 * The pipe is not libuv's own: uv_pipe_bind takes no security descriptor and lets remote clients
 * in. Its instances are made and waited for by the listeners' thread; here, on the loop, connected
 * ones become uv_pipe_t.
 */
#include "pipe/listener.h"

#include "pipe/acceptor_win32.h"
#include "pipe/client_process_win32.h"
#include "pipe/pipe_name.h"
#include "base/win32_error.h"

#include <io.h>
#include <stdlib.h>
#include <windows.h>

enum { CLIENTS_A_TURN = 32 }; /* then the loop's other work has its turn */

struct endpoint {
    struct endpoint_config config;
    char name[PIPE_NAME_BYTES];
    struct listeners *listeners; /* NULL once closing */
    uv_async_t arrived;
    void (*closed)(void *arg);
    void *closed_arg;
};

static int open_pipe(struct endpoint *endpoint, uv_pipe_t *pipe, HANDLE handle)
{
    int error = uv_pipe_init(endpoint->config.loop, pipe, 0);
    uv_file fd = uv_open_osfhandle(handle);
    if (fd < 0) {
        CloseHandle(handle);
        return error != 0 ? error : UV_EMFILE;
    }
    if (error == 0) {
        error = uv_pipe_open(pipe, fd);
    }
    /* Of the first three libuv takes a duplicate, for they are the standard ones; not here: a
     * service has none, so the first clients may get their numbers. */
    if (error != 0 || fd <= 2) {
        _close(fd);
    }
    return error;
}

static void admit(struct endpoint *endpoint, HANDLE handle)
{
    struct endpoint_config *config = &endpoint->config;
    struct peer peer;
    peer_of_pipe(handle, &peer);
    uv_pipe_t *pipe = config->accepting(config->arg);
    if (pipe == NULL) {
        CloseHandle(handle);
        return;
    }
    config->accepted(config->arg, pipe, &peer, open_pipe(endpoint, pipe, handle));
}

static void on_arrived(uv_async_t *async)
{
    struct endpoint *endpoint = async->data;
    for (int i = 0; i < CLIENTS_A_TURN; i++) {
        /* Looked at each time: a client's arrival may make its receiver close the door. */
        HANDLE handle = endpoint->listeners != NULL ? listeners_take(endpoint->listeners) : NULL;
        if (handle == NULL) {
            return;
        }
        admit(endpoint, handle);
    }
    if (endpoint->listeners != NULL) {
        uv_async_send(&endpoint->arrived);
    }
}

/* On the listeners' thread. */
static void wake(void *arg)
{
    struct endpoint *endpoint = arg;
    uv_async_send(&endpoint->arrived);
}

static void on_closed(uv_handle_t *handle)
{
    struct endpoint *endpoint = handle->data;
    void (*closed)(void *arg) = endpoint->closed;
    void *arg = endpoint->closed_arg;
    free(endpoint);
    if (closed != NULL) {
        closed(arg);
    }
}

int endpoint_new(struct endpoint **out, const struct endpoint_config *config)
{
    struct endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (endpoint == NULL) {
        return UV_ENOMEM;
    }
    endpoint->config = *config;
    char fault[PIPE_NAME_BYTES + 128];
    int error;
    if (!pipe_name_resolve(config->name, endpoint->name, fault, sizeof fault)) {
        log_line(config->log, LOG_ERROR, "%s", fault);
        error = UV_EINVAL;
        goto free_endpoint;
    }
    error = uv_async_init(config->loop, &endpoint->arrived, on_arrived);
    if (error != 0) {
        goto free_endpoint;
    }
    endpoint->arrived.data = endpoint;
    error = listeners_new(&endpoint->listeners, &(struct listeners_config){
                                                    .log = config->log,
                                                    .name = endpoint->name,
                                                    .access = config->access,
                                                    .arrived = wake,
                                                    .arg = endpoint,
                                                });
    if (error != 0) {
        uv_close((uv_handle_t *)&endpoint->arrived, on_closed); /* frees, at the loop's next turn */
        return error;
    }
    *out = endpoint;
    return 0;

free_endpoint:
    free(endpoint);
    return error;
}

void endpoint_close(struct endpoint *endpoint, void (*closed)(void *arg), void *arg)
{
    endpoint->closed = closed;
    endpoint->closed_arg = arg;
    listeners_free(endpoint->listeners);
    endpoint->listeners = NULL;
    uv_close((uv_handle_t *)&endpoint->arrived, on_closed);
}

const char *endpoint_name(const struct endpoint *endpoint)
{
    return endpoint->name;
}
