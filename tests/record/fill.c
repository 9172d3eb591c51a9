/* fill.c: a data folder with a journal of many events in it. */
#include "fill.h"

#include "journal/database.h"
#include "journal/event_json.h"
#include "journal/opening.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 1000 };

static bool append(struct database *database, uint64_t first, uint64_t end, uint64_t events,
                   int64_t last_ms)
{
    static struct database_row rows[ROWS];
    size_t count = 0;
    for (uint64_t seq = first; seq < end; seq++) {
        bool busy = seq % 2 != 0;
        struct event event = {
            .seq = seq,
            .at_ms = last_ms - (int64_t)(events - seq) * FILL_STEP_MS,
            .from = busy ? VERDICT_IDLE : VERDICT_BUSY,
            .to = seq == events ? VERDICT_UNKNOWN
                  : busy        ? VERDICT_BUSY
                                : VERDICT_IDLE,
            .reasons = busy && seq != events ? REASON_MUTEX : 0,
            .after_known = true,
            .after_ms = FILL_STEP_MS,
        };
        rows[count].seq = seq;
        rows[count].json = event_json(&event, &rows[count].size);
        if (rows[count++].json == NULL) {
            return false;
        }
    }
    struct problem problem = database_append(database, rows, count, &database_keep_all, "");
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)rows[i].json);
    }
    if (problem.outcome != OUTCOME_OK) {
        fprintf(stderr, "fill: %s\n", problem.words);
    }
    return problem.outcome == OUTCOME_OK;
}

int fill_folder(const char *folder, uint64_t events, int64_t last_ms)
{
    struct opening opening = {.folder = folder, .may_quarantine = true};
    opening_run(&opening);
    bool ok = opening.problem.outcome == OUTCOME_OK;
    if (!ok) {
        fprintf(stderr, "fill: %s\n", opening.problem.words);
    }
    for (uint64_t seq = 1; ok && seq <= events; seq += ROWS) {
        uint64_t end = seq + ROWS <= events ? seq + ROWS : events + 1;
        ok = append(opening.database, seq, end, events, last_ms);
    }
    database_close(opening.database);
    files_unlock(opening.lock);
    return ok;
}
