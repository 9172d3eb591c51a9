/* main.c: the program msiwatch: the table of commands, their help, and the choice of the
 * command. */
#include "cli/commands.h"
#include "version.h"

#include <string.h>

const struct command *const cli_commands[] = {
    &command_status, &command_wait,    &command_run,       &command_turn, &command_hold,
    &command_watch,  &command_history, &command_about,     &command_top,  &command_metrics,
    &command_doctor, &command_report,  &command_completion};

const size_t cli_command_count = sizeof cli_commands / sizeof cli_commands[0];

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        if (strcmp(cli_commands[i]->name, name) == 0) {
            return cli_commands[i];
        }
    }
    return NULL;
}

static void add_general_help(struct text *out)
{
    text_add(
        out,
        "msiwatch shows whether Windows Installer is busy, and lets installations take turns.\n\n"
        "  msiwatch COMMAND [options]\n\n"
        "Commands\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        size_t start = out->size;
        text_addf(out, "  %s", cli_commands[i]->name);
        text_pad(out, start, 14);
        text_addf(out, "%s\n", cli_commands[i]->summary);
    }
    text_add(out, "\n"
                  "Common options\n");
    options_describe(cli_common, NULL, out);
    text_add(
        out,
        "\n"
        "For the options of a command, use \"msiwatch COMMAND --help\". The environment variable\n"
        "MSIWATCH_PIPE names the pipe if --pipe does not; a process with administrator rights\n"
        "ignores it.\n"
        "Exit codes are Windows error codes: 0 idle or done, 1618 busy, 21 unknown, 1062 the\n"
        "service is not running, 87 bad usage. Any command exits with 14 if memory runs out, and\n"
        "with 29 if it cannot write its output. An error is one line on standard error; with\n"
        "--json, {\"error\":{\"code\":87,\"message\":\"...\"}}.\n");
}

#define SYNOPSIS_COLUMNS 80u

/* The length of the next part of a synopsis, which stays on one line: it ends at a space before a
 * bracket that is not inside other brackets. */
static size_t synopsis_part(const char *at)
{
    int depth = 0;
    size_t size = 0;
    for (; at[size] != '\0' && !(depth == 0 && at[size] == ' ' && at[size + 1] == '['); size++) {
        depth += (at[size] == '[') - (at[size] == ']');
    }
    return size;
}

/* Adds "  msiwatch NAME [OPTION]...", in as many lines as it needs. */
static void add_synopsis(struct text *out, const struct command *command)
{
    struct text whole = {0};
    size_t line = out->size;
    text_addf(&whole, "%s%s%s[--pipe NAME]", command->usage, command->usage[0] == '\0' ? "" : " ",
              command->no_json == NULL ? "[--json] " : "");
    text_addf(&whole, "%s%s", command->rest == NULL ? "" : " ",
              command->rest == NULL ? "" : command->rest);
    text_addf(out, "  msiwatch %s", command->name);
    size_t indent = out->size - line;
    for (const char *at = whole.data; at != NULL && *at != '\0';) {
        size_t size = synopsis_part(at);
        if (out->size - line + 1 + size > SYNOPSIS_COLUMNS) {
            text_add(out, "\n");
            line = out->size;
            text_pad(out, line, indent);
        }
        text_add(out, " ");
        text_add_bytes(out, at, size);
        at += size + (at[size] == ' ');
    }
    text_add(out, "\n");
    out->failed = out->failed || whole.failed;
    text_release(&whole);
}

static void add_command_help(struct text *out, const struct command *command)
{
    text_addf(out, "msiwatch %s: %s\n\n", command->name, command->summary);
    add_synopsis(out, command);
    text_addf(out, "\n%s\n", command->about);
    text_add(out, "Options\n");
    options_describe(command->options, NULL, out);
    options_describe(cli_common, command->no_json == NULL ? NULL : &cli_common[COMMON_JSON], out);
    text_addf(out, "\n%s", command->notes);
}

static uint32_t print_help(struct cli *cli, const struct command *command)
{
    cli->powershell = false; /* it is no JSON */
    if (command == NULL) {
        add_general_help(&cli->out);
    } else {
        add_command_help(&cli->out, command);
    }
    return cli_finish(cli, CODE_OK);
}

static uint32_t print_version(struct cli *cli)
{
    text_add(&cli->out, "msiwatch " MSIWATCH_VERSION "\n");
    return cli_finish(cli, CODE_OK);
}

static uint32_t bad_usage(const struct cli *cli, struct text *wrong)
{
    cli_error(cli, CODE_BAD_PARAMETER, "%s", wrong->data == NULL ? "out of memory" : wrong->data);
    text_release(wrong);
    return CODE_BAD_PARAMETER;
}

/* How many letters must be changed, added, left out or swapped with their neighbour to turn `a`
 * into `b`. Both words are shorter than this. */
#define WORD_MAX 16u

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t word_distance(const char *a, const char *b)
{
    size_t rows[WORD_MAX][WORD_MAX];
    size_t rows_used = strlen(a), columns = strlen(b);
    for (size_t i = 0; i <= rows_used; i++) {
        for (size_t j = 0; j <= columns; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            size_t changed = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            rows[i][j] = least(changed, least(rows[i - 1][j], rows[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
            }
        }
    }
    return rows[rows_used][columns];
}

/* The command that is most like `word`: at most two letters different, but not all of them. */
static const struct command *most_like(const char *word)
{
    const struct command *best = NULL;
    size_t nearest = 3;
    for (size_t i = 0; strlen(word) < WORD_MAX && i < cli_command_count; i++) {
        size_t distance = word_distance(word, cli_commands[i]->name);
        if (distance < nearest && distance * 2 < strlen(cli_commands[i]->name)) {
            nearest = distance;
            best = cli_commands[i];
        }
    }
    return best;
}

static uint32_t unknown_command(const struct cli *cli, const char *word)
{
    const struct command *meant = most_like(word);
    if (meant == NULL) {
        return cli_error(cli, CODE_BAD_PARAMETER, "unknown command \"%s\"; see msiwatch --help",
                         word);
    }
    return cli_error(cli, CODE_BAD_PARAMETER,
                     "unknown command \"%s\"; did you mean %s? See msiwatch --help", word,
                     meant->name);
}

/* `argv` begins with the word "help". */
static uint32_t run_help(struct cli *cli, int argc, char **argv)
{
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;
    if (argc > 2 || (argc == 2 && command == NULL)) {
        return unknown_command(cli, argv[argc - 1]);
    }
    return print_help(cli, command);
}

/* Finds "--"; what comes after it belongs to another program. Returns how many arguments come
 * before it. */
static int find_rest(struct cli *cli, int argc, char **argv, int word)
{
    for (int i = word + 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            cli->rest = argv;
            cli->rest_index = i;
            return i;
        }
    }
    return argc;
}

/* Reads a command's options, and the words between them. */
static bool read_command(struct cli *cli, const struct command *command, int argc, char **argv,
                         struct text *wrong)
{
    char *name = argv[0];
    for (unsigned count = 0;; count++) {
        int end;
        bool words = count < command->words;
        if (!options_read(cli_common, cli->common, command->options, cli->own, argc, argv, words,
                          &end, wrong)) {
            return false;
        }
        if (end == argc) {
            return true;
        }
        cli->words[count] = argv[end];
        argv[end] = name; /* messages say that the next options belong to this */
        argv += end;
        argc -= end;
    }
}

static uint32_t run_program(struct cli *cli, int argc, char **argv)
{
    struct text wrong = {0};
    int word;
    if (!options_read(cli_common, cli->common, no_options, cli->own, argc, argv, true, &word,
                      &wrong)) {
        return bad_usage(cli, &wrong);
    }
    if (cli->common[COMMON_VERSION].given) {
        return print_version(cli);
    }
    if (cli->common[COMMON_HELP].given) {
        return run_help(cli, argc - word + (word < argc), argv + word - (word < argc));
    }
    if (word == argc) {
        return cli_error(cli, CODE_BAD_PARAMETER, "no command was given; see msiwatch --help");
    }
    if (strcmp(argv[word], "help") == 0) {
        return run_help(cli, argc - word, argv + word);
    }
    const struct command *command = find_command(argv[word]);
    if (command == NULL) {
        return unknown_command(cli, argv[word]);
    }
    cli->command = command->name;
    cli->prefix = command->rest == NULL ? "" : "run: "; /* "run" is not the only program whose
                                                         * messages appear here */
    argc = command->rest == NULL ? argc : find_rest(cli, argc, argv, word);
    if (!read_command(cli, command, argc - word, argv + word, &wrong)) {
        return bad_usage(cli, &wrong);
    }
    if (cli->common[COMMON_VERSION].given) {
        return print_version(cli);
    }
    if (cli->common[COMMON_HELP].given) {
        return print_help(cli, command);
    }
    if (command->no_json != NULL && cli_wants_json(cli)) {
        return cli_error(cli, CODE_BAD_PARAMETER, "%s", command->no_json);
    }
    return command->run(cli);
}

uint32_t msiwatch_main(int argc, char **argv)
{
    char name[] = "msiwatch";
    static struct cli cli; /* static, with its handle: Ctrl-C may use them until the process ends */
    if (argc < 1) {
        return CODE_BAD_PARAMETER;
    }
    cli.command = cli.prefix = "";
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) { /* the rest is not ours */
        cli.powershell = cli.powershell || strcmp(argv[i], "--json=powershell") == 0;
        cli.json = cli.json || cli.powershell || strcmp(argv[i], "--json") == 0;
    }
    argv[0] = name; /* whatever the file is called, messages say "msiwatch" */
    uint32_t code = run_program(&cli, argc, argv);
    text_release(&cli.out);
    return code;
}
