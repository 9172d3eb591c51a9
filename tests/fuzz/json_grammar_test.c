/* json_grammar_test.c: what is JSON and what is not, by the grammar of RFC 8259, each text sent as
 * a request line through a connection: on its own, and as a member of a request that is well
 * formed.
 */
#include "unit.h"

#include "json_cases.h"
#include "fuzz_server.h"

#include <stdio.h>
#include <string.h>

#define HEAD "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"about\",\"x\":"

static struct fuzz_server server;

static size_t put(char *to, size_t at, const char *text, size_t size)
{
    if (size > 0) {
        memcpy(to + at, text, size);
    }
    return at + size;
}

/* The whole text of a case; its size. */
static size_t text_of(const struct json_case *one, char *to)
{
    size_t size = 0, times = one->times == 0 ? 1 : one->times;
    for (size_t i = 0; i < times; i++) {
        size = put(to, size, one->text, one->size);
    }
    if (one->middle != NULL) {
        size = put(to, size, one->middle, strlen(one->middle));
        for (size_t i = 0; i < times; i++) {
            size = put(to, size, one->end, strlen(one->end));
        }
    }
    return size;
}

/* Sends a line on a connection of its own; how many answers, the last error in *error. */
static uint64_t ask(const char *line, size_t size, int64_t *error)
{
    struct reply_checker *checker = &server.clients[0].checker;
    fuzz_connect(&server, 0);
    fuzz_send(&server, 0, line, size);
    fuzz_send_text(&server, 0, "\n");
    *error = checker->last_error;
    uint64_t answers = checker->results + checker->errors;
    checker_is_answered(checker); /* every line, and its members, once */
    must(!checker->closing, "closed because of: %.*s", (int)size, line);
    fuzz_hang_up(&server, 0, 0);
    return answers;
}

static void check_alone(const struct json_case *one, const char *text, size_t size)
{
    int64_t error;
    uint64_t answers = ask(text, size, &error);
    switch (one->class) {
    case JSON_ACCEPT:
        must(answers > 0 && error != WIRE_PARSE_ERROR, "rejected: %.*s", (int)size, text);
        break;
    case JSON_REJECT:
        must(answers == 1 && error == WIRE_PARSE_ERROR, "accepted: %.*s", (int)size, text);
        break;
    case JSON_EITHER:
        break;
    }
}

static void check_inside(const struct json_case *one, const char *text, size_t size)
{
    static char line[WIRE_REQUEST_LINE];
    int64_t error;
    if (one->alone || sizeof HEAD + size + 1 > sizeof line) {
        return;
    }
    size_t end = put(line, 0, HEAD, sizeof HEAD - 1);
    end = put(line, end, text, size);
    line[end++] = '}';
    uint64_t answers = ask(line, end, &error);
    bool parsed = server.clients[0].checker.results == 1;
    must(answers == 1 && (parsed || error == WIRE_PARSE_ERROR), "answered with %d: %.*s",
         (int)error, (int)end, line);
    must(one->class != JSON_ACCEPT || parsed, "rejected: %.*s", (int)end, line);
    must(one->class != JSON_REJECT || !parsed, "accepted: %.*s", (int)end, line);
}

static void lines_are_json_or_a_parse_error(void **state)
{
    static char text[WIRE_REQUEST_LINE];
    struct rpc_limits limits = fuzz_limits();
    unsigned count[3] = {0, 0, 0};
    (void)state;
    assert_int_equal(fuzz_begin(&server, &limits, 4), 0);
    for (size_t i = 0; i < json_case_count; i++) {
        size_t size = text_of(&json_cases[i], text);
        check_alone(&json_cases[i], text, size);
        check_inside(&json_cases[i], text, size);
        count[json_cases[i].class]++;
    }
    fuzz_end(&server);
    print_message("%u texts to accept, %u to reject, %u either\n", count[JSON_ACCEPT],
                  count[JSON_REJECT], count[JSON_EITHER]);
    assert_true(json_case_count >= 150);
}

/* The deepest that the protocol allows, and one more. */
static void nesting_of_32_is_read_and_of_33_is_not(void **state)
{
    struct rpc_limits limits = fuzz_limits();
    int64_t error;
    char line[256];
    (void)state;
    assert_int_equal(fuzz_begin(&server, &limits, 4), 0);
    for (size_t depth = 30; depth <= 36; depth++) {
        size_t size = put(line, 0, HEAD, sizeof HEAD - 1);
        for (size_t i = 1; i < depth; i++) {
            line[size++] = '[';
        }
        for (size_t i = 1; i < depth; i++) {
            line[size++] = ']';
        }
        line[size++] = '}';
        assert_int_equal(ask(line, size, &error), 1);
        assert_int_equal(error, depth <= 32 ? 0 : WIRE_PARSE_ERROR);
    }
    fuzz_end(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_json_or_a_parse_error),
        cmocka_unit_test(nesting_of_32_is_read_and_of_33_is_not),
    };
    return cmocka_run_group_tests_name("json.grammar", tests, NULL, NULL);
}
