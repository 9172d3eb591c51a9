/* options.c: reads the options of a command by its table. */
#include "cli/base/options.h"

#include "cli/base/time_text.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 22u

const struct option no_options[] = {{NULL, OPTION_FLAG, NULL, NULL, 0}};

/* The arguments, and the tables by which they are read. */
struct reading {
    int argc;
    char **argv;
    int at;
    struct text *wrong;
};

/* Adds "; see msiwatch watch --help", or the program's own help. */
static void point_to_help(struct reading *reading)
{
    bool command = strcmp(reading->argv[0], "msiwatch") != 0;
    text_addf(reading->wrong, "; see msiwatch %s%s--help", command ? reading->argv[0] : "",
              command ? " " : "");
}

static bool wrong_argument(struct reading *reading, const char *what, const char *argument)
{
    text_addf(reading->wrong, "%s \"", what);
    text_add_outside(reading->wrong, argument);
    text_add(reading->wrong, "\"");
    point_to_help(reading);
    return false;
}

/* Finds the option that `argument` (without its dashes) names, up to a '='; *value is what follows
 * the '='. */
static const struct option *find(const struct option *table, const char *argument,
                                 const char **value)
{
    const char *equals = strchr(argument, '=');
    size_t length = equals == NULL ? strlen(argument) : (size_t)(equals - argument);
    *value = equals == NULL ? NULL : equals + 1;
    for (; table->name != NULL; table++) {
        if (strlen(table->name) == length && memcmp(table->name, argument, length) == 0) {
            return table;
        }
    }
    return NULL;
}

/* The largest number stands for one that is too large. */
static bool number_parse(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *out != UINT64_MAX;
}

/* Adds what values an option takes, for a message. */
static void add_takes(struct text *out, const struct option *option)
{
    switch (option->kind) {
    case OPTION_WORD:
        text_add(out, option->takes);
        break;
    case OPTION_NUMBER:
        text_addf(out, "a number of at least %" PRIu64, option->bound);
        break;
    case OPTION_DURATION:
        text_add(out, DURATION_TAKES);
        break;
    case OPTION_MOMENT:
        text_add(out, TIME_TAKES);
        break;
    case OPTION_TEXT:
    case OPTION_FLAG:
        break; /* any text except an empty one, which is no value */
    }
}

static int no_offset(int64_t wall_ms)
{
    (void)wall_ms;
    return 0;
}

/* Whether the option takes this value. */
static bool take_value(const struct option *option, const char *value, struct given *given)
{
    int64_t moment;
    given->given = true;
    given->text = value;
    switch (option->kind) {
    case OPTION_TEXT:
        return value[0] != '\0';
    case OPTION_WORD:
        return words_place(option->takes, value) >= 0;
    case OPTION_NUMBER:
        return number_parse(value, &given->number) && given->number >= option->bound;
    case OPTION_DURATION:
        return duration_parse(value, &given->number);
    case OPTION_MOMENT: /* whether it is a time does not depend on where and when */
        return moment_parse(value, 0, no_offset, &moment);
    case OPTION_FLAG:
        break;
    }
    return false;
}

/* Takes the option at reading->at, and its value if that is an argument of its own. */
static bool take_option(struct reading *reading, const struct option *option, const char *value,
                        struct given *given)
{
    if (option->kind == OPTION_FLAG) {
        if (value != NULL && (option->takes == NULL || strcmp(value, option->takes) != 0)) {
            text_addf(reading->wrong, "--%s takes no value%s%s", option->name,
                      option->takes == NULL ? "" : " other than ",
                      option->takes == NULL ? "" : option->takes);
            point_to_help(reading);
            return false;
        }
        given->given = true;
        return true;
    }
    if (value == NULL && reading->at + 1 < reading->argc &&
        strncmp(reading->argv[reading->at + 1], "--", 2) != 0) {
        value = reading->argv[++reading->at];
    }
    if (value != NULL && take_value(option, value, given)) {
        if (option->kind != OPTION_DURATION || option->bound == 0 ||
            given->number <= option->bound) {
            return true;
        }
        text_addf(reading->wrong, "--%s takes at most %" PRIu64 " seconds", option->name,
                  option->bound / 1000);
        point_to_help(reading);
        return false;
    }
    if (option->kind == OPTION_TEXT) {
        text_addf(reading->wrong, "--%s needs %s %s", option->name,
                  strchr("AEIOU", option->takes[0]) != NULL ? "an" : "a", option->takes);
        point_to_help(reading);
        return false;
    }
    if (value == NULL) {
        text_addf(reading->wrong, "--%s needs a value", option->name);
    } else {
        text_addf(reading->wrong, "invalid --%s \"", option->name);
        text_add_outside(reading->wrong, value);
        text_add(reading->wrong, "\"");
    }
    text_add(reading->wrong, "; use ");
    add_takes(reading->wrong, option);
    return false;
}

bool options_read(const struct option *common, struct given *common_given, const struct option *own,
                  struct given *own_given, int argc, char **argv, bool stop_at_word, int *rest,
                  struct text *wrong)
{
    struct reading reading = {argc, argv, 1, wrong};
    for (; reading.at < argc; reading.at++) {
        const char *argument = argv[reading.at], *value;
        if (strcmp(argument, "-h") == 0 || strcmp(argument, "-?") == 0 ||
            strcmp(argument, "/?") == 0) {
            argument = "--help";
        }
        if (argument[0] != '-') {
            if (stop_at_word) {
                break;
            }
            return wrong_argument(&reading, "unexpected argument", argument);
        }
        if (strncmp(argument, "--", 2) != 0) {
            return wrong_argument(&reading, "unknown option", argument);
        }
        const struct option *option = find(common, argument + 2, &value);
        struct given *given = option == NULL ? NULL : common_given + (option - common);
        if (option == NULL) {
            option = find(own, argument + 2, &value);
            given = option == NULL ? NULL : own_given + (option - own);
        }
        if (option == NULL) {
            return wrong_argument(&reading, "unknown option", argument);
        }
        if (!take_option(&reading, option, value, given)) {
            return false;
        }
    }
    *rest = reading.at;
    return true;
}

void options_describe(const struct option *table, const struct option *except, struct text *out)
{
    for (; table->name != NULL; table++) {
        if (table == except) {
            continue;
        }
        size_t start = out->size;
        text_addf(out, "  --%s", table->name);
        if (table->takes != NULL && table->kind != OPTION_FLAG) {
            text_addf(out, " %s", table->takes);
        }
        text_add(out, out->size - start < HELP_COLUMN - 1 ? " " : "\n");
        if (out->size > 0 && out->data != NULL && out->data[out->size - 1] == '\n') {
            start = out->size;
        }
        for (const char *line = table->help; line != NULL;) {
            const char *end = strchr(line, '\n');
            text_pad(out, start, HELP_COLUMN);
            text_add_bytes(out, line, end == NULL ? strlen(line) : (size_t)(end - line));
            text_add(out, "\n");
            start = out->size;
            line = end == NULL ? NULL : end + 1;
        }
    }
}
