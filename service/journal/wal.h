/* wal.h: a write-ahead log that was left behind: is all in it that was committed?
 *
 * SQLite takes a log up to the first frame that is not sound and drops the rest in silence, because
 * that is what a power cut leaves: the last transaction, cut off. But where two transactions or
 * more follow the break, which were each on the disk before the next began, it is damage, and what
 * is dropped was published. Any thread.
 */
#ifndef MSIWATCH_SERVICE_WAL_H
#define MSIWATCH_SERVICE_WAL_H

#include <stdbool.h>

/* *damaged says so. 0, also when there is no such file, or a negative libuv code. Call before the
 * database is opened. */
int wal_check(const char *path, bool *damaged);

#endif
