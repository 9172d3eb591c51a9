/* params.h: reads the parameters of a request, by name or by position, as the method's table says.
 * Pure functions. */
#ifndef MSIWATCH_SERVICE_PARAMS_H
#define MSIWATCH_SERVICE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yyjson.h>

enum param_kind {
    PARAM_NUMBER, /* uint64_t: a whole number of least..most */
    PARAM_TIME,   /* int64_t: a time in the protocol's form, as milliseconds since 1970 UTC */
    PARAM_FLAG,   /* bool */
    PARAM_WORD,   /* bool: `first` or `other`, which is true */
    PARAM_TEXT,   /* yyjson_val *, the request's: a string */
    PARAM_OWN,    /* the method reads it itself */
};

/* A parameter in a method's table. A name that is NULL ends the table. */
struct param {
    const char *name;
    enum param_kind kind;
    size_t at;         /* its offset in the method's struct */
    const char *takes; /* what it takes, in words; NULL: true or false, or a text */
    uint64_t least, most;
    const char *first, *other;
};

struct params {
    yyjson_val *value;       /* an object, an array or NULL; owned by the request */
    const struct param *all; /* in order; NULL: there are none */
};

/* Whether there are no more positional parameters than the method has. */
bool params_fit(const struct params *params);

/* Reads all of them into the method's struct. A member whose parameter was not given, or is null,
 * is not changed. Returns the first parameter that does not have the right form, or NULL. */
const struct param *params_read(const struct params *params, void *to);

#endif
