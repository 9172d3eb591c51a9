/* params.h: reads the parameters of a request, by name or by position. Pure functions. */
#ifndef MSIWATCH_SERVICE_PARAMS_H
#define MSIWATCH_SERVICE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yyjson.h>

struct params {
    yyjson_val *value;        /* an object, an array or NULL; owned by the request */
    const char *const *names; /* in order, ended by NULL; NULL: there are none */
};

/* The value of the n-th parameter; NULL if it was not given, or is null. */
yyjson_val *params_get(const struct params *params, size_t n);

/* Whether there are no more positional parameters than the method has. */
bool params_fit(const struct params *params);

/* The functions below read the n-th parameter. If it was not given, they do not change *out. False:
 * it does not have the right form. */

/* A whole number from `least` to `most`. */
bool params_number(const struct params *params, size_t n, uint64_t least, uint64_t most,
                   uint64_t *out);

/* A time in the protocol's form, as milliseconds since 1970 UTC. */
bool params_time(const struct params *params, size_t n, int64_t *out);

/* true or false. */
bool params_flag(const struct params *params, size_t n, bool *out);

/* One of two words; *second is true for `other`. */
bool params_word(const struct params *params, size_t n, const char *first, const char *other,
                 bool *second);

#endif
