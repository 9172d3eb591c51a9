/* client_test.h: what every test of the client includes: cmocka, the list of subjects, and the
 * words with which tests write what the service says. cmocka's header needs the four headers before
 * it. */
#ifndef MSIWATCH_TESTS_CLIENT_TEST_H
#define MSIWATCH_TESTS_CLIENT_TEST_H

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

/* One subject per file: each runs its tests and returns how many failed. */
int text_tests(void);
int when_tests(void);
int options_tests(void);
int show_tests(void);
int abi_tests(void);
int library_tests(void);
int events_tests(void);
int cancel_tests(void);
int usage_tests(void);
int answers_tests(void);
int wait_tests(void);
int watch_tests(void);
int resume_tests(void);
int history_tests(void);
int doctor_tests(void);
int findings_tests(void);
int completion_tests(void);
int top_tests(void);
int report_tests(void);
int rows_tests(void);
int turn_tests(void);
int session_tests(void);
int process_tests(void); /* Windows only */
int run_command_tests(void);
int turn_command_tests(void);
int command_line_tests(void);

/* The header of the CSV, and the end of every line that is not an installation's. */
#define CSV_HEAD                                                                                   \
    "seq,kind,at,from,to,reasons,after_ms,of,product,version,package,result,status,reboot,"        \
    "action,product_code,trusted,source,client_pid\n"
#define CSV_NO_INSTALL ",,,,,,,,,,,,\n"

#endif
