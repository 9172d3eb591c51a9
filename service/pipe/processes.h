/* processes.h: which process began which: whether one stands above another.
 *
 * A process's number is used again once it has ended, so a parent counts only if it was created
 * before its child, and what is remembered of a process is its number and when it was created. The
 * system's answers come through a small table, so that tests can play them. Nothing here waits.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_PROCESSES_H
#define MSIWATCH_SERVICE_PROCESSES_H

#include "common/model.h"
#include "pipe/client_process.h"

struct process {
    uint32_t pid, parent;
    uint64_t created; /* in the system's own units; grows */
    uint32_t session;
    uint8_t user_size; /* 0: not known */
    unsigned char user[CLIENT_USER_BYTES];
};

struct processes {
    /* A process that runs. False: there is none of that number, or it may not be looked at. */
    bool (*read)(void *arg, uint32_t pid, struct process *out);
    /* Its program, UTF-8; "" if it is not known. */
    void (*image)(void *arg, uint32_t pid, char out[MSIWATCH_STRING_BYTES]);
    void *arg;
};

/* The system's own. */
const struct processes *processes_of_system(void);

/* Whether this very process still runs. */
bool process_runs(const struct processes *processes, const struct process *process);

/* Whether `pid` is `above` or descends from it, through processes that all still run. */
bool process_descends(const struct processes *processes, uint32_t pid, const struct process *above);

/* The process `wanted` if it runs and `pid` is it or descends from it. False: it does not. */
bool process_find_above(const struct processes *processes, uint32_t pid, uint32_t wanted,
                        struct process *out);

/* Whether two are of the same user and session, and both users are known. */
bool process_same_user(const struct process *a, const struct process *b);

#endif
