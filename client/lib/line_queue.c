/* line_queue.c: lines that came while something else was waited for. */
#include "lib/line_queue.h"

#include "lib/codes.h"

#include <stdlib.h>
#include <string.h>

struct kept_line {
    struct kept_line *next;
    size_t size;
    char text[];
};

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
    memcpy(added->text, line, size);
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
    return kept->first->text;
}

void kept_drop(struct kept *kept)
{
    struct kept_line *first = kept->first;
    kept->first = first->next;
    kept->bytes -= sizeof *first + first->size;
    free(first);
}
