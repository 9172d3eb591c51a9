/* cli.h: what the commands share: the table's entry, the connection, output, and how one fails.
 *
 * A command returns the process's exit code, which is a Win32 error code (ARCHITECTURE.md, "Exit
 * codes"), and has said what went wrong by then: one line on standard error.
 */
#ifndef MSIWATCH_CLI_CLI_H
#define MSIWATCH_CLI_CLI_H

#include "lib/codes.h"
#include "cli/base/console.h"
#include "msiwatch.h"
#include "cli/base/options.h"
#include "cli/base/show.h"
#include "cli/base/text.h"

/* How long the service may take for an answer that it has at hand. */
#define CLI_ANSWER_MS 10000u

/* Options that every command has, by their place in cli_common. */
enum { COMMON_PIPE, COMMON_JSON, COMMON_HELP, COMMON_VERSION, COMMON_COUNT };
extern const struct option cli_common[COMMON_COUNT + 1];

/* The most words that a command takes beside its options. */
#define CLI_WORDS_MAX 2u

struct cli {
    const char *command; /* its name */
    const char *prefix;  /* of what it says on standard error */
    struct given common[OPTIONS_MAX];
    struct given own[OPTIONS_MAX];
    struct msiwatch *handle;              /* after cli_connect */
    struct text out;                      /* what is to be printed next */
    bool output_gone;                     /* nobody reads standard output any more */
    uint32_t output_code;                 /* CODE_OK, or why nothing can be printed */
    const char *words[CLI_WORDS_MAX + 1]; /* that are no options, NULL after the last */
    char **rest;    /* the program's arguments, if "--" is among them; else NULL */
    int rest_index; /* where in them */
    bool json;      /* --json is among the arguments, whether or not they are right */
};

struct command {
    const char *name;
    const char *summary; /* one line */
    const char *usage;   /* what follows the name */
    const char *about;   /* paragraphs */
    const char *notes;   /* exit codes and examples, after the options */
    const struct option *options;
    const char *rest;    /* what is behind "--"; NULL: the command knows no "--" */
    unsigned words;      /* how many words it takes that are no options */
    const char *actions; /* what the first of them may be, separated by |; NULL: there are none */
    const char *no_json; /* why it takes no --json; NULL: it does */
    uint32_t (*run)(struct cli *cli);
};

static inline bool cli_wants_json(const struct cli *cli)
{
    return cli->common[COMMON_JSON].given;
}

/* Makes the handle and connects it once; Ctrl-C cancels from then on. CODE_OK, or an exit code, and
 * why has been said. */
uint32_t cli_connect(struct cli *cli);

/* The same, but a service that does not run yet is waited for, for this long. */
uint32_t cli_connect_within(struct cli *cli, uint64_t start_timeout_ms);

/* The exit code for a library's result that ends the command, after saying what it was. */
uint32_t cli_fail(struct cli *cli, uint32_t code);

/* The exit code for a file that OPTION named and that cannot be made or written, after saying why.
 */
uint32_t cli_fail_to_write(const struct cli *cli, const char *path, const char *option,
                           uint32_t code);

/* Whether the connection ended, in a way that connecting again may mend. */
bool cli_is_lost(uint32_t code);

/* Says on standard error, in one line, what went wrong: "msiwatch: ..."; with --json an object,
 * {"error":{"code":87,"message":"..."}}. Gives the code, which is the exit code. */
uint32_t cli_error(const struct cli *cli, uint32_t code, const char *format, ...)
    TEXT_PRINTF_AT(3, 4);

/* The same of what is worth knowing and no failure; with --json {"notice":"..."}. */
void cli_notice(const struct cli *cli, const char *format, ...) TEXT_PRINTF_AT(2, 3);

/* Prints cli->out and empties it. False when nothing can be printed any more: then the command ends
 * with cli_output_code. */
bool cli_print(struct cli *cli);

/* `code`, or why output failed. A reader who went away is no failure. */
uint32_t cli_output_code(const struct cli *cli, uint32_t code);

/* Prints cli->out, with which the command ends. */
uint32_t cli_finish(struct cli *cli, uint32_t code);

/* Adds a line of JSON, the library's last answer, to cli->out. */
void cli_add_json(struct cli *cli);

/* The exit code that a state stands for: 0 idle, 1618 busy, 21 unknown. */
uint32_t cli_state_code(uint32_t state);

#endif
