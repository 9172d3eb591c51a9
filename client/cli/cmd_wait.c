/* cmd_wait.c: msiwatch wait: waits until the state is the wanted one, or until the timeout.
 *
 * The service does the waiting. If it stops, the wait continues at the service that replaces it,
 * with the time that is left. The settle time starts again there, because nobody watched in
 * between.
 */
#include "cli/commands.h"

#include <string.h>

/* The longest settle time that the service accepts: a year. */
#define MOST_SETTLE_MS (UINT64_C(366) * 86400 * 1000)

/* On a terminal, a line says what is waited for if it takes longer than the first time, and how
 * long it has taken after each of the later ones. */
#define FIRST_LINE_MS 500u
#define NEXT_LINE_MS 30000u

enum {
    WAIT_FOR,
    WAIT_SETTLE,
    WAIT_TIMEOUT,
    WAIT_START_TIMEOUT,
    WAIT_NO_RECONNECT,
    WAIT_EVEN_IF_NESTED,
    WAIT_QUIET
};

struct waiting {
    struct cli *cli;
    uint32_t wanted; /* the argument `wanted` of msiwatch_wait */
    uint64_t settle_ms;
    uint64_t begun; /* when the wait began; console_now */
    uint64_t timeout_ms;
    bool talks; /* a person at a terminal can read the progress */
    bool has_talked;
    struct msiwatch_status status; /* sampled_at_ms 0: not known yet */
};

static uint64_t time_left(const struct waiting *waiting)
{
    uint64_t passed = console_now() - waiting->begun;
    if (waiting->timeout_ms == MSIWATCH_FOREVER) {
        return MSIWATCH_FOREVER;
    }
    return passed < waiting->timeout_ms ? waiting->timeout_ms - passed : 0;
}

static uint32_t done(struct waiting *waiting)
{
    struct cli *cli = waiting->cli;
    if (cli_wants_json(cli)) {
        cli_add_json(cli);
    } else {
        text_addf(&cli->out, "%s ", show_state_name(waiting->status.state));
        text_add(&cli->out, "since ");
        text_add_time(&cli->out, waiting->status.since_ms, console_offset, false);
        text_add(&cli->out, ", waited ");
        text_add_duration(&cli->out, console_now() - waiting->begun);
        text_add(&cli->out, "\n");
    }
    return cli_finish(cli, CODE_OK);
}

/* The state at the end decides the exit code, as for `status`, because a deployment system that
 * gets 1618 tries again. Idle, but not yet for long enough, counts as busy. */
static uint32_t timed_out(struct waiting *waiting)
{
    struct cli *cli = waiting->cli;
    bool told = waiting->status.sampled_at_ms != 0;
    uint32_t state = told ? waiting->status.state : MSIWATCH_UNKNOWN;
    if (told) {
        if (cli_wants_json(cli)) {
            cli_add_json(cli);
        } else {
            show_state(&cli->out, &waiting->status, console_offset);
        }
        cli_print(cli);
    }
    uint32_t code = waiting->wanted == MSIWATCH_BUSY ? CODE_TIMEOUT
                    : state == MSIWATCH_UNKNOWN      ? CODE_IDLE_UNKNOWN
                                                     : CODE_BUSY;
    struct text after = {0};
    text_add_duration(&after, waiting->timeout_ms);
    cli_error(cli, code, "%s after %s; try again, or use a longer --timeout",
              !told                              ? "the service does not answer"
              : state == MSIWATCH_UNKNOWN        ? "the state is unknown"
              : waiting->wanted == MSIWATCH_BUSY ? "still not busy, or not for long enough"
              : state == MSIWATCH_BUSY           ? "still busy"
                                                 : "idle, but not for long enough",
              after.data == NULL ? "" : after.data);
    text_release(&after);
    return cli_output_code(cli, code);
}

static void talk(struct waiting *waiting)
{
    struct text line = {0};
    text_addf(&line, "waiting for Windows Installer to become %s",
              waiting->wanted == MSIWATCH_BUSY ? "busy" : "idle");
    if (waiting->has_talked) {
        text_add(&line, " (");
        text_add_duration(&line, console_now() - waiting->begun);
        text_add(&line, " so far)");
    }
    text_add(&line, "; ");
    show_state(&line, &waiting->status, console_offset);
    cli_notice(waiting->cli, "%.*s", line.size > 0 ? (int)line.size - 1 : 0,
               line.data == NULL ? "" : line.data); /* without the newline */
    text_release(&line);
    waiting->has_talked = true;
}

/* The wait on one connection. To show progress, it is several waits in a row; that makes no
 * difference, because time before a wait counts. */
static uint32_t wait_once(struct waiting *waiting)
{
    for (;;) {
        uint64_t left = time_left(waiting);
        uint64_t line_ms = waiting->has_talked ? NEXT_LINE_MS : FIRST_LINE_MS;
        bool whole = !waiting->talks || left <= line_ms;
        waiting->status.size = sizeof waiting->status;
        uint32_t code = msiwatch_wait(waiting->cli->handle, waiting->wanted, waiting->settle_ms,
                                      whole ? left : line_ms, &waiting->status, NULL);
        if (whole || code != CODE_TIMEOUT || waiting->status.sampled_at_ms == 0) {
            return code;
        }
        talk(waiting);
    }
}

static uint32_t wait_until(struct waiting *waiting, bool reconnect)
{
    struct cli *cli = waiting->cli;
    bool again = false; /* the service has been away */
    for (;;) {
        uint32_t code = wait_once(waiting);
        if (code == CODE_OK) {
            return done(waiting);
        }
        if (code == CODE_TIMEOUT) {
            return timed_out(waiting);
        }
        /* Right after a restart of the service all clients come back, and for a moment some exceed
         * a limit. */
        bool crowded = again && code == CODE_OVER_LIMIT;
        if (!reconnect || !(code_is_lost(code) || crowded)) {
            return cli_fail(cli, code);
        }
        if (!again) {
            cli_notice(
                cli,
                "the service went away; waiting for it to come back (--no-reconnect would exit)");
        }
        again = true;
        code = msiwatch_reconnect(cli->handle, time_left(waiting));
        if (code != CODE_OK && code_is_lost(code) && time_left(waiting) == 0) {
            memset(&waiting->status, 0, sizeof waiting->status);
            return timed_out(waiting);
        }
        if (code != CODE_OK) {
            return cli_fail(cli, code);
        }
    }
}

static uint32_t run(struct cli *cli)
{
    const struct given *own = cli->own;
    struct waiting waiting = {
        .cli = cli,
        .wanted = own[WAIT_FOR].given && strcmp(own[WAIT_FOR].text, "busy") == 0 ? MSIWATCH_BUSY
                                                                                 : MSIWATCH_IDLE,
        .settle_ms = own[WAIT_SETTLE].number,
        .begun = console_now(),
        .timeout_ms = own[WAIT_TIMEOUT].given ? own[WAIT_TIMEOUT].number : MSIWATCH_FOREVER,
    };
    if (own[WAIT_EVEN_IF_NESTED].given && waiting.wanted == MSIWATCH_IDLE) {
        waiting.wanted |= MSIWATCH_EVEN_IF_NESTED;
    }
    waiting.talks = console_error_width() > 0 && !own[WAIT_QUIET].given;
    uint32_t code = cli_connect_within(cli, own[WAIT_START_TIMEOUT].number);
    return code == CODE_OK ? wait_until(&waiting, !own[WAIT_NO_RECONNECT].given) : code;
}

static const struct option options[] = {
    [WAIT_FOR] = {"for", OPTION_WORD, "idle|busy", "what to wait for (default: idle)", 0},
    [WAIT_SETTLE] = {"settle", OPTION_DURATION, "TIME",
                     "the state must have lasted this long without a break, so\n"
                     "that a pause between two packages of a setup is not enough\n"
                     "(default: 0, at most 366d)",
                     MOST_SETTLE_MS},
    [WAIT_TIMEOUT] = {"timeout", OPTION_DURATION, "TIME",
                      "give up after this long (default: never); 0 checks once", 0},
    [WAIT_START_TIMEOUT] = {"start-timeout", OPTION_DURATION, "TIME",
                            "wait this long for the service to start, for example when\n"
                            "Windows starts (default: 0)",
                            0},
    [WAIT_NO_RECONNECT] = {"no-reconnect", OPTION_FLAG, NULL,
                           "exit with 1062 when the service stops, instead of waiting\n"
                           "for it to come back",
                           0},
    [WAIT_EVEN_IF_NESTED] = {"even-if-nested", OPTION_FLAG, NULL,
                             "--for idle: wait even if the running installation started\n"
                             "msiwatch and may be waiting for it",
                             0},
    [WAIT_QUIET] = {"quiet", OPTION_FLAG, NULL, "do not print progress on a terminal", 0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

const struct command command_wait = {
    .name = "wait",
    .summary = "wait until Windows Installer is idle (or busy), or until a timeout",
    .usage = "[--for idle|busy] [--settle TIME] [--timeout TIME] [--start-timeout TIME] "
             "[--no-reconnect] [--even-if-nested] [--quiet]",
    .about =
        "Waits until Windows Installer is idle, or busy with --for busy. It does not poll, and\n"
        "does not get in the way of the running installation.\n" DURATION_HELP
        "When the service restarts, the wait continues until its timeout; the settle time\n"
        "starts again. Exits with 1062 if the service is not running at the start and does\n"
        "not start within --start-timeout.\n"
        "To install something, use `msiwatch run` instead, which takes turns: two scripts that\n"
        "wait continue at the same moment, and their installations collide.\n"
        "With --json, prints the result of the protocol's method `wait` or, at the timeout, the\n"
        "error object with the Status in `data`.\n",
    .notes = "Exit codes\n"
             "     0  the state is the one that you asked for\n"
             "  1618  --for idle: still busy at the timeout, or not idle for long enough\n"
             "    21  --for idle: unknown at the timeout, or the service was not running then\n"
             "  1460  --for busy: not busy at the timeout, or not for long enough\n"
             "  1062  the service is not running      5  access denied\n"
             "  1131  msiwatch was started by the installation that it would wait for\n"
             "   231  the pipe is busy               13  the answer was not understood\n"
             "  1816  over a limit of the service    29  the output cannot be written\n"
             "    87  bad usage                    1223  Ctrl-C\n\n"
             "Example\n"
             "  msiwatch wait --settle 5s --timeout 30m && shutdown /r /t 60\n"
             "      restarts Windows once no installation is running\n",
    .options = options,
    .run = run,
};
