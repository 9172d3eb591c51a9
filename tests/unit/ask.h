/* ask.h: what tests of connections send and must receive. Texts have ' instead of "
 * (json_match.h). */
#ifndef MSIWATCH_TESTS_ASK_H
#define MSIWATCH_TESTS_ASK_H

#include "unit.h"

#include "memory_io.h"
#include "test_clock.h"

/* A server whose machine is idle (event 1), and one client. */
struct server_fixture {
    struct test_server server;
    struct test_client client;
};

#define FIXTURE_HELD 4096 /* events */
#define FIXTURE_MONO_MS 1000000

/* For cmocka_unit_test_setup_teardown; fixture_leave fails if a connection did something
 * forbidden. */
int fixture_enter(void **state);
int fixture_leave(void **state);
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, fixture_enter, fixture_leave)

/* A fixture with other sizes than that of fixture_enter. */
void fixture_begin(struct server_fixture *fixture, size_t held, const struct rpc_limits *limits);
void fixture_end(struct server_fixture *fixture);

/* Sends a line with its end. */
void say(struct test_client *client, const char *quoted);

/* Sends a request. `id` and `params` are JSON; NULL leaves them out. */
void ask(struct test_client *client, const char *id, const char *method, const char *params);

/* The next line must match the pattern. */
void must_hear(struct test_client *client, const char *pattern);
void must_hear_nothing(struct test_client *client);
void must_hear_result(struct test_client *client, const char *id, const char *pattern);

/* `data` NULL: the error must have none. */
void must_hear_error(struct test_client *client, const char *id, int code, const char *data);
void must_hear_event(struct test_client *client, unsigned subscription, unsigned seq);
void must_hear_gap(struct test_client *client, unsigned subscription, unsigned from, unsigned to);

/* The last line, and then the end of the connection. `limit` NULL: it names no limit. */
void must_hear_closing(struct test_client *client, const char *reason, const char *limit);

/* A pattern for a Status with this state. */
#define STATUS(word) "{'state':'" word "','...':0}"

#endif
