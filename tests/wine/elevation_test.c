/* elevation_test.c: a client that is elevated and one that is not, beside each other: both are
 * served, and only the one that is not takes the pipe's name from its environment.
 *
 * Under Wine 10 programs are not elevated, except for those whose manifest asks for it
 * (wine_elevated.exe). Under Wine 8 all are, and so they are on Windows where whoever runs this may
 * install services: there the part of one that is not is skipped, saying so.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define NOBODY "nobody-listens-here"

static bool am_elevated(void)
{
    HANDLE token;
    TOKEN_ELEVATION elevation;
    DWORD size;
    must(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) &&
             GetTokenInformation(token, TokenElevation, &elevation, sizeof elevation, &size),
         "no elevation: error %lu", GetLastError());
    CloseHandle(token);
    return elevation.TokenIsElevated != 0;
}

/* Before the path of a program: what starts it elevated. */
static const char *elevated(void)
{
    return am_elevated() ? "" : "wine_elevated ";
}

/* The launcher does not look for our programs. */
static const char *msiwatch(void)
{
    static char path[MAX_PATH + 16];
    must(GetModuleFileNameA(NULL, path, MAX_PATH) != 0, "no name of my own");
    snprintf(strrchr(path, '\\') + 1, 16, "msiwatch.exe");
    return path;
}

static void an_elevated_client_takes_no_pipe_from_the_environment(void **state)
{
    (void)state;
    assert_true(SetEnvironmentVariableA("MSIWATCH_PIPE", NOBODY));
    const struct child_result *result = run("%s\"%s\" about", elevated(), msiwatch());
    assert_true(SetEnvironmentVariableA("MSIWATCH_PIPE", NULL));
    must(result->exit_code == 0 && strstr(result->out, "protocol") != NULL,
         "not served: exit code %lu: %s%s", result->exit_code, result->out, result->err);
}

static void one_that_is_not_does(void **state)
{
    (void)state;
    if (am_elevated()) {
        print_message("skipped: every program is elevated here\n");
        skip();
    }
    assert_true(SetEnvironmentVariableA("MSIWATCH_PIPE", NOBODY));
    const struct child_result *result = run("\"%s\" about", msiwatch());
    assert_true(SetEnvironmentVariableA("MSIWATCH_PIPE", NULL));
    assert_int_equal(result->exit_code, ERROR_SERVICE_NOT_ACTIVE);
    must(strstr(result->err, NOBODY) != NULL, "complains of another pipe: %s", result->err);
    run_well("\"%s\" about", msiwatch());
}

static void both_are_told_the_same(void **state)
{
    struct holder holder;
    (void)state;
    struct child *one = child_must_start("%s\"%s\" watch", elevated(), msiwatch());
    struct child *other = child_must_start("\"%s\" watch", msiwatch());
    must_serve(0, 2);
    holder_open(&holder, NULL);
    holder_take(&holder);
    child_must_print(one, "busy");
    child_must_print(other, "busy");
    holder_close(&holder);
    run_well("msiwatchd stop");
    child_free(other);
    child_free(one);
}

static int begin(void **state)
{
    (void)state;
    print_message("this program is %selevated\n", am_elevated() ? "" : "not ");
    service_must_begin("");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_elevated_client_takes_no_pipe_from_the_environment),
        cmocka_unit_test(one_that_is_not_does),
        cmocka_unit_test(both_are_told_the_same),
    };
    return cmocka_run_group_tests(tests, begin, service_end);
}
