/* acceptor_win32.h: the pipe's listening instances, and the thread that waits for their clients.
 *
 * Several instances listen at once, so that clients that come together all find one. When one of
 * them has its client, the instance that takes its place is made first; then the handle goes into a
 * queue, and `arrived` is called. With the queue full, clients wait: those that find no listening
 * instance get ERROR_PIPE_BUSY. There is always a listening instance left, whatever the system runs
 * out of.
 */
#ifndef MSIWATCH_SERVICE_ACCEPTOR_WIN32_H
#define MSIWATCH_SERVICE_ACCEPTOR_WIN32_H

#include "base/log.h"

#include <stdbool.h>

struct acceptor;
struct pipe_api;

struct acceptor_config {
    struct log *log;
    const char *name;   /* the full name; it and the log outlive the acceptor */
    const char *access; /* SDDL; "" for our own. Not kept */
    /* On the acceptor's thread, after a client was queued: may only wake the taker. */
    void (*arrived)(void *arg);
    void *arg;
    const struct pipe_api *api; /* NULL: the system's own. For tests */
};

/* Creates the pipe (claim_win32.h), for which it may try for some seconds, and starts the thread;
 * clients can connect when this returns 0. A negative libuv code, after a line in the log, if not:
 * UV_EADDRINUSE somebody serves the name, UV_EACCES it may not be created. */
int acceptor_new(struct acceptor **out, const struct acceptor_config *config);

/* Whether clients of a service that has ended had kept the name. Any thread. */
bool acceptor_recovered(const struct acceptor *acceptor);

/* The next client: an overlapped handle of the server's end, connected, with nothing pending on it;
 * the caller's to close. NULL if there is none. Any one thread. */
void *acceptor_take(struct acceptor *acceptor);

/* Cancels what is pending, waits for it, ends and joins the thread, disconnects the clients not
 * yet taken, frees. */
void acceptor_free(struct acceptor *acceptor);

#endif
