/* admission.h: limits the number of connections: in total, per process, and per user.
 *
 * It only counts; the listener says who a client is (listener.h). Some connections are reserved for
 * administrators and SYSTEM. These are also exempt from the limits per process and per user, so no
 * standard user can keep them out. All clients whose process could not be opened share one small
 * limit. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_ADMISSION_H
#define MSIWATCH_SERVICE_ADMISSION_H

#include "pipe/client_process.h"

#include <stddef.h>

struct admission_limits {
    uint32_t total;    /* connections of all clients together */
    uint32_t kept;     /* how many of these are reserved for administrators and SYSTEM; at most half
                        * of them */
    uint32_t process;  /* per process */
    uint32_t user;     /* per user */
    uint32_t stranger; /* of all clients together whose process could not be opened */
};

/* Standard clients that are counted together: those of one process, or of one user. */
struct admission_group {
    struct admission_count {
        struct client_process client; /* any of them */
        uint32_t connections;
    } * counts;
    size_t count;
};

enum { ADMISSION_PROCESSES, ADMISSION_USERS, ADMISSION_GROUPS };

struct admission {
    struct admission_limits limits;
    uint32_t total, standard, strangers;
    struct admission_group groups[ADMISSION_GROUPS];
    uint32_t room; /* the length of each array: the largest limits.total so far */
};

/* Returns 0 or UV_ENOMEM. */
int admission_init(struct admission *admission, const struct admission_limits *limits);
void admission_release(struct admission *admission);

/* Sets the limits for connections from now on; existing ones are not closed. Returns 0; or
 * UV_ENOMEM, and the old limits stay. */
int admission_set_limits(struct admission *admission, const struct admission_limits *limits);

/* Counts a client and returns NULL; or returns the protocol's name of the limit that it would
 * exceed, and does not count it. */
const char *admission_enter(struct admission *admission, const struct client_process *client);

/* To be called when a client that was counted has left. */
void admission_leave(struct admission *admission, const struct client_process *client);

#endif
