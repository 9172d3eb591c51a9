/* show.h: shows people what the service says. Pure functions that add to a text; each line ends
 * with a newline. Times are local, by `offset`. */
#ifndef MSIWATCH_CLI_SHOW_H
#define MSIWATCH_CLI_SHOW_H

#include "msiwatch.h"
#include "cli/base/text.h"
#include "cli/base/time_text.h"

/* Words after what the event log says, so that nobody thinks that the service saw it. */
#define SHOW_HEARSAY "(event log)"
#define SHOW_UNTRUSTED "(event log, not trusted)"

/* "busy since 2026-11-22 10:41:07Z (12 s): mutex held by msiexec.exe (pid 4242)" */
void show_state(struct text *out, const struct msiwatch_status *status, when_offset *offset);

/* That line, and a line for each thing that was read. */
void show_status(struct text *out, const struct msiwatch_status *status, when_offset *offset);

/* The first line of a watch: the current state. */
void show_now(struct text *out, const struct msiwatch_status *status, when_offset *offset);

/* The beginning of a line, in columns: TIME, the word and the reasons. */
void show_begin_line(struct text *out, int64_t at_ms, const char *word, uint32_t reasons,
                     when_offset *offset);

/* A line for a transition. */
void show_transition(struct text *out, const struct msiwatch_event *event, when_offset *offset);

/* "mutex held by msiexec.exe (pid 4242); msiserver says so", after `separator`; nothing if there is
 * nothing to say. */
void show_why(struct text *out, const struct msiwatch_status *status, const char *separator);

/* "mutex, msiserver": a set of MSIWATCH_REASON_*, with `between` between two of them. */
void show_reasons(struct text *out, uint32_t reasons, const char *between);

/* "idle", "busy", "unknown" */
const char *show_state_name(uint32_t state);

/* Calls `member` for each member of a JSON object. Nested members are named "name.name", and list
 * elements that have members "name.1.name"; a list without such elements is one value. Text from
 * outside is made harmless. Nothing is called if it is not an object. False: out of memory, some
 * are missing. */
bool show_members(const char *json, void (*member)(void *arg, const char *name, const char *value),
                  void *arg);

/* Adds the same as lines "name  value". */
void show_object(struct text *out, const char *json);

/* Events as CSV: the header, and a line for each. `json` is the event's own text. */
void show_csv_head(struct text *out);
/* The current state as a line of the kind "now"; after_ms is how long it has lasted. */
void show_csv_now(struct text *out, const struct msiwatch_status *status);
void show_csv_event(struct text *out, const struct msiwatch_event *event, const char *json);

#endif
