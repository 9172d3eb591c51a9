/* facts.h: what the doctor reads once: rows of kind "fact". Windows only, one thread. */
#ifndef MSIWATCH_CLI_FACTS_H
#define MSIWATCH_CLI_FACTS_H

#include "cli/doctor/report.h"

/* Windows, Windows Installer, who is asking. */
void facts_add_system(struct report *report);

/* msiserver's configuration and security descriptor. */
void facts_add_msiserver(struct report *report);

/* The mutex's security descriptor as text ("" while there is no mutex), and what the current user
 * may open it for. Either is the reason why it cannot be read, if so. */
void facts_read_mutex(struct text *sddl, struct text *access);

/* The security descriptor of the pipe of that name. */
void facts_add_pipe(struct report *report, const char *name);

#endif
