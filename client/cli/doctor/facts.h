/* facts.h: what the doctor reads once. Adds rows of kind "fact", and stores what findings are made
 * from. Windows only, one thread. */
#ifndef MSIWATCH_CLI_FACTS_H
#define MSIWATCH_CLI_FACTS_H

#include "cli/doctor/findings.h"

/* Windows, Windows Installer, and the user. */
void facts_add_system(struct report *report);

/* msiserver's configuration and security descriptor. */
void facts_add_msiserver(struct report *report, struct doctor_facts *facts);

/* The policies DisableMSI and "Windows Installer RDS Compatibility", and whether this is a Remote
 * Desktop Session Host. */
void facts_add_policies(struct report *report, struct doctor_facts *facts);

/* The SCM's entry of the service MsiWatch. */
void facts_add_entry(struct report *report, struct doctor_facts *facts);

/* The mutex's security descriptor as text ("" if there is no mutex), and the rights with which the
 * current user may open it. If one of them cannot be read, its text is the reason. */
void facts_read_mutex(struct text *sddl, struct text *access);

/* The security descriptor of the pipe with that name. */
void facts_add_pipe(struct report *report, const char *name);

#endif
