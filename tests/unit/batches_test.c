/* batches_test.c: batches: answered once, when the last member is done. */
#include "ask.h"

#include "api/subscribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A batch of `count` members, each its number, from 1 on, between two texts. */
static void compose(char *text, size_t room, const char *before, const char *behind, unsigned count)
{
    size_t size = 0;
    for (unsigned i = 1; i <= count; i++) {
        size += (size_t)snprintf(text + size, room - size, "%s%s%u%s", i == 1 ? "[" : ",", before,
                                 i, behind);
        assert_in_range(size, 1, room - 2);
    }
    snprintf(text + size, room - size, "]");
}

static void one_to_sixteen_members_are_answered_in_one_line(void **state)
{
    struct room *room = *state;
    for (unsigned count = 1; count <= 16; count++) {
        char batch[WIRE_REQUEST_LINE], answer[WIRE_REQUEST_LINE];
        compose(batch, sizeof batch, "{'jsonrpc':'2.0','id':", ",'method':'cancel','params':[0]}",
                count);
        compose(answer, sizeof answer, "{'jsonrpc':'2.0','id':", ",'result':false}", count);
        say(&room->caller, batch);
        must_hear(&room->caller, answer);
        must_hear_nothing(&room->caller);
    }
}

static void seventeen_members_are_one_error_and_the_connection_stays(void **state)
{
    struct room *room = *state;
    char batch[WIRE_REQUEST_LINE];
    compose(batch, sizeof batch, "{'jsonrpc':'2.0','id':", ",'method':'cancel','params':[0]}", 17);
    say(&room->caller, batch);
    must_hear_error(&room->caller, "null", -32600, NULL);
    must_hear_nothing(&room->caller);
    ask(&room->caller, "1", "cancel", "[0]");
    must_hear_result(&room->caller, "1", "false");
}

static void seventeen_notifications_are_too_many_as_well(void **state)
{
    struct room *room = *state;
    char batch[WIRE_REQUEST_LINE];
    compose(batch, sizeof batch, "{'jsonrpc':'2.0','method':'cancel','params':[", "]}", 17);
    say(&room->caller, batch);
    must_hear_error(&room->caller, "null", -32600, NULL);
    must_hear_nothing(&room->caller);
}

static void every_member_that_is_no_request_is_answered_for_itself(void **state)
{
    struct room *room = *state;
    say(&room->caller, "[[],[{'jsonrpc':'2.0','id':1,'method':'status'}],null,"
                       "{'jsonrpc':'2.0','id':2,'method':'cancel','params':[0]},"
                       "{'jsonrpc':'2.0','id':{},'method':'status'},"
                       "{'jsonrpc':'2.0','id':3,'method':'history','params':['x']}]");
    must_hear(&room->caller,
              "[{'jsonrpc':'2.0','id':null,'error':{'code':-32600,'message':'$text'}},"
              "{'jsonrpc':'2.0','id':null,'error':{'code':-32600,'message':'$text'}},"
              "{'jsonrpc':'2.0','id':null,'error':{'code':-32600,'message':'$text'}},"
              "{'jsonrpc':'2.0','id':2,'result':false},"
              "{'jsonrpc':'2.0','id':null,'error':{'code':-32600,'message':'$text'}},"
              "{'jsonrpc':'2.0','id':3,'error':{'code':-32602,'message':'$text',"
              "'data':{'param':'after','takes':'$text'}}}]");
}

#define WAIT(id) "{'jsonrpc':'2.0','id':" id ",'method':'wait','params':['busy']}"
#define CANCEL(id, of) "{'jsonrpc':'2.0','id':" id ",'method':'cancel','params':[" of "]}"
#define SUBSCRIBE(id) "{'jsonrpc':'2.0','id':" id ",'method':'subscribe'}"

static void it_is_answered_when_its_last_member_is_done(void **state)
{
    struct room *room = *state;
    say(&room->caller, "[" WAIT("1") "," CANCEL("2", "0") "]");
    must_hear_nothing(&room->caller);
    ask(&room->caller, "3", "cancel", "[0]"); /* it holds up nothing */
    must_hear_result(&room->caller, "3", "false");
    say(&room->caller, "[" CANCEL("4", "0") "]"); /* nor another batch */
    must_hear(&room->caller, "[{'jsonrpc':'2.0','id':4,'result':false}]");
    house_set_mutex(&room->house, MUTEX_HELD);
    must_hear(&room->caller,
              "[{'jsonrpc':'2.0','id':2,'result':false},"
              "{'jsonrpc':'2.0','id':1,'result':{'status':" STATUS("busy") ","
                                                                           "'waited_ms':0}}]");
    must_hear_nothing(&room->caller);
}

static void a_member_can_be_cancelled_from_within_and_from_outside(void **state)
{
    struct room *room = *state;
    say(&room->caller, "[" WAIT("1") "," CANCEL("2", "1") "]");
    must_hear(&room->caller, "[{'jsonrpc':'2.0','id':1,'error':{'code':-32004,'message':'$text'}},"
                             "{'jsonrpc':'2.0','id':2,'result':true}]");
    say(&room->caller, "[" WAIT("3") "]");
    must_hear_nothing(&room->caller);
    ask(&room->caller, "4", "cancel", "[3]");
    must_hear(&room->caller,
              "[{'jsonrpc':'2.0','id':3,'error':{'code':-32004,'message':'$text'}}]");
    must_hear_result(&room->caller, "4", "true");
    assert_false(room->house.waited);
}

static void waits_sent_as_notifications_have_no_effect(void **state)
{
    struct room *room = *state;
    say(&room->caller, "[{'jsonrpc':'2.0','method':'wait','params':['busy']},"
                       "{'jsonrpc':'2.0','method':'subscribe'}]");
    assert_int_equal(room->caller.connection.request_count, 0);
    assert_int_equal(subscriptions_count(&room->caller.connection), 0);
    house_toggle(&room->house, 3);
    must_hear_nothing(&room->caller);
}

static void no_event_comes_before_the_reply_of_its_subscribe(void **state)
{
    struct room *room = *state;
    say(&room->caller, "[" SUBSCRIBE("1") "," WAIT("2") "," SUBSCRIBE("3") "]");
    house_sample(&room->house);
    must_hear_nothing(&room->caller);
    house_set_mutex(&room->house, MUTEX_HELD); /* event 2, which ends the wait */
    must_hear(&room->caller, "[{'id':1,'result':{'subscription':1,'status':{'seq':1,'...':0},"
                             "'...':0},'...':0},"
                             "{'id':3,'result':{'subscription':2,'...':0},'...':0},"
                             "{'id':2,'result':{'status':{'seq':2,'...':0},'...':0},'...':0}]");
    must_hear_event(&room->caller, 1, 2);
    must_hear_event(&room->caller, 2, 2);
    house_toggle(&room->house, 1);
    must_hear_event(&room->caller, 1, 3);
    must_hear_event(&room->caller, 2, 3);
    must_hear_nothing(&room->caller);
}

static void other_subscriptions_go_on_meanwhile(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "{'subscription':1,'...':0}");
    say(&room->caller,
        "[" SUBSCRIBE("2") ","
                           "{'jsonrpc':'2.0','id':3,'method':'wait','params':['busy',1000]}]");
    house_toggle(&room->house, 2);
    must_hear_event(&room->caller, 1, 2);
    must_hear_event(&room->caller, 1, 3);
    must_hear_nothing(&room->caller);
    ask(&room->caller, "4", "cancel", "[3]");
    must_hear(&room->caller, "[{'id':2,'result':{'subscription':2,'...':0},'...':0},"
                             "{'id':3,'error':{'code':-32004,'message':'$text'},'...':0}]");
    must_hear_result(&room->caller, "4", "true");
    must_hear_event(&room->caller, 2, 2); /* nothing was lost */
    must_hear_event(&room->caller, 2, 3);
    must_hear_nothing(&room->caller);
}

static void a_subscription_may_begin_and_end_in_one_batch(void **state)
{
    struct room *room = *state;
    say(&room->caller,
        "[" SUBSCRIBE("1") ","
                           "{'jsonrpc':'2.0','id':2,'method':'unsubscribe','params':[1]}]");
    must_hear(&room->caller, "[{'id':1,'result':'$any','...':0},{'id':2,'result':true,'...':0}]");
    house_toggle(&room->house, 2);
    must_hear_nothing(&room->caller);
}

static void sixteen_pages_of_history_fit_a_reply_line(void **state)
{
    struct room *room = *state;
    char batch[WIRE_REQUEST_LINE];
    size_t size;
    house_toggle(&room->house, ROOM_HELD);
    compose(batch, sizeof batch,
            "{'jsonrpc':'2.0','id':", ",'method':'history','params':{'limit':256}}", 16);
    say(&room->caller, batch);
    const char *line = caller_line(&room->caller, &size);
    assert_non_null(line);
    assert_in_range(size + 1, WIRE_REPLY_LINE / 2, WIRE_REPLY_LINE);
    must_hear_nothing(&room->caller);
    assert_int_equal(room->house.faults, 0);
}

int batches_tests(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(one_to_sixteen_members_are_answered_in_one_line),
        IN_ROOM(seventeen_members_are_one_error_and_the_connection_stays),
        IN_ROOM(seventeen_notifications_are_too_many_as_well),
        IN_ROOM(every_member_that_is_no_request_is_answered_for_itself),
        IN_ROOM(it_is_answered_when_its_last_member_is_done),
        IN_ROOM(a_member_can_be_cancelled_from_within_and_from_outside),
        IN_ROOM(waits_sent_as_notifications_have_no_effect),
        IN_ROOM(no_event_comes_before_the_reply_of_its_subscribe),
        IN_ROOM(other_subscriptions_go_on_meanwhile),
        IN_ROOM(a_subscription_may_begin_and_end_in_one_batch),
        IN_ROOM(sixteen_pages_of_history_fit_a_reply_line),
    };
    return cmocka_run_group_tests_name("batches", tests, NULL, NULL);
}
