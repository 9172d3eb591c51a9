/* past.h: reads the events of a time from the journal, for what is computed from many of them.
 * Results are those of the library (lib/codes.h). */
#ifndef MSIWATCH_CLI_PAST_H
#define MSIWATCH_CLI_PAST_H

#include "msiwatch.h"

#include <stdbool.h>
#include <stdint.h>

/* How long to wait for each answer of the service. */
#define PAST_ANSWER_MS 10000u

/* Calls `take` for each event; `json` is its text, but "" for a transition that is not to busy.
 * CODE_OK: these were all. */
uint32_t past_read(struct msiwatch *handle, const struct msiwatch_history_query *query,
                   void (*take)(void *arg, const struct msiwatch_event *event, const char *json),
                   void *arg);

/* Sets *after to the seq after which to read, so that the last transition before since_ms, which
 * gives the state at that time, is read, too. */
uint32_t past_begin(struct msiwatch *handle, int64_t since_ms, uint64_t *after);

#endif
