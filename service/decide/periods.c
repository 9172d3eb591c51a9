/* periods.c: the latest busy periods, and in which of them something happened. */
#include "decide/periods.h"

#include <string.h>

/* Two periods with a smaller gap cannot be told apart, and the end of an installation is written a
 * moment before or after the mutex is released. */
#define CLEAR_MS 20
/* A live record may be fetched this late. */
#define FETCHED_MS 50
#define FOR_EVER (INT64_MAX / 2)

struct span {
    int64_t from, to; /* both on one of the two clocks */
};

void periods_turn(struct periods *periods, const struct event *transition, uint64_t position,
                  uint64_t mono_ms)
{
    struct period *last = periods->count == 0 ? NULL : &periods->held[periods->count - 1];
    if (last != NULL && last->open) {
        last->open = false;
        last->lost_sight = transition->to == VERDICT_UNKNOWN;
        last->end_wall_ms = transition->at_ms;
        last->end_mono_ms = mono_ms;
    }
    if (transition->to != VERDICT_BUSY) {
        return;
    }
    if (periods->count == PERIODS_HELD) {
        memmove(&periods->held[0], &periods->held[1], (PERIODS_HELD - 1) * sizeof periods->held[0]);
        periods->count--;
    }
    periods->held[periods->count++] = (struct period){
        .position = position,
        .begin_wall_ms = transition->at_ms,
        .begin_mono_ms = mono_ms,
        .open = true,
        .from_unknown = transition->from == VERDICT_UNKNOWN,
    };
}

struct moment moment_of(const struct install_record *record)
{
    return (struct moment){.at_ms = record->at_ms,
                           .whole_second = record->whole_second,
                           .live = !record->replayed,
                           .arrived_ms = record->arrived_ms};
}

/* ---- both on one clock ---- */

static struct span span_of(const struct moment *moment, bool live)
{
    if (live) {
        return (struct span){(int64_t)moment->arrived_ms, (int64_t)moment->arrived_ms};
    }
    return (struct span){moment->at_ms, moment->at_ms + (moment->whole_second ? 999 : 0)};
}

/* The period as it was seen. If the wall clock was set meanwhile, its edges may not match. */
static struct span seen(const struct period *period, bool live)
{
    if (live) {
        return (struct span){(int64_t)period->begin_mono_ms,
                             period->open ? FOR_EVER : (int64_t)period->end_mono_ms};
    }
    return (struct span){period->begin_wall_ms, period->open ? FOR_EVER : period->end_wall_ms};
}

/* The earliest time at which the period may have begun: after it was last seen idle, and at most
 * about a second before it was seen. */
static int64_t earliest(const struct periods *periods, size_t i, bool live)
{
    const struct period *period = &periods->held[i];
    int64_t begin = seen(period, live).from;
    int64_t unseen = period->from_unknown ? FOR_EVER : PERIODS_UNSEEN_MS;
    if (i > 0) { /* measured on the monotonic clock, even for wall times */
        int64_t idle = (int64_t)(period->begin_mono_ms - periods->held[i - 1].end_mono_ms);
        unseen = idle < unseen ? idle : unseen;
    }
    return begin - unseen;
}

/* ---- what matches ---- */

/* What ended before the period was seen did not run in it, because the mutex is released at the
 * end. */
static bool is_sure(const struct period *period, const struct moment *end)
{
    return end->live ? end->arrived_ms >= period->begin_mono_ms + FETCHED_MS
                     : end->at_ms >= period->begin_wall_ms + CLEAR_MS;
}

static bool begins_in(const struct periods *periods, size_t i, struct span begin, bool live)
{
    return begin.to >= earliest(periods, i, live) - PERIODS_NEAR_MS &&
           begin.from <= seen(&periods->held[i], live).to;
}

/* ---- which period ---- */

/* Returns how many periods match, and one of them. `begin` may be NULL, which matches any begin. */
static size_t count_of_end(const struct periods *periods, const struct span *begin, struct span end,
                           bool live, const struct period **one)
{
    size_t count = 0;
    for (size_t i = 0; i < periods->count; i++) {
        struct span in = seen(&periods->held[i], live);
        /* No period has begun since this one ended, so the record may have been fetched late. */
        bool late = begin != NULL && begin->from <= in.to && i + 1 == periods->count;
        if (end.to >= in.from && end.from <= in.to + (late ? PERIODS_LATE_MS : PERIODS_NEAR_MS) &&
            (begin == NULL || begins_in(periods, i, *begin, live))) {
            *one = &periods->held[i];
            count++;
        }
    }
    return count;
}

const struct period *periods_of_end(const struct periods *periods, const struct moment *begin,
                                    const struct moment *end)
{
    const struct period *found = NULL;
    bool live = end->live, known = begin != NULL && begin->live == live;
    struct span last = span_of(end, live), first = known ? span_of(begin, live) : last;
    size_t count = count_of_end(periods, known ? &first : NULL, last, live, &found);
    if (count == 0 && known) { /* its begin was late or out of order */
        count = count_of_end(periods, NULL, last, live, &found);
    }
    return count == 1 && is_sure(found, end) ? found : NULL;
}

const struct period *periods_of_begin(const struct periods *periods, const struct moment *begin)
{
    const struct period *found = NULL;
    struct span at = span_of(begin, begin->live);
    for (size_t i = 0; i < periods->count; i++) {
        if (begins_in(periods, i, at, begin->live)) {
            if (found != NULL && !begin->live) {
                return NULL;
            }
            found = &periods->held[i];
        }
    }
    return found;
}

bool period_seen_by(const struct period *period, const struct moment *moment)
{
    return span_of(moment, moment->live).from >= seen(period, moment->live).from - PERIODS_NEAR_MS;
}

bool moments_near(const struct moment *a, const struct moment *b, uint64_t ms)
{
    bool live = a->live && b->live;
    int64_t one = span_of(a, live).from, other = span_of(b, live).from;
    return (one > other ? one - other : other - one) <= (int64_t)ms;
}
