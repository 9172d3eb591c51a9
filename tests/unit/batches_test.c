/* batches_test.c: batches: answered once, when the last member is done. */
#include "ask.h"

#include "api/subscribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes a batch of `count` members: each is its number, from 1, between two texts. */
static void compose(char *text, size_t fixture, const char *before, const char *behind,
                    unsigned count)
{
    size_t size = 0;
    for (unsigned i = 1; i <= count; i++) {
        size += (size_t)snprintf(text + size, fixture - size, "%s%s%u%s", i == 1 ? "[" : ",",
                                 before, i, behind);
        assert_in_range(size, 1, fixture - 2);
    }
    snprintf(text + size, fixture - size, "]");
}

static void one_to_sixteen_members_are_answered_in_one_line(void **state)
{
    struct server_fixture *fixture = *state;
    for (unsigned count = 1; count <= 16; count++) {
        char batch[WIRE_REQUEST_LINE], answer[WIRE_REQUEST_LINE];
        compose(batch, sizeof batch, "{'jsonrpc':'2.0','id':", ",'method':'cancel','params':[0]}",
                count);
        compose(answer, sizeof answer, "{'jsonrpc':'2.0','id':", ",'result':false}", count);
        say(&fixture->client, batch);
        must_hear(&fixture->client, answer);
        must_hear_nothing(&fixture->client);
    }
}

static void seventeen_members_are_one_error_and_the_connection_stays(void **state)
{
    struct server_fixture *fixture = *state;
    char batch[WIRE_REQUEST_LINE];
    compose(batch, sizeof batch, "{'jsonrpc':'2.0','id':", ",'method':'cancel','params':[0]}", 17);
    say(&fixture->client, batch);
    must_hear_error(&fixture->client, "null", -32600, NULL);
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "1", "cancel", "[0]");
    must_hear_result(&fixture->client, "1", "false");
}

static void seventeen_notifications_are_too_many_as_well(void **state)
{
    struct server_fixture *fixture = *state;
    char batch[WIRE_REQUEST_LINE];
    compose(batch, sizeof batch, "{'jsonrpc':'2.0','method':'cancel','params':[", "]}", 17);
    say(&fixture->client, batch);
    must_hear_error(&fixture->client, "null", -32600, NULL);
    must_hear_nothing(&fixture->client);
}

static void every_member_that_is_no_request_is_answered_for_itself(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[[],[{'jsonrpc':'2.0','id':1,'method':'status'}],null,"
                          "{'jsonrpc':'2.0','id':2,'method':'cancel','params':[0]},"
                          "{'jsonrpc':'2.0','id':{},'method':'status'},"
                          "{'jsonrpc':'2.0','id':3,'method':'history','params':['x']}]");
    must_hear(&fixture->client,
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
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[" WAIT("1") "," CANCEL("2", "0") "]");
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "3", "cancel", "[0]"); /* the batch does not delay it */
    must_hear_result(&fixture->client, "3", "false");
    say(&fixture->client, "[" CANCEL("4", "0") "]"); /* nor another batch */
    must_hear(&fixture->client, "[{'jsonrpc':'2.0','id':4,'result':false}]");
    server_set_mutex(&fixture->server, MUTEX_HELD);
    must_hear(&fixture->client,
              "[{'jsonrpc':'2.0','id':2,'result':false},"
              "{'jsonrpc':'2.0','id':1,'result':{'status':" STATUS("busy") ","
                                                                           "'waited_ms':0}}]");
    must_hear_nothing(&fixture->client);
}

static void a_member_can_be_cancelled_from_within_and_from_outside(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[" WAIT("1") "," CANCEL("2", "1") "]");
    must_hear(&fixture->client,
              "[{'jsonrpc':'2.0','id':1,'error':{'code':-32004,'message':'$text'}},"
              "{'jsonrpc':'2.0','id':2,'result':true}]");
    say(&fixture->client, "[" WAIT("3") "]");
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "4", "cancel", "[3]");
    must_hear(&fixture->client,
              "[{'jsonrpc':'2.0','id':3,'error':{'code':-32004,'message':'$text'}}]");
    must_hear_result(&fixture->client, "4", "true");
    assert_false(fixture->server.waited);
}

static void waits_sent_as_notifications_have_no_effect(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[{'jsonrpc':'2.0','method':'wait','params':['busy']},"
                          "{'jsonrpc':'2.0','method':'subscribe'}]");
    assert_int_equal(fixture->client.connection.request_count, 0);
    assert_int_equal(subscriptions_count(&fixture->client.connection), 0);
    server_toggle(&fixture->server, 3);
    must_hear_nothing(&fixture->client);
}

static void no_event_comes_before_the_reply_of_its_subscribe(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[" SUBSCRIBE("1") "," WAIT("2") "," SUBSCRIBE("3") "]");
    server_sample(&fixture->server);
    must_hear_nothing(&fixture->client);
    server_set_mutex(&fixture->server, MUTEX_HELD); /* event 2, which ends the wait */
    must_hear(&fixture->client, "[{'id':1,'result':{'subscription':1,'status':{'seq':1,'...':0},"
                                "'...':0},'...':0},"
                                "{'id':3,'result':{'subscription':2,'...':0},'...':0},"
                                "{'id':2,'result':{'status':{'seq':2,'...':0},'...':0},'...':0}]");
    must_hear_event(&fixture->client, 1, 2);
    must_hear_event(&fixture->client, 2, 2);
    server_toggle(&fixture->server, 1);
    must_hear_event(&fixture->client, 1, 3);
    must_hear_event(&fixture->client, 2, 3);
    must_hear_nothing(&fixture->client);
}

static void other_subscriptions_go_on_meanwhile(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "{'subscription':1,'...':0}");
    say(&fixture->client,
        "[" SUBSCRIBE("2") ","
                           "{'jsonrpc':'2.0','id':3,'method':'wait','params':['busy',1000]}]");
    server_toggle(&fixture->server, 2);
    must_hear_event(&fixture->client, 1, 2);
    must_hear_event(&fixture->client, 1, 3);
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "4", "cancel", "[3]");
    must_hear(&fixture->client, "[{'id':2,'result':{'subscription':2,'...':0},'...':0},"
                                "{'id':3,'error':{'code':-32004,'message':'$text'},'...':0}]");
    must_hear_result(&fixture->client, "4", "true");
    must_hear_event(&fixture->client, 2, 2); /* nothing was lost */
    must_hear_event(&fixture->client, 2, 3);
    must_hear_nothing(&fixture->client);
}

static void a_subscription_may_begin_and_end_in_one_batch(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client,
        "[" SUBSCRIBE("1") ","
                           "{'jsonrpc':'2.0','id':2,'method':'unsubscribe','params':[1]}]");
    must_hear(&fixture->client,
              "[{'id':1,'result':'$any','...':0},{'id':2,'result':true,'...':0}]");
    server_toggle(&fixture->server, 2);
    must_hear_nothing(&fixture->client);
}

static void sixteen_pages_of_history_fit_a_reply_line(void **state)
{
    struct server_fixture *fixture = *state;
    char batch[WIRE_REQUEST_LINE];
    size_t size;
    server_toggle(&fixture->server, FIXTURE_HELD);
    compose(batch, sizeof batch,
            "{'jsonrpc':'2.0','id':", ",'method':'history','params':{'limit':256}}", 16);
    say(&fixture->client, batch);
    const char *line = client_line(&fixture->client, &size);
    assert_non_null(line);
    assert_in_range(size + 1, WIRE_REPLY_LINE / 2, WIRE_REPLY_LINE);
    must_hear_nothing(&fixture->client);
    assert_int_equal(fixture->server.faults, 0);
}

int batches_tests(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(one_to_sixteen_members_are_answered_in_one_line),
        WITH_SERVER(seventeen_members_are_one_error_and_the_connection_stays),
        WITH_SERVER(seventeen_notifications_are_too_many_as_well),
        WITH_SERVER(every_member_that_is_no_request_is_answered_for_itself),
        WITH_SERVER(it_is_answered_when_its_last_member_is_done),
        WITH_SERVER(a_member_can_be_cancelled_from_within_and_from_outside),
        WITH_SERVER(waits_sent_as_notifications_have_no_effect),
        WITH_SERVER(no_event_comes_before_the_reply_of_its_subscribe),
        WITH_SERVER(other_subscriptions_go_on_meanwhile),
        WITH_SERVER(a_subscription_may_begin_and_end_in_one_batch),
        WITH_SERVER(sixteen_pages_of_history_fit_a_reply_line),
    };
    return cmocka_run_group_tests_name("batches", tests, NULL, NULL);
}
