/* usage_test.c: the command line before it asks a service: help, mistakes, and no service. */
#include "client_test.h"
#include "fake.h"

#include "lib/codes.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

static const char *const commands[] = {"status", "wait", "watch", "history", "about", "metrics"};

static void a_bad_command_line_is_87_and_one_line_that_says_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *arguments[5];
        const char *part;
    } cases[] = {
        {{"nonsense"}, "unknown command \"nonsense\""},
        {{"no\x1b[2Jsense"}, "unknown command \"no?[2Jsense\""},
        {{"stauts"}, "unknown command \"stauts\"; did you mean status?"},
        {{"help", "wach"}, "did you mean watch?"},
        {{"reports"}, "did you mean report?"},
        {{"xyz"}, "unknown command \"xyz\"; see msiwatch --help"},
        {{"an unknown command that is very long"}, "long\"; see msiwatch --help"},
        {{""}, "unknown command \"\""},
        {{"--nonsense"}, "unknown option \"--nonsense\"; see msiwatch --help"},
        {{"--json"}, "no command was given"},
        {{"--pipe", "x"}, "no command was given"},
        {{"--pipe"}, "--pipe needs a NAME"},
        {{"--pipe=", "status"}, "--pipe needs a NAME"},
        {{"help", "nonsense"}, "unknown command \"nonsense\""},
        {{"help", "status", "wait"}, "unknown command"},
        {{"status", "now"}, "unexpected argument \"now\"; see msiwatch status --help"},
        {{"status", "--settle", "5s"}, "unknown option \"--settle\""},
        {{"status", "--json=yes"},
         "--json takes no value other than powershell; see msiwatch status --help"},
        {{"wait", "--for"}, "--for needs a value; use idle|busy"},
        {{"wait", "--for", "lunch"}, "invalid --for \"lunch\""},
        {{"wait", "--settle", "5 parsecs"}, "invalid --settle \"5 parsecs\""},
        {{"wait", "--settle"}, "--settle needs a value"},
        {{"wait", "--timeout", "30m1h"}, "invalid --timeout \"30m1h\""},
        {{"wait", "--timeout=-1"}, "invalid --timeout \"-1\""},
        {{"wait", "--no-reconnect=1"}, "--no-reconnect takes no value"},
        {{"wait", "--csv"}, "unknown option \"--csv\""},
        {{"watch", "--csv", "--json"}, "--json and --csv cannot be combined"},
        {{"watch", "--csv=1"}, "--csv takes no value"},
        {{"watch", "--after", "x"}, "invalid --after \"x\""},
        {{"watch", "--after", "-1"}, "invalid --after \"-1\""},
        {{"watch", "--journal", "x"}, "give --after too"},
        {{"watch", "--journal="}, "--journal needs an ID"},
        {{"watch", "--until-idle=no"}, "--until-idle takes no value"},
        {{"history", "--limit", "0"}, "invalid --limit \"0\"; use a number of at least 1"},
        {{"history", "--limit", "many"}, "invalid --limit \"many\""},
        {{"history", "--since", "tomorrow"}, "invalid --since \"tomorrow\""},
        {{"history", "--since", "2026"}, "invalid --since \"2026\""},
        {{"history", "--until", "2026-02-30"}, "invalid --until \"2026-02-30\""},
        {{"history", "--after"}, "--after needs a value"},
        {{"history", "--before", "0"}, "invalid --before \"0\""},
        {{"history", "--desc=1"}, "--desc takes no value"},
        {{"history", "--csv", "--json"}, "cannot be combined"},
        {{"about", "--limit", "1"}, "unknown option \"--limit\""},
        {{"metrics", "x"}, "unexpected argument \"x\""},
        {{"doctor", "--seconds", "0"}, "invalid --seconds \"0\"; use at least 1 second"},
        {{"doctor", "--seconds", "8d"}, "--seconds takes at most 604800"},
        {{"wait", "--settle", "100000d"}, "--settle takes at most 31622400 seconds"},
        {{"wait", "--json", "--settle", "100000d"}, "--settle takes at most 31622400 seconds"},
        {{"stauts", "--json"}, "unknown command \"stauts\"; did you mean status?"},
        {{"doctor", "--seconds", "604801"}, "--seconds takes at most 604800"},
        {{"doctor", "--csv", "--json"}, "cannot be combined"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const *a = cases[i].arguments;
        struct run run;
        run_alone(&run, NULL, a[0], a[1], a[2], a[3], NULL);
        must_end_with(&run, CODE_BAD_PARAMETER);
        must_print(&run, NULL);
        must_complain(&run, cases[i].part);
        run_free(&run);
    }
}

static void no_command_at_all_is_bad_usage(void **state)
{
    (void)state;
    struct run run;
    run_alone(&run, NULL, NULL);
    must_end_with(&run, CODE_BAD_PARAMETER);
    must_complain(&run, "no command was given");
    run_free(&run);
}

/* Each option that has a line in the help is in the synopsis, too, except the two that every
 * program has. */
static void must_have_whole_synopsis(const char *help)
{
    const char *about = strstr(strstr(help, "\n\n") + 2, "\n\n");
    for (const char *line = strstr(help, "\nOptions\n"); (line = strstr(line, "\n  --")) != NULL;
         line++) {
        char option[40];
        snprintf(option, sizeof option, "%.*s", (int)strcspn(line + 3, " \n"), line + 3);
        const char *found = strstr(help, option);
        must((found != NULL && found < about) || strcmp(option, "--help") == 0 ||
                 strcmp(option, "--version") == 0,
             "%s is not in the synopsis of: %s", option, help);
    }
}

static void must_help(const char *command, bool asks_service)
{
    struct run run, other;
    run_alone(&run, NULL, command, "--help", NULL);
    must_end_with(&run, CODE_OK);
    must_print(&run, "Options\n");
    must_print(&run, "--pipe NAME");
    must_print(&run, "Exit codes\n");
    must_print(&run, "Example");
    must_have_whole_synopsis(run.out);
    if (asks_service) {
        must_print(&run, "1062  the service is not running");
    }
    for (const char *line = run.out; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        must(strcspn(line, "\n") <= 100, "too wide: %s", line);
    }
    run_alone(&other, NULL, "help", command, NULL);
    assert_string_equal(run.out, other.out);
    run_free(&other);
    run_alone(&other, NULL, "--help", command, NULL);
    assert_string_equal(run.out, other.out);
    run_free(&other);
    run_free(&run);
}

static void help_is_printed_for_everything_and_asks_no_service(void **state)
{
    (void)state;
    struct run run;
    run_alone(&run, NULL, "--help", NULL);
    must_end_with(&run, CODE_OK);
    for (size_t i = 0; i < COUNT(commands); i++) {
        must_print(&run, commands[i]);
    }
    must_print(&run, "doctor");
    run_free(&run);
    for (size_t i = 0; i < COUNT(commands); i++) {
        must_help(commands[i], true);
    }
    must_help("doctor", false);
    must_help("completion", false);
    must_help("top", true);
    must_help("report", true);
    struct run report;
    run_alone(&report, NULL, "report", "--help", NULL);
    must(strstr(report.out, "--json ") == NULL, "report --help lists what it refuses");
    run_free(&report);
    run_alone(&report, NULL, "report", "--json", "--html", "-", NULL);
    must_end_with(&report, CODE_BAD_PARAMETER);
    must_complain(&report, "msiwatch history --json");
    run_free(&report);
}

static void the_version_is_printed(void **state)
{
    (void)state;
    struct run run;
    run_alone(&run, NULL, "--version", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, "msiwatch " MSIWATCH_VERSION "\n");
    run_free(&run);
}

static void an_error_has_the_form_that_was_asked_for(void **state)
{
    (void)state;
    struct run run, help;
    run_alone(&run, NULL, "--json=powershell", "stauts", NULL);
    must_end_with(&run, CODE_BAD_PARAMETER);
    must_print(&run, NULL);
    assert_string_equal(run.err,
                        "{\"Error\":{\"Code\":87,\"Message\":\"unknown command \\\"stauts\\\";"
                        " did you mean status? See msiwatch --help\"}}\n");
    run_free(&run);
    run_alone(&run, NULL, "--help", NULL);
    run_alone(&help, NULL, "--help", "--json=powershell", NULL);
    assert_string_equal(help.out, run.out);
    run_free(&help);
    run_free(&run);
}

static void no_service_is_1062_at_once_for_every_command(void **state)
{
    (void)state;
    char name[SYS_NAME_SIZE];
    sys_name(name);
    for (size_t i = 0; i < COUNT(commands); i++) {
        struct run run;
        uint64_t begun = sys_now();
        run_alone(&run, NULL, commands[i], "--pipe", name, "--json", NULL);
        must(sys_now() - begun < 4000, "%s waited", commands[i]);
        must_end_with(&run, CODE_NOT_ACTIVE);
        must_print(&run, NULL);
        must_complain(&run, "the service is not running");
        must_complain(&run, sys_has_service() ? "start it with" : "it is not installed");
        must_complain(&run, name);
        run_free(&run);
    }
}

static void the_pipe_may_be_named_before_and_after_the_command(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("status"),
                                         SAY("{$R,'id':$I,'result':$IDLE}"), GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "status", NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
    struct fake *fake = fake_new(script);
    fake_go(fake, NULL);
    run_alone(&run, NULL, "--pipe", "nobody-listens-here", "status", "--pipe", fake_name(fake),
              NULL);
    must_end_with(&run, CODE_OK); /* the last one counts */
    run_free(&run);
    fake_finish(fake);
    fake_free(fake);
}

static void what_is_no_name_of_a_pipe_is_87(void **state)
{
    (void)state;
    char longest[600];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const names[] = {
        longest,
#ifdef _WIN32
        "\\\\server\\pipe\\msiwatch",
        "a/b",
        "a\\b",
        "C:\\windows\\win.ini",
#else
        "/dev/null",
#endif
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct run run;
        run_alone(&run, NULL, "status", "--pipe", names[i], NULL);
#ifdef _WIN32
        must_end_with(&run, CODE_BAD_PARAMETER);
        must_complain(&run, "is not a pipe on this machine; give --pipe");
#else
        must(run.code == CODE_BAD_PARAMETER || run.code == (CODE_NOT_ACTIVE & 0xFF), "%s: %s",
             names[i], run.err);
        must_complain(&run, "--pipe");
#endif
        run_free(&run);
    }
}

static void the_pipe_may_be_named_by_the_environment(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("status"),
                                         SAY("{$R,'id':$I,'result':$BUSY}"), GONE, END_OF_SCRIPT};
#ifdef _WIN32
    if (sys_is_elevated()) { /* always under Wine 8 */
        print_message("skipped: this program is elevated\n");
        skip();
    }
#endif
    struct run run;
    struct fake *fake = fake_new(script);
    fake_go(fake, NULL);
    run_alone(&run, fake_name(fake), "status", NULL);
    must_end_with(&run, CODE_BUSY);
    run_free(&run);
    fake_finish(fake);
    fake_free(fake);
}

#ifdef _WIN32
static void an_elevated_program_does_not_take_the_pipe_from_the_environment(void **state)
{
    (void)state;
    static const struct step script[] = {NO_CLIENT(500), END_OF_SCRIPT};
    if (!sys_is_elevated()) { /* under Wine 10; wine/elevation_test.c tests an elevated process */
        print_message("skipped: this program is not elevated\n");
        skip();
    }
    struct run run;
    struct fake *fake = fake_new(script);
    fake_go(fake, NULL);
    run_alone(&run, fake_name(fake), "status", NULL);
    const char *wrong = fake_finish(fake);
    must(wrong[0] == '\0', "%s", wrong);
    must_end_with(&run, CODE_NOT_ACTIVE);
    must_complain(&run, "ProtectedPrefix\\Administrators\\msiwatch");
    run_free(&run);
    fake_free(fake);
}
#else
static void without_any_name_it_says_that_one_is_needed(void **state)
{
    (void)state;
    struct run run;
    run_alone(&run, NULL, "status", NULL);
    must_end_with(&run, CODE_BAD_PARAMETER);
    must_complain(&run, "no pipe was named");
    run_free(&run);
}
#endif

int usage_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_command_line_is_87_and_one_line_that_says_what_to_do),
        cmocka_unit_test(no_command_at_all_is_bad_usage),
        cmocka_unit_test(help_is_printed_for_everything_and_asks_no_service),
        cmocka_unit_test(the_version_is_printed),
        cmocka_unit_test(an_error_has_the_form_that_was_asked_for),
        cmocka_unit_test(no_service_is_1062_at_once_for_every_command),
        cmocka_unit_test(the_pipe_may_be_named_before_and_after_the_command),
        cmocka_unit_test(what_is_no_name_of_a_pipe_is_87),
        cmocka_unit_test(the_pipe_may_be_named_by_the_environment),
#ifdef _WIN32
        cmocka_unit_test(an_elevated_program_does_not_take_the_pipe_from_the_environment),
#else
        cmocka_unit_test(without_any_name_it_says_that_one_is_needed),
#endif
    };
    return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
