/* history_test.c: msiwatch history: what it requests, page by page, and what it prints. */
#include "client_test.h"
#include "fake.h"
#include "watching.h"

#include "lib/codes.h"

#include <stdio.h>
#include <string.h>

#define E(seq) EVENT_OF(seq, "idle", "busy", "'mutex'")
#define PAGE(journal, events, more)                                                                \
    "{$R,'id':$I,'result':{'journal':'" journal "','events':[" events                              \
    "],'first_seq':1,'last_seq':9,'more':" more "}}"

/* A page of the events from `first` to `last`, in either direction, in memory of its own. */
static const char *long_page(char *out, size_t size, int first, int last, bool more)
{
    size_t at = (size_t)snprintf(out, size, "{$R,'id':$I,'result':{'journal':'$J','events':[");
    for (int seq = first; at + 256 < size; seq += first < last ? 1 : -1) {
        at += (size_t)snprintf(out + at, size - at,
                               "%s{'seq':%d,'kind':'transition','at':'2026-11-22T10:41:07.123Z',"
                               "'from':'idle','to':'busy','reasons':[],'after_ms':null}",
                               seq == first ? "" : ",", seq);
        if (seq == last) {
            break;
        }
    }
    snprintf(out + at, size - at, "],'first_seq':1,'last_seq':999,'more':%s}}",
             more ? "true" : "false");
    return out;
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void it_asks_for_what_was_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *arguments[6];
        const char *params;
    } cases[] = {
        /* Without a limit: the newest 64, and one more to find out whether there are more. */
        {{NULL}, "'params':{'limit':65,'order':'desc'}}"},
        {{"--desc"}, "'params':{'limit':64,'order':'desc'}}"},
        {{"--limit", "3"}, "'params':{'limit':3,'order':'desc'}}"},
        {{"--limit", "3", "--after", "7"}, "'params':{'after':7,'limit':3}}"},
        {{"--after", "7"}, "'params':{'after':7,'limit':256}}"},
        {{"--after", "0"}, "'params':{'limit':256}}"},
        {{"--before", "7"}, "'params':{'before':7,'limit':256}}"},
        {{"--before", "7", "--limit", "2"}, "'params':{'before':7,'limit':2,'order':'desc'}}"},
        {{"--since", "2026-11-01T12:00:00+02:00"},
         "'params':{'since':'2026-11-01T10:00:00.000Z','limit':256}}"},
        {{"--since", "2026-11-01", "--until", "2026-11-02 06:00", "--desc"},
         "'params':{'since':'2026-11-01T"},
        {{"--until", "1970-01-01T00:00:00Z"}, "'until':'1970-01-01T00:00:00.001Z'"},
        {{"--limit", "300"}, "'params':{'limit':256,'order':'desc'}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const *a = cases[i].arguments;
        const struct step script[] = {ACCEPT, EXPECT(cases[i].params), SAY(PAGE("$J", "", "false")),
                                      GONE, END_OF_SCRIPT};
        struct run run;
        run_with(&run, script, "history", a[0], a[1], a[2], a[3], a[4], NULL);
        must_end_with(&run, CODE_OK);
        must_print(&run, NULL);
        must_complain(&run, "no such events; ");
        run_free(&run);
    }
}

static void events_are_printed_oldest_first(void **state)
{
    (void)state;
    static const struct step newest[] = {ACCEPT, EXPECT("'order':'desc'"),
                                         SAY(PAGE("$J", E("9") "," E("8"), "false")), GONE,
                                         END_OF_SCRIPT};
    static const struct step oldest[] = {ACCEPT, EXPECT("'after':7"),
                                         SAY(PAGE("$J", E("8") "," E("9"), "false")), GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, newest, "history", "--csv", NULL);
    must_print(&run, "source,client_pid\n8,transition,2026-11-22T10:41:07.123Z,idle,busy,mutex,"
                     "53211" CSV_NO_INSTALL "9,");
    run_free(&run);
    run_with(&run, newest, "history", "--csv", "--desc", NULL);
    must_print(&run, "source,client_pid\n9,transition,2026-11-22T10:41:07.123Z,idle,busy,mutex,"
                     "53211" CSV_NO_INSTALL "8,");
    run_free(&run);
    run_with(&run, oldest, "history", "--after", "7", NULL);
    assert_string_equal(run.out, BUSY_LINE BUSY_LINE);
    run_free(&run);
}

static void json_is_an_event_a_line(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("history"),
        SAY(PAGE(
            "$J",
            "{'seq':9,'kind':'install','at':'2026-11-22T10:41:07Z','of':8,'new':{'a':[]}}," E("8"),
            "false")),
        GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "history", "--json", NULL);
    assert_string_equal(run.out,
                        "{\"seq\":8,\"kind\":\"transition\",\"at\":\"2026-11-22T10:41:07.123Z\","
                        "\"from\":\"idle\",\"to\":\"busy\",\"reasons\":[\"mutex\"],\"after_ms\":"
                        "53211}\n"
                        "{\"seq\":9,\"kind\":\"install\",\"at\":\"2026-11-22T10:41:07Z\",\"of\":8,"
                        "\"new\":{\"a\":[]}}\n");
    assert_string_equal(run.err, "");
    run_free(&run);
    run_with(&run, script, "history", "--json=powershell", NULL);
    assert_string_equal(run.out,
                        "[{\"Seq\":8,\"Kind\":\"transition\",\"Time\":"
                        "\"2026-11-22T10:41:07.123+00:00\",\"From\":\"idle\",\"To\":\"busy\","
                        "\"Reasons\":[\"mutex\"],\"Lasted\":532110000},"
                        "{\"Seq\":9,\"Kind\":\"install\",\"Time\":\"2026-11-22T10:41:07+00:00\","
                        "\"Of\":8,\"New\":{\"A\":[]}}]\n");
    assert_string_equal(run.err, "");
    run_free(&run);
}

static void as_many_pages_are_read_as_it_takes(void **state)
{
    (void)state;
    static char first[65536], second[65536];
    long_page(first, sizeof first, 400, 145, true);
    long_page(second, sizeof second, 144, 101, true); /* there are more, but nobody asked for
                                                       * them */
    const struct step backwards[] = {
        ACCEPT,       EXPECT("'params':{'limit':256,'order':'desc'}}"),
        SAY(first),   EXPECT("'params':{'before':145,'limit':44,'order':'desc'}}"),
        SAY(second),  GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, backwards, "history", "--limit", "300", "--csv", NULL);
    must_end_with(&run, CODE_OK);
    assert_int_equal(count_lines(run.out), 301);
    must_print(&run, "source,client_pid\n101,transition,");
    must_print(&run, "\n400,transition,");
    run_free(&run);
    long_page(first, sizeof first, 11, 30, true); /* a page may be smaller than asked for */
    long_page(second, sizeof second, 31, 40, false);
    const struct step forwards[] = {ACCEPT,       EXPECT("'params':{'after':10,'limit':256}}"),
                                    SAY(first),   EXPECT("'params':{'after':30,'limit':256}}"),
                                    SAY(second),  GONE,
                                    END_OF_SCRIPT};
    run_with(&run, forwards, "history", "--after", "10", "--csv", NULL);
    must_end_with(&run, CODE_OK);
    assert_int_equal(count_lines(run.out), 31);
    run_free(&run);
}

/* If little matches, the service says how far it searched, and the client continues from there. */
static void it_goes_on_from_next_also_after_an_empty_page(void **state)
{
    (void)state;
    static const struct step forwards[] = {
        ACCEPT,
        EXPECT("'until':'2026-11-22T00:00:00.000Z','limit':256}}"),
        SAY(PAGE("$J", "", "true,'next':4096")),
        EXPECT("'params':{'after':4096,"),
        SAY(PAGE("$J", E("5000"), "true,'next':8192")),
        EXPECT("'params':{'after':8192,"),
        SAY(PAGE("$J", "", "true,'next':9000")),
        EXPECT("'params':{'after':9000,"),
        SAY(PAGE("$J", "", "false")),
        GONE,
        END_OF_SCRIPT};
    static const struct step backwards[] = {ACCEPT,
                                            EXPECT("'order':'desc'"),
                                            SAY(PAGE("$J", "", "true,'next':5000")),
                                            EXPECT("'params':{'before':5000,"),
                                            SAY(PAGE("$J", E("9") "," E("8"), "true,'next':8")),
                                            EXPECT("'params':{'before':8,"),
                                            SAY(PAGE("$J", "", "false")),
                                            GONE,
                                            END_OF_SCRIPT};
    struct run run;
    run_with(&run, forwards, "history", "--until", "2026-11-22T00:00:00Z", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, BUSY_LINE);
    run_free(&run);
    run_with(&run, backwards, "history", "--before", "6000", "--desc", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, BUSY_LINE BUSY_LINE);
    run_free(&run);
}

static void a_next_that_leads_nowhere_is_13(void **state)
{
    (void)state;
    static const char *const nexts[] = {"true,'next':4096", "true,'next':4095", "true,'next':0",
                                        "true,'next':-1", "true,'next':'5000'"};
    for (size_t i = 0; i < COUNT(nexts); i++) {
        char page[256];
        snprintf(page, sizeof page,
                 "{$R,'id':$I,'result':{'journal':'$J','events':[],'first_seq':1,'last_seq':9,"
                 "'more':%s}}",
                 nexts[i]);
        const struct step script[] = {ACCEPT,
                                      EXPECT("history"),
                                      SAY(PAGE("$J", "", "true,'next':4096")),
                                      EXPECT("'after':4096"),
                                      SAY(page),
                                      GONE,
                                      END_OF_SCRIPT};
        struct run run;
        run_with(&run, script, "history", "--after", "7", NULL);
        must(run.code == CODE_BAD_DATA, "%s: %lld", nexts[i], (long long)run.code);
        run_free(&run);
    }
}

static void a_number_nobody_chose_is_not_kept_quiet(void **state)
{
    (void)state;
    static char page[65536];
    long_page(page, sizeof page, 165, 101, true);
    const struct step script[] = {ACCEPT, EXPECT("'limit':65"), SAY(page), GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "history", NULL);
    must_end_with(&run, CODE_OK);
    assert_int_equal(count_lines(run.out), 64);
    must_complain(&run, "these are the newest 64 events; ");
    run_free(&run);
    run_with(&run, script, "history", "--json", NULL);
    assert_true(strncmp(run.out, "{\"seq\":102,", 11) == 0);
    assert_string_equal(run.err, "");
    run_free(&run);
}

static void a_journal_that_changes_between_pages_is_not_taken_for_the_same(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("history"),
                                         SAY(PAGE("$J", E("8") "," E("9"), "true")),
                                         EXPECT("'after':9"),
                                         SAY(PAGE("$K", E("10"), "false")),
                                         GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "history", "--after", "7", NULL);
    must_end_with(&run, CODE_BAD_DATA);
    assert_string_equal(run.out, BUSY_LINE BUSY_LINE);
    must_complain(&run, "the service has started a new journal in the meantime; try again");
    run_free(&run);
}

static void a_history_that_would_never_end_is_13(void **state)
{
    (void)state;
    static const char *const pages[] = {
        PAGE("$J", E("8") "," E("8"), "true"),
        PAGE("$J", E("9") "," E("8"), "true"),
        PAGE("$J", E("0"), "true"),
        PAGE("$J", "", "true"),
        PAGE("$J", "{}", "false"),
        PAGE("$J", "7", "false"),
        "{$R,'id':$I,'result':{'journal':'$J','events':{},'more':false}}",
        "{$R,'id':$I,'result':{'journal':'$J','events':[]}}",
        "{$R,'id':$I,'result':{'events':[],'more':false}}",
        "{$R,'id':$I,'result':[]}",
    };
    for (size_t i = 0; i < COUNT(pages); i++) {
        const struct step script[] = {ACCEPT, EXPECT("history"), SAY(pages[i]), GONE,
                                      END_OF_SCRIPT};
        struct run run;
        run_with(&run, script, "history", "--after", "7", NULL);
        must(run.code == CODE_BAD_DATA, "%s: %lld", pages[i], (long long)run.code);
        run_free(&run);
    }
}

static void what_came_before_the_service_went_is_printed(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,  EXPECT("history"), SAY(PAGE("$J", E("8") "," E("9"), "true")), EXPECT("'after':9"),
        HANG_UP, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "history", "--after", "7", NULL);
    must_end_with(&run, CODE_NOT_ACTIVE);
    assert_string_equal(run.out, BUSY_LINE BUSY_LINE);
    must_complain(&run, "the service went away");
    run_free(&run);
}

#define INSTALL(seq, of, product, result)                                                          \
    "{'seq':" seq ",'kind':'install','at':'2026-11-22T10:43:00Z','of':" of                         \
    ",'install':{'product':'" product "','result':'" result "'}}"
#define LATE_PAGE                                                                                  \
    PAGE("$J", E("1") "," EVENT_OF("2", "busy", "idle", "") "," INSTALL("3", "1", "A", "success"), \
         "false")

static void by_installation_all_events_of_each_are_read(void **state)
{
    (void)state;
    static const struct step newest[] = {ACCEPT,
                                         EXPECT("'status'"),
                                         SAY("{$R,'id':$I,'result':$IDLE}"),
                                         EXPECT("'history'"),
                                         SAY(LATE_PAGE),
                                         GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, newest, "history", "--installs", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out,
                        "Started                         Lasted  Action   Result         What\n"
                        "2026-11-22 10:41:07Z              53 s           success        A\n");
    run_free(&run);
    run_with(&run, newest, "history", "--installs", "--json", NULL);
    must_print(&run, "{\"seq\":3,\"started_at\":\"2026-11-22T10:41:07.123Z\",\"lasted_ms\":53211,");
    run_free(&run);
}

/* If the events say too little about the requested time, more of them are read. */
static void by_installation_it_goes_back_until_there_are_enough(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'status'"),
        SAY("{$R,'id':$I,'result':$FAR}"),
        EXPECT("'after':994"), /* six for one installation */
        SAY(PAGE("$J", EVENT_OF("999", "unknown", "idle", ""), "false")),
        EXPECT("'after':976"),
        SAY(PAGE("$J", EVENT_OF("980", "idle", "busy", "") "," EVENT_OF("981", "busy", "idle", ""),
                 "false")),
        GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "history", "--installs", "--limit", "1", "--csv", NULL);
    must_end_with(&run, CODE_OK);
    must_print(&run, ",trusted\n980,2026-11-22T10:41:07.123Z,53211,");
    run_free(&run);
}

/* Numbers larger than the journal can have; even their products do not fit into 64 bits. */
static void by_installation_numbers_may_be_large(void **state)
{
    (void)state;
    static const struct step all[] = {ACCEPT,
                                      EXPECT("'status'"),
                                      SAY("{$R,'id':$I,'result':$FAR}"),
                                      EXPECT("'history','params':{'limit':"),
                                      SAY(PAGE("$J", EVENT_OF("999", "busy", "idle", ""), "false")),
                                      GONE,
                                      END_OF_SCRIPT};
    static const struct step before[] = {
        ACCEPT,
        EXPECT("'status'"),
        SAY("{$R,'id':$I,'result':$FAR}"),
        EXPECT("'after':994"),
        SAY(PAGE("$J", EVENT_OF("998", "idle", "busy", "") "," EVENT_OF("999", "busy", "idle", ""),
                 "false")),
        GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, all, "history", "--installs", "--limit", "3074457345618258603", NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
    run_with(&run, before, "history", "--installs", "--limit", "1", "--before",
             "9223372036854775807", NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
}

int history_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_asks_for_what_was_asked_for),
        cmocka_unit_test(by_installation_all_events_of_each_are_read),
        cmocka_unit_test(by_installation_it_goes_back_until_there_are_enough),
        cmocka_unit_test(by_installation_numbers_may_be_large),
        cmocka_unit_test(events_are_printed_oldest_first),
        cmocka_unit_test(json_is_an_event_a_line),
        cmocka_unit_test(as_many_pages_are_read_as_it_takes),
        cmocka_unit_test(it_goes_on_from_next_also_after_an_empty_page),
        cmocka_unit_test(a_next_that_leads_nowhere_is_13),
        cmocka_unit_test(a_number_nobody_chose_is_not_kept_quiet),
        cmocka_unit_test(a_journal_that_changes_between_pages_is_not_taken_for_the_same),
        cmocka_unit_test(a_history_that_would_never_end_is_13),
        cmocka_unit_test(what_came_before_the_service_went_is_printed),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
