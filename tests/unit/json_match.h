/* json_match.h: compares JSON with a pattern.
 *
 * A pattern is JSON with ' for ", so that it can be read in C. Members may come in any order; a
 * member '...' allows others beside those named. In the place of any value may stand
 *   '$any'   '$time' (RFC 3339 UTC with milliseconds)   '$uint'   '$uuid'   '$text' (not empty)
 * Numbers are compared as text.
 */
#ifndef MSIWATCH_TESTS_JSON_MATCH_H
#define MSIWATCH_TESTS_JSON_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `size` bytes at `json` are one JSON text that fits the pattern. */
bool json_matches(const char *json, size_t size, const char *pattern);

/* Turns every ' of a text into ". */
void json_quote(char *text);

#endif
