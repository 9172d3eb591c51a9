/* watch_test.c: msiwatch watch on one connection: what it prints, and how it ends. */
#include "client_test.h"
#include "fake.h"
#include "watching.h"

#include "lib/codes.h"

#include <string.h>

static void it_prints_what_is_and_a_line_for_each_change(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("'method':'subscribe','params':{}}"),
                                         SAY(SUBSCRIBED),
                                         PRINTED,
                                         SAY(TURNS_BUSY("6")),
                                         PRINTED, /* not only when more comes */
                                         SAY(TURNS_IDLE("7")),
                                         PRINTED,
                                         HANG_UP,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--no-reconnect", NULL);
    must_end_with(&run, CODE_NOT_ACTIVE);
    assert_string_equal(run.out, NOW_LINE BUSY_LINE IDLE_LINE);
    must_complain(&run, "the service went away");
    run_free(&run);
}

static void json_is_the_status_and_then_the_events_as_they_came(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("subscribe"),
        SAY(SUBSCRIBED),
        SAY("{$R,'method':'event','params':{'subscription':7,'event':{'seq':6,'kind':'install',"
            "'at':'2026-11-22T10:41:07.123Z','of':5,'install':{'product':'x'},'new':[1]}}}"),
        SAY("{$R,'method':'gap','params':{'subscription':7,'from':7,'to':9}}"),
        SAY("{$R,'method':'reset','params':{'subscription':7,'journal':'$K','after':3}}"),
        SAY(TURNS_BUSY("4")),
        HANG_UP,
        END_OF_SCRIPT};
    static const char wanted[] =
        "{\"seq\":6,\"kind\":\"install\",\"at\":\"2026-11-22T10:41:07.123Z\",\"of\":5,\"install\":"
        "{\"product\":\"x\"},\"new\":[1]}\n"
        "{\"jsonrpc\":\"2.0\",\"method\":\"gap\",\"params\":{\"subscription\":7,\"from\":7,\"to\":"
        "9}}\n"
        "{\"jsonrpc\":\"2.0\",\"method\":\"reset\",\"params\":{\"subscription\":7,\"journal\":"
        "\"" JOURNAL_K "\",\"after\":3}}\n"
        "{\"seq\":4,\"kind\":\"transition\",\"at\":\"2026-11-22T10:41:07.123Z\",\"from\":\"idle\","
        "\"to\":\"busy\",\"reasons\":[\"mutex\"],\"after_ms\":53211}\n";
    struct run run;
    run_with(&run, script, "watch", "--json", "--no-reconnect", NULL);
    const char *newline = strchr(run.out, '\n');
    assert_non_null(newline);
    assert_true(strncmp(run.out, "{\"state\":\"idle\",", 16) == 0);
    assert_string_equal(newline + 1, wanted);
    run_free(&run);
}

static void csv_is_a_table_with_a_head(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("subscribe"),
        SAY(SUBSCRIBED),
        SAY(TURNS_BUSY("6")),
        SAY("{$R,'method':'gap','params':{'subscription':7,'from':7,'to':9}}"),
        SAY("{$R,'method':'reset','params':{'subscription':7,'journal':'$K','after':3}}"),
        HANG_UP,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--csv", "--no-reconnect", NULL);
    assert_string_equal(run.out, CSV_HEAD
                        "5,now,2026-11-22T10:41:19.123Z,,idle,,12123" CSV_NO_INSTALL
                        "6,transition,2026-11-22T10:41:07.123Z,idle,busy,mutex,53211" CSV_NO_INSTALL
                        ",gap,,7,9,," CSV_NO_INSTALL ",reset,,," JOURNAL_K ",," CSV_NO_INSTALL);
    run_free(&run);
}

static void it_begins_where_it_should(void **state)
{
    (void)state;
    static const struct step plain[] = {ACCEPT,          EXPECT("'params':{'after':3}}"),
                                        SAY(SUBSCRIBED), SAY(TURNS_BUSY("4")),
                                        HANG_UP,         END_OF_SCRIPT};
    static const struct step both[] = {ACCEPT, EXPECT("'params':{'after':0,'journal':'$J'}}"),
                                       SAY(SUBSCRIBED), HANG_UP, END_OF_SCRIPT};
    struct run run;
    run_with(&run, plain, "watch", "--after", "3", "--no-reconnect", NULL);
    assert_string_equal(run.out, BUSY_LINE); /* the current state comes later than these events */
    run_free(&run);
    run_with(&run, both, "watch", "--after", "0", "--journal", JOURNAL_J, "--no-reconnect", NULL);
    must_print(&run, NULL);
    run_free(&run);
}

static void another_journal_than_asked_for_is_announced(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,           EXPECT("subscribe"),
                                         SAY(RESET_REPLY), SAY(TURNS_BUSY("2")),
                                         HANG_UP,          END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--after", "3", "--journal", JOURNAL_J, "--no-reconnect", NULL);
    assert_string_equal(run.out, "-- reset: a new journal begins: " JOURNAL_K "\n" BUSY_LINE);
    run_free(&run);
    run_with(&run, script, "watch", "--after", "3", "--journal", JOURNAL_J, "--no-reconnect",
             "--json", NULL);
    must_print(&run, "{\"jsonrpc\":\"2.0\",\"method\":\"reset\",\"params\":{\"subscription\":7,"
                     "\"journal\":\"" JOURNAL_K "\",\"after\":null}}\n{\"seq\":2,");
    run_free(&run);
}

static void an_event_number_that_is_refused_is_87(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("'after':99"),
        SAY("{$R,'id':$I,'error':{'code':-32602,'message':'invalid params','data':{'param':'after',"
            "'takes':'a seq up to the last one','last_seq':5}}}"),
        GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--after", "99", NULL);
    must_end_with(&run, CODE_BAD_PARAMETER);
    must_complain(&run, "after takes a seq up to the last one");
    run_free(&run);
}

static void events_that_are_skipped_in_silence_are_announced(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("subscribe"), SAY(SUBSCRIBED), SAY(TURNS_BUSY("9")), HANG_UP, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--no-reconnect", NULL);
    assert_string_equal(run.out,
                        NOW_LINE "-- gap: events 6 to 8 are no longer in the journal\n" BUSY_LINE);
    run_free(&run);
}

static void until_idle_ends_when_it_is_idle(void **state)
{
    (void)state;
    static const struct step at_once[] = {ACCEPT, EXPECT("subscribe"), SAY(SUBSCRIBED), GONE,
                                          END_OF_SCRIPT};
    static const struct step later[] = {ACCEPT,
                                        EXPECT("subscribe"),
                                        SAY(SUBSCRIBED_BUSY),
                                        SAY(EVENT("6", "busy", "unknown", "")),
                                        SAY(EVENT("7", "unknown", "busy", "'mutex'")),
                                        SAY(TURNS_IDLE("8")),
                                        GONE,
                                        END_OF_SCRIPT};
    struct run run;
    run_with(&run, at_once, "watch", "--until-idle", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, NOW_LINE);
    run_free(&run);
    run_with(&run, later, "watch", "--until-idle", "--csv", NULL);
    must_end_with(&run, CODE_OK);
    must_print(&run, "7,transition,2026-11-22T10:41:07.123Z,unknown,busy,mutex,53211" CSV_NO_INSTALL
                     "8,transition,2026-11-22T10:41:07.123Z,busy,idle,,53211" CSV_NO_INSTALL);
    run_free(&run);
}

/* An old event: that it was idle once does not mean that it is idle now. */
static void until_idle_is_not_ended_by_what_was(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("'after':1"),
                                         SAY(SUBSCRIBED_BUSY), /* by now 5 is the last, and busy */
                                         SAY(TURNS_BUSY("2")),
                                         SAY(TURNS_IDLE("3")),
                                         SAY(EVENT("4", "idle", "unknown", "")),
                                         SAY(EVENT("5", "unknown", "busy", "'mutex'")),
                                         PRINTED,
                                         SAY(TURNS_IDLE("6")),
                                         GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--until-idle", "--after", "1", "--csv", NULL);
    must_end_with(&run, CODE_OK);
    must_print(&run, "\n3,transition");
    must_print(&run, "\n6,transition");
    run_free(&run);
}

static void garbage_is_13(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "{$R,'id':$I,'result':true}",
        "{$R,'id':$I,'result':{'subscription':7,'journal':'$J','reset':false}}",
        "{$R,'id':$I,'result':{'subscription':7,'journal':'$J','reset':0,'status':$IDLE}}",
        "{$R,'id':$I,'result':{'subscription':7,'reset':false,'status':$IDLE}}",
        "{$R,'id':$I,'result':{'subscription':-7,'journal':'$J','reset':false,'status':$IDLE}}",
        "{$R,'id':$I,'result':{'subscription':7,'journal':'$J$J','reset':false,'status':$IDLE}}",
    };
    static const struct step event[] = {
        ACCEPT, EXPECT("subscribe"), SAY(SUBSCRIBED), SAY(EVENT("6", "idle", "asleep", "")),
        GONE,   END_OF_SCRIPT};
    struct run run;
    for (size_t i = 0; i < COUNT(replies); i++) {
        const struct step script[] = {ACCEPT, EXPECT("subscribe"), SAY(replies[i]), GONE,
                                      END_OF_SCRIPT};
        run_with(&run, script, "watch", NULL);
        must(run.code == CODE_BAD_DATA, "%s: %lld", replies[i], (long long)run.code);
        must_complain(&run, "was not understood");
        run_free(&run);
    }
    run_with(&run, event, "watch", NULL);
    must_end_with(&run, CODE_BAD_DATA);
    assert_string_equal(run.out, NOW_LINE);
    run_free(&run);
}

static void ctrl_c_ends_it_well(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("subscribe"), SAY(SUBSCRIBED_BUSY), PRINTED, INTERRUPT, GONE, END_OF_SCRIPT};
    struct run run;
    if (!sys_can_interrupt) {
        skip();
    }
    run_with(&run, script, "watch", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.err, "");
    run_free(&run);
    run_with(&run, script, "watch", "--until-idle", NULL);
    must_end_with(&run, CODE_CANCELLED);
    assert_string_equal(run.err, "");
    run_free(&run);
}

static void it_ends_quietly_when_nobody_reads_any_more(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("subscribe"), SAY(SUBSCRIBED), PRINTED, DEAF, SAY(TURNS_BUSY("6")),
        GONE,   END_OF_SCRIPT};
    static const struct step nothing_happens[] = {
        ACCEPT, EXPECT("subscribe"), SAY(SUBSCRIBED), PRINTED, DEAF, GONE, END_OF_SCRIPT};
    static const struct step service_is_away[] = {ACCEPT,  EXPECT("subscribe"), SAY(SUBSCRIBED),
                                                  PRINTED, CLOSE_DOOR,          DEAF,
                                                  HANG_UP, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.err, "");
    run_free(&run);
    run_with(&run, nothing_happens, "watch", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.err, "");
    run_free(&run);
    run_with(&run, service_is_away, "watch", NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
}

static void a_thousand_events_come_through_whole(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,          EXPECT("subscribe"),
                                         SAY(SUBSCRIBED), FLOOD(TURNS_BUSY("6"), 1000),
                                         HANG_UP,         END_OF_SCRIPT};
    struct run run;
    size_t lines = 0;
    run_with(&run, script, "watch", "--csv", "--no-reconnect", NULL);
    for (const char *at = run.out; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    assert_int_equal(lines, 1002);
    run_free(&run);
}

int watch_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_prints_what_is_and_a_line_for_each_change),
        cmocka_unit_test(json_is_the_status_and_then_the_events_as_they_came),
        cmocka_unit_test(csv_is_a_table_with_a_head),
        cmocka_unit_test(it_begins_where_it_should),
        cmocka_unit_test(another_journal_than_asked_for_is_announced),
        cmocka_unit_test(an_event_number_that_is_refused_is_87),
        cmocka_unit_test(events_that_are_skipped_in_silence_are_announced),
        cmocka_unit_test(until_idle_ends_when_it_is_idle),
        cmocka_unit_test(until_idle_is_not_ended_by_what_was),
        cmocka_unit_test(garbage_is_13),
        cmocka_unit_test(ctrl_c_ends_it_well),
        cmocka_unit_test(it_ends_quietly_when_nobody_reads_any_more),
        cmocka_unit_test(a_thousand_events_come_through_whole),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
