/* wal.h: checks whether a write-ahead log that an earlier run left contains everything that was
 * committed.
 *
 * SQLite reads a log up to the first frame that is not sound and ignores the rest without an error,
 * because that is what a power failure leaves: an incomplete last transaction. But each transaction
 * was on the disk before the next began. So if two or more transactions follow the broken frame,
 * the log is damaged, and what SQLite would ignore had been published. Any thread.
 */
#ifndef MSIWATCH_SERVICE_WAL_H
#define MSIWATCH_SERVICE_WAL_H

#include <stdbool.h>

/* *damaged says whether it is damaged. Returns 0, also if there is no such file, or a negative
 * libuv code. Call it before the database is opened. */
int wal_check(const char *path, bool *damaged);

#endif
