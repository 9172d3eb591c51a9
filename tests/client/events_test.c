/* events_test.c: the library's subscription: events in order, events that are kept, garbled ones,
 * and too many. */
#include "client_test.h"
#include "peer.h"

#include "lib/codes.h"

#include <string.h>

#define SOON_MS 5000u

static uint32_t ask(struct peer *peer)
{
    struct msiwatch_status status = {.size = sizeof status};
    return msiwatch_get_status(peer->handle, SOON_MS, &status);
}

#define EVENT(seq, from, to)                                                                       \
    "{$R,'method':'event','params':{'subscription':7,'event':{'seq':" seq ",'kind':'transition',"  \
    "'at':'2026-11-22T10:41:07.123Z','from':'" from "','to':'" to "','reasons':['mutex'],"         \
    "'after_ms':53211}}}"

static struct msiwatch_event next(struct peer *peer, uint32_t code)
{
    struct msiwatch_event event = {.size = sizeof event};
    assert_int_equal(msiwatch_next(peer->handle, SOON_MS, &event), code);
    return event;
}

static void subscribe(struct peer *peer)
{
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    struct msiwatch_status status = {.size = sizeof status};
    assert_int_equal(
        msiwatch_subscribe(peer->handle, NULL, MSIWATCH_SEQ_LAST, SOON_MS, &subscription, &status),
        CODE_OK);
    assert_string_equal(subscription.journal, JOURNAL_J);
    assert_true(subscription.number == 7 && subscription.reset == 0 && status.seq == 5);
}

static void events_gaps_and_resets_come_in_order(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'method':'subscribe','params':{}"),
        SAY("{$R,'id':$I,'result':$SUB}"),
        SAY(EVENT("6", "idle", "busy")),
        SAY("{$R,'method':'gap','params':{'subscription':7,'from':7,'to':9}}"),
        SAY("{$R,'method':'event','params':{'subscription':8,'event':{'seq':1}}}"), /* not ours */
        SAY("{$R,'method':'reset','params':{'subscription':7,'journal':'$K','after':41}}"),
        SAY("{$R,'method':'event','params':{'subscription':7,'event':{'seq':42,'kind':'install',"
            "'at':'2026-11-22T10:41:07.123Z','of':40,'install':{'source':'eventlog','product':'x',"
            "'action':'check','result':'collision','trusted':false,'further':3,"
            "'product_code':'{90140000-0011-0000-0000-0000000FF1CE}'}}}}"),
        SAY("{$R,'method':'event','params':{'subscription':7,'event':{'seq':43,'kind':'turn',"
            "'at':'2026-11-22T10:41:07.123Z','more':1}}}"),
        HANG_UP,
        END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    subscribe(&peer);
    struct msiwatch_event event = next(&peer, CODE_OK);
    assert_true(event.kind == MSIWATCH_EVENT_TRANSITION && event.seq == 6 &&
                event.from == MSIWATCH_IDLE && event.to == MSIWATCH_BUSY && event.after_known &&
                event.after_ms == 53211 && event.reasons == MSIWATCH_REASON_MUTEX);
    assert_non_null(strstr(msiwatch_get_json(peer.handle), "{\"seq\":6,"));
    event = next(&peer, CODE_OK);
    assert_true(event.kind == MSIWATCH_EVENT_GAP && event.first == 7 && event.seq == 9);
    assert_non_null(strstr(msiwatch_get_json(peer.handle), "\"method\":\"gap\""));
    event = next(&peer, CODE_OK);
    assert_true(event.kind == MSIWATCH_EVENT_RESET && event.seq == 41);
    assert_string_equal(event.journal, JOURNAL_K);
    event = next(&peer, CODE_OK);
    assert_true(event.kind == MSIWATCH_EVENT_INSTALL && event.seq == 42 && event.first == 40);
    assert_true(event.action == MSIWATCH_ACTION_CHECK &&
                event.result == MSIWATCH_RESULT_COLLISION && event.trusted == MSIWATCH_TRUST_NO &&
                event.further == 3);
    assert_string_equal(event.product_code, "{90140000-0011-0000-0000-0000000FF1CE}");
    event = next(&peer, CODE_OK);
    assert_true(event.kind == MSIWATCH_EVENT_OTHER && event.seq == 43);
    next(&peer, CODE_LOST);
    next(&peer, CODE_NOT_CONNECTED);
    peer_end(&peer);
}

static void events_that_come_during_another_call_are_kept(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("subscribe"),
                                         SAY("{$R,'id':$I,'result':$SUB}"),
                                         EXPECT("status"),
                                         SAY(EVENT("6", "idle", "busy")),
                                         SAY(EVENT("7", "busy", "idle")),
                                         SAY("{$R,'id':$I,'result':$IDLE}"),
                                         SAY(EVENT("8", "idle", "busy")),
                                         EXPECT("status"),
                                         SAY(EVENT("9", "busy", "idle")),
                                         HANG_UP,
                                         END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    subscribe(&peer);
    assert_int_equal(ask(&peer), CODE_OK);
    assert_true(next(&peer, CODE_OK).seq == 6);
    assert_int_equal(ask(&peer), CODE_LOST);
    for (uint64_t seq = 7; seq <= 9; seq++) {
        assert_true(next(&peer, CODE_OK).seq == seq); /* even after the connection has ended */
    }
    next(&peer, CODE_LOST);
    peer_end(&peer);
}

static void events_nobody_takes_end_the_connection_before_they_fill_memory(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("subscribe"),
                                         SAY("{$R,'id':$I,'result':$SUB}"),
                                         EXPECT("status"),
                                         FLOOD(EVENT("6", "idle", "busy"), 1000000),
                                         GONE,
                                         END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    subscribe(&peer);
    struct msiwatch_status status = {.size = sizeof status};
    assert_int_equal(msiwatch_get_status(peer.handle, 60000, &status), CODE_OVER_LIMIT);
    assert_string_equal(peer_error(&peer).limit, "unread_events");
    next(&peer, CODE_NOT_CONNECTED);
    peer_end(&peer);
}

static void a_handle_has_one_subscription_at_a_time(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("subscribe"),
        SAY("{$R,'id':$I,'result':$SUB}"),
        SAY(EVENT("6", "idle", "busy")),
        EXPECT("'method':'unsubscribe','params':{'subscription':7}"),
        SAY(EVENT("7", "busy", "idle")),
        SAY("{$R,'id':$I,'result':true}"),
        GONE,
        END_OF_SCRIPT};
    struct peer peer;
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    peer_connect(&peer, script);
    next(&peer, CODE_NO_SUBSCRIPTION);
    assert_int_equal(msiwatch_unsubscribe(peer.handle, SOON_MS), CODE_NO_SUBSCRIPTION);
    subscribe(&peer);
    assert_int_equal(msiwatch_subscribe(peer.handle, NULL, 0, SOON_MS, &subscription, NULL),
                     CODE_EXISTS);
    assert_int_equal(msiwatch_unsubscribe(peer.handle, SOON_MS), CODE_OK);
    next(&peer, CODE_NO_SUBSCRIPTION);
    peer_end(&peer);
}

static void garbled_events_end_the_connection(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "nonsense",
        "{$R,'method':'event','params':{'subscription':7,'event':{}}}",
        "{$R,'method':'event','params':{'subscription':7}}",
        "{$R,'method':'event','params':{'subscription':'7','event':{}}}",
        "{$R,'method':'event'}",
        "{$R,'method':7}",
        "{'method':'event','params':{'subscription':7}}",
        "{$R,'method':'gap','params':{'subscription':7,'from':9,'to':7}}",
        "{$R,'method':'gap','params':{'subscription':7,'from':'1','to':7}}",
        "{$R,'method':'reset','params':{'subscription':7,'journal':5,'after':7}}",
        "{$R,'id':99,'result':true}",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        const struct step script[] = {
            ACCEPT, EXPECT("subscribe"), SAY("{$R,'id':$I,'result':$SUB}"), SAY(lines[i]),
            GONE,   END_OF_SCRIPT};
        struct peer peer;
        struct msiwatch_event event = {.size = sizeof event};
        peer_connect(&peer, script);
        subscribe(&peer);
        uint32_t code = msiwatch_next(peer.handle, SOON_MS, &event);
        must(code == CODE_BAD_DATA, "%s: %u", lines[i], (unsigned)code);
        peer_end(&peer);
    }
}

int events_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_gaps_and_resets_come_in_order),
        cmocka_unit_test(events_that_come_during_another_call_are_kept),
        cmocka_unit_test(events_nobody_takes_end_the_connection_before_they_fill_memory),
        cmocka_unit_test(a_handle_has_one_subscription_at_a_time),
        cmocka_unit_test(garbled_events_end_the_connection),
    };
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
