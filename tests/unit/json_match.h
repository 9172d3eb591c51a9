/* json_match.h: compares JSON with a pattern.
 *
 * A pattern is JSON with ' instead of ", so that it is readable in C. Members may come in any
 * order; a member '...' allows other members. In place of a value, a pattern may have
 *   '$any'   '$time' (RFC 3339 UTC with milliseconds)   '$uint'   '$uuid'   '$text' (not empty)
 * Numbers are compared as text.
 */
#ifndef MSIWATCH_TESTS_JSON_MATCH_H
#define MSIWATCH_TESTS_JSON_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `size` bytes at `json` are exactly one JSON text that matches the pattern. */
bool json_matches(const char *json, size_t size, const char *pattern);

/* Replaces every ' of a text with ". */
void json_quote(char *text);

#endif
