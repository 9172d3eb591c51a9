/* cmd_watch.c: msiwatch watch: prints events as they happen.
 *
 * It remembers what it printed last as (journal, seq). If the connection is lost, it continues from
 * there on the next one, so that no event is missing or printed twice. Events that the service no
 * longer has, and a new journal, are announced.
 */
#include "cli/commands.h"
#include "cli/base/json.h"

#include <inttypes.h>
#include <string.h>

/* How often to check whether anybody still reads the output. */
#define LOOK_MS 1000u

enum { WATCH_CSV, WATCH_UNTIL_IDLE, WATCH_AFTER, WATCH_JOURNAL, WATCH_NO_RECONNECT };

struct watch {
    struct cli *cli;
    bool json, csv, until_idle;
    const char *journal; /* the id; NULL: not known yet */
    char journal_id[MSIWATCH_ID_SIZE];
    uint64_t after;  /* the last event printed; MSIWATCH_SEQ_LAST: begin with the current state */
    bool contiguous; /* the next event has the seq after `after` */
    uint64_t number; /* the service's number for the subscription */
    uint64_t live;   /* events before this seq belong to the past */
    bool done;       /* nothing more will be printed */
};

/* ---- printing ---- */

static void set_journal(struct watch *watch, const char journal[MSIWATCH_ID_SIZE])
{
    memcpy(watch->journal_id, journal, MSIWATCH_ID_SIZE);
    watch->journal = watch->journal_id;
}

static void flush(struct watch *watch)
{
    if (!cli_print(watch->cli)) {
        watch->done = true;
    }
}

/* Prints a gap or a reset that did not come as a notification in the same form as one that did. */
static void announce(struct watch *watch, const struct msiwatch_event *event)
{
    struct cli *cli = watch->cli;
    if (watch->json) {
        json_add_announcement(&cli->out, event, watch->number);
    } else {
        cli_add_event(cli, &cli->out, watch->csv, event, "");
    }
    flush(watch);
}

static void print_event(struct watch *watch, const struct msiwatch_event *event)
{
    struct cli *cli = watch->cli;
    cli_add_event(cli, &cli->out, watch->csv, event, msiwatch_get_json(cli->handle));
    flush(watch);
}

static void take_event(struct watch *watch, const struct msiwatch_event *event)
{
    if (event->kind == MSIWATCH_EVENT_RESET) {
        print_event(watch, event);
        set_journal(watch, event->journal);
        watch->contiguous = event->seq != MSIWATCH_SEQ_LAST;
        watch->after = watch->contiguous ? event->seq : 0;
        watch->live = 0;
        return;
    }
    bool gap = event->kind == MSIWATCH_EVENT_GAP;
    if (!gap && watch->contiguous && event->seq > watch->after + 1) {
        /* The service should have announced this itself; never skip events without saying so. */
        struct msiwatch_event missing = {
            .kind = MSIWATCH_EVENT_GAP, .first = watch->after + 1, .seq = event->seq - 1};
        announce(watch, &missing);
    }
    print_event(watch, event);
    watch->after = event->seq;
    watch->contiguous = true;
    if (watch->until_idle && event->kind == MSIWATCH_EVENT_TRANSITION &&
        event->to == MSIWATCH_IDLE && event->seq >= watch->live) {
        watch->done = true;
    }
}

/* ---- a connection ---- */

/* Handles the reply to subscribe: where the journal is now, and what to print about that. */
static void take_reply(struct watch *watch, const struct msiwatch_subscription *subscription,
                       const struct msiwatch_status *status)
{
    struct cli *cli = watch->cli;
    watch->number = subscription->number;
    watch->live = status->seq;
    set_journal(watch, subscription->journal);
    if (subscription->reset != 0) {
        struct msiwatch_event reset = {.kind = MSIWATCH_EVENT_RESET, .seq = MSIWATCH_SEQ_LAST};
        memcpy(reset.journal, subscription->journal, sizeof reset.journal);
        announce(watch, &reset);
        watch->after = 0;
        watch->contiguous = false;
    } else if (watch->after == MSIWATCH_SEQ_LAST) {
        watch->after = status->seq;
        watch->contiguous = true;
        if (watch->json) { /* so that a reader knows the state before the first event */
            json_add_member(&cli->out, msiwatch_get_json(cli->handle), "status");
        } else if (watch->csv) {
            show_csv_now(&cli->out, status);
        } else {
            show_now(&cli->out, status, console_offset);
        }
        flush(watch);
    }
    if (watch->until_idle && status->state == MSIWATCH_IDLE && watch->after >= status->seq) {
        watch->done = true; /* and no more events will come */
    }
}

/* Follows the journal until the connection ends; CODE_OK: nothing more will be printed. */
static uint32_t follow(struct watch *watch)
{
    struct msiwatch *handle = watch->cli->handle;
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    struct msiwatch_status status = {.size = sizeof status};
    uint32_t code = msiwatch_subscribe(handle, watch->journal, watch->after, CLI_ANSWER_MS,
                                       &subscription, &status);
    if (code == CODE_OK) {
        take_reply(watch, &subscription, &status);
    }
    while (code == CODE_OK && !watch->done) {
        struct msiwatch_event event = {.size = sizeof event};
        code = msiwatch_next(handle, LOOK_MS, &event);
        if (code == CODE_OK) {
            take_event(watch, &event);
        } else if (code == CODE_TIMEOUT) {
            code = CODE_OK;
            watch->done = console_is_unread();
        }
    }
    return code;
}

/* Ctrl-C is the normal way to end a watch, so it is no failure, unless --until-idle should have
 * ended it. */
static uint32_t end(struct watch *watch, uint32_t code)
{
    if (watch->done || (code == CODE_CANCELLED && !watch->until_idle)) {
        code = CODE_OK;
    }
    return code == CODE_OK ? cli_output_code(watch->cli, CODE_OK) : cli_fail(watch->cli, code);
}

static uint32_t watch_on(struct watch *watch, bool reconnect)
{
    bool again = false; /* the service has been away */
    for (;;) {
        uint32_t code = follow(watch);
        /* Right after a restart of the service all clients come back, and for a moment some exceed
         * a limit. */
        bool crowded = again && code == CODE_OVER_LIMIT;
        if (!reconnect || !(code_is_lost(code) || crowded)) {
            return end(watch, code);
        }
        again = true;
        cli_notice(watch->cli,
                   "the service went away; waiting for it to come back (Ctrl-C ends this)");
        do {
            code = msiwatch_reconnect(watch->cli->handle, LOOK_MS);
            watch->done = console_is_unread();
        } while (code_is_lost(code) && !watch->done);
        if (code != CODE_OK || watch->done) {
            return end(watch, code);
        }
    }
}

static uint32_t run(struct cli *cli)
{
    const struct given *own = cli->own;
    struct watch watch = {
        .cli = cli,
        .json = cli_wants_json(cli),
        .csv = own[WATCH_CSV].given,
        .until_idle = own[WATCH_UNTIL_IDLE].given,
        .journal = own[WATCH_JOURNAL].text,
        .after = own[WATCH_AFTER].given ? own[WATCH_AFTER].number : MSIWATCH_SEQ_LAST,
        .contiguous = true,
    };
    if (!cli_has_one_form(cli, watch.csv)) {
        return CODE_BAD_PARAMETER;
    }
    if (watch.journal != NULL && watch.after == MSIWATCH_SEQ_LAST) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "--journal says which journal --after belongs to; give --after too");
    }
    uint32_t code = cli_connect(cli);
    if (code != CODE_OK) {
        return code == CODE_CANCELLED ? end(&watch, code) : code;
    }
    if (watch.csv) {
        show_csv_head(&cli->out);
        flush(&watch);
    }
    return watch.done ? end(&watch, CODE_OK) : watch_on(&watch, !own[WATCH_NO_RECONNECT].given);
}

static const struct option options[] = {
    [WATCH_CSV] = {"csv", OPTION_FLAG, NULL, "print a table: comma-separated, times in UTC", 0},
    [WATCH_UNTIL_IDLE] = {"until-idle", OPTION_FLAG, NULL,
                          "exit with 0 as soon as the state is idle", 0},
    [WATCH_AFTER] = {"after", OPTION_NUMBER, "SEQ",
                     "begin with the event after this number (default: begin\n"
                     "with the current state)",
                     0},
    [WATCH_JOURNAL] = {"journal", OPTION_TEXT, "ID",
                       "the id of the journal that SEQ belongs to (see `msiwatch\n"
                       "about`); if another journal has replaced it, a reset is\n"
                       "printed",
                       0},
    [WATCH_NO_RECONNECT] = {"no-reconnect", OPTION_FLAG, NULL,
                            "exit with 1062 when the service stops, instead of waiting\n"
                            "for it to come back",
                            0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

const struct command command_watch = {
    .name = "watch",
    .summary = "print each change as it happens",
    .usage = "[--until-idle] [--csv] [--after SEQ [--journal ID]] [--no-reconnect]",
    .about =
        "Prints the current state, then one line for each change: when, to which state, why, and\n"
        "how long the previous state lasted. Press Ctrl-C to stop.\n"
        "When the service restarts, the watch continues where it was. If the service no longer\n"
        "has some of the events, a gap is printed; if a new journal begins, a reset is printed,\n"
        "and event numbers start again. Exits with 1062 if the service is not running.\n"
        "With --json the first line is the protocol's Status (it has a member `state`; with\n"
        "--after there is none). Each further line is an Event (`kind`), or the protocol's\n"
        "notification of a gap or a reset (`method`). With --csv the first row is the current\n"
        "state: its `kind` is `now`, and its `after_ms` is how long it has lasted. In the row of\n"
        "a gap, `from` and `to` are its first and last number. In the row of a reset, `to` is\n"
        "the id of the new journal.\n",
    .notes = "Exit codes\n"
             "     0  Ctrl-C, or nobody reads the output any more; --until-idle: idle\n"
             "  1223  --until-idle: Ctrl-C\n"
             "  1062  the service is not running; --no-reconnect: it stopped\n"
             "     5  access denied                231  the pipe is busy\n"
             "    13  the answer was not understood 1460  the service did not answer\n"
             "  1816  over a limit of the service    29  the output cannot be written\n"
             "    87  bad usage\n\n"
             "Example\n"
             "  msiwatch watch --json >> changes.jsonl\n",
    .options = options,
    .run = run,
};
