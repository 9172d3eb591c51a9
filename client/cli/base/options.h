/* options.h: reads a command's options against its table, and prints that table for --help.
 * No system calls; the only memory is the caller's. */
#ifndef MSIWATCH_CLI_OPTIONS_H
#define MSIWATCH_CLI_OPTIONS_H

#include "cli/base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,     /* any but an empty one */
    OPTION_WORD,     /* one of `takes`, which are separated by | */
    OPTION_NUMBER,   /* from `bound` to 2^64 - 2 */
    OPTION_DURATION, /* milliseconds into `number` */
    OPTION_MOMENT    /* left as text: moment_parse reads it */
};

struct option {
    const char *name; /* without the dashes; NULL ends a table */
    enum option_kind kind;
    const char *takes; /* the value's name in the help; NULL for a flag */
    const char *help;  /* may have several lines */
    uint64_t bound;    /* numbers: the least; durations: the most, 0: none */
};

/* A table without any. */
extern const struct option no_options[];

/* What was given for the option of the same place in the table. */
struct given {
    bool given;
    const char *text; /* the argument's own memory */
    uint64_t number;
};

/* Of a table, its end not counted. */
#define OPTIONS_MAX 16u

/* Reads argv[1..argc) against two tables; argv[0] is whose options they are. `stop_at_word`: the
 * first argument that is no option ends the reading, and *rest is its place in argv (argc if there
 * is none); else such an argument is an error. An option given twice has the last value.
 * False: *wrong gets one line, what is wrong and what to do. */
bool options_read(const struct option *common, struct given *common_given, const struct option *own,
                  struct given *own_given, int argc, char **argv, bool stop_at_word, int *rest,
                  struct text *wrong);

/* A line or more for each option of the table but `except` (NULL: all). */
void options_describe(const struct option *table, const struct option *except, struct text *out);

#endif
