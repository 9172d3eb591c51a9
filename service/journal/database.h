/* database.h: an open history.db: appending events, facts beside them, and pruning.
 *
 * Every function may block on the disk: worker threads only, one at a time for each connection.
 */
#ifndef MSIWATCH_SERVICE_DATABASE_H
#define MSIWATCH_SERVICE_DATABASE_H

#include "journal/sql.h"

#include <stdbool.h>

struct database;

struct database_options {
    const char *path;
    bool reads_only;
    uint32_t checkpoint_pages; /* of the write-ahead log; 0: SQLite's own */
};

/* Opens one that exists; brings an older one forward. OUTCOME_DAMAGED, and untouched, if it is not
 * ours or was made by a newer version. */
struct problem database_open(struct database **out, const struct database_options *options);
void database_close(struct database *database);

/* Closes one that is damaged and leaves its write-ahead log as it is. */
void database_abandon(struct database *database);

sqlite3 *database_sqlite(struct database *database);

/* The statements that are used again and again; those to read with are page.c's. */
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
sqlite3_stmt *database_statement(struct database *database, enum database_statement which);

#define DATABASE_NOTE_BYTES 2048u /* with its end */

/* What the file says of itself. */
struct database_facts {
    char id[37];
    uint64_t first_seq, last_seq; /* as of journal_info; of those that this connection wrote, too */
    uint64_t last_checksum;       /* of the last one's JSON, as it was found */
    bool controls_meaningful;
    char note[DATABASE_NOTE_BYTES]; /* as database_append; "" if there is none */
    /* of the last transition, and of when the service last was alive; "" if there is none */
    char last_state[16];
    char last_at[32];
    char heartbeat[32];
    uint64_t heartbeat_seq; /* the last seq when it was written */
};
const struct database_facts *database_facts(const struct database *database);

struct database_row {
    uint64_t seq;
    const char *json;
    size_t size;
};

/* How much is kept: the oldest go. 0: no bound. */
struct database_keep {
    uint64_t bytes; /* of the pages in use; the last event stays */
    uint64_t rows;
};
extern const struct database_keep database_keep_all;

/* Appends events, in one transaction with the removal of as many of the oldest as are too many, a
 * step's worth at most, and with the note (journal_set_note; "": it stays as it is). It is
 * committed when this is OK. */
struct problem database_append(struct database *database, const struct database_row *rows,
                               size_t count, const struct database_keep *keep, const char *note);

/* The service is alive now; and, unless known before, msiserver's controls mean something
 * (ARCHITECTURE.md, "The rules of the verdict"); and the note, likewise. */
struct problem database_note(struct database *database, int64_t wall_ms, bool controls_meaningful,
                             const char *note);

/* Removes a step's worth of the oldest that are too many, or that are dated before `before_ms`
 * (INT64_MIN: none) with all before them. *again: there is more to remove. */
#define DATABASE_PRUNE_STEP 500
struct problem database_prune(struct database *database, const struct database_keep *keep,
                              int64_t before_ms, bool *again);

/* Moves the write-ahead log into the file, or fails. */
struct problem database_checkpoint(struct database *database);

#endif
