/* unit.h: what every unit test includes.
 *
 * Each file is one subject. It has one function, listed here and in main.c, that runs its tests and
 * returns how many failed. cmocka's header needs the four headers before it.
 */
#ifndef MSIWATCH_TESTS_UNIT_H
#define MSIWATCH_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* assert_true with a message: a format, and its arguments, if any. */
#define must(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("%s:%d: ", __FILE__, __LINE__);                                            \
            print_error(__VA_ARGS__);                                                              \
            print_error("\n");                                                                     \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

int verdict_tests(void);
int decider_tests(void);
int monitor_tests(void);
int turns_tests(void);
int processes_tests(void);
int flapping_tests(void);
int install_record_tests(void);
int install_log_tests(void);
int event_values_tests(void);
int event_log_tests(void);
int event_follower_tests(void);
int log_position_tests(void);
int restart_note_tests(void);
int process_list_tests(void);
int process_tree_tests(void);
int process_watch_tests(void);
int stall_tests(void);
int correlator_tests(void);
int correlator_worlds_tests(void);
int model_tests(void);
int wire_tests(void);
int access_level_tests(void);
int lines_tests(void);
int settings_tests(void);
int layers_tests(void);
int eventlog_tests(void);
int prometheus_tests(void);
int pipe_name_tests(void);
int log_tests(void);
int journal_tests(void);
int epoch_tests(void);
int fair_queue_tests(void);
int schedule_tests(void);
int sampler_tests(void);
int rpc_examples_tests(void);
int requests_tests(void);
int batches_tests(void);
int methods_tests(void);
int waiting_tests(void);
int turn_methods_tests(void);
int subscribers_tests(void);
int slow_readers_tests(void);
int endings_tests(void);
int shares_tests(void);
int late_reads_tests(void);

#endif
