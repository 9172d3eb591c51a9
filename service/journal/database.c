/* database.c: an open history.db: opens it and reads the facts that it stores about itself. */
#include "journal/database.h"

#include "base/give_way.h"
#include "journal/event_json.h"
#include "journal/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An administrator's tool may lock the file for a moment. */
#define BUSY_MS 2000

/* A search gives way after this many steps of SQLite's virtual machine, so that on a machine
 * with few processors the loop does not wait until the thread's time slice ends. */
#define GIVE_WAY_STEPS 500

/* A row's columns are computed from its JSON, so that they match what was published. A missing
 * member becomes NULL; an event without kind or time is refused. ["mutex","msiserver"] is stored as
 * mutex,msiserver. */
#define APPEND                                                                                     \
    "INSERT INTO events (seq, json, checksum, kind, at, from_state, to_state, reasons, after_ms,"  \
    " of_seq, source, product, version, package, result, status, reboot, highest_at)"              \
    " VALUES (?1, ?2, ?3, ?2->>'$.kind', ?2->>'$.at', ?2->>'$.from', ?2->>'$.to',"                 \
    " replace(trim(?2->>'$.reasons', '[]\"'), '\",\"', ','), ?2->>'$.after_ms', ?2->>'$.of',"      \
    " ?2->>'$.install.source', ?2->>'$.install.product', ?2->>'$.install.version',"                \
    " ?2->>'$.install.package', ?2->>'$.install.result', ?2->>'$.install.status',"                 \
    " ?2->>'$.install.reboot',"                                                                    \
    " max(?2->>'$.at', ifnull((SELECT highest_at FROM events ORDER BY seq DESC LIMIT 1), '')))"

/* `at` is compared only if times are given, because unlike the JSON it has no checksum. */
#define READ                                                                                       \
    "SELECT seq, json, checksum FROM events WHERE seq BETWEEN ?1 AND ?2"                           \
    " AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR at < ?4)"

const char *const database_sql[DATABASE_STATEMENTS] = {
    [DATABASE_APPEND] = APPEND,
    [DATABASE_REMOVE] = "DELETE FROM events WHERE seq < ?1",
    [DATABASE_SET_NOTE] = "INSERT OR REPLACE INTO journal (name, value) VALUES ('note', ?1)",
    [DATABASE_READ_UP] = READ " ORDER BY seq",
    [DATABASE_READ_DOWN] = READ " ORDER BY seq DESC",
    [DATABASE_FIND_SINCE] = ("SELECT seq FROM events WHERE highest_at >= ?1"
                             " ORDER BY highest_at, seq LIMIT 1"),
};

#define FACT(name) "(SELECT value FROM journal WHERE name = '" name "'), "
#define EARLIER_FACTS FACT("id") FACT("id_checksum") FACT("controls_meaningful")
#define LATER_FACTS FACT("note") FACT("heartbeat") FACT("heartbeat_seq")

static const char facts_sql[] =
    "SELECT " EARLIER_FACTS LATER_FACTS
    "(SELECT min(seq) FROM events), (SELECT max(seq) FROM events), to_state, at"
    " FROM (SELECT 1) LEFT JOIN (SELECT to_state, at FROM events WHERE kind = 'transition'"
    " ORDER BY seq DESC LIMIT 1)";

/* ---- opening ---- */

/* An older SQLite may not know an option; then the option stays unset. */
static void configure(sqlite3 *sqlite, int what, int value)
{
    int unused;
    sqlite3_db_config(sqlite, what, value, &unused);
}

/* Returns 0 so that SQLite continues. */
static int on_progress(void *arg)
{
    (void)arg;
    give_way();
    return 0;
}

/* How the system's SQLite was built is not known, so every option that matters is set here. */
static int set_up(sqlite3 *sqlite, const struct database_options *options)
{
    char pragmas[256], checkpoint[64] = "";
    if (options->checkpoint_pages != 0) {
        snprintf(checkpoint, sizeof checkpoint, "PRAGMA wal_autocheckpoint=%u;",
                 (unsigned)options->checkpoint_pages);
    }
    snprintf(pragmas, sizeof pragmas,
             "PRAGMA cell_size_check=ON;PRAGMA mmap_size=0;PRAGMA temp_store=MEMORY;"
             "PRAGMA journal_size_limit=8388608;PRAGMA synchronous=FULL;%s%s",
             options->reads_only ? "PRAGMA query_only=ON;" : "", checkpoint);
    sqlite3_busy_timeout(sqlite, BUSY_MS);
    sqlite3_extended_result_codes(sqlite, 1);
    configure(sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1);
    configure(sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
    configure(sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
    configure(sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0);
    return sql_run(sqlite, pragmas);
}

static int open_sqlite(struct database *database, const struct database_options *options)
{
    /* Read-write even for the reader: a reader uses WAL's locks, and may have to recover the
     * log. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    int code = sqlite3_open_v2(options->path, &database->sqlite, flags, NULL);
    if (code != SQLITE_OK) {
        return code;
    }
    if (sqlite3_db_readonly(database->sqlite, "main") == 1) {
        return SQLITE_READONLY; /* SQLite falls back to read-only without an error */
    }
    if (options->reads_only) {
        sqlite3_progress_handler(database->sqlite, GIVE_WAY_STEPS, on_progress, NULL);
    }
    return set_up(database->sqlite, options);
}

/* Checks the version before anything is written, because the tables may belong to something
 * else. */
static struct problem check_schema(struct database *database)
{
    int code = SQLITE_OK;
    switch (schema_bring_forward(database->sqlite, &schema_now, &code)) {
    case SCHEMA_NEWER:
        return (struct problem){OUTCOME_DAMAGED, "history.db: a newer version created it"};
    case SCHEMA_FOREIGN:
        return (struct problem){OUTCOME_DAMAGED, "history.db: another program created it"};
    case SCHEMA_FITS:
    case SCHEMA_FAILED:
        break;
    }
    return sql_problem(code, "cannot upgrade history.db");
}

/* The file records that it is in WAL mode. Setting the mode again also checks that. */
static int check_wal(sqlite3 *sqlite)
{
    char mode[8];
    int code = sql_text(sqlite, "PRAGMA journal_mode=WAL", mode, sizeof mode);
    return code == SQLITE_OK && strcmp(mode, "wal") != 0 ? SQLITE_CANTOPEN : code;
}

/* Reads the last event as the file has it now, whatever we wrote. */
static int read_last_event(struct database *database)
{
    sqlite3_stmt *statement = database->statements[DATABASE_READ_UP];
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)database->facts.last_seq);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)database->facts.last_seq);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const char *json = (const char *)sqlite3_column_text(statement, 1);
        size_t size = (size_t)sqlite3_column_bytes(statement, 1);
        database->facts.last_checksum = json == NULL ? 0 : event_checksum(json, size);
    }
    sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int read_facts(struct database *database, bool *sound)
{
    struct database_facts *facts = &database->facts;
    char meaningful[8], seq[24], checksum[24], first[24], last[24];
    const struct sql_column columns[] = {
        {facts->id, sizeof facts->id},
        {checksum, sizeof checksum},
        {meaningful, sizeof meaningful},
        {facts->note, sizeof facts->note},
        {facts->heartbeat, sizeof facts->heartbeat},
        {seq, sizeof seq},
        {first, sizeof first},
        {last, sizeof last},
        {facts->last_state, sizeof facts->last_state},
        {facts->last_at, sizeof facts->last_at},
    };
    int code = sql_row(database->sqlite, facts_sql, columns, sizeof columns / sizeof columns[0]);
    facts->controls_meaningful = strcmp(meaningful, "1") == 0;
    facts->heartbeat_seq = strtoull(seq, NULL, 10);
    facts->first_seq = first[0] == '\0' ? 1 : strtoull(first, NULL, 10);
    facts->last_seq = strtoull(last, NULL, 10);
    *sound = strlen(facts->id) == 36 &&
             strtoll(checksum, NULL, 10) == (int64_t)event_checksum(facts->id, 36);
    return code == SQLITE_OK ? read_last_event(database) : code;
}

/* For a file whose schema is ours. */
static struct problem open_tables(struct database *database, const char *what)
{
    bool sound = true;
    int code = check_wal(database->sqlite);
    for (int i = 0; code == SQLITE_OK && i < DATABASE_STATEMENTS; i++) {
        code = sqlite3_prepare_v3(database->sqlite, database_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &database->statements[i], NULL);
    }
    if (code == SQLITE_OK) {
        code = read_facts(database, &sound);
    }
    struct problem problem = sql_problem(code, what);
    if ((code & 0xFF) == SQLITE_ERROR) {
        problem.outcome = OUTCOME_DAMAGED; /* these are not our tables */
    }
    return code != SQLITE_OK || sound
               ? problem
               : (struct problem){OUTCOME_DAMAGED, "cannot read history.db: it has no id"};
}

struct problem database_open(struct database **out, const struct database_options *options)
{
    static const char what[] = "cannot open history.db";
    struct database *database = calloc(1, sizeof *database);
    if (database == NULL) {
        return sql_problem(SQLITE_NOMEM, what);
    }
    struct problem problem = sql_problem(open_sqlite(database, options), what);
    if (problem.outcome == OUTCOME_OK) {
        problem = check_schema(database);
    }
    if (problem.outcome == OUTCOME_OK) {
        problem = open_tables(database, what);
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
        configure(database->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
    }
    database_close(database);
}

void database_close(struct database *database)
{
    if (database == NULL) {
        return;
    }
    for (int i = 0; i < DATABASE_STATEMENTS; i++) {
        sqlite3_finalize(database->statements[i]);
    }
    sqlite3_close(database->sqlite);
    free(database);
}
