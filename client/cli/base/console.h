/* console.h: what the command line needs from the system: output, the wall clock, Ctrl-C. It is
 * implemented in console_win32.c and console_posix.c. They also contain the program's entry point,
 * which passes the arguments on in UTF-8. */
#ifndef MSIWATCH_CLI_CONSOLE_H
#define MSIWATCH_CLI_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The program (main.c). `argv[argc]` is NULL; returns the exit code. */
uint32_t msiwatch_main(int argc, char **argv);

/* Writes all of it, immediately, to standard output or to the file chosen with console_redirect.
 * False: it cannot be written; *gone says whether the reason is that nobody reads it: the reader
 * has gone away, or there is no standard output, as in a process that a service starts. */
bool console_write(const char *text, size_t size, bool *gone);

/* Whether nobody reads standard output any more, if that can be found out without writing. */
bool console_is_unread(void);

/* Whether a file with that path exists; true if that cannot be found out. */
bool console_has_file(const char *path);

/* Whether Windows has our service, running or not; true if that cannot be found out. */
bool console_has_service(void);

/* Creates a file with that content. Either the whole file exists or none of it, and an existing
 * file is only replaced by a whole one. Returns a Win32 error code. */
uint32_t console_save(const char *path, const char *text, size_t size);

/* From now on console_write writes to this file, from its beginning. Returns a Win32 error code. */
uint32_t console_redirect(const char *path);

/* The machine's name, in UTF-8; "" if it has none. */
void console_machine(char *name, size_t size);

/* The width in columns of the terminal that shows standard error; 0: there is none. */
unsigned console_error_width(void);

/* Sleeps for this long. */
void console_sleep(uint32_t ms);

/* Writes to standard error, if there is one. */
void console_complain(const char *text, size_t size);

/* Milliseconds of a clock that never goes back. */
uint64_t console_now(void);

/* Milliseconds since 1970-01-01 UTC. */
int64_t console_wall(void);

/* Minutes that local time is ahead of UTC at a moment, by the machine's settings. */
int console_offset(int64_t wall_ms);

/* From now on the first Ctrl-C (or another request that the program should end) calls `interrupted`
 * instead of ending the process: in another thread, or in a signal handler. */
void console_on_interrupt(void (*interrupted)(void *arg), void *arg);

#endif
