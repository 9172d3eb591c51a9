/* flapping.c: whether the verdict changes too often to be recorded. */
#include "decide/flapping.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define MINUTE_MS 60000u
#define HOUR_MS 3600000u

static size_t room_for(const struct flapping_limits *limits)
{
    return limits->minute > limits->hour ? limits->minute : limits->hour;
}

int flapping_init(struct flapping *flapping, const struct flapping_limits *limits)
{
    memset(flapping, 0, sizeof *flapping);
    return flapping_set(flapping, limits);
}

void flapping_release(struct flapping *flapping)
{
    free(flapping->recent);
    flapping->recent = NULL;
}

/* Returns the time of the n-th last change, counted from 1. */
static uint64_t nth_last(const struct flapping *flapping, size_t n)
{
    return flapping->recent[(flapping->next + flapping->room - n) % flapping->room];
}

int flapping_set(struct flapping *flapping, const struct flapping_limits *limits)
{
    size_t room = room_for(limits);
    if (room != flapping->room) {
        uint64_t *recent = calloc(room, sizeof *recent);
        if (recent == NULL) {
            return UV_ENOMEM;
        }
        size_t kept = flapping->count < room ? flapping->count : room;
        for (size_t i = 0; i < kept; i++) { /* oldest first */
            recent[i] = nth_last(flapping, kept - i);
        }
        free(flapping->recent);
        flapping->recent = recent;
        flapping->room = room;
        flapping->count = kept;
        flapping->next = kept % room;
    }
    flapping->limits = *limits;
    return 0;
}

static bool were_within(const struct flapping *flapping, size_t changes, uint64_t mono_ms,
                        uint64_t window_ms)
{
    return flapping->count >= changes && mono_ms - nth_last(flapping, changes) <= window_ms;
}

static void begin(struct flapping *flapping, uint64_t mono_ms)
{
    bool again = flapping->quiet_ms != 0 && mono_ms - flapping->ended_ms < HOUR_MS;
    uint64_t twice = flapping->quiet_ms * 2;
    flapping->quiet_ms = !again                           ? FLAPPING_QUIET_MS
                         : twice < FLAPPING_QUIET_MOST_MS ? twice
                                                          : FLAPPING_QUIET_MOST_MS;
    flapping->on = true;
    flapping->quiet = false;
    flapping->folded = 0;
}

void flapping_count(struct flapping *flapping, uint64_t mono_ms)
{
    flapping->recent[flapping->next] = mono_ms;
    flapping->next = (flapping->next + 1) % flapping->room;
    flapping->count += flapping->count < flapping->room;
    if (flapping->on) {
        flapping->folded++;
    } else if (were_within(flapping, flapping->limits.minute, mono_ms, MINUTE_MS) ||
               were_within(flapping, flapping->limits.hour, mono_ms, HOUR_MS)) {
        begin(flapping, mono_ms);
    }
}

void flapping_end(struct flapping *flapping, uint64_t mono_ms)
{
    if (flapping->on) {
        flapping->on = false;
        flapping->ended_ms = mono_ms;
    }
}

void flapping_look(struct flapping *flapping, bool quiet, uint64_t mono_ms)
{
    if (quiet && !flapping->quiet) {
        flapping->quiet_since_ms = mono_ms;
    }
    flapping->quiet = quiet;
    if (quiet && mono_ms - flapping->quiet_since_ms >= flapping->quiet_ms) {
        flapping_end(flapping, mono_ms);
    }
}
