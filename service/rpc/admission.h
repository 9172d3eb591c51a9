/* admission.h: how many connections there may be: in total, of one process, of one user.
 *
 * A pure count: who a client is, the listener says (listener.h). Some places are kept for
 * administrators and SYSTEM, who are also exempt from the caps a process and a user, so that no
 * standard user can keep them out. Peers whose process could not be opened share one small bucket.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_ADMISSION_H
#define MSIWATCH_SERVICE_ADMISSION_H

#include "pipe/client_process.h"

#include <stddef.h>

struct admission_limits {
    uint32_t total;    /* connections, all peers together */
    uint32_t kept;     /* of these, only for administrators and SYSTEM; at most half count */
    uint32_t process;  /* of one process */
    uint32_t user;     /* of one user */
    uint32_t stranger; /* of all peers together whose process could not be opened */
};

/* Standard peers that are counted together: those of a process, or of a user. */
struct admission_group {
    struct admission_count {
        struct client_process client; /* one of them */
        uint32_t connections;
    } * counts;
    size_t count;
};

enum { ADMISSION_PROCESSES, ADMISSION_USERS, ADMISSION_GROUPS };

struct admission {
    struct admission_limits limits;
    uint32_t total, standard, strangers;
    struct admission_group groups[ADMISSION_GROUPS];
    uint32_t room; /* of each: the largest limits.total so far */
};

/* 0 or UV_ENOMEM. */
int admission_init(struct admission *admission, const struct admission_limits *limits);
void admission_release(struct admission *admission);

/* Other limits, for those who come from now on; nobody is turned out. 0, or UV_ENOMEM and the old
 * ones stay. */
int admission_set_limits(struct admission *admission, const struct admission_limits *limits);

/* Counts a client in and returns NULL, or returns the name of the limit that it would be over, in
 * the protocol's words. */
const char *admission_enter(struct admission *admission, const struct client_process *client);

/* Counts out a client that was counted in. */
void admission_leave(struct admission *admission, const struct client_process *client);

#endif
