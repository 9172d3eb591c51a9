/* drawing.h: the parts of the screen of `msiwatch top`, each of which fills some rows. */
#ifndef MSIWATCH_CLI_DRAWING_H
#define MSIWATCH_CLI_DRAWING_H

#include "cli/top/dashboard.h"
#include "cli/base/text.h"

/* What all parts need. */
struct drawing {
    const struct dashboard *dashboard;
    struct screen *screen;
    when_offset *offset;
    struct text text; /* of one line; empty between two lines */
    bool away_below;  /* a line of its own says that the service is away */
};

#define DRAW_AWAY "the service went away; waiting for it to come back"

/* ---- pieces (dashboard_draw.c) ---- */

/* Writes the text, up to the end of the row, and empties it. Returns the column after it. */
unsigned draw_text(struct drawing *drawing, unsigned row, unsigned column, enum screen_style style);

/* The same, but the text ends before the column `end`. */
void draw_text_before(struct drawing *drawing, unsigned row, unsigned end, enum screen_style style);

/* The same up to the column `end`; cut if it is longer. */
unsigned draw_text_within(struct drawing *drawing, unsigned row, unsigned column, unsigned end,
                          enum screen_style style);

enum screen_style draw_state_style(uint32_t state);

/* Adds characters [from, to) of "2026-11-22 10:41:07", local time. */
void draw_add_time(struct drawing *drawing, int64_t at_ms, size_t from, size_t to);

/* Adds a time as short as possible: with the date only if that is not today. */
void draw_add_moment(struct drawing *drawing, int64_t at_ms);

/* Adds a duration in whole seconds, because tenths would change all the time. */
void draw_add_duration(struct text *text, int64_t ms);

bool draw_is_today(const struct drawing *drawing, int64_t at_ms);

/* ---- parts ---- */

/* Draws what is going on, one line each, the most important first: since when (if `since`), what,
 * by whom, whether it has stalled, whose turn it is, which restart is pending, how the last one
 * ended. Uses the rows [row, end), from `column` on (dashboard_now.c). Returns the row after
 * them. */
unsigned draw_now(struct drawing *drawing, unsigned row, unsigned end, unsigned column, bool since);

/* Adds only its line `since ... , for ...`. */
void draw_add_since(struct drawing *drawing);

/* Draws the list with a header of its columns (dashboard_list.c). */
void draw_list(struct drawing *drawing, unsigned row, unsigned end, unsigned column);

/* Draws what the keys do. */
void draw_help(struct drawing *drawing, unsigned row, unsigned end, unsigned column);

#endif
