/* kill_test.c: the service is killed without warning while transitions happen, and started again:
 * every event that a subscriber has received is in the journal, the same to the byte, and no seq is
 * missing or used twice.
 *
 * Once in a console, which works everywhere, and once as a service, where the manager finds out
 * that its process is gone: Wine 8's does not, and would not start it again.
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
static char *sent[MOST_EVENTS];

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
    if (sent[seq] != NULL) {
        assert_string_equal(sent[seq], text); /* used twice, or changed */
        free(sent[seq]);
    }
    sent[seq] = text;
}

/* Subscribes behind the last event it received, and takes what comes for this long. */
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

/* How the service runs, and is killed. */
struct runner {
    void (*start)(void);
    void (*kill)(void);
};

static struct child *in_console;

static void console_start(void)
{
    in_console = child_must_start("msiwatchd run --flapping 10000");
    child_must_print(in_console, "listening");
}

static void console_kill(void)
{
    child_free(in_console); /* by TerminateProcess */
    in_console = NULL;
}

static SERVICE_STATUS_PROCESS ask_manager(void)
{
    SERVICE_STATUS_PROCESS status = {0};
    DWORD size;
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceA(manager, "MsiWatch", SERVICE_QUERY_STATUS);
    must(service != NULL && QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status,
                                                 sizeof status, &size),
         "the service's status: error %lu", GetLastError());
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return status;
}

/* The manager may have been asked to start it again after a failure, and may do so now. */
static void service_start(void)
{
    const struct child_result *result = run("msiwatchd start");
    must(result->exit_code == ERROR_SUCCESS || result->exit_code == ERROR_SERVICE_ALREADY_RUNNING,
         "not started again: exit code %lu: %s%s", result->exit_code, result->out, result->err);
    must_become(ask_manager().dwCurrentState == SERVICE_RUNNING);
}

static DWORD killed; /* its process id */

static void service_kill(void)
{
    killed = ask_manager().dwProcessId;
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, killed);
    must(process != NULL, "process %lu: error %lu", killed, GetLastError());
    must(TerminateProcess(process, ERROR_CANCELLED), "not killed: error %lu", GetLastError());
    assert_int_equal(WaitForSingleObject(process, LIMIT_MS), WAIT_OBJECT_0);
    CloseHandle(process);
}

/* Whether the manager has found out: no process, or another one that it started. */
static bool kill_was_noticed(uint32_t within_ms)
{
    int64_t end = rig_now_ms() + within_ms;
    for (;; Sleep(10)) {
        SERVICE_STATUS_PROCESS now = ask_manager();
        if (now.dwCurrentState == SERVICE_STOPPED || now.dwProcessId != killed) {
            return true;
        }
        if (rig_now_ms() >= end) {
            return false;
        }
    }
}

static void service_kill_and_wait(void)
{
    service_kill();
    must(kill_was_noticed(LIMIT_MS), "the manager did not find out that process %lu is gone",
         killed);
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
            if (sent[seq] != NULL) {
                assert_string_equal(text, sent[seq]);
                compared++;
            }
            free(text);
        }
        more = yyjson_get_bool(yyjson_doc_ptr_get(page, "/result/more"));
        yyjson_doc_free(page);
    }
    for (uint64_t i = seq + 1; i < MOST_EVENTS; i++) {
        must(sent[i] == NULL, "event %" PRIu64 " was told and is lost", i);
    }
    print_message("%" PRIu64 " events, %" PRIu64 " of them told before a kill\n", seq, compared);
    return seq;
}

static void lose_nothing(const struct runner *runner)
{
    static struct talk talk;
    char journal[64] = "";
    uint64_t after = 0;
    uint32_t kills = fixture_number("MSIWATCH_TEST_LONG", 0) != 0 ? 30 : 5;
    uint32_t random = 12345;
    struct child *rig = child_must_start("msirig hold 15 --free 15 --for 300000");
    for (uint32_t i = 0; i < kills; i++) {
        runner->start();
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
        runner->kill();
        talk_close(&talk);
        must_be_sound();
    }
    child_free(rig);
    runner->start();
    must_open(&talk);
    assert_true(must_hold_all(&talk, journal) > after);
    talk_close(&talk);
}

static void a_killed_service_has_lost_nothing_that_it_told(void **state)
{
    static const struct runner runner = {console_start, console_kill};
    (void)state;
    lose_nothing(&runner);
    console_kill();
}

static void nor_has_one_that_the_manager_runs(void **state)
{
    static const struct runner runner = {service_start, service_kill_and_wait};
    (void)state;
    service_must_begin("--flapping 10000");
    service_kill();
    if (!kill_was_noticed(3000)) {
        print_message("skipped: this manager does not find out that a service was killed\n");
        skip();
    }
    lose_nothing(&runner);
    service_end(NULL);
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
        cmocka_unit_test(nor_has_one_that_the_manager_runs),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
