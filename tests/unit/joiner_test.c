/* joiner_test.c: what the event log tells is joined to the right busy period or to none: one case
 * at a time. Any order and any number: joiner_worlds_test.c.
 */
#include "unit.h"

#include "made_records.h"

#include "decide/joiner.h"

#include <stdio.h>
#include <string.h>

static bool again; /* what was told last had been told of before */

static int enter(void **state)
{
    struct joiner *joiner;
    assert_int_equal(joiner_new(&joiner), 0);
    *state = joiner;
    return 0;
}

static int leave(void **state)
{
    joiner_free(*state);
    return 0;
}

static void tell(struct joiner *joiner, unsigned id, int64_t at_ms, uint32_t pid,
                 const char *product)
{
    struct install_record record = make_record(id, at_ms, pid, product);
    joiner_record(joiner, &record, (uint64_t)at_ms);
}

static void tell_late(struct joiner *joiner, int64_t at_ms, const char *product, uint64_t mono_ms)
{
    struct install_record late = make_record(1033, at_ms, 0, product);
    joiner_record(joiner, &late, mono_ms);
}

static void turn(struct joiner *joiner, enum verdict_state to, int64_t at_ms, uint64_t place)
{
    struct event event = {.kind = EVENT_TRANSITION, .at_ms = WALL + at_ms, .to = to};
    joiner_transition(joiner, &event, place, (uint64_t)at_ms);
}

static void must_tell(struct joiner *joiner, uint64_t mono_ms, uint64_t of, uint32_t pid,
                      const char *product)
{
    struct event event;
    struct install install;
    assert_true(joiner_next(joiner, mono_ms, &event, &install, &again));
    assert_int_equal(event.kind, EVENT_INSTALL);
    assert_int_equal(event.of, of);
    assert_ptr_equal(event.install, &install);
    assert_int_equal(install.client_pid, pid);
    assert_string_equal(install.product, product);
}

static void must_be_silent(struct joiner *joiner, uint64_t mono_ms)
{
    struct event event;
    struct install install;
    assert_false(joiner_next(joiner, mono_ms, &event, &install, &again));
}

/* How many the counters count of what is told until then. */
static unsigned operations_until(struct joiner *joiner, uint64_t mono_ms)
{
    struct event event;
    struct install install;
    unsigned operations = 0;
    while (joiner_next(joiner, mono_ms, &event, &install, &again)) {
        operations += !again + install.further;
    }
    return operations;
}

static void an_installation_is_told_of_once_it_is_over(void **state)
{
    struct joiner *joiner = *state;
    struct install now;
    assert_false(joiner_current(joiner, 0, &now));
    tell(joiner, 1040, 990, 100, "");
    assert_true(joiner_current(joiner, 990, &now)); /* before the mutex was seen */
    turn(joiner, VERDICT_BUSY, 1000, 7);
    assert_true(joiner_current(joiner, 1500, &now));
    assert_int_equal(now.client_pid, 100);
    assert_string_equal(now.package, "C:\\100.msi");
    tell(joiner, 1033, 2000, 0, "Example");
    tell(joiner, 1042, 2010, 100, "");
    assert_false(joiner_current(joiner, 2010, &now));
    turn(joiner, VERDICT_IDLE, 2020, 8);
    must_be_silent(joiner, 2309);
    assert_int_equal(joiner_due(joiner), 2310);
    must_tell(joiner, 2310, 7, 100, "Example");
    must_be_silent(joiner, 2310);
    assert_int_equal(joiner_due(joiner), UINT64_MAX);
}

static void who_was_installing_is_told_without_an_outcome(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1040, 1010, 100, "");
    turn(joiner, VERDICT_IDLE, 2000, 8);
    must_be_silent(joiner, 2000 + JOINER_LATE_MS - 1);
    must_tell(joiner, 2000 + JOINER_LATE_MS, 7, 100, "");
}

static void a_period_has_three_events_and_the_last_one_stands_for_all(void **state)
{
    struct joiner *joiner = *state;
    struct event event;
    struct install install;
    char product[16];
    turn(joiner, VERDICT_BUSY, 1000, 7);
    for (int i = 0; i < 6; i++) {
        snprintf(product, sizeof product, "P%d", i);
        struct install_record record = make_record(1033, 1100 + i * 100, 0, product);
        if (i == 3) {
            record.install.result = RESULT_FAILURE;
            record.install.status = 1603;
        } else if (i == 4) {
            record.install.reboot = REBOOT_REQUIRED;
        }
        joiner_record(joiner, &record, (uint64_t)(1100 + i * 100));
    }
    must_tell(joiner, 3000, 7, 0, "P0");
    must_tell(joiner, 3000, 7, 0, "P1");
    must_be_silent(joiner, 100000); /* there may be more to come */
    turn(joiner, VERDICT_IDLE, 100000, 8);
    assert_true(joiner_next(joiner, 100000 + JOINER_LATE_MS, &event, &install, &again));
    assert_int_equal(event.of, 7);
    assert_string_equal(install.product, "P3"); /* the failure */
    assert_int_equal(install.status, 1603);
    assert_int_equal(install.reboot, REBOOT_REQUIRED);
    assert_int_equal(install.further, 3);
    must_be_silent(joiner, UINT64_MAX);
    assert_int_equal(joiner_dropped(joiner), 0);
}

static void a_flood_that_comes_when_its_period_has_no_event_left_is_counted(void **state)
{
    struct joiner *joiner = *state;
    struct event event;
    struct install install;
    char product[16];
    unsigned outcomes = 0, events = 0;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    turn(joiner, VERDICT_IDLE, 2000, 8);
    for (int i = 0; i < 203; i++) {
        snprintf(product, sizeof product, "P%d", i);
        struct install_record record = make_record(1033, 1500, 0, product);
        joiner_record(joiner, &record, i < 3 ? 2000 : 6000);
        while (i < 3 && joiner_next(joiner, 5500, &event, &install, &again)) {
            assert_int_equal(event.of, 7);
            events++;
            outcomes += 1 + install.further;
        }
    }
    assert_int_equal(events, 3);
    while (joiner_next(joiner, UINT64_MAX, &event, &install, &again)) {
        assert_int_equal(event.of, 0);
        outcomes += 1 + install.further;
    }
    assert_int_equal(outcomes, 203);
}

/* Of an outcome come a text and a coded record, in either order, or the text of every other one
 * only; with or without those of its client around it. */
enum { TEXT_FIRST = 1, TEXT_LAST = 2, EVERY_OTHER = 4, WITH_CLIENT = 8 };

static void come(struct joiner *joiner, unsigned flags, unsigned i, int64_t at_ms)
{
    char product[16];
    bool with_text = (flags & EVERY_OTHER) == 0 || i % 2 != 0;
    snprintf(product, sizeof product, "P%u", i);
    if ((flags & WITH_CLIENT) != 0) {
        tell(joiner, 1040, at_ms - 5, 100 + i, "");
    }
    if ((flags & TEXT_FIRST) != 0 && with_text) {
        tell(joiner, 11707, at_ms, 0, "");
    }
    tell(joiner, 1033, at_ms + 2, 0, product);
    if ((flags & TEXT_LAST) != 0 && with_text) {
        tell(joiner, 11707, at_ms + 3, 0, "");
    }
    if ((flags & WITH_CLIENT) != 0) {
        tell(joiner, 1042, at_ms + 3, 100 + i, "");
    }
}

static void of_two_records_of_an_outcome_none_is_lost_when_room_is_made(void **state)
{
    static const unsigned flags[] = {TEXT_FIRST, TEXT_LAST, TEXT_FIRST | EVERY_OTHER,
                                     TEXT_FIRST | WITH_CLIENT, TEXT_LAST | WITH_CLIENT};
    static const int64_t steps[] = {200, 20, 1};
    (void)state;
    for (size_t n = 0; n < COUNT(flags) * COUNT(steps); n++) {
        int64_t step = steps[n % COUNT(steps)], at_ms = 1100;
        unsigned operations = 0;
        struct joiner *joiner;
        assert_int_equal(joiner_new(&joiner), 0);
        turn(joiner, VERDICT_BUSY, 1000, 7);
        for (unsigned i = 0; i < 100; i++, at_ms += step) {
            come(joiner, flags[n / COUNT(steps)], i, at_ms);
            operations += operations_until(joiner, (uint64_t)at_ms + 3);
        }
        turn(joiner, VERDICT_IDLE, 30000, 8);
        operations += operations_until(joiner, UINT64_MAX);
        must(operations == 100, "%u of 100 outcomes are told or counted, flags %u, every %d ms",
             operations, flags[n / COUNT(steps)], (int)step);
        assert_true(joiner_dropped(joiner) > 0);
        joiner_free(joiner);
    }
}

static void what_had_to_make_room_is_counted_though_nothing_else_comes(void **state)
{
    struct joiner *joiner = *state;
    struct event event;
    struct install install;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1033, 1500, 0, "First");
    turn(joiner, VERDICT_IDLE, 2000, 8);
    for (uint32_t i = 0; i < JOINER_RECORDS; i++) {
        tell(joiner, 1040, 7000, 100 + i, "");
    }
    assert_int_equal(joiner_dropped(joiner), 1);
    assert_int_equal(joiner_due(joiner), 2000 + JOINER_LATE_MS);
    assert_true(joiner_next(joiner, 7000, &event, &install, &again));
    assert_int_equal(event.kind, EVENT_INSTALL);
    assert_int_equal(event.of, 7);
    assert_int_equal(event.at_ms, WALL + 1500);
    assert_string_equal(install.product, "");
    assert_int_equal(install.result, RESULT_UNKNOWN);
    assert_int_equal(install.further, 0);
    must_be_silent(joiner, 7000);
}

static void a_flood_that_belongs_to_no_period_makes_three_events_a_minute(void **state)
{
    struct joiner *joiner = *state;
    struct event event;
    struct install install;
    char product[16];
    unsigned events = 0, outcomes = 0;
    for (int i = 0; i < 60000; i++) {
        snprintf(product, sizeof product, "P%d", i);
        tell(joiner, 1033, i * 10, 0, product);
        while (joiner_next(joiner, (uint64_t)i * 10, &event, &install, &again)) {
            assert_int_equal(event.of, 0);
            events++;
            outcomes += 1 + install.further;
        }
    }
    assert_in_range(events, 3 * 9, 3 * 10 + 3);
    while (joiner_next(joiner, UINT64_MAX, &event, &install, &again)) {
        outcomes += 1 + install.further;
    }
    assert_int_equal(outcomes, 60000); /* counted, if not told one by one */
    assert_true(joiner_dropped(joiner) > 0);
}

static void a_restart_is_remembered_and_told_with_its_product(void **state)
{
    struct joiner *joiner = *state;
    struct event event;
    struct install install;
    struct install_record reboot = make_restart(1500, "Example");
    assert_int_equal(joiner_reboot(joiner), REBOOT_UNKNOWN);
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1033, 1400, 0, "Example");
    assert_int_equal(joiner_reboot(joiner), REBOOT_NONE);
    joiner_record(joiner, &reboot, 1500);
    joiner_record(joiner, &reboot, 1501);
    tell(joiner, 1033, 1600, 0, "Other");
    assert_int_equal(joiner_reboot(joiner), REBOOT_REQUIRED);
    assert_true(joiner_next(joiner, 3000, &event, &install, &again));
    assert_string_equal(install.product, "Example");
    assert_int_equal(install.reboot, REBOOT_REQUIRED);
    must_tell(joiner, 3000, 7, 0, "Other");
    must_be_silent(joiner, 3000);
}

static void a_late_record_that_adds_nothing_is_not_told(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1040, 1000, 100, "");
    tell(joiner, 1033, 2000, 0, "Example");
    tell(joiner, 1042, 2010, 100, "");
    must_tell(joiner, 2310, 7, 100, "Example");
    assert_false(again);
    tell(joiner, 11707, 2350, 0, "");
    assert_int_equal(joiner_due(joiner), UINT64_MAX);
    must_be_silent(joiner, 2700);
    turn(joiner, VERDICT_IDLE, 2750, 8);
    must_be_silent(joiner, UINT64_MAX);
}

static void a_late_record_that_adds_something_is_told_as_more_of_the_same(void **state)
{
    struct joiner *joiner = *state;
    struct event event;
    struct install install;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 11707, 2000, 0, "");
    must_tell(joiner, 2300, 7, 0, "");
    assert_false(again);
    tell(joiner, 1033, 2350, 0, "Example"); /* its product */
    must_tell(joiner, 2650, 7, 0, "Example");
    assert_true(again);
    struct install_record restart = make_restart(2700, "Example");
    joiner_record(joiner, &restart, 2700);
    turn(joiner, VERDICT_IDLE, 2800, 8);
    assert_true(joiner_next(joiner, 2800 + JOINER_LATE_MS, &event, &install, &again));
    assert_true(again);
    assert_int_equal(install.reboot, REBOOT_REQUIRED);
    assert_int_equal(install.further, 0);
    restart = make_restart(2710, "Example");
    joiner_record(joiner, &restart, 6000);
    must_be_silent(joiner, UINT64_MAX);
}

static void what_added_nothing_to_one_outcome_may_be_of_the_next(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1040, 1000, 100, "");
    tell(joiner, 1040, 1010, 101, "");
    tell(joiner, 1033, 1378, 0, "First");
    tell(joiner, 1042, 1379, 100, "");
    must_tell(joiner, 1680, 7, 100, "First");
    tell(joiner, 11707, 1700, 0, ""); /* of the second one, of whose end nothing is known yet */
    must_be_silent(joiner, 1705);
    tell(joiner, 1042, 1710, 101, "");
    tell(joiner, 1033, 1720, 0, "Second");
    must_tell(joiner, 2030, 7, 101, "Second");
    assert_false(again);
    turn(joiner, VERDICT_IDLE, 2100, 8);
    must_be_silent(joiner, UINT64_MAX);
}

static void who_asked_for_it_is_told_when_it_is_known(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1040, 1000, 100, "");
    tell(joiner, 1033, 2000, 0, "Example"); /* another client may yet end before this one */
    must_tell(joiner, 2300, 7, 0, "Example");
    tell(joiner, 1042, 2900, 100, "");
    must_tell(joiner, 3200, 7, 100, "Example");
    assert_true(again);
    turn(joiner, VERDICT_IDLE, 3200, 8);
    must_be_silent(joiner, UINT64_MAX);
}

static void who_asked_for_two_is_told_with_each(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1040, 1000, 100, "");
    tell(joiner, 1033, 2000, 0, "First");
    must_tell(joiner, 2300, 7, 0, "First");
    tell_late(joiner, 1990, "Second", 2400); /* written before the first */
    struct install_record end = make_record(1042, 2010, 100, "");
    joiner_record(joiner, &end, 2400);
    turn(joiner, VERDICT_IDLE, 2450, 8);
    must_tell(joiner, 2700, 7, 100, "Second");
    assert_false(again);
    must_tell(joiner, 6000, 7, 100, "First");
    assert_true(again);
    must_be_silent(joiner, UINT64_MAX);
}

static void an_outcome_that_comes_after_its_period_was_told_of_is_more_of_the_same(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1040, 1010, 100, "");
    turn(joiner, VERDICT_IDLE, 2000, 8);
    must_tell(joiner, 5000, 7, 100, "");
    assert_false(again);
    struct install_record late = make_record(1042, 1990, 100, "");
    joiner_record(joiner, &late, 5100);
    must_be_silent(joiner, 5500);
    late = make_record(1033, 1980, 0, "Example");
    joiner_record(joiner, &late, 5500);
    late = make_record(1033, 1985, 0, "Other");
    joiner_record(joiner, &late, 5500);
    must_tell(joiner, 5800, 7, 100, "Example");
    assert_true(again);
    must_tell(joiner, 5800, 7, 100, "Other");
    assert_false(again);
}

static void outcomes_of_clients_that_were_told_of_are_not_counted_again_in_the_last_event(
    void **state)
{
    struct joiner *joiner = *state;
    struct event event;
    struct install install;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1040, 1000, 100, "");
    tell(joiner, 1042, 1300, 100, "");
    tell(joiner, 1040, 1400, 101, "");
    tell(joiner, 1042, 1900, 101, "");
    turn(joiner, VERDICT_IDLE, 2000, 8);
    assert_int_equal(operations_until(joiner, 5000), 2);
    tell_late(joiner, 1290, "First", 5500);
    tell_late(joiner, 1885, "Second", 5500);
    tell_late(joiner, 1890, "Third", 5500); /* two of one transaction, which was counted once */
    assert_true(joiner_next(joiner, 5900, &event, &install, &again));
    assert_true(again);
    assert_int_equal(install.further, 1);
    assert_int_equal(operations_until(joiner, UINT64_MAX), 0);
}

static void the_outcome_of_one_that_the_last_event_did_not_count_is_counted(void **state)
{
    struct joiner *joiner = *state;
    char product[16];
    turn(joiner, VERDICT_BUSY, 1000, 7);
    for (uint32_t i = 0; i < 4; i++) {
        int64_t at_ms = 1000 + 200 * (int64_t)i;
        snprintf(product, sizeof product, "P%u", i);
        tell(joiner, 1040, at_ms, 100 + i, "");
        tell(joiner, 1042, at_ms + 150, 100 + i, "");
        if (i < 3) {
            tell(joiner, 1033, at_ms + 140, 0, product);
        }
    }
    turn(joiner, VERDICT_IDLE, 2000, 8);
    assert_int_equal(operations_until(joiner, 5000), 3);
    tell_late(joiner, 1740, "P3", 5500);
    assert_int_equal(operations_until(joiner, UINT64_MAX), 1);
}

static void the_same_product_twice_is_two_outcomes(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 11707, 1998, 0, "");
    tell(joiner, 1033, 2000, 0, "Example");
    tell(joiner, 11707, 2098, 0, "");
    tell(joiner, 1033, 2100, 0, "Example");
    must_tell(joiner, 3000, 7, 0, "Example");
    assert_false(again);
    must_tell(joiner, 3000, 7, 0, "Example");
    assert_false(again);
    turn(joiner, VERDICT_IDLE, 3000, 8);
    must_be_silent(joiner, UINT64_MAX);
}

static void a_text_goes_with_the_outcome_that_is_nearest_to_it(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1040, 1000, 100, "");
    tell(joiner, 1040, 1400, 101, "");
    tell(joiner, 11707, 1500, 0, ""); /* of the first one, the rest of which is late */
    tell(joiner, 11707, 2000, 0, "");
    tell(joiner, 1033, 2002, 0, "Second");
    tell(joiner, 1042, 2010, 101, "");
    assert_int_equal(operations_until(joiner, 2310), 2);
    struct install_record end = make_record(1042, 1510, 100, "");
    joiner_record(joiner, &end, 2400);
    tell_late(joiner, 1502, "First", 2400);
    turn(joiner, VERDICT_IDLE, 2500, 8);
    must_tell(joiner, 5500, 7, 100, "First");
    assert_true(again);
    must_be_silent(joiner, UINT64_MAX);
}

static void a_late_text_is_not_of_an_outcome_that_was_told_with_another(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 1000, 7);
    tell(joiner, 1033, 2000, 0, "Example");
    tell(joiner, 11707, 2010, 0, "");
    must_tell(joiner, 2400, 7, 0, "Example");
    struct install_record text = make_record(11707, 1995, 0, ""); /* nearer */
    joiner_record(joiner, &text, 2500);
    must_tell(joiner, 2800, 7, 0, "");
    assert_false(again);
    turn(joiner, VERDICT_IDLE, 2900, 8);
    must_be_silent(joiner, UINT64_MAX);
}

static void a_clock_that_is_set_back_joins_nothing_wrongly(void **state)
{
    struct joiner *joiner = *state;
    turn(joiner, VERDICT_BUSY, 500000, 7);
    turn(joiner, VERDICT_IDLE, 501000, 8);
    turn(joiner, VERDICT_BUSY, 1000, 9); /* set back */
    tell(joiner, 1042, 1500, 100, "");
    tell(joiner, 1033, 1490, 0, "Example");
    turn(joiner, VERDICT_IDLE, 2000, 10);
    must_tell(joiner, 600000, 9, 100, "Example");
}

int joiner_tests(void)
{
#define JOINED(test) cmocka_unit_test_setup_teardown(test, enter, leave)
    static const struct CMUnitTest tests[] = {
        JOINED(an_installation_is_told_of_once_it_is_over),
        JOINED(who_was_installing_is_told_without_an_outcome),
        JOINED(a_period_has_three_events_and_the_last_one_stands_for_all),
        JOINED(a_flood_that_comes_when_its_period_has_no_event_left_is_counted),
        cmocka_unit_test(of_two_records_of_an_outcome_none_is_lost_when_room_is_made),
        JOINED(what_had_to_make_room_is_counted_though_nothing_else_comes),
        JOINED(a_flood_that_belongs_to_no_period_makes_three_events_a_minute),
        JOINED(a_restart_is_remembered_and_told_with_its_product),
        JOINED(a_late_record_that_adds_nothing_is_not_told),
        JOINED(a_late_record_that_adds_something_is_told_as_more_of_the_same),
        JOINED(what_added_nothing_to_one_outcome_may_be_of_the_next),
        JOINED(who_asked_for_it_is_told_when_it_is_known),
        JOINED(who_asked_for_two_is_told_with_each),
        JOINED(an_outcome_that_comes_after_its_period_was_told_of_is_more_of_the_same),
        JOINED(outcomes_of_clients_that_were_told_of_are_not_counted_again_in_the_last_event),
        JOINED(the_outcome_of_one_that_the_last_event_did_not_count_is_counted),
        JOINED(the_same_product_twice_is_two_outcomes),
        JOINED(a_text_goes_with_the_outcome_that_is_nearest_to_it),
        JOINED(a_late_text_is_not_of_an_outcome_that_was_told_with_another),
        JOINED(a_clock_that_is_set_back_joins_nothing_wrongly),
    };
    return cmocka_run_group_tests_name("joiner", tests, NULL, NULL);
}
