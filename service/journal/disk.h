/* disk.h: a journal on disk: where it is, what it keeps, and how it is doing. */
#ifndef MSIWATCH_SERVICE_JOURNAL_DISK_H
#define MSIWATCH_SERVICE_JOURNAL_DISK_H

#include "journal/problem.h"
#include "journal/quarantine.h"

#include <uv.h>

struct log;

/* Settings that may change while it runs. */
struct journal_keep {
    uint64_t bytes;        /* of the database at most; 0: no bound */
    uint64_t rows;         /* the most events in it; 0: no bound */
    uint32_t days;         /* their greatest age; 0: no bound */
    uint32_t heartbeat_ms; /* how often it is noted that the service is alive; 0: never */
};

struct journal_disk {
    const char *folder; /* UTF-8 */
    uv_loop_t *loop;
    struct log *log;
    struct journal_keep keep;
    /* For tests; 0 is the default. */
    uint32_t open_ms;          /* how long journal_open waits for the disk: 3 s */
    uint32_t stuck_ms;         /* when a disk that does not answer is given up: 10 s */
    uint32_t retry_ms;         /* until the disk is tried again, doubling to ten times that: 1 s */
    uint32_t steady_ms;        /* how long clocks must agree before age is believed: 10 min */
    uint32_t checkpoint_pages; /* of the write-ahead log */
};

struct journal_info {
    char id[37]; /* the uuid as text */
    bool durable;
    uint64_t first_seq, last_seq;
    char problem[PROBLEM_SIZE];         /* why it is not durable; "" when it is */
    struct quarantine_list quarantined; /* files that are in quarantine, in the folder */
    bool folder_taken;                  /* it is another service's, so this one should not run */
};

#endif
