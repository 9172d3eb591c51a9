/* json.h: pieces of the protocol's JSON that the library does not hand out as they are. Each adds a
 * line to a text, or marks it as failed. Pure functions. */
#ifndef MSIWATCH_CLI_JSON_H
#define MSIWATCH_CLI_JSON_H

#include "msiwatch.h"
#include "cli/base/text.h"

/* The member `name` of a JSON object. */
void json_add_member(struct text *out, const char *object, const char *name);

/* The text of a JSON string, which may have several lines; controls other than line ends are
 * replaced. */
void json_add_string(struct text *out, const char *string);

/* The notification `gap` or `reset` that says the same as the event. */
void json_add_announcement(struct text *out, const struct msiwatch_event *event,
                           uint64_t subscription);

/* {"error":{"code":...,"message":"..."}}; with the code 0 {"notice":"..."}. Words from outside are
 * made harmless. */
void json_add_problem(struct text *out, uint32_t code, const char *words);

/* What a JSON-RPC error object says of a wrong parameter (`data`), as ": after takes a seq". Adds
 * nothing if it does not say. */
void json_add_refusal(struct text *out, const char *error);

#endif
