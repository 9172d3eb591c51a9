/* restart_note_test.c: a pending restart as the text that is stored with the journal's note: what
 * was written is read in the same boot and in no other, and no other text is accepted. */
#include "unit.h"

#include "decide/restart.h"

#include <stdio.h>
#include <string.h>

#define BOOTED INT64_C(1795344000123)

static struct restart example(void)
{
    struct restart restart = {
        .reboot = REBOOT_INITIATED, .at_known = true, .at_ms = INT64_C(1795344067000)};
    snprintf(restart.by, sizeof restart.by, "Example Suite 2");
    return restart;
}

static void what_is_kept_is_read_in_the_same_boot_and_in_no_other(void **state)
{
    (void)state;
    char text[RESTART_BYTES];
    struct restart kept = example(), read;
    restart_format(&kept, BOOTED, text);
    assert_string_equal(text, "restart 1795344000123 initiated 1795344067000 Example Suite 2");
    assert_true(restart_parse(&read, text, BOOTED));
    assert_int_equal(read.reboot, REBOOT_INITIATED);
    assert_true(read.at_known);
    assert_int_equal(read.at_ms, kept.at_ms);
    assert_string_equal(read.by, kept.by);
    assert_false(restart_parse(&read, text, BOOTED + 1));
    assert_false(restart_parse(&read, text, 0)); /* nobody knows which boot this is */
}

/* If the clock was ahead at the boot and was then set back, the boot lies in the future of the
 * records. */
static void a_boots_time_is_that_of_a_clock_that_may_have_been_set(void **state)
{
    enum { HOUR = 3600000 };
    int64_t now = BOOTED + 10 * HOUR;
    (void)state;
    assert_int_equal(restart_cutoff(BOOTED, now, 10 * HOUR), BOOTED);
    assert_int_equal(restart_cutoff(BOOTED, now - 2 * HOUR, 10 * HOUR), BOOTED - 2 * HOUR);
    assert_int_equal(restart_cutoff(BOOTED, now + 2 * HOUR, 10 * HOUR), BOOTED);
    assert_int_equal(restart_cutoff(BOOTED, now, 0), BOOTED);
    assert_int_equal(restart_cutoff(0, now, 10 * HOUR), 0);
}

static void what_is_not_known_stays_so(void **state)
{
    (void)state;
    char text[RESTART_BYTES];
    struct restart kept = {.reboot = REBOOT_REQUIRED}, read = example();
    restart_format(&kept, BOOTED, text);
    assert_true(restart_parse(&read, text, BOOTED));
    assert_int_equal(read.reboot, REBOOT_REQUIRED);
    assert_false(read.at_known);
    assert_string_equal(read.by, "");
}

static void nothing_is_kept_if_nothing_is_pending_or_the_boot_is_not_known(void **state)
{
    (void)state;
    char text[RESTART_BYTES];
    struct restart kept = {.reboot = REBOOT_NONE};
    restart_format(&kept, BOOTED, text);
    assert_string_equal(text, "");
    kept = example();
    restart_format(&kept, 0, text);
    assert_string_equal(text, "");
}

static void the_longest_name_fits_and_stays_one_line(void **state)
{
    (void)state;
    char text[RESTART_BYTES];
    struct restart kept = example(), read;
    kept.at_ms = INT64_MIN;
    memset(kept.by, 'x', sizeof kept.by - 1);
    kept.by[1] = '\n';
    restart_format(&kept, INT64_MIN, text);
    assert_null(strchr(text, '\n'));
    assert_true(restart_parse(&read, text, INT64_MIN));
    assert_int_equal(strlen(read.by), sizeof kept.by - 1);
    assert_memory_equal(read.by, "x xx", 4);
}

static void another_text_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "restart",
        "restart ",
        "restart 1795344000123",
        "restart 1795344000123 ",
        "restart 1795344000123 initiated",
        "restart 1795344000123 initiated 5",
        "restart 1795344000123 initiated -",
        "restart 1795344000123 initiated x Example",
        "restart 1795344000123 none - Example",
        "restart 1795344000123 initiatedinitiatedinitiated - Example",
        "restart x initiated - Example",
        "Application 1795344000123 initiated - Example",
    };
    struct restart read;
    for (size_t i = 0; i < COUNT(texts); i++) {
        must(!restart_parse(&read, texts[i], BOOTED), "%s", texts[i]);
    }
}

int restart_note_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_read_in_the_same_boot_and_in_no_other),
        cmocka_unit_test(a_boots_time_is_that_of_a_clock_that_may_have_been_set),
        cmocka_unit_test(what_is_not_known_stays_so),
        cmocka_unit_test(nothing_is_kept_if_nothing_is_pending_or_the_boot_is_not_known),
        cmocka_unit_test(the_longest_name_fits_and_stays_one_line),
        cmocka_unit_test(another_text_is_none),
    };
    return cmocka_run_group_tests_name("restart_note", tests, NULL, NULL);
}
