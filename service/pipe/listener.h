/* listener.h: accepts local clients and hands over each as a uv_pipe_t.
 *
 * listener_win32.c: a named pipe (SECURITY.md). listener_posix.c: a Unix socket of mode 0600, for
 * the native build. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_LISTENER_H
#define MSIWATCH_SERVICE_LISTENER_H

#include "pipe/client_process.h"

#include <uv.h>

struct listener;
struct log;

struct listener_config {
    uv_loop_t *loop;
    struct log *log;
    const char *name;   /* the setting "pipe"; "" for the default name */
    const char *access; /* the setting "pipe-sddl"; "" for the default. Windows only */
    /* Called on the loop thread for each client. Returns the uninitialized pipe to open it with, or
     * NULL to turn it away (the connection is then closed). */
    uv_pipe_t *(*accepting)(void *arg);
    /* The pipe that `accepting` returned is open (status 0) and may be read, or could not be opened
     * (a negative libuv code). In both cases it is an initialized handle, which the receiver must
     * close with uv_close. */
    void (*accepted)(void *arg, uv_pipe_t *pipe, const struct client_process *client, int status);
    void *arg;
};

/* Starts to listen; clients can connect when this returns 0. Otherwise returns a negative libuv
 * code and has logged why, and what to do: UV_EACCES if it may not create a pipe with this name,
 * UV_EADDRINUSE if another process has the name, UV_EINVAL if it is not a name for a pipe. */
int listener_new(struct listener **out, const struct listener_config *config);

/* Stops accepting; clients that were handed over are not affected. `closed` is called on the loop
 * when the listener has been freed and the name is free. Call it once. */
void listener_close(struct listener *listener, void (*closed)(void *arg), void *arg);

/* Returns the full name that it listens on, UTF-8. Valid as long as the listener. */
const char *listener_name(const struct listener *listener);

/* Returns whether the name was still in use by clients of a service that had ended. Natively always
 * false. */
bool listener_recovered(const struct listener *listener);

#endif
