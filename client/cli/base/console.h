/* console.h: what the command line needs of the system: its output, the clock on the wall, Ctrl-C.
 * console_win32.c, console_posix.c. They hold the program's entry point, too, which hands the
 * arguments on in UTF-8. */
#ifndef MSIWATCH_CLI_CONSOLE_H
#define MSIWATCH_CLI_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The program (main.c). `argv[argc]` is NULL; the result is the exit code. */
uint32_t msiwatch_main(int argc, char **argv);

/* Writes all of it to standard output, or to the file that was chosen instead, at once. False: it
 * cannot be written; *gone says whether that is because nobody reads it: a reader who went away, or
 * no standard output at all, as in a process that a service starts. */
bool console_write(const char *text, size_t size, bool *gone);

/* Whether nobody reads standard output any more, if that can be seen without writing. */
bool console_is_unread(void);

/* Whether there is a file of that path; true where that is not known. */
bool console_has_file(const char *path);

/* Whether Windows has a service of ours, running or not; true where that is not known. */
bool console_has_service(void);

/* Makes a file of that content: it is there whole or not at all, and what was there before is only
 * replaced by a whole one. A Win32 error code. */
uint32_t console_save(const char *path, const char *text, size_t size);

/* From now on console_write writes to this file, from its beginning. A Win32 error code. */
uint32_t console_redirect(const char *path);

/* The machine's name, in UTF-8; "" if it has none. */
void console_machine(char *name, size_t size);

/* How many columns the terminal has that standard error goes to; 0: it goes to none. */
unsigned console_error_width(void);

/* Does nothing for this long. */
void console_sleep(uint32_t ms);

/* Writes to standard error, if there is one. */
void console_complain(const char *text, size_t size);

/* Milliseconds of a clock that never goes back. */
uint64_t console_now(void);

/* Milliseconds since 1970-01-01 UTC. */
int64_t console_wall(void);

/* Minutes that local time is ahead of UTC at a moment, by the machine's settings. */
int console_offset(int64_t wall_ms);

/* From now on Ctrl-C (and what asks a console program to end in other ways) calls `interrupted`
 * instead of ending the process, the first time: from another thread or a signal handler. */
void console_on_interrupt(void (*interrupted)(void *arg), void *arg);

#endif
