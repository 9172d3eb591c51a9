/* json_cases.h: JSON texts, and texts that look like JSON, written from the grammar of RFC 8259,
 * each with what a parser must do with it. */
#ifndef MSIWATCH_TESTS_JSON_CASES_H
#define MSIWATCH_TESTS_JSON_CASES_H

#include <stdbool.h>
#include <stddef.h>

enum json_class {
    JSON_ACCEPT, /* the grammar allows it */
    JSON_REJECT, /* the grammar does not allow it */
    JSON_EITHER  /* RFC 8259 leaves it to the parser */
};

struct json_case {
    const char *text;
    size_t size;  /* of `text`, in bytes; it may contain a NUL */
    size_t times; /* `text` this many times, then `middle`, then `end` this many times; 0: `text`
                   * once */
    const char *middle, *end;
    enum json_class class;
    bool alone; /* its result changes if anything is around it */
};

extern const struct json_case json_cases[];
extern const size_t json_case_count;

#endif
