/* monitor_test.c: an observation goes in, a status and events come out: in which order, once, and
 * what happens when the sensors are silent. The rules themselves have other tests: verdict,
 * decider, flapping, correlator. */
#include "unit.h"

#include "decide/monitor.h"
#include "test_clock.h"

#include <stdio.h>
#include <string.h>

#define START_MS 100000

/* What the monitor called, one letter per call: r(ecorded); for the listeners a and b: l(ooked), t
 * (with a transition), i(nstalled), c(ontrols). */
struct ear {
    char heard[256];
    size_t count;
    uint64_t position;
    enum verdict_state state;
    struct event recorded;
    struct install install; /* of the last event about one */
    enum owner_role owner;
    bool stalled;
    struct event activity;       /* the last event of that kind */
    struct event_owner begun_by; /* of the last transition; zero: it had none */
};

static struct fixture {
    uv_loop_t loop;
    struct monitor *monitor;
    struct ear ear;
    uint64_t sampled_ms; /* of a sample that was not delivered; 0: none */
} fixture;

static void hear(char what)
{
    struct ear *ear = &fixture.ear;
    if (ear->count + 1 < sizeof ear->heard) {
        ear->heard[ear->count++] = what;
        ear->heard[ear->count] = '\0';
    }
}

static uint64_t record(void *arg, const struct event *event)
{
    struct ear *ear = arg;
    hear('r');
    ear->recorded = *event;
    ear->activity = event->kind == EVENT_ACTIVITY ? *event : ear->activity;
    ear->begun_by = event->owner != NULL ? *event->owner : (struct event_owner){.pid = 0};
    if (event->install != NULL) {
        ear->install = *event->install;
    }
    return ++ear->position;
}

static void on_looked(void *arg, const struct monitor_look *look)
{
    hear(*(const char *)arg);
    hear(look->transition != NULL ? 't' : 'l');
    fixture.ear.state = look->status->state;
    fixture.ear.stalled = look->status->activity.stalled;
}

static void on_controls(void *arg)
{
    hear(*(const char *)arg);
    hear('c');
}

static void on_learnt(void *arg, const struct install *install, enum owner_role owner,
                      const struct restart *restart)
{
    (void)arg;
    (void)install;
    (void)restart;
    fixture.ear.owner = owner;
}

static bool sampled(void *arg, uint64_t *mono_ms, int64_t *wall_ms)
{
    (void)arg;
    *mono_ms = fixture.sampled_ms;
    *wall_ms = 0;
    return fixture.sampled_ms != 0;
}

static int set_up(void **state)
{
    (void)state;
    static char a = 'a', b = 'b';
    test_clock_stop(START_MS);
    memset(&fixture, 0, sizeof fixture);
    assert_int_equal(uv_loop_init(&fixture.loop), 0);
    struct monitor_config config = {
        .loop = &fixture.loop,
        .settings = {SIGNALS_AUTO, {240, 2000}, 6000, 60000},
        .record = record,
        .sampled = sampled,
        .arg = &fixture.ear,
    };
    assert_int_equal(monitor_new(&fixture.monitor, &config), 0);
    monitor_listen(fixture.monitor, &(struct monitor_listener){
                                        .looked = on_looked,
                                        .controls_meaningful = on_controls,
                                        .arg = &a,
                                    });
    monitor_listen(fixture.monitor,
                   &(struct monitor_listener){.looked = on_looked, .learnt = on_learnt, .arg = &b});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    monitor_stop(fixture.monitor);
    uv_run(&fixture.loop, UV_RUN_DEFAULT);
    monitor_free(fixture.monitor);
    assert_int_equal(uv_loop_close(&fixture.loop), 0);
    test_clock_run();
    return 0;
}

static bool look(uint64_t after_ms, enum mutex_state mutex, uint32_t controls)
{
    struct observation seen = {.mono_ms = START_MS + after_ms, .registry_known = true};
    seen.mutex.state = mutex;
    seen.msiserver.state = controls != 0 ? MSISERVER_RUNNING : MSISERVER_STOPPED;
    seen.msiserver.controls = controls;
    fixture.ear.count = 0;
    fixture.ear.heard[0] = '\0';
    return monitor_observe(fixture.monitor, &seen);
}

static void must_hear(const char *what)
{
    must(strcmp(fixture.ear.heard, what) == 0, "heard %s instead of %s", fixture.ear.heard, what);
}

static void a_transition_is_recorded_before_anybody_hears_of_it_and_then_in_order(void **state)
{
    (void)state;
    look(10, MUTEX_ABSENT, 0);
    must_hear("ratbt");
    look(20, MUTEX_ABSENT, 0);
    must_hear("albl");
    look(30, MUTEX_HELD, 0);
    must_hear("ratbt");
    assert_int_equal(fixture.ear.recorded.to, VERDICT_BUSY);
    assert_int_equal(fixture.ear.position, 2);
}

static void that_controls_mean_something_is_said_once_and_not_if_it_was_known(void **state)
{
    (void)state;
    look(10, MUTEX_ABSENT, MSISERVER_ACCEPT_SHUTDOWN);
    must_hear("ratbt"); /* alone, it does not count yet */
    look(20, MUTEX_ABSENT, 1 | MSISERVER_ACCEPT_SHUTDOWN);
    must_hear("acalbl");
    look(30, MUTEX_ABSENT, 1 | MSISERVER_ACCEPT_SHUTDOWN);
    must_hear("albl");
}

static void what_an_earlier_run_found_is_not_said_again(void **state)
{
    (void)state;
    monitor_remember_controls(fixture.monitor);
    look(10, MUTEX_ABSENT, 1 | MSISERVER_ACCEPT_SHUTDOWN);
    must_hear("ratbt");
    look(20, MUTEX_ABSENT, MSISERVER_ACCEPT_SHUTDOWN);
    must_hear("ratbt");
    assert_int_equal(fixture.ear.state, VERDICT_BUSY);
}

static void an_observation_from_before_the_present_one_is_passed_over(void **state)
{
    (void)state;
    look(50, MUTEX_ABSENT, 0);
    look(40, MUTEX_HELD, 0);
    must_hear("");
    look(50, MUTEX_HELD, 0);
    must_hear("ratbt");
}

/* The timer's ticks are real; the clock that the monitor reads is not. */
static void run_until_heard(unsigned most_ms)
{
    uint64_t until = uv_hrtime() + most_ms * UINT64_C(1000000);
    while (fixture.ear.count == 0 && uv_hrtime() < until) {
        uv_run(&fixture.loop, UV_RUN_ONCE);
    }
}

static void sensors_that_fall_silent_make_it_unknown_and_the_next_sample_ends_that(void **state)
{
    (void)state;
    look(0, MUTEX_ABSENT, 0);
    fixture.ear.count = 0;
    test_clock_add(5999);
    run_until_heard(3500);
    assert_int_equal(fixture.ear.count, 0);
    fixture.sampled_ms = START_MS + 4000; /* it was identical, so the loop was not woken */
    test_clock_add(4000);
    run_until_heard(3500);
    assert_int_equal(fixture.ear.count, 0);
    test_clock_add(1);
    run_until_heard(10000);
    must_hear("ratbt");
    assert_int_equal(fixture.ear.recorded.to, VERDICT_UNKNOWN);
    assert_false(look(9999, MUTEX_ABSENT, 0)); /* it hung, and a new one is requested */
    assert_int_equal(fixture.ear.recorded.to, VERDICT_UNKNOWN);
    assert_true(look(10000, MUTEX_ABSENT, 0));
    assert_int_equal(fixture.ear.recorded.to, VERDICT_IDLE);
}

static void the_end_is_a_transition_to_unknown(void **state)
{
    (void)state;
    look(0, MUTEX_HELD, 0);
    fixture.ear.count = 0;
    monitor_end(fixture.monitor);
    must_hear("ratbt");
    assert_int_equal(fixture.ear.recorded.to, VERDICT_UNKNOWN);
}

/* ---- whether the installation works ---- */

static void look_at_work(uint64_t after_ms, enum mutex_state mutex, uint64_t cpu_ms)
{
    struct observation seen = {.mono_ms = START_MS + after_ms, .registry_known = true};
    seen.mutex.state = mutex;
    seen.work.known = mutex == MUTEX_HELD;
    seen.work.looked_ms = seen.mono_ms;
    seen.work.cpu_ms = cpu_ms;
    fixture.ear.count = 0;
    fixture.ear.heard[0] = '\0';
    monitor_observe(fixture.monitor, &seen);
}

static void a_standstill_is_recorded_with_its_period_and_so_is_its_end(void **state)
{
    const struct event *event = &fixture.ear.recorded;
    (void)state;
    look_at_work(0, MUTEX_FREE, 0);
    look_at_work(1000, MUTEX_HELD, 0);
    uint64_t of = fixture.ear.position;
    for (uint64_t at_ms = 2000; at_ms < 61000; at_ms += 1000) {
        look_at_work(at_ms, MUTEX_HELD, 0);
        must_hear("albl");
    }
    look_at_work(61000, MUTEX_HELD, 0);
    must_hear("ralbl");
    assert_int_equal(event->kind, EVENT_ACTIVITY);
    assert_int_equal(event->of, of);
    assert_true(event->activity.stalled);
    assert_int_equal(event->activity.still_ms, 60000);
    assert_true(fixture.ear.stalled);
    look_at_work(70000, MUTEX_HELD, 1000);
    must_hear("ralbl");
    assert_int_equal(event->kind, EVENT_ACTIVITY);
    assert_int_equal(event->of, of);
    assert_false(event->activity.stalled);
    assert_int_equal(event->activity.still_ms, 69000);
    assert_false(fixture.ear.stalled);
}

static void a_period_that_ends_ends_its_standstill_first(void **state)
{
    (void)state;
    look_at_work(1000, MUTEX_HELD, 0);
    uint64_t of = fixture.ear.position;
    look_at_work(20000, MUTEX_HELD, 0);
    look_at_work(40000, MUTEX_HELD, 0);
    look_at_work(61000, MUTEX_HELD, 0);
    assert_true(fixture.ear.stalled);
    look_at_work(62000, MUTEX_FREE, 0);
    must_hear("rratbt");
    assert_false(fixture.ear.activity.activity.stalled);
    assert_int_equal(fixture.ear.activity.of, of);
    assert_int_equal(fixture.ear.recorded.to, VERDICT_IDLE);
    assert_false(fixture.ear.stalled);
}

static void a_watch_that_ends_ends_a_standstill_too(void **state)
{
    (void)state;
    look_at_work(1000, MUTEX_HELD, 0);
    look_at_work(25000, MUTEX_HELD, 0);
    look_at_work(45000, MUTEX_HELD, 0);
    look_at_work(61000, MUTEX_HELD, 0);
    fixture.ear.count = 0;
    monitor_end(fixture.monitor);
    must_hear("rratbt");
}

/* ---- installations ---- */

enum { SERVER_PID = 900, CLIENT_PID = 1007, CHILD_PID = 1008 };

static void look_at_owner(uint64_t after_ms, uint32_t pid, uint32_t parent_pid)
{
    struct observation seen = {.mono_ms = START_MS + after_ms, .registry_known = true};
    seen.mutex.state = MUTEX_HELD;
    seen.mutex.owner_known = true;
    seen.mutex.owner_pid = pid;
    seen.mutex.owner_parent_pid = parent_pid;
    seen.msiserver.state = MSISERVER_RUNNING;
    seen.msiserver.controls = MSISERVER_ACCEPT_SHUTDOWN;
    seen.msiserver.pid = SERVER_PID;
    monitor_observe(fixture.monitor, &seen);
}

static void begin_installation(void)
{
    struct install_record begin = {.id = 1040,
                                   .kind = RECORD_BEGIN,
                                   .record_id = 1,
                                   .at_ms = 1700000000000,
                                   .arrived_ms = START_MS + 15,
                                   .install = {.client_pid = CLIENT_PID, .package = "a.msi"}};
    test_clock_add(15);
    monitor_record(fixture.monitor, &begin);
    monitor_report_installs(fixture.monitor);
}

static void the_mutexs_owner_has_a_role(void **state)
{
    (void)state;
    look_at_owner(10, CLIENT_PID, 1);
    assert_int_equal(fixture.ear.owner, ROLE_UNKNOWN); /* nobody has said yet who installs */
    begin_installation();
    assert_int_equal(fixture.ear.owner, ROLE_CLIENT);
    look_at_owner(20, SERVER_PID, 1);
    assert_int_equal(fixture.ear.owner, ROLE_SERVICE);
    look_at_owner(30, CHILD_PID, SERVER_PID);
    assert_int_equal(fixture.ear.owner, ROLE_SERVICE);
    look_at_owner(40, CHILD_PID + 1, 1);
    assert_int_equal(fixture.ear.owner, ROLE_OTHER);
}

static void a_transition_to_busy_says_who_began_the_owner(void **state)
{
    struct observation seen = {.mono_ms = START_MS + 10};
    (void)state;
    seen.mutex.state = MUTEX_HELD;
    seen.mutex.owner_known = true;
    seen.mutex.owner_pid = 900;
    seen.mutex.owner_chain = (struct chain){.count = 3,
                                            .processes = {{900, true, 1, "s.exe"},
                                                          {800, true, 1, "cmd.exe"},
                                                          {700, true, 1, "C:\\CcmExec.exe"}}};
    monitor_observe(fixture.monitor, &seen);
    assert_int_equal(fixture.ear.begun_by.started_by.pid, 700);
    assert_string_equal(fixture.ear.begun_by.started_by.image, "C:\\CcmExec.exe");
    seen.mono_ms += 10;
    seen.mutex.owner_tid = 7; /* another thread */
    seen.mutex.owner_chain.count = 2;
    monitor_observe(fixture.monitor, &seen);
    assert_int_equal(fixture.ear.begun_by.pid, 900);
    assert_int_equal(fixture.ear.begun_by.started_by.pid, 0);
}

static void what_had_the_mutex_when_it_was_abandoned_is_lost_unless_the_log_cannot_be_read(
    void **state)
{
    (void)state;
    look_at_owner(10, SERVER_PID, 1);
    begin_installation();
    monitor_log_readable(fixture.monitor, false);
    look(20, MUTEX_ABANDONED, MSISERVER_ACCEPT_SHUTDOWN); /* busy, with or without msiserver's
                                                           * report */
    test_clock_add(10000);
    monitor_report_installs(fixture.monitor);
    assert_int_equal(fixture.ear.install.client_pid, 0);
    monitor_log_readable(fixture.monitor, true);
    test_clock_add(3000);
    monitor_report_installs(fixture.monitor);
    assert_int_equal(fixture.ear.install.client_pid, CLIENT_PID);
    assert_int_equal(fixture.ear.install.result, RESULT_LOST);
}

int monitor_tests(void)
{
#define MONITORED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        MONITORED(a_transition_is_recorded_before_anybody_hears_of_it_and_then_in_order),
        MONITORED(that_controls_mean_something_is_said_once_and_not_if_it_was_known),
        MONITORED(what_an_earlier_run_found_is_not_said_again),
        MONITORED(an_observation_from_before_the_present_one_is_passed_over),
        MONITORED(sensors_that_fall_silent_make_it_unknown_and_the_next_sample_ends_that),
        MONITORED(the_end_is_a_transition_to_unknown),
        MONITORED(a_standstill_is_recorded_with_its_period_and_so_is_its_end),
        MONITORED(a_period_that_ends_ends_its_standstill_first),
        MONITORED(a_watch_that_ends_ends_a_standstill_too),
        MONITORED(the_mutexs_owner_has_a_role),
        MONITORED(a_transition_to_busy_says_who_began_the_owner),
        MONITORED(what_had_the_mutex_when_it_was_abandoned_is_lost_unless_the_log_cannot_be_read),
    };
    return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
