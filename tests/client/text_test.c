/* text_test.c: text from outside is harmless on a terminal; JSON and CSV stay valid. */
#include "client_test.h"

#include "../hostile.h"
#include "cli/base/powershell.h"
#include "cli/base/text.h"
#include "cli/report/parts.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

static void check(void (*add)(struct text *, const char *), const char *given, const char *wanted)
{
    struct text text = {0};
    add(&text, given);
    must(!text.failed && text.data != NULL && strcmp(text.data, wanted) == 0,
         "\"%s\" instead of \"%s\"", text.data == NULL ? "" : text.data, wanted);
    text_release(&text);
}

static void ordinary_text_of_any_language_is_kept(void **state)
{
    (void)state;
    check(text_add_outside, "C:\\Windows\\msiexec.exe", "C:\\Windows\\msiexec.exe");
    check(text_add_outside, "Größe 包装 📦 \xE2\x80\x8D", "Größe 包装 📦 \xE2\x80\x8D");
    check(text_add_outside, "", "");
}

static void what_steers_a_terminal_is_replaced(void **state)
{
    (void)state;
    check(text_add_outside, "\x1b[31mred\x07\r\n\t\x7f", "?[31mred?????");
    check(text_add_outside,
          "\xC2\x9B"
          "2J\xC2\x85",
          "?2J?");
    check(text_add_outside,
          "a\xE2\x80\xAE"
          "b\xE2\x81\xA6\xE2\x80\xA8\xD8\x9C",
          "a?b???");
}

static void what_is_not_utf8_is_replaced(void **state)
{
    (void)state;
    check(text_add_outside, "\x80 \xC3", "? ?");
    check(text_add_outside, "\xC0\xAF", "??");           /* overlong */
    check(text_add_outside, "\xED\xA0\x80", "???");      /* half of a surrogate pair */
    check(text_add_outside, "\xF4\x90\x80\x80", "????"); /* beyond the last character */
    check(text_add_outside, "\xFF\xFE\xF8", "???");
    check(text_add_outside, "\xE2\x80", "??"); /* cut off */
}

static void json_for_powershell_has_its_names_times_and_durations(void **state)
{
    (void)state;
    check(powershell_add_json,
          "{\"seq\":9,\"at\":\"2026-11-22T10:41:07.123Z\",\"after_ms\":53211,\"owner_pid\":4242,"
          "\"ui_clients\":1,\"msiserver\":{\"says_busy\":true},\"io_bytes\":7}\n",
          "{\"Seq\":9,\"Time\":\"2026-11-22T10:41:07.123+00:00\",\"Lasted\":532110000,"
          "\"OwnerProcessId\":4242,\"UIClients\":1,\"MsiServer\":{\"SaysBusy\":true},"
          "\"IOBytes\":7}\n");
    check(powershell_add_json,
          "{\"since\":\"2026-11-22T10:41:07Z\",\"until\":null,\"started_at\":"
          "\"2026-11-22T10:41:07.100Z\",\"pid\":1}",
          "{\"Since\":\"2026-11-22T10:41:07+00:00\",\"Until\":null,\"StartedAt\":"
          "\"2026-11-22T10:41:07.100+00:00\",\"ProcessId\":1}");
    check(powershell_add_json, "{\"a_ms\":0,\"b_ms\":null,\"c_ms\":{\"d\":[]},\"e_ms\":1.5}",
          "{\"A\":0,\"B\":null,\"C\":{\"D\":[]},\"E\":1.5}");
    /* What is no name of ours, and what is no time of ours. */
    check(powershell_add_json,
          "{\"MSIWATCH_TURN\":\"j:7\",\"\":1,\"_a\":2,\"label\":\"2026-11-22T10:41:07Z\",\"at\":"
          "\"Z\\\"Z\"}",
          "{\"MSIWATCH_TURN\":\"j:7\",\"\":1,\"_a\":2,\"Label\":\"2026-11-22T10:41:07Z\","
          "\"Time\":\"Z\\\"Z\"}");
    /* A value that looks like a name is one within quotation marks that mean no end. */
    check(powershell_add_json, "{\"why\":\"\\\"pid\\\":1\\\\\",\"pid\":[\"pid\",\"at\"]}",
          "{\"Why\":\"\\\"pid\\\":1\\\\\",\"ProcessId\":[\"pid\",\"at\"]}");
    check(powershell_add_json, "\"cut", "\"cut");
    check(powershell_add_json, "{\"cut\\", "{\"cut\\");
    check(powershell_add_json, "{\"at\":", "{\"Time\":");
}

static void lines_for_powershell_become_an_array(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"{}\n", "[{}]\n"}, {"1\n2\n3\n", "[1,2,3]\n"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text text = {0};
        text_add(&text, cases[i][0]);
        powershell_join(&text);
        assert_string_equal(text.data, cases[i][1]);
        text_release(&text);
    }
    struct text none = {0};
    powershell_join(&none);
    assert_int_equal(none.size, 0);
}

static void json_stays_json_with_the_same_meaning(void **state)
{
    (void)state;
    check(text_add_json, "{\"a\":\"\x7f\xC2\x9B\xE2\x80\xAE é\"}",
          "{\"a\":\"\\u007f\\u009b\\u202e \\u00e9\"}");
    check(text_add_json, "\"\xF0\x9F\x98\x80 \xEF\xBF\xBD \x80\"", "\"\\ud83d\\ude00 \\ufffd ?\"");
}

/* ---- hostile texts, each in each output ---- */

/* The same way as for the library's JSON: through yyjson, then as ASCII. */
static void add_as_json(struct text *text, const char *given)
{
    struct text safe = {0};
    text_add_outside(&safe, given); /* text that is not UTF-8 is no JSON */
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_doc_set_root(doc, yyjson_mut_str(doc, safe.data == NULL ? "" : safe.data));
    char *json = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, NULL);
    text_add_json(text, json);
    free(json);
    yyjson_mut_doc_free(doc);
    text_release(&safe);
}

/* Whether it contains no byte that controls a terminal, and no mark that changes the direction of
 * writing. */
static bool is_still(const char *text)
{
    struct text again = {0};
    text_add_outside(&again, text);
    bool same = strcmp(again.data == NULL ? "" : again.data, text) == 0;
    text_release(&again);
    return same;
}

/* Whether it is exactly one field, and its value is no formula. */
static bool is_a_csv_field(const char *text)
{
    bool quoted = text[0] == '"';
    size_t size = strlen(text), quotes = 0;
    for (const char *at = text; *at != '\0'; at++) {
        quotes += *at == '"';
    }
    bool whole = quoted ? size >= 2 && text[size - 1] == '"' && quotes % 2 == 0
                        : strpbrk(text, ",\"\r\n") == NULL;
    return whole && strchr("=+-@", text[quoted ? 1 : 0]) == NULL;
}

static bool is_no_markup(const char *text)
{
    return strpbrk(text, "<>\"'") == NULL;
}

static bool is_one_json_string(const char *text)
{
    yyjson_doc *doc = yyjson_read(text, strlen(text), YYJSON_READ_NOFLAG);
    bool string = yyjson_is_str(yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    for (const char *at = text; *at != '\0'; at++) {
        string = string && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7F;
    }
    return string;
}

static void hostile_texts_are_neutral_in_every_output(void **state)
{
    static const struct {
        const char *name;
        void (*add)(struct text *text, const char *given);
        bool (*neutral)(const char *text);
    } outputs[] = {
        {"terminal", text_add_outside, is_still},
        {"CSV", text_add_csv, is_a_csv_field},
        {"HTML", html_add_outside, is_no_markup},
        {"JSON", add_as_json, is_one_json_string},
    };
    (void)state;
    for (size_t i = 0; i < HOSTILE; i++) {
        for (size_t n = 0; n < sizeof outputs / sizeof outputs[0]; n++) {
            struct text text = {0};
            outputs[n].add(&text, hostile[i]);
            must(!text.failed && text.data != NULL && outputs[n].neutral(text.data) &&
                     is_still(text.data),
                 "text %u in %s: %s", (unsigned)i, outputs[n].name, text.data);
            text_release(&text);
        }
    }
}

static void csv_fields_are_quoted_only_where_they_must_be(void **state)
{
    (void)state;
    check(text_add_csv, "plain", "plain");
    check(text_add_csv, "a,b", "\"a,b\"");
    check(text_add_csv, "say \"a\" or \"b\"", "\"say \"\"a\"\" or \"\"b\"\"\"");
    check(text_add_csv, "\"", "\"\"\"\"");
    check(text_add_csv, "a\nb", "\"a?b\"");
    check(text_add_csv, "=1", "'=1");
    check(text_add_csv, "=1,2", "\"'=1,2\"");
}

static void a_text_grows_as_needed(void **state)
{
    (void)state;
    struct text text = {0};
    for (int i = 0; i < 1000; i++) {
        text_addf(&text, "%03d,", i);
    }
    assert_int_equal(text.size, 4000);
    assert_memory_equal(text.data + 3996, "999,", 5);
    text_clear(&text);
    assert_int_equal(text.size, 0);
    text_add(&text, "ab");
    text_pad(&text, 0, 5);
    assert_string_equal(text.data, "ab   ");
    text_release(&text);
}

int text_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_text_of_any_language_is_kept),
        cmocka_unit_test(what_steers_a_terminal_is_replaced),
        cmocka_unit_test(what_is_not_utf8_is_replaced),
        cmocka_unit_test(json_stays_json_with_the_same_meaning),
        cmocka_unit_test(json_for_powershell_has_its_names_times_and_durations),
        cmocka_unit_test(lines_for_powershell_become_an_array),
        cmocka_unit_test(hostile_texts_are_neutral_in_every_output),
        cmocka_unit_test(csv_fields_are_quoted_only_where_they_must_be),
        cmocka_unit_test(a_text_grows_as_needed),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
