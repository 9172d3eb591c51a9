/* ask.c: what tests of sessions say and must hear. */
#include "ask.h"

#include "json_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void room_begin(struct room *room, size_t held, const struct rpc_limits *limits)
{
    test_clock_stop(ROOM_MONO_MS);
    assert_int_equal(house_init(&room->house, held, limits), 0);
    house_sample(&room->house);
    caller_init(&room->house, &room->caller);
}

void room_end(struct room *room)
{
    house_release(&room->house);
    caller_release(&room->caller);
    assert_int_equal(room->house.faults, 0);
    test_clock_run();
}

int room_enter(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    struct rpc_limits limits = house_limits();
    assert_non_null(room);
    room_begin(room, ROOM_HELD, &limits);
    *state = room;
    return 0;
}

int room_leave(void **state)
{
    struct room *room = *state;
    house_release(&room->house);
    caller_release(&room->caller);
    int faults = (int)room->house.faults;
    test_clock_run();
    free(room);
    return faults;
}

void say(struct caller *caller, const char *quoted)
{
    size_t size = strlen(quoted);
    char *line = malloc(size + 2);
    assert_non_null(line);
    memcpy(line, quoted, size + 1);
    json_quote(line);
    line[size] = '\n';
    size_t sent = caller_send(caller, line, size + 1, size + 1);
    free(line);
    assert_int_equal(sent, size + 1);
}

void ask(struct caller *caller, const char *id, const char *method, const char *params)
{
    char line[WIRE_REQUEST_LINE * 2];
    int size = snprintf(line, sizeof line, "{'jsonrpc':'2.0','method':'%s'%s%s%s%s}", method,
                        id == NULL ? "" : ",'id':", id == NULL ? "" : id,
                        params == NULL ? "" : ",'params':", params == NULL ? "" : params);
    assert_in_range(size, 1, sizeof line - 1);
    say(caller, line);
}

void must_hear(struct caller *caller, const char *pattern)
{
    size_t size;
    const char *line = caller_line(caller, &size);
    must(line != NULL, "nothing, instead of %s", pattern);
    must(json_matches(line, size, pattern), "%s\ninstead of %s", line, pattern);
}

void must_hear_nothing(struct caller *caller)
{
    size_t size;
    const char *line = caller_line(caller, &size);
    must(line == NULL, "%s\ninstead of nothing", line);
}

void must_hear_result(struct caller *caller, const char *id, const char *pattern)
{
    char text[8192];
    int size = snprintf(text, sizeof text, "{'jsonrpc':'2.0','id':%s,'result':%s}", id, pattern);
    assert_in_range(size, 1, sizeof text - 1);
    must_hear(caller, text);
}

void must_hear_error(struct caller *caller, const char *id, int code, const char *data)
{
    char text[8192];
    int size = snprintf(text, sizeof text,
                        "{'jsonrpc':'2.0','id':%s,'error':{'code':%d,'message':'$text'%s%s}}", id,
                        code, data == NULL ? "" : ",'data':", data == NULL ? "" : data);
    assert_in_range(size, 1, sizeof text - 1);
    must_hear(caller, text);
}

void must_hear_event(struct caller *caller, unsigned subscription, unsigned seq)
{
    char text[256];
    snprintf(text, sizeof text,
             "{'jsonrpc':'2.0','method':'event','params':{'subscription':%u,"
             "'event':{'seq':%u,'...':0}}}",
             subscription, seq);
    must_hear(caller, text);
}

void must_hear_gap(struct caller *caller, unsigned subscription, unsigned from, unsigned to)
{
    char text[256];
    snprintf(text, sizeof text,
             "{'jsonrpc':'2.0','method':'gap','params':{'subscription':%u,'from':%u,'to':%u}}",
             subscription, from, to);
    must_hear(caller, text);
}

void must_hear_closing(struct caller *caller, const char *reason, const char *limit)
{
    char text[256];
    snprintf(text, sizeof text,
             "{'jsonrpc':'2.0','method':'closing','params':{'reason':'%s'%s%s%s}}", reason,
             limit == NULL ? "" : ",'limit':'", limit == NULL ? "" : limit,
             limit == NULL ? "" : "'");
    must_hear(caller, text);
    must_hear_nothing(caller);
    assert_true(caller->released);
}
