/* log_position.h: how far the event log has been read, and what of it is still needed.
 *
 * A record is needed from when it is read until the events made of it are in the journal. As text
 * the position is stored in the transaction that commits them, so that after a crash the records
 * that were still needed are read again, and those that were reported are not:
 *
 *   Application NEXT[ FIRST[-LAST]]...     read on from NEXT; but these, above it, are reported
 *
 * Bounded: when more records are held than there is room for, the oldest that is still needed is
 * given up. A record may be missed so, but never reported twice. Pure.
 */
#ifndef MSIWATCH_SERVICE_LOG_POSITION_H
#define MSIWATCH_SERVICE_LOG_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_POSITION_HELD 256u
#define LOG_POSITION_BYTES 512u /* of the text, with its end */

struct log_position_held {
    uint64_t record_id;
    bool reported;
};

/* Zeroed is a valid start: nothing is known. */
struct log_position {
    uint64_t next; /* those below are reported, or will never be; 0: nothing is known */
    uint64_t seen; /* those up to it have been read */
    size_t count;  /* of those held: by id, none below next */
    struct log_position_held held[LOG_POSITION_HELD];
};

/* Begins at a record: those below are of no interest. At least 1. */
void log_position_begin(struct log_position *position, uint64_t next);

/* False: no such text. *position is as before then. */
bool log_position_parse(struct log_position *position, const char *text);
void log_position_format(const struct log_position *position, char out[LOG_POSITION_BYTES]);

/* A record was read. False: it is held already, reported, or of no interest. */
bool log_position_take(struct log_position *position, uint64_t record_id);

/* A record needs nothing more. One that is not held is passed over. */
void log_position_report(struct log_position *position, uint64_t record_id);

/* All up to this one have been read. */
void log_position_see(struct log_position *position, uint64_t record_id);

#endif
