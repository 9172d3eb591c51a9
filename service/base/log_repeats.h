/* log_repeats.h: which lines of a log are too many of the same. Pure; the caller's lock.
 *
 * Of a text that is logged again and again the first LOG_REPEATS_WRITTEN within a minute are
 * written; how many more there were is written when the minute is over, with the next line. So
 * what fails at every look does not push everything else out of the log.
 */
#ifndef MSIWATCH_SERVICE_LOG_REPEATS_H
#define MSIWATCH_SERVICE_LOG_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_REPEATS_WRITTEN 20u
#define LOG_REPEATS_TEXTS 8u /* that are remembered at once */
#define LOG_REPEATS_TEXT 1024u
#define LOG_REPEATS_MS 60000u

struct log_repeated {
    char text[LOG_REPEATS_TEXT]; /* "": none */
    int level;
    uint64_t since_ms, times;
};

/* Zeroed is a valid start. */
struct log_repeats {
    struct log_repeated texts[LOG_REPEATS_TEXTS];
};

/* The next text of which more came than were written: its minute is over, or, with UINT64_MAX as
 * the time, the log ends. *more: how many. It is forgotten by the next call. NULL: none. */
const struct log_repeated *log_repeats_next(struct log_repeats *repeats, uint64_t now_ms,
                                            uint64_t *more);

/* Whether this text is to be written. Ask log_repeats_next first, until it has none. */
bool log_repeats_admit(struct log_repeats *repeats, uint64_t now_ms, int level, const char *text);

#endif
