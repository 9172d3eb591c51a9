/* main.c: unit-tests, all unit tests in one program.
 *
 *   unit-tests [SUBJECT...]    the tests of these subjects; without any, all
 *   unit-tests --list          the subjects
 * Exits with 0 if all passed. It is one program because each start under Wine takes a second;
 * natively, ctest starts it once per subject.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(void);
} subjects[] = {
    {"verdict", verdict_tests},
    {"decider", decider_tests},
    {"monitor", monitor_tests},
    {"turns", turns_tests},
    {"processes", processes_tests},
    {"flapping", flapping_tests},
    {"install_record", install_record_tests},
    {"install_log", install_log_tests},
    {"event_values", event_values_tests},
    {"event_log", event_log_tests},
    {"event_follower", event_follower_tests},
    {"log_position", log_position_tests},
    {"restart_note", restart_note_tests},
    {"process_list", process_list_tests},
    {"process_tree", process_tree_tests},
    {"process_watch", process_watch_tests},
    {"stall", stall_tests},
    {"correlator", correlator_tests},
    {"correlator_worlds", correlator_worlds_tests},
    {"model", model_tests},
    {"wire", wire_tests},
    {"access_level", access_level_tests},
    {"lines", lines_tests},
    {"settings", settings_tests},
    {"layers", layers_tests},
    {"eventlog", eventlog_tests},
    {"prometheus", prometheus_tests},
    {"pipe_name", pipe_name_tests},
    {"log", log_tests},
    {"journal", journal_tests},
    {"epoch", epoch_tests},
    {"fair_queue", fair_queue_tests},
    {"schedule", schedule_tests},
    {"sampler", sampler_tests},
    {"rpc_examples", rpc_examples_tests},
    {"requests", requests_tests},
    {"batches", batches_tests},
    {"methods", methods_tests},
    {"waiting", waiting_tests},
    {"turn_methods", turn_methods_tests},
    {"subscribers", subscribers_tests},
    {"slow_readers", slow_readers_tests},
    {"endings", endings_tests},
    {"shares", shares_tests},
#ifdef MSIWATCH_LATE_JOURNAL
    {"late_reads", late_reads_tests},
#endif
};

static int run_named(const char *name)
{
    for (size_t i = 0; i < COUNT(subjects); i++) {
        if (strcmp(subjects[i].name, name) == 0) {
            return subjects[i].run();
        }
    }
    fprintf(stderr, "unit-tests: no subject '%s'\n", name);
    return 1;
}

int main(int argc, char **argv)
{
    int failed = 0;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < COUNT(subjects); i++) {
            puts(subjects[i].name);
        }
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        failed += run_named(argv[i]);
    }
    for (size_t i = 0; argc == 1 && i < COUNT(subjects); i++) {
        failed += subjects[i].run();
    }
    return failed == 0 ? 0 : 1;
}
