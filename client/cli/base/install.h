/* install.h: what the protocol says of an installation, in a Status or in an event. Everything in
 * it comes from outside: before it is printed, it must be made harmless. Pure functions. */
#ifndef MSIWATCH_CLI_INSTALL_H
#define MSIWATCH_CLI_INSTALL_H

#include "msiwatch.h"

#include <stdbool.h>
#include <stdint.h>

/* "" is what is not known. */
struct install {
    char product[MSIWATCH_TEXT_SIZE];
    char version[MSIWATCH_NAME_SIZE]; /* cut if it is longer */
    char package[MSIWATCH_TEXT_SIZE]; /* the file's name, without its path */
    char action[MSIWATCH_NAME_SIZE];  /* "install", "remove", "change", "update", "check" */
    char result[MSIWATCH_NAME_SIZE];  /* "success", "failure", "collision", "lost" */
    uint64_t further;                 /* so many more, for which it stands */
    bool untrusted;                   /* it is known that Windows Installer did not write it */
};

/* Reads the member `install` of a Status' or an Event's JSON. False: there is none. */
bool install_read(struct install *install, const char *json);

/* Whether it says what a busy period was: a collision is somebody else's. */
bool install_names_period(const struct install *install);

/* "installing", "removing": what is being done. */
const char *install_doing(const struct install *install);

/* "Example 1.2.3", or the package, or "". The result fits MSIWATCH_TEXT_SIZE, cut if need be. */
void install_name(const struct install *install, char name[MSIWATCH_TEXT_SIZE]);

#endif
