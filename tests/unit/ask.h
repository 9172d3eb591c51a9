/* ask.h: what tests of sessions say and must hear. Texts have ' for " (json_match.h). */
#ifndef MSIWATCH_TESTS_ASK_H
#define MSIWATCH_TESTS_ASK_H

#include "unit.h"

#include "memory_io.h"
#include "test_clock.h"

/* A fixture: a house whose machine is idle (event 1), and one client. */
struct room {
    struct house house;
    struct caller caller;
};

#define ROOM_HELD 4096 /* events */
#define ROOM_MONO_MS 1000000

/* For cmocka_unit_test_setup_teardown; leaving fails when a session did what it must not. */
int room_enter(void **state);
int room_leave(void **state);
#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, room_enter, room_leave)

/* Another room than room_enter's. */
void room_begin(struct room *room, size_t held, const struct rpc_limits *limits);
void room_end(struct room *room);

/* Sends a line; its end is added. */
void say(struct caller *caller, const char *quoted);

/* A request. `id` and `params` are JSON; NULL leaves them out. */
void ask(struct caller *caller, const char *id, const char *method, const char *params);

/* The next line must fit the pattern. */
void must_hear(struct caller *caller, const char *pattern);
void must_hear_nothing(struct caller *caller);
void must_hear_result(struct caller *caller, const char *id, const char *pattern);

/* `data` NULL: there must be none. */
void must_hear_error(struct caller *caller, const char *id, int code, const char *data);
void must_hear_event(struct caller *caller, unsigned subscription, unsigned seq);
void must_hear_gap(struct caller *caller, unsigned subscription, unsigned from, unsigned to);

/* The last word, and the end of the connection. `limit` NULL: none is named. */
void must_hear_closing(struct caller *caller, const char *reason, const char *limit);

/* That a Status says so. */
#define STATUS(word) "{'state':'" word "','...':0}"

#endif
