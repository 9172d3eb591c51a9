/* past.h: reads events of the journal for what is made of many of them. Results are the library's
 * (lib/codes.h). */
#ifndef MSIWATCH_CLI_PAST_H
#define MSIWATCH_CLI_PAST_H

#include "msiwatch.h"

#include <stdbool.h>
#include <stdint.h>

/* Each answer of the service is waited for as long as that. */
#define PAST_ANSWER_MS 10000u

/* Calls back for each event; `json` is its text, "" for a transition that is not to
 * busy. CODE_OK: these were all. */
uint32_t past_read(struct msiwatch *handle, const struct msiwatch_history_query *query,
                   void (*take)(void *arg, const struct msiwatch_event *event, const char *json),
                   void *arg);

/* *after: the seq behind which reading begins, so that the last transition before since_ms, which
 * says what was at that time, is among what is read. */
uint32_t past_begin(struct msiwatch *handle, int64_t since_ms, uint64_t *after);

#endif
