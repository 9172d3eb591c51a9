/* show_event.h: events, and what is known of an installation, as people read it; as show.h. */
#ifndef MSIWATCH_CLI_SHOW_EVENT_H
#define MSIWATCH_CLI_SHOW_EVENT_H

#include "msiwatch.h"
#include "cli/base/text.h"
#include "cli/base/time_text.h"

/* "busy for 3 min: Contoso Agent 4.2 (agent.msi), started by CcmExec.exe", if it is busy and the
 * event log says with what; or else "busy for 3 min: setup.exe, started by explorer.exe", of the
 * mutex's owner, if it is known who began that. `json` is the status' own text. */
void show_summary(struct text *out, const struct msiwatch_status *status, const char *json);

/* Lines for what the event log tells: what is being installed, and that the system is to be
 * restarted; and for an installation that stands still. Likewise. */
void show_installing(struct text *out, const char *json);

/* A line for an event, a gap or a reset. `json` is the event's own text. */
void show_event(struct text *out, const struct msiwatch_event *event, const char *json,
                when_offset *offset);

#endif
