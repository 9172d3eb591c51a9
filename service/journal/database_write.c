/* database_write.c: an open history.db: appends events, stores facts besides them, and removes old
 * events. */
#include "journal/database.h"

#include "common/model.h"
#include "files/secure_files.h"
#include "journal/event_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Runs a statement that returns no rows, and resets it for the next use. */
static int run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Some systems allow an open file to be deleted or replaced. It still accepts writes, but they are
 * lost. */
static int check_still_there(struct database *database)
{
    int moved = 0;
    struct files_facts wal;
    int code = sqlite3_file_control(database->sqlite, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (code != SQLITE_OK) {
        return SQLITE_OK; /* cannot happen on this system */
    }
    if (!moved) {
        const char *path = sqlite3_filename_wal(sqlite3_db_filename(database->sqlite, "main"));
        moved = files_look(path, &wal) == 0 && !wal.exists;
    }
    return moved ? SQLITE_READONLY_DBMOVED : SQLITE_OK;
}

static int begin(struct database *database)
{
    return sql_run(database->sqlite, "BEGIN IMMEDIATE");
}

/* Ends the transaction, whose statements so far returned `code`. Stores the note, unless it is "",
 * and removes the events below `end`, at most DATABASE_PRUNE_STEP of them. If the result is OK, all
 * of it is durably committed. first..last are the events in the file. */
static int commit(struct database *database, int code, const char *note, uint64_t first,
                  uint64_t last, uint64_t end)
{
    if (code == SQLITE_OK && note[0] != '\0') {
        sqlite3_bind_text(database->statements[DATABASE_SET_NOTE], 1, note, -1, SQLITE_STATIC);
        code = run(database->statements[DATABASE_SET_NOTE]);
    }
    if (end > first) {
        sqlite3_stmt *remove = database->statements[DATABASE_REMOVE];
        first = end - first > DATABASE_PRUNE_STEP ? first + DATABASE_PRUNE_STEP : end;
        sqlite3_bind_int64(remove, 1, (sqlite3_int64)first);
        code = code == SQLITE_OK ? run(remove) : code;
    }
    if (code == SQLITE_OK) {
        code = sql_run(database->sqlite, "COMMIT");
    }
    if (code == SQLITE_OK) {
        code = check_still_there(database);
    }
    if (code == SQLITE_OK) {
        database->facts.first_seq = first;
        database->facts.last_seq = last;
    } else if (!sqlite3_get_autocommit(database->sqlite)) {
        sql_run(database->sqlite, "ROLLBACK");
    }
    return code;
}

const struct journal_keep database_keep_all = {0};

/* Free pages do not count: they stay in the file and are used for later events. */
static int find_used_bytes(struct database *database, uint64_t *used)
{
    static const char *const pragmas[] = {"PRAGMA page_count", "PRAGMA freelist_count",
                                          "PRAGMA page_size"};
    int64_t numbers[3] = {0};
    int code = SQLITE_OK;
    for (int i = 0; code == SQLITE_OK && i < 3; i++) {
        code = sql_number(database->sqlite, pragmas[i], &numbers[i]);
    }
    *used = (uint64_t)((numbers[0] - numbers[1]) * numbers[2]);
    return code;
}

/* *end is the first seq to keep if first..last are too many; 0 if all are kept. */
static int find_excess_end(struct database *database, const struct journal_keep *keep,
                           uint64_t first, uint64_t last, uint64_t *end)
{
    uint64_t used = 0;
    *end = keep->rows != 0 && last > keep->rows ? last - keep->rows + 1 : 0;
    int code = keep->bytes == 0 ? SQLITE_OK : find_used_bytes(database, &used);
    if (used > keep->bytes && *end <= first) {
        uint64_t half = (last - first + 1) / 2; /* the file may hold few but large events */
        *end = first + (half > DATABASE_PRUNE_STEP ? DATABASE_PRUNE_STEP : half);
    }
    return code;
}

/* If a value cannot be bound, it is NULL, which these columns refuse. */
static int append_row(sqlite3_stmt *statement, const struct database_row *row)
{
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)row->seq);
    sqlite3_bind_text(statement, 2, row->json, (int)row->size, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)event_checksum(row->json, row->size));
    int code = run(statement);
    sqlite3_clear_bindings(statement);
    return code;
}

struct problem database_append(struct database *database, const struct database_row *rows,
                               size_t count, const struct journal_keep *keep, const char *note)
{
    const struct database_facts *facts = &database->facts;
    uint64_t first = facts->last_seq == 0 ? rows[0].seq : facts->first_seq;
    uint64_t last = rows[count - 1].seq, end = 0;
    int code = begin(database);
    for (size_t i = 0; code == SQLITE_OK && i < count; i++) {
        code = append_row(database->statements[DATABASE_APPEND], &rows[i]);
    }
    if (code == SQLITE_OK) {
        code = find_excess_end(database, keep, first, last, &end);
    }
    code = commit(database, code, note, first, last, end);
    return sql_problem(code, "cannot write history.db");
}

struct problem database_note(struct database *database, int64_t wall_ms, bool controls_meaningful,
                             const char *note)
{
    char sql[256], time[MSIWATCH_TIME_CHARS + 1];
    const struct database_facts *facts = &database->facts;
    time_format(wall_ms, time);
    snprintf(sql, sizeof sql,
             "INSERT OR REPLACE INTO journal (name, value) VALUES ('heartbeat', '%s'),"
             " ('heartbeat_seq', '%" PRIu64 "')%s",
             time, facts->last_seq, controls_meaningful ? ", ('controls_meaningful', '1')" : "");
    int code = begin(database);
    if (code == SQLITE_OK) {
        code = sql_run(database->sqlite, sql);
    }
    code = commit(database, code, note, facts->first_seq, facts->last_seq, 0);
    return sql_problem(code, "cannot write history.db");
}

/* Finds the end of the old events at the beginning. An event with too late a date, because the
 * clock was wrong, ends them: keeping too much is better than keeping too little. The last event is
 * never removed, because it says where the journal is. */
static int find_old_end(struct database *database, int64_t before_ms, uint64_t *end)
{
    char sql[256], before[MSIWATCH_TIME_CHARS + 1];
    const struct database_facts *facts = &database->facts;
    int64_t found = 0;
    time_format(before_ms, before);
    snprintf(sql, sizeof sql,
             "SELECT ifnull(min(seq), %" PRIu64 ") FROM (SELECT seq, at FROM events ORDER BY seq"
             " LIMIT %d) WHERE at >= '%s' OR seq = %" PRIu64,
             facts->first_seq + DATABASE_PRUNE_STEP, DATABASE_PRUNE_STEP, before, facts->last_seq);
    int code = sql_number(database->sqlite, sql, &found);
    *end = (uint64_t)found;
    return code;
}

struct problem database_prune(struct database *database, const struct journal_keep *keep,
                              int64_t before_ms, bool *again)
{
    const struct database_facts *facts = &database->facts;
    uint64_t first = facts->first_seq, end = 0;
    int code = facts->last_seq == 0 ? SQLITE_OK
                                    : find_excess_end(database, keep, first, facts->last_seq, &end);
    if (code == SQLITE_OK && end <= first && before_ms != INT64_MIN && facts->last_seq != 0) {
        code = find_old_end(database, before_ms, &end);
    }
    if (code == SQLITE_OK && end > first) {
        code = commit(database, begin(database), "", first, facts->last_seq, end);
    }
    *again = facts->first_seq - first >= DATABASE_PRUNE_STEP;
    return sql_problem(code, "cannot delete old events from history.db");
}

struct problem database_checkpoint(struct database *database)
{
    int code = sqlite3_wal_checkpoint_v2(database->sqlite, "main", SQLITE_CHECKPOINT_FULL, NULL,
                                         NULL);
    return sql_problem(code, "cannot write history.db");
}
