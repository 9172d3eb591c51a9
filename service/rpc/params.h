/* params.h: what a request was given: its parameters, by name or by place.
 * Pure functions. */
#ifndef MSIWATCH_SERVICE_PARAMS_H
#define MSIWATCH_SERVICE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yyjson.h>

struct params {
    yyjson_val *value;        /* an object, an array or NULL; the request's */
    const char *const *names; /* in order, ended by NULL; NULL: there are none */
};

/* The value of the n-th parameter; NULL when it was not given, or is null. */
yyjson_val *params_get(const struct params *params, size_t n);

/* Whether there are no more positional ones than the method has. */
bool params_fit(const struct params *params);

/* The rest read the n-th parameter. They keep *out when it was not given, and are false when it is
 * not what it should be. */

/* A whole number of least..most. */
bool params_number(const struct params *params, size_t n, uint64_t least, uint64_t most,
                   uint64_t *out);

/* A time in the protocol's form, as milliseconds since 1970 UTC. */
bool params_time(const struct params *params, size_t n, int64_t *out);

/* true or false. */
bool params_flag(const struct params *params, size_t n, bool *out);

/* One of two words; *second says which. */
bool params_word(const struct params *params, size_t n, const char *first, const char *other,
                 bool *second);

#endif
