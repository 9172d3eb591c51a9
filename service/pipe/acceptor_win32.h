/* acceptor_win32.h: the pipe's listening instances, and the thread that waits for their clients.
 *
 * Several instances listen at the same time, so that clients that come together all find one. When
 * a client has connected to one of them, the next instance is created first; then the client's
 * handle goes into a queue, and `arrived` is called. When the queue is full, clients wait: if they
 * find no listening instance, they get ERROR_PIPE_BUSY. There is always a listening instance left,
 * whatever resource the system lacks.
 */
#ifndef MSIWATCH_SERVICE_ACCEPTOR_WIN32_H
#define MSIWATCH_SERVICE_ACCEPTOR_WIN32_H

#include "base/log.h"

#include <stdbool.h>

struct acceptor;
struct pipe_api;

struct acceptor_config {
    struct log *log;
    const char *name;   /* the full name; it and the log must outlive the acceptor */
    const char *access; /* SDDL; "" for the default. Not kept */
    /* Called on the acceptor's thread after a client was queued. It may only wake the thread that
     * calls acceptor_take. */
    void (*arrived)(void *arg);
    void *arg;
    const struct pipe_api *api; /* NULL for the system's own; tests set it */
};

/* Creates the pipe (claim_win32.h), which may take some seconds, and starts the thread; clients can
 * connect when this returns 0. Otherwise returns a negative libuv code and has logged why:
 * UV_EADDRINUSE means that another process serves the name, UV_EACCES that it may not be
 * created. */
int acceptor_new(struct acceptor **out, const struct acceptor_config *config);

/* Returns whether the name was still in use by clients of a service that had ended. Any thread. */
bool acceptor_recovered(const struct acceptor *acceptor);

/* Takes the next client: an overlapped handle of the server's end, connected, with nothing pending
 * on it. The caller closes it. NULL if there is none. Any thread, but always the same one. */
void *acceptor_take(struct acceptor *acceptor);

/* Cancels what is pending, ends the thread, disconnects the clients that were not taken, and frees
 * the acceptor. Waits for all of that. */
void acceptor_free(struct acceptor *acceptor);

#endif
