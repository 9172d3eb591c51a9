/* cmd_history.c: msiwatch history: what happened in the past. */
#include "cli/commands.h"

#include "cli/base/past.h"
#include "cli/base/powershell.h"
#include "cli/base/show_installs.h"

#include <stdlib.h>
#include <string.h>

enum {
    HISTORY_LIMIT,
    HISTORY_SINCE,
    HISTORY_UNTIL,
    HISTORY_AFTER,
    HISTORY_BEFORE,
    HISTORY_DESC,
    HISTORY_CSV,
    HISTORY_INSTALLS
};

/* How many, if no option says how many. */
#define DEFAULT_LIMIT 64u

/* Output is written when this much has been collected. */
#define FLUSH_BYTES 65536u

/* Lines that are printed in the reverse of the order in which they come. */
struct backwards {
    struct text lines;
    size_t *ends; /* where each line in `lines` ends */
    size_t count, room;
};

static bool backwards_add(struct backwards *all)
{
    if (all->count == all->room) {
        size_t room = all->room == 0 ? 64 : all->room * 2;
        size_t *ends = realloc(all->ends, room * sizeof *ends);
        if (ends == NULL) {
            return false;
        }
        all->ends = ends;
        all->room = room;
    }
    all->ends[all->count++] = all->lines.size;
    return !all->lines.failed;
}

static void backwards_release(struct backwards *all)
{
    text_release(&all->lines);
    free(all->ends);
}

/* Prints what has been collected; for PowerShell, as one array. */
static bool flush(struct cli *cli)
{
    if (cli->powershell) {
        powershell_join(&cli->out);
    }
    return cli_print(cli);
}

static bool flush_if_full(struct cli *cli)
{
    return cli->out.size < FLUSH_BYTES || flush(cli);
}

/* Prints each event as it comes, or keeps it in `all` if that is not NULL. CODE_NO_MORE: there are
 * no more. */
static uint32_t read_events(struct cli *cli, const struct msiwatch_history_query *query,
                            struct backwards *all, uint64_t *count)
{
    uint32_t code = msiwatch_history_begin(cli->handle, query, CLI_ANSWER_MS);
    while (code == CODE_OK) {
        struct msiwatch_event event = {.size = sizeof event};
        code = msiwatch_history_next(cli->handle, CLI_ANSWER_MS, &event);
        if (code != CODE_OK) {
            break;
        }
        ++*count;
        cli_add_event(cli, all != NULL ? &all->lines : &cli->out, cli->own[HISTORY_CSV].given,
                      &event, msiwatch_get_json(cli->handle));
        if (all != NULL) {
            code = backwards_add(all) ? CODE_OK : CODE_NO_MEMORY;
        } else {
            code = flush_if_full(cli) ? CODE_OK : CODE_NO_MORE;
        }
    }
    return code;
}

/* Prints the lines of `all` in reverse, the newest last; if there are more than `limit`, leaves out
 * the oldest. */
static void print_backwards(struct cli *cli, const struct backwards *all, size_t limit)
{
    size_t count = all->count < limit ? all->count : limit;
    while (count-- > 0) {
        size_t begin = count == 0 ? 0 : all->ends[count - 1];
        text_add_bytes(&cli->out, all->lines.data + begin, all->ends[count] - begin);
        if (!flush_if_full(cli)) {
            return;
        }
    }
}

static int64_t moment(const struct given *given)
{
    int64_t at_ms = 0;
    if (given->given) {
        moment_parse(given->text, console_wall(), console_offset, &at_ms);
    }
    return at_ms;
}

static uint32_t print_history(struct cli *cli, const struct msiwatch_history_query *query,
                              bool oldest_first, bool by_default)
{
    struct backwards all = {0};
    uint64_t count = 0;
    bool turned = query->newest_first != 0 && oldest_first;
    if (cli->own[HISTORY_CSV].given) {
        show_csv_head(&cli->out);
    }
    uint32_t code = read_events(cli, query, turned ? &all : NULL, &count);
    if (code == CODE_NO_MORE) {
        code = CODE_OK;
    }
    /* Print what was read even if the rest could not be read. */
    size_t limit = by_default ? DEFAULT_LIMIT : SIZE_MAX;
    print_backwards(cli, &all, limit);
    flush(cli);
    backwards_release(&all);
    if (code == CODE_OK && count == 0 && !cli_wants_json(cli) && !cli->own[HISTORY_CSV].given) {
        cli_notice(cli, "no such events; \"msiwatch about\" shows which events the journal has");
    } else if (code == CODE_OK && count > limit && !cli_wants_json(cli)) {
        cli_notice(cli, "these are the newest 64 events; for more, use --limit or --since");
    }
    return code == CODE_OK ? cli_output_code(cli, CODE_OK) : cli_fail(cli, code);
}

/* ---- by installation ---- */

/* The end and the outcome of an installation come later than its beginning, by at most this
 * much. */
#define OUTCOME_MS (INT64_C(24) * 60 * 60 * 1000)

/* There are about four events per installation. If this many were too few, more are read. */
#define EVENTS_EACH 6u

static uint64_t times(uint64_t count, unsigned factor)
{
    return count > UINT64_MAX / factor ? UINT64_MAX : count * factor;
}

/* Which installations are asked for: those that began in this time; of them, the newest `limit` or
 * the oldest. */
struct asked {
    struct msiwatch_history_query events;
    int64_t since_ms, until_ms;
    uint64_t limit;
    bool newest, newest_first;
};

static void take(void *arg, const struct msiwatch_event *event, const char *json)
{
    installs_take(arg, event, json);
}

struct range {
    size_t begin, end, count;
};

/* The installations of that time, whatever the limit is; they are sorted by time. */
static struct range range_of(const struct asked *asked, const struct installs *installs)
{
    size_t begin = 0, end = installs->count;
    while (begin < end && installs->items[begin].at_ms < asked->since_ms) {
        begin++;
    }
    while (begin < end && asked->until_ms != 0 &&
           installs->items[end - 1].at_ms > asked->until_ms) {
        end--;
    }
    return (struct range){begin, end, end - begin};
}

static uint32_t read_installs(struct cli *cli, struct asked *asked, struct installs *installs)
{
    struct msiwatch_status status = {.size = sizeof status};
    uint32_t code = msiwatch_get_status(cli->handle, CLI_ANSWER_MS, &status);
    char *json = code == CODE_OK ? strdup(msiwatch_get_json(cli->handle)) : NULL;
    if (code == CODE_OK && json == NULL) {
        code = CODE_NO_MEMORY;
    }
    uint64_t least = asked->events.after, window = times(asked->limit, EVENTS_EACH);
    if (code == CODE_OK && asked->since_ms != 0) {
        uint64_t after = 0;
        code = past_begin(cli->handle, asked->since_ms, &after);
        least = after > least ? after : least;
    }
    for (bool enough = false; code == CODE_OK && !enough; window = times(window, 4)) {
        bool before = asked->events.before != 0 && asked->events.before <= status.seq;
        uint64_t last = before ? asked->events.before - 1 : status.seq;
        bool all = !asked->newest || asked->limit == 0 || last <= window || last - window <= least;
        asked->events.after = all ? least : last - window;
        installs_release(installs);
        code = past_read(cli->handle, &asked->events, take, installs);
        if (asked->events.before == 0) {
            installs_take_status(installs, json);
        }
        int64_t until_ms = asked->events.until_ms;
        bool past = until_ms != 0 && until_ms < status.sampled_at_ms;
        installs_finish(installs, past ? until_ms : status.sampled_at_ms);
        enough = all || range_of(asked, installs).count >= asked->limit;
    }
    free(json);
    return code == CODE_OK && installs->failed ? CODE_NO_MEMORY : code;
}

static void add_installation(struct cli *cli, const struct installs *installs,
                             const struct installation *one)
{
    if (cli_wants_json(cli)) {
        show_installation_json(&cli->out, installs, one);
    } else if (cli->own[HISTORY_CSV].given) {
        show_installation_csv(&cli->out, installs, one);
    } else {
        show_installation(&cli->out, installs, one, console_offset);
    }
}

static void print_installs(struct cli *cli, const struct asked *asked,
                           const struct installs *installs)
{
    struct range rows = range_of(asked, installs);
    if (asked->limit != 0 && rows.count > asked->limit) {
        rows.count = (size_t)asked->limit;
        rows.begin = asked->newest ? rows.end - rows.count : rows.begin;
    }
    for (size_t i = 0; i < rows.count && flush_if_full(cli); i++) {
        size_t place = asked->newest_first ? rows.count - 1 - i : i;
        add_installation(cli, installs, &installs->items[rows.begin + place]);
    }
}

static uint32_t print_by_installation(struct cli *cli, const struct msiwatch_history_query *query,
                                      bool by_default)
{
    bool plain = !cli_wants_json(cli) && !cli->own[HISTORY_CSV].given;
    struct installs installs = {0};
    struct asked asked = {.events = *query,
                          .since_ms = query->since_ms,
                          .until_ms = query->until_ms,
                          .limit = by_default ? DEFAULT_LIMIT : query->limit,
                          .newest = query->newest_first != 0,
                          .newest_first = cli->own[HISTORY_DESC].given};
    asked.events.limit = asked.events.newest_first = 0;
    asked.events.since_ms = 0;
    asked.events.until_ms = query->until_ms == 0 ? 0 : query->until_ms + OUTCOME_MS;
    uint32_t code = read_installs(cli, &asked, &installs);
    size_t count = range_of(&asked, &installs).count;
    if (cli->own[HISTORY_CSV].given) {
        show_installs_csv_head(&cli->out);
    } else if (plain && count > 0) {
        show_installs_head(&cli->out);
    }
    if (code == CODE_OK) {
        print_installs(cli, &asked, &installs);
    }
    flush(cli);
    installs_release(&installs);
    if (code == CODE_OK && count == 0 && plain) {
        cli_notice(cli,
                   "no installations in that time; leave out --installs to see changes of state");
    } else if (code == CODE_OK && by_default && count > DEFAULT_LIMIT && plain) {
        cli_notice(cli, "these are the newest 64 installations; for more, use --limit or --since");
    }
    return code == CODE_OK ? cli_output_code(cli, CODE_OK) : cli_fail(cli, code);
}

static uint32_t run(struct cli *cli)
{
    const struct given *own = cli->own;
    if (!cli_has_one_form(cli, own[HISTORY_CSV].given)) {
        return CODE_BAD_PARAMETER;
    }
    bool from = own[HISTORY_SINCE].given || own[HISTORY_AFTER].given;
    bool bounded = from || own[HISTORY_UNTIL].given || own[HISTORY_BEFORE].given;
    bool by_default = !own[HISTORY_LIMIT].given && !bounded;
    struct msiwatch_history_query query = {
        .size = sizeof query,
        .limit = by_default ? DEFAULT_LIMIT + 1 : own[HISTORY_LIMIT].number,
        .after = own[HISTORY_AFTER].number,
        .before = own[HISTORY_BEFORE].number,
        .since_ms = moment(&own[HISTORY_SINCE]),
        .until_ms = moment(&own[HISTORY_UNTIL]),
    };
    /* A number of events without a place to begin means the newest ones. */
    query.newest_first = own[HISTORY_DESC].given || (query.limit != 0 && !from);
    uint32_t code = cli_connect(cli);
    if (code != CODE_OK) {
        return code;
    }
    if (own[HISTORY_INSTALLS].given) {
        return print_by_installation(cli, &query, by_default);
    }
    if (by_default && own[HISTORY_DESC].given) {
        query.limit = DEFAULT_LIMIT;
        by_default = false;
    }
    return print_history(cli, &query, !own[HISTORY_DESC].given, by_default);
}

static const struct option options[] = {
    [HISTORY_LIMIT] = {"limit", OPTION_NUMBER, "N",
                       "at most this many events; default: 64, or all with --since,\n"
                       "--until, --after or --before",
                       1},
    [HISTORY_SINCE] = {"since", OPTION_MOMENT, "WHEN", "events from this time on", 0},
    [HISTORY_UNTIL] = {"until", OPTION_MOMENT, "WHEN", "events before this time", 0},
    [HISTORY_AFTER] = {"after", OPTION_NUMBER, "SEQ", "only events with a higher number", 0},
    [HISTORY_BEFORE] = {"before", OPTION_NUMBER, "SEQ", "only events with a lower number", 1},
    [HISTORY_DESC] = {"desc", OPTION_FLAG, NULL, "print the newest first", 0},
    [HISTORY_CSV] = {"csv", OPTION_FLAG, NULL, "print a table: comma-separated, times in UTC", 0},
    [HISTORY_INSTALLS] = {"installs", OPTION_FLAG, NULL,
                          "one line per installation: what it was, how long it took,\n"
                          "its result, and who started it; --limit then counts\n"
                          "installations",
                          0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

const struct command command_history = {
    .name = "history",
    .summary = "print past changes of state and installations",
    .usage = "[--limit N] [--since WHEN] [--until WHEN] [--after SEQ] [--before SEQ] "
             "[--desc] [--csv] [--installs]",
    .about =
        "Prints the journal, oldest first: changes of state, installations with their outcomes,\n"
        "turns, stalled installations, and when the service started and stopped. --limit\n"
        "alone prints the newest events; together with --since or --after it prints the\n"
        "first ones from that point on.\n" TIME_HELP
        "With --json each line is an Event of the protocol. The kinds of event are transition\n"
        "(a change of state), install (an installation and its outcome), turn (a turn that\n"
        "has ended) and activity (an installation that stalled, or continued).\n"
        "With --installs each line is an installation, with everything that the events say\n"
        "about it; a busy period without such events has a line, too. Names, results and\n"
        "codes come from the event log. JSON has the columns of the CSV table as members.\n",
    .notes = "Exit codes\n"
             "     0  done, even if there was nothing to print\n"
             "  1062  the service is not running      5  access denied\n"
             "   231  the pipe is busy               13  the answer was not understood\n"
             "  1460  the service did not answer   1816  over a limit of the service\n"
             "    29  the output cannot be written   87  bad usage\n"
             "  1223  Ctrl-C\n\n"
             "Examples\n"
             "  msiwatch history --since 2h\n"
             "  msiwatch history --since 2026-11-01 --csv > november.csv\n"
             "  msiwatch history --installs --since yesterday\n",
    .options = options,
    .run = run,
};
