/* process_tree.h: the processes that work at an installation, and what they have done in all.
 *
 * They are the given roots and whatever descends from them, and who was once found to be one of
 * them stays one as long as it runs, also when its parent has ended. A process is known by its
 * number and when it was created, so one that has got the number of another is not taken for it.
 * Who begins and ends between two looks is not seen; nor is what a process did between the last
 * look and its end.
 *
 * Reads no clock, calls nothing. One thread.
 */
#ifndef MSIWATCH_SERVICE_PROCESS_TREE_H
#define MSIWATCH_SERVICE_PROCESS_TREE_H

#include "common/process_list.h"

#define PROCESS_TREE_MOST 256 /* further ones are not counted */
#define PROCESS_TREE_ROOTS 8

struct process_root {
    uint32_t pid;
    uint64_t created; /* 0: whoever has that number now */
};

/* Zeroed is a valid start: nobody. */
struct process_tree {
    struct process_member {
        uint32_t pid;
        uint64_t created, cpu, io_bytes;
        bool runs;
    } members[PROCESS_TREE_MOST];
    size_t count;
    uint64_t cpu;      /* 100 ns; of all there ever were, since they were first seen */
    uint64_t io_bytes; /* likewise */
};

/* Nobody is in it any more; what was counted stays. */
void process_tree_clear(struct process_tree *tree);

/* Looks who is in it now, and counts what they have done since the last look. Of a process that was
 * created after `since`, all counts; of another one that is new only what it does from now on. */
void process_tree_look(struct process_tree *tree, const struct process_list *list,
                       const struct process_root *roots, size_t root_count, uint64_t since);

#endif
