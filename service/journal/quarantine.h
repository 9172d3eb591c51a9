/* quarantine.h: setting a history.db aside that cannot be used. Nothing is ever deleted.
 *
 * "history.db" becomes "history.db.<time>.damaged", its "-wal" and "-shm" get the same endings
 * behind that name, so that SQLite's tools find them together. Worker thread, with the folder's
 * lock held.
 */
#ifndef MSIWATCH_SERVICE_ASIDE_H
#define MSIWATCH_SERVICE_ASIDE_H

#include "files/secure_files.h"

/* With this many of them no more are made, or a disk that damages everything would be filled. */
#define ASIDE_MOST 64

/* How many of their names are remembered, and how long a name may be. */
#define ASIDE_SHOWN 8
#define ASIDE_NAME 64

struct aside_list {
    unsigned count;                      /* all there are */
    char names[ASIDE_SHOWN][ASIDE_NAME]; /* the newest first, without the folder */
};

/* What was set aside and is still there. 0 or a negative libuv code. */
int aside_read(const char *folder, struct aside_list *out);

/* Moves whatever there is of the three aside. `name` is that of the database. UV_ENOSPC when there
 * are ASIDE_MOST already; or another negative libuv code. */
int aside_set(const char *folder, char name[FILES_PATH]);

#endif
