/* processes.h: finds out which process started which, and whether one is an ancestor of another.
 *
 * A process id is reused once its process has ended. So a parent counts only if it was created
 * before its child, and a process is remembered by its id and creation time. The system's calls are
 * in a small table, so that tests can replace them. Nothing here waits. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_PROCESSES_H
#define MSIWATCH_SERVICE_PROCESSES_H

#include "common/model.h"
#include "pipe/client_process.h"

struct process {
    uint32_t pid, parent;
    uint64_t created; /* in the system's own units; later is larger */
    uint32_t session;
    uint8_t user_size; /* 0 if not known */
    unsigned char user[CLIENT_USER_BYTES];
};

struct processes {
    /* Reads a running process. Returns false if there is none with this id, or it may not be
     * inspected. */
    bool (*read)(void *arg, uint32_t pid, struct process *out);
    /* Writes the process's program, UTF-8; "" if it is not known. */
    void (*image)(void *arg, uint32_t pid, char out[MSIWATCH_STRING_BYTES]);
    void *arg;
};

/* The system's own calls. */
const struct processes *processes_of_system(void);

/* Returns whether this process, and not another with its id, still runs. */
bool process_runs(const struct processes *processes, const struct process *process);

/* Returns whether `pid` is `above` or its descendant. All processes between them must still run. */
bool process_descends(const struct processes *processes, uint32_t pid, const struct process *above);

/* Reads the process `wanted`, if it runs and `pid` is that process or its descendant. Returns false
 * otherwise. */
bool process_find_above(const struct processes *processes, uint32_t pid, uint32_t wanted,
                        struct process *out);

/* Returns whether two processes have the same user and session. False if a user is not known. */
bool process_same_user(const struct process *a, const struct process *b);

#endif
