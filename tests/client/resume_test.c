/* resume_test.c: msiwatch watch survives the end of the service: it continues where it was, and
 * says what it missed. */
#include "client_test.h"
#include "fake.h"
#include "watching.h"

#include "lib/codes.h"

#include <string.h>

static size_t count(const char *text, const char *part)
{
    size_t found = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) {
        found++;
    }
    return found;
}

/* Every script ends with idle, so that --until-idle ends the program. */

static void it_goes_on_after_the_last_event_it_printed(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("'params':{}}"),
                                         SAY(SUBSCRIBED_BUSY),
                                         SAY(EVENT("6", "busy", "busy", "")),
                                         SAY(EVENT("7", "busy", "unknown", "")),
                                         PRINTED,
                                         SAY(STOPPING),
                                         HANG_UP,
                                         CLOSE_DOOR,
                                         PAUSE(700),
                                         OPEN_DOOR,
                                         ACCEPT,
                                         EXPECT("'params':{'after':7,'journal':'$J'}}"),
                                         SAY(SUBSCRIBED_BUSY),
                                         SAY(EVENT("8", "unknown", "busy", "'mutex'")),
                                         PRINTED,
                                         HANG_UP, /* killed this time */
                                         ACCEPT,
                                         EXPECT("'params':{'after':8,'journal':'$J'}}"),
                                         SAY(SUBSCRIBED_BUSY),
                                         SAY(TURNS_IDLE("9")),
                                         GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--until-idle", "--csv", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(
        run.out,
        CSV_HEAD "5,now,2026-11-22T10:41:19.123Z,,busy,mutex,12123" CSV_NO_INSTALL
                 "6,transition,2026-11-22T10:41:07.123Z,busy,busy,,53211" CSV_NO_INSTALL
                 "7,transition,2026-11-22T10:41:07.123Z,busy,unknown,,53211" CSV_NO_INSTALL
                 "8,transition,2026-11-22T10:41:07.123Z,unknown,busy,mutex,53211" CSV_NO_INSTALL
                 "9,transition,2026-11-22T10:41:07.123Z,busy,idle,,53211" CSV_NO_INSTALL);
    assert_int_equal(count(run.err, "msiwatch: the service went away; waiting"), 2);
    run_free(&run);
}

static void before_any_event_it_goes_on_from_where_it_began(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("'params':{}}"),
                                         SAY(SUBSCRIBED_BUSY),
                                         PRINTED,
                                         HANG_UP,
                                         ACCEPT,
                                         EXPECT("'params':{'after':5,'journal':'$J'}}"),
                                         SAY(SUBSCRIBED_BUSY),
                                         SAY(TURNS_IDLE("6")),
                                         GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--until-idle", NULL);
    must_end_with(&run, CODE_OK);
    assert_int_equal(count(run.out, "\n"), 2); /* the current state, once, and the event */
    run_free(&run);
}

static void a_connection_lost_before_the_reply_changes_nothing(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'params':{}}"),
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{}}"),
        SAY(SUBSCRIBED_BUSY),
        SAY(EVENT("6", "busy", "busy", "")),
        PRINTED,
        HANG_UP,
        ACCEPT,
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{'after':6,'journal':'$J'}}"),
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{'after':6,'journal':'$J'}}"),
        SAY("{$R,'id':$I,'error':{'code':-32002,'message':'shutting down'}}"),
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{'after':6,'journal':'$J'}}"),
        SAY("{$R,'method':'closing','params':{'reason':'limit','limit':'connections'}}"),
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{'after':6,'journal':'$J'}}"),
        SAY(SUBSCRIBED_BUSY),
        SAY(TURNS_IDLE("7")),
        GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--until-idle", "--csv", NULL);
    must_end_with(&run, CODE_OK);
    assert_int_equal(count(run.out, "\n6,"), 1);
    assert_int_equal(count(run.out, "\n7,"), 1);
    run_free(&run);
}

static void another_journal_is_announced_and_followed_from_its_start(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'params':{}}"),
        SAY(SUBSCRIBED_BUSY),
        SAY(EVENT("6", "busy", "busy", "")),
        PRINTED,
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{'after':6,'journal':'$J'}}"),
        SAY(RESET_REPLY),
        SAY(EVENT("1", "unknown", "busy", "")),
        PRINTED,
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{'after':1,'journal':'$K'}}"),
        SAY("{$R,'id':$I,'result':{'subscription':7,'journal':'$K','reset':false,'status':$BUSY}}"),
        SAY(TURNS_IDLE("6")),
        GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--until-idle", "--csv", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, CSV_HEAD
                        "5,now,2026-11-22T10:41:19.123Z,,busy,mutex,12123" CSV_NO_INSTALL
                        "6,transition,2026-11-22T10:41:07.123Z,busy,busy,,53211" CSV_NO_INSTALL
                        ",reset,,," JOURNAL_K ",," CSV_NO_INSTALL
                        "1,transition,2026-11-22T10:41:07.123Z,unknown,busy,,53211" CSV_NO_INSTALL
                        ",gap,,2,5,," CSV_NO_INSTALL
                        "6,transition,2026-11-22T10:41:07.123Z,busy,idle,,53211" CSV_NO_INSTALL);
    run_free(&run);
}

static void a_reset_while_it_watches_is_where_it_goes_on_from(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'params':{}}"),
        SAY(SUBSCRIBED_BUSY),
        SAY("{$R,'method':'reset','params':{'subscription':7,'journal':'$K','after':41}}"),
        PRINTED,
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{'after':41,'journal':'$K'}}"),
        SAY("{$R,'id':$I,'result':{'subscription':7,'journal':'$K','reset':false,'status':$BUSY}}"),
        SAY(TURNS_IDLE("42")),
        GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--until-idle", NULL);
    must_end_with(&run, CODE_OK);
    must_print(&run, "-- reset: a new journal begins: " JOURNAL_K "\n" IDLE_LINE);
    run_free(&run);
}

static void a_gap_is_passed_over_once(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'params':{}}"),
        SAY(SUBSCRIBED_BUSY),
        PRINTED,
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{'after':5,'journal':'$J'}}"),
        SAY(SUBSCRIBED_BUSY),
        SAY("{$R,'method':'gap','params':{'subscription':7,'from':6,'to':20}}"),
        PRINTED,
        HANG_UP,
        ACCEPT,
        EXPECT("'params':{'after':20,'journal':'$J'}}"),
        SAY(SUBSCRIBED_BUSY),
        SAY(TURNS_IDLE("21")),
        GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--until-idle", NULL);
    must_end_with(&run, CODE_OK);
    assert_int_equal(count(run.out, "-- gap: events 6 to 20 are no longer in the journal\n"), 1);
    run_free(&run);
}

static void an_idle_service_it_comes_back_to_ends_until_idle(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("'params':{}}"), SAY(SUBSCRIBED_BUSY), PRINTED, HANG_UP,
        ACCEPT, EXPECT("'after':5"),    SAY(SUBSCRIBED),      GONE,    END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", "--until-idle", NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
}

static void with_no_reconnect_every_loss_is_1062(void **state)
{
    (void)state;
    static const struct step scripts[][8] = {
        {ACCEPT, EXPECT("subscribe"), SAY(SUBSCRIBED), SAY(STOPPING), HANG_UP, NO_CLIENT(300),
         END_OF_SCRIPT},
        {ACCEPT, EXPECT("subscribe"), SAY(SUBSCRIBED), HANG_UP, NO_CLIENT(300), END_OF_SCRIPT},
        {ACCEPT, EXPECT("subscribe"), HANG_UP, NO_CLIENT(300), END_OF_SCRIPT},
        {ACCEPT, HANG_UP, NO_CLIENT(300), END_OF_SCRIPT},
    };
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct run run;
        run_with(&run, scripts[i], "watch", "--no-reconnect", NULL);
        must_end_with(&run, CODE_NOT_ACTIVE);
        must_complain(&run, "the service went away");
        run_free(&run);
    }
}

static void ctrl_c_ends_the_waiting_for_the_service(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,     EXPECT("subscribe"), SAY(SUBSCRIBED),
                                         PRINTED,    CLOSE_DOOR,          HANG_UP,
                                         PAUSE(500), INTERRUPT,           END_OF_SCRIPT};
    struct run run;
    if (!sys_can_interrupt) {
        skip();
    }
    run_with(&run, script, "watch", NULL);
    must_end_with(&run, CODE_OK);
    must_complain(&run, "the service went away");
    run_free(&run);
}

static void garbage_after_a_restart_ends_it(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,         EXPECT("subscribe"), SAY(SUBSCRIBED), HANG_UP,
        ACCEPT,         EXPECT("subscribe"), SAY("nonsense"), GONE,
        NO_CLIENT(300), END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "watch", NULL);
    must_end_with(&run, CODE_BAD_DATA);
    run_free(&run);
}

int resume_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on_after_the_last_event_it_printed),
        cmocka_unit_test(before_any_event_it_goes_on_from_where_it_began),
        cmocka_unit_test(a_connection_lost_before_the_reply_changes_nothing),
        cmocka_unit_test(another_journal_is_announced_and_followed_from_its_start),
        cmocka_unit_test(a_reset_while_it_watches_is_where_it_goes_on_from),
        cmocka_unit_test(a_gap_is_passed_over_once),
        cmocka_unit_test(an_idle_service_it_comes_back_to_ends_until_idle),
        cmocka_unit_test(with_no_reconnect_every_loss_is_1062),
        cmocka_unit_test(ctrl_c_ends_the_waiting_for_the_service),
        cmocka_unit_test(garbage_after_a_restart_ends_it),
    };
    return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
