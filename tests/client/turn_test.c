/* turn_test.c: turns in the library: what it requests, what it passes on, and what happens to the
 * connection. */
#include "client_test.h"
#include "peer.h"

#include "lib/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOON_MS 5000u

#define WAITING(position)                                                                          \
    "{$R,'method':'turn','params':{'turn':7,'state':'waiting','position':" position                \
    ",'ahead':[],'holder':null,'hold':null}}"

/* What `told` was called with, one line each. */
struct heard {
    char text[1024];
    unsigned ticks;
    struct msiwatch *handle;
    uint32_t inside; /* the result of a call from inside it */
};

static void hear(void *arg, const char *json)
{
    struct heard *heard = arg;
    struct msiwatch_status status = {.size = sizeof status};
    if (json == NULL) {
        heard->ticks++;
        return;
    }
    size_t used = strlen(heard->text);
    snprintf(heard->text + used, sizeof heard->text - used, "%s\n", json);
    heard->inside = msiwatch_get_status(heard->handle, SOON_MS, &status);
}

static void it_asks_for_what_was_asked_for(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'method':'turn.acquire','params':{'settle_ms':0}}"),
        SAY(GRANTED),
        EXPECT("'method':'turn.release','params':{}}"),
        SAY("{$R,'id':$I,'result':true}"),
        EXPECT("'params':{'label':'a','why':'b','inside':'c:1','class':'background','settle_ms':9,"
               "'for_pid':4,'require_known':true,'ignore_hold':true,'even_if_nested':true,"
               "'timeout_ms':5000}}"),
        SAY(GRANTED),
        EXPECT("'method':'turn.release','params':{'exit_code':4294967295}}"),
        SAY("{$R,'id':$I,'result':true}"),
        GONE,
        END_OF_SCRIPT};
    struct peer peer;
    struct msiwatch_turn turn = {.size = sizeof turn};
    struct msiwatch_status status = {.size = sizeof status};
    peer_connect(&peer, script);
    assert_int_equal(msiwatch_turn_acquire(peer.handle, NULL, MSIWATCH_FOREVER, &turn, &status),
                     CODE_OK);
    assert_int_equal(turn.number, 7);
    assert_int_equal(turn.waited_ms, 42);
    assert_false(turn.nested || turn.blind);
    assert_string_equal(turn.id, JOURNAL_J ":7");
    assert_int_equal(status.state, MSIWATCH_IDLE);
    assert_int_equal(msiwatch_turn_release(peer.handle, NULL, SOON_MS), CODE_OK);
    struct msiwatch_turn_options options = {.size = sizeof options,
                                            .flags = 15,
                                            .for_pid = 4,
                                            .settle_ms = 9,
                                            .label = "a",
                                            .why = "b",
                                            .inside = "c:1"};
    assert_int_equal(msiwatch_turn_acquire(peer.handle, &options, SOON_MS, &turn, NULL), CODE_OK);
    uint32_t code = UINT32_MAX;
    assert_int_equal(msiwatch_turn_release(peer.handle, &code, SOON_MS), CODE_OK);
    peer_end(&peer);
}

static void what_is_said_of_it_is_heard_in_any_call(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("turn.acquire"),
                                         SAY(WAITING("2")),
                                         PAUSE(200),
                                         SAY(WAITING("1")),
                                         SAY(GRANTED),
                                         EXPECT("status"),
                                         SAY("{$R,'method':'turn','params':{'turn':7,'state':"
                                             "'expiring','ends_at':'2026-11-22T10:41:07.000Z'}}"),
                                         SAY("{$R,'id':$I,'result':$IDLE}"),
                                         PAUSE(100),
                                         SAY(ENDED("expired")),
                                         EXPECT("turn.release"),
                                         SAY("{$R,'id':$I,'error':{'code':-32006,'message':'none',"
                                             "'data':{'ended':'expired'}}}"),
                                         GONE,
                                         END_OF_SCRIPT};
    struct peer peer;
    struct heard heard = {0};
    struct msiwatch_turn turn = {.size = sizeof turn};
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_turn_options options = {
        .size = sizeof options, .tell_every_ms = 20, .told = hear, .arg = &heard};
    peer_connect(&peer, script);
    heard.handle = peer.handle;
    assert_int_equal(msiwatch_turn_acquire(peer.handle, &options, SOON_MS, &turn, NULL), CODE_OK);
    must(heard.ticks >= 3, "%u ticks", heard.ticks);
    assert_int_equal(heard.inside, CODE_IN_USE);
    assert_int_equal(msiwatch_get_status(peer.handle, SOON_MS, &status), CODE_OK);
    assert_int_equal(msiwatch_turn_watch(peer.handle, SOON_MS), CODE_OK);
    assert_non_null(strstr(msiwatch_get_json(peer.handle), "\"ended\":\"expired\""));
    assert_int_equal(msiwatch_turn_watch(peer.handle, 10), CODE_TIMEOUT);
    assert_int_equal(msiwatch_turn_release(peer.handle, NULL, SOON_MS), CODE_NOT_OWNER);
    assert_non_null(strstr(msiwatch_get_json(peer.handle), "expired"));
    const char *second = strstr(heard.text, "\"position\":1"),
               *third = strstr(heard.text, "expiring"), *fourth = strstr(heard.text, "ended\":");
    must(strstr(heard.text, "\"position\":2") != NULL && second != NULL && third > second &&
             fourth > third,
         "%s", heard.text);
    peer_end(&peer);
}

/* The turn may be granted at this very moment: then it must not stay with the client. */
static void a_cancel_leaves_no_turn_behind(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("turn.acquire"), GONE, END_OF_SCRIPT};
    struct peer peer;
    struct msiwatch_turn turn = {.size = sizeof turn};
    peer_connect(&peer, script);
    struct canceller canceller = {peer.handle, 50};
    struct sys_thread *thread = sys_start(cancel_later, &canceller);
    assert_int_equal(msiwatch_turn_acquire(peer.handle, NULL, MSIWATCH_FOREVER, &turn, NULL),
                     CODE_CANCELLED);
    sys_join(thread);
    msiwatch_rearm(peer.handle);
    assert_int_equal(msiwatch_turn_watch(peer.handle, 0), CODE_NOT_CONNECTED);
    peer_end(&peer);
}

/* `told` of the call that failed must not be called any more; that of the granted turn must be. */
static void a_second_turn_that_is_refused_leaves_the_first_one_heard(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("turn.acquire"),
        SAY("{$R,'id':$I,'error':{'code':-32000,'message':'x','data':{'limit':'turns_user'}}}"),
        EXPECT("status"),
        SAY(ENDED("none")),
        SAY("{$R,'id':$I,'result':$IDLE}"),
        EXPECT("turn.acquire"),
        SAY(GRANTED),
        EXPECT("turn.acquire"),
        SAY("{$R,'id':$I,'error':{'code':-32000,'message':'x','data':{'limit':'turns_user'}}}"),
        SAY(ENDED("expired")),
        GONE,
        END_OF_SCRIPT};
    struct peer peer;
    struct heard first = {0}, second = {0};
    struct msiwatch_turn turn = {.size = sizeof turn};
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_turn_options options = {.size = sizeof options, .told = hear, .arg = &second};
    peer_connect(&peer, script);
    first.handle = second.handle = peer.handle;
    assert_int_equal(msiwatch_turn_acquire(peer.handle, &options, SOON_MS, &turn, NULL),
                     CODE_OVER_LIMIT);
    assert_int_equal(msiwatch_get_status(peer.handle, SOON_MS, &status), CODE_OK);
    options.arg = &first;
    assert_int_equal(msiwatch_turn_acquire(peer.handle, &options, SOON_MS, &turn, NULL), CODE_OK);
    options.arg = &second;
    assert_int_equal(msiwatch_turn_acquire(peer.handle, &options, SOON_MS, &turn, NULL),
                     CODE_OVER_LIMIT);
    assert_int_equal(msiwatch_turn_watch(peer.handle, SOON_MS), CODE_OK);
    assert_non_null(strstr(first.text, "expired"));
    assert_string_equal(second.text, "");
    peer_end(&peer);
}

static void its_errors_have_codes(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("turn.acquire"),
        SAY("{$R,'id':$I,'error':{'code':-32005,'message':'would wait for itself',"
            "'data':{'of':'turn','pid':4}}}"),
        EXPECT("turn.acquire"),
        SAY("{$R,'id':$I,'error':{'code':-32007,'message':'unknown','data':$UNKNOWN}}"),
        EXPECT("'timeout_ms':0}"),
        SAY("{$R,'id':$I,'error':{'code':-32001,'message':'timed out','data':$BUSY}}"),
        EXPECT("turn.acquire"),
        SAY("{$R,'id':$I,'error':{'code':-32601,'message':'no such method'}}"),
        EXPECT("turn.acquire"),
        SAY("{$R,'id':$I,'error':{'code':-32000,'message':'x','data':{'limit':'turns_user'}}}"),
        EXPECT("turn.acquire"),
        SAY("{$R,'id':$I,'result':{'turn':'7'}}"),
        GONE,
        END_OF_SCRIPT};
    static const uint32_t codes[] = {CODE_DEADLOCK,      CODE_IDLE_UNKNOWN, CODE_TIMEOUT,
                                     CODE_NOT_SUPPORTED, CODE_OVER_LIMIT,   CODE_BAD_DATA};
    struct peer peer;
    struct msiwatch_turn turn = {.size = sizeof turn, .number = 77};
    peer_connect(&peer, script);
    for (size_t i = 0; i < COUNT(codes); i++) {
        uint32_t code = msiwatch_turn_acquire(
            peer.handle, NULL, codes[i] == CODE_TIMEOUT ? 0 : MSIWATCH_FOREVER, &turn, NULL);
        must(code == codes[i], "%u instead of %u", (unsigned)code, (unsigned)codes[i]);
    }
    assert_int_equal(turn.number, 77);
    peer_end(&peer);
}

static void wrong_arguments_are_refused_without_asking_the_service(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, GONE, END_OF_SCRIPT};
    struct peer peer;
    struct msiwatch_turn turn = {.size = sizeof turn}, small = {.size = 8};
    struct msiwatch_turn_options odd = {.size = sizeof odd, .flags = 16}, tiny = {.size = 8};
    peer_connect(&peer, script);
    assert_int_equal(msiwatch_turn_acquire(NULL, NULL, 0, &turn, NULL), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_turn_acquire(peer.handle, NULL, 0, NULL, NULL), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_turn_acquire(peer.handle, NULL, 0, &small, NULL), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_turn_acquire(peer.handle, &odd, 0, &turn, NULL), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_turn_acquire(peer.handle, &tiny, 0, &turn, NULL), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_turn_release(NULL, NULL, 0), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_turn_watch(NULL, 0), CODE_BAD_PARAMETER);
    peer_end(&peer);
}

static void events_that_come_meanwhile_are_kept(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("subscribe"),
        SAY("{$R,'id':$I,'result':$SUB}"),
        EXPECT("turn.acquire"),
        SAY("{$R,'method':'event','params':{'subscription':7,'event':{'seq':6,'kind':"
            "'transition','at':'2026-11-22T10:41:20.000Z','from':'idle','to':'busy',"
            "'reasons':['mutex'],'after_ms':1}}}"),
        SAY(GRANTED),
        SAY(ENDED("revoked")),
        GONE,
        END_OF_SCRIPT};
    struct peer peer;
    struct msiwatch_turn turn = {.size = sizeof turn};
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    struct msiwatch_event event = {.size = sizeof event};
    peer_connect(&peer, script);
    assert_int_equal(
        msiwatch_subscribe(peer.handle, NULL, MSIWATCH_SEQ_LAST, SOON_MS, &subscription, NULL),
        CODE_OK);
    assert_int_equal(msiwatch_turn_acquire(peer.handle, NULL, SOON_MS, &turn, NULL), CODE_OK);
    assert_int_equal(msiwatch_turn_watch(peer.handle, SOON_MS), CODE_OK);
    assert_int_equal(msiwatch_next(peer.handle, SOON_MS, &event), CODE_OK);
    assert_int_equal(event.seq, 6);
    peer_end(&peer);
}

int turn_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_asks_for_what_was_asked_for),
        cmocka_unit_test(what_is_said_of_it_is_heard_in_any_call),
        cmocka_unit_test(a_cancel_leaves_no_turn_behind),
        cmocka_unit_test(a_second_turn_that_is_refused_leaves_the_first_one_heard),
        cmocka_unit_test(its_errors_have_codes),
        cmocka_unit_test(wrong_arguments_are_refused_without_asking_the_service),
        cmocka_unit_test(events_that_come_meanwhile_are_kept),
    };
    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
