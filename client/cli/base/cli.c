/* cli.c: the connection, output and exit codes that all commands share. */
#include "cli/base/cli.h"
#include "cli/base/json.h"
#include "cli/base/powershell.h"
#include "cli/base/show_event.h"

#include <string.h>

#define CONNECT_MS 5000u

const struct option cli_common[COMMON_COUNT + 1] = {
    [COMMON_PIPE] = {"pipe", OPTION_TEXT, "NAME",
                     "the service's pipe, if not the default one: a bare name, or\n"
                     "\\\\.\\pipe\\NAME; before or after the command",
                     0},
    [COMMON_JSON] = {"json", OPTION_FLAG, "powershell",
                     "print JSON, one object per line, times in UTC;\n"
                     "--json=powershell: in the form that the module MsiWatch\n"
                     "for PowerShell reads (names and times differ)",
                     0},
    [COMMON_HELP] = {"help", OPTION_FLAG, NULL, "print this help and exit", 0},
    [COMMON_VERSION] = {"version", OPTION_FLAG, NULL, "print the version and exit", 0},
    [COMMON_COUNT] = {NULL, OPTION_FLAG, NULL, NULL, 0},
};

/* ---- output ---- */

/* JSON in the form that was asked for. */
static void take_form(const struct cli *cli, struct text *json)
{
    struct text form = {.failed = json->failed};
    if (cli->powershell && json->size > 0) {
        powershell_add_json(&form, json->data);
        text_release(json);
        *json = form;
    }
}

/* `code` 0: it is a notice, not an error. */
static void say(const struct cli *cli, uint32_t code, const char *format, va_list arguments)
    TEXT_PRINTF_AT(3, 0);

static void say(const struct cli *cli, uint32_t code, const char *format, va_list arguments)
{
    struct text line = {0}, whole = {0};
    text_add(&line, cli->prefix);
    text_addv(&line, format, arguments);
    const char *words = line.data == NULL ? "out of memory" : line.data;
    if (cli->json) {
        json_add_problem(&whole, code, words);
        take_form(cli, &whole);
    } else {
        text_add(&whole, "msiwatch: ");
        text_add_outside(&whole, words);
        text_add(&whole, "\n");
    }
    if (whole.data != NULL) {
        console_complain(whole.data, whole.size);
    }
    text_release(&line);
    text_release(&whole);
}

uint32_t cli_error(const struct cli *cli, uint32_t code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(cli, code, format, arguments);
    va_end(arguments);
    return code;
}

void cli_notice(const struct cli *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(cli, CODE_OK, format, arguments);
    va_end(arguments);
}

bool cli_print(struct cli *cli)
{
    take_form(cli, &cli->out);
    bool whole = !cli->out.failed;
    bool written = cli->out.size == 0 ||
                   console_write(cli->out.data, cli->out.size, &cli->output_gone);
    text_clear(&cli->out);
    if (!whole) {
        cli->output_code = CODE_NO_MEMORY;
    } else if (!written && !cli->output_gone) {
        cli->output_code = CODE_WRITE_FAULT;
    }
    return whole && written;
}

uint32_t cli_output_code(const struct cli *cli, uint32_t code)
{
    switch (cli->output_code) {
    case CODE_OK:
        return code;
    case CODE_WRITE_FAULT:
        return cli_error(cli, CODE_WRITE_FAULT,
                         "cannot write to standard output; is the disk full?");
    default:
        return cli_error(cli, cli->output_code,
                         "out of memory; close other programs and try again");
    }
}

uint32_t cli_finish(struct cli *cli, uint32_t code)
{
    cli_print(cli);
    return cli_output_code(cli, code);
}

void cli_add_json(struct cli *cli)
{
    text_add_json(&cli->out, msiwatch_get_json(cli->handle));
    text_add(&cli->out, "\n");
}

void cli_add_event(const struct cli *cli, struct text *out, bool csv,
                   const struct msiwatch_event *event, const char *json)
{
    if (cli_wants_json(cli)) {
        text_add_json(out, json);
        text_add(out, "\n");
    } else if (csv) {
        show_csv_event(out, event, json);
    } else {
        show_event(out, event, json, console_offset);
    }
}

bool cli_has_one_form(const struct cli *cli, bool csv)
{
    bool both = csv && cli_wants_json(cli);
    if (both) {
        cli_error(cli, CODE_BAD_PARAMETER, "--json and --csv cannot be combined; give one of them");
    }
    return !both;
}

uint32_t cli_state_code(uint32_t state)
{
    return state == MSIWATCH_IDLE   ? CODE_OK
           : state == MSIWATCH_BUSY ? CODE_BUSY
                                    : CODE_IDLE_UNKNOWN;
}

/* ---- the connection ---- */

static void interrupted(void *handle)
{
    msiwatch_cancel(handle);
}

uint32_t cli_open(struct cli *cli)
{
    struct msiwatch_options options = {.size = sizeof options,
                                       .flags = MSIWATCH_OPEN_UNCONNECTED,
                                       .pipe = cli->common[COMMON_PIPE].text};
    uint32_t code = msiwatch_open(&options, &cli->handle);
    return code == CODE_OK ? CODE_OK : cli_fail(cli, code);
}

uint32_t cli_connect(struct cli *cli)
{
    return cli_connect_within(cli, 0);
}

uint32_t cli_connect_within(struct cli *cli, uint64_t start_timeout_ms)
{
    uint32_t code = cli_open(cli);
    if (code != CODE_OK) {
        return code;
    }
    console_on_interrupt(interrupted, cli->handle);
    code = msiwatch_connect(cli->handle, CONNECT_MS);
    if (start_timeout_ms > 0 && code_is_lost(code)) {
        code = msiwatch_reconnect(cli->handle, start_timeout_ms);
    }
    return code == CODE_OK ? CODE_OK : cli_fail(cli, code);
}

/* ---- failing ---- */

static const char *pipe_name(const struct cli *cli)
{
    const char *given = cli->common[COMMON_PIPE].text;
    const char *used = msiwatch_get_pipe(cli->handle);
    return used[0] != '\0' || given == NULL ? used : given;
}

/* Scripts should rely on only a few codes, so codes that mean the same to a script become one. */
static uint32_t exit_code(uint32_t code)
{
    switch (code) {
    case CODE_LOST:
    case CODE_NOT_CONNECTED:
        return CODE_NOT_ACTIVE;
    case CODE_NOT_SUPPORTED:
    case CODE_INTERNAL:
    case CODE_RETRY:
        return CODE_BAD_DATA;
    default:
        return code;
    }
}

static void explain_bad_parameter(struct text *line, const struct cli *cli, const char *message)
{
    const char *name = pipe_name(cli);
    if (message[0] != '\0') {
        text_addf(line, "the service refused the request: %s", message);
        json_add_refusal(line, msiwatch_get_json(cli->handle));
        text_addf(line, "; see msiwatch %s --help", cli->command);
    } else if (name[0] == '\0' && cli->handle != NULL) {
        text_add(line, "no pipe was named, and this system has no default pipe; use --pipe PATH or "
                       "set MSIWATCH_PIPE");
    } else {
        text_addf(
            line,
            "\"%s\" is not a pipe on this machine; give --pipe a bare name or \\\\.\\pipe\\NAME",
            name[0] == '\0' ? "MSIWATCH_PIPE" : name);
    }
}

static void explain_denied(struct text *line, const char *name, const struct msiwatch_error *error)
{
    if (error->code != 0) {
        text_addf(line, "the service does not allow this: %s; try as an administrator",
                  error->message);
    } else {
        text_addf(line,
                  "access to %s is denied, or a program other than the service answers there; try "
                  "as an administrator, or find out which program created that pipe",
                  name);
    }
}

/* Says what is wrong and what to do. `error` is what the service said, if it said anything. */
static void explain(struct text *line, const struct cli *cli, uint32_t code,
                    const struct msiwatch_error *error)
{
    const char *name = pipe_name(cli), *said = error->message;
    switch (code) {
    case CODE_NOT_ACTIVE:
        text_addf(line,
                  console_has_service()
                      ? "the service is not running (nothing answers at %s); start it with "
                        "\"msiwatchd start\", or check --pipe"
                      : "the service is not running: it is not installed (nothing answers at %s); "
                        "install it with \"msiwatchd install\", or check --pipe",
                  name);
        break;
    case CODE_LOST:
    case CODE_NOT_CONNECTED:
        text_addf(line, "the service went away before it answered%s%s; try again when it is back",
                  said[0] == '\0' ? "" : ": ", said);
        break;
    case CODE_DENIED:
        explain_denied(line, name, error);
        break;
    case CODE_BAD_PARAMETER:
        explain_bad_parameter(line, cli, said);
        break;
    case CODE_DEADLOCK:
        text_add(
            line,
            "msiwatch was started by the installation that it would wait for; do not wait there");
        break;
    case CODE_PIPE_BUSY:
        text_addf(line, "all connections to %s are in use; try again later", name);
        break;
    case CODE_BAD_DATA:
        text_addf(line,
                  "the answer from %s was not understood%s%s; check that MsiWatch's service "
                  "answers there, in this version or a later one",
                  name, said[0] == '\0' ? "" : ": ", said);
        break;
    case CODE_NOT_SUPPORTED:
        text_addf(line,
                  "the service does not know \"%s\"; it is older than this program: update it",
                  cli->command);
        break;
    case CODE_INTERNAL:
        text_addf(line, "the service could not answer: %s; see its log", said);
        break;
    case CODE_TIMEOUT:
        text_addf(line, "no answer from %s in time; check that the service is not stuck", name);
        break;
    case CODE_OVER_LIMIT:
        text_addf(line,
                  "the service's limit \"%s\" is reached; close other clients or try again later",
                  error->limit[0] == '\0' ? "unknown" : error->limit);
        break;
    case CODE_RETRY:
        text_add(line, "the service has started a new journal in the meantime; try again");
        break;
    case CODE_NO_MEMORY:
        text_add(line, "out of memory; close other programs and try again");
        break;
    default:
        text_addf(line, "Windows error %u at %s; \"net helpmsg %u\" explains it", (unsigned)code,
                  name, (unsigned)code);
        break;
    }
}

uint32_t cli_fail(struct cli *cli, uint32_t code)
{
    struct msiwatch_error error = {.size = sizeof error};
    struct text line = {0};
    if (code == CODE_CANCELLED) {
        return code; /* the user who pressed Ctrl-C knows why */
    }
    msiwatch_get_error(cli->handle, &error);
    explain(&line, cli, code, &error);
    code = cli_error(cli, exit_code(code), "%s", line.data == NULL ? "out of memory" : line.data);
    text_release(&line);
    return code;
}

uint32_t cli_fail_to_write(const struct cli *cli, const char *path, const char *option,
                           uint32_t code)
{
    switch (code) {
    case CODE_DENIED:
        return cli_error(cli, code, "access to \"%s\" is denied; give %s another file", path,
                         option);
    case CODE_NO_PATH:
        return cli_error(cli, code,
                         "there is no folder for \"%s\"; create it, or give %s another file", path,
                         option);
    case CODE_IS_FOLDER:
        return cli_error(cli, code, "\"%s\" is a folder; give %s a file", path, option);
    default:
        return cli_error(cli, code, "cannot write \"%s\"; is the disk full?", path);
    }
}
