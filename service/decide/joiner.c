/* joiner.c: joins the event log's records to busy periods: what comes, and what is told. */
#include "decide/joiner_state.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* A transaction that never ends is forgotten after so long. */
#define STALE_MS 600000u

int joiner_new(struct joiner **out)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return UV_ENOMEM;
    }
    (*out)->scope_count = 1;
    (*out)->lost_ms = INT64_MIN;
    (*out)->scopes[0].over_ms = UINT64_MAX;
    return 0;
}

void joiner_free(struct joiner *joiner)
{
    free(joiner);
}

/* ---- what comes ---- */

static void remove_record(struct joiner *joiner, size_t i)
{
    memmove(&joiner->kept[i], &joiner->kept[i + 1],
            (joiner->count - i - 1) * sizeof joiner->kept[0]);
    joiner->count--;
}

/* What added nothing to it must not be taken for news when it is gone. */
static void forget(struct joiner *joiner, size_t i)
{
    size_t unit = joiner->kept[i].unit;
    for (size_t other = 0; other < joiner->count; other++) {
        struct kept *kept = &joiner->kept[other];
        if (kept->unit == unit && kept->done && !kept->told) {
            joiner_mark(kept, &joiner->units[unit], joiner->kept[i].alone);
        }
    }
    remove_record(joiner, i);
}

/* Those told of that can be of no use any more. */
static void forget_old(struct joiner *joiner, uint64_t mono_ms)
{
    for (size_t i = joiner->count; i > 0; i--) {
        const struct kept *kept = &joiner->kept[i - 1];
        if (kept->done && mono_ms - kept->came_ms > JOINER_MINUTE_MS) {
            forget(joiner, i - 1);
        }
    }
}

static void add_extra(struct scope *scope, uint32_t outcomes, int64_t at_ms)
{
    scope->extra_ms = scope->extra == 0 || at_ms > scope->extra_ms ? at_ms : scope->extra_ms;
    scope->extra += outcomes;
}

/* What a period has no event left for, or will not be there to tell, belongs to none. */
static void move_extra(struct joiner *joiner, size_t scope)
{
    struct scope *from = &joiner->scopes[scope];
    if (scope != 0 && from->extra > 0) {
        add_extra(&joiner->scopes[0], from->extra, from->extra_ms);
        from->extra = 0;
    }
}

/* All records of one outcome make room: only its number is told. One that stayed behind might be
 * taken for one of another outcome. */
static void drop_outcome(struct joiner *joiner, size_t unit)
{
    struct scope *scope = &joiner->scopes[joiner->units[unit].scope];
    bool any_left = scope == &joiner->scopes[0] || scope->told < JOINER_EVENTS;
    int64_t at_ms = INT64_MIN;
    for (size_t i = joiner->count; i > 0; i--) {
        const struct kept *kept = &joiner->kept[i - 1];
        if (kept->unit == unit && kept->record.kind == RECORD_OUTCOME) {
            at_ms = kept->record.at_ms > at_ms ? kept->record.at_ms : at_ms;
            remove_record(joiner, i - 1);
        }
    }
    if (!joiner->units[unit].outcome_told) {
        add_extra(any_left ? scope : &joiner->scopes[0], 1, at_ms);
        joiner->dropped++;
    }
}

/* The oldest of which both records came, so that none can come that would be counted again; or else
 * that one. */
static size_t whole_outcome(const struct joiner *joiner, size_t unit)
{
    for (size_t i = 0; i < joiner->count; i++) {
        const struct unit *one = &joiner->units[joiner->kept[i].unit];
        if (joiner->kept[i].record.kind == RECORD_OUTCOME && one->has_coded && one->has_text) {
            return joiner->kept[i].unit;
        }
    }
    return unit;
}

/* Makes room for one more: the oldest that was told of goes, or else the oldest. */
static void make_room(struct joiner *joiner)
{
    size_t oldest = 0;
    for (size_t i = joiner->count; i > 0; i--) {
        if (joiner->kept[i - 1].done) {
            oldest = i - 1;
        }
    }
    const struct kept *kept = &joiner->kept[oldest];
    if (!kept->done && kept->record.kind == RECORD_OUTCOME) {
        drop_outcome(joiner, whole_outcome(joiner, kept->unit));
    } else {
        forget(joiner, oldest);
    }
}

void joiner_record(struct joiner *joiner, const struct install_record *record, uint64_t mono_ms)
{
    for (size_t i = 0; i < joiner->count; i++) {
        if (joiner->kept[i].record.fingerprint == record->fingerprint) {
            return;
        }
    }
    forget_old(joiner, mono_ms);
    if (joiner->count == JOINER_RECORDS) {
        make_room(joiner);
    }
    joiner->kept[joiner->count++] = (struct kept){.record = *record, .came_ms = mono_ms};
    if (record->install.reboot > joiner->reboot) {
        joiner->reboot = record->install.reboot;
    }
    joiner_arrange(joiner);
}

/* A clock that was set back makes what was before it incomparable. */
static void begin_period(struct joiner *joiner, const struct event *transition, uint64_t place)
{
    const struct scope *last = &joiner->scopes[joiner->scope_count - 1];
    if (joiner->scope_count > 1 && transition->at_ms < last->end_ms) {
        for (size_t i = 1; i < joiner->scope_count; i++) {
            move_extra(joiner, i);
        }
        joiner->scope_count = 1;
        joiner->lost_ms = transition->at_ms - 1;
    }
    if (joiner->scope_count == JOINER_PERIODS + 1) {
        joiner->lost_ms = joiner->scopes[1].end_ms;
        move_extra(joiner, 1);
        memmove(&joiner->scopes[1], &joiner->scopes[2],
                (JOINER_PERIODS - 1) * sizeof joiner->scopes[0]);
        joiner->scope_count--;
    }
    joiner->scopes[joiner->scope_count++] = (struct scope){
        .place = place,
        .begin_ms = transition->at_ms,
        .end_ms = INT64_MAX,
        .over_ms = UINT64_MAX,
    };
}

void joiner_transition(struct joiner *joiner, const struct event *transition, uint64_t place,
                       uint64_t mono_ms)
{
    if (joiner->busy) {
        struct scope *last = &joiner->scopes[joiner->scope_count - 1];
        last->end_ms = transition->at_ms;
        last->over_ms = mono_ms + JOINER_LATE_MS;
    }
    joiner->busy = transition->to == VERDICT_BUSY;
    if (joiner->busy) {
        begin_period(joiner, transition, place);
    }
    joiner_arrange(joiner);
}

/* ---- what is told ---- */

/* When a unit is complete enough to be told of, if nothing more comes. */
static uint64_t ripe_at(const struct joiner *joiner, const struct unit *unit)
{
    uint64_t settled = unit->came_ms + (unit->scope != 0 ? JOINER_SETTLE_MS : JOINER_UNSEEN_MS);
    if (!unit->is_bare) {
        bool crowded = joiner->count >= JOINER_RECORDS / 2;
        return crowded ? unit->came_ms : settled;
    }
    if (unit->scope == 0) {
        return unit->came_ms + (unit->ended ? JOINER_LATE_MS : STALE_MS);
    }
    uint64_t over = joiner->scopes[unit->scope].over_ms;
    return over > settled ? over : settled;
}

/* When a unit is told of: of the last event of a scope, when the scope is over. */
static uint64_t due_at(const struct joiner *joiner, const struct unit *unit)
{
    const struct scope *scope = &joiner->scopes[unit->scope];
    uint64_t ripe = ripe_at(joiner, unit);
    bool last = scope->told + 1 >= JOINER_EVENTS;
    return last && scope->over_ms > ripe ? scope->over_ms : ripe;
}

/* `counted`: this event or one before counts it as an operation. */
static void mark_told(struct joiner *joiner, size_t unit, bool counted)
{
    const struct unit *told = &joiner->units[unit];
    for (size_t i = 0; i < joiner->count; i++) {
        struct kept *kept = &joiner->kept[i];
        bool of_transaction = told->transaction != NOBODY &&
                              kept->transaction == told->transaction &&
                              (kept->record.kind == RECORD_BEGIN ||
                               kept->record.kind == RECORD_END);
        if (kept->unit == unit || of_transaction) {
            joiner_mark(kept, told, counted);
        }
    }
    joiner->units[unit].fresh = false;
}

/* The worst outcome; one that came before what has none. */
static bool is_worse(const struct unit *a, const struct unit *b)
{
    if (unit_has_outcome(a) != unit_has_outcome(b)) {
        return unit_has_outcome(a);
    }
    return a->install.result > b->install.result ||
           (a->install.result == b->install.result && a->at_ms > b->at_ms);
}

/* The last event of a scope tells the worst, and how many more there are. */
static size_t fold(struct joiner *joiner, size_t scope, struct install *install)
{
    size_t worst = NOBODY;
    enum install_reboot reboot = REBOOT_UNKNOWN;
    for (size_t i = 0; i < joiner->unit_count; i++) {
        const struct unit *unit = &joiner->units[i];
        if (unit->scope != scope || !unit->fresh) {
            continue;
        }
        reboot = unit->install.reboot > reboot ? unit->install.reboot : reboot;
        if (worst == NOBODY || is_worse(unit, &joiner->units[worst])) {
            worst = i;
        }
    }
    *install = joiner->units[worst].install;
    install->reboot = reboot;
    mark_told(joiner, worst, true);
    for (size_t i = 0; i < joiner->unit_count; i++) {
        const struct unit *unit = &joiner->units[i];
        if (unit->scope == scope && unit->fresh) {
            /* Asked again each time: of a transaction's outcomes only one was counted with it. */
            bool counted = joiner_was_alone(joiner, i);
            install->further += unit_has_outcome(unit) && !unit->outcome_told && !counted;
            mark_told(joiner, i, counted);
        }
    }
    return worst;
}

/* The minute of what belongs to no period. */
static void turn_minute(struct joiner *joiner, uint64_t mono_ms)
{
    struct scope *none = &joiner->scopes[0];
    if (none->told > 0 && mono_ms >= none->over_ms) {
        none->told = 0;
        none->over_ms = UINT64_MAX;
    }
}

static void count_told(struct joiner *joiner, size_t index, uint64_t mono_ms)
{
    struct scope *scope = &joiner->scopes[index];
    if (index == 0 && scope->told == 0) {
        scope->over_ms = mono_ms > UINT64_MAX - JOINER_MINUTE_MS ? mono_ms
                                                                 : mono_ms + JOINER_MINUTE_MS;
    }
    scope->told++;
}

/* What a period has no event left for belongs to none. */
static void move_late(struct joiner *joiner)
{
    for (size_t i = 0; i < joiner->unit_count; i++) {
        struct unit *unit = &joiner->units[i];
        if (unit->fresh && unit->scope != 0 && joiner->scopes[unit->scope].told >= JOINER_EVENTS) {
            unit->scope = 0;
        }
    }
}

/* Outcomes that had to make room, and nothing else to be told of with which they could be counted:
 * they are an event of their own, when no more can come. */
static bool is_alone(const struct joiner *joiner, size_t scope)
{
    bool any = joiner->scopes[scope].extra > 0;
    for (size_t i = 0; any && i < joiner->unit_count; i++) {
        any = !joiner->units[i].fresh || joiner->units[i].scope != scope;
    }
    return any;
}

static uint64_t extra_due_at(const struct joiner *joiner, size_t scope)
{
    return scope != 0 || joiner->scopes[0].told > 0 ? joiner->scopes[scope].over_ms : 0;
}

static bool next_of_extra(struct joiner *joiner, uint64_t mono_ms, struct event *event,
                          struct install *install)
{
    for (size_t i = 0; i < joiner->scope_count; i++) {
        struct scope *scope = &joiner->scopes[i];
        if (is_alone(joiner, i) && extra_due_at(joiner, i) <= mono_ms) {
            *event = (struct event){
                .kind = EVENT_INSTALL, .of = scope->place, .at_ms = scope->extra_ms};
            *install = (struct install){.further = scope->extra - 1};
            scope->extra = 0;
            count_told(joiner, i, mono_ms);
            event->install = install;
            return true;
        }
    }
    return false;
}

bool joiner_next(struct joiner *joiner, uint64_t mono_ms, struct event *event,
                 struct install *install, bool *again)
{
    *again = false;
    move_late(joiner);
    for (size_t i = 0; i < joiner->unit_count; i++) {
        const struct unit *unit = &joiner->units[i];
        size_t index = unit->scope;
        if (!unit->fresh || due_at(joiner, unit) > mono_ms) {
            continue;
        }
        bool last = joiner->scopes[index].told + 1 >= JOINER_EVENTS;
        *event = (struct event){.kind = EVENT_INSTALL, .of = joiner->scopes[index].place};
        if (last) {
            unit = &joiner->units[fold(joiner, index, install)];
        } else {
            *install = unit->install;
            mark_told(joiner, i, true);
        }
        event->at_ms = unit->at_ms;
        *again = unit->again;
        joiner_arrange(joiner); /* what is left may be news now, or no more */
        install->further += joiner->scopes[index].extra;
        joiner->scopes[index].extra = 0;
        count_told(joiner, index, mono_ms);
        turn_minute(joiner, mono_ms);
        event->install = install;
        return true;
    }
    bool any = next_of_extra(joiner, mono_ms, event, install);
    turn_minute(joiner, mono_ms);
    return any;
}

uint64_t joiner_due(const struct joiner *joiner)
{
    uint64_t due = UINT64_MAX;
    for (size_t i = 0; i < joiner->unit_count; i++) {
        const struct unit *unit = &joiner->units[i];
        uint64_t at = unit->fresh ? due_at(joiner, unit) : UINT64_MAX;
        due = at < due ? at : due;
    }
    for (size_t i = 0; i < joiner->scope_count; i++) {
        uint64_t at = is_alone(joiner, i) ? extra_due_at(joiner, i) : UINT64_MAX;
        due = at < due ? at : due;
    }
    return due;
}

/* ---- the present ---- */

/* Of those that have begun and neither ended nor told an outcome, the first; but of one that began
 * before the last edge nothing is known, if there is another. */
bool joiner_current(const struct joiner *joiner, uint64_t mono_ms, struct install *out)
{
    const struct scope *last = &joiner->scopes[joiner->scope_count - 1];
    bool any = joiner->scope_count > 1;
    int64_t edge_ms = !any ? 0 : joiner->busy ? last->begin_ms : last->end_ms;
    const struct transaction *found = NULL;
    for (size_t i = 0; i < joiner->transaction_count; i++) {
        const struct transaction *one = &joiner->transactions[i];
        if (one->end_known || one->has_outcome) {
            continue;
        }
        uint64_t came_ms = joiner->kept[one->begin].came_ms;
        bool is_in = joiner->busy ? one->begin_ms >= edge_ms - JOINER_EARLY_MS
                                  : mono_ms - came_ms <= JOINER_EARLY_MS &&
                                        (!any || one->begin_ms >= edge_ms);
        bool is_better = found == NULL || (found->begin_ms < edge_ms - JOINER_NEAR_MS &&
                                           one->begin_ms >= edge_ms - JOINER_NEAR_MS);
        if (is_in && is_better) {
            found = one;
        }
    }
    if (found != NULL) {
        *out = joiner->kept[found->begin].record.install;
    }
    return found != NULL;
}

enum install_reboot joiner_reboot(const struct joiner *joiner)
{
    return joiner->reboot;
}

uint64_t joiner_dropped(const struct joiner *joiner)
{
    return joiner->dropped;
}
