/* restart_test.c: the service goes and comes back. */
#include "library_test.h"

#include <string.h>

/* A call that waits in a thread of its own. */
struct waiting {
    struct msiwatch *handle;
    bool follows;
    uint32_t code;
    uint64_t seq; /* of the last event */
};

static void wait_for_it(void *arg)
{
    struct waiting *waiting = arg;
    struct msiwatch_event event = {.size = sizeof event};
    if (!waiting->follows) {
        waiting->code = msiwatch_wait(waiting->handle, MSIWATCH_BUSY, 0, MSIWATCH_FOREVER, NULL,
                                      NULL);
        return;
    }
    while ((waiting->code = msiwatch_next(waiting->handle, MSIWATCH_FOREVER, &event)) == CODE_OK) {
        waiting->seq = event.seq;
    }
}

static void must_follow(struct waiting *waiting, const char *journal, uint64_t after,
                        struct msiwatch_subscription *subscription)
{
    struct msiwatch_status status = {.size = sizeof status};
    uint32_t code = msiwatch_subscribe(waiting->handle, journal, after, SOON_MS, subscription,
                                       &status);
    must(code == CODE_OK, "msiwatch_subscribe: %u", (unsigned)code);
    waiting->seq = after == MSIWATCH_SEQ_LAST ? status.seq : after;
}

void calls_in_flight_end_when_the_service_restarts_and_nothing_is_lost(void **state)
{
    (void)state;
    struct waiting waits = {.handle = must_have_handle()};
    struct waiting follows = {.handle = must_have_handle(), .follows = true};
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    struct msiwatch_event event = {.size = sizeof event};
    char journal[MSIWATCH_ID_SIZE];
    must_be_idle(waits.handle);
    must_follow(&follows, NULL, MSIWATCH_SEQ_LAST, &subscription);
    for (unsigned i = 0; i < rounds(10, 1); i++) {
        struct sys_thread *threads[] = {sys_start(wait_for_it, &waits),
                                        sys_start(wait_for_it, &follows)};
        sys_sleep(100); /* they are in their calls by then, or the test shows less */
        live_stop();
        sys_join(threads[0]);
        sys_join(threads[1]);
        must(waits.code == CODE_LOST, "the wait ended with %u", (unsigned)waits.code);
        must(follows.code == CODE_LOST, "the subscription ended with %u", (unsigned)follows.code);
        assert_int_equal(ask(waits.handle, NULL), CODE_NOT_CONNECTED);
        live_start();
        assert_int_equal(msiwatch_reconnect(waits.handle, SOON_MS), CODE_OK);
        assert_int_equal(msiwatch_reconnect(follows.handle, SOON_MS), CODE_OK);
        /* The stop was an event, and so is what is seen again: numbers go on by one. */
        memcpy(journal, subscription.journal, sizeof journal);
        must_follow(&follows, journal, follows.seq, &subscription);
        assert_true(subscription.reset == 0);
        assert_string_equal(subscription.journal, journal);
        do {
            assert_int_equal(msiwatch_next(follows.handle, SOON_MS, &event), CODE_OK);
            assert_int_equal(event.kind, MSIWATCH_EVENT_TRANSITION);
            assert_int_equal(event.seq, follows.seq + 1);
            follows.seq = event.seq;
        } while (event.to != MSIWATCH_IDLE);
        must_be_idle(waits.handle);
    }
    msiwatch_close(waits.handle);
    msiwatch_close(follows.handle);
}

struct later {
    struct msiwatch *handle;
    uint32_t code;
};

static void reconnect(void *arg)
{
    struct later *later = arg;
    later->code = msiwatch_reconnect(later->handle, MSIWATCH_FOREVER);
}

void without_the_service_it_is_said_at_once_and_reconnect_waits_for_it(void **state)
{
    (void)state;
    struct msiwatch *none = (struct msiwatch *)1;
    struct msiwatch_options options = {.size = sizeof options, .pipe = live_pipe()};
    struct later later = {.handle = must_have_handle()};
    live_stop();
    uint64_t begun = sys_now();
    assert_int_equal(msiwatch_open(&options, &none), CODE_NOT_ACTIVE);
    assert_null(none);
    must(sys_now() - begun < 2000, "it took %u ms to say", (unsigned)(sys_now() - begun));
    assert_int_equal(msiwatch_reconnect(later.handle, 0), CODE_NOT_ACTIVE);
    struct sys_thread *thread = sys_start(reconnect, &later);
    sys_sleep(200);
    live_start();
    sys_join(thread);
    assert_int_equal(later.code, CODE_OK);
    must_be_idle(later.handle);
    msiwatch_close(later.handle);
}
