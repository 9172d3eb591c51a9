/* log_position.h: how far the event log has been read, and which records are still needed.
 *
 * A record is needed from the time when it is read until the events made from it are in the
 * journal. The position is stored as text in the transaction that commits those events. So after a
 * crash, the records that were still needed are read again, and those that were reported are not:
 *
 *   Application NEXT[ FIRST[-LAST]]...     read on from NEXT, but skip these, which were reported
 *
 * Bounded: when there are too many records, the oldest that is still needed is given up. So a
 * record can be missed, but never reported twice. Pure.
 */
#ifndef MSIWATCH_SERVICE_LOG_POSITION_H
#define MSIWATCH_SERVICE_LOG_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_POSITION_HELD 256u
#define LOG_POSITION_BYTES 512u /* of the text, with the final zero */

struct log_position_held {
    uint64_t record_id;
    bool reported;
};

/* Ready to use when zeroed: nothing is known. */
struct log_position {
    uint64_t next; /* records below it were reported, or never will be; 0: nothing is known */
    uint64_t seen; /* records up to it have been read */
    size_t count;  /* number of `held`, sorted by id, none below `next` */
    struct log_position_held held[LOG_POSITION_HELD];
};

/* Begins at a record; those below it do not matter. `next` is at least 1. */
void log_position_begin(struct log_position *position, uint64_t next);

/* Returns false if the text is not valid; then *position is unchanged. */
bool log_position_parse(struct log_position *position, const char *text);
void log_position_format(const struct log_position *position, char out[LOG_POSITION_BYTES]);

/* A record was read. Returns false if it is already held, was reported, or does not matter. */
bool log_position_take(struct log_position *position, uint64_t record_id);

/* A record is no longer needed. A record that is not held is ignored. */
void log_position_report(struct log_position *position, uint64_t record_id);

/* All records up to this one have been read. */
void log_position_see(struct log_position *position, uint64_t record_id);

#endif
