/* rpc_examples_test.c: the examples of the JSON-RPC 2.0 specification, section 7, each as it is
 * there, without its line breaks.
 *
 * Methods that we do not have are replaced by ours, so that results mean something:
 *   subtract(minuend, subtrahend)   history(after, before): the events between them
 *   update, notify_sum              history, as a notification
 *   notify_hello                    cancel, as a notification
 *   sum                             cancel: the result is false, because no request has that id
 *   get_data                        wait, for the state that already is
 * foobar, 1, foo.get and everything malformed stay as they are.
 */
#include "ask.h"

#include <stdio.h>
#include <string.h>

/* The answer must be a history with `count` seqs from `first` on. */
static void must_hear_events(struct test_client *client, const char *id, unsigned first,
                             unsigned count)
{
    char pattern[1024] = "{'events':[";
    size_t size = strlen(pattern);
    for (unsigned i = 0; i < count; i++) {
        size += (size_t)snprintf(pattern + size, sizeof pattern - size, "%s{'seq':%u,'...':0}",
                                 i == 0 ? "" : ",", first + i);
    }
    snprintf(pattern + size, sizeof pattern - size, "],'...':0}");
    must_hear_result(client, id, pattern);
}

static void call_with_positional_parameters(void **state)
{
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 60);
    say(&fixture->client, "{'jsonrpc': '2.0', 'method': 'history', 'params': [42, 45], 'id': 1}");
    must_hear_events(&fixture->client, "1", 43, 2);
    say(&fixture->client, "{'jsonrpc': '2.0', 'method': 'history', 'params': [45, 42], 'id': 2}");
    must_hear_events(&fixture->client, "2", 0, 0); /* the order of positional params matters */
    must_hear_nothing(&fixture->client);
}

static void call_with_named_parameters(void **state)
{
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 60);
    say(&fixture->client, "{'jsonrpc': '2.0', 'method': 'history', "
                          "'params': {'before': 45, 'after': 42}, 'id': 3}");
    must_hear_events(&fixture->client, "3", 43, 2);
    say(&fixture->client, "{'jsonrpc': '2.0', 'method': 'history', "
                          "'params': {'after': 42, 'before': 45}, 'id': 4}");
    must_hear_events(&fixture->client, "4", 43, 2); /* the order of named params does not */
    must_hear_nothing(&fixture->client);
}

static void a_notification(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "{'jsonrpc': '2.0', 'method': 'history', 'params': [1,2,3,4,5]}");
    must_hear_nothing(&fixture->client);
    say(&fixture->client, "{'jsonrpc': '2.0', 'method': 'foobar'}");
    must_hear_nothing(&fixture->client);
}

static void call_of_a_method_that_is_not_there(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "{'jsonrpc': '2.0', 'method': 'foobar', 'id': '1'}");
    must_hear(&fixture->client, "{'jsonrpc': '2.0', 'error': {'code': -32601, "
                                "'message': 'Method not found'}, 'id': '1'}");
}

#define PARSE_ERROR                                                                                \
    "{'jsonrpc': '2.0', 'error': {'code': -32700, 'message': 'Parse error'}, 'id': null}"
#define INVALID_REQUEST                                                                            \
    "{'jsonrpc': '2.0', 'error': {'code': -32600, 'message': 'Invalid Request'}, 'id': null}"

static void call_with_invalid_json(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "{'jsonrpc': '2.0', 'method': 'foobar, 'params': 'bar', 'baz]");
    must_hear(&fixture->client, PARSE_ERROR);
}

static void call_with_an_invalid_request_object(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "{'jsonrpc': '2.0', 'method': 1, 'params': 'bar'}");
    must_hear(&fixture->client, INVALID_REQUEST);
}

static void batch_with_invalid_json(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[  {'jsonrpc': '2.0', 'method': 'cancel', 'params': [1,2,4], 'id': '1'},"
                          "  {'jsonrpc': '2.0', 'method']");
    must_hear(&fixture->client, PARSE_ERROR);
    must_hear_nothing(&fixture->client);
}

static void batch_that_is_an_empty_array(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[]");
    must_hear(&fixture->client, INVALID_REQUEST);
}

static void batch_that_is_invalid_but_not_empty(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[1]");
    must_hear(&fixture->client, "[" INVALID_REQUEST "]");
}

static void batch_that_is_invalid(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[1,2,3]");
    must_hear(&fixture->client, "[" INVALID_REQUEST "," INVALID_REQUEST "," INVALID_REQUEST "]");
}

static void batch_of_all_kinds(void **state)
{
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 60);
    say(&fixture->client, "["
                          "{'jsonrpc': '2.0', 'method': 'cancel', 'params': ['other'], 'id': '1'},"
                          "{'jsonrpc': '2.0', 'method': 'cancel', 'params': [7]},"
                          "{'jsonrpc': '2.0', 'method': 'history', 'params': [42,44], 'id': '2'},"
                          "{'foo': 'boo'},"
                          "{'jsonrpc': '2.0', 'method': 'foo.get', 'params': {'name': 'myself'}, "
                          "'id': '5'},"
                          "{'jsonrpc': '2.0', 'method': 'wait', 'id': '9'}"
                          "]");
    must_hear(&fixture->client,
              "["
              "{'jsonrpc': '2.0', 'result': false, 'id': '1'},"
              "{'jsonrpc': '2.0', 'result': {'events':[{'seq':43,'...':0}],'...':0}, 'id': '2'},"
              "{'jsonrpc': '2.0', 'error': {'code': -32600, 'message': 'Invalid Request'}, "
              "'id': null},"
              "{'jsonrpc': '2.0', 'error': {'code': -32601, 'message': 'Method not found'}, "
              "'id': '5'},"
              "{'jsonrpc': '2.0', 'result': {'status':" STATUS("idle") ",'waited_ms':0}, "
                                                                       "'id': '9'}"
                                                                       "]");
    must_hear_nothing(&fixture->client);
}

static void batch_of_notifications_alone(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "["
                          "{'jsonrpc': '2.0', 'method': 'history', 'params': [1,2,4]},"
                          "{'jsonrpc': '2.0', 'method': 'cancel', 'params': [7]}"
                          "]");
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "1", "status", NULL);
    must_hear_result(&fixture->client, "1", STATUS("idle"));
}

int rpc_examples_tests(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(call_with_positional_parameters),
        WITH_SERVER(call_with_named_parameters),
        WITH_SERVER(a_notification),
        WITH_SERVER(call_of_a_method_that_is_not_there),
        WITH_SERVER(call_with_invalid_json),
        WITH_SERVER(call_with_an_invalid_request_object),
        WITH_SERVER(batch_with_invalid_json),
        WITH_SERVER(batch_that_is_an_empty_array),
        WITH_SERVER(batch_that_is_invalid_but_not_empty),
        WITH_SERVER(batch_that_is_invalid),
        WITH_SERVER(batch_of_all_kinds),
        WITH_SERVER(batch_of_notifications_alone),
    };
    return cmocka_run_group_tests_name("rpc_examples", tests, NULL, NULL);
}
