/* log_repeats.c: holds back log lines that repeat too often. */
#include "base/log_repeats.h"

#include <stdio.h>
#include <string.h>

const struct log_repeated *log_repeats_next(struct log_repeats *repeats, uint64_t now_ms,
                                            uint64_t *more)
{
    for (size_t i = 0; i < LOG_REPEATS_TEXTS; i++) {
        struct log_repeated *one = &repeats->texts[i];
        if (one->times == 0 || (now_ms != UINT64_MAX && now_ms - one->since_ms < LOG_REPEATS_MS)) {
            continue;
        }
        *more = one->times > LOG_REPEATS_WRITTEN ? one->times - LOG_REPEATS_WRITTEN : 0;
        one->times = 0;
        if (*more > 0) {
            return one;
        }
    }
    return NULL;
}

/* Chooses the text to replace: the one that was logged least often, and the oldest of those. A text
 * with lines held back is not replaced, because their number would be lost. NULL if there is none
 * to replace. */
static struct log_repeated *find_place(struct log_repeats *repeats)
{
    struct log_repeated *place = NULL;
    for (size_t i = 0; i < LOG_REPEATS_TEXTS; i++) {
        struct log_repeated *one = &repeats->texts[i];
        bool may = one->times <= LOG_REPEATS_WRITTEN;
        bool better = place == NULL || one->times < place->times ||
                      (one->times == place->times && one->since_ms < place->since_ms);
        if (may && better) {
            place = one;
        }
    }
    return place;
}

bool log_repeats_admit(struct log_repeats *repeats, uint64_t now_ms, int level, const char *text)
{
    for (size_t i = 0; i < LOG_REPEATS_TEXTS; i++) {
        struct log_repeated *one = &repeats->texts[i];
        if (one->times > 0 && one->level == level && strcmp(one->text, text) == 0) {
            one->times++;
            return one->times <= LOG_REPEATS_WRITTEN;
        }
    }
    struct log_repeated *place = find_place(repeats);
    if (place != NULL) {
        snprintf(place->text, sizeof place->text, "%s", text);
        place->level = level;
        place->since_ms = now_ms;
        place->times = 1;
    }
    return true;
}
