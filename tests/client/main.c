/* main.c: client-tests: tests the client library, and msiwatch as it is, with a fake service.
 *
 *   client-tests MSIWATCH [SUBJECT...]   the tests of these subjects; without any, all
 */
#include "client_test.h"
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(void);
} subjects[] = {
    {"text", text_tests},
    {"when", when_tests},
    {"options", options_tests},
    {"show", show_tests},
    {"abi", abi_tests},
    {"library", library_tests},
    {"events", events_tests},
    {"cancel", cancel_tests},
    {"usage", usage_tests},
    {"answers", answers_tests},
    {"wait", wait_tests},
    {"watch", watch_tests},
    {"resume", resume_tests},
    {"history", history_tests},
    {"doctor", doctor_tests},
    {"findings", findings_tests},
    {"completion", completion_tests},
    {"top", top_tests},
    {"report", report_tests},
    {"rows", rows_tests},
    {"turn", turn_tests},
    {"session", session_tests},
#ifdef _WIN32
    {"process", process_tests},
#endif
    {"run_command", run_command_tests},
    {"turn_command", turn_command_tests},
    {"command_line", command_line_tests},
};

const char *msiwatch_program, *tests_program;

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return true;
        }
    }
    return argc < 3;
}

/* What `msiwatch run` starts in tests. "--child CODE [VARIABLE]" prints an environment variable and
 * ends with the code; "--child leave MS" leaves a child behind that lives for this long and has
 * none of our handles. */
static int be_child(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[0], "leave") == 0) {
        sys_leave_behind((unsigned)strtoul(argv[1], NULL, 10));
        return 0;
    }
    if (argc > 1) {
        const char *value = getenv(argv[1]);
        printf("%s\n", value == NULL ? "(none)" : value);
        fflush(stdout);
    }
    return argc > 0 ? (int)strtoul(argv[0], NULL, 10) : 2;
}

int main(int argc, char **argv)
{
    int failed = 0;
    tests_program = argv[0];
    if (argc > 2 && strcmp(argv[1], "--child") == 0) {
        return be_child(argc - 2, argv + 2);
    }
    if (argc > 2 && strcmp(argv[1], "--sleep") == 0) {
        sys_sleep(strtoul(argv[2], NULL, 10));
        return 0;
    }
    if (argc < 2) {
        fprintf(stderr, "usage: client-tests MSIWATCH [SUBJECT...]\n");
        return 2;
    }
    msiwatch_program = argv[1];
    for (size_t i = 0; i < COUNT(subjects); i++) {
        if (is_wanted(subjects[i].name, argc, argv)) {
            failed += subjects[i].run();
        }
    }
    return failed == 0 ? 0 : 1;
}
