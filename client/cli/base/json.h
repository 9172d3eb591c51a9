/* json.h: makes pieces of the protocol's JSON that the library does not return in that form. Each
 * function adds a line to a text, or marks it as failed. Pure functions. */
#ifndef MSIWATCH_CLI_JSON_H
#define MSIWATCH_CLI_JSON_H

#include "msiwatch.h"
#include "cli/base/text.h"

/* Adds the member `name` of a JSON object. */
void json_add_member(struct text *out, const char *object, const char *name);

/* Adds the text of a JSON string, which may have several lines; control characters other than line
 * ends are replaced. */
void json_add_string(struct text *out, const char *string);

/* Adds the notification `gap` or `reset` that says the same as the event. */
void json_add_announcement(struct text *out, const struct msiwatch_event *event,
                           uint64_t subscription);

/* Adds {"error":{"code":...,"message":"..."}}; if the code is 0, {"notice":"..."}. Text from
 * outside is made harmless. */
void json_add_problem(struct text *out, uint32_t code, const char *words);

/* Adds what a JSON-RPC error object says about a wrong parameter (`data`), as ": after takes a
 * seq". If it says nothing, adds nothing. */
void json_add_refusal(struct text *out, const char *error);

#endif
