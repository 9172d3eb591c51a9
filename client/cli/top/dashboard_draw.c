/* dashboard_draw.c: how `msiwatch top` is laid out: large where there is room, in lines where there
 * is not. Nothing is shown by colour alone. */
#include "cli/top/dashboard.h"

#include "cli/base/show.h"
#include "cli/base/text.h"

#include <inttypes.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define MARGIN 2u

/* From this size on the state is written in letters of five rows. */
#define LARGE_WIDTH 50u
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

/* What all parts of a drawing use. */
struct drawing {
    const struct dashboard *dashboard;
    struct screen *screen;
    when_offset *offset;
    struct text text; /* of one line; empty between two */
};

static unsigned put(struct drawing *drawing, unsigned row, unsigned column, enum screen_style style)
{
    unsigned end = drawing->screen->width;
    if (!drawing->text.failed && drawing->text.data != NULL) {
        column = screen_put(drawing->screen, row, column, end, style, drawing->text.data);
    }
    text_clear(&drawing->text);
    return column;
}

static enum screen_style state_style(uint32_t state)
{
    return state == MSIWATCH_IDLE   ? STYLE_IDLE
           : state == MSIWATCH_BUSY ? STYLE_BUSY
                                    : STYLE_UNKNOWN;
}

/* What is not known any more is unknown. */
static uint32_t state_now(const struct dashboard *dashboard)
{
    return dashboard->away ? MSIWATCH_UNKNOWN : dashboard->status.state;
}

static const char *state_word(uint32_t state)
{
    return state == MSIWATCH_IDLE ? "IDLE" : state == MSIWATCH_BUSY ? "BUSY" : "UNKNOWN";
}

/* ---- times ---- */

/* "2026-11-22 10:41:07", local. */
static void add_local(struct text *text, int64_t at_ms, when_offset *offset, size_t from, size_t to)
{
    struct text whole = {0};
    text_add_time(&whole, at_ms, offset, false);
    if (whole.size >= to) {
        text_add_bytes(text, whole.data + from, to - from);
    }
    text->failed = text->failed || whole.failed;
    text_release(&whole);
}

/* Whole seconds: tenths would be another number at each look. */
static void add_duration(struct text *text, int64_t ms)
{
    int64_t seconds = ms < 0 ? 0 : ms / 1000;
    if (seconds < 10) {
        text_addf(text, "%" PRId64 " s", seconds);
    } else {
        text_add_duration(text, (uint64_t)seconds * 1000);
    }
}

static bool is_same_day(const struct drawing *drawing, int64_t a, int64_t b)
{
    struct text days = {0};
    add_local(&days, a, drawing->offset, 0, 10);
    add_local(&days, b, drawing->offset, 0, 10);
    bool same = !days.failed && days.size == 20 && memcmp(days.data, days.data + 10, 10) == 0;
    text_release(&days);
    return same;
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
    add_local(&drawing->text, drawing->dashboard->now_ms, drawing->offset, wide ? 0 : 11, 19);
    unsigned length = wide ? 19 : 8;
    if (width > length + 12) {
        put(drawing, 0, width - 1 - length, STYLE_TITLE);
    }
    text_clear(&drawing->text);
}

/* In large letters. */
static void draw_letters(struct drawing *drawing, unsigned row)
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
            put(drawing, row + i, column, state_style(state));
        }
        column += (unsigned)strlen(letter->rows[0]) + 1;
    }
}

static void add_since(struct drawing *drawing)
{
    const struct msiwatch_status *status = &drawing->dashboard->status;
    if (status->sampled_at_ms == 0) {
        return; /* it has said nothing yet */
    }
    text_add(&drawing->text, "since ");
    if (is_same_day(drawing, status->since_ms, drawing->dashboard->now_ms)) {
        add_local(&drawing->text, status->since_ms, drawing->offset, 11, 19);
    } else {
        add_local(&drawing->text, status->since_ms, drawing->offset, 0, 19);
    }
    text_add(&drawing->text, ", for ");
    add_duration(&drawing->text, drawing->dashboard->now_ms - status->since_ms);
}

/* Why it is so: who owns the mutex, or why it cannot be told. */
static void add_why(struct drawing *drawing)
{
    const struct dashboard *dashboard = drawing->dashboard;
    struct text *text = &drawing->text;
    if (dashboard->away) {
        text_add(text, "the service went away; waiting for it to come back");
        return;
    }
    show_why(text, &dashboard->status, "");
    if (dashboard->status.suspended != 0) {
        text_addf(text, "%san incomplete installation left its remnants",
                  text->size == 0 ? "" : "; ");
    }
    if (text->size == 0 && dashboard->status.state == MSIWATCH_IDLE) {
        text_add(text, "an installation can start");
    }
}

static void draw_product(struct drawing *drawing, unsigned row, unsigned column)
{
    if (drawing->dashboard->product[0] != '\0' && !drawing->dashboard->away) {
        text_addf(&drawing->text, "%s ", drawing->dashboard->doing);
        text_add_outside(&drawing->text, drawing->dashboard->product);
        text_addf(&drawing->text, " %s",
                  drawing->dashboard->untrusted ? SHOW_UNTRUSTED : SHOW_HEARSAY);
        put(drawing, row, column, STYLE_STRONG);
    }
}

static const char *cell_mark(unsigned char state)
{
    switch (state) {
    case MSIWATCH_BUSY:
        return "\xE2\x96\x88"; /* a full block */
    case MSIWATCH_IDLE:
        return "\xC2\xB7"; /* a dot in the middle */
    case MSIWATCH_UNKNOWN:
        return "?";
    default:
        return " ";
    }
}

static void draw_legend(struct drawing *drawing, unsigned row, unsigned column)
{
    screen_put(drawing->screen, row, column, drawing->screen->width, STYLE_STRONG, "The last hour");
    text_addf(&drawing->text, "%s busy  %s idle  ? unknown", cell_mark(MSIWATCH_BUSY),
              cell_mark(MSIWATCH_IDLE));
    put(drawing, row, column + 17, STYLE_FAINT);
}

/* The hour up to now. Cells begin at multiples of their length, so that they stay as they are when
 * time goes on, and all move together when a new one begins. */
static void draw_bar(struct drawing *drawing, unsigned row, unsigned column)
{
    const struct dashboard *dashboard = drawing->dashboard;
    unsigned char cells[SCREEN_WIDEST];
    unsigned width = drawing->screen->width;
    if (width <= 2 * column) {
        return;
    }
    unsigned count = width - 2 * column;
    int64_t length_ms = (DASHBOARD_HOUR_MS + count - 1) / count;
    int64_t end_ms = (dashboard->now_ms / length_ms + 1) * length_ms;
    int64_t begin_ms = end_ms - length_ms * count;
    stretches_cells(&dashboard->timeline, begin_ms, end_ms, cells, count);
    for (unsigned i = 0; i < count; i++) {
        /* The service is not there to say what is. */
        bool away = dashboard->away && i + 1 == count;
        unsigned char state = away ? MSIWATCH_UNKNOWN : cells[i];
        screen_put(drawing->screen, row, column + i, width,
                   state == STRETCH_MISSING ? STYLE_FAINT : state_style(state), cell_mark(state));
    }
    /* A tick each quarter of an hour, and the time where there is room. */
    unsigned free_from = column;
    for (int64_t tick_ms = (begin_ms / (15 * MINUTE_MS) + 1) * 15 * MINUTE_MS; tick_ms < end_ms;
         tick_ms += 15 * MINUTE_MS) {
        unsigned at = column + (unsigned)((tick_ms - begin_ms) / length_ms);
        if (at >= free_from && at + 6 <= width) {
            text_add(&drawing->text, "|");
            add_local(&drawing->text, tick_ms, drawing->offset, 11, 16);
            free_from = put(drawing, row + 1, at, STYLE_FAINT) + 1;
        }
    }
}

static void draw_change(struct drawing *drawing, unsigned row, unsigned column,
                        const struct change *change)
{
    bool today = is_same_day(drawing, change->event.at_ms, drawing->dashboard->now_ms);
    bool wide = drawing->screen->width >= 60;
    add_local(&drawing->text, change->event.at_ms, drawing->offset, today ? 11 : 5,
              today ? 19 : 16);
    put(drawing, row, column, STYLE_PLAIN);
    column += 13;
    text_add(&drawing->text, show_state_name(change->event.to));
    put(drawing, row, column, state_style(change->event.to));
    column += 9;
    if (wide) {
        show_reasons(&drawing->text, change->event.reasons, ", ");
        put(drawing, row, column, STYLE_PLAIN);
        column += 18;
    }
    if (change->event.after_known != 0) {
        text_add(&drawing->text, "after ");
        text_add_duration(&drawing->text, change->event.after_ms);
        text_addf(&drawing->text, " %s", show_state_name(change->event.from));
    } else {
        text_addf(&drawing->text, "was %s", show_state_name(change->event.from));
    }
    unsigned end = put(drawing, row, column, STYLE_PLAIN);
    if (wide && change->product[0] != '\0') {
        text_add_outside(&drawing->text, change->product);
        put(drawing, row, end + 2 > column + 22 ? end + 2 : column + 22, STYLE_STRONG);
    }
}

static void draw_changes(struct drawing *drawing, unsigned row, unsigned end, unsigned column)
{
    const struct dashboard *dashboard = drawing->dashboard;
    for (unsigned i = 0; i < dashboard->change_count && row < end; i++, row++) {
        draw_change(drawing, row, column, &dashboard->changes[i]);
    }
}

/* What is not well comes first: that is what must be seen where there is little room. */
static void draw_sensors(struct drawing *drawing, unsigned row, unsigned column)
{
    const struct dashboard *dashboard = drawing->dashboard;
    column = screen_put(drawing->screen, row, column, drawing->screen->width, STYLE_STRONG,
                        "Sensors") +
             2;
    unsigned count = dashboard->sensor_count;
    for (unsigned i = 0; i < 2 * count; i++) {
        bool first = i < count;
        const struct sensor_health *sensor = &dashboard->sensors[first ? i : i - count];
        bool well = strcmp(sensor->health, "ok") == 0;
        if (well != first) {
            text_addf(&drawing->text, "%s %s", sensor->name, sensor->health);
            column = put(drawing, row, column, well ? STYLE_PLAIN : STYLE_UNKNOWN) + 2;
        }
    }
}

static void draw_footer(struct drawing *drawing, unsigned row, unsigned column)
{
    const struct dashboard *dashboard = drawing->dashboard;
    column = screen_put(drawing->screen, row, column, drawing->screen->width, STYLE_STRONG,
                        "q quits") +
             2;
    text_addf(&drawing->text, "event %" PRIu64 "  journal %s", dashboard->status.seq,
              dashboard->durable ? "on disk" : "in memory only");
    if (dashboard->status.ui_clients > 0) {
        text_addf(&drawing->text, "  %" PRId32 " msiexec beside the service",
                  dashboard->status.ui_clients);
    }
    put(drawing, row, column, STYLE_FAINT);
}

/* ---- the layouts ---- */

static void draw_large(struct drawing *drawing)
{
    unsigned height = drawing->screen->height;
    draw_title(drawing);
    draw_letters(drawing, 2);
    add_since(drawing);
    put(drawing, 8, MARGIN, STYLE_PLAIN);
    add_why(drawing);
    put(drawing, 9, MARGIN, STYLE_PLAIN);
    draw_product(drawing, 10, MARGIN);
    draw_legend(drawing, 12, MARGIN);
    draw_bar(drawing, 13, MARGIN);
    screen_put(drawing->screen, 15, MARGIN, drawing->screen->width, STYLE_STRONG, "Changes");
    screen_put(drawing->screen, 15, MARGIN + 13, drawing->screen->width, STYLE_FAINT,
               "names are from the event log");
    draw_changes(drawing, 16, height - 3, MARGIN);
    draw_sensors(drawing, height - 2, MARGIN);
    draw_footer(drawing, height - 1, MARGIN);
}

/* The most important first, while there are rows. */
static void draw_small(struct drawing *drawing)
{
    unsigned height = drawing->screen->height, row = 1;
    uint32_t state = state_now(drawing->dashboard);
    text_addf(&drawing->text, " %s ", state_word(state));
    unsigned column = put(drawing, 0, 0, STYLE_TITLE) + 1;
    add_since(drawing);
    put(drawing, 0, column, STYLE_PLAIN);
    add_why(drawing);
    put(drawing, row++, 1, STYLE_PLAIN);
    if (drawing->dashboard->product[0] != '\0' && height > 7) {
        draw_product(drawing, row++, 1);
    }
    if (height > 6) {
        draw_bar(drawing, row, 1);
        row += 2;
    }
    unsigned below = height > 5 ? 2 : height > 3 ? 1 : 0;
    draw_changes(drawing, row, height - (below < height ? below : 0), 1);
    if (below > 1) {
        draw_sensors(drawing, height - 2, 1);
    }
    if (below > 0) {
        draw_footer(drawing, height - 1, 1);
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
