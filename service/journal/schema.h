/* schema.h: the tables of history.db, and how an older file becomes one of today.
 *
 * README.md describes them. The file says what it is by itself: application_id and user_version,
 * the number of steps that made it. Whichever thread has the connection.
 */
#ifndef MSIWATCH_SERVICE_SCHEMA_H
#define MSIWATCH_SERVICE_SCHEMA_H

#include <sqlite3.h>

#define SCHEMA_APPLICATION_ID 0x4D736957 /* "MsiW" */

/* Step n brings a file of user_version n to n + 1. A step that was ever released never changes. */
struct schema {
    const char *const *steps;
    int count;
};

extern const struct schema schema_now;

enum schema_state {
    SCHEMA_FITS,  /* of this version now */
    SCHEMA_NEWER, /* made by a later version of ours: not to be touched */
    SCHEMA_FOREIGN,
    SCHEMA_FAILED, /* with a SQLite code; nothing has changed */
};

/* Takes the steps that are missing, all or none. A file without anything in it is FOREIGN. */
enum schema_state schema_bring_forward(sqlite3 *sqlite, const struct schema *schema, int *code);

/* Makes all of it in an empty file. A SQLite code. */
int schema_create(sqlite3 *sqlite, const struct schema *schema);

#endif
