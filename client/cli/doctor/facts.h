/* facts.h: what the doctor reads once: rows of kind "fact", and what findings are made of. Windows
 * only, one thread. */
#ifndef MSIWATCH_CLI_FACTS_H
#define MSIWATCH_CLI_FACTS_H

#include "cli/doctor/findings.h"

/* Windows, Windows Installer, who is asking. */
void facts_add_system(struct report *report);

/* msiserver's configuration and security descriptor. */
void facts_add_msiserver(struct report *report, struct doctor_facts *facts);

/* The policies DisableMSI and "Windows Installer RDS Compatibility", and whether this is a Remote
 * Desktop Session Host. */
void facts_add_policies(struct report *report, struct doctor_facts *facts);

/* The entry of the service MsiWatch. */
void facts_add_entry(struct report *report, struct doctor_facts *facts);

/* The mutex's security descriptor as text ("" while there is no mutex), and what the current user
 * may open it for. Either is the reason why it cannot be read, if so. */
void facts_read_mutex(struct text *sddl, struct text *access);

/* The security descriptor of the pipe of that name. */
void facts_add_pipe(struct report *report, const char *name);

#endif
