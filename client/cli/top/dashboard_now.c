/* dashboard_now.c: describes the present in words. */
#include "cli/top/drawing.h"

#include "cli/base/show.h"
#include "cli/base/show_installs.h"

#include <inttypes.h>
#include <string.h>

void draw_add_since(struct drawing *drawing)
{
    const struct msiwatch_status *status = &drawing->dashboard->status;
    if (status->sampled_at_ms == 0) {
        return; /* the service has said nothing yet */
    }
    text_add(&drawing->text, "since ");
    draw_add_moment(drawing, status->since_ms);
    text_add(&drawing->text, ", for ");
    draw_add_duration(&drawing->text, drawing->dashboard->now_ms - status->since_ms);
}

/* Adds the reason for the state: who owns the mutex, or why the state is not known. */
static void add_why(struct drawing *drawing)
{
    const struct dashboard *dashboard = drawing->dashboard;
    struct text *text = &drawing->text;
    if (dashboard->away) {
        text_add(text, drawing->away_below ? "" : DRAW_AWAY);
        return;
    }
    show_why(text, &dashboard->status, "");
    if (dashboard->status.suspended != 0) {
        text_addf(text, "%san incomplete installation left remnants", text->size == 0 ? "" : "; ");
    }
    if (text->size == 0 && dashboard->status.state == MSIWATCH_IDLE) {
        text_add(text, "an installation can start");
        text_add(text,
                 dashboard->now.restart.reboot == REBOOT_NONE ? "; no restart is pending" : "");
    }
}

/* Adds "installing Contoso Agent 4.2 (event log)". */
static void add_product(struct drawing *drawing)
{
    const struct dashboard *dashboard = drawing->dashboard;
    char name[MSIWATCH_TEXT_SIZE];
    if (!dashboard->busy_with || dashboard->away) {
        return;
    }
    install_name(&dashboard->doing.is, name);
    if (name[0] != '\0') {
        text_addf(&drawing->text, "%s ", install_doing(&dashboard->doing.is));
        text_add_outside(&drawing->text, name);
        text_addf(&drawing->text, " %s",
                  dashboard->doing.is.trusted == TRUST_NO ? SHOW_UNTRUSTED : SHOW_HEARSAY);
    }
}

static void add_starter(struct drawing *drawing)
{
    const struct dashboard *dashboard = drawing->dashboard;
    if (dashboard->away) {
        return;
    }
    if (dashboard->doing.started_by[0] != '\0') {
        text_add(&drawing->text, "started by ");
        text_add_outside(&drawing->text, dashboard->doing.started_by);
    } else if (dashboard->doing.is.client_pid != 0) {
        text_addf(&drawing->text, "started by pid %" PRIu32, dashboard->doing.is.client_pid);
    }
}

static void add_stalled(struct drawing *drawing)
{
    const struct dashboard *dashboard = drawing->dashboard;
    if (dashboard->now.activity.stalled && !dashboard->away) {
        int64_t since_ms = dashboard->now_ms - dashboard->status.sampled_at_ms;
        text_add(&drawing->text, "STALLED: no CPU or I/O for ");
        draw_add_duration(&drawing->text, (int64_t)dashboard->now.activity.still_ms + since_ms);
    }
}

static void add_turns(struct drawing *drawing)
{
    const struct turns_brief *turns = &drawing->dashboard->now.turns;
    struct text *text = &drawing->text;
    char at[MSIWATCH_TIME_CHARS + 1];
    if (drawing->dashboard->away) {
        return;
    }
    if (turns->holder.pid != 0) {
        text_add(text, "turn: ");
        text_add_outside(text, now_turn_name(&turns->holder));
        text_addf(text, " (pid %" PRIu32 ") for ", turns->holder.pid);
        draw_add_duration(text, drawing->dashboard->now_ms - turns->holder.since_ms);
    }
    if (turns->waiting > 0) {
        text_addf(text, "%s%" PRIu32 " waiting", text->size == 0 ? "turns: " : "; ",
                  turns->waiting);
    }
    for (unsigned i = 0; turns->waiting > 0 && i < NOW_WAITERS; i++) {
        const char *name = drawing->dashboard->waiters[i];
        text_add(text, name[0] == '\0' ? "" : i == 0 ? ": " : ", ");
        text_add_outside(text, name);
    }
    if (turns->held) {
        const char *until = now_held_until(turns, at);
        text_add(text, text->size == 0 ? "turns: " : "; ");
        text_addf(text, "queue held until %s",
                  until[0] == '\0' ? "an administrator ends the hold" : until);
        text_add(text, turns->held_why[0] == '\0' ? "" : ": ");
        text_add_outside(text, turns->held_why);
    }
}

static void add_restart(struct drawing *drawing)
{
    const struct restart *restart = &drawing->dashboard->now.restart;
    if (install_wants_restart(restart->reboot) && !drawing->dashboard->away) {
        text_addf(&drawing->text, "RESTART %s", install_reboot_name(restart->reboot));
        text_add(&drawing->text, restart->by[0] == '\0' ? "" : " by ");
        text_add_outside(&drawing->text, restart->by);
        if (restart->at_known) {
            text_add(&drawing->text, " since ");
            draw_add_moment(drawing, restart->at_ms);
        }
    }
}

/* Adds how the last installation ended whose end is known. */
static void add_last(struct drawing *drawing)
{
    const struct installs *rows = &drawing->dashboard->rows;
    for (size_t i = rows->count; i-- > 0;) {
        const struct installation *one = &rows->items[i];
        if (one->result != RESULT_UNKNOWN && !one->untrusted) {
            text_add(&drawing->text, "last: ");
            show_installation_result(&drawing->text, one);
            text_add(&drawing->text, ", ");
            show_installation_name(&drawing->text, rows, one);
            text_add(&drawing->text, ", ");
            draw_add_moment(drawing, one->at_ms);
            return;
        }
    }
}

unsigned draw_now(struct drawing *drawing, unsigned row, unsigned end, unsigned column, bool since)
{
    static const struct {
        void (*add)(struct drawing *drawing);
        enum screen_style style;
    } lines[] = {
        {draw_add_since, STYLE_PLAIN}, {add_product, STYLE_STRONG}, {add_starter, STYLE_STRONG},
        {add_stalled, STYLE_UNKNOWN},  {add_turns, STYLE_PLAIN},    {add_restart, STYLE_UNKNOWN},
        {add_why, STYLE_PLAIN},        {add_last, STYLE_PLAIN},
    };
    for (size_t i = since ? 0 : 1; i < sizeof lines / sizeof lines[0] && row < end; i++) {
        lines[i].add(drawing);
        if (drawing->text.size > 0) {
            draw_text(drawing, row++, column, lines[i].style);
        }
    }
    return row;
}
