/* install.h: what the protocol says about an installation, in a Status or in an event. All of it
 * comes from outside, so make it harmless before printing it. Pure functions. */
#ifndef MSIWATCH_CLI_INSTALL_H
#define MSIWATCH_CLI_INSTALL_H

#include "msiwatch.h"

#include <stdbool.h>
#include <stdint.h>

/* The most processes of a chain that are read. */
#define INSTALL_CHAIN 6u

/* "" means that a value is not known. */
struct told_install {
    char product[MSIWATCH_TEXT_SIZE];
    char version[MSIWATCH_NAME_SIZE];    /* cut if it is longer */
    char package[MSIWATCH_TEXT_SIZE];    /* the file's name, without its path */
    char action[MSIWATCH_NAME_SIZE];     /* "install", "remove", "change", "update", "check" */
    char result[MSIWATCH_NAME_SIZE];     /* "success", "failure", "collision", "lost" */
    char reboot[MSIWATCH_NAME_SIZE];     /* "none", "required", "initiated" */
    char started_by[MSIWATCH_TEXT_SIZE]; /* the file name of the program that started it */
    char product_code[MSIWATCH_ID_SIZE];
    uint64_t further;      /* how many others it stands for */
    int64_t started_at_ms; /* 0: not known */
    uint64_t status;       /* Windows Installer's code, if known */
    uint32_t client_pid;   /* 0: not known */
    bool status_known;
    bool untrusted;                /* Windows Installer did not write it: that is certain */
    uint32_t chain[INSTALL_CHAIN]; /* the client's process and the ones above it, if known */
    unsigned chain_count;
};

/* Reads the member `install` of a Status or an Event (JSON). False: there is none. Then a Status
 * may still say who started the mutex's owner: that is in started_by. */
bool install_read(struct told_install *install, const char *json);

/* The same for a Status or an Event that was already parsed. */
struct yyjson_val;
bool install_from(struct told_install *install, struct yyjson_val *root);

/* Whether it names what a busy period was for. A collision does not: the period was another
 * installation's. */
bool install_names_period(const struct told_install *install);

/* What is being done: "installing", "removing". */
const char *install_doing(const struct told_install *install);

/* "Example 1.2.3", or the package, or "". Cut to MSIWATCH_TEXT_SIZE if it is longer. */
void install_name(const struct told_install *install, char name[MSIWATCH_TEXT_SIZE]);

#endif
