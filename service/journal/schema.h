/* schema.h: the tables of history.db, and how an older file is upgraded.
 *
 * README.md describes them. The file says what it is: application_id identifies it as ours, and
 * user_version is the number of steps that made it. Call these on the thread that uses the
 * connection.
 */
#ifndef MSIWATCH_SERVICE_SCHEMA_H
#define MSIWATCH_SERVICE_SCHEMA_H

#include <sqlite3.h>

#define SCHEMA_APPLICATION_ID 0x4D736957 /* "MsiW" */

/* Step n upgrades a file of user_version n to n + 1. A step that was ever released never
 * changes. */
struct schema {
    const char *const *steps;
    int count;
};

extern const struct schema schema_now;

enum schema_state {
    SCHEMA_FITS,  /* now has the current version */
    SCHEMA_NEWER, /* made by a later version of ours: do not change it */
    SCHEMA_FOREIGN,
    SCHEMA_FAILED, /* `code` has SQLite's code; nothing has changed */
};

/* Runs the steps that are missing, all or none. An empty file is FOREIGN. */
enum schema_state schema_bring_forward(sqlite3 *sqlite, const struct schema *schema, int *code);

/* Creates all tables in an empty file. Returns a SQLite code. */
int schema_create(sqlite3 *sqlite, const struct schema *schema);

#endif
