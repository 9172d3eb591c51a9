/* options.h: reads the options of a command by its table, and prints that table for --help. No
 * system calls; uses only the caller's memory. */
#ifndef MSIWATCH_CLI_OPTIONS_H
#define MSIWATCH_CLI_OPTIONS_H

#include "cli/base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,     /* no value, or after "=" the word `takes` */
    OPTION_TEXT,     /* any except an empty one */
    OPTION_WORD,     /* one of `takes`, which are separated by | */
    OPTION_NUMBER,   /* from `bound` to 2^64 - 2 */
    OPTION_DURATION, /* milliseconds into `number` */
    OPTION_MOMENT    /* stays text: moment_parse reads it */
};

struct option {
    const char *name; /* without the dashes; NULL ends a table */
    enum option_kind kind;
    const char *takes; /* the value's name in the help; NULL for an option without a value */
    const char *help;  /* may have several lines */
    uint64_t bound;    /* the least number; the longest duration (0: no limit) */
};

/* An empty table. */
extern const struct option no_options[];

/* What was given for the option with the same index in the table. */
struct given {
    bool given;
    const char *text; /* points into the argument */
    uint64_t number;
};

/* The most options of a table, not counting its end. */
#define OPTIONS_MAX 16u

/* Reads argv[1..argc) by two tables; messages name argv[0]. If `stop_at_word` is true, the first
 * argument that is no option ends the reading, and *rest is its index in argv (argc if there is
 * none); otherwise such an argument is an error. If an option is given twice, the last value
 * counts. False: adds one line to *wrong that says what is wrong and what to do. */
bool options_read(const struct option *common, struct given *common_given, const struct option *own,
                  struct given *own_given, int argc, char **argv, bool stop_at_word, int *rest,
                  struct text *wrong);

/* Adds one or more lines for each option of the table except `except` (NULL: all). */
void options_describe(const struct option *table, const struct option *except, struct text *out);

#endif
