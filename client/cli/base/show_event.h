/* show_event.h: shows people events and what is known about an installation; the rules of show.h
 * apply. */
#ifndef MSIWATCH_CLI_SHOW_EVENT_H
#define MSIWATCH_CLI_SHOW_EVENT_H

#include "msiwatch.h"
#include "cli/base/text.h"
#include "cli/base/time_text.h"

/* If it is busy and the event log says with what: "busy for 3 min: Contoso Agent 4.2 (agent.msi),
 * started by CcmExec.exe". Otherwise, if it is known who started the mutex's owner: "busy for 3
 * min: setup.exe, started by explorer.exe". `json` is the text of the status. */
void show_summary(struct text *out, const struct msiwatch_status *status, const char *json);

/* Adds lines for what the event log says: what is being installed, and that a restart is needed;
 * and for an installation that has stalled. `json` is the text of the status. */
void show_installing(struct text *out, const char *json);

/* Adds a line for an event, a gap or a reset. `json` is the event's own text. */
void show_event(struct text *out, const struct msiwatch_event *event, const char *json,
                when_offset *offset);

#endif
