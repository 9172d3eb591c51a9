/* layers_test.c: settings from the registry: every setting by default, from the machine's key, from
 * policy, of a wrong type, and out of range; and the command line as another layer. tests/settings
 * tests that a running service applies each of them. */
#include "unit.h"

#include "fake_registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct layers_fixture {
    struct fake_registry registry;
    struct settings settings;
    struct settings_rejected rejected;
};

static int set_up(void **state)
{
    struct layers_fixture *fixture = calloc(1, sizeof *fixture);
    *state = fixture;
    return fixture == NULL ? -1 : fake_registry_init(&fixture->registry);
}

static int tear_down(void **state)
{
    struct layers_fixture *fixture = *state;
    fake_registry_release(&fixture->registry);
    free(fixture);
    return 0;
}

static bool read_with(struct layers_fixture *fixture, bool console, int argc, char **argv)
{
    char error[256] = "";
    struct configuration configuration = {&fixture->registry.source, argc, argv, console};
    bool ok = configuration_read(&configuration, &fixture->settings, &fixture->rejected, error,
                                 sizeof error);
    assert_int_equal(ok, error[0] == '\0');
    return ok;
}

static void read_all(struct layers_fixture *fixture)
{
    assert_true(read_with(fixture, false, 0, NULL));
}

static void must_be(struct layers_fixture *fixture, const struct setting *setting,
                    const char *expected)
{
    char text[SETTINGS_TEXT];
    settings_text(setting, &fixture->settings, text, sizeof text);
    must(strcmp(text, expected) == 0, "%s is '%s', not '%s'", setting->name, text, expected);
}

static const char *preset_of(const struct setting *setting)
{
    static char text[SETTINGS_TEXT];
    struct settings presets;
    settings_init(&presets);
    settings_text(setting, &presets, text, sizeof text);
    return text;
}

/* ---- for each kind: its type, two values that are no default, and wrong ones ---- */

struct sample {
    const char *type, *one, *other;       /* in the form of the registry */
    const char *one_text, *other_text;    /* in the form of settings_text */
    const char *wrong_type, *wrong_value; /* of another type */
    const char *low, *high;               /* of the right type, out of range */
    char room[4][32];
};

#ifdef _WIN32
#define ROOT "C:"
#else
#define ROOT ""
#endif

static const char *long_text(void)
{
    static char text[SETTINGS_TEXT + 1];
    memset(text, '/', sizeof text - 1);
    return text;
}

static void sample_number(const struct setting *setting, struct sample *sample)
{
    snprintf(sample->room[0], 32, "%u", (unsigned)setting->least);
    snprintf(sample->room[1], 32, "%u", (unsigned)setting->most);
    snprintf(sample->room[2], 32, "%lld", (long long)setting->least - 1);
    snprintf(sample->room[3], 32, "%u", (unsigned)setting->most + 1);
    sample->type = "dword";
    sample->one = sample->one_text = sample->room[0];
    sample->other = sample->other_text = sample->room[1];
    sample->wrong_type = "sz";
    sample->wrong_value = sample->room[0];
    /* -1 becomes the largest possible number. */
    sample->low = sample->room[2];
    sample->high = sample->room[3];
}

static void sample_text(struct sample *sample, const char *one, const char *other, const char *low)
{
    sample->type = "sz";
    sample->one = sample->one_text = one;
    sample->other = sample->other_text = other;
    sample->wrong_type = "dword";
    sample->wrong_value = "1";
    sample->low = low;
    sample->high = long_text();
}

static struct sample *sample_of(const struct setting *setting)
{
    static struct sample sample;
    memset(&sample, 0, sizeof sample);
    switch (setting->kind) {
    case SETTING_NUMBER:
        sample_number(setting, &sample);
        break;
    case SETTING_SWITCH:
        sample = (struct sample){"dword", "0",  "0x1", "off",        "on",
                                 "sz",    "on", "2",   "4294967296", .room = {""}};
        break;
    case SETTING_TEXT:
        sample_text(&sample, "one", "other", "");
        break;
    case SETTING_PIPE:
        sample_text(&sample, "one", "\\\\.\\pipe\\other", "with/slash");
        break;
    case SETTING_FOLDER:
        sample_text(&sample, ROOT "/one", ROOT "/other", "relative");
        break;
    case SETTING_TEXTFILE:
        sample_text(&sample, ROOT "/one.prom", ROOT "/other.prom", ROOT "/one.txt");
        break;
    case SETTING_WORD:
        if (strcmp(setting->name, "log") == 0) {
            sample_text(&sample, "debug", "error", "loud");
        } else if (strcmp(setting->name, "signals") == 0) {
            sample_text(&sample, "mutex", "mutex,msiserver", "maybe");
        } else {
            sample_text(&sample, "compatible", "default", "none");
        }
        break;
    }
    return &sample;
}

static void set(struct layers_fixture *fixture, enum layer layer, const struct setting *setting,
                const char *type, const char *value)
{
    char name[SETTINGS_NAME];
    settings_value_name(setting, name);
    assert_true(fake_registry_set(&fixture->registry, layer, name, type, value));
}

static void clear(struct layers_fixture *fixture)
{
    fake_registry_unset(&fixture->registry, LAYER_MACHINE, NULL);
    fake_registry_unset(&fixture->registry, LAYER_POLICY, NULL);
}

static void without_values_each_has_its_default(void **state)
{
    struct layers_fixture *fixture = *state;
    struct settings presets;
    settings_init(&presets);
    read_all(fixture);
    assert_memory_equal(&fixture->settings, &presets, sizeof presets);
    assert_int_equal(fixture->rejected.count, 0);
    assert_true(read_with(fixture, true, 0, NULL));
    struct configuration none = {NULL, 0, NULL, false};
    assert_true(configuration_read(&none, &fixture->settings, &fixture->rejected, NULL, 0));
    assert_memory_equal(&fixture->settings, &presets, sizeof presets);
}

static void each_is_taken_from_the_machines_key(void **state)
{
    struct layers_fixture *fixture = *state;
    const struct setting *setting;
    for (size_t n = 0; (setting = settings_at(n)) != NULL; n++) {
        const struct sample *sample = sample_of(setting);
        set(fixture, LAYER_MACHINE, setting, sample->type, sample->one);
        read_all(fixture);
        must_be(fixture, setting, sample->one_text);
        set(fixture, LAYER_MACHINE, setting, sample->type, sample->other);
        read_all(fixture);
        must_be(fixture, setting, sample->other_text);
        assert_int_equal(fixture->rejected.count, 0);
        clear(fixture);
    }
}

static void numbers_may_have_eight_bytes(void **state)
{
    struct layers_fixture *fixture = *state;
    const struct setting *setting;
    for (size_t n = 0; (setting = settings_at(n)) != NULL; n++) {
        if (setting->kind == SETTING_NUMBER) {
            set(fixture, LAYER_MACHINE, setting, "qword", sample_of(setting)->other);
            read_all(fixture);
            must_be(fixture, setting, sample_of(setting)->other_text);
            set(fixture, LAYER_MACHINE, setting, "qword", "4294967396"); /* 2^32 + 100 */
            read_all(fixture);
            must_be(fixture, setting, preset_of(setting));
            assert_int_equal(fixture->rejected.count, 1);
            clear(fixture);
        }
    }
}

static void policy_is_over_the_machine(void **state)
{
    struct layers_fixture *fixture = *state;
    const struct setting *setting;
    for (size_t n = 0; (setting = settings_at(n)) != NULL; n++) {
        const struct sample *sample = sample_of(setting);
        set(fixture, LAYER_MACHINE, setting, sample->type, sample->one);
        set(fixture, LAYER_POLICY, setting, sample->type, sample->other);
        read_all(fixture);
        must_be(fixture, setting, sample->other_text);
        fake_registry_unset(&fixture->registry, LAYER_POLICY, NULL);
        read_all(fixture);
        must_be(fixture, setting, sample->one_text);
        clear(fixture);
    }
}

/* The value is in the layer; the default is used, and it is reported once which value was rejected,
 * and why. */
static void must_be_rejected(struct layers_fixture *fixture, enum layer layer,
                             const struct setting *setting)
{
    char name[SETTINGS_NAME];
    settings_value_name(setting, name);
    read_all(fixture);
    must_be(fixture, setting, preset_of(setting));
    must(fixture->rejected.count == 1, "%s: %u rejected", setting->name,
         (unsigned)fixture->rejected.count);
    assert_string_equal(fixture->rejected.list[0].name, name);
    assert_int_equal(fixture->rejected.list[0].layer, layer);
    must(strncmp(fixture->rejected.list[0].why, "takes ", 6) == 0, "%s",
         fixture->rejected.list[0].why);
}

static void of_a_wrong_type_it_has_its_default(void **state)
{
    struct layers_fixture *fixture = *state;
    const struct setting *setting;
    for (size_t n = 0; (setting = settings_at(n)) != NULL; n++) {
        for (int layer = 0; layer < LAYER_COUNT; layer++) {
            const struct sample *sample = sample_of(setting);
            set(fixture, (enum layer)layer, setting, sample->wrong_type, sample->wrong_value);
            must_be_rejected(fixture, (enum layer)layer, setting);
            set(fixture, (enum layer)layer, setting, "binary", sample->one);
            must_be_rejected(fixture, (enum layer)layer, setting);
            clear(fixture);
        }
        /* It does not fall back to a lower layer, either. */
        set(fixture, LAYER_MACHINE, setting, sample_of(setting)->type, sample_of(setting)->one);
        set(fixture, LAYER_POLICY, setting, "binary", "");
        must_be_rejected(fixture, LAYER_POLICY, setting);
        clear(fixture);
    }
}

static void out_of_range_it_has_its_default(void **state)
{
    struct layers_fixture *fixture = *state;
    const struct setting *setting;
    for (size_t n = 0; (setting = settings_at(n)) != NULL; n++) {
        const struct sample *sample = sample_of(setting);
        set(fixture, LAYER_MACHINE, setting, sample->type, sample->low);
        must_be_rejected(fixture, LAYER_MACHINE, setting);
        set(fixture, LAYER_MACHINE, setting, sample->type, sample->high);
        must_be_rejected(fixture, LAYER_MACHINE, setting);
        clear(fixture);
    }
}

/* Names with which the pipe could not be created. */
static void a_name_that_no_pipe_can_have_is_rejected(void **state)
{
    static const char *const names[] = {
        "a/b", "a\\b", "\\\\server\\pipe\\a", "\\\\.\\pipe\\", "\\\\.\\a", "a\tb", ""};
    struct layers_fixture *fixture = *state;
    const struct setting *pipe = settings_find_value("Pipe");
    char long_name[300];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    for (size_t i = 0; i <= COUNT(names); i++) {
        set(fixture, LAYER_MACHINE, pipe, "sz", i < COUNT(names) ? names[i] : long_name);
        must_be_rejected(fixture, LAYER_MACHINE, pipe);
        assert_string_equal(fixture->rejected.list[0].why,
                            "takes NAME or \\\\.\\pipe\\NAME, at most 256 characters and no slash "
                            "(REG_SZ)");
        clear(fixture);
    }
}

static void a_rejected_value_leaves_a_stronger_layer_its_own(void **state)
{
    struct layers_fixture *fixture = *state;
    fake_registry_set(&fixture->registry, LAYER_MACHINE, "Flapping", "dword", "1");
    fake_registry_set(&fixture->registry, LAYER_POLICY, "Flapping", "dword", "7");
    read_all(fixture);
    assert_int_equal(fixture->settings.flapping, 7);
    assert_int_equal(fixture->rejected.count, 1);
    assert_int_equal(fixture->rejected.list[0].layer, LAYER_MACHINE);
}

static void a_name_that_is_no_setting_is_reported(void **state)
{
    struct layers_fixture *fixture = *state;
    fake_registry_set(&fixture->registry, LAYER_POLICY, "RetentionDay", "dword", "7");
    read_all(fixture);
    assert_int_equal(fixture->rejected.count, 1);
    assert_string_equal(fixture->rejected.list[0].name, "RetentionDay");
    assert_string_equal(fixture->rejected.list[0].why, "there is no such setting");
}

static void more_rejected_than_there_is_room_for_are_counted(void **state)
{
    struct layers_fixture *fixture = *state;
    for (int i = 0; i < REJECTED_MOST + 5; i++) {
        char name[SETTINGS_NAME];
        snprintf(name, sizeof name, "Unknown%d", i);
        fake_registry_set(&fixture->registry, LAYER_MACHINE, name, "sz", "");
    }
    read_all(fixture);
    assert_int_equal(fixture->rejected.count, REJECTED_MOST + 5);
}

static void a_key_that_cannot_be_read_is_reported_and_the_others_count(void **state)
{
    struct layers_fixture *fixture = *state;
    fake_registry_set(&fixture->registry, LAYER_MACHINE, "Flapping", "dword", "7");
    fake_registry_deny(&fixture->registry, LAYER_POLICY, true);
    read_all(fixture);
    assert_int_equal(fixture->settings.flapping, 7);
    assert_int_equal(fixture->rejected.count, 1);
    assert_string_equal(fixture->rejected.list[0].name, "");
    assert_int_equal(fixture->rejected.list[0].layer, LAYER_POLICY);
}

static void names_are_pascal_case_and_their_case_does_not_matter(void **state)
{
    static const char *const names[][2] = {{"PipeSddl", "pipe-sddl"},
                                           {"RetentionDays", "retention-days"},
                                           {"Log", "log"},
                                           {"EVENTLOGTRANSITIONS", "event-log-transitions"},
                                           {"intervalcalm", "interval-calm"}};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct setting *setting = settings_find_value(names[i][0]);
        must(setting != NULL, "%s", names[i][0]);
        assert_string_equal(setting->name, names[i][1]);
    }
    assert_null(settings_find_value("pipe-sddl"));
    assert_null(settings_find_value(""));
    assert_null(settings_find_value("Lo"));
    assert_null(settings_find_value("Logs"));
}

static void a_consoles_options_are_over_policy_and_a_services_under_it(void **state)
{
    struct layers_fixture *fixture = *state;
    char option[] = "--flapping=30", other[] = "--line=1000";
    char *argv[] = {option, other, NULL};
    fake_registry_set(&fixture->registry, LAYER_MACHINE, "Flapping", "dword", "10");
    fake_registry_set(&fixture->registry, LAYER_MACHINE, "Line", "dword", "500");
    fake_registry_set(&fixture->registry, LAYER_POLICY, "Flapping", "dword", "20");
    assert_true(read_with(fixture, true, 2, argv));
    assert_int_equal(fixture->settings.flapping, 30);
    assert_int_equal(fixture->settings.limits.line, 1000);
    assert_true(read_with(fixture, false, 2, argv));
    assert_int_equal(fixture->settings.flapping, 20);
    assert_int_equal(fixture->settings.limits.line, 1000);
}

static void a_wrong_option_is_refused_whatever_the_registry_says(void **state)
{
    struct layers_fixture *fixture = *state;
    char option[] = "--flapping=1";
    char *argv[] = {option, NULL};
    fake_registry_set(&fixture->registry, LAYER_POLICY, "Flapping", "dword", "20");
    assert_false(read_with(fixture, true, 1, argv));
    assert_false(read_with(fixture, false, 1, argv));
}

#define AT_DESK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int layers_tests(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(without_values_each_has_its_default),
        AT_DESK(each_is_taken_from_the_machines_key),
        AT_DESK(numbers_may_have_eight_bytes),
        AT_DESK(policy_is_over_the_machine),
        AT_DESK(of_a_wrong_type_it_has_its_default),
        AT_DESK(out_of_range_it_has_its_default),
        AT_DESK(a_name_that_no_pipe_can_have_is_rejected),
        AT_DESK(a_rejected_value_leaves_a_stronger_layer_its_own),
        AT_DESK(a_name_that_is_no_setting_is_reported),
        AT_DESK(more_rejected_than_there_is_room_for_are_counted),
        AT_DESK(a_key_that_cannot_be_read_is_reported_and_the_others_count),
        cmocka_unit_test(names_are_pascal_case_and_their_case_does_not_matter),
        AT_DESK(a_consoles_options_are_over_policy_and_a_services_under_it),
        AT_DESK(a_wrong_option_is_refused_whatever_the_registry_says),
    };
    return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
