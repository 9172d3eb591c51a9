/* correlator_report.c: how many events are made: one for each installation, up to a limit for each
 * minute. Those above it are counted, in events that stand for many.
 */
#include "decide/correlator_state.h"

#include <string.h>

void correlator_done(const struct correlator *correlator, uint64_t record_id)
{
    if (record_id != 0 && correlator->config.done != NULL) {
        correlator->config.done(correlator->config.arg, record_id);
    }
}

void correlator_remove(struct correlator *correlator, const bool members[CORRELATOR_RECORDS])
{
    size_t left = 0;
    for (size_t i = 0; i < correlator->count; i++) {
        if (members[i]) {
            correlator_done(correlator, correlator->entries[i].record.record_id);
        } else if (left++ != i) {
            correlator->entries[left - 1] = correlator->entries[i];
        }
    }
    correlator->count = left;
    correlator_arrange(correlator);
}

/* If there is no free place, reuses that of the oldest installation that was reported; if there is
 * none, that of the oldest, which is then only counted. */
struct installation *correlator_new_installation(struct correlator *correlator, uint64_t mono_ms)
{
    if (correlator->install_count < CORRELATOR_INSTALLS) {
        return &correlator->installs[correlator->install_count++];
    }
    struct installation *oldest = &correlator->installs[0];
    for (size_t i = 1; i < CORRELATOR_INSTALLS; i++) {
        struct installation *one = &correlator->installs[i];
        if (one->reported != oldest->reported ? one->reported : one->came_ms < oldest->came_ms) {
            oldest = one;
        }
    }
    if (!oldest->reported && !oldest->carried) {
        correlator_tally(correlator, oldest->forged ? TALLY_FORGED : TALLY_OTHERS, NULL,
                         oldest->at_ms, mono_ms);
    }
    correlator_done(correlator, oldest->begin_id);
    correlator_done(correlator, oldest->end_id);
    return oldest;
}

/* ---- rule 6: how many ---- */

/* Returns whether there is room in this minute for an event of its own. */
static bool is_room(struct tally *tally, enum tally_kind kind, uint64_t mono_ms)
{
    static const unsigned most[TALLY_KINDS] = {0, CORRELATOR_FORGED_EVENTS, CORRELATOR_EVENTS};
    if (mono_ms != NEVER && mono_ms - tally->minute_ms >= CORRELATOR_MINUTE_MS) {
        tally->minute_ms = mono_ms;
        tally->events = 0;
    }
    return tally->events < most[kind] && ++tally->events != 0;
}

void correlator_tally(struct correlator *correlator, enum tally_kind kind,
                      const struct install *install, int64_t at_ms, uint64_t mono_ms)
{
    struct tally *tally = &correlator->tallies[kind];
    if (tally->count == 0) {
        tally->first = (struct install){.trusted = kind == TALLY_FORGED ? TRUST_NO : TRUST_UNKNOWN};
        tally->first_ms = mono_ms;
    }
    if (tally->count == 0 && kind == TALLY_CHECKS) {
        tally->first = *install;
        tally->first.action = ACTION_CHECK;
    }
    tally->count++;
    tally->at_ms = at_ms;
    tally->last_ms = mono_ms;
}

/* Due when no more have come for a while, or a minute after the first, but at most once a
 * minute. */
static uint64_t due_of(const struct tally *tally)
{
    uint64_t due = tally->last_ms + CORRELATOR_LATE_MS;
    if (due > tally->first_ms + CORRELATOR_MINUTE_MS) {
        due = tally->first_ms + CORRELATOR_MINUTE_MS;
    }
    due = due > tally->not_before_ms ? due : tally->not_before_ms;
    return tally->count == 0 ? NEVER : due;
}

uint64_t correlator_tally_due(const struct correlator *correlator)
{
    uint64_t due = NEVER;
    for (int kind = 0; kind < TALLY_KINDS; kind++) {
        uint64_t at = due_of(&correlator->tallies[kind]);
        due = at < due ? at : due;
    }
    return due;
}

bool correlator_tally_report(struct correlator *correlator, uint64_t mono_ms, struct report *out)
{
    for (int kind = 0; kind < TALLY_KINDS; kind++) {
        struct tally *tally = &correlator->tallies[kind];
        if (tally->count == 0 || due_of(tally) > mono_ms) {
            continue;
        }
        *out->install = tally->first;
        out->install->further = tally->count - 1;
        *out->event = (struct event){
            .kind = EVENT_INSTALL, .at_ms = tally->at_ms, .install = out->install};
        tally->count = 0;
        tally->not_before_ms = mono_ms == NEVER ? 0 : mono_ms + CORRELATOR_MINUTE_MS;
        return true;
    }
    return false;
}

/* ---- one event ---- */

bool correlator_report(struct correlator *correlator, struct installation *one, uint64_t mono_ms,
                       struct report *out)
{
    enum tally_kind kind = one->forged ? TALLY_FORGED : TALLY_OTHERS;
    *out->again = one->reported;
    one->reported = true;
    one->news = false;
    correlator_done(correlator, one->begin_id);
    one->begin_id = 0;
    if (one->has_outcome || !one->began) {
        /* Otherwise the end is still needed: a later run recognizes the installation by it. */
        correlator_done(correlator, one->end_id);
        one->end_id = 0;
    }
    if (!is_room(&correlator->tallies[kind], kind, mono_ms)) {
        if (!*out->again) {
            correlator_tally(correlator, kind, NULL, one->at_ms, mono_ms);
        }
        return false;
    }
    *out->install = one->install;
    out->install->trusted = one->forged ? TRUST_NO : one->install.trusted;
    *out->event = (struct event){
        .kind = EVENT_INSTALL, .at_ms = one->at_ms, .of = one->of, .install = out->install};
    return true;
}
