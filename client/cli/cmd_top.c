/* cmd_top.c: msiwatch top: shows the current state on a whole screen until the user quits.
 *
 * One thread, which is in the library nearly all the time: it follows the journal, and a key, a
 * resize or Ctrl-C cancels that call (terminal.h). What events do not say, such as who owns the
 * mutex and how the sensors are, is requested after each event, and at intervals. Whatever ends the
 * connection, everything is read again on the next one.
 */
#include "cli/commands.h"
#include "cli/base/past.h"
#include "cli/top/dashboard.h"
#include "cli/top/screen.h"
#include "cli/top/terminal.h"

#include <stdlib.h>

/* How often to request what no event says; and, while the machine is busy, what is being installed
 * and whether it has stalled; and how the sensors are. */
#define REFRESH_MS 5000u
#define BUSY_REFRESH_MS 800u
#define SENSORS_MS 5000u

/* Changes that follow another one sooner than this are drawn, and requested, together with it. */
#define DRAW_MS 50u
#define ASK_MS 100u

struct top {
    struct cli *cli;
    struct dashboard dashboard;
    struct screen screen;
    bool connected, loaded;
    bool interrupted; /* a key interrupted the reading of everything; that does not mean that the
                       * service is away */
    bool again;       /* this is not the first connection */
    /* Times of console_now. */
    uint64_t refreshed_at, refresh_at; /* when what no event says was requested, and when to request
                                        * it next */
    uint64_t status_at;                /* when the status came */
    uint64_t sensors_at;               /* when the sensors' health came */
    uint64_t drawn_at;
    bool drawn; /* the screen shows everything that is known */
    bool done;
};

/* ---- what the service says ---- */

static void wake(void *handle)
{
    msiwatch_cancel(handle);
}

static void interrupted(void *arg)
{
    (void)arg;
    terminal_wake(TERMINAL_QUIT);
}

static void set_now(struct top *top)
{
    top->dashboard.now_ms = top->dashboard.status.sampled_at_ms +
                            (int64_t)(console_now() - top->status_at);
}

static void take_status(struct top *top, const struct msiwatch_status *status)
{
    dashboard_take_status(&top->dashboard, status, msiwatch_get_json(top->cli->handle));
    top->status_at = console_now();
}

static void take_past(void *arg, const struct msiwatch_event *event, const char *json)
{
    dashboard_take_past(arg, event, json);
}

/* Finds the seq after which to read the history: as far back as the timeline goes, but at least a
 * screen full of installations. */
static uint32_t find_begin(struct top *top, uint64_t last_seq, uint64_t *after)
{
    int64_t since_ms = top->dashboard.status.sampled_at_ms - dashboard_span(&top->dashboard);
    uint64_t screen = last_seq > DASHBOARD_EVENTS / 2 ? last_seq - DASHBOARD_EVENTS / 2 : 0;
    uint32_t code = past_begin(top->cli->handle, since_ms, after);
    *after = *after < screen ? *after : screen;
    return code;
}

/* Requests the list of waiting clients. If the service is too old to know it, nobody is named. */
static uint32_t ask_who_waits(struct top *top)
{
    struct msiwatch *handle = top->cli->handle;
    uint32_t code = CODE_OK;
    if (top->dashboard.now.turns.waiting > 0) {
        code = msiwatch_call(handle, "turn.list", NULL, CLI_ANSWER_MS, NULL);
    }
    bool known = code == CODE_OK && top->dashboard.now.turns.waiting > 0;
    dashboard_take_turns(&top->dashboard, known ? msiwatch_get_json(handle) : "");
    return code == CODE_NOT_SUPPORTED ? CODE_OK : code;
}

static uint32_t refresh(struct top *top)
{
    struct msiwatch *handle = top->cli->handle;
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_about about = {.size = sizeof about};
    uint32_t code = msiwatch_get_status(handle, CLI_ANSWER_MS, &status);
    if (code == CODE_OK) {
        take_status(top, &status);
        code = ask_who_waits(top);
    }
    bool sensors = !top->loaded || console_now() >= top->sensors_at + SENSORS_MS;
    if (code == CODE_OK && sensors) {
        code = msiwatch_get_about(handle, CLI_ANSWER_MS, &about);
        if (code == CODE_OK) {
            dashboard_take_about(&top->dashboard, &about, msiwatch_get_json(handle));
            top->sensors_at = console_now();
        }
    }
    if (code == CODE_OK) {
        top->refreshed_at = console_now();
        top->refresh_at = top->refreshed_at +
                          (status.state == MSIWATCH_BUSY ? BUSY_REFRESH_MS : REFRESH_MS);
    }
    return code;
}

/* Reads everything on a new connection: subscribes first, and then reads what happened before. If
 * this does not complete, a subscription is left over, so it begins again on another connection. */
static uint32_t load(struct top *top)
{
    struct msiwatch *handle = top->cli->handle;
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_history_query query = {.size = sizeof query};
    dashboard_release(&top->dashboard);
    uint32_t code = msiwatch_subscribe(handle, NULL, MSIWATCH_SEQ_LAST, CLI_ANSWER_MS,
                                       &subscription, &status);
    if (code != CODE_OK) {
        return code;
    }
    dashboard_take_status(&top->dashboard, &status, "");
    top->status_at = console_now();
    query.before = status.seq + 1;
    code = find_begin(top, status.seq, &query.after);
    if (code == CODE_OK && status.seq > 0) {
        code = past_read(handle, &query, take_past, &top->dashboard);
    }
    if (code == CODE_OK && top->dashboard.timeline.count == 0) {
        stretches_add(&top->dashboard.timeline, status.since_ms, status.state, 0);
    }
    if (code == CODE_OK) {
        code = refresh(top);
    }
    top->loaded = code == CODE_OK;
    return code;
}

/* How long nothing needs to be done: until the next second, or an earlier deadline. */
static uint64_t quiet_ms(const struct top *top)
{
    uint64_t now = console_now();
    uint64_t until = now + 1000 - (uint64_t)(top->dashboard.now_ms % 1000);
    if (!top->drawn && top->drawn_at + DRAW_MS < until) {
        until = top->drawn_at + DRAW_MS;
    }
    until = top->refresh_at < until ? top->refresh_at : until;
    return until > now ? until - now : 0;
}

/* Handles the next event, if one comes before something else must be done. */
static uint32_t follow(struct top *top)
{
    struct msiwatch *handle = top->cli->handle;
    struct msiwatch_event event = {.size = sizeof event};
    uint32_t code = msiwatch_next(handle, quiet_ms(top), &event);
    if (code != CODE_OK) {
        return code;
    }
    if (event.kind == MSIWATCH_EVENT_GAP || event.kind == MSIWATCH_EVENT_RESET) {
        top->connected = false; /* read everything again */
        return CODE_OK;
    }
    dashboard_take(&top->dashboard, &event, msiwatch_get_json(handle));
    if (top->refresh_at > top->refreshed_at + ASK_MS) {
        top->refresh_at = top->refreshed_at + ASK_MS;
    }
    return CODE_OK;
}

/* ---- the screen ---- */

static void resize(struct top *top, bool repaint)
{
    unsigned width, height;
    terminal_size(&width, &height);
    if (repaint || width != top->screen.width || height != top->screen.height) {
        if (screen_resize(&top->screen, width, height)) {
            terminal_clear();
        }
    }
}

/* Draws now, or a moment later if the last drawing was a moment ago. */
static bool draw(struct top *top)
{
    uint64_t now = console_now();
    top->drawn = top->drawn_at + DRAW_MS <= now;
    if (!top->drawn) {
        return true;
    }
    top->drawn_at = now;
    set_now(top);
    dashboard_rows(&top->dashboard);
    dashboard_draw(&top->dashboard, &top->screen, console_offset);
    screen_paint(&top->screen, terminal_paint, NULL);
    return terminal_flush();
}

/* ---- the loop ---- */

/* The user wants another span of time, which has to be read. */
static void look_at(struct top *top, int64_t span_ms)
{
    if (dashboard_span(&top->dashboard) != span_ms) {
        top->dashboard.span_ms = span_ms;
        top->dashboard.scrolled = 0;
        top->connected = top->dashboard.away && top->connected;
        top->interrupted = top->again = true;
    }
}

static void scroll(struct top *top)
{
    struct dashboard *dashboard = &top->dashboard;
    int64_t rows = dashboard_rows(dashboard);
    int64_t row = (int64_t)dashboard->scrolled + terminal_scrolled();
    dashboard->scrolled = (unsigned)(row < 0 ? 0 : row >= rows && rows > 0 ? rows - 1 : row);
}

static void take_wake(struct top *top)
{
    msiwatch_rearm(top->cli->handle);
    unsigned happened = terminal_take();
    top->done = (happened & TERMINAL_QUIT) != 0;
    if ((happened & TERMINAL_HELP) != 0) {
        top->dashboard.help = !top->dashboard.help;
    }
    if ((happened & TERMINAL_CHANGES) != 0) {
        top->dashboard.by_change = !top->dashboard.by_change;
        top->dashboard.scrolled = 0;
    }
    if ((happened & TERMINAL_SCROLLED) != 0) {
        scroll(top);
    }
    if ((happened & TERMINAL_HOUR) != 0) {
        look_at(top, DASHBOARD_HOUR_MS);
    } else if ((happened & TERMINAL_DAY) != 0) {
        look_at(top, DASHBOARD_DAY_MS);
    } else if ((happened & TERMINAL_WEEK) != 0) {
        look_at(top, DASHBOARD_WEEK_MS);
    }
    resize(top, (happened & TERMINAL_REPAINT) != 0);
}

static uint32_t step(struct top *top)
{
    struct msiwatch *handle = top->cli->handle;
    if (!top->connected) {
        top->loaded = false;
        uint32_t code = top->interrupted ? msiwatch_connect(handle, 1000)
                                         : msiwatch_reconnect(handle, 1000);
        top->interrupted = false;
        top->connected = code == CODE_OK;
        return code;
    }
    if (!top->loaded) {
        return load(top);
    }
    return console_now() >= top->refresh_at ? refresh(top) : follow(top);
}

static void lose(struct top *top)
{
    top->connected = false;
    top->again = true;
    top->dashboard.away = true;
}

/* Decides what a step's result means: CODE_OK to continue, or the reason to stop. */
static uint32_t settle(struct top *top, uint32_t code)
{
    switch (code) {
    case CODE_OK:
        return CODE_OK;
    case CODE_CANCELLED:
        take_wake(top);
        if (!top->loaded) {
            top->connected = false;
            top->interrupted = top->again = true;
        }
        return CODE_OK;
    case CODE_TIMEOUT:
        resize(top, false); /* not every console reports a resize */
        if (top->connected && !top->loaded) {
            lose(top); /* the service does not answer */
        }
        return CODE_OK;
    case CODE_RETRY: /* another journal has just begun */
        top->connected = false;
        return CODE_OK;
    default:
        /* Right after a restart of the service all clients come back, and for a moment some exceed
         * a limit. */
        if (!code_is_lost(code) && !(top->again && code == CODE_OVER_LIMIT)) {
            return code;
        }
        lose(top);
        return CODE_OK;
    }
}

static uint32_t run_on_screen(struct top *top)
{
    uint32_t code = CODE_OK;
    resize(top, true);
    while (!top->done && code == CODE_OK) {
        code = settle(top, step(top));
        /* While everything is read again, the screen keeps showing what it showed. */
        bool something = top->loaded || top->dashboard.away;
        if (code == CODE_OK && !top->done && something && !draw(top)) {
            code = CODE_WRITE_FAULT;
        }
    }
    return code;
}

static uint32_t run(struct cli *cli)
{
    if (cli_wants_json(cli) || !terminal_is_there()) {
        return command_watch.run(cli); /* prints lines as the events come */
    }
    uint32_t code = cli_connect(cli);
    if (code != CODE_OK) {
        return code == CODE_CANCELLED ? CODE_OK : code;
    }
    struct top *top = calloc(1, sizeof *top);
    if (top == NULL || !terminal_begin(wake, cli->handle)) {
        free(top);
        return cli_error(cli, CODE_WRITE_FAULT,
                         "this terminal cannot show a full-screen view; use \"msiwatch watch\"");
    }
    top->cli = cli;
    top->connected = true;
    console_on_interrupt(interrupted, NULL);
    code = run_on_screen(top);
    terminal_end();
    screen_release(&top->screen);
    dashboard_release(&top->dashboard);
    free(top);
    return code == CODE_OK ? CODE_OK : cli_fail(cli, code);
}

const struct command command_top = {
    .name = "top",
    .summary = "show a live full-screen view",
    .usage = "",
    .about =
        "Shows the state in large letters, since when, what is being installed and\n"
        "who started it, whether it has stalled, whose turn it is, and a pending restart. Below\n"
        "are the last hour, day or week as a bar, the installations with their results, and\n"
        "whether the service's sensors work. Keys: h, d and w choose the period, the arrow\n"
        "and page keys scroll, c lists changes of state, ? explains the keys, Ctrl-L redraws\n"
        "the screen, and q or Ctrl-C quits. When the service stops, top waits for it to come\n"
        "back.\n"
        "Without a terminal, or with --json, it prints what \"msiwatch watch\" prints. If the\n"
        "environment variable NO_COLOR is set, it uses no colours; no information is shown\n"
        "by colour alone.\n",
    .notes = "Exit codes\n"
             "     0  q or Ctrl-C; without a terminal: as `msiwatch watch`\n"
             "  1062  the service is not running      5  access denied\n"
             "   231  the pipe is busy               13  the answer was not understood\n"
             "  1460  the service did not answer   1816  over a limit of the service\n"
             "    29  the terminal cannot be used    87  bad usage\n\n"
             "Example\n"
             "  msiwatch top\n",
    .options = no_options,
    .run = run,
};
