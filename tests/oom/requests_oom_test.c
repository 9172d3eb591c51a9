/* requests_oom_test.c: memory runs out within a connection: for each scenario the n-th allocation
 * fails, n from 1 until the scenario gets through, once alone and once with those that follow.
 *
 * Each time: no crash, no leak; a request that cannot be carried out gets -32603 or its connection
 * ends, and nothing that is said is anything else than what is said with memory enough; another
 * client is not touched, and a new one is served.
 */
#include "unit.h"

#include "allocator.h"
#include "fuzz_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#define HEARD 524288u /* bytes */

/* What client 0 hears. */
struct heard {
    size_t size;
    char text[HEARD];
};

struct scenario {
    const char *name;
    void (*prepare)(struct fuzz_server *server); /* with memory enough; may be NULL */
    void (*run)(struct fuzz_server *server);
    bool touches_all; /* other clients' events need memory too, so they may lose it as well */
};

static struct fuzz_server server;
static struct heard heard, reference;

static void hear(size_t client, const char *data, size_t size)
{
    if (client == 0) {
        must(heard.size + size <= HEARD, "too much to hear");
        memcpy(heard.text + heard.size, data, size);
        heard.size += size;
    }
}

/* ---- the scenarios ---- */

#define REQUEST(id, method) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\"}\n"
#define REQUEST_WITH(id, method, params)                                                           \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\",\"params\":" params "}\n"

static void say(struct fuzz_server *to, const char *text)
{
    fuzz_send_text(to, 0, text);
}

static void connects(struct fuzz_server *to)
{
    fuzz_hang_up(to, 0, 0);
    fuzz_connect(to, 0);
    say(to, REQUEST("1", "about"));
}

static void asks_about(struct fuzz_server *to)
{
    say(to, REQUEST("\"a long id that is a string\"", "about"));
}

static void asks_status_just_seen(struct fuzz_server *to)
{
    fuzz_observe(to, VERDICT_IDLE);
    say(to, REQUEST("1", "status"));
}

static void asks_status_and_waits_for_the_sample(struct fuzz_server *to)
{
    fuzz_advance(to, 50);
    say(to, REQUEST("1", "status"));
    fuzz_observe(to, VERDICT_IDLE);
}

static void asks_status_and_no_sample_comes(struct fuzz_server *to)
{
    fuzz_advance(to, 50);
    say(to, REQUEST("1", "status"));
    fuzz_advance(to, 100);
}

static void asks_history(struct fuzz_server *to)
{
    say(to, REQUEST_WITH("1", "history", "{\"limit\":20,\"order\":\"desc\"}"));
}

static void asks_metrics(struct fuzz_server *to)
{
    say(to, REQUEST("1", "metrics"));
}

static void asks_metrics_as_text(struct fuzz_server *to)
{
    say(to, REQUEST_WITH("1", "metrics", "{\"format\":\"prometheus\"}"));
}

static void subscribes(struct fuzz_server *to)
{
    say(to, REQUEST("1", "subscribe"));
}

static void subscribes_to_the_past(struct fuzz_server *to)
{
    say(to, REQUEST_WITH("1", "subscribe", "[0]"));
}

static void subscribes_to_the_future(struct fuzz_server *to)
{
    say(to, REQUEST_WITH("1", "subscribe", "[99]"));
}

static void unsubscribes(struct fuzz_server *to)
{
    say(to, REQUEST_WITH("2", "unsubscribe", "[1]"));
}

static void waits_for_what_is(struct fuzz_server *to)
{
    fuzz_observe(to, VERDICT_IDLE);
    say(to, REQUEST("1", "wait"));
}

static void waits_for_long(struct fuzz_server *to)
{
    say(to, REQUEST_WITH("1", "wait", "{\"for\":\"busy\"}"));
}

static void waits_for_a_change(struct fuzz_server *to)
{
    waits_for_long(to);
    fuzz_observe(to, VERDICT_BUSY);
}

static void waits_in_vain(struct fuzz_server *to)
{
    say(to, REQUEST_WITH("1", "wait", "{\"for\":\"busy\",\"timeout_ms\":5000}"));
    fuzz_advance(to, 5000);
}

static void waits_and_cancels(struct fuzz_server *to)
{
    waits_for_long(to);
    say(to, REQUEST_WITH("2", "cancel", "[1]"));
}

static void asks_for_a_turn(struct fuzz_server *to)
{
    fuzz_observe(to, VERDICT_BUSY);
    say(to, REQUEST_WITH("1", "turn.acquire", "{\"label\":\"x\",\"why\":\"y\"}"));
    fuzz_advance(to, 2000); /* the notification that it waits */
    fuzz_observe(to, VERDICT_IDLE);
}

static void gives_the_turn_back(struct fuzz_server *to)
{
    say(to, REQUEST("2", "turn.list"));
    say(to, REQUEST_WITH("3", "turn.release", "[0]"));
    say(to, REQUEST("4", "turn.release"));
}

static void waits_for_a_turn_in_vain(struct fuzz_server *to)
{
    fuzz_observe(to, VERDICT_BUSY);
    say(to, REQUEST_WITH("1", "turn.acquire", "{\"timeout_ms\":500}"));
    fuzz_advance(to, 500);
}

static void holds_back_and_revokes(struct fuzz_server *to)
{
    say(to, REQUEST("2", "hold"));
    say(to, REQUEST_WITH("3", "turn.revoke", "[1]"));
    say(to, REQUEST_WITH("4", "hold", "{\"lift\":true}"));
}

static void sends_a_batch(struct fuzz_server *to)
{
    say(to, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"about\"},7,"
            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"subscribe\",\"params\":[0]},"
            "{\"jsonrpc\":\"2.0\",\"method\":\"about\"},"
            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"history\"},"
            "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"wait\",\"params\":[\"busy\"]}]\n");
    fuzz_observe(to, VERDICT_BUSY);
}

static void sends_notifications(struct fuzz_server *to)
{
    say(to, "{\"jsonrpc\":\"2.0\",\"method\":\"about\"}\n");
    say(to, "{\"jsonrpc\":\"2.0\",\"method\":\"subscribe\"}\n");
    say(to, REQUEST("1", "about"));
}

static void asks_wrongly(struct fuzz_server *to)
{
    say(to, REQUEST("1", "no such method"));
    say(to, REQUEST_WITH("2", "wait", "{\"for\":\"godot\"}"));
    say(to, REQUEST_WITH("3", "status", "[1]"));
    say(to, REQUEST_WITH("4", "unsubscribe", "[77]"));
    say(to, REQUEST("{}", "status"));
    say(to, "not json\n");
    say(to, "[]\n");
}

static void asks_as_much_as_it_may(struct fuzz_server *to)
{
    for (int i = 0; i < 64; i++) {
        waits_for_long(to);
    }
}

static void subscribes_as_often_as_it_may(struct fuzz_server *to)
{
    for (int i = 0; i < 8; i++) {
        subscribes(to);
    }
}

static void sends_a_line_that_is_too_long(struct fuzz_server *to)
{
    static char line[5000];
    memset(line, 'x', sizeof line);
    fuzz_send(to, 0, line, sizeof line);
}

static void says_nothing_for_too_long(struct fuzz_server *to)
{
    fuzz_advance(to, 5000);
}

static void closes_with_requests_in_flight(struct fuzz_server *to)
{
    say(to, REQUEST("1", "subscribe"));
    say(to, REQUEST_WITH("2", "wait", "{\"for\":\"busy\"}"));
    fuzz_hang_up(to, 0, 0);
}

static void all_subscribe(struct fuzz_server *to)
{
    static const char line[] = REQUEST("1", "subscribe");
    fuzz_connect(to, 2);
    fuzz_connect(to, 3);
    for (size_t i = 0; i < FUZZ_CLIENTS; i++) {
        fuzz_send_text(to, i, line);
    }
}

static void events_go_to_all(struct fuzz_server *to)
{
    fuzz_append(to, 3);
    fuzz_observe(to, VERDICT_BUSY);
    fuzz_append(to, 9); /* more than the journal holds, while one is slow */
}

static void one_is_slow(struct fuzz_server *to)
{
    all_subscribe(to);
    to->clients[0].hold = true;
}

static void the_slow_one_goes_on(struct fuzz_server *to)
{
    fuzz_append(to, 40);
    to->clients[0].hold = false;
    fuzz_release(to, 0);
}

static void ask_much(struct fuzz_server *to)
{
    say(to, REQUEST("1", "subscribe"));
    say(to, REQUEST_WITH("2", "wait", "{\"for\":\"busy\"}"));
    say(to, "[{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"about\"},"
            "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"wait\",\"params\":[\"busy\"]}]\n");
}

static void the_service_stops(struct fuzz_server *to)
{
    fuzz_stop(to);
}

static const struct scenario scenarios[] = {
    {"connects", NULL, connects, false},
    {"about", NULL, asks_about, false},
    {"status, seen just now", NULL, asks_status_just_seen, false},
    {"status, with the next sample", NULL, asks_status_and_waits_for_the_sample, false},
    {"status, without a sample", NULL, asks_status_and_no_sample_comes, false},
    {"history", NULL, asks_history, false},
    {"metrics", NULL, asks_metrics, false},
    {"metrics, as text", NULL, asks_metrics_as_text, false},
    {"subscribe", NULL, subscribes, false},
    {"subscribe to the past", NULL, subscribes_to_the_past, false},
    {"subscribe to the future", NULL, subscribes_to_the_future, false},
    {"unsubscribe", subscribes, unsubscribes, false},
    {"wait for what is", NULL, waits_for_what_is, false},
    {"wait for a change", NULL, waits_for_a_change, true},
    {"wait in vain", NULL, waits_in_vain, false},
    {"wait and cancel", NULL, waits_and_cancels, false},
    {"a turn", NULL, asks_for_a_turn, true},
    {"the end of a turn", asks_for_a_turn, gives_the_turn_back, true},
    {"a turn in vain", NULL, waits_for_a_turn_in_vain, true},
    {"hold and revoke", asks_for_a_turn, holds_back_and_revokes, true},
    {"a batch", NULL, sends_a_batch, true},
    {"notifications", NULL, sends_notifications, false},
    {"wrong requests", NULL, asks_wrongly, false},
    {"too many requests", asks_as_much_as_it_may, waits_for_long, false},
    {"too many subscriptions", subscribes_as_often_as_it_may, subscribes, false},
    {"a line that is too long", NULL, sends_a_line_that_is_too_long, false},
    {"silence", NULL, says_nothing_for_too_long, false},
    {"close with requests in flight", NULL, closes_with_requests_in_flight, false},
    {"fan-out", all_subscribe, events_go_to_all, true},
    {"fan-out to a slow reader", one_is_slow, the_slow_one_goes_on, true},
    {"stop", ask_much, the_service_stops, true},
};

/* ---- running one ---- */

/* A line at `*at`, which goes on to the next; false at the end. */
static bool next_line(const struct heard *from, const char **at, size_t *size)
{
    const char *line = *at, *end = from->text + from->size;
    if (line == end) {
        return false;
    }
    *size = (size_t)((const char *)memchr(line, '\n', (size_t)(end - line)) - line);
    *at = line + *size + 1;
    return true;
}

static yyjson_doc *parse(const char *line, size_t size)
{
    yyjson_doc *doc = yyjson_read(line, size, 0);
    must(doc != NULL, "no JSON: %.*s", (int)size, line);
    return doc;
}

/* Whether it is what was said with memory enough; or else says of the same request that it cannot
 * be carried out. */
static bool stands_for(yyjson_val *answer, yyjson_val *expected)
{
    yyjson_val *error = yyjson_obj_get(answer, "error");
    return yyjson_equals(answer, expected) ||
           (yyjson_get_int(yyjson_obj_get(error, "code")) == WIRE_INTERNAL &&
            yyjson_obj_get(answer, "id") != NULL && yyjson_obj_get(expected, "id") != NULL &&
            yyjson_equals(yyjson_obj_get(answer, "id"), yyjson_obj_get(expected, "id")));
}

static bool is_member(yyjson_val *answer, yyjson_val *batch)
{
    size_t index, count;
    yyjson_val *member;
    yyjson_arr_foreach(batch, index, count, member)
    {
        if (stands_for(answer, member)) {
            return true;
        }
    }
    return false;
}

/* Of a batch each member stands for itself, in whatever order, and none is missing. */
static bool fits(yyjson_val *said, yyjson_val *expected)
{
    size_t index, count;
    yyjson_val *member;
    if (!yyjson_is_arr(said) || !yyjson_is_arr(expected)) {
        return stands_for(said, expected);
    }
    yyjson_arr_foreach(said, index, count, member)
    {
        if (!is_member(member, expected)) {
            return false;
        }
    }
    yyjson_arr_foreach(expected, index, count, member)
    {
        yyjson_val *id = yyjson_obj_get(member, "id"), *other;
        size_t i, others, found = 0;
        yyjson_arr_foreach(said, i, others, other)
        {
            found += yyjson_equals(yyjson_obj_get(other, "id"), id);
        }
        if (found != 1) {
            return false;
        }
    }
    return true;
}

/* Whether this line, or one that it may be instead, was said with memory enough. */
static bool may_be_said(const char *line, size_t size)
{
    const char *at = reference.text, *other = at;
    size_t other_size;
    bool may = false;
    yyjson_doc *doc = parse(line, size);
    while (!may && next_line(&reference, &at, &other_size)) {
        yyjson_doc *expected = parse(other, other_size);
        may = fits(yyjson_doc_get_root(doc), yyjson_doc_get_root(expected));
        yyjson_doc_free(expected);
        other = at;
    }
    yyjson_doc_free(doc);
    return may;
}

static void check_heard(const char *name, size_t n)
{
    const char *at = heard.text, *line = at;
    size_t size;
    while (next_line(&heard, &at, &size)) {
        must(may_be_said(line, size), "%s, allocation %zu: a wrong answer: %.*s", name, n,
             (int)size, line);
        line = at;
    }
}

static void check_that_all_goes_on(const struct scenario *scenario, size_t n)
{
    if (server.stopping) {
        return;
    }
    for (size_t i = 1; i < (scenario->touches_all ? 1 : 2); i++) {
        must(server.clients[i].live && connection_is_live(&server.clients[i].connection),
             "%s, allocation %zu: another client lost its connection", scenario->name, n);
    }
    if (!server.clients[1].live) {
        fuzz_connect(&server, 1);
    }
    uint64_t before = server.clients[1].checker.results;
    fuzz_send_text(&server, 1, REQUEST("\"last\"", "about"));
    must(server.clients[1].checker.results == before + 1,
         "%s, allocation %zu: no service afterwards", scenario->name, n);
}

/* With the n-th allocation failing; how many failed. */
static size_t run_once(const struct scenario *scenario, size_t n, size_t run)
{
    struct rpc_limits limits = fuzz_limits();
    struct allocator_live before = allocator_live();
    assert_int_equal(fuzz_begin(&server, &limits, 16), 0);
    server.heard = hear;
    heard.size = 0;
    fuzz_connect(&server, 0);
    fuzz_connect(&server, 1);
    fuzz_send_text(&server, 1, REQUEST("1", "about")); /* or it is closed for saying nothing */
    fuzz_observe(&server, VERDICT_IDLE);
    fuzz_append(&server, 5);
    if (scenario->prepare != NULL) {
        scenario->prepare(&server);
    }
    allocator_fail(n, run);
    scenario->run(&server);
    size_t failed = allocator_failed();
    allocator_fail(0, 0);
    if (n > 0) {
        check_heard(scenario->name, n);
    }
    check_that_all_goes_on(scenario, n);
    fuzz_end(&server);
    struct allocator_live after = allocator_live();
    must(after.blocks == before.blocks && after.bytes == before.bytes,
         "%s, allocation %zu: %lld blocks leaked", scenario->name, n,
         (long long)(after.blocks - before.blocks));
    return failed;
}

static void a_session_survives_that_memory_runs_out(void **state)
{
    static const size_t runs[] = {1, 2, 7, 1000000};
    size_t total = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(scenarios); i++) {
        size_t n = 0;
        run_once(&scenarios[i], 0, 0);
        reference = heard;
        for (size_t j = 0; j < COUNT(runs); j++) {
            n = 1;
            while (run_once(&scenarios[i], n, runs[j]) > 0) {
                n++;
                must(n < 100000, "%s: no end of allocations", scenarios[i].name);
            }
            total += n - 1;
        }
        print_message("%-32s %zu allocations\n", scenarios[i].name, n - 1);
    }
    print_message("%zu failures in all\n", total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_survives_that_memory_runs_out),
    };
    return cmocka_run_group_tests_name("oom.connection", tests, NULL, NULL);
}
