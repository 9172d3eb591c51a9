/* pipe_name_test.c: makes a pipe's full name from the setting. */
#include "unit.h"

#include "pipe/pipe_name.h"

#include <stdio.h>
#include <string.h>

static void names_are_made_full(void **state)
{
    static const struct {
        const char *setting, *name;
    } rows[] = {
        {"", "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\msiwatch"},
        {"test", "\\\\.\\pipe\\test"},
        {"a name with spaces", "\\\\.\\pipe\\a name with spaces"},
        {"\\\\.\\pipe\\test", "\\\\.\\pipe\\test"},
        {"\\\\.\\PIPE\\a\\b", "\\\\.\\pipe\\a\\b"},
        {"caf\xc3\xa9", "\\\\.\\pipe\\caf\xc3\xa9"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[PIPE_NAME_BYTES], error[256] = "";
        must(pipe_name_resolve(rows[i].setting, name, error, sizeof error), "%s", error);
        assert_string_equal(name, rows[i].name);
    }
}

static void what_names_no_local_pipe_is_refused(void **state)
{
    static const char *const settings[] = {
        "\\\\.\\pipe\\", "a\\b",   "\\\\server\\pipe\\test", "\\\\?\\pipe\\test", "a/b",
        "a\nb",          "\x01",   "\\\\.\\pipe/test",       "C:\\test",          "\\\\.\\pip",
        "\\\\.\\pipe",   "..\\up", "\\\\.\\pipe\\a/b"};
    (void)state;
    for (size_t i = 0; i < COUNT(settings); i++) {
        char name[PIPE_NAME_BYTES], error[256] = "";
        must(!pipe_name_resolve(settings[i], name, error, sizeof error), "'%s'", settings[i]);
        must(error[0] != '\0', "'%s' is refused silently", settings[i]);
    }
}

/* Windows accepts 256 UTF-16 units, including "\\.\pipe\" (9). */
static void a_name_has_at_most_256_units(void **state)
{
    static const struct {
        const char *character;
        size_t units;
    } rows[] = {{"a", 1}, {"\xc3\xa9", 1}, {"\xe2\x82\xac", 1}, {"\xf0\x9f\x98\x80", 2}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char setting[2048] = "", name[PIPE_NAME_BYTES], error[2100];
        size_t size = strlen(rows[i].character), most = (256 - 9) / rows[i].units;
        for (size_t k = 0; k <= most; k++) {
            must(pipe_name_resolve(k == 0 ? "x" : setting, name, error, sizeof error), "%s", error);
            memcpy(setting + k * size, rows[i].character, size + 1);
        }
        assert_false(pipe_name_resolve(setting, name, error, sizeof error));
    }
}

int pipe_name_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_made_full),
        cmocka_unit_test(what_names_no_local_pipe_is_refused),
        cmocka_unit_test(a_name_has_at_most_256_units),
    };
    return cmocka_run_group_tests_name("pipe_name", tests, NULL, NULL);
}
