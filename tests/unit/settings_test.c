/* settings_test.c: the table of settings: read from the command line and by name. */
#include "unit.h"

#include "config/settings.h"

#include <string.h>

#define MOST_ARGUMENTS 6

/* A call of settings_from_arguments with its message. */
struct reading {
    struct settings settings;
    char error[256];
    bool read;
};

static struct reading read_arguments(const char *const arguments[MOST_ARGUMENTS])
{
    struct reading reading;
    char text[MOST_ARGUMENTS][600];
    char *argv[MOST_ARGUMENTS + 1] = {NULL};
    int argc = 0;
    for (; argc < MOST_ARGUMENTS && arguments[argc] != NULL; argc++) {
        snprintf(text[argc], sizeof text[argc], "%s", arguments[argc]);
        argv[argc] = text[argc];
    }
    memset(reading.error, 0, sizeof reading.error);
    settings_init(&reading.settings);
    reading.read = settings_from_arguments(&reading.settings, argc, argv, reading.error,
                                           sizeof reading.error);
    return reading;
}

#define READ(...) read_arguments((const char *const[MOST_ARGUMENTS]){__VA_ARGS__})

#define AT(member) offsetof(struct settings, member)

static const struct {
    const char *name;
    size_t offset;
    uint32_t least, preset, most;
} numbers[] = {
    {"flapping", AT(flapping), 2, 240, 10000},
    {"flapping-hour", AT(flapping_hour), 2, 2000, 100000},
    {"interval-calm", AT(sampler.interval_ms[PACE_CALM]), 10, 1000, 60000},
    {"interval-alert", AT(sampler.interval_ms[PACE_ALERT]), 1, 20, 60000},
    {"interval-busy", AT(sampler.interval_ms[PACE_BUSY]), 1, 20, 60000},
    {"interval-waited", AT(sampler.interval_ms[PACE_WAITED]), 1, 10, 60000},
    {"connections", AT(limits.connections.total), 8, 1024, 1800},
    {"connections-kept", AT(limits.connections.kept), 0, 64, 1000},
    {"connections-process", AT(limits.connections.process), 1, 64, 1800},
    {"connections-user", AT(limits.connections.user), 1, 256, 1800},
    {"connections-unknown", AT(limits.connections.stranger), 0, 32, 1800},
    {"first-request", AT(limits.first_request_ms), 100, 5000, 600000},
    {"line", AT(limits.line), 256, 4096, 65536},
    {"requests", AT(limits.requests), 1, 64, 1024},
    {"subscriptions", AT(limits.subscriptions), 1, 8, 64},
    {"queued-bytes", AT(limits.queued_bytes), 65536, 1048576, 16777216},
};

static uint32_t number_of(const struct settings *settings, size_t n)
{
    return *(const uint32_t *)(const void *)((const char *)settings + numbers[n].offset);
}

static void must_be_preset(const struct settings *settings)
{
    assert_string_equal(settings->pipe, "");
    assert_string_equal(settings->data, "");
    assert_int_equal(settings->log, LOG_INFO);
    assert_int_equal(settings->signals, SIGNALS_AUTO);
    assert_int_equal(settings->limits.batch, 16);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        assert_int_equal(number_of(settings, i), numbers[i].preset);
    }
}

static void defaults_are_those_of_the_design(void **state)
{
    struct reading reading = READ(NULL);
    (void)state;
    assert_true(reading.read);
    must_be_preset(&reading.settings);
}

static void values_come_behind_the_name_or_behind_an_equals_sign(void **state)
{
    (void)state;
    struct reading apart = READ("--flapping", "7", "--log", "debug", "--signals", "mutex");
    struct reading joined = READ("--flapping=7", "--log=debug", "--signals=mutex");
    assert_true(apart.read);
    assert_true(joined.read);
    assert_int_equal(apart.settings.flapping, 7);
    assert_int_equal(apart.settings.log, LOG_DEBUG);
    assert_int_equal(apart.settings.signals, SIGNALS_MUTEX);
    assert_memory_equal(&apart.settings, &joined.settings, sizeof apart.settings);
}

static void a_value_may_have_equals_signs_of_its_own(void **state)
{
    (void)state;
    struct reading reading = READ("--pipe=a=b", "--data", "c=d");
    assert_true(reading.read);
    assert_string_equal(reading.settings.pipe, "a=b");
    assert_string_equal(reading.settings.data, "c=d");
}

static void the_last_of_two_counts(void **state)
{
    (void)state;
    struct reading reading = READ("--flapping", "7", "--flapping=9");
    assert_true(reading.read);
    assert_int_equal(reading.settings.flapping, 9);
}

static void must_refuse(struct reading reading, const char *said)
{
    must(!reading.read, "it is taken, instead of: %s", said);
    must(strstr(reading.error, said) != NULL, "'%s' does not say '%s'", reading.error, said);
    must_be_preset(&reading.settings);
}

static void what_is_no_option_is_refused(void **state)
{
    (void)state;
    must_refuse(READ("--unknown", "7"), "'--unknown' is not an option");
    must_refuse(READ("--unknown=7"), "'--unknown' is not an option");
    must_refuse(READ("-flapping", "7"), "'-flapping' is not an option");
    must_refuse(READ("flapping"), "'flapping' is not an option");
    must_refuse(READ("--"), "'--' is not an option");
    must_refuse(READ("--="), "'--' is not an option");
    must_refuse(READ(""), "'' is not an option");
    must_refuse(READ("--flap", "7"), "'--flap' is not an option");
    must_refuse(READ("--flappings", "7"), "'--flappings' is not an option");
    must_refuse(READ("--FLAPPING", "7"), "'--FLAPPING' is not an option");
}

static void an_option_without_its_value_is_refused(void **state)
{
    static const char *const options[] = {"--pipe",          "--data",          "--log",
                                          "--signals",       "--flapping",      "--interval-calm",
                                          "--interval-busy", "--interval-alert"};
    (void)state;
    for (size_t i = 0; i < COUNT(options); i++) {
        must_refuse(READ(options[i]), "needs a value");
    }
}

/* ---- each kind ---- */

static bool set_saying(struct settings *settings, const char *name, const char *value, char *error,
                       size_t error_size)
{
    char option[1300];
    snprintf(option, sizeof option, "--%s=%s", name, value);
    return settings_from_arguments(settings, 1, (char *[]){option}, error, error_size);
}

static bool set(struct settings *settings, const char *name, const char *value)
{
    char error[256] = "";
    bool done = set_saying(settings, name, value, error, sizeof error);
    assert_int_equal(done, error[0] == '\0');
    return done;
}

static void numbers_are_taken_within_their_range_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct settings settings;
        char text[32];
        const uint32_t fits[] = {numbers[i].least, numbers[i].least + 1, numbers[i].most};
        settings_init(&settings);
        for (size_t k = 0; k < COUNT(fits); k++) {
            snprintf(text, sizeof text, "%u", (unsigned)fits[k]);
            must(set(&settings, numbers[i].name, text), "%s=%s", numbers[i].name, text);
            assert_int_equal(number_of(&settings, i), fits[k]);
        }
        const int64_t outside[] = {(int64_t)numbers[i].least - 1, (int64_t)numbers[i].most + 1,
                                   UINT32_MAX};
        for (size_t k = 0; k < COUNT(outside); k++) {
            snprintf(text, sizeof text, "%lld", (long long)outside[k]);
            must(!set(&settings, numbers[i].name, text), "%s=%s", numbers[i].name, text);
            assert_int_equal(number_of(&settings, i), numbers[i].most); /* unchanged */
        }
    }
}

static void what_is_no_whole_number_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        " 20",
                                        "20 ",
                                        "+20",
                                        "-20",
                                        "20.0",
                                        "0x20",
                                        "2e1",
                                        "20ms",
                                        "many",
                                        "\t20",
                                        "20\n",
                                        "\xd9\xa2\xd9\xa0",     /* Arabic digits */
                                        "4294967316",           /* 2^32 + 20 */
                                        "18446744073709551636", /* 2^64 + 20 */
                                        "99999999999999999999999999999999999999999999"};
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        for (size_t k = 0; k < COUNT(texts); k++) {
            struct settings settings;
            settings_init(&settings);
            must(!set(&settings, numbers[i].name, texts[k]), "%s='%s'", numbers[i].name, texts[k]);
            must_be_preset(&settings);
        }
    }
}

static void a_refusal_says_what_the_setting_takes(void **state)
{
    struct settings settings;
    char error[256];
    (void)state;
    settings_init(&settings);
    assert_false(set_saying(&settings, "flapping", "1", error, sizeof error));
    assert_string_equal(error, "--flapping takes a whole number from 2 to 10000, not '1'");
    assert_false(set_saying(&settings, "log", "loud", error, sizeof error));
    assert_string_equal(error, "--log takes error|warn|info|debug, not 'loud'");
    assert_false(set_saying(&settings, "loud", "1", error, sizeof error));
    assert_string_equal(error, "'--loud' is not an option; see msiwatchd --help");
}

static void words_are_taken_as_they_are_written(void **state)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    static const char *const signals[] = {"auto", "mutex", "mutex,msiserver"};
    static const char *const wrong[] = {"", "Info", "info ", "mutex,", "msiserver", "0", "all"};
    static const char *const mitigations[] = {"default", "compatible"};
    struct settings settings;
    (void)state;
    settings_init(&settings);
    for (int i = 0; i < (int)COUNT(mitigations); i++) {
        assert_int_equal(settings.mitigations, i == 0 ? MITIGATIONS_DEFAULT : i - 1);
        assert_true(set(&settings, "mitigations", mitigations[i]));
        assert_int_equal(settings.mitigations, i);
    }
    for (int i = 0; i < (int)COUNT(levels); i++) {
        assert_true(set(&settings, "log", levels[i]));
        assert_int_equal(settings.log, i);
    }
    for (int i = 0; i < (int)COUNT(signals); i++) {
        assert_true(set(&settings, "signals", signals[i]));
        assert_int_equal(settings.signals, i);
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(set(&settings, "log", wrong[i]));
        assert_false(set(&settings, "mitigations", wrong[i]));
        assert_false(set(&settings, "signals", wrong[i]));
        assert_int_equal(settings.log, LOG_DEBUG);
        assert_int_equal(settings.signals, SIGNALS_MUTEX_MSISERVER);
    }
}

static void texts_are_taken_up_to_their_room(void **state)
{
    static const char *const names[] = {"pipe", "data"};
    char text[SETTINGS_TEXT + 1];
    struct settings settings;
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        settings_init(&settings);
        const char *value = i == 0 ? settings.pipe : settings.data;
        assert_true(set(&settings, names[i], "x"));
        assert_false(set(&settings, names[i], ""));
        assert_string_equal(value, "x");
        memset(text, 'y', sizeof text);
        text[SETTINGS_TEXT] = '\0'; /* one byte too many */
        assert_false(set(&settings, names[i], text));
        assert_string_equal(value, "x");
        text[SETTINGS_TEXT - 1] = '\0';
        assert_true(set(&settings, names[i], text));
        assert_string_equal(value, text);
    }
}

/* An error message fits into its memory, however long the wrong value is. */
static void a_refusal_of_a_long_value_fits_its_room(void **state)
{
    struct settings settings;
    char error[20], value[600];
    (void)state;
    settings_init(&settings);
    memset(value, '7', sizeof value);
    value[sizeof value - 1] = '\0';
    assert_false(set_saying(&settings, "flapping", value, error, sizeof error));
    assert_int_equal(strlen(error), sizeof error - 1);
    assert_false(set_saying(&settings, value, "7", error, sizeof error));
    assert_int_equal(strlen(error), sizeof error - 1);
}

static void help_names_every_setting(void **state)
{
    static const char *const names[] = {"--pipe NAME", "--data DIR", "--log error",
                                        "--signals auto"};
    static char help[8192];
    (void)state;
    FILE *file = tmpfile();
    if (file == NULL) {
        print_message("skipped: this user may not make temporary files\n");
        skip();
    }
    settings_help(file);
    rewind(file);
    size_t size = fread(help, 1, sizeof help - 1, file);
    fclose(file);
    help[size] = '\0';
    for (size_t i = 0; i < COUNT(names); i++) {
        must(strstr(help, names[i]) != NULL, "%s", names[i]);
    }
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char option[64];
        snprintf(option, sizeof option, "  --%s ", numbers[i].name);
        must(strstr(help, option) != NULL, "%s", option);
    }
}

int settings_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_design),
        cmocka_unit_test(values_come_behind_the_name_or_behind_an_equals_sign),
        cmocka_unit_test(a_value_may_have_equals_signs_of_its_own),
        cmocka_unit_test(the_last_of_two_counts),
        cmocka_unit_test(what_is_no_option_is_refused),
        cmocka_unit_test(an_option_without_its_value_is_refused),
        cmocka_unit_test(numbers_are_taken_within_their_range_alone),
        cmocka_unit_test(what_is_no_whole_number_is_refused),
        cmocka_unit_test(a_refusal_says_what_the_setting_takes),
        cmocka_unit_test(words_are_taken_as_they_are_written),
        cmocka_unit_test(texts_are_taken_up_to_their_room),
        cmocka_unit_test(a_refusal_of_a_long_value_fits_its_room),
        cmocka_unit_test(help_names_every_setting),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
