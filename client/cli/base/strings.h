/* strings.h: keeps each different text once; its index stands for it. Not thread safe. */
#ifndef MSIWATCH_CLI_STRINGS_H
#define MSIWATCH_CLI_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeroes: no texts. */
struct strings {
    char **items;
    size_t count, room;
    uint32_t *table; /* `slots` entries by hash: index + 1; 0: free */
    size_t slots;
    bool failed; /* out of memory: texts are missing */
};

void strings_release(struct strings *strings);

/* Adds the text if it is new, and returns its index in `items`, which is 0 for "". */
uint32_t strings_place(struct strings *strings, const char *text);

#endif
