/* terminal.h: the terminal of a full-screen view: its size, its keys, and painting.
 * terminal_win32.c, terminal_posix.c. There is one terminal, so there is no handle.
 *
 * All functions but terminal_wake are for the thread that called terminal_begin.
 */
#ifndef MSIWATCH_CLI_TERMINAL_H
#define MSIWATCH_CLI_TERMINAL_H

#include "cli/top/keys.h"
#include "cli/top/screen.h"

#include <stdbool.h>

/* Whether standard output is a terminal that can show a screen. */
bool terminal_is_there(void);

/* Takes over the terminal: an empty screen of its own, no cursor, keys as they are pressed. From
 * then on `woken` is called, from other threads or signal handlers, when something has happened.
 * False: the terminal cannot do that, and is unchanged. */
bool terminal_begin(void (*woken)(void *arg), void *arg);

/* Gives the terminal back, with its previous content. `woken` is not called any more. */
void terminal_end(void);

/* Stores `happened` (TERMINAL_*) and calls `woken`. Any thread, and signal handlers. */
void terminal_wake(unsigned happened);

/* Returns what has happened since the last call. */
unsigned terminal_take(void);

/* How many rows were scrolled down since the last call; negative: up. */
int terminal_scrolled(void);

/* The size in cells, at least 1 each. */
void terminal_size(unsigned *width, unsigned *height);

/* Empties the screen. */
void terminal_clear(void);

/* The `paint` of screen_paint; it becomes visible with terminal_flush. */
void terminal_paint(void *arg, unsigned row, unsigned column, const struct screen_cell *cells,
                    unsigned count);

/* Shows now what was painted. False: nothing can be shown any more. */
bool terminal_flush(void);

#endif
