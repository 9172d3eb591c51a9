/* process.h: the command that `msiwatch run` starts, and what that starts in turn. process_win32.c,
 * process_posix.c. Codes are those of codes.h, or Windows' own.
 */
#ifndef MSIWATCH_CLI_PROCESS_H
#define MSIWATCH_CLI_PROCESS_H

#include "cli/base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct process;

/* The command behind "--", which is argv[index] of the program, NULL at its end. On Windows the
 * text of the command line counts, not how it was split. A label is made of a file's name in it. */
uint32_t process_new(struct process **out, int index, char **argv, struct text *label);
void process_free(struct process *process);

/* Starts it. `turn`: what MSIWATCH_TURN is to be in its environment; NULL: as it is in ours.
 * `may_ask`: somebody is there to be asked for administrator's rights; if they are needed and
 * nobody is: CODE_NEEDS_ELEVATION. */
uint32_t process_start(struct process *process, const char *turn, bool may_ask);

/* Waits until it ends. Ctrl-C meanwhile is for it, and does not end this program; *pressed says
 * that there was one. */
uint32_t process_wait(struct process *process, uint32_t *exit_code, bool *pressed);

/* Waits until everything that it started has ended, too, if that is known; false: not yet. */
bool process_wait_family(struct process *process, uint64_t timeout_ms);

#endif
