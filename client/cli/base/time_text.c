/* time_text.c: durations and times in the form in which people write and read them. */
#include "cli/base/time_text.h"

#include "common/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t time_local(int64_t at_ms, when_offset *offset)
{
    return at_ms + offset(at_ms) * MINUTE_MS;
}

int64_t time_floor(int64_t value, int64_t step)
{
    return value - (value % step + step) % step;
}

/* Reads a unit at *at and moves *at past it. Returns its milliseconds, or 0 if there is none. */
static uint64_t parse_unit(const char **at)
{
    static const struct {
        const char *name;
        uint64_t ms;
    } units[] = {{"ms", UINT64_C(1)},      {"s", UINT64_C(1000)},     {"m", UINT64_C(60000)},
                 {"h", UINT64_C(3600000)}, {"d", UINT64_C(86400000)}, {"w", UINT64_C(604800000)}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t length = strlen(units[i].name);
        if (strncmp(*at, units[i].name, length) == 0) {
            *at += length;
            return units[i].ms;
        }
    }
    return 0;
}

bool duration_parse(const char *text, uint64_t *out_ms)
{
    uint64_t sum = 0, previous = UINT64_MAX;
    const char *at = text;
    do {
        uint64_t number = 0;
        const char *digits = at;
        for (; *at >= '0' && *at <= '9'; at++) {
            number = number * 10 + (uint64_t)(*at - '0');
            if (number > DURATION_LONGEST_MS) {
                return false;
            }
        }
        bool empty = at == digits, plain = digits == text && *at == '\0';
        uint64_t unit = plain ? UINT64_C(1000) : parse_unit(&at);
        /* Units go from the largest to the smallest, each once: 1h30m, not 30m1h. */
        if (empty || unit == 0 || unit >= previous || number > (DURATION_LONGEST_MS - sum) / unit) {
            return false;
        }
        sum += number * unit;
        previous = unit;
    } while (*at != '\0');
    *out_ms = sum;
    return true;
}

/* Whether `text` has the form of `pattern`, in which 0 stands for a digit. */
static bool looks_like(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++, text++) {
        if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern) {
            return false;
        }
    }
    return *text == '\0';
}

/* Reads a date, with or without a time of day, that has no offset, as if it were UTC. */
static bool parse_local(const char *text, int64_t *out_ms)
{
    char buffer[32];
    size_t length = strlen(text);
    const char *rest = "";
    if (looks_like(text, "0000-00-00")) {
        rest = "T00:00:00Z";
    } else if (looks_like(text, "0000-00-00 00:00") || looks_like(text, "0000-00-00T00:00")) {
        rest = ":00Z";
    } else if (looks_like(text, "0000-00-00 00:00:00") || looks_like(text, "0000-00-00T00:00:00")) {
        rest = "Z";
    } else {
        return false;
    }
    snprintf(buffer, sizeof buffer, "%s%s", text, rest);
    if (length > 10) {
        buffer[10] = 'T';
    }
    return time_parse(buffer, out_ms);
}

/* Converts a local time that was read as if it were UTC to milliseconds since 1970 UTC. The offset
 * at that time may differ from the first one, so it is looked up again with the first result. */
static int64_t local_to_utc(int64_t local_ms, when_offset *offset)
{
    int64_t first = local_ms - offset(local_ms) * MINUTE_MS;
    return local_ms - offset(first) * MINUTE_MS;
}

/* Midnight of the local day "today" or "yesterday", as if it were UTC. */
static bool parse_day(const char *text, int64_t now_ms, when_offset *offset, int64_t *out_ms)
{
    bool yesterday = strcmp(text, "yesterday") == 0;
    if (!yesterday && strcmp(text, "today") != 0) {
        return false;
    }
    *out_ms = time_floor(time_local(now_ms, offset), DAY_MS) - (yesterday ? DAY_MS : 0);
    return true;
}

bool moment_parse(const char *text, int64_t now_ms, when_offset *offset, int64_t *out_ms)
{
    uint64_t ago;
    int64_t moment;
    bool has_unit = text[0] != '\0' && strchr("0123456789", text[strlen(text) - 1]) == NULL;
    if (has_unit && duration_parse(text, &ago)) { /* a number alone, like "2026", is more likely
                                                   * meant as a year */
        moment = now_ms - (int64_t)ago;
    } else if (parse_day(text, now_ms, offset, &moment) || parse_local(text, &moment)) {
        moment = local_to_utc(moment, offset);
    } else if (!time_parse(text, &moment)) {
        return false;
    }
    *out_ms = moment == 0 ? 1 : moment; /* 0 means "no bound" to the library */
    return true;
}

static void add_two_units(struct text *text, uint64_t count, uint64_t part, const char *unit,
                          const char *small_unit)
{
    text_addf(text, "%" PRIu64 " %s %" PRIu64 " %s", count / part, unit, count % part, small_unit);
}

void text_add_duration(struct text *text, uint64_t ms)
{
    uint64_t seconds = ms / 1000;
    if (ms < 1000) {
        text_addf(text, "%" PRIu64 " ms", ms);
    } else if (seconds < 10) {
        text_addf(text, "%" PRIu64 ".%" PRIu64 " s", seconds, ms % 1000 / 100);
    } else if (seconds < 60) {
        text_addf(text, "%" PRIu64 " s", seconds);
    } else if (seconds < 3600) {
        add_two_units(text, seconds, 60, "min", "s");
    } else if (seconds < 86400) {
        add_two_units(text, seconds / 60, 60, "h", "min");
    } else {
        add_two_units(text, seconds / 3600, 24, "d", "h");
    }
}

void text_add_local(struct text *text, int64_t at_ms, when_offset *offset, size_t from, size_t to)
{
    char at[MSIWATCH_TIME_CHARS + 1];
    time_format(time_local(at_ms, offset), at);
    at[10] = ' ';
    text_add_bytes(text, at + from, to - from);
}

void text_add_time(struct text *text, int64_t wall_ms, when_offset *offset, bool precise)
{
    int minutes = offset(wall_ms);
    text_add_local(text, wall_ms, offset, 0, precise ? 23 : 19);
    if (minutes == 0) {
        text_add(text, "Z");
    } else {
        int size = abs(minutes);
        text_addf(text, "%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60, size % 60);
    }
}
