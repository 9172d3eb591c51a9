/* install.h: what the protocol says about an installation, in a Status or in an event. All of it
 * comes from outside, so make it harmless before printing it. Pure functions. */
#ifndef MSIWATCH_CLI_INSTALL_H
#define MSIWATCH_CLI_INSTALL_H

#include "common/wire.h"
#include "msiwatch.h"

struct told_install {
    struct install is;
    bool ended; /* it has a result, perhaps one that only a newer service knows */
    char started_by[MSIWATCH_STRING_BYTES]; /* the file name of the program that started it; "": not
                                             * known */
};

/* Reads the member `install` of a Status or an Event (JSON). False: there is none. Then a Status
 * may still say who started the mutex's owner: that is in started_by. */
bool install_read(struct told_install *install, const char *json);

/* The same for a Status or an Event that was already parsed. */
bool install_from(struct told_install *install, yyjson_val *root);

/* Whether it names what a busy period was for. A collision does not: the period was another
 * installation's. */
bool install_names_period(const struct install *install);

/* What is being done: "installing", "removing". */
const char *install_doing(const struct install *install);

/* "Example 1.2.3", or the package's file name, or "". Cut to MSIWATCH_TEXT_SIZE if it is longer. */
void install_name(const struct install *install, char name[MSIWATCH_TEXT_SIZE]);

/* Whether it asks for a restart of Windows. */
static inline bool install_wants_restart(enum install_reboot reboot)
{
    return reboot == REBOOT_REQUIRED || reboot == REBOOT_INITIATED;
}

#endif
