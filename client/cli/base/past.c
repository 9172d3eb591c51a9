/* past.c: reads the events of a time from the journal, for what is computed from many of them. */
#include "cli/base/past.h"

#include "lib/codes.h"

/* Between two transitions there are only the events that say what was installed, so the last
 * transition before a moment is among this many events. */
#define LOOK_BACK 64u

uint32_t past_read(struct msiwatch *handle, const struct msiwatch_history_query *query,
                   void (*take)(void *arg, const struct msiwatch_event *event, const char *json),
                   void *arg)
{
    uint32_t code = msiwatch_history_begin(handle, query, PAST_ANSWER_MS);
    while (code == CODE_OK) {
        struct msiwatch_event event = {.size = sizeof event};
        code = msiwatch_history_next(handle, PAST_ANSWER_MS, &event);
        if (code == CODE_OK) {
            bool plain = event.kind == MSIWATCH_EVENT_TRANSITION && event.to != MSIWATCH_BUSY;
            take(arg, &event, plain ? "" : msiwatch_get_json(handle));
        }
    }
    return code == CODE_NO_MORE ? CODE_OK : code;
}

uint32_t past_begin(struct msiwatch *handle, int64_t since_ms, uint64_t *after)
{
    struct msiwatch_history_query query = {
        .size = sizeof query, .newest_first = 1, .limit = LOOK_BACK, .until_ms = since_ms};
    uint32_t code = msiwatch_history_begin(handle, &query, PAST_ANSWER_MS);
    *after = 0;
    while (code == CODE_OK) {
        struct msiwatch_event event = {.size = sizeof event};
        code = msiwatch_history_next(handle, PAST_ANSWER_MS, &event);
        if (code == CODE_OK) {
            *after = event.seq - 1;
        }
        if (code == CODE_OK && event.kind == MSIWATCH_EVENT_TRANSITION) {
            return CODE_OK;
        }
    }
    return code == CODE_NO_MORE ? CODE_OK : code;
}
