/* log_repeats.h: holds back log lines that repeat too often. Pure; the caller holds a lock.
 *
 * If a text is logged again and again, its first LOG_REPEATS_WRITTEN lines within a minute are
 * written. How many more there were is written with the next line after that minute. So an error
 * that occurs at every sample does not push everything else out of the log.
 */
#ifndef MSIWATCH_SERVICE_LOG_REPEATS_H
#define MSIWATCH_SERVICE_LOG_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_REPEATS_WRITTEN 20u
#define LOG_REPEATS_TEXTS 8u /* how many texts are remembered at the same time */
#define LOG_REPEATS_TEXT 1024u
#define LOG_REPEATS_MS 60000u

struct log_repeated {
    char text[LOG_REPEATS_TEXT]; /* "" if this entry is unused */
    int level;
    uint64_t since_ms, times;
};

/* Ready to use when zeroed. */
struct log_repeats {
    struct log_repeated texts[LOG_REPEATS_TEXTS];
};

/* Returns the next text with lines held back whose minute is over; with UINT64_MAX as the time (the
 * log ends), whether or not it is over. *more is how many lines were held back. The result is valid
 * until the next call. NULL if there is none. */
const struct log_repeated *log_repeats_next(struct log_repeats *repeats, uint64_t now_ms,
                                            uint64_t *more);

/* Returns whether to write this text. First call log_repeats_next until it returns NULL. */
bool log_repeats_admit(struct log_repeats *repeats, uint64_t now_ms, int level, const char *text);

#endif
