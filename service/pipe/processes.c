/* processes.c: finds out which process started which. */
#include "pipe/processes.h"

#include <string.h>

/* Real processes are not nested this deep. A limit keeps others from making us walk for long. */
enum { MOST_GENERATIONS = 64 };

bool process_find_above(const struct processes *processes, uint32_t pid, uint32_t wanted,
                        struct process *out)
{
    struct process process, parent;
    if (pid == 0 || wanted == 0 || !processes->read(processes->arg, pid, &process)) {
        return false;
    }
    for (int i = 0; i < MOST_GENERATIONS; i++) {
        if (process.pid == wanted) {
            *out = process;
            return true;
        }
        if (process.parent == 0 || process.parent == process.pid ||
            !processes->read(processes->arg, process.parent, &parent) ||
            parent.created > process.created) {
            return false;
        }
        process = parent;
    }
    return false;
}

bool process_descends(const struct processes *processes, uint32_t pid, const struct process *above)
{
    struct process found;
    return process_find_above(processes, pid, above->pid, &found) &&
           found.created == above->created;
}

bool process_runs(const struct processes *processes, const struct process *process)
{
    struct process now;
    return processes->read(processes->arg, process->pid, &now) && now.created == process->created;
}

bool process_same_user(const struct process *a, const struct process *b)
{
    return a->session == b->session && a->user_size > 0 && a->user_size == b->user_size &&
           memcmp(a->user, b->user, a->user_size) == 0;
}
