/* child.h: programs that tests run and read. Main thread only. */
#ifndef MSIWATCH_TESTS_CHILD_H
#define MSIWATCH_TESTS_CHILD_H

#include <windows.h>

#ifdef __clang__
#define CHILD_FORMAT __attribute__((format(printf, 1, 2)))
#elif defined(__GNUC__)
#define CHILD_FORMAT __attribute__((format(gnu_printf, 1, 2)))
#else
#define CHILD_FORMAT
#endif

/* A program that was started; its output goes to files of its own. */
struct child;

/* What a program left: its whole exit code, and what it printed, without carriage returns. The
 * texts are the child's. */
struct child_result {
    DWORD exit_code;
    const char *out, *err;
};

/* Starts "PROGRAM ARGUMENTS": one of ours, which are beside the test's own program, or else the
 * system's. */
struct child *child_must_start(const char *format, ...) CHILD_FORMAT;

/* What it has printed on stdout so far; valid until the next call on this child. */
const char *child_output(struct child *child);

/* Waits until its stdout holds `text`. */
void child_must_print(struct child *child, const char *text);

/* Waits for its end, which must come; with child_must_exit, with this exit code. */
const struct child_result *child_must_end(struct child *child);
const struct child_result *child_must_exit(struct child *child, DWORD exit_code);

/* Suspends all of its threads. */
void child_must_stand_still(struct child *child);

/* Ends it by force if it still runs, and frees it. NULL is fine. */
void child_free(struct child *child);

/* Starts a program and waits for its end; the result is valid until the next run. run_well: its
 * exit code must be 0. */
const struct child_result *run(const char *format, ...) CHILD_FORMAT;
const struct child_result *run_well(const char *format, ...) CHILD_FORMAT;

#endif
