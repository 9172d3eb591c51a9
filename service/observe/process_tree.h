/* process_tree.h: the processes that work on an installation, and how much work they have done in
 * total.
 *
 * Members are the given roots and all their descendants. A member stays one as long as it runs,
 * even if its parent has ended. A process is identified by its id and creation time, so a process
 * that got a reused id is not mistaken for a member. Processes that begin and end between two looks
 * are not seen; nor is what a process did between the last look and its end.
 *
 * Reads no clock, calls nothing. One thread.
 */
#ifndef MSIWATCH_SERVICE_PROCESS_TREE_H
#define MSIWATCH_SERVICE_PROCESS_TREE_H

#include "common/process_list.h"

#define PROCESS_TREE_MOST 256 /* further processes are not counted */
#define PROCESS_TREE_ROOTS 8

struct process_root {
    uint32_t pid;
    uint64_t created; /* 0 means any process that has this id now */
};

/* Ready to use when zeroed: no members. */
struct process_tree {
    struct process_member {
        uint32_t pid;
        uint64_t created, cpu, io_bytes;
        bool runs;
    } members[PROCESS_TREE_MOST];
    size_t count;      /* 0 removes all members; the sums stay */
    uint64_t cpu;      /* in 100 ns; sum over all members ever, since each was first seen */
    uint64_t io_bytes; /* the same sum, in bytes */
};

/* Finds the members in the list, and adds what they have done since the last look to the sums. For
 * a new member that was created after `since`, everything counts; for other new members, only what
 * they do from now on. */
void process_tree_look(struct process_tree *tree, const struct process_list *list,
                       const struct process_root *roots, size_t root_count, uint64_t since);

#endif
