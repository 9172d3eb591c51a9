/* cli.h: what the commands share: their table entry, the connection, output, and how they fail.
 *
 * A command returns the process's exit code, which is a Win32 error code (ARCHITECTURE.md, "Exit
 * codes"). Before that it has said what went wrong, in one line on standard error.
 */
#ifndef MSIWATCH_CLI_CLI_H
#define MSIWATCH_CLI_CLI_H

#include "lib/codes.h"
#include "cli/base/console.h"
#include "msiwatch.h"
#include "cli/base/options.h"
#include "cli/base/show.h"
#include "cli/base/text.h"

/* How long the service may take for an answer that it does not have to wait for. */
#define CLI_ANSWER_MS 10000u

/* The options that every command has, by their index in cli_common. */
enum { COMMON_PIPE, COMMON_JSON, COMMON_HELP, COMMON_VERSION, COMMON_COUNT };
extern const struct option cli_common[COMMON_COUNT + 1];

/* The most words that a command takes besides its options. */
#define CLI_WORDS_MAX 2u

struct cli {
    const char *command; /* its name */
    const char *prefix;  /* what its lines on standard error begin with */
    struct given common[OPTIONS_MAX];
    struct given own[OPTIONS_MAX];
    struct msiwatch *handle;              /* after cli_connect */
    struct text out;                      /* what will be printed next */
    bool output_gone;                     /* nobody reads standard output any more */
    uint32_t output_code;                 /* CODE_OK, or why nothing can be printed any more */
    const char *words[CLI_WORDS_MAX + 1]; /* the arguments that are no options, NULL after the
                                           * last */
    char **rest;     /* the program's arguments, if "--" is among them; otherwise NULL */
    int rest_index;  /* the index of the first one after "--" */
    bool json;       /* --json is among the arguments, even if they are wrong */
    bool powershell; /* in the form of --json=powershell */
};

struct command {
    const char *name;
    const char *summary; /* one line */
    const char *usage;   /* what follows the name in the synopsis */
    const char *about;   /* paragraphs */
    const char *notes;   /* exit codes and examples, after the options */
    const struct option *options;
    const char *rest;    /* what follows "--" in the synopsis; NULL: the command takes no "--" */
    unsigned words;      /* how many words it takes besides options */
    const char *actions; /* the values of the first word, separated by |; NULL: any */
    const char *no_json; /* why it takes no --json; NULL: it takes it */
    uint32_t (*run)(struct cli *cli);
};

static inline bool cli_wants_json(const struct cli *cli)
{
    return cli->common[COMMON_JSON].given;
}

/* Makes the handle, not yet connected. Returns CODE_OK, or an exit code after saying what is
 * wrong. */
uint32_t cli_open(struct cli *cli);

/* Makes the handle and connects it, with one try; from then on Ctrl-C cancels. Returns CODE_OK, or
 * an exit code after saying what is wrong. */
uint32_t cli_connect(struct cli *cli);

/* Like cli_connect, but if the service is not running, waits this long for it. */
uint32_t cli_connect_within(struct cli *cli, uint64_t start_timeout_ms);

/* Says what a result of the library means, and returns the exit code for it. */
uint32_t cli_fail(struct cli *cli, uint32_t code);

/* Says that the file that OPTION named cannot be created or written, and returns the exit code. */
uint32_t cli_fail_to_write(const struct cli *cli, const char *path, const char *option,
                           uint32_t code);

/* Says in one line on standard error what went wrong: "msiwatch: ..."; with --json an object,
 * {"error":{"code":87,"message":"..."}}. Returns `code`, which is the exit code. */
uint32_t cli_error(const struct cli *cli, uint32_t code, const char *format, ...)
    TEXT_PRINTF_AT(3, 4);

/* The same for a notice, which is no failure; with --json {"notice":"..."}. */
void cli_notice(const struct cli *cli, const char *format, ...) TEXT_PRINTF_AT(2, 3);

/* Prints cli->out and empties it. False: nothing can be printed any more, and the command ends with
 * cli_output_code. */
bool cli_print(struct cli *cli);

/* Returns `code`, or why output failed. If the reader has gone away, that is no failure. */
uint32_t cli_output_code(const struct cli *cli, uint32_t code);

/* Prints cli->out at the end of a command, and returns the exit code. */
uint32_t cli_finish(struct cli *cli, uint32_t code);

/* Adds the library's last answer, one line of JSON, to cli->out. */
void cli_add_json(struct cli *cli);

/* Adds an event: as JSON with --json, otherwise as a row of the table if `csv`, or as a line.
 * `json` is the event's own text. */
void cli_add_event(const struct cli *cli, struct text *out, bool csv,
                   const struct msiwatch_event *event, const char *json);

/* Whether the output has one form. False: --json and --csv were both given, and that was said. */
bool cli_has_one_form(const struct cli *cli, bool csv);

/* The exit code for a state: 0 idle, 1618 busy, 21 unknown. */
uint32_t cli_state_code(uint32_t state);

#endif
