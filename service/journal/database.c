/* database.c: an open history.db: how it is opened, and what it says of itself. */
#include "journal/database_state.h"

#include "journal/event_json.h"
#include "journal/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* An administrator's tool may hold the file for a moment. */
#define BUSY_MS 2000

static const char *const sql[STATEMENTS] = {
    [APPEND] = ROW_INSERT,
    [REMOVE] = "DELETE FROM events WHERE seq < ?1",
    [SET_FACT] = "INSERT OR REPLACE INTO journal (name, value) VALUES (?1, ?2)",
    [GET_FACT] = "SELECT value FROM journal WHERE name = ?1",
    [FIRST] = "SELECT seq FROM events ORDER BY seq LIMIT 1",
    [LAST] = "SELECT seq, highest_at FROM events ORDER BY seq DESC LIMIT 1",
    [FIRST_TIMES] = "SELECT seq, at FROM events ORDER BY seq LIMIT ?1",
    [ONE] = "SELECT json, checksum FROM events WHERE seq = ?1",
    [LAST_TRANSITION] = ("SELECT to_state, at FROM events WHERE kind = 'transition'"
                         " ORDER BY seq DESC LIMIT 1"),
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

struct problem database_outcome(int code, const char *what)
{
    struct problem problem;
    problem_of_sqlite(&problem, code, what);
    return problem;
}

/* ---- statements ---- */

int database_run(struct database *database, const char *text)
{
    return sqlite3_exec(database->sqlite, text, NULL, NULL, NULL);
}

static void copy_text(char *out, size_t size, sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text == NULL ? "" : text);
}

/* ---- open ---- */

/* An older SQLite that does not know one of these goes without. */
static void configure(sqlite3 *sqlite, int what, int value)
{
    int unused;
    sqlite3_db_config(sqlite, what, value, &unused);
}

/* What the system's SQLite was built with is not known, so nothing is left to its defaults. */
static int set_up(struct database *database, const struct database_options *options)
{
    char pragma[64];
    sqlite3 *sqlite = database->sqlite;
    sqlite3_busy_timeout(sqlite, BUSY_MS);
    sqlite3_extended_result_codes(sqlite, 1);
    configure(sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1);
    configure(sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
    configure(sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
    configure(sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0);
    int code = database_run(database, "PRAGMA cell_size_check=ON;"
                                      "PRAGMA mmap_size=0;"
                                      "PRAGMA temp_store=MEMORY;"
                                      "PRAGMA journal_size_limit=8388608;"
                                      "PRAGMA synchronous=FULL;");
    if (code == SQLITE_OK && options->reads_only) {
        code = database_run(database, "PRAGMA query_only=ON;");
    }
    if (code == SQLITE_OK && options->checkpoint_pages != 0) {
        snprintf(pragma, sizeof pragma, "PRAGMA wal_autocheckpoint=%u;",
                 (unsigned)options->checkpoint_pages);
        code = database_run(database, pragma);
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
    sqlite3_stmt *first = database->statements[FIRST], *last = database->statements[LAST];
    int code = sqlite3_step(last);
    database->first_seq = 1;
    database->last_seq = 0;
    database->highest_at[0] = '\0';
    if (code == SQLITE_ROW) {
        database->last_seq = (uint64_t)sqlite3_column_int64(last, 0);
        copy_text(database->highest_at, sizeof database->highest_at, last, 1);
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
    return database_outcome(code, "bringing history.db forward");
}

static int open_sqlite(struct database *database, const struct database_options *options)
{
    /* Also for reading: a reader takes part in WAL's locks, and may have to recover it. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    int code = sqlite3_open_v2(options->path, &database->sqlite, flags, NULL);
    if (code != SQLITE_OK) {
        return code;
    }
    if (sqlite3_db_readonly(database->sqlite, "main") == 1) {
        return SQLITE_READONLY; /* SQLite falls back to that in silence */
    }
    return set_up(database, options);
}

/* Of a file whose schema is ours. */
static int open_tables(struct database *database)
{
    int code = check_wal(database);
    if (code == SQLITE_OK) {
        code = prepare(database);
    }
    return code == SQLITE_OK ? find_ends(database) : code;
}

struct problem database_open(struct database **out, const struct database_options *options)
{
    static const char what[] = "opening history.db";
    struct database *database = calloc(1, sizeof *database);
    if (database == NULL) {
        return database_outcome(SQLITE_NOMEM, what);
    }
    struct problem problem = database_outcome(open_sqlite(database, options), what);
    if (problem.outcome != OUTCOME_OK) {
        goto abandon;
    }
    problem = check_schema(database);
    if (problem.outcome != OUTCOME_OK) {
        goto abandon;
    }
    int code = open_tables(database);
    problem = database_outcome(code, what);
    if (problem.outcome != OUTCOME_OK) {
        if ((code & 0xFF) == SQLITE_ERROR) {
            problem.outcome = OUTCOME_DAMAGED; /* these are not our tables */
        }
        goto abandon;
    }
    *out = database;
    return problem;

abandon:
    database_abandon(database);
    return problem;
}

void database_abandon(struct database *database)
{
    if (database != NULL) {
        configure(database->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
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
    sqlite3_stmt *statement = database->statements[GET_FACT];
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

static int get_last_transition(struct database *database, struct database_facts *facts)
{
    sqlite3_stmt *last = database->statements[LAST_TRANSITION];
    int code = sqlite3_step(last);
    if (code == SQLITE_ROW) {
        copy_text(facts->last_state, sizeof facts->last_state, last, 0);
        copy_text(facts->last_at, sizeof facts->last_at, last, 1);
    }
    sqlite3_reset(last);
    return code;
}

struct problem database_read_facts(struct database *database, struct database_facts *facts)
{
    static const char what[] = "reading history.db";
    char meaningful[8], seq[24], checksum[24];
    const struct {
        const char *name;
        char *out;
        size_t size;
    } named[] = {
        {"id", facts->id, sizeof facts->id},
        {"id_checksum", checksum, sizeof checksum},
        {"controls_meaningful", meaningful, sizeof meaningful},
        {"note", facts->note, sizeof facts->note},
        {"heartbeat", facts->heartbeat, sizeof facts->heartbeat},
        {"heartbeat_seq", seq, sizeof seq},
    };
    memset(facts, 0, sizeof *facts);
    facts->first_seq = database->first_seq;
    facts->last_seq = database->last_seq;
    int code = SQLITE_OK;
    for (size_t i = 0; code == SQLITE_OK && i < sizeof named / sizeof named[0]; i++) {
        code = get_fact(database, named[i].name, named[i].out, named[i].size);
    }
    if (code == SQLITE_OK) {
        code = get_last_transition(database, facts);
    }
    struct problem problem = database_outcome(code, what);
    if (problem.outcome != OUTCOME_OK) {
        return problem;
    }
    facts->controls_meaningful = strcmp(meaningful, "1") == 0;
    facts->heartbeat_seq = strtoull(seq, NULL, 10);
    if (!is_sound_id(facts->id, checksum)) {
        problem.outcome = OUTCOME_DAMAGED;
        snprintf(problem.words, sizeof problem.words, "%s: it has no id", what);
    }
    return problem;
}

struct problem database_read_event(struct database *database, uint64_t seq, char **json,
                                   size_t *size)
{
    sqlite3_stmt *statement = database->statements[ONE];
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
    return database_outcome(code, "reading history.db");
}
