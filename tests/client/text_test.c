/* text_test.c: text from outside does a terminal no harm; JSON and CSV stay what they are. */
#include "client_test.h"

#include "cli/base/text.h"

#include <string.h>

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
    check(text_add_outside, "\xED\xA0\x80", "???");      /* half of a pair */
    check(text_add_outside, "\xF4\x90\x80\x80", "????"); /* beyond the last character */
    check(text_add_outside, "\xFF\xFE\xF8", "???");
    check(text_add_outside, "\xE2\x80", "??"); /* cut */
}

static void json_stays_json_with_the_same_meaning(void **state)
{
    (void)state;
    check(text_add_json, "{\"a\":\"\x7f\xC2\x9B\xE2\x80\xAE é\"}",
          "{\"a\":\"\\u007f\\u009b\\u202e \\u00e9\"}");
    check(text_add_json, "\"\xF0\x9F\x98\x80 \xEF\xBF\xBD \x80\"", "\"\\ud83d\\ude00 \\ufffd ?\"");
}

static void csv_fields_are_quoted_only_where_they_must_be(void **state)
{
    (void)state;
    check(text_add_csv, "plain", "plain");
    check(text_add_csv, "a,b", "\"a,b\"");
    check(text_add_csv, "say \"a\" or \"b\"", "\"say \"\"a\"\" or \"\"b\"\"\"");
    check(text_add_csv, "\"", "\"\"\"\"");
    check(text_add_csv, "a\nb", "\"a?b\"");
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
        cmocka_unit_test(csv_fields_are_quoted_only_where_they_must_be),
        cmocka_unit_test(a_text_grows_as_needed),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
