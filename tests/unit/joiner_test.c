/* joiner_test.c: what the event log tells is joined to the right busy period or to none, whatever
 * order it comes in, and no outcome is lost.
 */
#include "unit.h"

#include "decide/decider.h"
#include "decide/joiner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool again; /* what was told last had been told of before */

#define WALL 1000000 /* the wall clock at mono 0 */

/* ---- one at a time ---- */

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

static struct install_record make(unsigned id, int64_t at_ms, uint32_t pid, const char *product)
{
    static uint64_t fingerprint;
    fingerprint++;
    struct install_record record = {.id = id, .at_ms = WALL + at_ms, .fingerprint = fingerprint};
    struct install *install = &record.install;
    bool begin = id == 1040, end = id == 1042;
    record.kind = begin ? RECORD_BEGIN : end ? RECORD_END : RECORD_OUTCOME;
    if (begin || end) {
        install->client_pid = pid;
        install->started_known = begin;
        install->started_ms = record.at_ms;
        snprintf(install->package, sizeof install->package, "C:\\%u.msi", pid);
        return record;
    }
    install->action = ACTION_INSTALL;
    install->result = id == 11708 ? RESULT_FAILURE : RESULT_SUCCESS;
    if (id == 1033) {
        snprintf(install->product, sizeof install->product, "%s", product);
        install->status_known = true;
        install->reboot = REBOOT_NONE;
    }
    return record;
}

static struct install_record make_restart(int64_t at_ms, const char *product)
{
    struct install_record record = make(1029, at_ms, 0, product);
    record.kind = RECORD_REBOOT;
    record.install = (struct install){.reboot = REBOOT_REQUIRED};
    snprintf(record.install.product, sizeof record.install.product, "%s", product);
    return record;
}

static void tell(struct joiner *joiner, unsigned id, int64_t at_ms, uint32_t pid,
                 const char *product)
{
    struct install_record record = make(id, at_ms, pid, product);
    joiner_record(joiner, &record, (uint64_t)at_ms);
}

static void tell_late(struct joiner *joiner, int64_t at_ms, const char *product, uint64_t mono_ms)
{
    struct install_record late = make(1033, at_ms, 0, product);
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
        struct install_record record = make(1033, 1100 + i * 100, 0, product);
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
        struct install_record record = make(1033, 1500, 0, product);
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
    struct install_record end = make(1042, 2010, 100, "");
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
    struct install_record late = make(1042, 1990, 100, "");
    joiner_record(joiner, &late, 5100);
    must_be_silent(joiner, 5500);
    late = make(1033, 1980, 0, "Example");
    joiner_record(joiner, &late, 5500);
    late = make(1033, 1985, 0, "Other");
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
    struct install_record end = make(1042, 1510, 100, "");
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
    struct install_record text = make(11707, 1995, 0, ""); /* nearer */
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

/* ---- any order ---- */

enum { MOST_INSTALLS = 4, MOST_THINGS = 400, MOST_EVENTS = 64, SAMPLE_MS = 20 };
enum { MOST_LEAD_MS = 400, MOST_LAG_MS = 800 }; /* of msiserver, around an installation */

/* One thing that happens to the joiner. */
struct thing {
    int64_t at_ms;
    bool is_record;
    struct install_record record;
    enum verdict_state to;
    uint64_t place;
};

/* A world: what really happened, what was seen of it, and what was told. */
struct world {
    uint64_t seed;
    unsigned installs;
    int64_t begin[MOST_INSTALLS], end[MOST_INSTALLS];
    int64_t lead[MOST_INSTALLS], lag[MOST_INSTALLS];
    uint64_t place[MOST_INSTALLS]; /* the period it was seen in; 0: it was not */
    unsigned status[MOST_INSTALLS];
    bool outcome_given[MOST_INSTALLS], complete;
    struct thing *things;
    size_t count;
    unsigned joined, joinable;
};

static int pick(struct world *world, int below)
{
    uint64_t z = world->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ z >> 31) % (uint64_t)below);
}

static struct thing *add(struct world *world, int64_t at_ms)
{
    assert_true(world->count < MOST_THINGS);
    struct thing *thing = &world->things[world->count++];
    memset(thing, 0, sizeof *thing);
    thing->at_ms = at_ms;
    return thing;
}

/* It was written at that time; it comes a little later, or much, or twice, or never. */
static bool give(struct world *world, struct install_record record)
{
    int64_t written_ms = record.at_ms - WALL;
    if (!world->complete && pick(world, 4) == 0) {
        return false;
    }
    int64_t late = pick(world, 30);
    late += !world->complete && pick(world, 4) == 0 ? pick(world, 1000) : 0;
    for (int times = pick(world, 5) == 0 ? 2 : 1; times > 0; times--) {
        struct thing *thing = add(world, written_ms + late);
        thing->is_record = true;
        thing->record = record;
        late += pick(world, 100);
    }
    return true;
}

static void make_records(struct world *world, unsigned i)
{
    char product[16];
    uint32_t pid = 100 + i;
    int64_t end = world->end[i], begin = world->begin[i];
    int64_t waited = pick(world, 2) == 0 ? pick(world, 20) : pick(world, 3000);
    snprintf(product, sizeof product, "P%u", i);
    give(world, make(1040, begin - waited, pid, ""));
    give(world, make(1042, end - 15 + pick(world, 75), pid, ""));
    struct install_record outcome = make(1033, end - 40 + pick(world, 70), 0, product);
    outcome.install.status = world->status[i];
    outcome.install.result = world->status[i] == 1603 ? RESULT_FAILURE : RESULT_SUCCESS;
    outcome.install.reboot = world->status[i] == 3010 ? REBOOT_REQUIRED : REBOOT_NONE;
    world->outcome_given[i] = give(world, outcome);
    struct install_record text = make(world->status[i] == 1603 ? 11708 : 11707,
                                      outcome.at_ms - WALL, 0, "");
    if (world->complete && pick(world, 2) == 0) {
        give(world, text);
    }
}

/* What runs at that time; MOST_INSTALLS: nothing. */
static unsigned running(const struct world *world, int64_t at_ms)
{
    for (unsigned i = 0; i < world->installs; i++) {
        if (at_ms >= world->begin[i] && at_ms < world->end[i]) {
            return i;
        }
    }
    return MOST_INSTALLS;
}

/* msiserver says busy from before an installation has the mutex until after it. */
static bool service_says_busy(const struct world *world, int64_t at_ms)
{
    for (unsigned i = 0; i < world->installs; i++) {
        if (at_ms >= world->begin[i] - world->lead[i] && at_ms < world->end[i] + world->lag[i]) {
            return true;
        }
    }
    return false;
}

static struct observation observe(const struct world *world, int64_t at_ms, bool owner_known)
{
    struct observation seen = {.mono_ms = (uint64_t)(10000 + at_ms), .wall_ms = WALL + at_ms};
    unsigned now = running(world, at_ms);
    seen.mutex.state = now != MOST_INSTALLS ? MUTEX_HELD : MUTEX_FREE;
    seen.mutex.owner_known = owner_known && now != MOST_INSTALLS;
    seen.mutex.owner_pid = seen.mutex.owner_known ? 4000 : 0;
    seen.mutex.owner_tid = seen.mutex.owner_known ? 1 + now : 0;
    seen.msiserver.state = MSISERVER_RUNNING;
    seen.msiserver.controls = MSISERVER_ACCEPT_SHUTDOWN;
    seen.msiserver.controls |= service_says_busy(world, at_ms) ? 0u : 1u; /* STOP, too */
    return seen;
}

/* Looks every 20 ms, and decides as the service does: by the mutex alone, or by msiserver, too. */
static void look(struct world *world)
{
    bool owner_known = pick(world, 2) == 0;
    enum signals signals = pick(world, 2) == 0 ? SIGNALS_MUTEX : SIGNALS_MUTEX_MSISERVER;
    struct decider decider;
    struct event transition;
    uint64_t place = 10;
    int64_t last = world->end[world->installs - 1] + MOST_LAG_MS + 2 * SAMPLE_MS;
    assert_int_equal(decider_init(&decider, signals, 240, true, 0, 0), 0);
    for (int64_t at = -5000 + pick(world, SAMPLE_MS); at < last; at += SAMPLE_MS) {
        struct observation seen = observe(world, at, owner_known);
        if (decider_look(&decider, &seen, &transition)) {
            struct thing *thing = add(world, at);
            thing->to = transition.to;
            thing->place = ++place;
        }
        if (seen.mutex.state == MUTEX_HELD) {
            world->place[running(world, at)] = place;
        }
    }
    decider_release(&decider);
}

static void add_transition(struct world *world, int64_t at_ms, enum verdict_state to)
{
    struct thing *thing = add(world, at_ms);
    thing->to = to;
    thing->place = 1 + world->count;
}

static int by_time(const void *a, const void *b)
{
    const struct thing *one = a, *other = b;
    return (one->at_ms > other->at_ms) - (one->at_ms < other->at_ms);
}

static void make_world(struct world *world)
{
    static const unsigned statuses[] = {0, 1603, 3010};
    world->installs = 1 + (unsigned)pick(world, MOST_INSTALLS);
    world->complete = pick(world, 3) == 0;
    int64_t at = 0;
    for (unsigned i = 0; i < world->installs; i++) {
        at += pick(world, 2) == 0 ? pick(world, 51) : 100 + pick(world, 8000);
        world->begin[i] = at;
        at += 2 * JOINER_NEAR_MS + pick(world, pick(world, 2) == 0 ? 400 : 3000);
        world->end[i] = at;
        world->lead[i] = pick(world, MOST_LEAD_MS + 1);
        world->lag[i] = pick(world, MOST_LAG_MS + 1);
        world->status[i] = statuses[pick(world, 3)];
        make_records(world, i);
    }
    look(world);
    for (size_t i = 0; i < world->count; i++) {
        world->things[i].at_ms += 10000; /* monotonic time begins at 0 */
    }
    qsort(world->things, world->count, sizeof world->things[0], by_time);
}

struct told {
    struct event event;
    struct install install;
    bool again;
};

static size_t play(struct world *world, struct told told[MOST_EVENTS])
{
    struct joiner *joiner;
    size_t count = 0, next = 0;
    assert_int_equal(joiner_new(&joiner), 0);
    int64_t last = world->things[world->count - 1].at_ms;
    for (int64_t at = 0; at <= last + 700000; at += at < last + 5000 ? 10 : 1000) {
        for (; next < world->count && world->things[next].at_ms <= at; next++) {
            const struct thing *thing = &world->things[next];
            struct event event = {.at_ms = WALL - 10000 + thing->at_ms, .to = thing->to};
            if (thing->is_record) {
                joiner_record(joiner, &thing->record, (uint64_t)at);
            } else {
                joiner_transition(joiner, &event, thing->place, (uint64_t)at);
            }
        }
        while (joiner_due(joiner) <= (uint64_t)at) {
            assert_true(count < MOST_EVENTS);
            if (!joiner_next(joiner, (uint64_t)at, &told[count].event, &told[count].install,
                             &told[count].again)) {
                break;
            }
            count++;
        }
        assert_true(joiner_due(joiner) > (uint64_t)at); /* it is not asked in vain */
    }
    assert_int_equal(joiner_due(joiner), UINT64_MAX); /* nothing is left */
    assert_int_equal(joiner_dropped(joiner), 0);
    joiner_free(joiner);
    return count;
}

static void judge(struct world *world, const struct told *told, size_t count, unsigned run)
{
    unsigned further = 0, missing = 0, outcomes = 0;
    bool failure_told = false;
    for (size_t n = 0; n < count; n++) {
        const struct install *install = &told[n].install;
        uint64_t of = told[n].event.of;
        unsigned events = 0, i;
        for (size_t m = 0; m < count; m++) {
            events += of != 0 && told[m].event.of == of;
        }
        must(events <= JOINER_EVENTS, "run %u: %u events of a period", run, events);
        further += install->further;
        outcomes += install->further + (!told[n].again && install->result != RESULT_UNKNOWN);
        failure_told = failure_told || install->result == RESULT_FAILURE;
        if (of != 0 && install->client_pid != 0) {
            i = install->client_pid - 100;
            must(i < world->installs && world->place[i] == of,
                 "run %u: client %u is put into period %u, and was in %u", run, install->client_pid,
                 (unsigned)of, (unsigned)world->place[i]);
        }
        if (of != 0 && install->product[0] != '\0') {
            i = (unsigned)(install->product[1] - '0');
            must(world->place[i] == of, "run %u: %s is put into period %u, and was in %u", run,
                 install->product, (unsigned)of, (unsigned)world->place[i]);
        }
    }
    for (unsigned i = 0; i < world->installs; i++) {
        bool found = false, joined = false;
        for (size_t n = 0; n < count; n++) {
            const struct install *install = &told[n].install;
            bool this_one = install->product[0] != '\0' &&
                            (unsigned)(install->product[1] - '0') == i;
            found = found || (this_one && install->status == world->status[i]);
            joined = joined || (this_one && install->client_pid == 100 + i &&
                                told[n].event.of == world->place[i]);
        }
        missing += world->outcome_given[i] && !found;
        must(!world->outcome_given[i] || found || world->status[i] != 1603 || failure_told,
             "run %u: a failure is lost", run);
        if (world->complete && world->place[i] != 0) {
            world->joinable++;
            world->joined += joined;
        }
    }
    must(!world->complete || outcomes == world->installs, "run %u: %u outcomes are told of, of %u",
         run, outcomes, world->installs);
    must(missing <= further, "run %u: %u outcomes are lost, and %u told of", run, missing, further);
}

static void whatever_comes_in_whatever_order_nothing_is_put_wrongly_or_lost(void **state)
{
    static struct told told[MOST_EVENTS];
    unsigned runs = getenv("MSIWATCH_TEST_LONG") != NULL ? 200000 : 2000;
    unsigned joined = 0, joinable = 0;
    struct thing *things = calloc(MOST_THINGS, sizeof *things);
    (void)state;
    assert_non_null(things);
    for (unsigned run = 0; run < runs; run++) {
        struct world world = {.seed = run, .things = things};
        make_world(&world);
        judge(&world, told, play(&world, told), run);
        joined += world.joined;
        joinable += world.joinable;
    }
    free(things);
    print_message("%u of %u installations of which all is known are joined, in %u runs\n", joined,
                  joinable, runs);
    must(joined >= joinable / 100 * 95, "only %u of %u are joined", joined, joinable);
}

/* One after the other, seen as one busy period, as one each, or not at all; each record comes, if
 * up to 2.9 s late, and with texts or without. */
static void make_late_world(struct world *world)
{
    enum { ONE, EACH, NOT_SEEN } seen = (unsigned)pick(world, 3);
    int latest = pick(world, 2) == 0 ? 600 : 2900;
    bool texts = pick(world, 2) == 0;
    int64_t at = 10000;
    world->installs = 1 + (unsigned)pick(world, MOST_INSTALLS);
    for (unsigned i = 0; i < world->installs; i++) {
        char product[16];
        int64_t end = at + 300 + pick(world, 1500);
        snprintf(product, sizeof product, "P%u", i);
        struct install_record records[] = {
            make(1040, at + 5, 100 + i, ""), make(1042, end - 5, 100 + i, ""),
            make(1033, end - 12, 0, product), make(11707, end - 14, 0, "")};
        for (size_t n = 0; n < COUNT(records) - !texts; n++) {
            int late = pick(world, pick(world, 3) != 0 ? 20 : latest);
            struct thing *thing = add(world, records[n].at_ms - WALL + late);
            thing->is_record = true;
            thing->record = records[n];
            thing->record.at_ms -= 10000; /* as play has it */
        }
        if (seen == EACH || (seen == ONE && i == 0)) {
            add_transition(world, at - 10, VERDICT_BUSY);
        }
        if (seen == EACH || (seen == ONE && i + 1 == world->installs)) {
            add_transition(world, end, VERDICT_IDLE);
        }
        at = end + 11 + pick(world, pick(world, 2) == 0 ? 50 : 3000);
    }
    qsort(world->things, world->count, sizeof world->things[0], by_time);
}

static void however_late_its_records_come_an_installation_is_counted_once(void **state)
{
    static struct told told[MOST_EVENTS];
    static struct thing things[MOST_THINGS];
    unsigned runs = getenv("MSIWATCH_TEST_LONG") != NULL ? 200000 : 500;
    unsigned twice = 0;
    (void)state;
    for (unsigned run = 0; run < runs; run++) {
        struct world world = {.seed = run, .things = things};
        unsigned operations = 0;
        make_late_world(&world);
        size_t count = play(&world, told);
        for (size_t i = 0; i < count; i++) {
            operations += !told[i].again + told[i].install.further;
        }
        must(operations >= world.installs, "run %u: %u installations are counted, of %u", run,
             operations, world.installs);
        twice += operations > world.installs;
    }
    /* A text that was told of with another's coded record stays there, and leaves its own behind.
     */
    must(twice <= runs / 10000, "in %u of %u runs one is counted twice", twice, runs);
    print_message("in %u of %u runs an installation is counted twice\n", twice, runs);
}

/* ---- many ---- */

enum { MOST_OUTCOMES = 2000 };

/* A flood: what was given, and what was told of it. */
struct flood {
    struct world dice; /* its seed */
    struct joiner *joiner;
    int64_t mono_ms, set_by_ms; /* the wall clock was set by so much */
    bool busy, others, texts;
    uint64_t place;
    unsigned given, told, further, operations;
    bool was_told[MOST_OUTCOMES];
};

/* What is no outcome. */
static void pour_other(struct flood *flood)
{
    uint32_t pid = 1 + (uint32_t)pick(&flood->dice, 5);
    int64_t at_ms = flood->mono_ms + flood->set_by_ms - pick(&flood->dice, 2000);
    char product[16];
    snprintf(product, sizeof product, "%d", pick(&flood->dice, (int)flood->given + 1));
    struct install_record record = pick(&flood->dice, 5) == 0
                                       ? make_restart(at_ms, product)
                                       : make(1040 + 2 * (unsigned)pick(&flood->dice, 2), at_ms,
                                              pid, "");
    joiner_record(flood->joiner, &record, (uint64_t)flood->mono_ms);
}

/* Somewhat late, and each of another product. */
static void pour(struct flood *flood, int outcomes)
{
    if (flood->others && pick(&flood->dice, 2) == 0) {
        pour_other(flood);
    }
    for (; outcomes > 0 && flood->given < MOST_OUTCOMES; outcomes--, flood->given++) {
        char product[16];
        int late = pick(&flood->dice, pick(&flood->dice, 4) == 0 ? 4000 : 200);
        snprintf(product, sizeof product, "%u", flood->given);
        struct install_record record = make(1033, flood->mono_ms + flood->set_by_ms - late, 0,
                                            product);
        joiner_record(flood->joiner, &record, (uint64_t)flood->mono_ms);
        if (flood->texts && pick(&flood->dice, 2) == 0) {
            record = make(11707, record.at_ms - WALL - 2, 0, "");
            joiner_record(flood->joiner, &record, (uint64_t)flood->mono_ms);
        }
    }
}

static void turn_over(struct flood *flood)
{
    if (pick(&flood->dice, 10) == 0) {
        flood->set_by_ms -= pick(&flood->dice, 100000);
    }
    flood->busy = !flood->busy || pick(&flood->dice, 8) == 0;
    struct event event = {.at_ms = WALL + flood->mono_ms + flood->set_by_ms,
                          .to = flood->busy ? VERDICT_BUSY : VERDICT_IDLE};
    joiner_transition(flood->joiner, &event, ++flood->place, (uint64_t)flood->mono_ms);
}

static void collect(struct flood *flood, uint64_t mono_ms, unsigned events_of[])
{
    struct event event;
    struct install install;
    while (joiner_next(flood->joiner, mono_ms, &event, &install, &again)) {
        events_of[event.of]++;
        flood->further += install.further;
        flood->operations += !again + install.further;
        if (!install.status_known) { /* it stands for those that had to make room, if for any */
            bool is_other = install.client_pid != 0 || install.reboot != REBOOT_UNKNOWN;
            flood->told += !is_other;
            continue;
        }
        unsigned product = (unsigned)strtoul(install.product, NULL, 10);
        must(again || flood->texts || !flood->was_told[product], "%u is told twice", product);
        flood->told += !again;
        flood->was_told[product] = true;
    }
    assert_true(mono_ms == UINT64_MAX || joiner_due(flood->joiner) > mono_ms);
}

static void pass(struct flood *flood)
{
    static const int longest[] = {1, 50, 500, 5000, 70000};
    flood->mono_ms += pick(&flood->dice, longest[pick(&flood->dice, 5)]);
}

static void however_many_come_each_outcome_is_told_or_counted(void **state)
{
    unsigned runs = getenv("MSIWATCH_TEST_LONG") != NULL ? 5000 : 50;
    uint64_t dropped = 0;
    (void)state;
    for (unsigned run = 0; run < runs; run++) {
        unsigned events_of[512] = {0};
        struct flood flood = {.dice = {.seed = run},
                              .mono_ms = 1000000,
                              .others = run % 2 != 0,
                              .texts = run % 4 >= 2};
        assert_int_equal(joiner_new(&flood.joiner), 0);
        int often = 1 + pick(&flood.dice, 8), most = 1 + pick(&flood.dice, 200);
        for (int step = 0; step < 400; step++) {
            pass(&flood);
            switch (pick(&flood.dice, 3)) {
            case 0:
                pour(&flood, pick(&flood.dice, 4) == 0 ? pick(&flood.dice, most) : 1);
                break;
            case 1:
                turn_over(&flood);
                break;
            default:
                if (pick(&flood.dice, often) == 0) {
                    collect(&flood, (uint64_t)flood.mono_ms, events_of);
                }
            }
        }
        collect(&flood, UINT64_MAX, events_of);
        unsigned known = flood.told + flood.further;
        must(known == flood.given || flood.texts || (flood.others && known < flood.given),
             "run %u: of %u outcomes %u are told and %u counted", run, flood.given, flood.told,
             flood.further);
        /* One that was told of without its outcome is told again with it, and counts once. */
        must(flood.operations >= flood.given, "run %u: %u operations, %u outcomes", run,
             flood.operations, flood.given);
        /* A text may outlive its coded record, which made room; that is rare. */
        must(flood.others || flood.operations <= flood.given + 2,
             "run %u: %u operations, %u outcomes", run, flood.operations, flood.given);
        for (uint64_t of = 1; of <= flood.place; of++) {
            must(events_of[of] <= JOINER_EVENTS, "run %u: %u events of a period", run,
                 events_of[of]);
        }
        assert_int_equal(joiner_due(flood.joiner), UINT64_MAX);
        dropped += joiner_dropped(flood.joiner);
        joiner_free(flood.joiner);
    }
    assert_true(dropped > runs); /* room was made, too */
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
        cmocka_unit_test(whatever_comes_in_whatever_order_nothing_is_put_wrongly_or_lost),
        cmocka_unit_test(however_late_its_records_come_an_installation_is_counted_once),
        cmocka_unit_test(however_many_come_each_outcome_is_told_or_counted),
    };
    return cmocka_run_group_tests_name("joiner", tests, NULL, NULL);
}
