/* database_write.c: an open history.db: appending events, facts beside them, and pruning. */
#include "journal/database_state.h"

#include "files/secure_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Runs one that gives no rows, and makes it ready for the next time. */
static int run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

/* A file that was deleted or replaced takes writes all the same, where the system lets that happen,
 * and none of them is ever seen again. */
static int check_still_there(struct database *database)
{
    int moved = 0;
    struct files_facts wal;
    int code = sqlite3_file_control(database->sqlite, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (code != SQLITE_OK) {
        return SQLITE_OK; /* it cannot happen here */
    }
    if (!moved) {
        const char *path = sqlite3_filename_wal(sqlite3_db_filename(database->sqlite, "main"));
        moved = files_look(path, &wal) == 0 && !wal.exists;
    }
    return moved ? SQLITE_READONLY_DBMOVED : SQLITE_OK;
}

/* Ends the transaction that began with `code`; committed, and to stay so, when the result is OK. */
static int end_transaction(struct database *database, int code)
{
    if (code == SQLITE_OK) {
        code = database_run(database, "COMMIT");
    }
    if (code == SQLITE_OK) {
        code = check_still_there(database);
    }
    if (!sqlite3_get_autocommit(database->sqlite)) {
        database_run(database, "ROLLBACK");
    }
    return code;
}

static int append_row(struct database *database, const struct database_row *row,
                      char highest_at[MSIWATCH_TIME_CHARS + 1])
{
    sqlite3_stmt *statement = database->statements[APPEND];
    int code = row_bind(statement, row->seq, row->json, row->size, highest_at);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Removes up to `most` events that are below `end`. */
static int remove_below(struct database *database, uint64_t end, uint64_t most, uint64_t *first)
{
    sqlite3_stmt *statement = database->statements[REMOVE];
    if (end <= *first) {
        return SQLITE_OK;
    }
    if (end - *first > most) {
        end = *first + most;
    }
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)end);
    int code = run(statement);
    *first = end;
    return code;
}

static uint64_t excess_end(uint64_t last_seq, uint64_t keep_rows)
{
    return keep_rows != 0 && last_seq > keep_rows ? last_seq - keep_rows + 1 : 0;
}

static int set_fact(struct database *database, const char *name, const char *value)
{
    sqlite3_stmt *statement = database->statements[SET_FACT];
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
    return run(statement);
}

static int set_note(struct database *database, const char *note)
{
    return note[0] == '\0' ? SQLITE_OK : set_fact(database, "note", note);
}

struct problem database_append(struct database *database, const struct database_row *rows,
                               size_t count, uint64_t keep_rows, const char *note,
                               uint64_t *first_seq)
{
    char highest_at[MSIWATCH_TIME_CHARS + 1];
    uint64_t last = rows[count - 1].seq;
    uint64_t first = database->last_seq == 0 ? rows[0].seq : database->first_seq;
    int code = database_run(database, "BEGIN IMMEDIATE");
    memcpy(highest_at, database->highest_at, sizeof highest_at);
    for (size_t i = 0; code == SQLITE_OK && i < count; i++) {
        code = append_row(database, &rows[i], highest_at);
    }
    if (code == SQLITE_OK) {
        code = remove_below(database, excess_end(last, keep_rows), DATABASE_PRUNE_STEP, &first);
    }
    if (code == SQLITE_OK) {
        code = set_note(database, note);
    }
    code = end_transaction(database, code);
    if (code == SQLITE_OK) {
        memcpy(database->highest_at, highest_at, sizeof highest_at);
        database->last_seq = last;
        database->first_seq = first;
    }
    *first_seq = database->first_seq;
    return database_outcome(code, "writing history.db");
}

struct problem database_note(struct database *database, int64_t wall_ms, bool controls_meaningful,
                             const char *note)
{
    char time[MSIWATCH_TIME_CHARS + 1], seq[24];
    time_format(wall_ms, time);
    snprintf(seq, sizeof seq, "%llu", (unsigned long long)database->last_seq);
    int code = database_run(database, "BEGIN IMMEDIATE");
    if (code == SQLITE_OK) {
        code = set_fact(database, "heartbeat", time);
    }
    if (code == SQLITE_OK) {
        code = set_fact(database, "heartbeat_seq", seq);
    }
    if (code == SQLITE_OK && controls_meaningful) {
        code = set_fact(database, "controls_meaningful", "1");
    }
    if (code == SQLITE_OK) {
        code = set_note(database, note);
    }
    return database_outcome(end_transaction(database, code), "writing history.db");
}

/* The end of the run of old events at the beginning. One that is dated later than it was, because
 * the clock was wrong, ends it: rather too much is kept than too little. */
static int find_old_end(struct database *database, int64_t before_ms, uint64_t *end)
{
    char before[MSIWATCH_TIME_CHARS + 1];
    sqlite3_stmt *statement = database->statements[FIRST_TIMES];
    int code;
    time_format(before_ms, before);
    sqlite3_bind_int64(statement, 1, DATABASE_PRUNE_STEP);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *at = (const char *)sqlite3_column_text(statement, 1);
        uint64_t seq = (uint64_t)sqlite3_column_int64(statement, 0);
        /* The last event stays: it says where the journal is. */
        if (at == NULL || strcmp(at, before) >= 0 || seq == database->last_seq) {
            code = SQLITE_DONE;
            break;
        }
        *end = seq + 1;
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

struct problem database_prune(struct database *database, uint64_t keep_rows, int64_t before_ms,
                              uint64_t *first_seq, bool *again)
{
    uint64_t end = excess_end(database->last_seq, keep_rows);
    uint64_t first = database->first_seq;
    int code = SQLITE_OK;
    *again = false;
    if (end <= first && before_ms != INT64_MIN) {
        code = find_old_end(database, before_ms, &end);
    }
    if (code == SQLITE_OK && end > first) {
        code = database_run(database, "BEGIN IMMEDIATE");
        if (code == SQLITE_OK) {
            code = remove_below(database, end, DATABASE_PRUNE_STEP, &first);
        }
        code = end_transaction(database, code);
    }
    if (code == SQLITE_OK) {
        *again = first - database->first_seq >= DATABASE_PRUNE_STEP;
        database->first_seq = first;
    }
    *first_seq = database->first_seq;
    return database_outcome(code, "pruning history.db");
}

struct problem database_checkpoint(struct database *database)
{
    int code = sqlite3_wal_checkpoint_v2(database->sqlite, "main", SQLITE_CHECKPOINT_FULL, NULL,
                                         NULL);
    return database_outcome(code, "writing history.db");
}
