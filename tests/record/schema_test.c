/* schema_test.c: the database itself: what brings it forward, that every question uses an index,
 * and that both kinds of event have their columns. */
#include "journal_fixture.h"

#include "journal/database.h"
#include "journal/event_json.h"
#include "journal/schema.h"

#include <sqlite3.h>
#include <string.h>

static sqlite3 *open_memory(void)
{
    sqlite3 *sqlite;
    assert_int_equal(sqlite3_open(":memory:", &sqlite), SQLITE_OK);
    return sqlite;
}

static int64_t number(sqlite3 *sqlite, const char *query)
{
    int64_t found = -1;
    int code = sql_number(sqlite, query, &found);
    must(code == SQLITE_OK, "%s: %s", query, sqlite3_errmsg(sqlite));
    return found;
}

static const char *const later[] = {
    "CREATE TABLE one (a)",
    "ALTER TABLE one ADD COLUMN b; INSERT INTO one VALUES (1, 2)",
    "CREATE TABLE three (a)",
};

static void an_older_file_is_brought_forward_step_by_step(void **state)
{
    int code = SQLITE_OK;
    (void)state;
    for (int from = 1; from <= 3; from++) {
        sqlite3 *sqlite = open_memory();
        struct schema old = {later, from}, now = {later, 3};
        assert_int_equal(schema_create(sqlite, &old), SQLITE_OK);
        assert_int_equal(number(sqlite, "PRAGMA user_version"), from);
        assert_int_equal(schema_bring_forward(sqlite, &now, &code), SCHEMA_FITS);
        assert_int_equal(number(sqlite, "PRAGMA user_version"), 3);
        assert_int_equal(number(sqlite, "SELECT count(*) FROM one"), 1);
        assert_int_equal(number(sqlite, "SELECT count(*) FROM three"), 0);
        /* And an older service leaves it alone. */
        if (from < 3) {
            assert_int_equal(schema_bring_forward(sqlite, &old, &code), SCHEMA_NEWER);
        }
        sqlite3_close(sqlite);
    }
}

static void a_step_that_fails_changes_nothing(void **state)
{
    static const char *const bad[] = {"CREATE TABLE one (a)", "CREATE TABLE two (a)", "NONSENSE"};
    int code = SQLITE_OK;
    sqlite3 *sqlite = open_memory();
    struct schema old = {bad, 1}, now = {bad, 3};
    (void)state;
    assert_int_equal(schema_create(sqlite, &old), SQLITE_OK);
    assert_int_equal(schema_bring_forward(sqlite, &now, &code), SCHEMA_FAILED);
    assert_int_equal(code, SQLITE_ERROR);
    assert_int_equal(number(sqlite, "PRAGMA user_version"), 1);
    assert_int_equal(number(sqlite, "SELECT count(*) FROM sqlite_schema"), 1);
    sqlite3_close(sqlite);
}

static void the_present_schema_is_what_it_was_released_as(void **state)
{
    /* A released step never changes; a new one is added, and its sum here. */
    static const uint64_t sums[] = {UINT64_C(0x6eb454735230dfb8), UINT64_C(0x9604df0888e36371)};
    (void)state;
    int count = (int)(sizeof sums / sizeof sums[0]);
    assert_int_equal(schema_now.count, count);
    for (int i = 0; i < count; i++) {
        uint64_t sum = event_checksum(schema_now.steps[i], strlen(schema_now.steps[i]));
        must(sum == sums[i], "step %d is 0x%016llx", i, (unsigned long long)sum);
    }
}

static void every_question_uses_an_index_and_sorts_nothing(void **state)
{
    sqlite3 *sqlite = open_memory();
    (void)state;
    assert_int_equal(schema_create(sqlite, &schema_now), SQLITE_OK);
    for (int i = DATABASE_READ_UP; i < DATABASE_STATEMENTS; i++) {
        char query[512];
        sqlite3_stmt *statement;
        snprintf(query, sizeof query, "EXPLAIN QUERY PLAN %s", database_sql[i]);
        assert_int_equal(sqlite3_prepare_v2(sqlite, query, -1, &statement, NULL), SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            const char *plan = (const char *)sqlite3_column_text(statement, 3);
            must(strncmp(plan, "SEARCH events USING", 19) == 0, "%s: %s", database_sql[i], plan);
            must(strstr(plan, "INTEGER PRIMARY KEY") != NULL ||
                     strstr(plan, "COVERING INDEX events_by_time") != NULL,
                 "%s: %s", database_sql[i], plan);
        }
        sqlite3_finalize(statement);
    }
    sqlite3_close(sqlite);
}

/* Of a file of version 1 every row gets the highest time up to it, and its facts their names. */
static void a_file_of_version_1_is_brought_forward(void **state)
{
    sqlite3 *sqlite = open_memory();
    struct schema old = {schema_now.steps, 1};
    int code = SQLITE_OK;
    (void)state;
    assert_int_equal(schema_create(sqlite, &old), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(sqlite,
                     "INSERT INTO events (seq, kind, at, json, checksum, stretch) VALUES"
                     " (7, 'transition', '2026-11-22T10:00:01.000Z', '{}', 1, 7),"
                     " (8, 'transition', '2026-11-22T09:00:00.000Z', '{}', 1, 8),"
                     " (9, 'transition', '2026-11-22T10:00:02.000Z', '{}', 1, 8);"
                     "INSERT INTO journal (name, value) VALUES ('msiserver_tells', '1')",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(schema_bring_forward(sqlite, &schema_now, &code), SCHEMA_FITS);
    assert_int_equal(number(sqlite, "SELECT count(*) FROM events WHERE highest_at ="
                                    " CASE seq WHEN 9 THEN '2026-11-22T10:00:02.000Z'"
                                    " ELSE '2026-11-22T10:00:01.000Z' END"),
                     3);
    assert_int_equal(number(sqlite, "SELECT count(*) FROM journal"
                                    " WHERE name = 'controls_meaningful' AND value = '1'"),
                     1);
    sqlite3_close(sqlite);
}

static void insert(sqlite3 *sqlite, uint64_t seq, const char *json)
{
    sqlite3_stmt *statement;
    assert_int_equal(
        sqlite3_prepare_v2(sqlite, database_sql[DATABASE_APPEND], -1, &statement, NULL), SQLITE_OK);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)seq);
    sqlite3_bind_text(statement, 2, json, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)event_checksum(json, strlen(json)));
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
}

/* The columns of one event as a line. */
static void columns(sqlite3 *sqlite, uint64_t seq, char *out, size_t size)
{
    sqlite3_stmt *statement;
    size_t used = 0;
    assert_int_equal(sqlite3_prepare_v2(sqlite,
                                        "SELECT kind, at, from_state, to_state, reasons, after_ms,"
                                        " of_seq, source, product, version, package, result,"
                                        " status, reboot, highest_at FROM events WHERE seq = ?1",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)seq);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *text = (const char *)sqlite3_column_text(statement, i);
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? "|" : "",
                                 text == NULL ? "-" : text);
    }
    sqlite3_finalize(statement);
}

static void both_kinds_of_event_have_their_columns(void **state)
{
    static const char *const events[] = {
        "{\"seq\":1,\"kind\":\"transition\",\"at\":\"2026-11-22T10:00:01.000Z\",\"from\":\"idle\","
        "\"to\":\"busy\",\"reasons\":[\"mutex\",\"msiserver\"],\"after_ms\":53211}",
        "{\"seq\":2,\"kind\":\"install\",\"at\":\"2026-11-22T10:00:02.000Z\",\"of\":1,\"install\":{"
        "\"source\":\"eventlog\",\"product\":\"Example "
        "\xc3\xa9\",\"version\":\"1.2.3\",\"package\":"
        "\"example.msi\",\"result\":\"success\",\"status\":0,\"reboot\":\"none\"}}",
        "{\"seq\":3,\"kind\":\"transition\",\"at\":\"2026-11-22T09:00:00.000Z\",\"from\":\"busy\","
        "\"to\":\"idle\",\"reasons\":[],\"after_ms\":null}",
        "{\"seq\":4,\"kind\":\"install\",\"at\":\"2026-11-22T09:00:00.001Z\",\"of\":1,\"install\":{"
        "\"source\":\"eventlog\",\"product\":null}}",
    };
    static const char *const expected[] = {
        "transition|2026-11-22T10:00:01.000Z|idle|busy|mutex,msiserver|53211|-|-|-|-|-|-|-|-|"
        "2026-11-22T10:00:01.000Z",
        ("install|2026-11-22T10:00:02.000Z|-|-|-|-|1|eventlog|Example \xc3\xa9|1.2.3|"
         "example.msi|success|0|none|2026-11-22T10:00:02.000Z"),
        "transition|2026-11-22T09:00:00.000Z|busy|idle||-|-|-|-|-|-|-|-|-|"
        "2026-11-22T10:00:02.000Z",
        "install|2026-11-22T09:00:00.001Z|-|-|-|-|1|eventlog|-|-|-|-|-|-|"
        "2026-11-22T10:00:02.000Z",
    };
    sqlite3 *sqlite = open_memory();
    char line[512];
    (void)state;
    assert_int_equal(schema_create(sqlite, &schema_now), SQLITE_OK);
    for (uint64_t seq = 1; seq <= 4; seq++) {
        insert(sqlite, seq, events[seq - 1]);
        columns(sqlite, seq, line, sizeof line);
        assert_string_equal(line, expected[seq - 1]);
    }
    sqlite3_close(sqlite);
}

static void an_event_that_was_changed_is_not_sound(void **state)
{
    char json[] = "{\"seq\":12,\"kind\":\"transition\"}";
    size_t size = strlen(json);
    uint64_t sum = event_checksum(json, size);
    (void)state;
    assert_true(event_is_sound(json, size, 12, sum));
    assert_false(event_is_sound(json, size, 1, sum));
    assert_false(event_is_sound(json, size, 13, sum));
    assert_false(event_is_sound(json, size - 1, 12, sum));
    assert_false(event_is_sound(json, 0, 12, event_checksum(json, 0)));
    for (size_t i = 0; i < size * 8; i++) {
        json[i / 8] ^= (char)(1 << (i % 8));
        assert_false(event_is_sound(json, size, 12, sum));
        json[i / 8] ^= (char)(1 << (i % 8));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_file_is_brought_forward_step_by_step),
        cmocka_unit_test(a_step_that_fails_changes_nothing),
        cmocka_unit_test(the_present_schema_is_what_it_was_released_as),
        cmocka_unit_test(every_question_uses_an_index_and_sorts_nothing),
        cmocka_unit_test(a_file_of_version_1_is_brought_forward),
        cmocka_unit_test(both_kinds_of_event_have_their_columns),
        cmocka_unit_test(an_event_that_was_changed_is_not_sound),
    };
    return cmocka_run_group_tests_name("record.schema", tests, NULL, NULL);
}
