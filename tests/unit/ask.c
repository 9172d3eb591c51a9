/* ask.c: what tests of connections send and must receive. */
#include "ask.h"

#include "json_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fixture_begin(struct server_fixture *fixture, size_t held, const struct rpc_limits *limits)
{
    test_clock_stop(FIXTURE_MONO_MS);
    assert_int_equal(server_init(&fixture->server, held, limits), 0);
    server_sample(&fixture->server);
    client_init(&fixture->server, &fixture->client);
}

void fixture_end(struct server_fixture *fixture)
{
    server_release(&fixture->server);
    client_release(&fixture->client);
    assert_int_equal(fixture->server.faults, 0);
    test_clock_run();
}

int fixture_enter(void **state)
{
    struct server_fixture *fixture = calloc(1, sizeof *fixture);
    struct rpc_limits limits = test_server_limits();
    assert_non_null(fixture);
    fixture_begin(fixture, FIXTURE_HELD, &limits);
    *state = fixture;
    return 0;
}

int fixture_leave(void **state)
{
    struct server_fixture *fixture = *state;
    server_release(&fixture->server);
    client_release(&fixture->client);
    int faults = (int)fixture->server.faults;
    test_clock_run();
    free(fixture);
    return faults;
}

void say(struct test_client *client, const char *quoted)
{
    size_t size = strlen(quoted);
    char *line = malloc(size + 2);
    assert_non_null(line);
    memcpy(line, quoted, size + 1);
    json_quote(line);
    line[size] = '\n';
    size_t sent = client_send(client, line, size + 1, size + 1);
    free(line);
    assert_int_equal(sent, size + 1);
}

void ask(struct test_client *client, const char *id, const char *method, const char *params)
{
    char line[WIRE_REQUEST_LINE * 2];
    int size = snprintf(line, sizeof line, "{'jsonrpc':'2.0','method':'%s'%s%s%s%s}", method,
                        id == NULL ? "" : ",'id':", id == NULL ? "" : id,
                        params == NULL ? "" : ",'params':", params == NULL ? "" : params);
    assert_in_range(size, 1, sizeof line - 1);
    say(client, line);
}

void must_hear(struct test_client *client, const char *pattern)
{
    size_t size;
    const char *line = client_line(client, &size);
    must(line != NULL, "nothing, instead of %s", pattern);
    must(json_matches(line, size, pattern), "%s\ninstead of %s", line, pattern);
}

void must_hear_nothing(struct test_client *client)
{
    size_t size;
    const char *line = client_line(client, &size);
    must(line == NULL, "%s\ninstead of nothing", line);
}

void must_hear_result(struct test_client *client, const char *id, const char *pattern)
{
    char text[8192];
    int size = snprintf(text, sizeof text, "{'jsonrpc':'2.0','id':%s,'result':%s}", id, pattern);
    assert_in_range(size, 1, sizeof text - 1);
    must_hear(client, text);
}

void must_hear_error(struct test_client *client, const char *id, int code, const char *data)
{
    char text[8192];
    int size = snprintf(text, sizeof text,
                        "{'jsonrpc':'2.0','id':%s,'error':{'code':%d,'message':'$text'%s%s}}", id,
                        code, data == NULL ? "" : ",'data':", data == NULL ? "" : data);
    assert_in_range(size, 1, sizeof text - 1);
    must_hear(client, text);
}

void must_hear_event(struct test_client *client, unsigned subscription, unsigned seq)
{
    char text[256];
    snprintf(text, sizeof text,
             "{'jsonrpc':'2.0','method':'event','params':{'subscription':%u,"
             "'event':{'seq':%u,'...':0}}}",
             subscription, seq);
    must_hear(client, text);
}

void must_hear_gap(struct test_client *client, unsigned subscription, unsigned from, unsigned to)
{
    char text[256];
    snprintf(text, sizeof text,
             "{'jsonrpc':'2.0','method':'gap','params':{'subscription':%u,'from':%u,'to':%u}}",
             subscription, from, to);
    must_hear(client, text);
}

void must_hear_closing(struct test_client *client, const char *reason, const char *limit)
{
    char text[256];
    snprintf(text, sizeof text,
             "{'jsonrpc':'2.0','method':'closing','params':{'reason':'%s'%s%s%s}}", reason,
             limit == NULL ? "" : ",'limit':'", limit == NULL ? "" : limit,
             limit == NULL ? "" : "'");
    must_hear(client, text);
    must_hear_nothing(client);
    assert_true(client->released);
}
