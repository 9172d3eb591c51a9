/* quarantine.h: a history.db that cannot be used gets another name. Nothing is ever deleted.
 *
 * "history.db" becomes "history.db.<time>.damaged", its "-wal" and "-shm" get the same endings
 * behind that name, so that SQLite's tools find them together. Worker thread, with the folder's
 * lock held.
 */
#ifndef MSIWATCH_SERVICE_QUARANTINE_H
#define MSIWATCH_SERVICE_QUARANTINE_H

#include "files/secure_files.h"

/* With this many of them no more are made, or a disk that damages everything would be filled. */
#define QUARANTINE_MOST 64

/* How many of their names are remembered, and how long a name may be. */
#define QUARANTINE_SHOWN 8
#define QUARANTINE_NAME 64

struct quarantine_list {
    unsigned count;                                /* all there are */
    char names[QUARANTINE_SHOWN][QUARANTINE_NAME]; /* the newest first, without the folder */
};

/* What is in quarantine. 0 or a negative libuv code. */
int quarantine_read(const char *folder, struct quarantine_list *out);

/* Renames whatever there is of the three. `name` is that of the database. UV_ENOSPC when there are
 * QUARANTINE_MOST already; or another negative libuv code. */
int quarantine_put(const char *folder, char name[FILES_PATH]);

#endif
