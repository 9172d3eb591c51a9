/* quarantine.h: renames a history.db that cannot be used. Nothing is ever deleted.
 *
 * "history.db" becomes "history.db.<time>.damaged". Its "-wal" and "-shm" keep their endings after
 * the new name, so that SQLite's tools find them together. Worker thread, with the folder's lock
 * held.
 */
#ifndef MSIWATCH_SERVICE_QUARANTINE_H
#define MSIWATCH_SERVICE_QUARANTINE_H

#include "files/secure_files.h"

/* When there are this many, no more are added, because a disk that damages everything would fill
 * up. */
#define QUARANTINE_MOST 64

/* How many names are remembered, and the length of a name. */
#define QUARANTINE_SHOWN 8
#define QUARANTINE_NAME 64

struct quarantine_list {
    unsigned count; /* all of them, also those whose names are not listed */
    char names[QUARANTINE_SHOWN][QUARANTINE_NAME]; /* the newest first, without the folder */
};

/* What this process has put into quarantine, in that order: number n is at names[n % SHOWN]. */
struct quarantine_put_list {
    unsigned count; /* all of them; the last QUARANTINE_SHOWN have their names in the list */
    char names[QUARANTINE_SHOWN][QUARANTINE_NAME];
};

/* Adds a name, cut if it is longer than QUARANTINE_NAME. */
void quarantine_note(struct quarantine_put_list *list, const char *name);

/* Lists what is in quarantine. Returns 0 or a negative libuv code. */
int quarantine_read(const char *folder, struct quarantine_list *out);

/* Renames those of the three files that exist. `name` is the database's new name, or "" if none was
 * renamed; if this fails, some of them may have been. Returns UV_ENOSPC if there are
 * QUARANTINE_MOST already, or another negative libuv code. */
int quarantine_put(const char *folder, char name[FILES_PATH]);

#endif
