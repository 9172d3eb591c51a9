/* kill_test.c: the service is killed without warning while transitions happen, and started again:
 * every event that a subscriber has received is in the journal, the same to the byte, and no seq is
 * missing or used twice.
 *
 * It runs in a console here: Wine's service control manager does not find out that a process is
 * gone, and would not start it again.
 */
#include "fixture.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EVENTS = 16384, LIMIT = 256 };

#define DATABASE "C:\\ProgramData\\MsiWatch\\history.db"
#define COPY "C:\\kill_test.db"

/* What subscribers were told, by seq. */
static char *told_of[MOST_EVENTS];

static char *text_of(yyjson_val *value)
{
    char *text = yyjson_val_write(value, YYJSON_WRITE_NOFLAG, NULL);
    assert_non_null(text);
    return text;
}

static void keep(yyjson_val *event)
{
    uint64_t seq = yyjson_get_uint(yyjson_obj_get(event, "seq"));
    assert_in_range(seq, 1, MOST_EVENTS - 1);
    char *text = text_of(event);
    if (told_of[seq] != NULL) {
        assert_string_equal(told_of[seq], text); /* used twice, or changed */
        free(told_of[seq]);
    }
    told_of[seq] = text;
}

/* Subscribes behind the last event it received, and takes what comes for so long. */
static uint64_t follow_for(struct talk *talk, uint64_t after, uint32_t ms)
{
    char params[64];
    snprintf(params, sizeof params, "{\"after\":%" PRIu64 "}", after);
    yyjson_doc *reply = talk_ask(talk, "subscribe", params, LIMIT_MS);
    must(reply != NULL && talk_number(reply, "/result/subscription") > 0, "not subscribed");
    yyjson_doc_free(reply);
    int64_t end = rig_now_ms() + ms;
    for (int64_t now = rig_now_ms(); now < end; now = rig_now_ms()) {
        yyjson_doc *doc = talk_read(talk, (uint32_t)(end - now));
        if (doc != NULL) {
            yyjson_val *event = yyjson_doc_ptr_get(doc, "/params/event");
            assert_non_null(event);
            assert_int_equal(yyjson_get_uint(yyjson_obj_get(event, "seq")), after + 1);
            after++;
            keep(event);
            yyjson_doc_free(doc);
        }
    }
    return after;
}

static void must_copy(const char *ending)
{
    char from[MAX_PATH], to[MAX_PATH];
    snprintf(from, sizeof from, DATABASE "%s", ending);
    snprintf(to, sizeof to, COPY "%s", ending);
    must(CopyFileA(from, to, FALSE), "%s: error %lu", from, GetLastError());
}

/* What the kill left, in a copy: to close a database is to tidy it up, and that is for the next
 * service to do. */
static void must_be_sound(void)
{
    sqlite3 *database;
    sqlite3_stmt *check;
    must_copy("");
    must_copy("-wal");
    assert_int_equal(sqlite3_open_v2(COPY, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, "PRAGMA integrity_check", -1, &check, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(check), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(check, 0), "ok");
    sqlite3_finalize(check);
    sqlite3_close(database);
    assert_int_not_equal(GetFileAttributesA(DATABASE "-wal"), INVALID_FILE_ATTRIBUTES);
}

static struct child *start_service(void)
{
    struct child *service = child_must_start("msiwatchd run --flapping 10000");
    child_must_print(service, "listening");
    return service;
}

/* All of the journal, page by page: without a hole, and as it was told. */
static uint64_t must_hold_all(struct talk *talk, const char *journal)
{
    uint64_t seq = 0, compared = 0;
    bool more = true;
    while (more) {
        char params[64];
        snprintf(params, sizeof params, "{\"after\":%" PRIu64 ",\"limit\":%d}", seq, LIMIT);
        yyjson_doc *page = talk_ask(talk, "history", params, LIMIT_MS);
        must(page != NULL, "no history: error %lu", talk->error);
        assert_string_equal(talk_text(page, "/result/journal"), journal);
        yyjson_val *event;
        size_t index, count;
        yyjson_arr_foreach(yyjson_doc_ptr_get(page, "/result/events"), index, count, event)
        {
            assert_int_equal(yyjson_get_uint(yyjson_obj_get(event, "seq")), ++seq);
            char *text = text_of(event);
            if (told_of[seq] != NULL) {
                assert_string_equal(text, told_of[seq]);
                compared++;
            }
            free(text);
        }
        more = yyjson_get_bool(yyjson_doc_ptr_get(page, "/result/more"));
        yyjson_doc_free(page);
    }
    for (uint64_t i = seq + 1; i < MOST_EVENTS; i++) {
        must(told_of[i] == NULL, "event %" PRIu64 " was told and is lost", i);
    }
    print_message("%" PRIu64 " events, %" PRIu64 " of them told before a kill\n", seq, compared);
    return seq;
}

static void a_killed_service_has_lost_nothing_that_it_told(void **state)
{
    static struct talk talk;
    char journal[64] = "";
    uint64_t after = 0;
    uint32_t kills = fixture_number("MSIWATCH_TEST_LONG", 0) != 0 ? 30 : 5;
    uint32_t random = 12345;
    (void)state;
    struct child *rig = child_must_start("msirig hold 15 --free 15 --for 300000");
    for (uint32_t i = 0; i < kills; i++) {
        struct child *service = start_service();
        must_open(&talk);
        yyjson_doc *about = talk_ask(&talk, "about", NULL, LIMIT_MS);
        must(about != NULL, "no answer to about");
        must(i == 0 || strcmp(journal, talk_text(about, "/result/journal/id")) == 0,
             "another journal");
        snprintf(journal, sizeof journal, "%s", talk_text(about, "/result/journal/id"));
        assert_true(yyjson_get_bool(yyjson_doc_ptr_get(about, "/result/journal/durable")));
        yyjson_doc_free(about);
        random = random * 1103515245u + 12345u;
        after = follow_for(&talk, after, 100 + (random >> 16) % 400);
        child_free(service); /* by TerminateProcess */
        talk_close(&talk);
        must_be_sound();
    }
    child_free(rig);
    struct child *service = start_service();
    must_open(&talk);
    assert_true(must_hold_all(&talk, journal) > after);
    talk_close(&talk);
    child_free(service);
}

static int begin(void **state)
{
    (void)state;
    msiserver_must_be(STANDIN_STOP_SHUTDOWN);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_service_has_lost_nothing_that_it_told),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
