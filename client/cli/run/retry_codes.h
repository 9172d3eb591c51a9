/* retry_codes.h: the exit codes that mean: try again. Pure functions. */
#ifndef MSIWATCH_CLI_RETRY_CODES_H
#define MSIWATCH_CLI_RETRY_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many can be given beside those that are always among them. */
#define RETRY_CODES_GIVEN 30u
#define RETRY_CODES_MAX (RETRY_CODES_GIVEN + 2u)

struct retry_codes {
    uint32_t code[RETRY_CODES_MAX];
    size_t count;
};

/* Collisions, and those of `text`: numbers, decimal or after 0x, with commas between them. NULL:
 * none. False: that is not what it is. */
bool retry_codes_read(struct retry_codes *codes, const char *text);

#endif
