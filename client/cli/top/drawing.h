/* drawing.h: the parts of a drawing of `msiwatch top`, each of which fills some rows. */
#ifndef MSIWATCH_CLI_DRAWING_H
#define MSIWATCH_CLI_DRAWING_H

#include "cli/top/dashboard.h"
#include "cli/base/text.h"

/* What all parts use. */
struct drawing {
    const struct dashboard *dashboard;
    struct screen *screen;
    when_offset *offset;
    struct text text; /* of one line; empty between two */
    bool away_below;  /* that the service is away has a line of its own */
};

#define DRAW_AWAY "the service went away; waiting for it to come back"

/* ---- pieces (dashboard_draw.c) ---- */

/* Puts the text down, up to the screen's end, and empties it. The column behind it. */
unsigned draw_text(struct drawing *drawing, unsigned row, unsigned column, enum screen_style style);

/* The same, but the text ends before the column `end`. */
void draw_text_before(struct drawing *drawing, unsigned row, unsigned end, enum screen_style style);

/* The same up to the column `end`, cut if it is longer. */
void draw_text_within(struct drawing *drawing, unsigned row, unsigned column, unsigned end,
                      enum screen_style style);

enum screen_style draw_state_style(uint32_t state);

/* Adds characters [from, to) of "2026-11-22 10:41:07", local. */
void draw_add_time(struct drawing *drawing, int64_t at_ms, size_t from, size_t to);

/* Adds when it was, as short as can be: with the date, if that is not today's. */
void draw_add_moment(struct drawing *drawing, int64_t at_ms);

/* Adds a duration in whole seconds: tenths would be another number at each look. */
void draw_add_duration(struct text *text, int64_t ms);

bool draw_is_today(const struct drawing *drawing, int64_t at_ms);

/* ---- parts ---- */

/* What goes on, a line each, the most important first: since when (if `since`), what, by whom,
 * whether it stands still, whose turn it is, which restart is pending, how the last one ended. In
 * the rows [row, end), from `column` on (dashboard_now.c). The row behind them. */
unsigned draw_now(struct drawing *drawing, unsigned row, unsigned end, unsigned column, bool since);

/* The line `since ... , for ...` of it alone. */
void draw_add_since(struct drawing *drawing);

/* The list, with a line that says what its columns are (dashboard_list.c). */
void draw_list(struct drawing *drawing, unsigned row, unsigned end, unsigned column);

/* What the keys do. */
void draw_help(struct drawing *drawing, unsigned row, unsigned end, unsigned column);

#endif
