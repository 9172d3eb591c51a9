/* requests_test.c: single requests: ids, what is not a request, what is not JSON, lines, limits. */
#include "ask.h"

#include "api/subscribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- ids ---- */

static void ids_are_echoed_exactly_as_they_were_sent(void **state)
{
    static const char *const ids[] = {
        "0",
        "-0",
        "1",
        "-1",
        "1.5",
        "1.0",
        "1e3",
        "1E+3",
        "0.1000000000000000055511151231257827021181583404541015625",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "123456789012345678901234567890123456789012345678901234567890",
        "1e999999",
        "-1e-999999",
        "''",
        "'a'",
        "' spaces kept '",
        "'1'",
        "'null'",
        "'\\\"\\\\\\b\\f\\n\\r\\t'",
        "'\\u0000\\u0001\\u0010'",
        "'caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80'",
        "null",
    };
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        char start[256];
        size_t size;
        ask(&fixture->client, ids[i], "cancel", "[-1]");
        const char *line = client_line(&fixture->client, &size);
        assert_non_null(line);
        snprintf(start, sizeof start, "{'jsonrpc':'2.0','id':%s,'result':false}", ids[i]);
        for (char *c = start; *c != '\0'; c++) {
            *c = *c == '\'' ? '"' : *c;
        }
        assert_string_equal(line, start); /* exactly */
    }
    must_hear_nothing(&fixture->client);
}

/* JSON has several ways to write a string; the protocol does not say which one comes back. */
static void an_escaped_id_comes_back_as_the_same_string(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "'\\u00e9\\/\\u20AC\\ud83d\\ude00'", "cancel", "[-1]");
    must_hear_result(&fixture->client, "'\xc3\xa9/\xe2\x82\xac\xf0\x9f\x98\x80'", "false");
}

static void an_id_of_another_type_is_an_invalid_request(void **state)
{
    static const char *const ids[] = {"true", "false", "{}", "[]", "[1]", "{'id':1}"};
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        ask(&fixture->client, ids[i], "status", NULL);
        must_hear_error(&fixture->client, "null", -32600, NULL);
    }
}

/* ---- what is not a request ---- */

static void what_is_json_but_no_request_is_an_invalid_request(void **state)
{
    static const struct {
        const char *line, *id;
    } rows[] = {
        {"null", "null"},
        {"true", "null"},
        {"7", "null"},
        {"'status'", "null"},
        {"{}", "null"},
        {"{'method':'status','id':1}", "1"},
        {"{'jsonrpc':'1.0','method':'status','id':1}", "1"},
        {"{'jsonrpc':2.0,'method':'status','id':1}", "1"},
        {"{'jsonrpc':'2.0','id':1}", "1"},
        {"{'jsonrpc':'2.0','method':null,'id':1}", "1"},
        {"{'jsonrpc':'2.0','method':['status'],'id':1}", "1"},
        {"{'jsonrpc':'2.0','method':'status','params':null,'id':1}", "1"},
        {"{'jsonrpc':'2.0','method':'status','params':7,'id':1}", "1"},
        {"{'jsonrpc':'2.0','method':'status','params':'x','id':'a'}", "'a'"},
        {"{'jsonrpc':'2.0','id':1,'result':true}", "1"}, /* an answer to a request that nobody
                                                          * sent */
    };
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        say(&fixture->client, rows[i].line);
        must_hear_error(&fixture->client, rows[i].id, -32600, NULL);
    }
    must_hear_nothing(&fixture->client);
}

static void unknown_members_are_ignored(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "{'jsonrpc':'2.0','id':1,'method':'status','new':{'a':[1]},'x':null}");
    must_hear_result(&fixture->client, "1", STATUS("idle"));
    ask(&fixture->client, "2", "history", "{'unknown':true,'limit':1}");
    must_hear_result(&fixture->client, "2", "{'events':['$any'],'...':0}");
}

static void method_names_are_whole_and_exact(void **state)
{
    static const char *const names[] = {"",        "statu",      "statuss",       "Status",
                                        " status", "rpc.status", "status\\u0000", "turn.foo"};
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        ask(&fixture->client, "1", names[i], NULL);
        must_hear_error(&fixture->client, "1", -32601, NULL);
    }
}

static void notifications_are_never_answered(void **state)
{
    static const char *const names[] = {"about", "status", "history", "subscribe", "unsubscribe",
                                        "wait",  "cancel", "metrics", "foobar",    "turn.acquire"};
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        ask(&fixture->client, NULL, names[i], NULL);
        ask(&fixture->client, NULL, names[i], "{'after':'wrong','id':[]}");
        ask(&fixture->client, NULL, names[i], "[1,2,3,4,5,6,7,8]");
    }
    assert_int_equal(fixture->client.connection.request_count, 0);
    assert_int_equal(subscriptions_count(&fixture->client.connection), 0);
    assert_false(fixture->server.waited);
    server_toggle(&fixture->server, 2);
    must_hear_nothing(&fixture->client);
}

/* ---- what is not JSON ---- */

static void must_be_a_parse_error(struct server_fixture *fixture, const char *data, size_t size)
{
    assert_int_equal(client_send(&fixture->client, data, size, size), size);
    assert_int_equal(client_send(&fixture->client, "\n", 1, 1), 1);
    must_hear_error(&fixture->client, "null", -32700, NULL);
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "1", "cancel", "[-1]"); /* the connection stays */
    must_hear_result(&fixture->client, "1", "false");
}

static void what_is_no_json_is_a_parse_error_and_the_connection_stays(void **state)
{
    static const char *const texts[] = {
        "x",
        "{",
        "}",
        "[",
        "]",
        "[}",
        "{]",
        "\"",
        "'",
        "nul",
        "tru",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "[1,]",
        "[,1]",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "--1",
        "0x1",
        "NaN",
        "Infinity",
        "-Infinity",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\t\"",
        "/* comment */ {}",
        "{} // comment",
        "{}{}",
        "{} {}",
        "[] []",
        "1 2",
        "null null",
        "\xef\xbb\xbf{}",
        "\f{}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"status\",\"id\":1} {}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"status\",\"id\":1}]",
    };
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        must_be_a_parse_error(fixture, texts[i], strlen(texts[i]));
    }
}

static void malformed_utf8_is_a_parse_error(void **state)
{
    static const char *const bytes[] = {
        "\x80",             /* a continuation alone */
        "\xc3",             /* half a character */
        "\xe2\x82",         /* two thirds */
        "\xf0\x9f\x98",     /* three quarters */
        "\xc0\xaf",         /* overlong, 2 */
        "\xe0\x80\xaf",     /* overlong, 3 */
        "\xf0\x80\x80\xaf", /* overlong, 4 */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
    };
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(bytes); i++) {
        char text[128];
        int size = snprintf(text, sizeof text,
                            "{\"jsonrpc\":\"2.0\",\"method\":\"status\",\"id\":\"%s\"}", bytes[i]);
        must_be_a_parse_error(fixture, text, (size_t)size);
        must_be_a_parse_error(fixture, bytes[i], strlen(bytes[i]));
    }
}

static void a_nul_in_a_line_is_a_parse_error(void **state)
{
    static const char inside[] = "{\"jsonrpc\":\"2.0\",\"method\":\"status\",\"id\":\"a\0b\"}";
    static const char behind[] = "{\"jsonrpc\":\"2.0\",\"method\":\"status\",\"id\":1}\0";
    static const char before[] = "\0{\"jsonrpc\":\"2.0\",\"method\":\"status\",\"id\":1}";
    struct server_fixture *fixture = *state;
    must_be_a_parse_error(fixture, inside, sizeof inside - 1);
    must_be_a_parse_error(fixture, behind, sizeof behind - 1);
    must_be_a_parse_error(fixture, before, sizeof before - 1);
    must_be_a_parse_error(fixture, "\0", 1);
}

/* Sends {"jsonrpc":"2.0","id":1,"method":"cancel","params":...}, nested to `depth` in all by its
 * params. */
static void say_nested(struct test_client *client, size_t depth, char open, char close)
{
    char line[512] = "{'jsonrpc':'2.0','id':1,'method':'cancel','params':";
    size_t size = strlen(line);
    for (size_t i = 1; i < depth; i++) {
        line[size++] = open;
        if (open == '{' && i + 1 < depth) {
            memcpy(line + size, "'a':", 4);
            size += 4;
        }
    }
    for (size_t i = 1; i < depth; i++) {
        line[size++] = close;
    }
    line[size++] = '}';
    line[size] = '\0';
    say(client, line);
}

static void nesting_of_32_is_taken_and_of_33_is_a_parse_error(void **state)
{
    struct server_fixture *fixture = *state;
    say_nested(&fixture->client, 32, '[', ']');
    must_hear_error(&fixture->client, "1", -32602, "{'param':'id','takes':'$text'}");
    say_nested(&fixture->client, 33, '[', ']');
    must_hear_error(&fixture->client, "null", -32700, NULL);
    say_nested(&fixture->client, 32, '{', '}');
    must_hear_error(&fixture->client, "1", -32602, "{'param':'id','takes':'$text'}");
    say_nested(&fixture->client, 33, '{', '}');
    must_hear_error(&fixture->client, "null", -32700, NULL);
}

static void brackets_in_strings_are_no_nesting(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "'[[[[[[[[[[[[[[[[[[[[{{{{{{{{{{{{{{{{{{{{\\\"{{\\\\'", "cancel", "[-1]");
    must_hear_result(&fixture->client, "'[[[[[[[[[[[[[[[[[[[[{{{{{{{{{{{{{{{{{{{{\\\"{{\\\\'",
                     "false");
}

static void as_deep_as_a_line_holds_is_a_parse_error(void **state)
{
    static char line[WIRE_REQUEST_LINE];
    struct server_fixture *fixture = *state;
    memset(line, '[', sizeof line - 1);
    must_be_a_parse_error(fixture, line, sizeof line - 1);
    memset(line, ']', sizeof line - 1);
    must_be_a_parse_error(fixture, line, sizeof line - 1);
}

/* ---- lines ---- */

static void blank_lines_are_ignored(void **state)
{
    static const char data[] = "\n\r\n   \n\t \r\n\n";
    struct server_fixture *fixture = *state;
    assert_int_equal(client_send(&fixture->client, data, sizeof data - 1, 1), sizeof data - 1);
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "1", "cancel", "[-1]");
    must_hear_result(&fixture->client, "1", "false");
}

static void lines_may_end_in_crlf_and_come_in_any_pieces(void **state)
{
    static const char data[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"cancel\",\"params\":[0]}\r\n"
        "\r\n"
        " {\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"cancel\",\"params\":[0]} \n";
    struct server_fixture *fixture = *state;
    for (size_t piece = 1; piece <= sizeof data; piece++) {
        assert_int_equal(client_send(&fixture->client, data, sizeof data - 1, piece),
                         sizeof data - 1);
        must_hear_result(&fixture->client, "1", "false");
        must_hear_result(&fixture->client, "2", "false");
        must_hear_nothing(&fixture->client);
    }
}

/* Sends a valid request in a line of exactly `size` bytes, including its end. */
static void send_sized(struct server_fixture *fixture, size_t size, size_t piece)
{
    static const char request[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"cancel\",\"params\":[0]}";
    char line[WIRE_REQUEST_LINE + 16];
    memset(line, ' ', sizeof line);
    memcpy(line, request, sizeof request - 1);
    line[size - 1] = '\n';
    client_send(&fixture->client, line, size, piece);
}

static void a_request_line_may_have_4096_bytes_with_its_end(void **state)
{
    struct server_fixture *fixture = *state;
    for (size_t size = WIRE_REQUEST_LINE - 2; size <= WIRE_REQUEST_LINE; size++) {
        send_sized(fixture, size, 1000);
        must_hear_result(&fixture->client, "1", "false");
        must_hear_nothing(&fixture->client);
    }
}

static void a_line_over_the_cap_is_refused_and_the_connection_closes(void **state)
{
    struct server_fixture *fixture = *state;
    send_sized(fixture, WIRE_REQUEST_LINE + 1, WIRE_REQUEST_LINE + 1);
    must_hear_error(&fixture->client, "null", -32000, "{'limit':'line'}");
    must_hear_closing(&fixture->client, "limit", "line");
}

static void a_line_over_the_cap_need_not_end(void **state)
{
    static char data[100000];
    struct server_fixture *fixture = *state;
    memset(data, 'x', sizeof data);
    size_t sent = client_send(&fixture->client, data, sizeof data, 777);
    assert_in_range(sent, WIRE_REQUEST_LINE, WIRE_REQUEST_LINE + 1); /* no more is read */
    must_hear_error(&fixture->client, "null", -32000, "{'limit':'line'}");
    must_hear_closing(&fixture->client, "limit", "line");
}

static void what_came_before_a_line_over_the_cap_is_answered(void **state)
{
    struct server_fixture *fixture = *state;
    char data[WIRE_REQUEST_LINE * 2];
    int size = snprintf(
        data, sizeof data,
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"cancel\",\"params\":[0]}\n%05000d", 0);
    client_send(&fixture->client, data, (size_t)size, (size_t)size);
    must_hear_result(&fixture->client, "5", "false");
    must_hear_error(&fixture->client, "null", -32000, "{'limit':'line'}");
    must_hear_closing(&fixture->client, "limit", "line");
}

/* ---- requests in flight ---- */

static void ask_waits(struct test_client *client, unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char id[16];
        snprintf(id, sizeof id, "%u", first + i);
        ask(client, id, "wait", "['busy']");
    }
}

static void sixty_four_requests_may_be_in_flight_and_no_more(void **state)
{
    struct server_fixture *fixture = *state;
    ask_waits(&fixture->client, 1, 64);
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "65", "wait", "['busy']");
    must_hear_error(&fixture->client, "65", -32000, "{'limit':'requests'}");
    ask(&fixture->client, "66", "status", NULL); /* any method */
    must_hear_error(&fixture->client, "66", -32000, "{'limit':'requests'}");
    ask(&fixture->client, NULL, "status", NULL);
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "67", "foobar", NULL); /* what is answered immediately needs no place */
    must_hear_error(&fixture->client, "67", -32601, NULL);
    server_set_mutex(&fixture->server, MUTEX_HELD);
    for (unsigned i = 1; i <= 64; i++) {
        must_hear(&fixture->client,
                  "{'result':{'status':" STATUS("busy") ",'waited_ms':0},'...':0}");
    }
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "68", "cancel", "[0]");
    must_hear_result(&fixture->client, "68", "false");
}

static void requests_of_a_batch_count_as_in_flight(void **state)
{
    struct server_fixture *fixture = *state;
    ask_waits(&fixture->client, 1, 63);
    say(&fixture->client, "[{'jsonrpc':'2.0','id':'a','method':'wait','params':['busy']},"
                          "{'jsonrpc':'2.0','id':'b','method':'wait','params':['busy']}]");
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "65", "status", NULL);
    must_hear_error(&fixture->client, "65", -32000, "{'limit':'requests'}");
    server_set_mutex(&fixture->server, MUTEX_HELD);
    for (unsigned i = 1; i <= 63; i++) {
        must_hear(&fixture->client, "{'result':'$any','...':0}");
    }
    must_hear(&fixture->client, "[{'id':'b','error':{'code':-32000,'message':'$text',"
                                "'data':{'limit':'requests'}},'...':0},{'id':'a','result':'$any',"
                                "'...':0}]");
}

int requests_tests(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(ids_are_echoed_exactly_as_they_were_sent),
        WITH_SERVER(an_escaped_id_comes_back_as_the_same_string),
        WITH_SERVER(an_id_of_another_type_is_an_invalid_request),
        WITH_SERVER(what_is_json_but_no_request_is_an_invalid_request),
        WITH_SERVER(unknown_members_are_ignored),
        WITH_SERVER(method_names_are_whole_and_exact),
        WITH_SERVER(notifications_are_never_answered),
        WITH_SERVER(what_is_no_json_is_a_parse_error_and_the_connection_stays),
        WITH_SERVER(malformed_utf8_is_a_parse_error),
        WITH_SERVER(a_nul_in_a_line_is_a_parse_error),
        WITH_SERVER(nesting_of_32_is_taken_and_of_33_is_a_parse_error),
        WITH_SERVER(brackets_in_strings_are_no_nesting),
        WITH_SERVER(as_deep_as_a_line_holds_is_a_parse_error),
        WITH_SERVER(blank_lines_are_ignored),
        WITH_SERVER(lines_may_end_in_crlf_and_come_in_any_pieces),
        WITH_SERVER(a_request_line_may_have_4096_bytes_with_its_end),
        WITH_SERVER(a_line_over_the_cap_is_refused_and_the_connection_closes),
        WITH_SERVER(a_line_over_the_cap_need_not_end),
        WITH_SERVER(what_came_before_a_line_over_the_cap_is_answered),
        WITH_SERVER(sixty_four_requests_may_be_in_flight_and_no_more),
        WITH_SERVER(requests_of_a_batch_count_as_in_flight),
    };
    return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
