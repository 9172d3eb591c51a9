/* retry_codes.h: the exit codes after which a command is tried again. Pure functions. */
#ifndef MSIWATCH_CLI_RETRY_CODES_H
#define MSIWATCH_CLI_RETRY_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many can be given besides those that are always included. */
#define RETRY_CODES_GIVEN 30u
#define RETRY_CODES_MAX (RETRY_CODES_GIVEN + 2u)

struct retry_codes {
    uint32_t code[RETRY_CODES_MAX];
    size_t count;
};

/* Sets the codes for a collision and those of `text`: numbers, decimal or after 0x, separated by
 * commas. NULL: no others. False: `text` does not have this form. */
bool retry_codes_read(struct retry_codes *codes, const char *text);

#endif
