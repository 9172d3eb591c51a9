/* waiting_line.h: the line by which `msiwatch run` says what it waits for: on a terminal one that
 * is written over once a second, elsewhere one every 30 s, on standard error. */
#ifndef MSIWATCH_CLI_WAITING_LINE_H
#define MSIWATCH_CLI_WAITING_LINE_H

#include "cli/base/cli.h"
#include "cli/run/progress.h"

/* How often waiting_line_hear is to be called. */
#define WAITING_LINE_MS 1000u

struct waiting_line {
    const struct cli *cli;
    struct progress progress;
    struct msiwatch *looking; /* a second connection, made when it is needed: the first one waits */
    bool quiet;
    bool waits;
    unsigned width; /* of the terminal; 0: there is none */
    unsigned shown; /* characters of the line there */
    uint64_t begun, written, looked;
};

void waiting_line_new(struct waiting_line *line, const struct cli *cli, bool quiet);
void waiting_line_free(struct waiting_line *line);

/* The waiting begins, or goes on at another connection; and ends: the line is gone. */
void waiting_line_begin(struct waiting_line *line);
void waiting_line_end(struct waiting_line *line, bool over);

/* What the service said of the turn; NULL: nothing, but time passed. */
void waiting_line_hear(struct waiting_line *line, const char *json);

#endif
