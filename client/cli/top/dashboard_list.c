/* dashboard_list.c: draws the list of installations or of changes, and the explanation of the
 * keys. */
#include "cli/top/drawing.h"

#include "cli/base/show.h"
#include "cli/base/show_installs.h"

#include <string.h>

#define STARTER_WIDE 14u
#define NAME_WIDEST 64u /* so that what follows stays close enough to read as one row */

/* The columns of the list. If there is little room, the result directly follows the time. */
struct columns {
    unsigned lasted_end, result, name, name_end, starter; /* 0: there is no such column */
};

static struct columns columns_of(const struct drawing *drawing, unsigned column)
{
    unsigned width = drawing->screen->width;
    if (width < 60) {
        return (struct columns){.result = column + 9, .name = column + 22, .name_end = width};
    }
    bool starter = width >= 76;
    unsigned name = column + 38, name_end = starter ? width - STARTER_WIDE - 2 : width;
    name_end = starter && name_end > name + NAME_WIDEST ? name + NAME_WIDEST : name_end;
    return (struct columns){.lasted_end = column + 23,
                            .result = column + 25,
                            .name = name,
                            .name_end = name_end,
                            .starter = starter ? name_end + 1 : 0};
}

/* ---- by installation ---- */

static void add_remarks(struct text *text, const struct installation *one)
{
    const char *before = " (";
    if (one->action != ACTION_UNKNOWN && one->action != ACTION_INSTALL) {
        text_addf(text, "%s%s", before, install_action_name(one->action));
        before = ", ";
    }
    if (install_wants_restart(one->reboot)) {
        text_addf(text, "%srestart %s", before, install_reboot_name(one->reboot));
        before = ", ";
    }
    if (one->stalled_ms > 0) {
        text_addf(text, "%sstalled ", before);
        text_add_duration(text, one->stalled_ms);
        before = ", ";
    }
    if (one->waited_ms > 0) {
        text_addf(text, "%swaited ", before);
        text_add_duration(text, one->waited_ms);
        before = ", ";
    }
    if (one->untrusted) {
        text_addf(text, "%snot trusted", before);
        before = ", ";
    }
    text_add(text, strcmp(before, ", ") == 0 ? ")" : "");
}

static void draw_installation(struct drawing *drawing, unsigned row, unsigned column,
                              const struct installation *one)
{
    const struct installs *rows = &drawing->dashboard->rows;
    struct columns at = columns_of(drawing, column);
    if (at.lasted_end != 0 || draw_is_today(drawing, one->at_ms)) {
        draw_add_moment(drawing, one->at_ms);
    } else {
        draw_add_time(drawing, one->at_ms, 5, 10);
    }
    draw_text(drawing, row, column, STYLE_PLAIN);
    if (one->end == PERIOD_NONE || one->shared) {
        text_add(&drawing->text, "-");
    } else if (one->end == PERIOD_OPEN) {
        draw_add_duration(&drawing->text, drawing->dashboard->now_ms - one->at_ms);
    } else {
        text_add_duration(&drawing->text, one->lasted_ms);
    }
    if (at.lasted_end != 0) {
        draw_text_before(drawing, row, at.lasted_end, STYLE_PLAIN);
    }
    text_clear(&drawing->text);
    show_installation_result(&drawing->text, one);
    draw_text_within(drawing, row, at.result, at.name - 1,
                     installs_is_failure(one)  ? STYLE_UNKNOWN
                     : one->end == PERIOD_OPEN ? STYLE_BUSY
                                               : STYLE_PLAIN);
    show_installation_name(&drawing->text, rows, one);
    text_add(&drawing->text, drawing->text.size == 0 ? "-" : "");
    add_remarks(&drawing->text, one);
    draw_text_within(drawing, row, at.name, at.name_end, STYLE_STRONG);
    if (at.starter != 0 && one->started_by != 0) {
        text_add_outside(&drawing->text, installs_text(rows, one->started_by));
        draw_text(drawing, row, at.starter, STYLE_PLAIN);
    }
}

static void draw_heads(struct drawing *drawing, unsigned row, unsigned column)
{
    unsigned width = drawing->screen->width;
    struct columns at = columns_of(drawing, column);
    screen_put(drawing->screen, row, column, width, STYLE_FAINT, "Began");
    if (at.lasted_end != 0) {
        text_add(&drawing->text, "Lasted");
        draw_text_before(drawing, row, at.lasted_end, STYLE_FAINT);
    }
    screen_put(drawing->screen, row, at.result, width, STYLE_FAINT, "Result");
    screen_put(drawing->screen, row, at.name, at.name_end, STYLE_FAINT,
               at.name_end > at.name + 24 ? "Installation (event log)" : "Installation");
    if (at.starter != 0) {
        screen_put(drawing->screen, row, at.starter, width, STYLE_FAINT, "Started by");
    }
}

/* ---- by change ---- */

static void draw_change(struct drawing *drawing, unsigned row, unsigned column,
                        const struct msiwatch_event *event)
{
    draw_add_moment(drawing, event->at_ms);
    draw_text(drawing, row, column, STYLE_PLAIN);
    column += 13;
    text_add(&drawing->text, show_state_name(event->to));
    draw_text(drawing, row, column, draw_state_style(event->to));
    column += 9;
    if (drawing->screen->width >= 60) {
        show_reasons(&drawing->text, event->reasons, ", ");
        draw_text(drawing, row, column, STYLE_PLAIN);
        column += 18;
    }
    if (event->after_known != 0) {
        text_add(&drawing->text, "after ");
        text_add_duration(&drawing->text, event->after_ms);
        text_addf(&drawing->text, " %s", show_state_name(event->from));
    } else {
        text_addf(&drawing->text, "was %s", show_state_name(event->from));
    }
    draw_text(drawing, row, column, STYLE_PLAIN);
}

/* ---- the list ---- */

void draw_list(struct drawing *drawing, unsigned row, unsigned end, unsigned column)
{
    const struct dashboard *dashboard = drawing->dashboard;
    unsigned count = dashboard->by_change ? dashboard->change_count
                                          : (unsigned)dashboard->rows.count;
    if (row < end && dashboard->by_change) {
        screen_put(drawing->screen, row++, column, drawing->screen->width, STYLE_FAINT,
                   "Changes of state");
    } else if (row < end) {
        draw_heads(drawing, row++, column);
    }
    if (count == 0 && row < end && !dashboard->by_change) {
        screen_put(drawing->screen, row, column, drawing->screen->width, STYLE_PLAIN,
                   "no installations recorded");
    }
    unsigned shown = end > row ? end - row : 0;
    unsigned most = count > shown ? count - shown : 0;
    unsigned first = dashboard->scrolled < most ? dashboard->scrolled : most;
    for (unsigned i = first; i < count && row < end; i++, row++) {
        if (dashboard->by_change) {
            draw_change(drawing, row, column, &dashboard->changes[i]);
        } else { /* the newest first */
            draw_installation(drawing, row, column, &dashboard->rows.items[count - 1 - i]);
        }
    }
}

void draw_help(struct drawing *drawing, unsigned row, unsigned end, unsigned column)
{
    static const char *const lines[] = {
        "h d w          the last hour, day, week",
        "up down j k    scroll the list; page up, page down, space and b: ten rows",
        "c              show changes of state instead of installations, or go back",
        "?              show or hide this help",
        "Ctrl-L         redraw the screen",
        "q              quit",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && row < end; i++) {
        screen_put(drawing->screen, row++, column, drawing->screen->width, STYLE_PLAIN, lines[i]);
    }
}
