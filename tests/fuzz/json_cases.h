/* json_cases.h: JSON texts and things that look like them, written from the grammar of RFC 8259,
 * each with what a parser must make of it. */
#ifndef MSIWATCH_TESTS_JSON_CASES_H
#define MSIWATCH_TESTS_JSON_CASES_H

#include <stdbool.h>
#include <stddef.h>

enum json_class {
    JSON_ACCEPT, /* the grammar has it */
    JSON_REJECT, /* it does not */
    JSON_EITHER  /* RFC 8259 leaves it to the parser */
};

struct json_case {
    const char *text;
    size_t size;  /* of text, in bytes; a NUL may be inside */
    size_t times; /* `text` stands there so often, then `middle`, then `end` so often; 0: once */
    const char *middle, *end;
    enum json_class class;
    bool alone; /* what it is changes when something stands around it */
};

extern const struct json_case json_cases[];
extern const size_t json_case_count;

#endif
