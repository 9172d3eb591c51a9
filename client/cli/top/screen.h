/* screen.h: the content of a full-screen view, as cells, and which of them changed since they were
 * last painted. Pure except for its memory; terminal.h paints it. Not thread safe. */
#ifndef MSIWATCH_CLI_SCREEN_H
#define MSIWATCH_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How text looks. A terminal without colours shows these as plain or bold text, so nothing may be
 * expressed by colour alone. */
enum screen_style {
    STYLE_PLAIN,
    STYLE_STRONG,
    STYLE_FAINT,
    STYLE_TITLE, /* light and dark exchanged */
    STYLE_IDLE,
    STYLE_BUSY,
    STYLE_UNKNOWN
};

struct screen_cell {
    uint32_t code; /* Unicode; 0: the right half of a wide character */
    uint8_t style; /* enum screen_style */
};

/* The largest screen that is filled; a larger one stays empty beyond this. */
#define SCREEN_WIDEST 512u
#define SCREEN_HIGHEST 256u

struct screen {
    unsigned width, height;    /* in cells */
    struct screen_cell *cells; /* one row after the other */
    struct screen_cell *shown; /* what was painted last */
    bool stale;                /* paint everything again */
};

/* Changes the size, cut to the largest possible; clears everything, and paints all of it next time.
 * A screen of all zeroes has no cells. False: out of memory; then the screen is unchanged. */
bool screen_resize(struct screen *screen, unsigned width, unsigned height);
void screen_release(struct screen *screen);

/* Fills the screen with spaces. */
void screen_clear(struct screen *screen);

/* Writes UTF-8 text, up to the column `end`; what does not fit is cut, and an ellipsis in the last
 * cell shows that. Nothing is written outside the screen. What would control a terminal, or is not
 * UTF-8, becomes '?'; marks that take no cell of their own are left out. Returns the column after
 * it. */
unsigned screen_put(struct screen *screen, unsigned row, unsigned column, unsigned end,
                    enum screen_style style, const char *text);

/* Calls `paint` for each run of cells that differs from what was painted, at most one per row, and
 * remembers it as painted. A wide character is never cut in two. */
void screen_paint(struct screen *screen,
                  void (*paint)(void *arg, unsigned row, unsigned column,
                                const struct screen_cell *cells, unsigned count),
                  void *arg);

#endif
