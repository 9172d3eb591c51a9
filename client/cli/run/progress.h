/* progress.h: says in one line what `msiwatch run` waits for while it waits for a turn. Reads the
 * service's JSON; everything in it comes from outside, and is made harmless in the line. Pure
 * functions. */
#ifndef MSIWATCH_CLI_PROGRESS_H
#define MSIWATCH_CLI_PROGRESS_H

#include "cli/base/text.h"
#include "cli/base/time_text.h"
#include "common/model.h"
#include "msiwatch.h"

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool told;                       /* the service has sent our position */
    uint64_t ahead;                  /* how many clients are before us */
    struct turns_brief turns;        /* what it sent with that */
    char holder[MSIWATCH_TEXT_SIZE]; /* who has the turn: "setup.msi (msiwatch.exe 977)"; or "" */
    char busy[MSIWATCH_TEXT_SIZE];   /* what is being installed, or by which program; or "" */
};

/* Reads the params of the notification `turn` of a turn that waits. */
void progress_hear(struct progress *progress, const char *json);

/* Reads a Status. */
void progress_see(struct progress *progress, const char *json);

/* Adds "Waiting for Windows Installer for 3 min 0 s, behind Contoso Agent 4.2 (msiexec.exe 4242);
 * 2 ahead of you. Do not end msiexec." Without a newline. */
void progress_add_line(struct text *out, const struct progress *progress, uint64_t waited_ms,
                       when_offset *offset);

#endif
