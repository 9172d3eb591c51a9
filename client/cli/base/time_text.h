/* time_text.h: durations and times in the form in which people write and read them. Pure
 * functions. */
#ifndef MSIWATCH_CLI_TIME_TEXT_H
#define MSIWATCH_CLI_TIME_TEXT_H

#include "cli/base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* How --help and error messages describe them. */
#define DURATION_TAKES "500ms, 5s, 10m, 1h30m, 1d or 1w (a plain number is seconds)"
#define TIME_TAKES                                                                                 \
    "2h (that long ago), yesterday, 2026-11-22, \"2026-11-22 10:41\" or 2026-11-22T10:41:07Z"
#define DURATION_HELP                                                                              \
    "TIME is 500ms, 5s, 10m, 2h, 1d or 1w, or a combination such as 1h30m. A plain number\n"       \
    "means seconds.\n"
#define TIME_HELP                                                                                  \
    "WHEN is how long ago (30m, 2h, 7d), today, yesterday, a local date with or without a\n"       \
    "time (2026-11-22, \"2026-11-22 10:41\"), or a time with a UTC offset\n"                       \
    "(2026-11-22T10:41:07Z).\n"

/* The longest duration that is accepted: a thousand years. */
#define DURATION_LONGEST_MS (UINT64_C(1000) * 366 * 86400 * 1000)

/* Local time: minutes east of UTC at a moment (milliseconds since 1970 UTC). */
typedef int when_offset(int64_t wall_ms);

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (1440 * MINUTE_MS)

/* Local time at a moment, in milliseconds, as if it were UTC. */
int64_t time_local(int64_t at_ms, when_offset *offset);

/* The last multiple of `step` that is not after `value`. */
int64_t time_floor(int64_t value, int64_t step);

/* Reads a duration: whole numbers, each with ms, s, m, h, d or w, the largest unit first and none
 * twice, like 1h30m; or one number without a unit, which is seconds. False: *out_ms is not
 * changed. */
bool duration_parse(const char *text, uint64_t *out_ms);

/* Reads a time: a duration, with its unit, before `now_ms`; today or yesterday (their midnight,
 * local); a date (its midnight) or a date and a time of day, local; or an RFC 3339 time with its
 * own offset. Milliseconds since 1970 UTC, never 0. */
bool moment_parse(const char *text, int64_t now_ms, when_offset *offset, int64_t *out_ms);

/* "350 ms", "2.5 s", "53 s", "1 min 5 s", "2 h 5 min", "3 d 4 h". */
void text_add_duration(struct text *text, uint64_t ms);

/* Adds a local time with its offset: "2026-11-22 11:41:07+01:00", or Z if that is zero; with
 * milliseconds if `precise`. */
void text_add_time(struct text *text, int64_t wall_ms, when_offset *offset, bool precise);

/* Adds the characters [from, to) of "2026-11-22 10:41:07.123", local time. */
void text_add_local(struct text *text, int64_t at_ms, when_offset *offset, size_t from, size_t to);

#endif
