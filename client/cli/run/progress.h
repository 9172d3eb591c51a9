/* progress.h: what is waited for while a turn is, in one line. Reads the service's JSON; everything
 * in it comes from outside, and is made harmless in the line. Pure functions. */
#ifndef MSIWATCH_CLI_PROGRESS_H
#define MSIWATCH_CLI_PROGRESS_H

#include "cli/base/text.h"
#include "cli/base/time_text.h"
#include "msiwatch.h"

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool told;             /* the service has said where we stand */
    uint64_t ahead;        /* so many that wait are before us */
    bool held;             /* an administrator holds the queue */
    int64_t held_until_ms; /* 0: not known, or until it is lifted */
    char why[MSIWATCH_TEXT_SIZE];
    char holder[MSIWATCH_TEXT_SIZE]; /* who has the turn: "setup.msi (msiwatch.exe 977)"; "" */
    char busy[MSIWATCH_TEXT_SIZE];   /* what is installed, or by whom; "" */
};

/* Takes the params of the notification `turn` while it waits. */
void progress_hear(struct progress *progress, const char *json);

/* Takes a Status. */
void progress_see(struct progress *progress, const char *json);

/* "Waiting for Windows Installer: Contoso Agent 4.2 (msiexec.exe 4242) for 3 min; 2 ahead of you.
 * Ending msiexec is not a solution." Without a line's end. */
void progress_add_line(struct text *out, const struct progress *progress, uint64_t waited_ms,
                       when_offset *offset);

#endif
