/* wire_text.h: times and texts as JSON, as wire.h. */
#ifndef MSIWATCH_COMMON_WIRE_TEXT_H
#define MSIWATCH_COMMON_WIRE_TEXT_H

#include <stdint.h>
#include <yyjson.h>

/* A time as a string. */
yyjson_mut_val *wire_time(yyjson_mut_doc *doc, int64_t wall_ms);

/* A string from outside: cut to MSIWATCH_STRING_CHARS characters, never inside one. */
yyjson_mut_val *wire_text(yyjson_mut_doc *doc, const char *text);

#endif
