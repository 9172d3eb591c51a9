/* pipe_name.c: makes the full name of a pipe from the setting "pipe". */
#include "pipe/pipe_name.h"

#include "common/ascii.h"

#include <stdio.h>
#include <string.h>

static const char prefix[] = "\\\\.\\pipe\\";

enum { PREFIX = sizeof prefix - 1 };

/* Returns the number of UTF-16 units of valid UTF-8; for anything else, a number that is not too
 * small. */
static size_t units_of(const char *name)
{
    size_t units = 0;
    for (const unsigned char *c = (const unsigned char *)name; *c != '\0'; c++) {
        units += *c >= 0xf0 ? 2u : (*c & 0xc0) != 0x80;
    }
    return units;
}

static const char *fault_of(const char *rest)
{
    if (*rest == '\0') {
        return "it is empty";
    }
    for (const unsigned char *c = (const unsigned char *)rest; *c != '\0'; c++) {
        if (*c < ' ') {
            return "it has a control character";
        }
        if (*c == '/') { /* Windows would treat it like a backslash */
            return "it has a slash";
        }
    }
    if (units_of(rest) + PREFIX > PIPE_NAME_UNITS || strlen(rest) + PREFIX >= PIPE_NAME_BYTES) {
        return "it is too long";
    }
    return NULL;
}

bool pipe_name_resolve(const char *setting, char out[PIPE_NAME_BYTES], char *error,
                       size_t error_size)
{
    if (setting[0] == '\0') {
        setting = PIPE_NAME_DEFAULT;
    }
    const char *rest = ascii_begins_with(setting, prefix) ? setting + PREFIX : setting;
    const char *fault = fault_of(rest);
    if (fault == NULL && rest == setting && strchr(rest, '\\') != NULL) {
        fault = "it has a backslash but does not begin with \\\\.\\pipe\\";
    }
    if (fault != NULL) {
        snprintf(error, error_size,
                 "'%s' is not a valid name for a pipe: %s; give NAME or \\\\.\\pipe\\NAME", setting,
                 fault);
        return false;
    }
    snprintf(out, PIPE_NAME_BYTES, "%s%s", prefix, rest);
    return true;
}
