/* textfile_place.h: where the metrics' file may be, and how it gets there.
 *
 * The service can write anywhere, so it must not be led: the path is absolute and local, no folder
 * on the way leads elsewhere (reparse point, symbolic link), and none but SYSTEM, administrators
 * and TrustedInstaller (here: root), and the user that this process is, may put a file into the
 * last folder or replace one above it. As only they can change that, it still holds when the file
 * is made. Any thread; each call may block on the disk.
 */
#ifndef MSIWATCH_SERVICE_TEXTFILE_PLACE_H
#define MSIWATCH_SERVICE_TEXTFILE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#define PLACE_WHY 512

/* Whether a file may be at this path; if not, `why` says what is wrong with it. */
bool place_check(const char *path, char why[PLACE_WHY]);

/* Makes a file that must not be there yet, and writes it through to the disk. 0 or a negative libuv
 * code; nothing is left then. */
int place_create(const char *path, const char *text, size_t size);

/* Puts one file in the other's place. 0; UV_EBUSY when somebody has the other open; or another
 * negative libuv code. */
int place_rename(const char *from, const char *to);

#endif
