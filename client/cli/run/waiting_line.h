/* waiting_line.h: prints on standard error the line in which `msiwatch run` says what it waits for.
 * On a terminal it is overwritten once a second; elsewhere there is a new one every 30 s. */
#ifndef MSIWATCH_CLI_WAITING_LINE_H
#define MSIWATCH_CLI_WAITING_LINE_H

#include "cli/base/cli.h"
#include "cli/run/progress.h"

/* How often to call waiting_line_hear. */
#define WAITING_LINE_MS 1000u

struct waiting_line {
    const struct cli *cli;
    struct progress progress;
    struct msiwatch *looking; /* a second connection, made when needed, because the first one
                               * waits */
    bool quiet;
    bool waits;
    unsigned width; /* of the terminal; 0: there is none */
    unsigned shown; /* how many characters the line on the terminal has */
    uint64_t begun, written, looked;
};

void waiting_line_new(struct waiting_line *line, const struct cli *cli, bool quiet);
void waiting_line_free(struct waiting_line *line);

/* The wait begins, or continues on another connection; and the wait ends: clears the line. */
void waiting_line_begin(struct waiting_line *line);
void waiting_line_end(struct waiting_line *line, bool over);

/* What the service said about the turn; NULL: nothing, but time has passed. */
void waiting_line_hear(struct waiting_line *line, const char *json);

#endif
