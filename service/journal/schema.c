/* schema.c: the tables of history.db. */
#include "journal/schema.h"

#include "journal/sql.h"

#include <stdio.h>

static const char *const steps[] = {
    /* From version 0 to 1. */
    "CREATE TABLE journal ("
    " name TEXT PRIMARY KEY NOT NULL,"
    " value) WITHOUT ROWID;"
    "CREATE TABLE events ("
    " seq INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL,"
    " at TEXT NOT NULL,"
    " from_state TEXT,"
    " to_state TEXT,"
    " reasons TEXT,"
    " after_ms INTEGER,"
    " of_seq INTEGER,"
    " source TEXT,"
    " product TEXT,"
    " version TEXT,"
    " package TEXT,"
    " result TEXT,"
    " status INTEGER,"
    " reboot TEXT,"
    " json TEXT NOT NULL,"
    " checksum INTEGER NOT NULL,"
    " stretch INTEGER NOT NULL);"
    "CREATE INDEX events_by_time ON events (stretch, at);",
    /* From version 1 to 2. `highest_at` never goes back, whatever the clock did, so its index has
     * the rows in the order of seq; see page.c. The index contains `at`, so that a row whose `at`
     * was changed differs from its index and is found. */
    "DROP INDEX events_by_time;"
    "ALTER TABLE events DROP COLUMN stretch;"
    "ALTER TABLE events ADD COLUMN highest_at TEXT NOT NULL DEFAULT '';"
    "UPDATE events SET highest_at = so_far.at FROM"
    " (SELECT seq, max(at) OVER (ORDER BY seq) AS at FROM events) AS so_far"
    " WHERE so_far.seq = events.seq;"
    "CREATE INDEX events_by_time ON events (highest_at, seq, at);"
    "UPDATE journal SET name = 'controls_meaningful' WHERE name = 'msiserver_tells';",
};

const struct schema schema_now = {steps, sizeof steps / sizeof steps[0]};

static int take_steps(sqlite3 *sqlite, const struct schema *schema, int from)
{
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA user_version=%d;PRAGMA application_id=%d;COMMIT",
             schema->count, SCHEMA_APPLICATION_ID);
    int result = sql_run(sqlite, "BEGIN IMMEDIATE");
    for (int i = from; result == SQLITE_OK && i < schema->count; i++) {
        result = sql_run(sqlite, schema->steps[i]);
    }
    if (result == SQLITE_OK) {
        result = sql_run(sqlite, pragmas);
    }
    if (result != SQLITE_OK && !sqlite3_get_autocommit(sqlite)) {
        sql_run(sqlite, "ROLLBACK");
    }
    return result;
}

int schema_create(sqlite3 *sqlite, const struct schema *schema)
{
    return take_steps(sqlite, schema, 0);
}

enum schema_state schema_bring_forward(sqlite3 *sqlite, const struct schema *schema, int *code)
{
    int64_t id = 0, version = 0;
    *code = sql_number(sqlite, "PRAGMA application_id", &id);
    if (*code == SQLITE_OK) {
        *code = sql_number(sqlite, "PRAGMA user_version", &version);
    }
    if (*code != SQLITE_OK) {
        return SCHEMA_FAILED;
    }
    if (id != SCHEMA_APPLICATION_ID || version < 1) {
        return SCHEMA_FOREIGN;
    }
    if (version > schema->count) {
        return SCHEMA_NEWER;
    }
    if (version < schema->count) {
        *code = take_steps(sqlite, schema, (int)version);
    }
    return *code == SQLITE_OK ? SCHEMA_FITS : SCHEMA_FAILED;
}
