/* made_records.h: makes records of the event log (install_record.h) for tests, from the values in
 * which they differ. One thread. */
#ifndef MSIWATCH_TESTS_MADE_RECORDS_H
#define MSIWATCH_TESTS_MADE_RECORDS_H

#include "observe/install_record.h"

#define WALL INT64_C(1700000000000) /* the wall clock at mono 0 */

#define SYSTEM_SID "S-1-5-18"
#define ALICE "S-1-5-21-1-2-3-1001"
#define BOB "S-1-5-21-1-2-3-1002"

/* A value that is 0 or NULL is not in the record. */
struct made {
    unsigned id;      /* as listed in install_record.h */
    int64_t at_ms;    /* when it was written, on the monotonic clock */
    uint64_t order;   /* EventRecordID */
    uint32_t pid;     /* the client's; for 1040 and 1042 */
    const char *user; /* but 1042 always has SYSTEM's */
    /* Its name is "P7", its package "C:\P7.msi", its code ends in 7; with `no_code`, it has no
     * code. */
    unsigned product;
    bool no_code;
    uint32_t status;
    uint32_t writer_pid;
    enum record_writer writer;
    bool whole_second; /* the time in the record is cut to a whole second */
    bool replayed;
    int64_t late_ms;    /* how long after it was written it arrives */
    int64_t wall_by_ms; /* how far the wall clock was set */
};

struct install_record make_record(const struct made *made);

#endif
