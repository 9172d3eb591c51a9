/* screen.h: what a full-screen view shows, as cells, and what of it changed since it was last
 * painted. Pure except for its memory; terminal.h paints it. Not thread safe. */
#ifndef MSIWATCH_CLI_SCREEN_H
#define MSIWATCH_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How text looks. A terminal without colours shows them as plain or strong text, so nothing may be
 * told by colour alone. */
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

/* No larger screen is filled; the rest of it stays empty. */
#define SCREEN_WIDEST 512u
#define SCREEN_HIGHEST 256u

struct screen {
    unsigned width, height;    /* in cells */
    struct screen_cell *cells; /* a row after the other */
    struct screen_cell *shown; /* what was painted last */
    bool stale;                /* nothing of what was painted counts */
};

/* A screen of all zeroes has no cells. The new size, cut to the largest there is; everything is
 * cleared and will be painted. False: no memory; then the screen is as it was. */
bool screen_resize(struct screen *screen, unsigned width, unsigned height);
void screen_release(struct screen *screen);

/* Fills it with spaces. */
void screen_clear(struct screen *screen);

/* Writes UTF-8 text at a place, up to the column `end`; what does not fit is cut, and the last cell
 * says so by an ellipsis. Outside the screen nothing is written. What would steer a terminal, or is
 * not UTF-8, becomes '?'; marks that take no cell of their own are left out. The column behind it.
 */
unsigned screen_put(struct screen *screen, unsigned row, unsigned column, unsigned end,
                    enum screen_style style, const char *text);

/* Calls `paint` for each run of cells that differs from what was painted, at most one a row, and
 * takes it as painted. A wide character is never cut in two. */
void screen_paint(struct screen *screen,
                  void (*paint)(void *arg, unsigned row, unsigned column,
                                const struct screen_cell *cells, unsigned count),
                  void *arg);

#endif
