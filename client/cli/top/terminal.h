/* terminal.h: a terminal that a full-screen view has to itself: its size, keys, and painting.
 * terminal_win32.c, terminal_posix.c. There is one terminal, so there is no handle.
 *
 * All but terminal_wake is for the thread that called terminal_begin.
 */
#ifndef MSIWATCH_CLI_TERMINAL_H
#define MSIWATCH_CLI_TERMINAL_H

#include "cli/top/keys.h"
#include "cli/top/screen.h"

#include <stdbool.h>

/* Whether standard output is a terminal that can show a screen. */
bool terminal_is_there(void);

/* Takes the terminal over: an empty screen of its own, no cursor, keys as they are pressed. From
 * then on `woken` is called from other threads or signal handlers when something has happened.
 * False: the terminal does not let it be, and is as it was. */
bool terminal_begin(void (*woken)(void *arg), void *arg);

/* Gives the terminal back, with what was on it before. `woken` is not called any more. */
void terminal_end(void);

/* Notes that `happened` (TERMINAL_*) and calls `woken`. Any thread, signal handlers included. */
void terminal_wake(unsigned happened);

/* What has happened since the last call. */
unsigned terminal_take(void);

/* How many rows down since the last call; less than 0: up. */
int terminal_scrolled(void);

/* In cells, at least 1 each. */
void terminal_size(unsigned *width, unsigned *height);

/* Empties the screen. */
void terminal_clear(void);

/* The `paint` of screen_paint; is seen after terminal_flush. */
void terminal_paint(void *arg, unsigned row, unsigned column, const struct screen_cell *cells,
                    unsigned count);

/* Shows what was painted, at once. False: it cannot be shown any more. */
bool terminal_flush(void);

#endif
