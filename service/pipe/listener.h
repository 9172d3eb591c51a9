/* listener.h: accepts local clients and hands each over as a uv_pipe_t.
 *
 * listener_win32.c: a named pipe (SECURITY.md). listener_posix.c: a Unix socket of mode
 * 0600, for the native build. Loop thread only.
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
    const char *name;   /* the setting "pipe"; "" is the default name */
    const char *access; /* the setting "pipe-sddl"; "" is the default. Windows only */
    /* A client: on the loop thread, returns the uninitialised pipe to open it into, or NULL to
     * turn it away (the connection is then closed). */
    uv_pipe_t *(*accepting)(void *arg);
    /* The pipe that `accepting` returned is open (status 0) and may be read, or could not be
     * opened (a negative libuv code). Either way it is an initialised handle, and the receiver's to
     * end with uv_close. */
    void (*accepted)(void *arg, uv_pipe_t *pipe, const struct client_process *client, int status);
    void *arg;
};

/* Begins to listen; it answers when this returns 0. A negative libuv code otherwise, said in the
 * log with what to do about it: UV_EACCES may not create a pipe of that name, UV_EADDRINUSE
 * somebody has it, UV_EINVAL no name for a pipe. */
int listener_new(struct listener **out, const struct listener_config *config);

/* Stops accepting; clients already handed over are not touched. `closed` is called on the loop
 * when nothing of it is left (from then on the name is free). May be called once. */
void listener_close(struct listener *listener, void (*closed)(void *arg), void *arg);

/* The full name it listens on, UTF-8; lives as long as the listener. */
const char *listener_name(const struct listener *listener);

/* Whether clients of a service that has ended had kept the name. Natively never. */
bool listener_recovered(const struct listener *listener);

#endif
