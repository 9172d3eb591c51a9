/* cmd_run.c: msiwatch run: starts a command when it is its turn. run/session.c decides the order of
 * the steps; this file does them. */
#include "cli/commands.h"
#include "cli/run/help.h"
#include "cli/run/process.h"
#include "cli/run/retry_codes.h"
#include "cli/run/session.h"
#include "cli/run/waiting_line.h"

#include <string.h>

#define CONNECT_MS 5000u
#define RELEASE_MS 5000u

#define MOST_SETTLE_MS 60000u
#define MOST_WAIT_MS (UINT64_C(365) * 86400 * 1000)

/* How soon Ctrl-C takes effect while no request is waiting at the service. */
#define PAUSE_MS 50u

#define SETTLE_MS 2000u
#define LINGER_MS 30000u
#define UNSEEN_TIMEOUT_MS (UINT64_C(30) * 60 * 1000)
#define RETRIES 4u

enum {
    RUN_LABEL,
    RUN_WHY,
    RUN_CLASS,
    RUN_SETTLE,
    RUN_TIMEOUT,
    RUN_START_TIMEOUT,
    RUN_LINGER,
    RUN_RETRIES,
    RUN_NO_RETRY,
    RUN_RETRY_ON,
    RUN_CONFLICT,
    RUN_REQUIRE_SERVICE,
    RUN_REQUIRE_KNOWN,
    RUN_IGNORE_HOLD,
    RUN_QUIET
};

struct running {
    struct cli *cli;
    struct process *process;
    struct text label;
    struct msiwatch_turn turn;
    bool turn_over; /* the service said that the turn ended */
    volatile bool interrupted;
    struct retry_codes codes;
    struct session_options options;
    struct waiting_line line;
};

static void on_told(void *arg, const char *json)
{
    struct running *running = arg;
    if (json != NULL) {
        running->turn_over = running->turn_over || strstr(json, "\"state\":\"ended\"") != NULL;
    }
    waiting_line_hear(&running->line, json);
}

/* ---- the functions that the session calls ---- */

static uint64_t now(void *arg)
{
    (void)arg;
    return console_now();
}

static void on_interrupt(void *arg)
{
    struct running *running = arg;
    running->interrupted = true;
    msiwatch_cancel(running->cli->handle);
}

static bool interrupted(void *arg)
{
    return ((struct running *)arg)->interrupted;
}

static uint32_t connect_service(void *arg, uint64_t timeout_ms)
{
    struct running *running = arg;
    uint32_t code = msiwatch_connect(running->cli->handle, CONNECT_MS);
    return code_is_lost(code) && timeout_ms > 0
               ? msiwatch_reconnect(running->cli->handle, timeout_ms)
               : code;
}

static uint32_t acquire(void *arg, uint64_t timeout_ms, bool *passes)
{
    struct running *running = arg;
    const struct given *own = running->cli->own;
    struct msiwatch_turn_options options = {
        .size = sizeof options,
        .tell_every_ms = WAITING_LINE_MS,
        .settle_ms = own[RUN_SETTLE].given ? own[RUN_SETTLE].number : SETTLE_MS,
        .label = own[RUN_LABEL].given ? own[RUN_LABEL].text : running->label.data,
        .why = own[RUN_WHY].text,
        .told = on_told,
        .arg = running};
    bool background = own[RUN_CLASS].given && strcmp(own[RUN_CLASS].text, "background") == 0;
    options.flags = (background ? MSIWATCH_TURN_BACKGROUND : 0) |
                    (own[RUN_REQUIRE_KNOWN].given ? MSIWATCH_TURN_REQUIRE_KNOWN : 0) |
                    (own[RUN_IGNORE_HOLD].given ? MSIWATCH_TURN_IGNORE_HOLD : 0);
    running->turn.size = sizeof running->turn;
    running->turn_over = false;
    waiting_line_begin(&running->line);
    uint32_t code = msiwatch_turn_acquire(running->cli->handle, &options, timeout_ms,
                                          &running->turn, NULL);
    *passes = code == CODE_OK && running->turn.nested != 0;
    waiting_line_end(&running->line, code == CODE_OK);
    return code;
}

static uint32_t wait_idle(void *arg, uint64_t timeout_ms, bool *turn_over)
{
    struct running *running = arg;
    const struct given *settle = &running->cli->own[RUN_SETTLE];
    uint32_t code = msiwatch_wait(running->cli->handle, MSIWATCH_IDLE,
                                  settle->given ? settle->number : SETTLE_MS, timeout_ms, NULL,
                                  NULL);
    *turn_over = running->turn_over;
    return code;
}

static uint32_t release(void *arg, uint32_t exit_code, bool exit_known)
{
    struct running *running = arg;
    msiwatch_rearm(running->cli->handle); /* after Ctrl-C, too, the service gets the exit code */
    return msiwatch_turn_release(running->cli->handle, exit_known ? &exit_code : NULL, RELEASE_MS);
}

static uint32_t pause_for(void *arg, uint64_t ms)
{
    const struct running *running = arg;
    for (uint64_t until = console_now() + ms; console_now() < until && !running->interrupted;) {
        console_sleep(PAUSE_MS);
    }
    return running->interrupted ? CODE_CANCELLED : CODE_OK;
}

static uint32_t start(void *arg, bool turn)
{
    struct running *running = arg;
    return process_start(running->process, turn ? running->turn.id : NULL, running->line.width > 0);
}

static uint32_t wait_end(void *arg, uint32_t *exit_code, bool *pressed)
{
    struct running *running = arg;
    return process_wait(running->process, exit_code, pressed);
}

static void wait_family(void *arg, uint64_t timeout_ms)
{
    const struct running *running = arg;
    uint64_t begun = console_now(), left = timeout_ms;
    while (left > 0 && !running->interrupted &&
           !process_wait_family(running->process, left < PAUSE_MS ? left : PAUSE_MS)) {
        uint64_t passed = console_now() - begun;
        left = passed < timeout_ms ? timeout_ms - passed : 0;
    }
}

static void say(void *arg, enum session_news news, uint32_t number)
{
    struct running *running = arg;
    const struct cli *cli = running->cli;
    switch (news) {
    case SESSION_NO_SERVICE:
        cli_notice(cli,
                   "the service is not available (code %u); starting without a turn, and trying "
                   "again after a collision (use --require-service to exit instead)",
                   (unsigned)number);
        break;
    case SESSION_OLD_SERVICE:
        cli_notice(cli, "this version of the service has no turns; waiting until Windows Installer "
                        "is idle instead (use --require-service to exit instead)");
        break;
    case SESSION_AWAY:
        cli_notice(
            cli,
            "the service went away; waiting for it to come back, and for a new place in its queue");
        break;
    case SESSION_CROWDED:
        cli_notice(cli, "a limit of the service is reached; trying again");
        break;
    case SESSION_AGAIN:
        cli_notice(
            cli, "the command ended with %u%s; trying again later (use --no-retry to exit instead)",
            (unsigned)number,
            number == CODE_BUSY || number == (0x80070000u | CODE_BUSY)
                ? ", because another installation was running"
                : "");
        break;
    case SESSION_NOT_AGAIN:
        if (number == CODE_TIMEOUT) {
            cli_notice(cli, "not trying again: the time of --timeout is over; use a longer one");
        } else {
            cli_notice(cli, "not trying again: waiting failed with code %u; see msiwatch doctor",
                       (unsigned)number);
        }
        break;
    case SESSION_TURN_LOST:
        cli_notice(cli, number == CODE_NOT_OWNER || number == CODE_OK
                            ? "the turn ended before the command did; other installations may have "
                              "started in the meantime"
                            : "the service went away while the command ran; other installations "
                              "may have started in the meantime");
        break;
    }
}

static const struct session_system system_calls = {
    .now = now,
    .interrupted = interrupted,
    .connect = connect_service,
    .acquire = acquire,
    .wait_idle = wait_idle,
    .release = release,
    .pause = pause_for,
    .start = start,
    .wait_end = wait_end,
    .wait_family = wait_family,
    .say = say,
};

/* ---- options ---- */

static uint32_t read_options(struct running *running)
{
    struct cli *cli = running->cli;
    const struct given *own = cli->own;
    struct session_options *options = &running->options;
    uint64_t usual = running->line.width > 0 ? SESSION_FOREVER : UNSEEN_TIMEOUT_MS;
    options->timeout_ms = own[RUN_TIMEOUT].given ? own[RUN_TIMEOUT].number : usual;
    options->start_timeout_ms = own[RUN_START_TIMEOUT].number;
    options->linger_ms = own[RUN_LINGER].given ? own[RUN_LINGER].number : LINGER_MS;
    options->retries = own[RUN_NO_RETRY].given  ? 0
                       : own[RUN_RETRIES].given ? (unsigned)own[RUN_RETRIES].number
                                                : RETRIES;
    options->require_service = own[RUN_REQUIRE_SERVICE].given;
    if (own[RUN_RETRIES].number > 1000) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "--retries takes at most 1000; see msiwatch run "
                         "--help");
    }
    if (own[RUN_CONFLICT].number > UINT32_MAX) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "--conflict-exit-code takes at most 4294967295; see msiwatch run --help");
    }
    if (!retry_codes_read(&running->codes, own[RUN_RETRY_ON].text)) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "invalid --retry-on \"%s\"; use codes such as 1603,0x80070005, at most %u",
                         own[RUN_RETRY_ON].text, RETRY_CODES_GIVEN);
    }
    options->retry_on = running->codes.code;
    options->retry_count = running->codes.count;
    return CODE_OK;
}

/* ---- ends ---- */

static uint32_t conflict(const struct running *running)
{
    const struct given *own = running->cli->own;
    struct text after = {0};
    const char *holder = running->line.progress.holder, *busy = running->line.progress.busy;
    bool behind = holder[0] != '\0' || busy[0] != '\0';
    uint32_t code = own[RUN_CONFLICT].given ? (uint32_t)own[RUN_CONFLICT].number : CODE_BUSY;
    text_add_duration(&after, running->options.timeout_ms);
    cli_error(running->cli, code,
              "not started: no turn within %s%s%s; try again, or use a longer --timeout",
              after.data == NULL ? "" : after.data, behind ? ", behind " : "",
              holder[0] != '\0' ? holder : busy);
    text_release(&after);
    return code;
}

static uint32_t cannot_start(const struct cli *cli, const char *what, uint32_t code)
{
    switch (code) {
    case CODE_NO_FILE:
    case CODE_NO_PATH:
        return cli_error(cli, CODE_NO_FILE,
                         "there is no program \"%s\" in Windows' folders or on PATH; use its full "
                         "path (the current folder is not searched)",
                         what);
    case CODE_DENIED:
        return cli_error(cli, code, "access to \"%s\" is denied; check who is allowed to run it",
                         what);
    case CODE_NEEDS_ELEVATION:
        return cli_error(cli, code,
                         "\"%s\" needs administrator rights; run this as an administrator", what);
    case CODE_CANCELLED:
        return cli_error(cli, code,
                         "\"%s\" needs administrator rights, which were refused; try again", what);
    case CODE_BAD_PARAMETER:
        return cli_error(cli, code,
                         "the command after \"--\" was not understood; see msiwatch run "
                         "--help");
    default:
        return cli_error(
            cli, code,
            "\"%s\" could not be started: Windows error %u; \"net helpmsg %u\" explains it", what,
            (unsigned)code, (unsigned)code);
    }
}

static uint32_t not_run(struct running *running, const struct session_result *result)
{
    struct cli *cli = running->cli;
    if (result->started) {
        return cannot_start(cli, running->label.data == NULL ? "" : running->label.data,
                            result->code);
    }
    switch (result->code) {
    case CODE_TIMEOUT:
        return conflict(running);
    case CODE_DEADLOCK:
        return cli_error(cli, CODE_DEADLOCK,
                         "not started: msiwatch was started by the installation that it would wait "
                         "for; keep MSIWATCH_TURN in the environment, or do not use run there");
    case CODE_IDLE_UNKNOWN:
        return cli_error(
            cli, CODE_IDLE_UNKNOWN,
            "not started: the state of Windows Installer is unknown; see msiwatch doctor");
    default:
        return cli_fail(cli, result->code);
    }
}

static uint32_t run_prepared(struct running *running)
{
    uint32_t code = cli_open(running->cli);
    if (code != CODE_OK) {
        return code;
    }
    console_on_interrupt(on_interrupt, running);
    struct session_result result = session_run(&running->options, &system_calls, running);
    return result.ended ? result.code : not_run(running, &result);
}

static uint32_t run(struct cli *cli)
{
    static struct running running; /* static, because Ctrl-C may come until the process ends */
    running.cli = cli;
    waiting_line_new(&running.line, cli, cli->own[RUN_QUIET].given);
    if (cli->rest == NULL) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "no command was given; put it after \"--\"; see msiwatch run --help");
    }
    uint32_t code = read_options(&running);
    if (code != CODE_OK) {
        return code;
    }
    code = process_new(&running.process, cli->rest_index, cli->rest, &running.label);
    if (code != CODE_OK) {
        return cannot_start(cli, running.label.data == NULL ? "" : running.label.data, code);
    }
    code = run_prepared(&running);
    process_free(running.process);
    waiting_line_free(&running.line);
    text_release(&running.label);
    return code;
}

static const struct option options[] = {
    [RUN_LABEL] = {"label", OPTION_TEXT, "TEXT",
                   "the name that others see while they wait for you (default:\n"
                   "a file name in COMMAND)",
                   0},
    [RUN_WHY] = {"why", OPTION_TEXT, "TEXT", "the reason, for administrators to see", 0},
    [RUN_CLASS] = {"class", OPTION_WORD, "normal|background",
                   "with background, those whose class is normal go first\n"
                   "(default: normal)",
                   0},
    [RUN_SETTLE] = {"settle", OPTION_DURATION, "TIME",
                    "Windows Installer must have been idle for this long\n"
                    "(default: 2s, at most 60s)",
                    MOST_SETTLE_MS},
    [RUN_TIMEOUT] = {"timeout", OPTION_DURATION, "TIME",
                     "give up waiting after this long (default: never on a\n"
                     "console, 30m otherwise); COMMAND itself may run longer",
                     MOST_WAIT_MS},
    [RUN_START_TIMEOUT] = {"start-timeout", OPTION_DURATION, "TIME",
                           "wait this long for the service to start, for example when\n"
                           "Windows starts (default: 0)",
                           MOST_WAIT_MS},
    [RUN_LINGER] = {"linger", OPTION_DURATION, "TIME",
                    "when COMMAND has ended, keep the turn for at most this\n"
                    "long, until the processes that it started have ended and\n"
                    "Windows Installer is idle (default: 30s)",
                    MOST_WAIT_MS},
    [RUN_RETRIES] = {"retries", OPTION_NUMBER, "N",
                     "how many times to try again after a collision (default: 4,\n"
                     "at most 1000)",
                     0},
    [RUN_NO_RETRY] = {"no-retry", OPTION_FLAG, NULL, "do not try again", 0},
    [RUN_RETRY_ON] = {"retry-on", OPTION_TEXT, "CODES",
                      "also try again after these exit codes, for example\n"
                      "1603,0x80070005 (1618 is always one of them)",
                      0},
    [RUN_CONFLICT] = {"conflict-exit-code", OPTION_NUMBER, "N",
                      "the exit code if there is no turn within --timeout\n(default: 1618)", 0},
    [RUN_REQUIRE_SERVICE] = {"require-service", OPTION_FLAG, NULL,
                             "do not start COMMAND if the service is not running", 0},
    [RUN_REQUIRE_KNOWN] = {"require-known", OPTION_FLAG, NULL,
                           "do not start COMMAND while the state is unknown", 0},
    [RUN_IGNORE_HOLD] = {"ignore-hold", OPTION_FLAG, NULL,
                         "for administrators: get a turn even while the queue is held", 0},
    [RUN_QUIET] = {"quiet", OPTION_FLAG, NULL, "do not print progress", 0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

const struct command command_run = {
    .name = "run",
    .summary = "run a command when its turn comes, instead of failing with 1618",
    .usage = "[--label TEXT] [--why TEXT] [--class normal|background] [--settle TIME] "
             "[--timeout TIME] [--start-timeout TIME] [--linger TIME] [--retries N | --no-retry] "
             "[--retry-on CODES] [--conflict-exit-code N] [--require-service] [--require-known] "
             "[--ignore-hold] [--quiet]",
    .rest = "-- COMMAND...",
    .about = run_about,
    .notes = run_notes,
    .options = options,
    .run = run,
};
