/* turns_test.c: the queue's rules, one by one, with the product's own times. The clock is a number;
 * tests/turns tries everything that can happen in a small model. */
#include "unit.h"

#include "decide/turns.h"
#include "decide/turns_order.h"

#include <stdio.h>
#include <string.h>

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define START (UINT64_C(1000) * MINUTE)
#define ROOT "" /* administrators */

struct line {
    struct turns turns;
    uint64_t now;
    enum verdict_state verdict;
    uint64_t since;
    struct turn_news news;
};

static int begin(void **state)
{
    static struct line line;
    struct turns_limits limits = turns_limits_default();
    memset(&line, 0, sizeof line);
    line.now = START;
    line.verdict = VERDICT_IDLE;
    line.since = START - MINUTE;
    *state = &line;
    turns_init(&line.turns, &limits, START - 10 * MINUTE);
    turns_look(&line.turns, VERDICT_IDLE, line.since, line.now);
    return 0;
}

static int end(void **state)
{
    struct line *line = *state;
    turns_release(&line->turns);
    return 0;
}

#define IN_LINE(test) cmocka_unit_test_setup_teardown(test, begin, end)

static struct turn_wish wish_of(const char *user)
{
    struct turn_wish wish = {.administrator = user[0] == '\0'};
    wish.user_size = (uint8_t)strlen(user);
    memcpy(wish.user, user, wish.user_size);
    return wish;
}

static uint64_t ask(struct line *line, const struct turn_wish *wish)
{
    uint64_t number = 0;
    assert_int_equal(turns_acquire(&line->turns, wish, line->now, &number), TURN_WAITS);
    return number;
}

static uint64_t ask_as(struct line *line, const char *user)
{
    struct turn_wish wish = wish_of(user);
    return ask(line, &wish);
}

static uint64_t ask_background(struct line *line, const char *user)
{
    struct turn_wish wish = wish_of(user);
    wish.background = true;
    return ask(line, &wish);
}

static void look(struct line *line, enum verdict_state verdict)
{
    if (verdict != line->verdict) {
        line->verdict = verdict;
        line->since = line->now;
    }
    turns_look(&line->turns, verdict, line->since, line->now);
}

static enum turn_step next(struct line *line)
{
    line->news = turns_next(&line->turns, line->now);
    return line->news.step;
}

static void must_be_nothing(struct line *line)
{
    enum turn_step step = next(line);
    must(step == TURN_NOTHING, "step %d of turn %d at +%d ms", (int)step,
         (int)line->news.turn.number, (int)(line->now - START));
}

static void must_be(struct line *line, enum turn_step step, uint64_t number)
{
    enum turn_step got = next(line);
    must(got == step && line->news.turn.number == number,
         "step %d of turn %d instead of %d of %d at +%d ms", (int)got, (int)line->news.turn.number,
         (int)step, (int)number, (int)(line->now - START));
}

/* Takes a sample, which must grant this turn. */
static void must_grant(struct line *line, uint64_t number)
{
    look(line, line->verdict);
    must_be(line, TURN_GRANTED, number);
    must_be_nothing(line);
}

static void release(struct line *line)
{
    assert_true(line->turns.out);
    assert_true(turns_end(&line->turns, line->turns.holder.number, line->now));
}

/* Time passes, with samples; nothing may happen. */
static void pass(struct line *line, uint64_t ms)
{
    for (uint64_t end_ms = line->now + ms; line->now < end_ms;) {
        line->now += end_ms - line->now < SECOND ? end_ms - line->now : SECOND;
        look(line, line->verdict);
        must_be_nothing(line);
    }
}

/* The next step comes exactly after this time, and turns_due knows that. */
static void must_be_after(struct line *line, uint64_t ms, enum turn_step step, uint64_t number)
{
    uint64_t at = line->now + ms;
    pass(line, ms - 1);
    assert_int_equal(turns_due(&line->turns), at);
    line->now = at;
    look(line, line->verdict);
    must_be(line, step, number);
}

/* ---- rule 1: one at a time, when it is idle ---- */

static void one_is_out_at_a_time(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a"), b = ask_as(line, "b");
    must_grant(line, a);
    pass(line, 10 * SECOND);
    line->now++;
    release(line);
    must_be_nothing(line); /* not before a sample shows that nothing runs */
    assert_true(turns_due(&line->turns) <= line->now);
    must_grant(line, b);
}

static void a_sample_of_before_is_not_believed(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a");
    line->now += 50;
    uint64_t b = ask_as(line, "b");
    line->now += 50;
    turns_look(&line->turns, VERDICT_IDLE, line->since, line->now - 60);
    must_be(line, TURN_GRANTED, a);
    release(line);
    turns_look(&line->turns, VERDICT_IDLE, line->since, line->now - 1);
    must_be_nothing(line);
    must_grant(line, b);
}

static void it_must_have_been_idle_for_the_settle_time(void **state)
{
    struct line *line = *state;
    struct turn_wish wish = wish_of("a");
    wish.settle_ms = 5 * SECOND;
    look(line, VERDICT_BUSY);
    uint64_t a = ask(line, &wish);
    must_be_nothing(line);
    assert_true(turns_due(&line->turns) == UINT64_MAX); /* nothing will change through time alone */
    pass(line, MINUTE);
    look(line, VERDICT_IDLE);
    must_be_nothing(line);
    pass(line, 3 * SECOND);
    look(line, VERDICT_BUSY);
    look(line, VERDICT_IDLE);
    line->since = line->now;
    look(line, VERDICT_IDLE);
    must_be_nothing(line);
    must_be_after(line, 5 * SECOND, TURN_GRANTED, a);
}

static void the_next_one_is_waited_for_while_it_settles(void **state)
{
    struct line *line = *state;
    struct turn_wish wish = wish_of("a");
    wish.settle_ms = 90 * SECOND;
    uint64_t a = ask(line, &wish), b = ask_as(line, "b");
    look(line, VERDICT_IDLE);
    must_be_nothing(line);
    must_be_after(line, 30 * SECOND, TURN_GRANTED, a);
    release(line);
    must_grant(line, b);
}

static void one_that_left_is_not_granted(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a"), b = ask_as(line, "b");
    assert_true(turns_end(&line->turns, a, line->now));
    assert_false(turns_end(&line->turns, a, line->now));
    must_grant(line, b);
    release(line);
    pass(line, 10 * SECOND);
    assert_true(turns_due(&line->turns) == UINT64_MAX);
}

/* ---- rule 2: the order ---- */

static void must_go_in_order(struct line *line, const uint64_t *numbers, size_t count)
{
    const struct turn *foreseen[64];
    assert_int_equal(line->turns.count, count);
    turns_order(&line->turns, line->now, foreseen);
    for (size_t i = 0; i < count; i++) {
        must(foreseen[i]->number == numbers[i], "foreseen at %d: %d, not %d", (int)i,
             (int)foreseen[i]->number, (int)numbers[i]);
    }
    for (size_t i = 0; i < count; i++) {
        look(line, line->verdict);
        must_be(line, TURN_GRANTED, numbers[i]);
        release(line);
    }
}

static void users_take_turns(void **state)
{
    struct line *line = *state;
    uint64_t a1 = ask_as(line, "a"), a2 = ask_as(line, "a"), a3 = ask_as(line, "a");
    uint64_t b1 = ask_as(line, "b"), c1 = ask_as(line, "c"), b2 = ask_as(line, "b");
    must_go_in_order(line, (uint64_t[]){a1, b1, c1, a2, b2, a3}, 6);
    /* who has had no turn for longest goes first, although it comes last */
    uint64_t a4 = ask_as(line, "a"), b3 = ask_as(line, "b"), c2 = ask_as(line, "c");
    must_go_in_order(line, (uint64_t[]){c2, b3, a4}, 3);
}

static void normal_goes_before_background(void **state)
{
    struct line *line = *state;
    uint64_t a1 = ask_background(line, "a"), b1 = ask_as(line, "b"), b2 = ask_as(line, "b");
    uint64_t b3 = ask_background(line, "b");
    must_go_in_order(line, (uint64_t[]){b1, b2, a1, b3}, 4);
}

static void a_class_cuts_none_that_is_out(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_background(line, "a");
    must_grant(line, a);
    ask_as(line, "b");
    pass(line, 20 * SECOND);
}

static void after_a_quarter_of_an_hour_the_class_counts_no_more(void **state)
{
    struct line *line = *state;
    look(line, VERDICT_BUSY);
    uint64_t a1 = ask_background(line, "a"), a2 = ask_background(line, "a");
    pass(line, 15 * MINUTE);
    uint64_t b1 = ask_as(line, "b"), b2 = ask_as(line, "b");
    look(line, VERDICT_IDLE);
    /* it does not help a user to ask twice in a row, either */
    must_go_in_order(line, (uint64_t[]){a1, b1, a2, b2}, 4);
}

static void age_that_comes_while_the_next_one_settles_counts(void **state)
{
    struct line *line = *state;
    look(line, VERDICT_BUSY);
    uint64_t old = ask_background(line, "a");
    pass(line, 15 * MINUTE - 10 * SECOND);
    look(line, VERDICT_IDLE);
    struct turn_wish wish = wish_of("b");
    wish.settle_ms = MINUTE;
    ask(line, &wish);
    must_be_after(line, 10 * SECOND, TURN_GRANTED, old);
}

static void administrators_go_first_but_not_twice_in_a_row(void **state)
{
    struct line *line = *state;
    uint64_t a1 = ask_as(line, "a"), a2 = ask_as(line, "a");
    uint64_t r1 = ask_as(line, ROOT), r2 = ask_background(line, ROOT), r3 = ask_as(line, ROOT);
    uint64_t r4 = ask_as(line, ROOT);
    must_go_in_order(line, (uint64_t[]){r1, a1, r3, a2, r4, r2}, 6);
}

/* ---- rule 3: the lease ---- */

static void alone_it_may_be_idle_for_long(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a");
    must_grant(line, a);
    must_be_after(line, 240 * MINUTE - 30 * SECOND, TURN_EXPIRING, a);
    assert_int_equal(line->news.ends_ms, line->now + 30 * SECOND);
    must_be_after(line, 30 * SECOND, TURN_EXPIRED, a);
}

static void while_others_wait_it_ends_when_idle_for_long(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a");
    must_grant(line, a);
    pass(line, 10 * MINUTE);
    uint64_t b = ask_as(line, "b");
    must_be_after(line, 2 * MINUTE, TURN_EXPIRING, a);
    assert_int_equal(line->news.ends_ms, line->now + 30 * SECOND);
    must_be_after(line, 30 * SECOND, TURN_EXPIRED, a);
    must_be(line, TURN_GRANTED, b); /* the sample that showed it idle is a new one */
}

static void an_administrators_turn_may_be_idle_for_longer(void **state)
{
    struct line *line = *state;
    uint64_t r = ask_as(line, ROOT);
    must_grant(line, r);
    ask_as(line, "b");
    ask_as(line, ROOT);
    must_be_after(line, 10 * MINUTE, TURN_EXPIRING, r);
    must_be_after(line, 30 * SECOND, TURN_EXPIRED, r);
}

static void what_it_installs_keeps_it(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a");
    must_grant(line, a);
    ask_as(line, "b");
    for (int i = 0; i < 3; i++) {
        must_be_after(line, 2 * MINUTE, TURN_EXPIRING, a);
        line->now += 5 * SECOND;
        look(line, VERDICT_BUSY);
        must_be_nothing(line); /* a second is only a break */
        must_be_after(line, SECOND, TURN_KEPT, a);
        pass(line, 5 * MINUTE);
        look(line, VERDICT_IDLE);
        must_be_nothing(line);
    }
}

static void toggling_for_less_than_a_second_does_not_prolong_it(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a"), begun = line->now;
    must_grant(line, a);
    ask_as(line, "b");
    enum turn_step step = TURN_NOTHING;
    while (step != TURN_EXPIRED && line->now < begun + 10 * MINUTE) {
        line->now += 100;
        look(line, (line->now - START) % 2000 < 900 ? VERDICT_BUSY : VERDICT_IDLE);
        step = next(line);
        assert_int_not_equal(step, TURN_KEPT);
    }
    assert_in_range(line->now - begun, 150 * SECOND, 151 * SECOND);
}

static void it_yields_to_an_administrator_when_idle(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a");
    must_grant(line, a);
    pass(line, 30 * MINUTE);
    look(line, VERDICT_BUSY);
    pass(line, 10 * SECOND);
    look(line, VERDICT_IDLE);
    uint64_t r = ask_as(line, ROOT);
    must_be(line, TURN_EXPIRING, a);
    assert_int_equal(line->news.ends_ms, line->now + 30 * SECOND);
    must_be_after(line, 30 * SECOND, TURN_EXPIRED, a);
    must_grant(line, r);
}

static void it_yields_to_an_administrator_after_a_quarter_of_an_hour(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a");
    must_grant(line, a);
    look(line, VERDICT_BUSY);
    uint64_t r = ask_as(line, ROOT);
    must_be_after(line, 15 * MINUTE - 30 * SECOND, TURN_EXPIRING, a);
    must_be_after(line, 30 * SECOND, TURN_EXPIRED, a);
    pass(line, MINUTE); /* what it started continues */
    look(line, VERDICT_IDLE);
    must_be(line, TURN_GRANTED, r);
}

static void after_long_it_still_gets_notice(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a");
    must_grant(line, a);
    look(line, VERDICT_BUSY);
    pass(line, 60 * MINUTE);
    uint64_t r = ask_as(line, ROOT);
    must_be(line, TURN_EXPIRING, a);
    pass(line, 10 * SECOND);
    assert_true(turns_end(&line->turns, r, line->now));
    must_be(line, TURN_KEPT, a);
    ask_as(line, ROOT);
    must_be(line, TURN_EXPIRING, a);
    must_be_after(line, 30 * SECOND, TURN_EXPIRED, a);
}

/* ---- rule 4: unknown ---- */

static void unknown_for_a_minute_they_go_on_blind(void **state)
{
    struct line *line = *state;
    pass(line, MINUTE);
    look(line, VERDICT_UNKNOWN);
    struct turn_wish careful = wish_of("c");
    careful.require_known = true;
    uint64_t a = ask_as(line, "a"), b = ask_as(line, "b"), c = ask(line, &careful);
    uint64_t d = ask_as(line, "d");
    must_be_after(line, MINUTE, TURN_GRANTED, a);
    assert_true(line->news.blind);
    pass(line, 10 * SECOND);
    release(line);
    must_be_after(line, 30 * SECOND, TURN_GRANTED, b);
    release(line);
    must_be_after(line, 30 * SECOND, TURN_UNKNOWN, c);
    must_be(line, TURN_GRANTED, d);
    release(line);
    ask_as(line, "a");
    look(line, VERDICT_IDLE);
    assert_int_equal(next(line), TURN_GRANTED);
    assert_false(line->news.blind);
}

/* ---- rule 5: the hold ---- */

static void a_hold_grants_nothing(void **state)
{
    struct line *line = *state;
    turns_hold(&line->turns, line->now + 10 * MINUTE);
    assert_int_equal(turns_due(&line->turns), line->now + 10 * MINUTE); /* whoever waits */
    uint64_t r = ask_as(line, ROOT), a = ask_as(line, "a");
    must_be_nothing(line);
    must_be_after(line, 10 * MINUTE, TURN_GRANTED, r);
    turns_hold(&line->turns, UINT64_MAX);
    pass(line, 60 * MINUTE); /* the current turn stays, and need not yield to anybody */
    release(line);
    pass(line, MINUTE);
    turns_hold(&line->turns, 0);
    must_be(line, TURN_GRANTED, a);
}

static void an_administrator_may_ignore_it(void **state)
{
    struct line *line = *state;
    struct turn_wish wish = wish_of("a");
    wish.ignore_hold = true;
    turns_hold(&line->turns, UINT64_MAX);
    ask(line, &wish); /* a standard user may not */
    ask_as(line, ROOT);
    look(line, VERDICT_IDLE);
    must_be_nothing(line);
    wish = wish_of(ROOT);
    wish.ignore_hold = true;
    uint64_t r1 = ask(line, &wish), r2 = ask(line, &wish);
    must_grant(line, r1);
    release(line);
    must_grant(line, r2);
}

static void those_that_a_hold_kept_back_end_no_turn_without_notice(void **state)
{
    struct line *line = *state;
    uint64_t a = ask_as(line, "a");
    must_grant(line, a);
    turns_hold(&line->turns, UINT64_MAX);
    ask_as(line, "b");
    ask_as(line, ROOT);
    pass(line, 60 * MINUTE);
    turns_hold(&line->turns, 0);
    must_be(line, TURN_EXPIRING, a);
    must_be_after(line, 30 * SECOND, TURN_EXPIRED, a);
}

/* ---- rule 6: bounds ---- */

static unsigned ask_until_refused(struct line *line, struct turn_wish *wish, uint32_t first_pid,
                                  uint32_t processes, enum turn_refusal refusal)
{
    for (unsigned count = 0;; count++) {
        uint64_t number;
        wish->pid = first_pid + count % processes;
        enum turn_refusal got = turns_acquire(&line->turns, wish, line->now, &number);
        if (got != TURN_WAITS) {
            assert_int_equal(got, refusal);
            return count;
        }
    }
}

static void bounds_of_a_process_a_user_and_all(void **state)
{
    struct line *line = *state;
    struct turn_wish wish = wish_of("a");
    assert_int_equal(ask_until_refused(line, &wish, 1, 1, TURN_OVER_PROCESS), 8);
    assert_int_equal(ask_until_refused(line, &wish, 1, 1, TURN_OVER_PROCESS), 0);
    for (unsigned user = 0; user < 7; user++) {
        char name[8];
        snprintf(name, sizeof name, "u%u", user);
        wish = wish_of(name);
        for (unsigned i = 0; i < 64; i++) {
            uint64_t number;
            wish.pid = 1000 + user * 64 + i;
            assert_int_equal(turns_acquire(&line->turns, &wish, line->now, &number), TURN_WAITS);
        }
        assert_int_equal(ask_until_refused(line, &wish, 9999, 1, TURN_OVER_USER), 0);
    }
    wish = wish_of("last");
    assert_int_equal(ask_until_refused(line, &wish, 10000, 99, TURN_OVER_TOTAL),
                     512 - 32 - 7 * 64 - 8);
    wish = wish_of(ROOT);
    assert_int_equal(ask_until_refused(line, &wish, 1, 1, TURN_OVER_TOTAL), 32);
    assert_int_equal(line->turns.count, 512);
}

static void administrators_do_not_use_up_the_places_of_others(void **state)
{
    struct line *line = *state;
    struct turn_wish wish = wish_of(ROOT);
    for (int i = 0; i < 100; i++) {
        ask(line, &wish);
    }
    struct turn_wish other = wish_of("a");
    assert_int_equal(ask_until_refused(line, &other, 1, 1000, TURN_OVER_USER), 64);
}

static void twenty_an_hour_and_then_behind_all_others(void **state)
{
    struct line *line = *state;
    for (int i = 0; i < 20; i++) {
        assert_true(turns_end(&line->turns, ask_as(line, "a"), line->now));
    }
    uint64_t a = ask_as(line, "a"), b = ask_background(line, "b");
    must_go_in_order(line, (uint64_t[]){b, a}, 2);
    pass(line, 60 * MINUTE);
    a = ask_as(line, "a");
    b = ask_background(line, "b");
    must_go_in_order(line, (uint64_t[]){a, b}, 2);
}

static void users_that_were_are_forgotten(void **state)
{
    struct line *line = *state;
    for (int i = 0; i < 10000; i++) {
        char name[16];
        snprintf(name, sizeof name, "user %d", i);
        assert_true(turns_end(&line->turns, ask_as(line, name), line->now));
    }
    assert_true(line->turns.user_count <= 515);
}

/* The next of many is found without looking at each; sorting all of them looks at each. */
static void of_many_the_first_in_the_order_is_the_next(void **state)
{
    static const char *const users[] = {"", "a", "b", "c", "d"};
    struct line *line = *state;
    const struct turn *order[512];
    uint64_t numbers = 0, asked = 0, random = 1;
    struct turns_limits limits = turns_limits_default();
    limits.user = limits.process = 200;
    turns_set_limits(&line->turns, &limits);
    for (unsigned step = 0; step < 4000; step++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        unsigned die = (unsigned)(random >> 33) % 8, who = (unsigned)(random >> 40) % 5;
        line->now += 500;
        look(line, VERDICT_IDLE);
        if (die < 4 && line->turns.count < 400) {
            struct turn_wish wish = wish_of(users[who]);
            wish.background = (random >> 50 & 1) != 0;
            asked += turns_acquire(&line->turns, &wish, line->now, &numbers) == TURN_WAITS;
        } else if (die == 4 && line->turns.count > 0) { /* one of them leaves */
            turns_end(&line->turns, line->turns.waiting[(random >> 20) % line->turns.count].number,
                      line->now);
        } else if (die == 5 && line->turns.out && line->turns.count > 0) {
            release(line);
            turns_order(&line->turns, line->now, order);
            uint64_t first = order[0]->number;
            must_be(line, TURN_GRANTED, first);
        } else {
            next(line);
        }
        for (size_t i = 1; i < line->turns.count; i++) {
            assert_true(line->turns.waiting[i - 1].number < line->turns.waiting[i].number);
        }
    }
    assert_true(asked > 1000 && line->turns.grants > 100);
}

/* ---- the check ---- */

static void the_check_sees_what_should_have_gone_on(void **state)
{
    struct line *line = *state;
    ask_as(line, "a");
    line->now += SECOND;
    look(line, VERDICT_IDLE);
    assert_false(turns_wedged(&line->turns, line->now));
    line->now += 1;
    look(line, VERDICT_IDLE);
    assert_true(turns_wedged(&line->turns, line->now)); /* nobody called turns_next */
    assert_int_equal(next(line), TURN_GRANTED);
    assert_false(turns_wedged(&line->turns, line->now));
    ask_as(line, "b");
    line->now += 2 * MINUTE + SECOND;
    look(line, VERDICT_IDLE);
    assert_false(turns_wedged(&line->turns, line->now));
    line->now += 1;
    assert_true(turns_wedged(&line->turns, line->now));
}

int turns_tests(void)
{
    static const struct CMUnitTest tests[] = {
        IN_LINE(one_is_out_at_a_time),
        IN_LINE(a_sample_of_before_is_not_believed),
        IN_LINE(it_must_have_been_idle_for_the_settle_time),
        IN_LINE(the_next_one_is_waited_for_while_it_settles),
        IN_LINE(one_that_left_is_not_granted),
        IN_LINE(users_take_turns),
        IN_LINE(normal_goes_before_background),
        IN_LINE(a_class_cuts_none_that_is_out),
        IN_LINE(after_a_quarter_of_an_hour_the_class_counts_no_more),
        IN_LINE(age_that_comes_while_the_next_one_settles_counts),
        IN_LINE(administrators_go_first_but_not_twice_in_a_row),
        IN_LINE(alone_it_may_be_idle_for_long),
        IN_LINE(while_others_wait_it_ends_when_idle_for_long),
        IN_LINE(an_administrators_turn_may_be_idle_for_longer),
        IN_LINE(what_it_installs_keeps_it),
        IN_LINE(toggling_for_less_than_a_second_does_not_prolong_it),
        IN_LINE(it_yields_to_an_administrator_when_idle),
        IN_LINE(it_yields_to_an_administrator_after_a_quarter_of_an_hour),
        IN_LINE(after_long_it_still_gets_notice),
        IN_LINE(unknown_for_a_minute_they_go_on_blind),
        IN_LINE(a_hold_grants_nothing),
        IN_LINE(an_administrator_may_ignore_it),
        IN_LINE(those_that_a_hold_kept_back_end_no_turn_without_notice),
        IN_LINE(bounds_of_a_process_a_user_and_all),
        IN_LINE(administrators_do_not_use_up_the_places_of_others),
        IN_LINE(twenty_an_hour_and_then_behind_all_others),
        IN_LINE(users_that_were_are_forgotten),
        IN_LINE(of_many_the_first_in_the_order_is_the_next),
        IN_LINE(the_check_sees_what_should_have_gone_on),
    };
    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
