/* line_queue.c: keeps lines that came while a call waited for something else. */
#include "lib/line_queue.h"

#include "lib/codes.h"

#include <stdlib.h>
#include <string.h>

/* The text follows the struct in the same memory. */
struct kept_line {
    struct kept_line *next;
    size_t size;
};

static char *text_of(struct kept_line *line)
{
    return (char *)(line + 1);
}

void kept_init(struct kept *kept)
{
    memset(kept, 0, sizeof *kept);
}

void kept_release(struct kept *kept)
{
    while (kept->first != NULL) {
        kept_drop(kept);
    }
}

uint32_t kept_add(struct kept *kept, const char *line, size_t size)
{
    size_t cost = sizeof(struct kept_line) + size;
    if (cost > KEPT_BYTES - kept->bytes) {
        return CODE_OVER_LIMIT;
    }
    struct kept_line *added = malloc(cost);
    if (added == NULL) {
        return CODE_NO_MEMORY;
    }
    added->next = NULL;
    added->size = size;
    memcpy(text_of(added), line, size);
    if (kept->first == NULL) {
        kept->first = added;
    } else {
        kept->last->next = added;
    }
    kept->last = added;
    kept->bytes += cost;
    return CODE_OK;
}

char *kept_first(const struct kept *kept, size_t *size)
{
    if (kept->first == NULL) {
        *size = 0;
        return NULL;
    }
    *size = kept->first->size;
    return text_of(kept->first);
}

void kept_drop(struct kept *kept)
{
    struct kept_line *first = kept->first;
    kept->first = first->next;
    kept->bytes -= sizeof *first + first->size;
    free(first);
}
