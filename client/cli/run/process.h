/* process.h: runs the command of `msiwatch run`, and knows which processes that starts.
 * process_win32.c, process_posix.c. Codes are those of codes.h, or Windows' own. */
#ifndef MSIWATCH_CLI_PROCESS_H
#define MSIWATCH_CLI_PROCESS_H

#include "cli/base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct process;

/* Takes the command after "--", which is argv[index] of the program, up to a NULL. On Windows the
 * text of the command line counts, not how it was split. *label becomes the name of a file in
 * it. */
uint32_t process_new(struct process **out, int index, char **argv, struct text *label);
void process_free(struct process *process);

/* Starts the command. `turn` is the value of MSIWATCH_TURN in its environment; NULL: the same as in
 * ours. `may_ask`: somebody is there who can be asked for administrator's rights. If they are
 * needed and nobody is there: CODE_NEEDS_ELEVATION. */
uint32_t process_start(struct process *process, const char *turn, bool may_ask);

/* Waits until it ends. Ctrl-C in the meantime goes to the command, and does not end this program;
 * *pressed says whether it was pressed. */
uint32_t process_wait(struct process *process, uint32_t *exit_code, bool *pressed);

/* Waits until everything that it started has ended, too, if that can be found out; false: something
 * still runs. */
bool process_wait_family(struct process *process, uint64_t timeout_ms);

#endif
