/* install.h: what the protocol says of an installation, in a Status or in an event. Everything in
 * it comes from outside: before it is printed, it must be made harmless. Pure functions. */
#ifndef MSIWATCH_CLI_INSTALL_H
#define MSIWATCH_CLI_INSTALL_H

#include "msiwatch.h"

#include <stdbool.h>
#include <stdint.h>

/* Processes of a chain that are looked at. */
#define INSTALL_CHAIN 6u

/* "" is what is not known. */
struct told_install {
    char product[MSIWATCH_TEXT_SIZE];
    char version[MSIWATCH_NAME_SIZE];    /* cut if it is longer */
    char package[MSIWATCH_TEXT_SIZE];    /* the file's name, without its path */
    char action[MSIWATCH_NAME_SIZE];     /* "install", "remove", "change", "update", "check" */
    char result[MSIWATCH_NAME_SIZE];     /* "success", "failure", "collision", "lost" */
    char reboot[MSIWATCH_NAME_SIZE];     /* "none", "required", "initiated" */
    char started_by[MSIWATCH_TEXT_SIZE]; /* the file's name of the program that began it */
    char product_code[MSIWATCH_ID_SIZE];
    uint64_t further;      /* this many more, for which it stands */
    int64_t started_at_ms; /* 0: not known */
    uint64_t status;       /* Windows Installer's code, if known */
    uint32_t client_pid;   /* 0: not known */
    bool status_known;
    bool untrusted;                /* it is known that Windows Installer did not write it */
    uint32_t chain[INSTALL_CHAIN]; /* the client's process and those that began it, if known */
    unsigned chain_count;
};

/* Reads the member `install` of a Status' or an Event's JSON. False: there is none, and all that is
 * known is, of a Status, who began the mutex's owner: started_by. */
bool install_read(struct told_install *install, const char *json);

/* The same of a Status or an Event that was read. */
struct yyjson_val;
bool install_from(struct told_install *install, struct yyjson_val *root);

/* Whether it says what a busy period was: a collision is somebody else's. */
bool install_names_period(const struct told_install *install);

/* "installing", "removing": what is being done. */
const char *install_doing(const struct told_install *install);

/* "Example 1.2.3", or the package, or "". The result fits MSIWATCH_TEXT_SIZE, cut if need be. */
void install_name(const struct told_install *install, char name[MSIWATCH_TEXT_SIZE]);

#endif
