/* cancel_test.c: what other threads may do to a handle: cancel its call, or call too early. */
#include "client_test.h"
#include "peer.h"

#include "lib/codes.h"

#define SOON_MS 5000u
#define ROUNDS 200u

static uint32_t ask(struct peer *peer)
{
    struct msiwatch_status status = {.size = sizeof status};
    return msiwatch_get_status(peer->handle, SOON_MS, &status);
}

static void a_cancel_ends_a_wait_and_the_connection_stays(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'id':1,'method':'wait'"),
        EXPECT("'method':'cancel','params':{'id':1}"),
        SAY("{$R,'id':1,'error':{'code':-32004,'message':'cancelled'}}"),
        EXPECT("'id':2,'method':'status'"),
        SAY("{$R,'id':2,'result':$IDLE}"),
        GONE,
        END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    struct canceller canceller = {peer.handle, 50};
    struct sys_thread *thread = sys_start(cancel_later, &canceller);
    assert_int_equal(msiwatch_wait(peer.handle, MSIWATCH_IDLE, 0, MSIWATCH_FOREVER, NULL, NULL),
                     CODE_CANCELLED);
    sys_join(thread);
    msiwatch_rearm(peer.handle);
    assert_int_equal(ask(&peer), CODE_OK);
    peer_end(&peer);
}

static void a_cancel_that_comes_before_the_call_is_not_lost(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("status"),
                                         SAY("{$R,'id':$I,'result':$IDLE}"), GONE, END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    msiwatch_cancel(peer.handle);
    msiwatch_cancel(peer.handle);
    assert_int_equal(ask(&peer), CODE_CANCELLED);
    assert_int_equal(ask(&peer), CODE_CANCELLED);
    msiwatch_rearm(peer.handle);
    msiwatch_rearm(peer.handle);
    assert_int_equal(ask(&peer), CODE_OK);
    peer_end(&peer);
}

static void a_cancel_ends_connecting_and_the_pauses_between_tries(void **state)
{
    (void)state;
    static const struct step script[] = {CLOSE_DOOR, PAUSE(1), END_OF_SCRIPT};
    struct peer peer;
    peer_begin(&peer, script);
    fake_finish(peer.fake);
    struct canceller canceller = {peer.handle, 400};
    struct sys_thread *thread = sys_start(cancel_later, &canceller);
    uint64_t begun = sys_now();
    assert_int_equal(msiwatch_reconnect(peer.handle, MSIWATCH_FOREVER), CODE_CANCELLED);
    sys_join(thread);
    must(sys_now() - begun < 3000, "%u ms", (unsigned)(sys_now() - begun));
    assert_int_equal(msiwatch_connect(peer.handle, SOON_MS), CODE_CANCELLED);
    peer_end(&peer);
}

/* The cancel comes before, during and after the call: each call ends immediately, and the handle
 * still works. */
static void cancels_at_any_moment_leave_the_handle_in_order(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, GONE, END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct canceller canceller = {peer.handle, i % 3};
        struct sys_thread *thread = sys_start(cancel_later, &canceller);
        uint32_t code = msiwatch_wait(peer.handle, MSIWATCH_BUSY, 0, MSIWATCH_FOREVER, NULL, NULL);
        sys_join(thread);
        must(code == CODE_CANCELLED, "round %u: %u", i, (unsigned)code);
        msiwatch_rearm(peer.handle);
    }
    peer_end(&peer);
}

static void a_cancelled_subscription_closes_the_connection(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("subscribe"), GONE, END_OF_SCRIPT};
    struct peer peer;
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    peer_connect(&peer, script);
    struct canceller canceller = {peer.handle, 100};
    struct sys_thread *thread = sys_start(cancel_later, &canceller);
    assert_int_equal(
        msiwatch_subscribe(peer.handle, NULL, 0, MSIWATCH_FOREVER, &subscription, NULL),
        CODE_CANCELLED);
    sys_join(thread);
    msiwatch_rearm(peer.handle);
    assert_int_equal(ask(&peer), CODE_NOT_CONNECTED);
    peer_end(&peer);
}

static void wait_for_long(void *arg)
{
    struct msiwatch *handle = arg;
    msiwatch_wait(handle, MSIWATCH_IDLE, 0, MSIWATCH_FOREVER, NULL, NULL);
}

static void a_second_thread_is_turned_away(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("wait"), GONE, END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    struct sys_thread *thread = sys_start(wait_for_long, peer.handle);
    sys_sleep(200); /* the other thread is inside by then, or the test shows nothing */
    uint32_t code = ask(&peer);
    msiwatch_cancel(peer.handle);
    sys_join(thread);
    must(code == CODE_IN_USE, "%u", (unsigned)code);
    peer_end(&peer);
}

static uint64_t reconnect(struct peer *peer)
{
    uint64_t begun = sys_now();
    assert_int_equal(msiwatch_reconnect(peer->handle, MSIWATCH_FOREVER), CODE_OK);
    return sys_now() - begun;
}

/* Even if a service accepts connections and drops them, it must not be tried in a tight loop. */
static void tries_to_reconnect_become_rarer_until_the_service_answers(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         HANG_UP,
                                         ACCEPT,
                                         HANG_UP,
                                         ACCEPT,
                                         HANG_UP,
                                         ACCEPT,
                                         HANG_UP,
                                         ACCEPT,
                                         HANG_UP,
                                         ACCEPT,
                                         EXPECT("status"),
                                         SAY("{$R,'id':$I,'result':$IDLE}"),
                                         HANG_UP,
                                         ACCEPT,
                                         GONE,
                                         END_OF_SCRIPT};
    static const uint64_t shortest[] = {50, 100, 200, 400, 800, 1000};
    struct peer peer;
    peer_begin(&peer, script);
    for (size_t i = 0; i < COUNT(shortest); i++) {
        uint64_t took = reconnect(&peer);
        must(took + 20 >= shortest[i], "pause %u was %u ms", (unsigned)i, (unsigned)took);
    }
    assert_int_equal(ask(&peer), CODE_OK);
    uint64_t took = reconnect(&peer);
    must(took < 800, "the pause was %u ms", (unsigned)took);
    peer_end(&peer);
}

static void reconnecting_ends_at_its_timeout_with_the_last_error(void **state)
{
    (void)state;
    static const struct step script[] = {CLOSE_DOOR, END_OF_SCRIPT};
    static const uint64_t timeouts[] = {0, 1, 300};
    struct peer peer;
    peer_begin(&peer, script);
    fake_finish(peer.fake);
    for (size_t i = 0; i < COUNT(timeouts); i++) {
        uint64_t begun = sys_now();
        assert_int_equal(msiwatch_reconnect(peer.handle, timeouts[i]), CODE_NOT_ACTIVE);
        uint64_t took = sys_now() - begun;
        must(took + 20 >= timeouts[i] && took < timeouts[i] + 1000, "%u ms", (unsigned)took);
    }
    peer_end(&peer);
}

static void handles_leave_nothing_behind(void **state)
{
    (void)state;
    char name[SYS_NAME_SIZE];
    struct msiwatch_options options = {.size = sizeof options, .pipe = name, .timeout_ms = 1000};
    struct msiwatch *handle;
    sys_name(name);
    unsigned before = 0;
    for (int i = 0; i < 500; i++) {
        struct sys_door *door = sys_listen(name, 8);
        assert_int_equal(msiwatch_open(&options, &handle), CODE_OK);
        struct sys_link *link = sys_accept(door, SOON_MS);
        assert_non_null(link);
        sys_hang_up(link);
        struct msiwatch_status status = {.size = sizeof status};
        assert_int_equal(msiwatch_get_status(handle, SOON_MS, &status), CODE_LOST);
        msiwatch_close(handle);
        sys_unlisten(door);
        assert_int_equal(msiwatch_open(&options, &handle), CODE_NOT_ACTIVE);
        before = i == 20 ? sys_open_handles() : before; /* now everything that the system opens once
                                                         * is open */
    }
    assert_int_equal(sys_open_handles(), before);
}

int cancel_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancel_ends_a_wait_and_the_connection_stays),
        cmocka_unit_test(a_cancel_that_comes_before_the_call_is_not_lost),
        cmocka_unit_test(a_cancel_ends_connecting_and_the_pauses_between_tries),
        cmocka_unit_test(cancels_at_any_moment_leave_the_handle_in_order),
        cmocka_unit_test(a_cancelled_subscription_closes_the_connection),
        cmocka_unit_test(a_second_thread_is_turned_away),
        cmocka_unit_test(tries_to_reconnect_become_rarer_until_the_service_answers),
        cmocka_unit_test(reconnecting_ends_at_its_timeout_with_the_last_error),
        cmocka_unit_test(handles_leave_nothing_behind),
    };
    return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
