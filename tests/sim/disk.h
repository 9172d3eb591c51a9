/* disk.h: SQLite's disk as a test wants it: failing at a certain call, slow, or remembered.
 *
 * A VFS of SQLite's that hands every call on to the system's. Any thread.
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
    DISK_SHORT_WRITE, /* writes: half of it is written, then an I/O error */
    DISK_SYNC_ERROR,  /* syncs */
    DISK_LOCKED,      /* locks: somebody else has them */
    DISK_READ_ONLY,   /* a file opens for reading only, and takes no writes */
    DISK_READ_ERROR,  /* reads */
    DISK_FAULTS
};

/* -1 if there is no such word: good, error, full, short, sync, locked, readonly, read. */
int disk_fault_parse(const char *word);

/* From then on every connection uses it. A SQLite code. */
int disk_register(void);

/* Of the calls that a fault is about, those numbered first..first+count-1 from now on fail. */
void disk_set_fault(enum disk_fault fault, unsigned first, unsigned count);
#define DISK_FOR_EVER (~0u)

/* How many calls it was about since then, and how many of them failed. */
unsigned disk_calls(void);
unsigned disk_failures(void);

/* Each sync takes that long at least. */
void disk_set_slow(unsigned ms);

/* No sync comes back until this is called with false. */
void disk_set_stuck(bool stuck);

/* What is done to files, in order. `name` is the last part of a path. */
enum disk_act { DISK_WRITE, DISK_TRUNCATE, DISK_SYNC, DISK_CREATE, DISK_DELETE };
struct disk_deed {
    enum disk_act act;
    const char *name;
    uint64_t at; /* DISK_WRITE: where; DISK_TRUNCATE: the new size */
    const void *data;
    size_t size;
};

/* Calls `to` with each, under a lock; NULL for none. */
void disk_set_recorder(void (*to)(void *arg, const struct disk_deed *deed), void *arg);

#endif
