/* database.c: an open history.db: appending events, facts beside them, and pruning. */
#include "record/database.h"

#include "model.h"
#include "record/event_json.h"
#include "record/files.h"
#include "record/row.h"
#include "record/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* An administrator's tool may hold the file for a moment. */
#define BUSY_MS 2000

enum statement {
    APPEND,
    REMOVE,
    SET_FACT,
    GET_FACT,
    FIRST,
    LAST,
    FIRST_TIMES,
    ONE,
    LAST_TRANSITION,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [APPEND] = ROW_INSERT,
    [REMOVE] = "DELETE FROM events WHERE seq < ?1",
    [SET_FACT] = "INSERT OR REPLACE INTO journal (name, value) VALUES (?1, ?2)",
    [GET_FACT] = "SELECT value FROM journal WHERE name = ?1",
    [FIRST] = "SELECT seq FROM events ORDER BY seq LIMIT 1",
    [LAST] = "SELECT seq, at, stretch FROM events ORDER BY seq DESC LIMIT 1",
    [FIRST_TIMES] = "SELECT seq, at FROM events ORDER BY seq LIMIT ?1",
    [ONE] = "SELECT json, checksum FROM events WHERE seq = ?1",
    [LAST_TRANSITION] = ("SELECT to_state, at FROM events WHERE kind = 'transition'"
                         " ORDER BY seq DESC LIMIT 1"),
};

struct database {
    sqlite3 *sqlite;
    sqlite3_stmt *statements[STATEMENTS];
    uint64_t first_seq, last_seq;
    struct row_time time; /* of the last event */
};

/* ---- outcomes ---- */

void problem_of_sqlite(struct problem *problem, int code, const char *what)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) {
        *problem = (struct problem){OUTCOME_OK, ""};
        return;
    }
    int kind = code & 0xFF;
    problem->outcome = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB ? OUTCOME_DAMAGED
                                                                       : OUTCOME_FAILED;
    snprintf(problem->words, sizeof problem->words, "%s: %s (%d)", what, sqlite3_errstr(code),
             code);
}

static struct problem outcome_of(int code, const char *what)
{
    struct problem problem;
    problem_of_sqlite(&problem, code, what);
    return problem;
}

/* ---- statements ---- */

static sqlite3_stmt *take(struct database *database, enum statement which)
{
    return database->statements[which];
}

/* Runs one that gives no rows, and makes it ready for the next time. */
static int run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

static int run_text(struct database *database, const char *text)
{
    return sqlite3_exec(database->sqlite, text, NULL, NULL, NULL);
}

static void copy_text(char *out, size_t size, sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text == NULL ? "" : text);
}

/* ---- open ---- */

/* What the system's SQLite was built with is not known, so nothing is left to its defaults. */
static int set_up(struct database *database, const struct database_options *options)
{
    char pragma[64];
    sqlite3 *sqlite = database->sqlite;
    sqlite3_busy_timeout(sqlite, BUSY_MS);
    sqlite3_extended_result_codes(sqlite, 1);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    int code = run_text(database, "PRAGMA cell_size_check=ON;"
                                  "PRAGMA mmap_size=0;"
                                  "PRAGMA temp_store=MEMORY;"
                                  "PRAGMA synchronous=FULL;");
    if (code == SQLITE_OK && options->reads_only) {
        code = run_text(database, "PRAGMA query_only=ON;");
    }
    if (code == SQLITE_OK && options->checkpoint_pages != 0) {
        snprintf(pragma, sizeof pragma, "PRAGMA wal_autocheckpoint=%u;",
                 (unsigned)options->checkpoint_pages);
        code = run_text(database, pragma);
    }
    return code;
}

/* The file says by itself that it is in WAL mode; setting it checks that, too. */
static int check_wal(struct database *database)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(database->sqlite, "PRAGMA journal_mode=WAL", -1, &statement,
                                  NULL);
    if (code != SQLITE_OK) {
        return code;
    }
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const char *mode = (const char *)sqlite3_column_text(statement, 0);
        code = mode != NULL && strcmp(mode, "wal") == 0 ? SQLITE_OK : SQLITE_CANTOPEN;
    }
    sqlite3_finalize(statement);
    return code;
}

static int prepare(struct database *database)
{
    for (int i = 0; i < STATEMENTS; i++) {
        int code = sqlite3_prepare_v3(database->sqlite, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                      &database->statements[i], NULL);
        if (code != SQLITE_OK) {
            return code;
        }
    }
    return SQLITE_OK;
}

/* Where the journal begins and ends. */
static int find_ends(struct database *database)
{
    sqlite3_stmt *first = take(database, FIRST), *last = take(database, LAST);
    int code = sqlite3_step(last);
    database->first_seq = 1;
    database->last_seq = 0;
    database->time = (struct row_time){"", 0};
    if (code == SQLITE_ROW) {
        database->last_seq = (uint64_t)sqlite3_column_int64(last, 0);
        copy_text(database->time.at, sizeof database->time.at, last, 1);
        database->time.stretch = sqlite3_column_int64(last, 2);
        code = sqlite3_step(first);
        if (code == SQLITE_ROW) {
            database->first_seq = (uint64_t)sqlite3_column_int64(first, 0);
        }
    }
    sqlite3_reset(first);
    sqlite3_reset(last);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* The version is looked at before anything is written, or meant for tables that are others'. */
static struct problem check_schema(struct database *database)
{
    int code = SQLITE_OK;
    switch (schema_bring_forward(database->sqlite, &schema_now, &code)) {
    case SCHEMA_NEWER:
        return (struct problem){OUTCOME_DAMAGED, "history.db: a newer version made it"};
    case SCHEMA_FOREIGN:
        return (struct problem){OUTCOME_DAMAGED, "history.db: another program made it"};
    case SCHEMA_FITS:
    case SCHEMA_FAILED:
        break;
    }
    return outcome_of(code, "bringing history.db forward");
}

struct problem database_open(struct database **out, const struct database_options *options)
{
    static const char what[] = "opening history.db";
    struct database *database = calloc(1, sizeof *database);
    if (database == NULL) {
        return outcome_of(SQLITE_NOMEM, what);
    }
    /* Also for reading: a reader takes part in WAL's locks, and may have to recover it. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    int code = sqlite3_open_v2(options->path, &database->sqlite, flags, NULL);
    if (code == SQLITE_OK && sqlite3_db_readonly(database->sqlite, "main") == 1) {
        code = SQLITE_READONLY; /* SQLite falls back to that in silence */
    }
    if (code == SQLITE_OK) {
        code = set_up(database, options);
    }
    struct problem problem = outcome_of(code, what);
    if (problem.outcome == OUTCOME_OK) {
        problem = check_schema(database);
    }
    if (problem.outcome == OUTCOME_OK) {
        code = check_wal(database);
        if (code == SQLITE_OK) {
            code = prepare(database);
        }
        if (code == SQLITE_OK) {
            code = find_ends(database);
        }
        problem = outcome_of(code, what);
        if ((code & 0xFF) == SQLITE_ERROR) {
            problem.outcome = OUTCOME_DAMAGED; /* these are not our tables */
        }
    }
    if (problem.outcome != OUTCOME_OK) {
        database_abandon(database);
        return problem;
    }
    *out = database;
    return problem;
}

void database_abandon(struct database *database)
{
    if (database != NULL) {
        sqlite3_db_config(database->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    database_close(database);
}

void database_close(struct database *database)
{
    if (database == NULL) {
        return;
    }
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(database->statements[i]);
    }
    sqlite3_close(database->sqlite);
    free(database);
}

sqlite3 *database_sqlite(struct database *database)
{
    return database->sqlite;
}

/* ---- facts ---- */

static int get_fact(struct database *database, const char *name, char *out, size_t size)
{
    sqlite3_stmt *statement = take(database, GET_FACT);
    out[0] = '\0';
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        copy_text(out, size, statement, 0);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static bool is_sound_id(const char *id, const char *checksum)
{
    return strlen(id) == 36 && strtoll(checksum, NULL, 10) == (int64_t)event_checksum(id, 36);
}

struct problem database_read_facts(struct database *database, struct database_facts *facts)
{
    static const char what[] = "reading history.db";
    char tells[8], seq[24], checksum[24];
    memset(facts, 0, sizeof *facts);
    facts->first_seq = database->first_seq;
    facts->last_seq = database->last_seq;
    int code = get_fact(database, "id", facts->id, sizeof facts->id);
    if (code == SQLITE_OK) {
        code = get_fact(database, "id_checksum", checksum, sizeof checksum);
    }
    if (code == SQLITE_OK) {
        code = get_fact(database, "msiserver_tells", tells, sizeof tells);
    }
    if (code == SQLITE_OK) {
        code = get_fact(database, "heartbeat", facts->heartbeat, sizeof facts->heartbeat);
    }
    if (code == SQLITE_OK) {
        code = get_fact(database, "heartbeat_seq", seq, sizeof seq);
    }
    if (code == SQLITE_OK) {
        sqlite3_stmt *last = take(database, LAST_TRANSITION);
        code = sqlite3_step(last);
        if (code == SQLITE_ROW) {
            copy_text(facts->last_state, sizeof facts->last_state, last, 0);
            copy_text(facts->last_at, sizeof facts->last_at, last, 1);
        }
        sqlite3_reset(last);
    }
    struct problem problem = outcome_of(code, what);
    if (problem.outcome == OUTCOME_OK) {
        facts->msiserver_tells = strcmp(tells, "1") == 0;
        facts->heartbeat_seq = strtoull(seq, NULL, 10);
        if (!is_sound_id(facts->id, checksum)) {
            problem.outcome = OUTCOME_DAMAGED;
            snprintf(problem.words, sizeof problem.words, "%s: it has no id", what);
        }
    }
    return problem;
}

struct problem database_read_event(struct database *database, uint64_t seq, char **json,
                                   size_t *size)
{
    sqlite3_stmt *statement = take(database, ONE);
    *json = NULL;
    *size = 0;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)seq);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const void *text = sqlite3_column_text(statement, 0);
        *size = (size_t)sqlite3_column_bytes(statement, 0);
        *json = text == NULL ? NULL : malloc(*size + 1);
        if (*json == NULL) {
            code = SQLITE_NOMEM;
        } else {
            memcpy(*json, text, *size + 1);
        }
    }
    sqlite3_reset(statement);
    return outcome_of(code, "reading history.db");
}

/* ---- writing ---- */

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
        code = run_text(database, "COMMIT");
    }
    if (code == SQLITE_OK) {
        code = check_still_there(database);
    }
    if (!sqlite3_get_autocommit(database->sqlite)) {
        run_text(database, "ROLLBACK");
    }
    return code;
}

static int append_row(struct database *database, const struct database_row *row,
                      struct row_time *time)
{
    sqlite3_stmt *statement = take(database, APPEND);
    int code = row_bind(statement, row->seq, row->json, row->size, time);
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
    sqlite3_stmt *statement = take(database, REMOVE);
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

struct problem database_append(struct database *database, const struct database_row *rows,
                               size_t count, uint64_t keep_rows, uint64_t *first_seq)
{
    struct row_time time = database->time;
    uint64_t last = rows[count - 1].seq;
    uint64_t first = database->last_seq == 0 ? rows[0].seq : database->first_seq;
    int code = run_text(database, "BEGIN IMMEDIATE");
    for (size_t i = 0; code == SQLITE_OK && i < count; i++) {
        code = append_row(database, &rows[i], &time);
    }
    if (code == SQLITE_OK) {
        code = remove_below(database, excess_end(last, keep_rows), DATABASE_PRUNE_STEP, &first);
    }
    code = end_transaction(database, code);
    if (code == SQLITE_OK) {
        database->time = time;
        database->last_seq = last;
        database->first_seq = first;
    }
    *first_seq = database->first_seq;
    return outcome_of(code, "writing history.db");
}

static int set_fact(struct database *database, const char *name, const char *value)
{
    sqlite3_stmt *statement = take(database, SET_FACT);
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
    return run(statement);
}

struct problem database_note(struct database *database, int64_t wall_ms, bool msiserver_tells)
{
    char time[MSIWATCH_TIME_CHARS + 1], seq[24];
    time_format(wall_ms, time);
    snprintf(seq, sizeof seq, "%llu", (unsigned long long)database->last_seq);
    int code = run_text(database, "BEGIN IMMEDIATE");
    if (code == SQLITE_OK) {
        code = set_fact(database, "heartbeat", time);
    }
    if (code == SQLITE_OK) {
        code = set_fact(database, "heartbeat_seq", seq);
    }
    if (code == SQLITE_OK && msiserver_tells) {
        code = set_fact(database, "msiserver_tells", "1");
    }
    return outcome_of(end_transaction(database, code), "writing history.db");
}

/* The end of the run of old events at the beginning. One that is dated later than it was, because
 * the clock was wrong, ends it: rather too much is kept than too little. */
static int find_old_end(struct database *database, int64_t before_ms, uint64_t *end)
{
    char before[MSIWATCH_TIME_CHARS + 1];
    sqlite3_stmt *statement = take(database, FIRST_TIMES);
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
        code = run_text(database, "BEGIN IMMEDIATE");
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
    return outcome_of(code, "pruning history.db");
}

struct problem database_checkpoint(struct database *database)
{
    int code = sqlite3_wal_checkpoint_v2(database->sqlite, "main", SQLITE_CHECKPOINT_FULL, NULL,
                                         NULL);
    return outcome_of(code, "writing history.db");
}
