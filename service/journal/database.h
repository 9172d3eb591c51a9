/* database.h: an open history.db: appends events, stores facts besides them, and removes old
 * events.
 *
 * Every function may block on the disk: worker threads only, and only one at a time for each
 * connection.
 */
#ifndef MSIWATCH_SERVICE_DATABASE_H
#define MSIWATCH_SERVICE_DATABASE_H

#include "journal/disk.h"
#include "journal/sql.h"

#include <stdbool.h>

/* The prepared statements that are used often. page.c uses those that read. */
enum database_statement {
    DATABASE_APPEND,
    DATABASE_REMOVE,
    DATABASE_SET_NOTE,
    DATABASE_READ_UP,
    DATABASE_READ_DOWN,
    DATABASE_FIND_SINCE,
    DATABASE_STATEMENTS
};
extern const char *const database_sql[DATABASE_STATEMENTS];

/* What the file stores about itself. */
struct database_facts {
    char id[37];
    /* As in journal_info; up to date also for events that this connection wrote. */
    uint64_t first_seq, last_seq;
    uint64_t last_checksum; /* the checksum of the last event's JSON, as found */
    bool controls_meaningful;
    char note[JOURNAL_NOTE_BYTES]; /* see database_append; "" if there is none */
    /* State and time of the last transition, and when the service was last known to be alive; "" if
     * there is none. */
    char last_state[16];
    char last_at[32];
    char heartbeat[32];
    uint64_t heartbeat_seq; /* the last seq when the heartbeat was written */
};

/* An open file. Only database.c and database_write.c change these. */
struct database {
    sqlite3 *sqlite;
    sqlite3_stmt *statements[DATABASE_STATEMENTS];
    struct database_facts facts;
};

struct database_options {
    const char *path;
    bool reads_only;
    uint32_t checkpoint_pages; /* of the write-ahead log; 0 for SQLite's default */
};

/* Opens an existing database and upgrades an older one. OUTCOME_DAMAGED if it is not ours or was
 * made by a newer version; then it is not changed. */
struct problem database_open(struct database **out, const struct database_options *options);
void database_close(struct database *database);

/* Closes a damaged database and leaves its write-ahead log as it is. */
void database_abandon(struct database *database);

struct database_row {
    uint64_t seq;
    const char *json;
    size_t size;
};

/* No limits. */
extern const struct journal_keep database_keep_all;

/* Appends events. The same transaction removes the oldest events over the limits of bytes and rows,
 * at most DATABASE_PRUNE_STEP of them, and stores the note (journal_set_note; "" leaves it as it
 * is). If the result is OK, all of it is committed. */
struct problem database_append(struct database *database, const struct database_row *rows,
                               size_t count, const struct journal_keep *keep, const char *note);

/* Stores the current time as the heartbeat; if `controls_meaningful`, also stores that msiserver's
 * controls mean something (ARCHITECTURE.md, "The rules of the verdict"); and the note, as above. */
struct problem database_note(struct database *database, int64_t wall_ms, bool controls_meaningful,
                             const char *note);

/* Removes up to DATABASE_PRUNE_STEP of the oldest events: those over these limits, or those at the
 * beginning that are dated before `before_ms` (INT64_MIN for none). *again says that there may be
 * more to remove. */
#define DATABASE_PRUNE_STEP 500
struct problem database_prune(struct database *database, const struct journal_keep *keep,
                              int64_t before_ms, bool *again);

/* Copies the write-ahead log into the file, or fails. */
struct problem database_checkpoint(struct database *database);

#endif
