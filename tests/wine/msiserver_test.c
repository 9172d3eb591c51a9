/* msiserver_test.c: the service msiserver, through the real SCM with the rig's stand-in: every
 * state is seen within one sampling interval, whether its word counts, and that watching it keeps
 * nobody from deleting it. */
#include "fixture.h"

#include "common/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INSTALLER_KEY "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer"

/* A mutex that cannot be read. */
#define NOBODY "O:SYG:SYD:"

static int begin(const char *options)
{
    msiserver_must_be(0);
    service_must_begin(options);
    return 0;
}

static int begin_with_auto(void **state)
{
    (void)state;
    return begin("");
}

static int begin_with_both(void **state)
{
    (void)state;
    return begin("--signals mutex,msiserver");
}

static int begin_with_mutex(void **state)
{
    (void)state;
    return begin("--signals mutex");
}

static int begin_half_asleep(void **state)
{
    (void)state;
    return begin("--interval-calm 15000");
}

static void did(DWORD error, const char *what)
{
    must(error == ERROR_SUCCESS, "%s: error %lu", what, error);
}

/* What the service last saw, without making it look: the status in a subscribe reply. */
struct look {
    char msiserver[24];
    int64_t controls, sampled_ms;
};

static struct look last_look(struct talk *talk)
{
    struct look look = {.msiserver = ""};
    yyjson_doc *reply = talk_ask(talk, "subscribe", NULL, LIMIT_MS);
    must(reply != NULL, "no answer to subscribe: error %lu", talk->error);
    snprintf(look.msiserver, sizeof look.msiserver, "%s",
             talk_text(reply, "/result/status/msiserver/state"));
    look.controls = talk_number(reply, "/result/status/msiserver/controls_accepted");
    must(time_parse(talk_text(reply, "/result/status/sampled_at"), &look.sampled_ms),
         "no sampled_at");
    char params[64];
    snprintf(params, sizeof params, "{\"subscription\":%" PRId64 "}",
             talk_number(reply, "/result/subscription"));
    yyjson_doc_free(reply);
    yyjson_doc_free(talk_ask(talk, "unsubscribe", params, LIMIT_MS));
    return look;
}

/* Waits until msiserver is seen so. It was made so at `changed`: what was sampled later must show
 * it, or more than one sampling interval has gone by. */
static struct look must_see(struct talk *talk, int64_t changed, const char *state, int64_t controls)
{
    for (;;) {
        struct look look = last_look(talk);
        if (strcmp(look.msiserver, state) == 0 && look.controls == controls) {
            return look;
        }
        must(look.sampled_ms <= changed + 3,
             "sampled %" PRId64 " ms after msiserver became %s, %" PRId64
             " it is still %s, %" PRId64,
             look.sampled_ms - changed, state, controls, look.msiserver, look.controls);
        must(rig_now_ms() < changed + LIMIT_MS, "not looked at for %u ms", LIMIT_MS);
        Sleep(1);
    }
}

static void every_state_is_seen_in_the_first_sample_after_it(void **state)
{
    struct talk talk;
    (void)state;
    must_open(&talk);
    must_see(&talk, rig_now_ms(), "stopped", 0);
    did(standin_start(STANDIN_STOP_SHUTDOWN, 500), "start");
    must_see(&talk, rig_now_ms(), "start_pending", 0);
    SERVICE_STATUS status = {0};
    must_become(standin_query(&status) == ERROR_SUCCESS &&
                status.dwCurrentState == SERVICE_RUNNING);
    must_see(&talk, rig_now_ms(), "running", 5);
    for (int controls = STANDIN_STOP_SHUTDOWN; controls < STANDIN_CONTROLS_END; controls++) {
        did(standin_set((enum standin_controls)controls), "set");
        must_see(&talk, rig_now_ms(), "running",
                 standin_controls_value((enum standin_controls)controls));
    }
    did(standin_stop(), "stop");
    must_see(&talk, rig_now_ms(), "stopped", 0);
    struct gaps gaps = must_ask_gaps(&talk);
    gaps_print(&gaps);
    talk_close(&talk);
}

/* Waits for the event to `state`, which must be dated with the first sample after `changed`. */
static void must_turn(struct watcher *watcher, size_t *from, struct talk *talk, int64_t changed,
                      const char *state, const char *reasons)
{
    must(watcher_await(watcher, *from, state, LIMIT_MS, from), "no event to %s", state);
    struct seen seen = watcher_event(watcher, *from);
    struct gaps gaps = must_ask_gaps(talk);
    print_message("%s, seen %" PRId64 " ms after it\n", state, seen.at_ms - changed);
    must(seen.at_ms - changed <= gaps_most(&gaps) + gaps.slack, "later than the next sample");
    assert_string_equal(seen.reasons, reasons);
    ++*from;
}

/* Accepting SHUTDOWN and nothing else is what Windows Installer does while it installs. */
static void shutdown_only_is_busy_within_one_sampling_interval(void **state)
{
    struct talk talk;
    static struct watcher watcher;
    size_t from = 0;
    (void)state;
    must_open(&talk);
    must_become_status(&talk, "idle", "", NULL, "stopped");
    must_watch(&watcher);
    did(standin_start(STANDIN_SHUTDOWN, 0), "start");
    must_turn(&watcher, &from, &talk, rig_now_ms(), "busy", "msiserver");
    static const enum standin_controls others[] = {STANDIN_STOP_SHUTDOWN, STANDIN_STOP,
                                                   STANDIN_NONE};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        did(standin_set(others[i]), "set");
        must_turn(&watcher, &from, &talk, rig_now_ms(), "idle", "");
        did(standin_set(STANDIN_SHUTDOWN), "set");
        must_turn(&watcher, &from, &talk, rig_now_ms(), "busy", "msiserver");
    }
    did(standin_stop(), "stop");
    must_turn(&watcher, &from, &talk, rig_now_ms(), "idle", "");
    assert_true(watcher_is_whole(&watcher));
    watcher_stop(&watcher);
    talk_close(&talk);
}

static void both_signals_are_named_as_reasons(void **state)
{
    struct talk talk;
    static struct holder holder;
    (void)state;
    must_open(&talk);
    did(standin_start(STANDIN_SHUTDOWN, 0), "start");
    holder_open(&holder, NULL);
    holder_take(&holder);
    must_become_status(&talk, "busy", "mutex,msiserver", "held", "running");
    holder_close(&holder);
    must_become_status(&talk, "busy", "msiserver", "absent", "running");
    did(standin_stop(), "stop");
    must_become_status(&talk, "idle", "", "absent", "stopped");
    talk_close(&talk);
}

/* CreateService gives 1072 while anybody has the deleted service open. */
static void it_can_be_deleted_and_created_again_within_2_s(void **state)
{
    struct talk talk;
    (void)state;
    must_open(&talk);
    for (int i = 0; i < 4; i++) {
        if (i % 2 == 1) {
            did(standin_start(STANDIN_STOP_SHUTDOWN, 0), "start");
            must_become_status(&talk, "idle", "", NULL, "running");
        }
        did(standin_delete(), "delete");
        int64_t deleted = rig_now_ms();
        must_become(standin_create(fixture_rig()) == ERROR_SUCCESS);
        int64_t took = rig_now_ms() - deleted;
        print_message("created %" PRId64 " ms after it was deleted\n", took);
        assert_in_range(took, 0, 2000);
        must_become_status(&talk, "idle", "", NULL, "stopped");
    }
    talk_close(&talk);
}

static void a_deleted_one_is_missing_and_a_new_one_is_found_within_2_s(void **state)
{
    struct talk talk;
    (void)state;
    must_open(&talk);
    for (int i = 0; i < 2; i++) {
        did(standin_delete(), "delete");
        int64_t changed = rig_now_ms();
        must_become(strcmp(last_look(&talk).msiserver, "missing") == 0);
        assert_in_range(rig_now_ms() - changed, 0, 2000);
        did(standin_create(fixture_rig()), "create");
        changed = rig_now_ms();
        must_become(strcmp(last_look(&talk).msiserver, "stopped") == 0);
        assert_in_range(rig_now_ms() - changed, 0, 2000);
    }
    talk_close(&talk);
}

/* A status may be some milliseconds old, and the state may be the same before and after: so ask
 * until msiserver's word is the new one. */
static struct seen_status must_come_to_say(struct talk *talk, bool busy)
{
    struct seen_status told = must_ask_status(talk);
    int64_t end = rig_now_ms() + LIMIT_MS;
    while (told.says_busy != busy) {
        must(rig_now_ms() < end, "msiserver never said %s", busy ? "busy" : "idle");
        told = must_ask_status(talk);
    }
    return told;
}

static void auto_takes_its_word_only_once_it_has_shown_other_controls(void **state)
{
    struct talk talk;
    static struct holder holder;
    struct seen_status told;
    (void)state;
    must_open(&talk);
    did(standin_start(STANDIN_SHUTDOWN, 0), "start");
    told = must_come_to_say(&talk, true);
    assert_string_equal(told.state, "idle");
    assert_int_equal(told.controls, SERVICE_ACCEPT_SHUTDOWN);

    /* A mutex that cannot be read leaves nothing else to go by. */
    holder_open(&holder, NOBODY);
    must_become_status(&talk, "busy", "msiserver", "denied", "running");
    holder_close(&holder);
    must_become_status(&talk, "idle", "", "absent", "running");

    did(standin_set(STANDIN_STOP_SHUTDOWN), "set");
    assert_string_equal(must_come_to_say(&talk, false).state, "idle");
    did(standin_set(STANDIN_SHUTDOWN), "set");
    told = must_become_status(&talk, "busy", "msiserver", "absent", "running");
    assert_true(told.says_busy);
    did(standin_stop(), "stop");
    must_become_status(&talk, "idle", "", "absent", "stopped");
    talk_close(&talk);
}

/* After the test above, in another process of the service. */
static void what_it_has_shown_is_remembered_over_a_restart(void **state)
{
    struct talk talk;
    (void)state;
    run_well("msiwatchd stop");
    did(standin_start(STANDIN_SHUTDOWN, 0), "start");
    run_well("msiwatchd start");
    must_open(&talk);
    must_become_status(&talk, "busy", "msiserver", "absent", "running");
    did(standin_stop(), "stop");
    must_become_status(&talk, "idle", "", "absent", "stopped");
    talk_close(&talk);
}

static void with_signals_mutex_its_word_never_counts(void **state)
{
    struct talk talk;
    static struct holder holder;
    (void)state;
    must_open(&talk);
    did(standin_start(STANDIN_STOP_SHUTDOWN, 0), "start");
    must_become_status(&talk, "idle", "", "absent", "running");
    did(standin_set(STANDIN_SHUTDOWN), "set");
    assert_string_equal(must_come_to_say(&talk, true).state, "idle");
    holder_open(&holder, NOBODY);
    assert_true(must_become_status(&talk, "unknown", "", "denied", "running").says_busy);
    holder_close(&holder);
    must_become_status(&talk, "idle", "", "absent", "running");
    did(standin_stop(), "stop");
    talk_close(&talk);
}

/* It samples every 15 s here: what is seen sooner was notified. */
static void a_start_and_a_stop_are_notified(void **state)
{
    struct talk talk;
    (void)state;
    must_open(&talk);
    must_become_status(&talk, "idle", "", NULL, "stopped");
    did(standin_start(STANDIN_STOP_SHUTDOWN, 0), "start");
    int64_t changed = rig_now_ms();
    must_become(strcmp(last_look(&talk).msiserver, "running") == 0);
    print_message("start notified within %" PRId64 " ms\n", rig_now_ms() - changed);
    assert_in_range(rig_now_ms() - changed, 0, 5000);
    did(standin_stop(), "stop");
    must_become(strcmp(last_look(&talk).msiserver, "stopped") == 0);
    talk_close(&talk);
}

static int64_t samples(struct talk *talk)
{
    yyjson_doc *doc = talk_ask(talk, "metrics", NULL, LIMIT_MS);
    int64_t count = talk_number(doc, "/result/samples_total");
    yyjson_doc_free(doc);
    return count;
}

/* An installation writes there before it takes the mutex. Without a burst a change is one look, and
 * one more to ask for the next; and one may be due. */
static void a_change_of_the_installer_key_makes_a_burst_of_looks(void **state)
{
    struct talk talk;
    HKEY key;
    int64_t most = 0;
    (void)state;
    must_open(&talk);
    did((DWORD)RegCreateKeyExA(HKEY_LOCAL_MACHINE, INSTALLER_KEY, 0, NULL, 0,
                               KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL),
        "RegCreateKeyEx");
    must_become_status(&talk, "idle", "", NULL, "stopped"); /* it has looked, and found the key */
    for (DWORD i = 0; i < 10 && most < 4; i++) { /* on a busy machine few fit into 50 ms */
        Sleep(1100);
        int64_t before = samples(&talk);
        did((DWORD)RegSetValueExA(key, "MsiWatchTest", 0, REG_DWORD, (const BYTE *)&i, sizeof i),
            "RegSetValueEx");
        Sleep(300);
        int64_t made = samples(&talk) - before;
        print_message("%" PRId64 " looks\n", made);
        assert_in_range(made, 0, 60);
        most = made > most ? made : most;
    }
    assert_in_range(most, 4, 60);
    RegDeleteValueA(key, "MsiWatchTest");
    RegCloseKey(key);
    talk_close(&talk);
}

int main(void)
{
    const struct CMUnitTest both[] = {
        cmocka_unit_test(every_state_is_seen_in_the_first_sample_after_it),
        cmocka_unit_test(shutdown_only_is_busy_within_one_sampling_interval),
        cmocka_unit_test(both_signals_are_named_as_reasons),
        cmocka_unit_test(it_can_be_deleted_and_created_again_within_2_s),
        cmocka_unit_test(a_deleted_one_is_missing_and_a_new_one_is_found_within_2_s),
    };
    const struct CMUnitTest automatic[] = {
        cmocka_unit_test(auto_takes_its_word_only_once_it_has_shown_other_controls),
        cmocka_unit_test(what_it_has_shown_is_remembered_over_a_restart),
    };
    const struct CMUnitTest mutex[] = {
        cmocka_unit_test(with_signals_mutex_its_word_never_counts),
    };
    const struct CMUnitTest asleep[] = {
        cmocka_unit_test(a_start_and_a_stop_are_notified),
        cmocka_unit_test(a_change_of_the_installer_key_makes_a_burst_of_looks),
    };
    /* First: it is remembered that this machine's msiserver has shown other controls. */
    int failed = cmocka_run_group_tests(automatic, begin_with_auto, service_end);
    failed += cmocka_run_group_tests(both, begin_with_both, service_end);
    failed += cmocka_run_group_tests(mutex, begin_with_mutex, service_end);
    return failed + cmocka_run_group_tests(asleep, begin_half_asleep, service_end);
}
