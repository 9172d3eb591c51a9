/* calls_test.c: every function of the library, and the shortest timeouts. */
#include "library_test.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

/* The journal's past and what a subscription from its beginning gives are the same events. */
static void compare_past(struct msiwatch *handle, uint64_t last)
{
    struct msiwatch_history_query query = {.size = sizeof query};
    struct msiwatch_event past = {.size = sizeof past}, told = {.size = sizeof told};
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    uint64_t count = 0;
    struct msiwatch *follower = must_have_handle();
    assert_int_equal(msiwatch_subscribe(follower, NULL, 0, SOON_MS, &subscription, NULL), CODE_OK);
    assert_int_equal(msiwatch_history_begin(handle, &query, SOON_MS), CODE_OK);
    do {
        assert_int_equal(msiwatch_history_next(handle, SOON_MS, &past), CODE_OK);
        assert_int_equal(msiwatch_next(follower, SOON_MS, &told), CODE_OK);
        assert_string_equal(msiwatch_get_json(handle), msiwatch_get_json(follower));
        assert_memory_equal(&past, &told, sizeof past);
        count++;
    } while (past.seq < last);
    assert_int_equal(past.seq, last);
    query.newest_first = 1;
    assert_int_equal(msiwatch_history_begin(handle, &query, SOON_MS), CODE_OK);
    assert_int_equal(msiwatch_history_next(handle, SOON_MS, &past), CODE_OK);
    assert_true(past.seq >= last);
    query.newest_first = 0;
    query.limit = 1;
    assert_int_equal(msiwatch_history_begin(handle, &query, SOON_MS), CODE_OK);
    assert_int_equal(msiwatch_history_next(handle, SOON_MS, &past), CODE_OK);
    assert_int_equal(msiwatch_history_next(handle, SOON_MS, &past), CODE_NO_MORE);
    must(count >= 2, "only %u events", (unsigned)count);
    msiwatch_close(follower);
}

/* Takes events until the verdict has become that. */
static void must_turn(struct msiwatch *handle, uint32_t state, struct msiwatch_event *event)
{
    do {
        uint32_t code = msiwatch_next(handle, SOON_MS, event);
        must(code == CODE_OK, "msiwatch_next: %u", (unsigned)code);
    } while (event->kind != MSIWATCH_EVENT_TRANSITION || event->to != state);
}

void every_function_tells_what_the_service_does(void **state)
{
    (void)state;
    struct msiwatch *handle = must_have_handle(), *follower = must_have_handle();
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_about about = {.size = sizeof about};
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    struct msiwatch_event event = {.size = sizeof event};
    struct msiwatch_error error = {.size = sizeof error};
    const char *result = NULL;
    uint64_t waited_ms = UINT64_MAX;
    must_be_idle(handle);
    assert_int_equal(msiwatch_get_about(handle, SOON_MS, &about), CODE_OK);
    assert_true(about.protocol == 1 && about.pid != 0 && about.durable != 0);
    assert_string_equal(about.version, MSIWATCH_VERSION);
    assert_int_equal(
        msiwatch_subscribe(follower, NULL, MSIWATCH_SEQ_LAST, SOON_MS, &subscription, &status),
        CODE_OK);
    assert_string_equal(subscription.journal, about.journal);
    assert_int_equal(msiwatch_subscribe(follower, NULL, 0, SOON_MS, &subscription, NULL),
                     CODE_EXISTS);
    live_hold();
    assert_int_equal(msiwatch_wait(handle, MSIWATCH_BUSY, 0, SOON_MS, &status, &waited_ms),
                     CODE_OK);
    assert_true(status.state == MSIWATCH_BUSY && status.reasons == MSIWATCH_REASON_MUTEX &&
                status.mutex == MSIWATCH_MUTEX_HELD && waited_ms < SOON_MS);
    must_turn(follower, MSIWATCH_BUSY, &event);
    assert_int_equal(event.from, MSIWATCH_IDLE);
    uint64_t busy = event.seq;
    assert_int_equal(ask(handle, &status), CODE_OK);
    assert_true(status.state == MSIWATCH_BUSY && status.since_ms == event.at_ms);
    live_free();
    must_turn(follower, MSIWATCH_IDLE, &event);
    assert_true(event.from == MSIWATCH_BUSY && event.seq > busy && event.after_known != 0);
    assert_int_equal(msiwatch_unsubscribe(follower, SOON_MS), CODE_OK);
    assert_int_equal(msiwatch_next(follower, 0, &event), CODE_NO_SUBSCRIPTION);
    compare_past(handle, event.seq);
    assert_int_equal(msiwatch_call(handle, "metrics", NULL, SOON_MS, &result), CODE_OK);
    assert_non_null(strstr(result, "\"uptime_ms\":"));
    assert_int_equal(msiwatch_call(handle, "nonsense", NULL, SOON_MS, &result), CODE_NOT_SUPPORTED);
    assert_int_equal(msiwatch_get_error(handle, &error), CODE_OK);
    assert_int_equal(error.code, -32601);
    assert_true(msiwatch_get_pipe(handle)[0] != '\0' && msiwatch_version() != 0);
    msiwatch_close(follower);
    msiwatch_close(handle);
}

/* ---- the shortest timeouts ---- */

enum { STATUS, ABOUT, WAIT, SUBSCRIBE, NEXT, UNSUBSCRIBE, BEGIN, PAST, CALL, CONNECT, CALLS };

static uint32_t call(struct msiwatch *handle, int which, uint64_t timeout_ms)
{
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_about about = {.size = sizeof about};
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    struct msiwatch_event event = {.size = sizeof event};
    struct msiwatch_history_query query = {.size = sizeof query};
    switch (which) {
    case STATUS:
        return msiwatch_get_status(handle, timeout_ms, &status);
    case ABOUT:
        return msiwatch_get_about(handle, timeout_ms, &about);
    case WAIT:
        return msiwatch_wait(handle, MSIWATCH_BUSY, 0, timeout_ms, &status, NULL);
    case SUBSCRIBE:
        return msiwatch_subscribe(handle, NULL, MSIWATCH_SEQ_LAST, timeout_ms, &subscription, NULL);
    case NEXT:
        return msiwatch_next(handle, timeout_ms, &event);
    case UNSUBSCRIBE:
        return msiwatch_unsubscribe(handle, timeout_ms);
    case BEGIN:
        return msiwatch_history_begin(handle, &query, timeout_ms);
    case PAST:
        return msiwatch_history_next(handle, timeout_ms, &event);
    case CALL:
        return msiwatch_call(handle, "about", NULL, timeout_ms, NULL);
    default:
        return msiwatch_connect(handle, timeout_ms);
    }
}

/* What a call may come to when it has no time: to nothing, to what it needs not being there (the
 * subscription, the connection that an interrupted subscribe takes along), or to its result. */
static bool is_in_order(int which, uint32_t code)
{
    return code == CODE_OK || code == CODE_TIMEOUT || code == CODE_NOT_CONNECTED ||
           (code == CODE_NO_SUBSCRIPTION && (which == NEXT || which == UNSUBSCRIBE)) ||
           (code == CODE_EXISTS && which == SUBSCRIBE) || (code == CODE_NO_MORE && which == PAST) ||
           (code == CODE_PIPE_BUSY && which == CONNECT);
}

enum { TRIES = 200 }; /* of each call, in a long run */

static int compare_times(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* One call may have to wait for the machine, but not half of them: each function's median. */
static void must_be_prompt(uint64_t took[CALLS][TRIES], unsigned count)
{
    uint64_t slowest = 0;
    for (int which = 0; which < CALLS; which++) {
        qsort(took[which], count, sizeof took[which][0], compare_times);
        uint64_t median = took[which][count / 2];
        must(median <= live_prompt_ms, "half of the calls %d took %u ms or more", which,
             (unsigned)median);
        slowest = median > slowest ? median : slowest;
    }
    print_message("no function's median is over %u ms\n", (unsigned)slowest);
}

void timeouts_of_0_and_1_ms_leave_the_handle_in_order(void **state)
{
    static uint64_t times[CALLS][TRIES];
    (void)state;
    struct msiwatch *handle = must_have_handle();
    unsigned counts[CALLS] = {0}, in_time = 0, tries = rounds(TRIES, 10), i = 0;
    must_be_idle(handle);
    /* A fast service sometimes answers ten times within the timeout: then more tries, up to 200. */
    for (; i < CALLS * tries || (counts[STATUS] == 0 && i < CALLS * TRIES); i++) {
        int which = (int)(i % CALLS);
        uint64_t begun = sys_now();
        uint32_t code = call(handle, which, i / CALLS % 2);
        uint64_t took = sys_now() - begun;
        times[which][i / CALLS] = took;
        must(is_in_order(which, code), "call %d: %u", which, (unsigned)code);
        must(took < 4000, "call %d: %u ms", which, (unsigned)took);
        must(code != CODE_OK || which != WAIT, "it was never busy");
        counts[which] += code == CODE_TIMEOUT;
        in_time += code == CODE_OK;
        if (code == CODE_NOT_CONNECTED || code == CODE_PIPE_BUSY ||
            (code == CODE_TIMEOUT && which == SUBSCRIBE)) {
            assert_int_equal(msiwatch_connect(handle, SOON_MS), CODE_OK);
        }
        if (code == CODE_TIMEOUT && which == SUBSCRIBE) {
            /* Or on a slow machine `next` never has anything to wait for. */
            assert_int_equal(call(handle, SUBSCRIBE, SOON_MS), CODE_OK);
        }
        if (i % 7 == 0) { /* an answer to one of the calls before is not taken for this one's */
            assert_int_equal(ask(handle, NULL), CODE_OK);
        }
    }
    must(counts[STATUS] > 0 && counts[NEXT] > 0 && counts[WAIT] > 0,
         "no call came to its timeout: status %u, next %u, wait %u", counts[STATUS], counts[NEXT],
         counts[WAIT]);
    print_message("%u of %u calls were answered in time\n", in_time, i);
    must_be_prompt(times, i / CALLS);
    msiwatch_close(handle);
}
