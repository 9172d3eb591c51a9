/* textfile_place.h: where the metrics' file may be, and how it is renamed.
 *
 * The service can write anywhere, so nobody else may redirect it. The path must be absolute and
 * local, and no folder in it may be a reparse point or symbolic link. Only SYSTEM, administrators,
 * TrustedInstaller (natively: root), and the user of this process may be able to put a file into
 * the last folder or replace a folder above it. Because only they can change that, it still holds
 * when the file is created. Any thread; each call may block on the disk.
 */
#ifndef MSIWATCH_SERVICE_TEXTFILE_PLACE_H
#define MSIWATCH_SERVICE_TEXTFILE_PLACE_H

#include <stdbool.h>

#define PLACE_WHY 512

/* Returns whether a file may be at this path; if not, `why` says what is wrong. */
bool place_check(const char *path, char why[PLACE_WHY]);

/* Renames a file over another one. Returns 0; UV_EBUSY if somebody has the other one open; or
 * another negative libuv code. */
int place_rename(const char *from, const char *to);

#endif
