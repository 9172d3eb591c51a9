/* completion.c: completion of the command line in PowerShell and in bash.
 *
 * A script consists of a table, which is made here, and a few lines that look things up in it. The
 * words before the cursor decide: after an option that takes a value, its values are offered;
 * otherwise options, and commands if there is none yet.
 */
#include "cli/base/completion.h"

#include "common/words.h"

#include <string.h>

/* The next option of a command: first its own options, then the common ones, except for --json if
 * it takes none. */
static const struct option *next_option(const struct completion *completion,
                                        const struct command *command, size_t *at)
{
    size_t own = 0;
    while (command != NULL && command->options[own].name != NULL) {
        own++;
    }
    if (*at < own) {
        return &command->options[(*at)++];
    }
    const struct option *option = &completion->common[(*at)++ - own];
    if (command != NULL && command->no_json != NULL && option == &completion->common[COMMON_JSON]) {
        option = &completion->common[(*at)++ - own];
    }
    return option->name == NULL ? NULL : option;
}

/* ---- PowerShell: a key is the name of a command, "" for none; a value is pairs of a word and what
 * it means ---- */

static const char head[] = "    param($wordToComplete, $commandAst, $cursorPosition)\n";

static const char tail[] =
    "    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |\n"
    "        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |\n"
    "        ForEach-Object { $_.ToString() })\n"
    "    $command = ''\n"
    "    $option = ''\n"
    "    foreach ($word in $before) {\n"
    "        if ($option) { $option = '' }\n"
    "        elseif ($valued -ccontains \"$command $word\" -or $valued -ccontains \" $word\") "
    "{ $option = $word }\n"
    "        elseif (-not $command -and $options.Contains($word)) { $command = $word }\n"
    "    }\n"
    "    if ($option) { $found = @($words[\"$command $option\"]) }\n"
    "    elseif ($command) { $found = $options[$command] }\n"
    "    else { $found = $commands + $options[''] }\n"
    "    if (-not $option -and $words.Contains(\"$command \")) "
    "{ $found = $words[\"$command \"] + $found }\n"
    "    for ($i = 0; $i + 1 -lt $found.Count; $i += 2) {\n"
    "        if ($found[$i].StartsWith($wordToComplete, "
    "[StringComparison]::OrdinalIgnoreCase)) {\n"
    "            [System.Management.Automation.CompletionResult]::new(\n"
    "                $found[$i], $found[$i], 'ParameterValue', $found[$i + 1])\n"
    "        }\n"
    "    }\n"
    "}\n";

/* Adds a PowerShell string in which no character is special, on one line. */
static void add_quoted(struct text *out, const char *text)
{
    text_add(out, "'");
    for (const char *at = text; *at != '\0'; at++) {
        text_add_bytes(out, *at == '\n' ? " " : at, 1);
        if (*at == '\'') {
            text_add(out, "'");
        }
    }
    text_add(out, "'");
}

static void add_pair(struct text *out, const char *word, const char *meaning)
{
    text_add(out, "            ");
    add_quoted(out, word);
    text_add(out, ", ");
    add_quoted(out, meaning);
}

static void add_options(struct text *out, const struct completion *completion,
                        const struct command *command)
{
    const char *before = "\n";
    const struct option *option;
    text_add(out, "        ");
    add_quoted(out, command == NULL ? "" : command->name);
    text_add(out, " = @(");
    for (size_t at = 0; (option = next_option(completion, command, &at)) != NULL;) {
        struct text word = {0};
        text_addf(&word, "--%s", option->name);
        text_add(out, before);
        add_pair(out, word.data == NULL ? "" : word.data, option->help);
        out->failed = out->failed || word.failed;
        text_release(&word);
        before = ",\n";
    }
    text_add(out, ")\n");
}

/* Adds the key of an option: 'wait --for'. */
static void add_key(struct text *out, const char *command, const struct option *option)
{
    struct text key = {0};
    text_addf(&key, "%s --%s", command, option->name);
    add_quoted(out, key.data == NULL ? "" : key.data);
    out->failed = out->failed || key.failed;
    text_release(&key);
}

static void add_valued(struct text *out, const char *command, const struct option *options)
{
    for (; options->name != NULL; options++) {
        if (options->kind != OPTION_FLAG) {
            text_add(out, "        ");
            add_key(out, command, options);
            text_add(out, "\n");
        }
    }
}

/* Adds pairs for words that need no explanation. */
static void add_pairs(struct text *out, const char *words)
{
    const char *before = "", *word;
    text_add(out, " = @(");
    for (size_t size; words_next(&words, &word, &size); before = ", ") {
        text_addf(out, "%s'%.*s', '%.*s'", before, (int)size, word, (int)size, word);
    }
    text_add(out, ")\n");
}

static void add_words(struct text *out, const struct command *command)
{
    if (command->actions != NULL) {
        text_addf(out, "        '%s '", command->name);
        add_pairs(out, command->actions);
    }
    for (const struct option *option = command->options; option->name != NULL; option++) {
        if (option->kind == OPTION_WORD) {
            text_add(out, "        ");
            add_key(out, command->name, option);
            add_pairs(out, option->takes);
        }
    }
}

void completion_add_powershell(struct text *out, const struct completion *completion)
{
    const char *program = completion->program;
    text_addf(out,
              "# Completion of %s in PowerShell. To have it always, put this line into $PROFILE:\n"
              "#   %s completion | Out-String | Invoke-Expression\n"
              "Register-ArgumentCompleter -Native -CommandName '%s', '%s.exe' -ScriptBlock {\n",
              program, program, program, program);
    text_add(out, head);
    text_add(out, "    $commands = @(");
    for (size_t i = 0; i < completion->count; i++) {
        text_add(out, i == 0 ? "\n" : ",\n");
        add_pair(out, completion->commands[i]->name, completion->commands[i]->summary);
    }
    text_add(out, ")\n    $options = @{\n");
    add_options(out, completion, NULL);
    for (size_t i = 0; i < completion->count; i++) {
        add_options(out, completion, completion->commands[i]);
    }
    text_add(out, "    }\n    $valued = @(\n");
    add_valued(out, "", completion->common);
    for (size_t i = 0; i < completion->count; i++) {
        add_valued(out, completion->commands[i]->name, completion->commands[i]->options);
    }
    text_add(out, "    )\n    $words = @{\n");
    for (size_t i = 0; i < completion->count; i++) {
        add_words(out, completion->commands[i]);
    }
    text_add(out, "    }\n");
    text_add(out, tail);
}

/* ---- bash ---- */

/* Adds the options of a command, or of the program, each after a space. */
static void add_bash_options(struct text *out, const struct completion *completion,
                             const struct command *command)
{
    const struct option *option;
    for (size_t at = 0; (option = next_option(completion, command, &at)) != NULL;) {
        text_addf(out, " --%s", option->name);
    }
}

/* Adds the words, each after a space. */
static void add_bash_words(struct text *out, const char *words)
{
    const char *word;
    for (size_t size; words_next(&words, &word, &size);) {
        text_addf(out, " %.*s", (int)size, word);
    }
}

/* Adds "'wait --for') words='idle busy' ;;", and the line of the command itself. */
static void add_bash_command(struct text *out, const struct completion *completion,
                             const struct command *command)
{
    for (const struct option *option = command->options; option->name != NULL; option++) {
        if (option->kind == OPTION_WORD) {
            text_addf(out, "    '%s --%s') words='", command->name, option->name);
            add_bash_words(out, option->takes);
            text_add(out, "' ;;\n");
        }
    }
    text_addf(out, "    '%s ') words='", command->name);
    add_bash_words(out, command->actions == NULL ? "" : command->actions);
    add_bash_options(out, completion, command);
    text_add(out, "' ;;\n");
}

static void add_bash_valued(struct text *out, const char *command, const struct option *options)
{
    for (; options->name != NULL; options++) {
        if (options->kind != OPTION_FLAG) {
            text_addf(out, "        %s' --%s') option=$word ;;\n", command, options->name);
        }
    }
}

void completion_add_bash(struct text *out, const struct completion *completion)
{
    const char *program = completion->program;
    text_addf(out,
              "# Completion of %s in bash. To have it always, put this line into ~/.bashrc:\n"
              "#   source <(%s completion --shell bash)\n"
              "_%s() {\n"
              "    local word words= command= option= i\n"
              "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
              "        word=${COMP_WORDS[i]}\n"
              "        if [[ $option ]]; then option= && continue; fi\n"
              "        case \"$command $word\" in\n",
              program, program, program);
    add_bash_valued(out, "*", completion->common);
    for (size_t i = 0; i < completion->count; i++) {
        add_bash_valued(out, completion->commands[i]->name, completion->commands[i]->options);
    }
    for (size_t i = 0; i < completion->count; i++) {
        text_addf(out, "        ' %s') command=$word ;;\n", completion->commands[i]->name);
    }
    text_add(out, "        esac\n"
                  "    done\n"
                  "    case \"$command $option\" in\n");
    for (size_t i = 0; i < completion->count; i++) {
        add_bash_command(out, completion, completion->commands[i]);
    }
    text_add(out, "    ' ') words='");
    for (size_t i = 0; i < completion->count; i++) {
        text_addf(out, " %s", completion->commands[i]->name);
    }
    add_bash_options(out, completion, NULL);
    text_addf(out,
              "' ;;\n"
              "    esac\n"
              "    COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
              "}\n"
              "complete -o default -F _%s %s %s.exe\n",
              program, program, program);
}
