/* cmd_turn.c: msiwatch turn and msiwatch hold: shows the queue, gets a turn for a script, and does
 * what administrators may do to the queue. */
#include "cli/commands.h"
#include "common/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

/* How often to check whether anybody still reads our output. */
#define LOOK_MS 200u
/* When a process is killed, its end of our output closes first. The service sees a moment later
 * that the process is gone, and ends the turn. It has this long to do so. */
#define GONE_MS 2000u
/* How long the service may take to end a turn; if it does not answer, the end of the connection
 * ends the turn. */
#define RELEASE_MS 5000u

#define MOST_SETTLE_MS 60000u
#define MOST_HOLD_MS (UINT64_C(365) * 86400 * 1000)

enum {
    TURN_FOR_PID,
    TURN_WHILE,
    TURN_LABEL,
    TURN_WHY,
    TURN_CLASS,
    TURN_SETTLE,
    TURN_TIMEOUT,
    TURN_REQUIRE_KNOWN
};

/* ---- list ---- */

static void add_turn(struct text *out, yyjson_val *turn, const char *state)
{
    static const struct {
        const char *key, *before, *after;
    } parts[] = {{"label", "  ", ""}, {"image", "  ", ""}, {"why", "  (", ")"}};
    const char *class = yyjson_get_str(yyjson_obj_get(turn, "class"));
    size_t start = out->size;
    text_addf(out, "%" PRIu64, yyjson_get_uint(yyjson_obj_get(turn, "turn")));
    text_pad(out, start, 6);
    text_addf(out, "%s", state);
    text_pad(out, start, 16);
    text_add_outside(out, class == NULL ? "" : class);
    text_pad(out, start, 27);
    text_addf(out, "pid %" PRIu64, yyjson_get_uint(yyjson_obj_get(turn, "pid")));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *text = yyjson_get_str(yyjson_obj_get(turn, parts[i].key));
        if (text != NULL && text[0] != '\0') {
            text_add(out, parts[i].before);
            text_add_outside(out, i == 1 ? file_name(text) : text);
            text_add(out, parts[i].after);
        }
    }
    text_add(out, "\n");
}

static void add_hold(struct text *out, const struct turns_brief *turns)
{
    text_add(out, "held  until ");
    if (turns->held_until_known) {
        text_add_time(out, turns->held_until_ms, console_offset, false);
    } else {
        text_add(out, "an administrator ends it");
    }
    if (turns->held_why[0] != '\0') {
        text_add(out, "  (");
        text_add_outside(out, turns->held_why);
        text_add(out, ")");
    }
    text_add(out, "\n");
}

static void add_list(struct text *out, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc), *waiting = yyjson_obj_get(root, "waiting"), *turn;
    uint64_t count = yyjson_get_uint(yyjson_obj_get(root, "waiting_count"));
    size_t at, all;
    struct turns_brief turns;
    wire_turns_read(root, &turns);
    if (turns.held) {
        add_hold(out, &turns);
    }
    if (turns.out) {
        add_turn(out, yyjson_obj_get(root, "holder"), "current");
    }
    yyjson_arr_foreach(waiting, at, all, turn)
    {
        add_turn(out, turn, "waiting");
    }
    if (count > yyjson_arr_size(waiting)) {
        text_addf(out, "and %" PRIu64 " more\n", count - yyjson_arr_size(waiting));
    }
    if (!turns.out && count == 0) {
        text_add(out, "nobody has the turn, and nobody is waiting for one\n");
    }
    yyjson_doc_free(doc);
}

static uint32_t ask(struct cli *cli, const char *method, const char *params)
{
    uint32_t code = cli->handle == NULL ? cli_connect(cli) : CODE_OK;
    if (code != CODE_OK) {
        return code;
    }
    code = msiwatch_call(cli->handle, method, params, CLI_ANSWER_MS, NULL);
    return code == CODE_OK ? CODE_OK : cli_fail(cli, code);
}

static uint32_t run_list(struct cli *cli)
{
    uint32_t code = ask(cli, "turn.list", NULL);
    if (code != CODE_OK) {
        return code;
    }
    if (cli_wants_json(cli)) {
        cli_add_json(cli);
    } else {
        add_list(&cli->out, msiwatch_get_json(cli->handle));
    }
    return cli_finish(cli, CODE_OK);
}

/* ---- hold ---- */

static uint32_t fail_turn(struct cli *cli, uint32_t code)
{
    switch (code) {
    case CODE_TIMEOUT:
        return cli_error(cli, CODE_BUSY,
                         "no turn within --timeout; try again, or use a longer --timeout");
    case CODE_DEADLOCK:
        return cli_error(cli, CODE_DEADLOCK,
                         "no turn: msiwatch was started by the installation that it would wait "
                         "for; do not ask for a turn there");
    case CODE_IDLE_UNKNOWN:
        return cli_error(cli, CODE_IDLE_UNKNOWN,
                         "no turn: the state of Windows Installer is unknown; see msiwatch doctor");
    default:
        return cli_fail(cli, code);
    }
}

/* The turn has ended without us. That is expected only if the process that it was for has ended. */
static uint32_t turn_ended(struct cli *cli)
{
    const char *json = msiwatch_get_json(cli->handle);
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    const char *how = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "ended"));
    uint32_t code = CODE_OK;
    if (how == NULL || strcmp(how, "gone") != 0) {
        code = cli_error(cli, CODE_NOT_OWNER, "the service ended the turn (%s); take another one",
                         how == NULL ? "" : how);
    }
    yyjson_doc_free(doc);
    return code;
}

/* Waits until nobody reads our output, the file of --while is gone, or the turn ends. */
static uint32_t keep_turn(struct cli *cli)
{
    const char *file = cli->own[TURN_WHILE].text;
    for (bool unread = false;;) {
        uint32_t code = msiwatch_turn_watch(cli->handle, unread ? GONE_MS : LOOK_MS);
        if (code == CODE_OK) {
            return turn_ended(cli);
        }
        if (code != CODE_TIMEOUT && code != CODE_CANCELLED) {
            return cli_fail(cli, code);
        }
        bool again = unread || !cli->own[TURN_FOR_PID].given; /* or wait for the service */
        unread = console_is_unread();
        if (code == CODE_CANCELLED || (unread && again) ||
            (file != NULL && !console_has_file(file))) {
            /* Ctrl-C is a normal way to end it, too. */
            msiwatch_rearm(cli->handle);
            (void)msiwatch_turn_release(cli->handle, NULL, RELEASE_MS);
            return CODE_OK;
        }
    }
}

static uint32_t run_hold_turn(struct cli *cli)
{
    const struct given *own = cli->own;
    struct msiwatch_turn turn = {.size = sizeof turn};
    struct msiwatch_turn_options options = {.size = sizeof options,
                                            .for_pid = (uint32_t)own[TURN_FOR_PID].number,
                                            .settle_ms = own[TURN_SETTLE].number,
                                            .label = own[TURN_LABEL].text,
                                            .why = own[TURN_WHY].text};
    if (own[TURN_CLASS].given && strcmp(own[TURN_CLASS].text, "background") == 0) {
        options.flags = MSIWATCH_TURN_BACKGROUND;
    }
    options.flags |= own[TURN_REQUIRE_KNOWN].given ? MSIWATCH_TURN_REQUIRE_KNOWN : 0;
    if (own[TURN_FOR_PID].number > UINT32_MAX) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "--for-pid takes a process id; see msiwatch turn --help");
    }
    if (own[TURN_WHILE].given && !console_has_file(own[TURN_WHILE].text)) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "--while: there is no file \"%s\"; create it first", own[TURN_WHILE].text);
    }
    uint32_t code = cli_connect(cli);
    if (code != CODE_OK) {
        return code;
    }
    uint64_t timeout_ms = own[TURN_TIMEOUT].given ? own[TURN_TIMEOUT].number : MSIWATCH_FOREVER;
    code = msiwatch_turn_acquire(cli->handle, &options, timeout_ms, &turn, NULL);
    if (code != CODE_OK) {
        return fail_turn(cli, code);
    }
    text_addf(&cli->out,
              "{\"turn\":%" PRIu64 ",\"MSIWATCH_TURN\":\"%s\",\"waited_ms\":%" PRIu64
              ",\"nested\":%s,\"blind\":%s}\n",
              turn.number, turn.id, turn.waited_ms, turn.nested != 0 ? "true" : "false",
              turn.blind != 0 ? "true" : "false");
    if (!cli_print(cli)) {
        return cli_output_code(cli, CODE_OK);
    }
    return keep_turn(cli); /* the turn ends with the process at the latest */
}

/* ---- revoke ---- */

static bool is_number(const char *word)
{
    return word[0] != '\0' && strlen(word) < 20 && strspn(word, "0123456789") == strlen(word);
}

static uint32_t revoke(struct cli *cli, const char *number)
{
    struct text params = {0};
    text_addf(&params, "{\"turn\":%s}", number);
    uint32_t code = params.data == NULL ? CODE_NO_MEMORY : ask(cli, "turn.revoke", params.data);
    text_release(&params);
    return code;
}

/* Without a number, revokes the current turn. */
static uint32_t run_revoke(struct cli *cli)
{
    char number[24] = "";
    const char *given = cli->words[1];
    if (given != NULL && !is_number(given)) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "\"%s\" is not the number of a turn; see msiwatch turn list", given);
    }
    if (given == NULL) {
        uint32_t code = ask(cli, "turn.list", NULL);
        if (code != CODE_OK) {
            return code;
        }
        const char *json = msiwatch_get_json(cli->handle);
        yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
        yyjson_val *holder = yyjson_obj_get(yyjson_doc_get_root(doc), "holder");
        uint64_t turn = yyjson_get_uint(yyjson_obj_get(holder, "turn"));
        yyjson_doc_free(doc);
        if (turn == 0) {
            return cli_error(cli, CODE_NOT_OWNER, "nobody has the turn; see msiwatch turn list");
        }
        snprintf(number, sizeof number, "%" PRIu64, turn);
    }
    uint32_t code = revoke(cli, given == NULL ? number : given);
    if (code == CODE_OK && cli_wants_json(cli)) {
        cli_add_json(cli);
    } else if (code == CODE_OK) {
        text_addf(&cli->out, "turn %s was ended; no process was ended\n",
                  given == NULL ? number : given);
    }
    return code == CODE_OK ? cli_finish(cli, CODE_OK) : code;
}

static uint32_t run_turn(struct cli *cli)
{
    static const struct {
        const char *word;
        uint32_t (*run)(struct cli *cli);
        bool number;
    } actions[] = {
        {"list", run_list, false}, {"hold", run_hold_turn, false}, {"revoke", run_revoke, true}};
    const char *word = cli->words[0];
    for (size_t i = 0; word != NULL && i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(word, actions[i].word) == 0 && (actions[i].number || cli->words[1] == NULL)) {
            return actions[i].run(cli);
        }
    }
    return cli_error(cli, CODE_BAD_PARAMETER,
                     "turn needs list, hold or revoke; see msiwatch turn --help");
}

/* ---- msiwatch hold ---- */

enum { HOLD_FOR, HOLD_WHY, HOLD_END };

static uint32_t hold_queue(struct cli *cli)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *params = yyjson_mut_obj(doc);
    const struct given *own = cli->own;
    char until[MSIWATCH_TIME_CHARS + 1];
    bool built = true;
    if (own[HOLD_END].given) {
        built = yyjson_mut_obj_add_bool(doc, params, "lift", true);
    } else {
        time_format(console_wall() + (int64_t)own[HOLD_FOR].number, until);
        built = yyjson_mut_obj_add_str(doc, params, "until", until) &&
                (!own[HOLD_WHY].given ||
                 yyjson_mut_obj_add_str(doc, params, "why", own[HOLD_WHY].text));
    }
    char *json = built ? yyjson_mut_val_write(params, YYJSON_WRITE_NOFLAG, NULL) : NULL;
    yyjson_mut_doc_free(doc);
    uint32_t code = json == NULL ? cli_fail(cli, CODE_NO_MEMORY) : ask(cli, "hold", json);
    free(json);
    return code;
}

static uint32_t run_hold(struct cli *cli)
{
    const struct given *own = cli->own;
    if (own[HOLD_FOR].given == own[HOLD_END].given) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "hold needs either --for or --end; see msiwatch hold --help");
    }
    uint32_t code = hold_queue(cli);
    if (code != CODE_OK) {
        return code;
    }
    if (cli_wants_json(cli)) {
        cli_add_json(cli);
    } else {
        const char *json = msiwatch_get_json(cli->handle);
        yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
        struct turns_brief turns;
        wire_turns_read(yyjson_doc_get_root(doc), &turns);
        if (turns.held) {
            add_hold(&cli->out, &turns);
        } else {
            text_add(&cli->out, "the queue is not held\n");
        }
        yyjson_doc_free(doc);
    }
    return cli_finish(cli, CODE_OK);
}

/* ---- the table's entries ---- */

static const struct option turn_options[] = {
    [TURN_FOR_PID] = {"for-pid", OPTION_NUMBER, "PID",
                      "hold: the id of the process that started msiwatch, such as\n"
                      "the script's; the turn also ends when that process ends",
                      1},
    [TURN_WHILE] = {"while", OPTION_TEXT, "FILE", "hold: end the turn when this file is deleted",
                    0},
    [TURN_LABEL] = {"label", OPTION_TEXT, "TEXT", "hold: the name that others see while they wait",
                    0},
    [TURN_WHY] = {"why", OPTION_TEXT, "TEXT", "hold: the reason, for administrators to see", 0},
    [TURN_CLASS] = {"class", OPTION_WORD, "normal|background",
                    "hold: with background, those whose class is normal go\n"
                    "first (default: normal)",
                    0},
    [TURN_SETTLE] = {"settle", OPTION_DURATION, "TIME",
                     "hold: Windows Installer must have been idle for this long\n"
                     "(default: 0, at most 60s)",
                     MOST_SETTLE_MS},
    [TURN_TIMEOUT] = {"timeout", OPTION_DURATION, "TIME",
                      "hold: give up after this long (default: never)", 0},
    [TURN_REQUIRE_KNOWN] = {"require-known", OPTION_FLAG, NULL,
                            "hold: take no turn while the state is unknown", 0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

const struct command command_turn = {
    .name = "turn",
    .summary = "list turns, take one for a script, or end one",
    .usage = "list | hold [--for-pid PID] [--while FILE] [--label TEXT] [--why TEXT] [--class "
             "normal|background] "
             "[--settle TIME] [--timeout TIME] [--require-known] | revoke [TURN]",
    .words = 2,
    .actions = "list|hold|revoke",
    .about =
        "list    shows who has the turn, and who is waiting for one, in order.\n"
        "hold    takes one turn for a script that installs several things: waits for the turn,\n"
        "        prints one line of JSON, and keeps the turn until its output is closed, PID\n"
        "        ends, FILE is deleted, or you press Ctrl-C. Set the environment variable\n"
        "        MSIWATCH_TURN to the value in that line; `msiwatch run` in the script then\n"
        "        uses this turn. For a single command use `msiwatch run`. (`msiwatch hold` is\n"
        "        different: it holds the whole queue, so that nobody gets a turn.)\n"
        "revoke  for administrators: ends the current turn, or the turn with the number TURN.\n"
        "        It ends no process.\n" DURATION_HELP,
    .notes = "Exit codes\n"
             "     0  done; hold: the output was closed, PID ended, FILE was deleted, or Ctrl-C\n"
             "  1618  hold: no turn within --timeout\n"
             "   288  hold: the service ended the turn; revoke: nobody has the turn\n"
             "  1131  hold: msiwatch was started by the installation that it would wait for\n"
             "    21  hold: --require-known: the state is unknown\n"
             "  1062  the service is not running      5  access denied; revoke: only for "
             "administrators\n"
             "   231  the pipe is busy               13  the answer was not understood\n"
             "  1460  the service did not answer   1816  over a limit of the service\n"
             "    29  the output cannot be written   87  bad usage; revoke: there is no turn TURN\n"
             "  1223  Ctrl-C while waiting\n\n"
             "Example\n"
             "  msiwatch turn list\n",
    .options = turn_options,
    .run = run_turn,
};

static const struct option hold_options[] = {
    [HOLD_FOR] = {"for", OPTION_DURATION, "TIME", "hold the queue for this long (at most 365d)",
                  MOST_HOLD_MS},
    [HOLD_WHY] = {"why", OPTION_TEXT, "TEXT", "the reason, shown to those who wait", 0},
    [HOLD_END] = {"end", OPTION_FLAG, NULL, "end the hold", 0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

const struct command command_hold = {
    .name = "hold",
    .summary = "hold the queue, so that nobody gets a turn for a while (administrators only)",
    .usage = "[--for TIME [--why TEXT] | --end]",
    .about = "While the queue is held, nobody gets a turn, except administrators who use\n"
             "--ignore-hold. A restart of the service does not end the hold, if the journal is on\n"
             "disk (see `msiwatch about`). Running installations continue, and programs can still\n"
             "install without a turn. To take one turn for a script, use `msiwatch turn "
             "hold`.\n" DURATION_HELP,
    .notes = "Exit codes\n"
             "     0  done                            5  access denied: only for administrators\n"
             "  1062  the service is not running    231  the pipe is busy\n"
             "    13  the answer was not understood 1460  the service did not answer\n"
             "  1816  over a limit of the service    29  the output cannot be written\n"
             "    87  bad usage                    1223  Ctrl-C\n\n"
             "Example\n"
             "  msiwatch hold --for 2h --why \"database migration\"\n",
    .options = hold_options,
    .run = run_hold,
};
