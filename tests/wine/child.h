/* child.h: starts programs and reads their output. Main thread only. */
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

/* The result of a program: its whole exit code, and its output without carriage returns. The child
 * owns the texts. */
struct child_result {
    DWORD exit_code;
    const char *out, *err;
};

/* Starts "PROGRAM ARGUMENTS": one of our programs, which are next to the test's own, or otherwise
 * one of the system. */
struct child *child_must_start(const char *format, ...) CHILD_FORMAT;

/* What it has printed on stdout so far; valid until the next call with this child. */
const char *child_output(struct child *child);

/* Waits until its stdout contains `text`. */
void child_must_print(struct child *child, const char *text);

/* Wait for its end, which must come; child_must_exit also requires this exit code. */
const struct child_result *child_must_end(struct child *child);
const struct child_result *child_must_exit(struct child *child, DWORD exit_code);

/* Suspends all of its threads. */
void child_must_stand_still(struct child *child);

/* If it still runs, ends it by force; frees it. May be NULL. */
void child_free(struct child *child);

/* run starts a program and waits for its end; the result is valid until the next run. run_well also
 * requires the exit code 0. */
const struct child_result *run(const char *format, ...) CHILD_FORMAT;
const struct child_result *run_well(const char *format, ...) CHILD_FORMAT;

#endif
