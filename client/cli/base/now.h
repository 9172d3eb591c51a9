/* now.h: what a Status says beside the state: what stands still, which restart is pending, whose
 * turn it is. Texts come from outside: before they are printed, they must be made harmless; "" is
 * what is not known. Pure functions. */
#ifndef MSIWATCH_CLI_NOW_H
#define MSIWATCH_CLI_NOW_H

#include "cli/base/text.h"
#include "msiwatch.h"

#include <stdbool.h>
#include <stdint.h>

struct now {
    char reboot[MSIWATCH_NAME_SIZE];    /* "none", "required", "initiated" */
    char reboot_by[MSIWATCH_TEXT_SIZE]; /* the product that wants it */
    int64_t reboot_at_ms;               /* 0: not known */
    bool stalled;
    uint64_t still_ms;                /* for this long nothing has moved */
    char holder[MSIWATCH_TEXT_SIZE];  /* of the turn that is out: its label, or its program */
    char program[MSIWATCH_TEXT_SIZE]; /* the file's name of that program */
    uint32_t holder_pid;              /* 0: none is out */
    int64_t holder_since_ms;
    uint64_t waiting;                    /* so many wait for a turn */
    bool held;                           /* nobody gets a turn, */
    char held_until[MSIWATCH_NAME_SIZE]; /* until then; "": until that is lifted */
    char held_why[MSIWATCH_TEXT_SIZE];
};

/* Reads a Status' JSON. */
void now_read(struct now *now, const char *json);

/* Of those who wait for a turn so many are named. */
#define NOW_WAITERS 3u

/* Reads the result of turn.list: who waits, the next first; "": no more. */
void now_read_waiters(char names[NOW_WAITERS][MSIWATCH_NAME_SIZE], const char *json);

/* Whether Windows must be restarted. */
bool now_wants_restart(const struct now *now);

#endif
