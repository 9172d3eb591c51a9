/* completion.c: completion of the command line in PowerShell.
 *
 * The script is a table, which is made here, and a few lines that look things up in it. A key is a
 * command's name, "" for what is the same in all of them; a value is pairs of a word and what it
 * means.
 */
#include "cli/base/completion.h"

#include "common/words.h"

#include <string.h>

static const char head[] = "    param($wordToComplete, $commandAst, $cursorPosition)\n";

/* What comes before the word at the cursor decides: after an option that takes a value, that value;
 * else options, or commands as long as there is none. */
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
    "    elseif ($command) { $found = $options[$command] + $options[''] }\n"
    "    else { $found = $commands + $options[''] }\n"
    "    for ($i = 0; $i + 1 -lt $found.Count; $i += 2) {\n"
    "        if ($found[$i].StartsWith($wordToComplete, "
    "[StringComparison]::OrdinalIgnoreCase)) {\n"
    "            [System.Management.Automation.CompletionResult]::new(\n"
    "                $found[$i], $found[$i], 'ParameterValue', $found[$i + 1])\n"
    "        }\n"
    "    }\n"
    "}\n";

/* A string of PowerShell's that nothing in it is special in, on one line. */
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

static void add_options(struct text *out, const char *command, const struct option *options)
{
    text_add(out, "        ");
    add_quoted(out, command);
    text_add(out, " = @(");
    for (const char *before = "\n"; options->name != NULL; options++, before = ",\n") {
        struct text word = {0};
        text_addf(&word, "--%s", options->name);
        text_add(out, before);
        add_pair(out, word.data == NULL ? "" : word.data, options->help);
        out->failed = out->failed || word.failed;
        text_release(&word);
    }
    text_add(out, ")\n");
}

/* 'wait --for': the key of an option. */
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

static void add_words(struct text *out, const char *command, const struct option *options)
{
    for (; options->name != NULL; options++) {
        if (options->kind != OPTION_WORD) {
            continue;
        }
        text_add(out, "        ");
        add_key(out, command, options);
        text_add(out, " = @(");
        const char *before = "", *at = options->takes, *word;
        for (size_t size; words_next(&at, &word, &size); before = ", ") {
            /* A word that explains itself. */
            text_addf(out, "%s'%.*s', '%.*s'", before, (int)size, word, (int)size, word);
        }
        text_add(out, ")\n");
    }
}

void completion_add_powershell(struct text *out, const char *program,
                               const struct completion_command *commands, size_t count,
                               const struct option *common)
{
    text_addf(out,
              "# Completion of %s in PowerShell. To have it always, put this line into $PROFILE:\n"
              "#   %s completion | Out-String | Invoke-Expression\n"
              "Register-ArgumentCompleter -Native -CommandName '%s', '%s.exe' -ScriptBlock {\n",
              program, program, program, program);
    text_add(out, head);
    text_add(out, "    $commands = @(");
    for (size_t i = 0; i < count; i++) {
        text_add(out, i == 0 ? "\n" : ",\n");
        add_pair(out, commands[i].name, commands[i].summary);
    }
    text_add(out, ")\n    $options = @{\n");
    add_options(out, "", common);
    for (size_t i = 0; i < count; i++) {
        add_options(out, commands[i].name, commands[i].options);
    }
    text_add(out, "    }\n    $valued = @(\n");
    add_valued(out, "", common);
    for (size_t i = 0; i < count; i++) {
        add_valued(out, commands[i].name, commands[i].options);
    }
    text_add(out, "    )\n    $words = @{\n");
    for (size_t i = 0; i < count; i++) {
        add_words(out, commands[i].name, commands[i].options);
    }
    text_add(out, "    }\n");
    text_add(out, tail);
}
