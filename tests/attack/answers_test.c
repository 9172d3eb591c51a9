/* answers_test.c: what each attack gets for an answer, over real sockets: an error with its code, a
 * `closing` that names the limit, or the end of the connection; and the service goes on.
 *
 *   attack-answers-test MSIWATCH-SIM
 */
#include "unit.h"

#include "hostile.h"
#include "raw_client.h"
#include "sim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOON_MS 5000u

/* One simulator for all; deadlines are short so that waiting for them is. */
static struct sim sim;
static const char *const settings[] = {"--first-request=400",
                                       "--connections=1800",
                                       "--connections-process=1800",
                                       "--connections-user=1800",
                                       "--queued-bytes=65536",
                                       "--flapping=10000",
                                       NULL};

static int start(void **state)
{
    (void)state;
    sim_start(&sim, settings);
    sim_command(&sim, "toggle 200 1"); /* some history */
    return 0;
}

static int stop_service(void **state)
{
    (void)state;
    return sim_stop(&sim) ? 0 : -1;
}

static struct raw_client come(void)
{
    struct raw_client client;
    assert_true(raw_connect(&client, sim.path));
    return client;
}

static void must_answer_others(void)
{
    struct raw_client client = come();
    assert_true(raw_say(&client, REQUEST("7", "status")));
    assert_true(raw_hears(&client, "\"id\":7,\"result\":", SOON_MS));
    raw_close(&client);
}

/* Sends it as a line of its own; the answer must hold this text, and the connection must stay. */
static void must_be_answered(const char *line, size_t size, const char *text)
{
    struct raw_client client = come();
    assert_true(raw_send(&client, line, size, SOON_MS));
    char *answer = raw_hear(&client, SOON_MS, NULL);
    must(answer != NULL && strstr(answer, text) != NULL, "%s is answered to %.*s",
         answer == NULL ? "nothing" : answer, (int)size, line);
    assert_true(raw_say(&client, REQUEST("\"next\"", "status")));
    assert_true(raw_hears(&client, "\"id\":\"next\",\"result\":", SOON_MS));
    raw_close(&client);
}

#define MUST_BE_ANSWERED(line, text) must_be_answered(line, sizeof(line) - 1, text)
#define PARSE_ERROR "\"id\":null,\"error\":{\"code\":-32700"

static void must_close(struct raw_client *client, const char *limit)
{
    char text[128];
    snprintf(text, sizeof text,
             "\"method\":\"closing\",\"params\":{\"reason\":\"limit\",\"limit\":\"%s\"}", limit);
    must(raw_hears(client, text, SOON_MS), "not closed because of %s", limit);
    must(raw_ends(client, SOON_MS), "does not end after %s", limit);
    raw_close(client);
    must_answer_others();
}

/* ---- lines ---- */

static void fill_line(char *line, size_t size)
{
    static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"";
    memset(line, ' ', size);
    memcpy(line, head, sizeof head - 1);
    line[size - 2] = '}';
    line[size - 1] = '\n';
}

static void lines_of_4095_and_4096_bytes_are_read(void **state)
{
    char line[HOSTILE_LINE];
    (void)state;
    fill_line(line, HOSTILE_LINE - 1);
    must_be_answered(line, HOSTILE_LINE - 1, "\"id\":1,\"result\":");
    fill_line(line, HOSTILE_LINE);
    must_be_answered(line, HOSTILE_LINE, "\"id\":1,\"result\":");
}

static void a_line_of_4097_bytes_is_refused_and_ends_the_connection(void **state)
{
    char line[HOSTILE_LINE + 1];
    (void)state;
    fill_line(line, sizeof line);
    struct raw_client client = come();
    assert_true(raw_send(&client, line, sizeof line, SOON_MS));
    char *answer = raw_hear(&client, SOON_MS, NULL);
    assert_non_null(answer);
    assert_non_null(strstr(answer, "\"id\":null,\"error\":{\"code\":-32000"));
    assert_non_null(strstr(answer, "\"data\":{\"limit\":\"line\"}"));
    must_close(&client, "line");
}

/* Nothing of it is kept: the connection ends long before, and the service is no larger. */
static void a_line_of_100_megabytes_is_cut_off(void **state)
{
    static char block[64 * 1024];
    struct raw_client client = come();
    size_t sent = 0;
    uint64_t before = sim_usage(&sim).rss_kib;
    (void)state;
    memset(block, 'x', sizeof block);
    while (sent < (size_t)100 * 1024 * 1024 && raw_send(&client, block, sizeof block, SOON_MS)) {
        sent += sizeof block;
    }
    assert_in_range(sent, 0, 4194304); /* what the socket itself holds */
    raw_close(&client);
    must_answer_others();
    assert_true(!sim_memory_tells() || sim_usage(&sim).rss_kib <= before + 2048);
}

static void texts_that_are_no_json_get_a_parse_error_and_the_connection_stays(void **state)
{
    (void)state;
    MUST_BE_ANSWERED("\0\n", PARSE_ERROR);
    MUST_BE_ANSWERED("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\0\n", PARSE_ERROR);
    MUST_BE_ANSWERED("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sta\0tus\"}\n", PARSE_ERROR);
    MUST_BE_ANSWERED("{\"jsonrpc\":\"2.0\",\"id\":\"\\ud800\",\"method\":\"status\"}\n",
                     PARSE_ERROR);
    MUST_BE_ANSWERED("{\"jsonrpc\":\"2.0\",\"id\":\"\\udc00\\ud800\",\"method\":\"status\"}\n",
                     PARSE_ERROR);
    MUST_BE_ANSWERED("{\"jsonrpc\":\"2.0\",\"id\":\"\xed\xa0\x80\",\"method\":\"status\"}\n",
                     PARSE_ERROR);
    MUST_BE_ANSWERED("{\"jsonrpc\":\"2.0\",\"id\":\"\xc0\x80\",\"method\":\"status\"}\n",
                     PARSE_ERROR);
    MUST_BE_ANSWERED("{\"jsonrpc\":\"2.0\",\"id\":\"\xf0\x80\x80\xaf\",\"method\":\"status\"}\n",
                     PARSE_ERROR);
    MUST_BE_ANSWERED(REQUEST("1", "status}{"), "-32601");
    MUST_BE_ANSWERED("{}{}\n", PARSE_ERROR);
}

static void nesting_of_32_is_read_and_deeper_is_a_parse_error(void **state)
{
    char line[HOSTILE_LINE];
    (void)state;
    must_be_answered(line, hostile_nest(line, 32), "\"id\":1,\"result\":");
    must_be_answered(line, hostile_nest(line, 33), PARSE_ERROR);
    must_be_answered(line, hostile_nest(line, 2000), PARSE_ERROR);
    memset(line, '[', HOSTILE_LINE - 1); /* as deep as a line holds */
    line[HOSTILE_LINE - 1] = '\n';
    must_be_answered(line, HOSTILE_LINE, PARSE_ERROR);
    for (size_t i = 0; i < HOSTILE_LINE - 1; i++) {
        line[i] = "{\"a\":"[i % 5];
    }
    must_be_answered(line, HOSTILE_LINE, PARSE_ERROR);
}

static void keys_that_come_twice_and_huge_numbers_have_a_defined_answer(void **state)
{
    (void)state;
    MUST_BE_ANSWERED(
        "{\"id\":1,\"id\":2,\"jsonrpc\":\"2.0\",\"method\":\"status\",\"method\":\"no\"}\n",
        "\"id\":1,\"result\":");
    MUST_BE_ANSWERED(REQUEST("123456789012345678901234567890.5e-7", "status"),
                     "\"id\":123456789012345678901234567890.5e-7,\"result\":");
    MUST_BE_ANSWERED(REQUEST("1e999999999999", "status"), "\"id\":1e999999999999,\"result\":");
    MUST_BE_ANSWERED(REQUEST_WITH("1", "history", "{\"after\":18446744073709551616}"), "-32602");
    MUST_BE_ANSWERED(REQUEST_WITH("1", "history", "{\"limit\":1e2}"), "-32602");
    MUST_BE_ANSWERED(REQUEST_WITH("1", "wait", "[\"busy\",0,99999999999999999999999]"), "-32602");
}

static void a_batch_of_16_is_answered_and_of_17_refused(void **state)
{
    (void)state;
    MUST_BE_ANSWERED("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]\n",
                     "[{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600");
    MUST_BE_ANSWERED("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]\n",
                     "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600");
}

/* ---- too slow, too much ---- */

static void a_client_that_says_nothing_is_closed(void **state)
{
    struct raw_client client = come();
    (void)state;
    must_close(&client, "first_request");
}

static void a_byte_now_and_then_does_not_put_that_off(void **state)
{
    struct raw_client client = come();
    uint64_t begun = raw_now_ms();
    bool ended = false;
    (void)state;
    for (int i = 0; i < 100 && !ended; i++) {
        raw_send(&client, i % 2 == 0 ? " " : "\n", 1, 0); /* a blank line is no request */
        char *line = raw_hear(&client, 50, &ended);
        if (line != NULL) {
            assert_non_null(strstr(line, "first_request"));
            break;
        }
    }
    assert_in_range(raw_now_ms() - begun, 300, 4000);
    assert_true(raw_ends(&client, SOON_MS));
    raw_close(&client);
}

static void requests_and_subscriptions_over_the_limit_are_errors_that_name_it(void **state)
{
    struct raw_client client = come();
    (void)state;
    for (int i = 0; i < 64; i++) {
        assert_true(raw_say(&client, REQUEST_WITH("1", "wait", "[\"busy\"]")));
    }
    assert_true(raw_say(&client, REQUEST("2", "status")));
    assert_true(raw_hears(&client, "\"id\":2,\"error\":{\"code\":-32000", SOON_MS));
    raw_close(&client);
    client = come();
    for (int i = 0; i < 9; i++) {
        assert_true(raw_say(&client, REQUEST("1", "subscribe")));
    }
    char *answer = NULL;
    for (int i = 0; i < 9; i++) {
        answer = raw_hear(&client, SOON_MS, NULL);
        assert_non_null(answer);
    }
    assert_non_null(strstr(answer, "\"data\":{\"limit\":\"subscriptions\"}"));
    raw_close(&client);
}

/* Asks for the past until the service has stopped reading, because nobody reads its answers. */
static void ask_until_it_reads_no_more(struct raw_client *client)
{
    static const char history[] = REQUEST_WITH("2", "history", "{\"limit\":256}");
    for (int stuck = 0; stuck < 4; stuck++) {
        while (raw_send(client, history, sizeof history - 1, 80)) {
            stuck = 0;
        }
    }
}

/* Answers that came due at once are more than is kept for one who reads nothing. */
static void a_client_that_reads_nothing_is_closed_when_too_much_waits_for_it(void **state)
{
    static char request[HOSTILE_LINE];
    struct raw_client client = come();
    (void)state;
    int size = snprintf(request, sizeof request, REQUEST_WITH("\"%03800d\"", "wait", "[\"busy\"]"),
                        7);
    for (int i = 0; i < 60; i++) { /* their ids come back with the answers: 230 KB */
        assert_true(raw_send(&client, request, (size_t)size, SOON_MS));
    }
    ask_until_it_reads_no_more(&client);
    sim_command(&sim, "mutex held");
    for (uint64_t until = raw_now_ms() + SOON_MS; sim_metric(&sim, "waits") > 0;) {
        must(raw_now_ms() < until, "nobody noticed"); /* reading now would make room */
    }
    must_close(&client, "queued_bytes");
    sim_command(&sim, "mutex free");
}

/* A batch is kept until its last member is answered, which may be never. */
static void a_client_whose_batches_are_never_finished_is_closed(void **state)
{
    static char batch[HOSTILE_LINE];
    static struct raw_client clients[20];
    uint64_t before = sim_usage(&sim).rss_kib;
    (void)state;
    sim_command(&sim, "toggle 150 1");
    size_t size = hostile_batch(batch);
    for (size_t i = 0; i < COUNT(clients); i++) {
        clients[i] = come();
        for (int j = 0; j < 63; j++) {
            raw_send(&clients[i], batch, size, 10); /* it may be closed already */
        }
    }
    uint64_t most = before + COUNT(clients) * 2 * 1024 + 2048;
    assert_true(!sim_memory_tells() || sim_usage(&sim).rss_kib <= most);
    for (size_t i = 0; i < COUNT(clients); i++) {
        must_close(&clients[i], "queued_bytes");
    }
}

static void readers_that_never_read_cost_a_bounded_amount(void **state)
{
    static struct raw_client clients[20];
    uint64_t before = sim_usage(&sim).rss_kib;
    (void)state;
    for (size_t i = 0; i < COUNT(clients); i++) {
        clients[i] = come();
        for (int j = 0; j < 8; j++) {
            raw_say(&clients[i], REQUEST_WITH("1", "subscribe", "[0]"));
        }
        while (
            raw_send(&clients[i], REQUEST("2", "metrics"), strlen(REQUEST("2", "metrics")), 10)) {
        }
    }
    sim_command(&sim, "toggle 300 1");
    must_answer_others();
    /* At most what is queued, an answer more, and the socket's own buffers, which are not its. */
    uint64_t most = before + COUNT(clients) * 512 + 2048;
    assert_true(!sim_memory_tells() || sim_usage(&sim).rss_kib <= most);
    for (size_t i = 0; i < COUNT(clients); i++) {
        raw_close(&clients[i]);
    }
}

/* ---- gone in the middle ---- */

static void a_client_killed_in_the_middle_leaves_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct raw_client client = come();
            raw_say(&client, REQUEST("1", "subscribe"));
            raw_say(&client, REQUEST_WITH("2", "wait", "[\"busy\"]"));
            raw_say(&client, i % 2 == 0 ? "{\"jsonrpc\":\"2" : REQUEST_WITH("3", "history", "[0]"));
            kill(getpid(), SIGKILL);
        }
        waitpid(child, NULL, 0);
    }
    uint64_t until = raw_now_ms() + 2000, left;
    do {
        left = sim_metric(&sim, "connections"); /* the one who asks is one */
    } while (left > 1 && raw_now_ms() < until);
    assert_int_equal(left, 1);
    assert_int_equal(sim_metric(&sim, "subscriptions"), 0);
    assert_int_equal(sim_metric(&sim, "waits"), 0);
}

static void a_half_closed_socket_gets_its_answers_and_its_end(void **state)
{
    struct raw_client client = come();
    (void)state;
    assert_true(raw_say(&client, REQUEST("1", "about") REQUEST("2", "status")));
    assert_true(raw_say(&client, REQUEST_WITH("3", "wait", "[\"busy\"]")));
    assert_true(raw_say(&client, REQUEST("4", "subscribe")));
    shutdown(client.fd, SHUT_WR);
    /* `status` may wait for a sample, so it may come after the others. */
    bool about = false, status = false, ended = false;
    for (;;) {
        const char *line = raw_hear(&client, SOON_MS, &ended);
        if (line == NULL) {
            break;
        }
        about |= strstr(line, "\"id\":1,\"result\":") != NULL;
        status |= strstr(line, "\"id\":2,\"result\":") != NULL;
    }
    assert_true(about && status && ended);
    raw_close(&client);
    must_answer_others();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_4095_and_4096_bytes_are_read),
        cmocka_unit_test(a_line_of_4097_bytes_is_refused_and_ends_the_connection),
        cmocka_unit_test(a_line_of_100_megabytes_is_cut_off),
        cmocka_unit_test(texts_that_are_no_json_get_a_parse_error_and_the_connection_stays),
        cmocka_unit_test(nesting_of_32_is_read_and_deeper_is_a_parse_error),
        cmocka_unit_test(keys_that_come_twice_and_huge_numbers_have_a_defined_answer),
        cmocka_unit_test(a_batch_of_16_is_answered_and_of_17_refused),
        cmocka_unit_test(a_client_that_says_nothing_is_closed),
        cmocka_unit_test(a_byte_now_and_then_does_not_put_that_off),
        cmocka_unit_test(requests_and_subscriptions_over_the_limit_are_errors_that_name_it),
        cmocka_unit_test(a_client_that_reads_nothing_is_closed_when_too_much_waits_for_it),
        cmocka_unit_test(a_client_whose_batches_are_never_finished_is_closed),
        cmocka_unit_test(readers_that_never_read_cost_a_bounded_amount),
        cmocka_unit_test(a_client_killed_in_the_middle_leaves_nothing),
        cmocka_unit_test(a_half_closed_socket_gets_its_answers_and_its_end),
    };
    sim_find(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("attack.answers", tests, start, stop_service);
}
