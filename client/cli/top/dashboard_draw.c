/* dashboard_draw.c: the layout of `msiwatch top`: large if there is room, in lines if there is not.
 * Nothing is shown by colour alone. */
#include "cli/top/drawing.h"

#include <inttypes.h>
#include <string.h>

#define HOUR_MS (60 * MINUTE_MS)
#define MARGIN 2u

/* From this size on, the state is written in letters of five rows, next to what is going on. */
#define LARGE_WIDTH 72u
#define LARGE_HEIGHT 20u
#define LETTER_ROWS 5u

static const struct letter {
    char letter;
    const char *rows[LETTER_ROWS];
} letters[] = {
    {'B', {"#### ", "#   #", "#### ", "#   #", "#### "}},
    {'D', {"#### ", "#   #", "#   #", "#   #", "#### "}},
    {'E', {"#####", "#    ", "#### ", "#    ", "#####"}},
    {'I', {"###", " # ", " # ", " # ", "###"}},
    {'K', {"#   #", "#  # ", "###  ", "#  # ", "#   #"}},
    {'L', {"#    ", "#    ", "#    ", "#    ", "#####"}},
    {'N', {"#   #", "##  #", "# # #", "#  ##", "#   #"}},
    {'O', {" ### ", "#   #", "#   #", "#   #", " ### "}},
    {'S', {" ####", "#    ", " ### ", "    #", "#### "}},
    {'U', {"#   #", "#   #", "#   #", "#   #", " ### "}},
    {'W', {"#   #", "#   #", "# # #", "## ##", "#   #"}},
    {'Y', {"#   #", " # # ", "  #  ", "  #  ", "  #  "}},
};

/* ---- pieces ---- */

unsigned draw_text_within(struct drawing *drawing, unsigned row, unsigned column, unsigned end,
                          enum screen_style style)
{
    if (!drawing->text.failed && drawing->text.data != NULL) {
        column = screen_put(drawing->screen, row, column, end, style, drawing->text.data);
    }
    text_clear(&drawing->text);
    return column;
}

unsigned draw_text(struct drawing *drawing, unsigned row, unsigned column, enum screen_style style)
{
    return draw_text_within(drawing, row, column, drawing->screen->width, style);
}

/* This is only used for ASCII, so one byte is one cell. */
void draw_text_before(struct drawing *drawing, unsigned row, unsigned end, enum screen_style style)
{
    size_t size = drawing->text.size;
    draw_text_within(drawing, row, size < end ? end - (unsigned)size : 0, end, style);
}

enum screen_style draw_state_style(uint32_t state)
{
    return state == MSIWATCH_IDLE   ? STYLE_IDLE
           : state == MSIWATCH_BUSY ? STYLE_BUSY
                                    : STYLE_UNKNOWN;
}

/* While the service is away, the state is unknown. */
static uint32_t state_now(const struct dashboard *dashboard)
{
    return dashboard->away ? MSIWATCH_UNKNOWN : dashboard->status.state;
}

static const char *state_word(uint32_t state)
{
    return state == MSIWATCH_IDLE ? "IDLE" : state == MSIWATCH_BUSY ? "BUSY" : "UNKNOWN";
}

void draw_add_time(struct drawing *drawing, int64_t at_ms, size_t from, size_t to)
{
    text_add_local(&drawing->text, at_ms, drawing->offset, from, to);
}

bool draw_is_today(const struct drawing *drawing, int64_t at_ms)
{
    int64_t now_ms = drawing->dashboard->now_ms;
    return time_floor(time_local(at_ms, drawing->offset), DAY_MS) ==
           time_floor(time_local(now_ms, drawing->offset), DAY_MS);
}

void draw_add_moment(struct drawing *drawing, int64_t at_ms)
{
    if (draw_is_today(drawing, at_ms)) {
        draw_add_time(drawing, at_ms, 11, 19);
    } else {
        draw_add_time(drawing, at_ms, 5, 16);
    }
}

void draw_add_duration(struct text *text, int64_t ms)
{
    int64_t seconds = ms < 0 ? 0 : ms / 1000;
    if (seconds < 10) {
        text_addf(text, "%" PRId64 " s", seconds);
    } else {
        text_add_duration(text, (uint64_t)seconds * 1000);
    }
}

/* ---- the parts ---- */

static void draw_title(struct drawing *drawing)
{
    struct screen *screen = drawing->screen;
    unsigned width = screen->width;
    for (unsigned column = 0; column < width; column++) {
        screen_put(screen, 0, column, width, STYLE_TITLE, " ");
    }
    screen_put(screen, 0, 1, width, STYLE_TITLE, "MsiWatch");
    bool wide = width >= 40;
    draw_add_time(drawing, drawing->dashboard->now_ms, wide ? 0 : 11, 19);
    unsigned length = wide ? 19 : 8;
    if (width > length + 12) {
        draw_text(drawing, 0, width - 1 - length, STYLE_TITLE);
    }
    text_clear(&drawing->text);
}

/* Draws the state in large letters; returns the column after them. */
static unsigned draw_letters(struct drawing *drawing, unsigned row)
{
    uint32_t state = state_now(drawing->dashboard);
    unsigned column = MARGIN;
    for (const char *at = state_word(state); *at != '\0'; at++) {
        const struct letter *letter = letters;
        while (letter->letter != *at) {
            letter++;
        }
        for (unsigned i = 0; i < LETTER_ROWS; i++) {
            for (const char *dot = letter->rows[i]; *dot != '\0'; dot++) {
                text_add(&drawing->text, *dot == '#' ? "\xE2\x96\x88" : " ");
            }
            draw_text(drawing, row + i, column, draw_state_style(state));
        }
        column += (unsigned)strlen(letter->rows[0]) + 1;
    }
    return column;
}

/* Shows which part of a cell was busy. Not every console has blocks for all eighths. */
static const char *busy_mark(unsigned eighths)
{
    return eighths <= 2 ? "_" : eighths <= 6 ? "\xE2\x96\x84" : "\xE2\x96\x88";
}

static const char *cell_mark(unsigned char state, unsigned eighths)
{
    switch (state) {
    case MSIWATCH_BUSY:
        return busy_mark(eighths);
    case MSIWATCH_IDLE:
        return "\xC2\xB7"; /* a middle dot */
    case MSIWATCH_UNKNOWN:
        return "?";
    default:
        return " ";
    }
}

static void draw_legend(struct drawing *drawing, unsigned row, unsigned column)
{
    int64_t span_ms = dashboard_span(drawing->dashboard);
    const char *words = span_ms == DASHBOARD_HOUR_MS  ? "The last hour"
                        : span_ms == DASHBOARD_DAY_MS ? "The last day"
                                                      : "The last week";
    screen_put(drawing->screen, row, column, drawing->screen->width, STYLE_STRONG, words);
    text_addf(&drawing->text, "%s %s _ busy: all, half, a little  %s idle  ? unknown", busy_mark(8),
              busy_mark(4), cell_mark(MSIWATCH_IDLE, 0));
    draw_text(drawing, row, column + 17, STYLE_FAINT);
}

/* Draws a tick every quarter of an hour, three hours, or day, with the time if there is room. */
static void draw_ticks(struct drawing *drawing, unsigned row, unsigned column, int64_t begin_ms,
                       int64_t end_ms, int64_t length_ms)
{
    int64_t span_ms = dashboard_span(drawing->dashboard);
    bool days = span_ms == DASHBOARD_WEEK_MS;
    int64_t step_ms = days                          ? 24 * HOUR_MS
                      : span_ms == DASHBOARD_DAY_MS ? 3 * HOUR_MS
                                                    : 15 * MINUTE_MS;
    unsigned free_from = column;
    int64_t offset_ms = drawing->offset(begin_ms) * MINUTE_MS;
    int64_t tick_ms = ((begin_ms + offset_ms) / step_ms + 1) * step_ms - offset_ms;
    for (; tick_ms < end_ms; tick_ms += step_ms) {
        unsigned at = column + (unsigned)((tick_ms - begin_ms) / length_ms);
        if (at >= free_from && at + 6 <= drawing->screen->width) {
            text_add(&drawing->text, "|");
            draw_add_time(drawing, tick_ms, days ? 5 : 11, days ? 10 : 16);
            free_from = draw_text(drawing, row, at, STYLE_FAINT) + 1;
        }
    }
}

/* Draws the time up to now. Cells begin at multiples of their length, so that they stay the same as
 * time passes, and all move together when a new one begins. */
static void draw_bar(struct drawing *drawing, unsigned row, unsigned column)
{
    const struct dashboard *dashboard = drawing->dashboard;
    unsigned char cells[SCREEN_WIDEST], eighths[SCREEN_WIDEST];
    unsigned width = drawing->screen->width;
    if (width <= 2 * column) {
        return;
    }
    unsigned count = width - 2 * column;
    int64_t length_ms = (dashboard_span(dashboard) + count - 1) / count;
    int64_t end_ms = (dashboard->now_ms / length_ms + 1) * length_ms;
    int64_t begin_ms = end_ms - length_ms * count;
    stretches_cells(&dashboard->timeline, begin_ms, end_ms, cells, count);
    stretches_eighths(&dashboard->timeline, begin_ms, end_ms, eighths, count);
    for (unsigned i = 0; i < count; i++) {
        /* While the service is away, the present is unknown; and the last cell has only begun. */
        bool last = i + 1 == count;
        unsigned char state = dashboard->away && last ? MSIWATCH_UNKNOWN : cells[i];
        screen_put(drawing->screen, row, column + i, width,
                   state == STRETCH_MISSING ? STYLE_FAINT : draw_state_style(state),
                   cell_mark(state, last ? 8 : eighths[i]));
    }
    draw_ticks(drawing, row + 1, column, begin_ms, end_ms, length_ms);
}

/* Sensors that do not work come first, because they must be visible even if there is little
 * room. */
static void draw_sensors(struct drawing *drawing, unsigned row, unsigned column)
{
    const struct dashboard *dashboard = drawing->dashboard;
    column = screen_put(drawing->screen, row, column, drawing->screen->width, STYLE_STRONG,
                        dashboard->away ? "Sensors, before the service went away" : "Sensors") +
             2;
    unsigned count = dashboard->sensor_count;
    for (unsigned i = 0; i < 2 * count; i++) {
        bool first = i < count;
        const struct sensor_health *sensor = &dashboard->sensors[first ? i : i - count];
        bool well = strcmp(sensor->health, "ok") == 0;
        if (well != first) {
            text_addf(&drawing->text, "%s %s", sensor->name, sensor->health);
            column = draw_text(drawing, row, column,
                               dashboard->away ? STYLE_FAINT
                               : well          ? STYLE_PLAIN
                                               : STYLE_UNKNOWN) +
                     2;
        }
    }
}

static bool all_is_well(const struct dashboard *dashboard)
{
    bool well = dashboard->sensor_count > 0 && !dashboard->away;
    for (unsigned i = 0; i < dashboard->sensor_count; i++) {
        well = well && strcmp(dashboard->sensors[i].health, "ok") == 0;
    }
    return well;
}

/* `sensors`: says here that they work, because they have no row of their own. */
static void draw_footer(struct drawing *drawing, unsigned row, unsigned column, bool sensors)
{
    const struct dashboard *dashboard = drawing->dashboard;
    column = screen_put(drawing->screen, row, column, drawing->screen->width, STYLE_STRONG,
                        "q quits  ? keys") +
             2;
    text_add(&drawing->text, sensors ? "sensors ok  " : "");
    text_addf(&drawing->text, "event %" PRIu64 "  journal %s", dashboard->status.seq,
              dashboard->durable ? "on disk" : "in memory only");
    if (dashboard->status.ui_clients > 0) {
        text_addf(&drawing->text, "  %" PRId32 " other msiexec", dashboard->status.ui_clients);
    }
    draw_text(drawing, row, column, STYLE_FAINT);
}

static void draw_below(struct drawing *drawing, unsigned row, unsigned end, unsigned column)
{
    (drawing->dashboard->help ? draw_help : draw_list)(drawing, row, end, column);
}

/* ---- the layouts ---- */

static void draw_large(struct drawing *drawing)
{
    const struct dashboard *dashboard = drawing->dashboard;
    unsigned height = drawing->screen->height, row = height < 30 ? 1 : 2;
    bool short_of_rows = height < 30 && all_is_well(dashboard);
    draw_title(drawing);
    unsigned column = draw_letters(drawing, row) + 2;
    drawing->away_below = dashboard->away;
    draw_now(drawing, 1, row + (dashboard->away ? 5 : 6), column, true);
    row += 5;
    if (dashboard->away) {
        screen_put(drawing->screen, row, MARGIN, drawing->screen->width, STYLE_STRONG, DRAW_AWAY);
    }
    draw_legend(drawing, row + 1, MARGIN);
    draw_bar(drawing, row + 2, MARGIN);
    draw_below(drawing, row + 4, height - (short_of_rows ? 1 : 2), MARGIN);
    if (!short_of_rows) {
        draw_sensors(drawing, height - 2, MARGIN);
    }
    draw_footer(drawing, height - 1, MARGIN, short_of_rows);
}

/* Draws the most important parts first, as long as there are rows. */
static void draw_small(struct drawing *drawing)
{
    unsigned height = drawing->screen->height;
    uint32_t state = state_now(drawing->dashboard);
    text_addf(&drawing->text, " %s ", state_word(state));
    unsigned column = draw_text(drawing, 0, 0, STYLE_TITLE) + 1;
    draw_add_since(drawing);
    draw_text(drawing, 0, column, STYLE_PLAIN);
    unsigned below = height > 5 ? 2 : height > 3 ? 1 : 0, bar = height > 6 ? 2 : 0;
    unsigned room = height > below + bar + 1 ? height - below - bar - 1 : 1;
    unsigned row = draw_now(drawing, 1, 1 + (room + 1) / 2, 1, false);
    if (bar > 0) {
        draw_bar(drawing, row, 1);
        row += 2;
    }
    draw_below(drawing, row, height - (below < height ? below : 0), 1);
    if (below > 1) {
        draw_sensors(drawing, height - 2, 1);
    }
    if (below > 0) {
        draw_footer(drawing, height - 1, 1, false);
    }
}

void dashboard_draw(const struct dashboard *dashboard, struct screen *screen, when_offset *offset)
{
    struct drawing drawing = {.dashboard = dashboard, .screen = screen, .offset = offset};
    screen_clear(screen);
    if (screen->width >= LARGE_WIDTH && screen->height >= LARGE_HEIGHT) {
        draw_large(&drawing);
    } else {
        draw_small(&drawing);
    }
    text_release(&drawing.text);
}
