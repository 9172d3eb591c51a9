/* show.h: what the service says, as people read it. Pure functions that add to a text; each line
 * ends with a newline. Times are local, by `offset`. */
#ifndef MSIWATCH_CLI_SHOW_H
#define MSIWATCH_CLI_SHOW_H

#include "msiwatch.h"
#include "cli/base/text.h"
#include "cli/base/time_text.h"

/* Words behind what the event log says, so that nobody takes it for what the service saw. */
#define SHOW_HEARSAY "(event log)"
#define SHOW_UNTRUSTED "(event log, not trusted)"

/* "busy since 2026-11-22 10:41:07Z (12 s): mutex held by msiexec.exe (pid 4242)" */
void show_state(struct text *out, const struct msiwatch_status *status, when_offset *offset);

/* That line, and one for each thing that was read. */
void show_status(struct text *out, const struct msiwatch_status *status, when_offset *offset);

/* The line that a watch begins with: what is now. */
void show_now(struct text *out, const struct msiwatch_status *status, when_offset *offset);

/* TIME, the word, the reasons, and then whatever follows: in columns. */
void show_begin_line(struct text *out, int64_t at_ms, const char *word, uint32_t reasons,
                     when_offset *offset);

/* A line for a transition. */
void show_transition(struct text *out, const struct msiwatch_event *event, when_offset *offset);

/* "mutex held by msiexec.exe (pid 4242); msiserver says so", after `separator`; nothing when there
 * is nothing to say. */
void show_why(struct text *out, const struct msiwatch_status *status, const char *separator);

/* "mutex, msiserver": a set of MSIWATCH_REASON_*, `between` two of them. */
void show_reasons(struct text *out, uint32_t reasons, const char *between);

/* A path's last part. */
const char *show_base_name(const char *path);

/* "idle", "busy", "unknown" */
const char *show_state_name(uint32_t state);

/* Calls back for each member of a JSON object, members of members as "name.name", elements of a
 * list that have such as "name.1.name"; a list without is one line. Text from outside is made
 * harmless. Nothing for what is not an object. False: out of memory, some are missing. */
bool show_members(const char *json, void (*member)(void *arg, const char *name, const char *value),
                  void *arg);

/* The same as lines "name  value". */
void show_object(struct text *out, const char *json);

/* The same events as CSV: the first line, and one for each. `json` is the event's own text. */
void show_csv_head(struct text *out);
/* What is now, of the kind "now": how long it has been so is in after_ms. */
void show_csv_now(struct text *out, const struct msiwatch_status *status);
void show_csv_event(struct text *out, const struct msiwatch_event *event, const char *json);

#endif
