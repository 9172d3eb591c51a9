/* disk.h: a journal on disk: where it is, what it keeps, and its condition. */
#ifndef MSIWATCH_SERVICE_JOURNAL_DISK_H
#define MSIWATCH_SERVICE_JOURNAL_DISK_H

#include "journal/problem.h"
#include "journal/quarantine.h"

#include <uv.h>

struct log;

/* Settings that may change while the service runs. The oldest events are removed first; the last
 * one is always kept. */
struct journal_keep {
    uint64_t bytes;        /* greatest size of the database's pages in use; 0 for no limit */
    uint64_t rows;         /* greatest number of events in it; 0 for no limit */
    uint32_t days;         /* their greatest age; 0 for no limit */
    uint32_t heartbeat_ms; /* how often it stores that the service is alive; 0 for never */
};

struct journal_disk {
    const char *folder; /* UTF-8 */
    uv_loop_t *loop;
    struct log *log;
    struct journal_keep keep;
    /* For tests; 0 means the default. */
    uint32_t open_ms;  /* how long journal_open waits for the disk: 3 s */
    uint32_t stuck_ms; /* a disk that has not answered for this long has failed: 10 s */
    uint32_t retry_ms; /* time to the first retry, which doubles up to ten times this: 1 s */
    /* How long the clocks must agree before events are removed by age: 10 min. */
    uint32_t steady_ms;
    uint32_t checkpoint_pages; /* of the write-ahead log */
};

#define JOURNAL_NOTE_BYTES 2048u /* with the final zero */

struct journal_info {
    char id[37]; /* the uuid as text */
    bool durable;
    uint64_t first_seq, last_seq;
    char problem[PROBLEM_SIZE];         /* why it is not durable; "" if it is */
    struct quarantine_list quarantined; /* files in the folder that are in quarantine */
    struct quarantine_put_list put;     /* those that this process put there */
    bool folder_taken; /* another service uses the folder, so this one should not run */
    /* Whether msiserver's controls were ever seen to mean something (ARCHITECTURE.md, "The rules of
     * the verdict"). This can become true when a database that remembers it is opened late. */
    bool controls_meaningful;
    /* The note that was set (journal_set_note), or that an earlier run stored; "" if none is known
     * (yet). If the stored note is found after another one was set, only its lines after the first
     * are used, and only if the other note has just one line. */
    char note[JOURNAL_NOTE_BYTES];
};

#endif
