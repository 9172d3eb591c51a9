/* now.h: reads what a Status says besides the state: whether something has stalled, which restart
 * is pending, whose turn it is. Texts come from outside, so make them harmless before printing
 * them; "" means not known. Pure functions. */
#ifndef MSIWATCH_CLI_NOW_H
#define MSIWATCH_CLI_NOW_H

#include "cli/base/text.h"
#include "msiwatch.h"

#include <stdbool.h>
#include <stdint.h>

struct now {
    char reboot[MSIWATCH_NAME_SIZE];    /* "none", "required", "initiated" */
    char reboot_by[MSIWATCH_TEXT_SIZE]; /* the product that asked for it */
    int64_t reboot_at_ms;               /* 0: not known */
    bool stalled;
    uint64_t still_ms;                /* how long nothing has moved */
    char holder[MSIWATCH_TEXT_SIZE];  /* of the current turn: its label, or its program */
    char program[MSIWATCH_TEXT_SIZE]; /* the file name of the holder's program */
    uint32_t holder_pid;              /* 0: there is no current turn */
    int64_t holder_since_ms;
    uint64_t waiting;                    /* how many wait for a turn */
    bool held;                           /* there is a hold: nobody gets a turn */
    char held_until[MSIWATCH_NAME_SIZE]; /* when the hold ends; "": when somebody lifts it */
    char held_why[MSIWATCH_TEXT_SIZE];
};

/* Reads a Status (JSON). */
void now_read(struct now *now, const char *json);

/* How many waiting clients are named. */
#define NOW_WAITERS 3u

/* Reads the result of turn.list: who waits, the next one first; "": no more. */
void now_read_waiters(char names[NOW_WAITERS][MSIWATCH_NAME_SIZE], const char *json);

/* Whether Windows must be restarted. */
bool now_wants_restart(const struct now *now);

#endif
