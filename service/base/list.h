/* list.h: an intrusive doubly linked list. A node that is in no list links to itself.
 *
 * clang's analyzer does not follow the links: if a loop takes and frees the first node until the
 * list is empty, the analyzer thinks that the freed node comes again.
 */
#ifndef MSIWATCH_SERVICE_LIST_H
#define MSIWATCH_SERVICE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *previous;
};

/* The struct that a node is a member of. */
#define LIST_ENTRY(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list *list)
{
    list->next = list->previous = list;
}

static inline bool list_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_add(struct list *list, struct list *node)
{
    node->previous = list->previous;
    node->next = list;
    list->previous->next = node;
    list->previous = node;
}

static inline void list_remove(struct list *node)
{
    node->previous->next = node->next;
    node->next->previous = node->previous;
    list_init(node);
}

/* Moves all nodes of `from` to `to`, which need not be initialized. To walk a list that changes
 * meanwhile, move its nodes to another list and take the first one until none is left. */
static inline void list_take_all(struct list *to, struct list *from)
{
    list_init(to);
    if (!list_empty(from)) {
        *to = *from;
        to->next->previous = to;
        to->previous->next = to;
        list_init(from);
    }
}

#endif
