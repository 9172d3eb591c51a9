/* process_tree.c: the processes that work on an installation. */
#include "observe/process_tree.h"

static struct process_member *find(struct process_tree *tree, const struct process_entry *process)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->members[i].pid == process->pid && tree->members[i].created == process->created) {
            return &tree->members[i];
        }
    }
    return NULL;
}

static uint64_t grown(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/* Marks the members that still run, and counts their work. */
static void count_members(struct process_tree *tree, const struct process_list *list)
{
    for (size_t i = 0; i < tree->count; i++) {
        tree->members[i].runs = false;
    }
    for (size_t i = 0; tree->count > 0 && i < list->count; i++) {
        const struct process_entry *process = &list->processes[i];
        struct process_member *member = find(tree, process);
        if (member != NULL) {
            tree->cpu += grown(process->cpu, member->cpu);
            tree->io_bytes += grown(process->io_bytes, member->io_bytes);
            member->cpu = process->cpu;
            member->io_bytes = process->io_bytes;
            member->runs = true;
        }
    }
}

static bool is_root(const struct process_entry *process, const struct process_root *roots,
                    size_t root_count)
{
    bool found = false;
    for (size_t i = 0; !found && i < root_count; i++) {
        found = process->pid != 0 && process->pid == roots[i].pid &&
                (roots[i].created == 0 || roots[i].created == process->created);
    }
    return found;
}

/* Returns whether a member started the process: a running member, or, if no process that could be
 * the parent has that id now, a member that has ended since the last look. */
static bool is_child(const struct process_tree *tree, const struct process_list *list,
                     const struct process_entry *process)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct process_member *member = &tree->members[i];
        if (member->pid == process->parent && member->created <= process->created &&
            process->pid != member->pid && process->created != 0) {
            const struct process_entry *now = process_list_parent(list, process);
            if (now == NULL ? !member->runs : now->created == member->created) {
                return true;
            }
        }
    }
    return false;
}

static void add(struct process_tree *tree, const struct process_entry *process, uint64_t since)
{
    bool young = process->created != 0 && process->created >= since;
    tree->members[tree->count++] = (struct process_member){.pid = process->pid,
                                                           .created = process->created,
                                                           .cpu = process->cpu,
                                                           .io_bytes = process->io_bytes,
                                                           .runs = true};
    tree->cpu += young ? process->cpu : 0;
    tree->io_bytes += young ? process->io_bytes : 0;
}

static void drop_ended(struct process_tree *tree)
{
    size_t left = 0;
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->members[i].runs) {
            tree->members[left++] = tree->members[i];
        }
    }
    tree->count = left;
}

void process_tree_look(struct process_tree *tree, const struct process_list *list,
                       const struct process_root *roots, size_t root_count, uint64_t since)
{
    count_members(tree, list);
    /* The list has no order, so a child may come before its parent: repeat until nothing is
     * added. */
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < list->count && tree->count < PROCESS_TREE_MOST; i++) {
            const struct process_entry *process = &list->processes[i];
            if ((is_root(process, roots, root_count) || is_child(tree, list, process)) &&
                find(tree, process) == NULL) {
                add(tree, process, since);
                more = true;
            }
        }
    }
    drop_ended(tree);
}
