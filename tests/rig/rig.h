/* rig.h: what the rig's subcommands share.
 *
 * The rig replaces the parts of Windows Installer that the tests need: something that owns its
 * mutex, an msiserver that reports what it was given, and tools that look at the mutex as other
 * programs do. The tests under tests/wine link everything but main.c, so that they can do the same
 * without a process. Windows only; calls return Win32 error codes.
 */
#ifndef MSIWATCH_TESTS_RIG_H
#define MSIWATCH_TESTS_RIG_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

#define RIG_MUTEX "Global\\_MSIExecute"

/* The events that work.c waits for. */
#define RIG_WORKS "Global\\msirig-works"
#define RIG_CHILD_WORKS "Global\\msirig-child-works"
#define RIG_WORK_ENDS "Global\\msirig-work-ends"

/* Milliseconds since 1970-01-01 UTC, by the clock that the service uses for its times. */
int64_t rig_now_ms(void);

/* Prints a line "WHAT UNIX-MS" on stdout and flushes it: an edge that has just happened. */
void rig_edge(const char *what);

/* Prints on stderr that `what` failed with `error`, with the system's text. Returns `error`. */
DWORD rig_failed(const char *what, DWORD error);

/* An option of a subcommand: "--name" sets *flag, or "--name VALUE" sets *number or *text. One of
 * the three is not NULL. An entry without a name takes a bare argument; a NULL help ends a
 * table. */
struct rig_option {
    const char *name;
    bool *flag;
    uint32_t *number;
    const char **text;
    const char *help;
};

/* Reads argv[0..argc). If an argument is not in the table, prints a line on stderr and returns
 * false. */
bool rig_options(const struct rig_option *table, int argc, char **argv);

/* Subcommands: argv[0] is the first argument after the subcommand's name. They return the process's
 * exit code. */
int rig_hold(int argc, char **argv);
int rig_service(int argc, char **argv);
int rig_probe(int argc, char **argv);
int rig_grab(int argc, char **argv);
int rig_tell(int argc, char **argv);
int rig_work(int argc, char **argv);
int rig_inside(int argc, char **argv);

/* Uses CPU time while that event is set, until RIG_WORK_ENDS is set. */
DWORD rig_work_by(const char *event);

/* Does that in a thread for RIG_WORKS, and in a child for RIG_CHILD_WORKS. */
DWORD rig_work_begin(void);

#endif
