/* disk.h: a disk for SQLite that fails at a certain call, is slow, or records what is written.
 *
 * It is a VFS of SQLite that passes every call on to the system's. Any thread.
 */
#ifndef MSIWATCH_TESTS_DISK_H
#define MSIWATCH_TESTS_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum disk_fault {
    DISK_GOOD,
    DISK_ERROR,       /* any call: an I/O error */
    DISK_FULL,        /* writes */
    DISK_SHORT_WRITE, /* writes: half of the data is written, then an I/O error */
    DISK_SYNC_ERROR,  /* syncs */
    DISK_LOCKED,      /* locks: somebody else has them */
    DISK_READ_ONLY,   /* a file opens only for reading, and cannot be written */
    DISK_READ_ERROR,  /* reads */
    DISK_FAULTS
};

/* Returns -1 if it is none of these words: good, error, full, short, sync, locked, readonly,
 * read. */
int disk_fault_parse(const char *word);

/* From now on every SQLite connection uses this disk. Returns a SQLite code. */
int disk_register(void);

/* From now on counts the calls that the fault is about; those numbered first..first+count-1
 * fail. */
void disk_set_fault(enum disk_fault fault, unsigned first, unsigned count);
#define DISK_FOR_EVER (~0u)

/* How many such calls there were since then, and how many of them failed. */
unsigned disk_calls(void);
unsigned disk_failures(void);

/* From now on each sync takes at least this long. */
void disk_set_slow(unsigned ms);

/* With true, no sync returns until this is called with false. */
void disk_set_stuck(bool stuck);

/* What is done to files, in order. `name` is the last part of the path. */
enum disk_act { DISK_WRITE, DISK_TRUNCATE, DISK_SYNC, DISK_CREATE, DISK_DELETE };
struct disk_deed {
    enum disk_act act;
    const char *name;
    uint64_t at; /* DISK_WRITE: the offset; DISK_TRUNCATE: the new size */
    const void *data;
    size_t size;
};

/* Calls `to` with each deed, under a lock; NULL: stop. */
void disk_set_recorder(void (*to)(void *arg, const struct disk_deed *deed), void *arg);

#endif
