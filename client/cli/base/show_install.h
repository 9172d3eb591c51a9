/* show_install.h: what is known of an installation, as people read it; as show.h, which has the
 * rest.
 */
#ifndef MSIWATCH_CLI_SHOW_INSTALL_H
#define MSIWATCH_CLI_SHOW_INSTALL_H

#include "cli/base/show.h"

/* "busy for 3 min: Contoso Agent 4.2 (agent.msi), started by CcmExec.exe", if it is busy and the
 * event log says with what. `json` is the status' own text. */
void show_summary(struct text *out, const struct msiwatch_status *status, const char *json);

/* Lines for what the event log tells: what is being installed, and that the system is to be
 * restarted; and for an installation that stands still. Likewise. */
void show_installing(struct text *out, const char *json);

/* The lines of events. `json` is the event's own text. */
void show_install(struct text *out, const struct msiwatch_event *event, const char *json,
                  when_offset *offset);
void show_activity(struct text *out, const struct msiwatch_event *event, const char *json,
                   when_offset *offset);

#endif
