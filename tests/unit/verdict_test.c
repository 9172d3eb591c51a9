/* verdict_test.c: the verdict for one observation, rule by rule, for every combination of readings
 * and settings.
 *
 * The expected results are tables of the rules' outcomes; the test does not compute them the way
 * the code does.
 */
#include "unit.h"

#include "decide/decider.h"

/* SERVICE_ACCEPT_*, because winsvc.h is not available everywhere. */
enum { STOP = 0x1, PAUSE_CONTINUE = 0x2, SHUTDOWN = 0x4, POWER = 0x40, PRESHUTDOWN = 0x100 };

static const uint32_t controls[] = {
    0,
    STOP,
    SHUTDOWN,
    STOP | SHUTDOWN,
    STOP | PAUSE_CONTINUE | SHUTDOWN,
    SHUTDOWN | POWER,
    PRESHUTDOWN,
    SHUTDOWN | PRESHUTDOWN,
    UINT32_MAX,
    UINT32_C(0x80000004),
};

#define MUTEX_STATES 6
#define MSISERVER_STATES 10
#define SIGNALS 3

/* Rules 1, 3 and 5: the verdict for each reading of the mutex, first while msiserver reports
 * nothing that counts, then while its report counts and is "busy". */
static const struct {
    struct verdict alone, with_msiserver;
} outcomes[MUTEX_STATES] = {
    [MUTEX_ABSENT] = {{VERDICT_IDLE, 0}, {VERDICT_BUSY, REASON_MSISERVER}},
    [MUTEX_FREE] = {{VERDICT_IDLE, 0}, {VERDICT_BUSY, REASON_MSISERVER}},
    [MUTEX_HELD] = {{VERDICT_BUSY, REASON_MUTEX}, {VERDICT_BUSY, REASON_MUTEX | REASON_MSISERVER}},
    [MUTEX_ABANDONED] = {{VERDICT_IDLE, 0}, {VERDICT_BUSY, REASON_MSISERVER}},
    [MUTEX_DENIED] = {{VERDICT_UNKNOWN, 0}, {VERDICT_BUSY, REASON_MSISERVER}},
    [MUTEX_ERROR] = {{VERDICT_UNKNOWN, 0}, {VERDICT_BUSY, REASON_MSISERVER}},
};

/* Rule 2: whether msiserver's report counts: by the setting, whether this machine has shown other
 * controls, and whether the mutex cannot be read. */
static const bool counts[SIGNALS][2][2] = {
    [SIGNALS_AUTO] = {{false, true}, {true, true}},
    [SIGNALS_MUTEX] = {{false, false}, {false, false}},
    [SIGNALS_MUTEX_MSISERVER] = {{true, true}, {true, true}},
};

static bool is_unreadable(int mutex)
{
    static const bool unreadable[MUTEX_STATES] = {[MUTEX_DENIED] = true, [MUTEX_ERROR] = true};
    return unreadable[mutex];
}

static struct observation reading(int mutex, int msiserver, uint32_t accepted)
{
    struct observation seen = {.ui_clients = -1};
    seen.mutex.state = (enum mutex_state)mutex;
    seen.msiserver.state = (enum msiserver_state)msiserver;
    seen.msiserver.controls = accepted;
    return seen;
}

static void check(const struct observation *seen, int signals, int tells, bool word)
{
    int mutex = (int)seen->mutex.state;
    bool counted = word && counts[signals][tells][is_unreadable(mutex)];
    struct verdict expected = counted ? outcomes[mutex].with_msiserver : outcomes[mutex].alone;
    struct verdict got = verdict_of(seen, (enum signals)signals, tells != 0);
    must(got.state == expected.state && got.reasons == expected.reasons,
         "mutex %s, msiserver %s 0x%x, signals %s, tells %d: %s %u instead of %s %u",
         mutex_state_name(seen->mutex.state), msiserver_state_name(seen->msiserver.state),
         (unsigned)seen->msiserver.controls, signals_name((enum signals)signals), tells,
         verdict_state_name(got.state), got.reasons, verdict_state_name(expected.state),
         expected.reasons);
}

static void every_combination_of_readings_and_settings_follows_the_rules(void **state)
{
    (void)state;
    size_t checked = 0;
    for (int mutex = 0; mutex < MUTEX_STATES; mutex++) {
        for (int msiserver = 0; msiserver < MSISERVER_STATES; msiserver++) {
            for (size_t c = 0; c < COUNT(controls); c++) {
                struct observation seen = reading(mutex, msiserver, controls[c]);
                bool word = msiserver == MSISERVER_RUNNING && controls[c] == SHUTDOWN;
                assert_int_equal(msiserver_says_busy(&seen), word);
                for (int i = 0; i < SIGNALS * 2; i++) {
                    check(&seen, i / 2, i % 2, word);
                    checked++;
                }
            }
        }
    }
    assert_int_equal(checked, 6 * 10 * 10 * 3 * 2);
}

/* What is reported next to the verdict (rule 4), and who owns the mutex (rule 6), never changes
 * it. */
static void what_is_only_reported_never_changes_the_verdict(void **state)
{
    (void)state;
    for (int mutex = 0; mutex < MUTEX_STATES; mutex++) {
        for (int bits = 0; bits < 32; bits++) {
            struct observation seen = reading(mutex, MSISERVER_RUNNING, STOP | SHUTDOWN);
            seen.ui_clients = (bits & 1) != 0 ? 7 : -1;
            seen.registry_known = (bits & 2) != 0;
            seen.in_progress = (bits & 4) != 0;
            seen.mutex.owner_known = (bits & 8) != 0;
            seen.mutex.owner_pid = (bits & 8) != 0 ? 4242 : 0;
            seen.mutex.owner_foreign = (bits & 16) != 0;
            struct verdict got = verdict_of(&seen, SIGNALS_AUTO, true);
            assert_int_equal(got.state, outcomes[mutex].alone.state);
            assert_int_equal(got.reasons, outcomes[mutex].alone.reasons);
        }
    }
}

static void unreadable_mutex_is_never_idle(void **state)
{
    (void)state;
    for (int msiserver = 0; msiserver < MSISERVER_STATES; msiserver++) {
        for (size_t c = 0; c < COUNT(controls); c++) {
            for (int i = 0; i < SIGNALS * 4; i++) {
                int mutex = i % 2 == 0 ? MUTEX_DENIED : MUTEX_ERROR;
                struct observation seen = reading(mutex, msiserver, controls[c]);
                struct verdict got = verdict_of(&seen, (enum signals)(i / 4), i / 2 % 2 != 0);
                assert_int_not_equal(got.state, VERDICT_IDLE);
            }
        }
    }
}

static void a_mutex_that_exists_and_an_msiserver_that_runs_are_not_busy(void **state)
{
    (void)state;
    struct observation seen = reading(MUTEX_FREE, MSISERVER_RUNNING, STOP | SHUTDOWN);
    seen.ui_clients = 3;
    assert_int_equal(verdict_of(&seen, SIGNALS_MUTEX_MSISERVER, true).state, VERDICT_IDLE);
}

int verdict_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_of_readings_and_settings_follows_the_rules),
        cmocka_unit_test(what_is_only_reported_never_changes_the_verdict),
        cmocka_unit_test(unreadable_mutex_is_never_idle),
        cmocka_unit_test(a_mutex_that_exists_and_an_msiserver_that_runs_are_not_busy),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
