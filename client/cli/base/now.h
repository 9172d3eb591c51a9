/* now.h: reads a Status, and what else the service says about the present. Texts come from outside,
 * so make them harmless before printing them. Pure functions. */
#ifndef MSIWATCH_CLI_NOW_H
#define MSIWATCH_CLI_NOW_H

#include "common/wire.h"
#include "msiwatch.h"

/* Reads a Status (JSON); what is missing or wrong is not known. */
void now_read(struct status *now, const char *json);

/* What a turn is called: its label, or else its program; "" if neither is known. */
const char *now_turn_name(const struct turn_info *turn);

/* When the hold ends, as text; "": not known, or when somebody lifts it. */
const char *now_held_until(const struct turns_brief *turns, char at[MSIWATCH_TIME_CHARS + 1]);

/* How many waiting clients are named. */
#define NOW_WAITERS 3u

/* Reads the result of turn.list: who waits, the next one first; "": no more. */
void now_read_waiters(char names[NOW_WAITERS][MSIWATCH_NAME_SIZE], const char *json);

#endif
