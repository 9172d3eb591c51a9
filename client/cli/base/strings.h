/* strings.h: each different text once; its place is its name. Not thread safe. */
#ifndef MSIWATCH_CLI_STRINGS_H
#define MSIWATCH_CLI_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeroes is an empty one. */
struct strings {
    char **items;
    size_t count, room;
    uint32_t *table; /* of `slots` places + 1, by hash; 0: free */
    size_t slots;
    bool failed; /* no memory: texts are missing */
};

void strings_release(struct strings *strings);

/* The text's place in `items`, which is 0 for "". */
uint32_t strings_place(struct strings *strings, const char *text);

#endif
