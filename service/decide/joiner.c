/* joiner.c: joins the event log's records to busy periods. */
#include "decide/joiner.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* A transaction that never ends is forgotten after so long. */
#define STALE_MS 600000u
#define NOBODY SIZE_MAX

/* Where events are counted: a busy period, or a minute of what belongs to none (place 0). */
struct scope {
    uint64_t place;
    int64_t begin_ms, end_ms; /* wall; INT64_MAX: it has not ended */
    uint64_t over_ms;         /* monotonic: when nothing more can come; UINT64_MAX: not yet known */
    unsigned told;            /* events */
    uint32_t extra;           /* outcomes that had to make room, for the next event to count */
};

struct kept {
    struct install_record record;
    uint64_t came_ms; /* monotonic */
    bool told;
    /* as arranged */
    size_t transaction; /* NOBODY: of none */
    size_t scope;       /* an index; 0 is the one of no period */
    size_t unit;
};

struct transaction {
    uint32_t pid;
    bool begin_known, end_known;
    int64_t begin_ms, end_ms; /* INT64_MIN, INT64_MAX when not known */
    size_t begin, end;        /* records, or NOBODY */
    size_t scope;
    bool has_outcome;
};

/* What one event is to tell. */
struct unit {
    size_t scope, transaction;
    struct install install;
    bool has_product, is_bare; /* bare: no outcome came */
    bool fresh;                /* something of it was not told yet */
    int64_t at_ms;             /* wall; the last of its records */
    uint64_t came_ms;          /* monotonic; likewise */
    bool ended;
};

struct joiner {
    struct kept kept[JOINER_RECORDS];
    size_t count;
    struct scope scopes[JOINER_PERIODS + 1]; /* the first is of no period; the others by time */
    size_t scope_count;
    int64_t lost_ms; /* up to here periods were forgotten */
    bool busy;
    enum install_reboot reboot;
    uint64_t dropped;
    size_t order[JOINER_RECORDS]; /* records by when they were written */
    struct transaction transactions[JOINER_RECORDS];
    size_t transaction_count;
    struct unit units[JOINER_RECORDS];
    size_t unit_count;
};

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

/* ---- which period a moment of an installation's end belongs to ---- */

/* `begin_ms` is INT64_MIN when it is not known. 0: to none, or it cannot be told. */
static size_t scope_of_end(const struct joiner *joiner, int64_t begin_ms, int64_t end_ms)
{
    size_t last = joiner->scope_count - 1;
    while (last > 0 && joiner->scopes[last].begin_ms > end_ms) {
        last--;
    }
    if (last == 0) {
        return 0;
    }
    const struct scope *scope = &joiner->scopes[last], *before = &joiner->scopes[last - 1];
    if (scope->end_ms != INT64_MAX && end_ms - scope->end_ms > JOINER_LATE_MS) {
        return 0;
    }
    bool chained = last > 1 && scope->begin_ms - before->end_ms <= JOINER_NEAR_MS;
    if (!chained || end_ms - scope->begin_ms > JOINER_NEAR_MS || begin_ms > before->end_ms) {
        return last;
    }
    /* Just behind an edge: of the one before, written late; unless this one is as short. */
    bool is_short = scope->end_ms != INT64_MAX &&
                    scope->end_ms - scope->begin_ms <= 2 * JOINER_NEAR_MS;
    return is_short ? 0 : last - 1;
}

/* It has not ended, or that was not told: the only period in which it can be. */
static size_t scope_of_begin(const struct joiner *joiner, int64_t begin_ms)
{
    size_t found = 0;
    for (size_t i = 1; begin_ms > joiner->lost_ms && i < joiner->scope_count; i++) {
        const struct scope *scope = &joiner->scopes[i];
        if (scope->begin_ms - begin_ms <= JOINER_EARLY_MS && scope->end_ms >= begin_ms) {
            if (found != 0) {
                return 0;
            }
            found = i;
        }
    }
    return found;
}

/* ---- arranging ---- */

static const struct install_record *record_of(const struct joiner *joiner, size_t i)
{
    return &joiner->kept[i].record;
}

static void sort(struct joiner *joiner)
{
    for (size_t i = 0; i < joiner->count; i++) {
        size_t place = i;
        int64_t at_ms = record_of(joiner, i)->at_ms;
        while (place > 0 && record_of(joiner, joiner->order[place - 1])->at_ms > at_ms) {
            joiner->order[place] = joiner->order[place - 1];
            place--;
        }
        joiner->order[place] = i;
    }
}

static struct transaction *add_transaction(struct joiner *joiner, uint32_t pid)
{
    struct transaction *one = &joiner->transactions[joiner->transaction_count++];
    *one = (struct transaction){
        .pid = pid, .begin_ms = INT64_MIN, .end_ms = INT64_MAX, .begin = NOBODY, .end = NOBODY};
    return one;
}

/* The transaction that an end record ends: the last of that client that has begun, of that package
 * if there is one. */
static struct transaction *find_begun(struct joiner *joiner, const struct install_record *end)
{
    struct transaction *found = NULL;
    for (size_t i = joiner->transaction_count; i > 0; i--) {
        struct transaction *one = &joiner->transactions[i - 1];
        if (one->pid != end->install.client_pid || one->end_known) {
            continue;
        }
        const char *package = record_of(joiner, one->begin)->install.package;
        if (strcmp(package, end->install.package) == 0) {
            return one;
        }
        found = found == NULL ? one : found;
    }
    return found;
}

static void arrange_transactions(struct joiner *joiner)
{
    joiner->transaction_count = 0;
    for (size_t n = 0; n < joiner->count; n++) {
        size_t i = joiner->order[n];
        const struct install_record *record = record_of(joiner, i);
        struct transaction *one;
        joiner->kept[i].transaction = NOBODY;
        if (record->kind == RECORD_BEGIN) {
            one = add_transaction(joiner, record->install.client_pid);
            one->begin = i;
            one->begin_ms = record->at_ms;
            one->begin_known = true;
        } else if (record->kind == RECORD_END) {
            one = find_begun(joiner, record);
            one = one != NULL ? one : add_transaction(joiner, record->install.client_pid);
            one->end = i;
            one->end_ms = record->at_ms;
            one->end_known = true;
        } else {
            continue;
        }
        joiner->kept[i].transaction = (size_t)(one - joiner->transactions);
    }
    for (size_t i = 0; i < joiner->transaction_count; i++) {
        struct transaction *one = &joiner->transactions[i];
        one->scope = one->end_known ? scope_of_end(joiner, one->begin_ms, one->end_ms)
                                    : scope_of_begin(joiner, one->begin_ms);
    }
}

/* How well an outcome written at `at_ms` fits: within, the sooner it ends the better; behind, the
 * nearer. Less is better; INT64_MAX is not at all. As long as it is not known when a transaction
 * ended, its client may still have been waiting. */
static int64_t misfit(const struct transaction *one, int64_t at_ms)
{
    if (!one->end_known || (one->begin_known && at_ms < one->begin_ms - JOINER_NEAR_MS)) {
        return INT64_MAX;
    }
    int64_t left = one->end_ms - at_ms;
    if (left < -JOINER_LATE_MS) {
        return INT64_MAX;
    }
    return left >= -JOINER_NEAR_MS ? left + JOINER_NEAR_MS : INT64_MAX / 2 - left;
}

static size_t transaction_of(const struct joiner *joiner, int64_t at_ms, size_t scope)
{
    size_t found = NOBODY;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < joiner->transaction_count; i++) {
        int64_t fit = joiner->transactions[i].scope == scope
                          ? misfit(&joiner->transactions[i], at_ms)
                          : INT64_MAX;
        if (fit < least) {
            least = fit;
            found = i;
        }
    }
    return found;
}

static void arrange_outcomes(struct joiner *joiner)
{
    for (size_t n = 0; n < joiner->count; n++) {
        struct kept *kept = &joiner->kept[joiner->order[n]];
        if (kept->transaction != NOBODY) {
            kept->scope = joiner->transactions[kept->transaction].scope;
            continue;
        }
        kept->scope = scope_of_end(joiner, INT64_MIN, kept->record.at_ms);
        kept->transaction = transaction_of(joiner, kept->record.at_ms, kept->scope);
        if (kept->transaction != NOBODY) {
            joiner->transactions[kept->transaction].has_outcome = true;
        }
    }
}

/* ---- units: what one event tells ---- */

static bool is_of(const struct joiner *joiner, const struct unit *unit, const struct kept *kept)
{
    (void)joiner;
    return unit->scope == kept->scope && unit->transaction == kept->transaction;
}

/* Whether a record tells of what the unit is about. One without a product (11707) goes with the
 * product that had the same done to it; one of a restart with its product, or the last one. */
static bool goes_with(const struct joiner *joiner, const struct unit *unit, const struct kept *kept)
{
    const struct install *a = &unit->install, *b = &kept->record.install;
    if (!is_of(joiner, unit, kept)) {
        return false;
    }
    bool same_product = a->product[0] == '\0' || b->product[0] == '\0' ||
                        strcmp(a->product, b->product) == 0;
    bool same_action = a->action == ACTION_UNKNOWN || b->action == ACTION_UNKNOWN ||
                       a->action == b->action;
    bool same_result = a->result == RESULT_UNKNOWN || b->result == RESULT_UNKNOWN ||
                       a->result == b->result;
    return same_product && same_action && same_result;
}

static void merge_text(char *to, size_t room, const char *from)
{
    if (to[0] == '\0') {
        size_t size = strlen(from) + 1;
        memcpy(to, from, size < room ? size : room);
    }
}

static void merge(struct install *to, const struct install *from)
{
    merge_text(to->product, sizeof to->product, from->product);
    merge_text(to->version, sizeof to->version, from->version);
    merge_text(to->package, sizeof to->package, from->package);
    merge_text(to->user, sizeof to->user, from->user);
    to->client_pid = to->client_pid != 0 ? to->client_pid : from->client_pid;
    if (!to->started_known && from->started_known) {
        to->started_known = true;
        to->started_ms = from->started_ms;
    }
    to->action = to->action != ACTION_UNKNOWN ? to->action : from->action;
    to->result = to->result != RESULT_UNKNOWN ? to->result : from->result;
    if (!to->status_known && from->status_known) {
        to->status_known = true;
        to->status = from->status;
    }
    to->reboot = from->reboot > to->reboot ? from->reboot : to->reboot;
}

static void put_into(struct joiner *joiner, struct unit *unit, struct kept *kept)
{
    merge(&unit->install, &kept->record.install);
    kept->unit = (size_t)(unit - joiner->units);
    bool tells = kept->record.kind != RECORD_END || unit->is_bare;
    unit->fresh = unit->fresh || (!kept->told && tells);
    unit->at_ms = kept->record.at_ms > unit->at_ms ? kept->record.at_ms : unit->at_ms;
    unit->came_ms = kept->came_ms > unit->came_ms ? kept->came_ms : unit->came_ms;
}

static struct unit *add_unit(struct joiner *joiner, const struct kept *kept, bool is_bare)
{
    struct unit *unit = &joiner->units[joiner->unit_count++];
    memset(unit, 0, sizeof *unit);
    unit->scope = kept->scope;
    unit->transaction = kept->transaction;
    unit->is_bare = is_bare;
    unit->at_ms = INT64_MIN;
    return unit;
}

/* First those with a product, so that the others find them. */
static void arrange_outcome_units(struct joiner *joiner, enum record_kind kind, bool with_product)
{
    for (size_t n = 0; n < joiner->count; n++) {
        struct kept *kept = &joiner->kept[joiner->order[n]];
        if (kept->record.kind != kind ||
            (kept->record.install.product[0] != '\0') != with_product) {
            continue;
        }
        struct unit *unit = NULL;
        for (size_t i = 0; i < joiner->unit_count; i++) {
            if (goes_with(joiner, &joiner->units[i], kept)) {
                unit = &joiner->units[i];
            }
        }
        put_into(joiner, unit != NULL ? unit : add_unit(joiner, kept, false), kept);
    }
}

/* Begins and ends tell all outcomes of their transaction who asked for it; or stand for themselves.
 */
static void arrange_transaction_units(struct joiner *joiner)
{
    for (size_t n = 0; n < joiner->count; n++) {
        struct kept *kept = &joiner->kept[joiner->order[n]];
        if (kept->record.kind != RECORD_BEGIN && kept->record.kind != RECORD_END) {
            continue;
        }
        bool found = false;
        for (size_t i = 0; i < joiner->unit_count; i++) {
            if (is_of(joiner, &joiner->units[i], kept)) {
                put_into(joiner, &joiner->units[i], kept);
                found = true;
            }
        }
        if (!found) {
            put_into(joiner, add_unit(joiner, kept, true), kept);
        }
    }
    for (size_t i = 0; i < joiner->unit_count; i++) {
        struct unit *unit = &joiner->units[i];
        unit->ended = unit->transaction == NOBODY ||
                      joiner->transactions[unit->transaction].end_known;
    }
}

static void arrange(struct joiner *joiner)
{
    sort(joiner);
    arrange_transactions(joiner);
    arrange_outcomes(joiner);
    joiner->unit_count = 0;
    arrange_outcome_units(joiner, RECORD_OUTCOME, true);
    arrange_outcome_units(joiner, RECORD_OUTCOME, false);
    arrange_outcome_units(joiner, RECORD_REBOOT, true);
    arrange_outcome_units(joiner, RECORD_REBOOT, false);
    arrange_transaction_units(joiner);
}

/* ---- what comes ---- */

static void remove_record(struct joiner *joiner, size_t i)
{
    memmove(&joiner->kept[i], &joiner->kept[i + 1],
            (joiner->count - i - 1) * sizeof joiner->kept[0]);
    joiner->count--;
}

/* Those told of that can be of no use any more. */
static void forget_old(struct joiner *joiner, uint64_t mono_ms)
{
    for (size_t i = joiner->count; i > 0; i--) {
        const struct kept *kept = &joiner->kept[i - 1];
        if (kept->told && mono_ms - kept->came_ms > JOINER_MINUTE_MS) {
            remove_record(joiner, i - 1);
        }
    }
}

/* Makes room for one more: the oldest that was told of goes, or else the oldest. */
static void make_room(struct joiner *joiner)
{
    size_t oldest = 0;
    for (size_t i = joiner->count; i > 0; i--) {
        if (joiner->kept[i - 1].told) {
            oldest = i - 1;
        }
    }
    const struct kept *kept = &joiner->kept[oldest];
    if (!kept->told && kept->record.kind == RECORD_OUTCOME) {
        joiner->scopes[kept->scope].extra++;
        joiner->dropped++;
    }
    remove_record(joiner, oldest);
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
    arrange(joiner);
}

/* A clock that was set back makes what was before it incomparable. */
static void begin_period(struct joiner *joiner, const struct event *transition, uint64_t place)
{
    const struct scope *last = &joiner->scopes[joiner->scope_count - 1];
    if (joiner->scope_count > 1 && transition->at_ms < last->end_ms) {
        joiner->scope_count = 1;
        joiner->lost_ms = transition->at_ms - 1;
    }
    if (joiner->scope_count == JOINER_PERIODS + 1) {
        joiner->lost_ms = joiner->scopes[1].end_ms;
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
    arrange(joiner);
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

static void mark_told(struct joiner *joiner, size_t unit)
{
    const struct unit *told = &joiner->units[unit];
    for (size_t i = 0; i < joiner->count; i++) {
        struct kept *kept = &joiner->kept[i];
        bool of_transaction = told->transaction != NOBODY &&
                              kept->transaction == told->transaction &&
                              (kept->record.kind == RECORD_BEGIN ||
                               kept->record.kind == RECORD_END);
        kept->told = kept->told || kept->unit == unit || of_transaction;
    }
    joiner->units[unit].fresh = false;
}

static bool is_worse(const struct unit *a, const struct unit *b)
{
    return a->install.result > b->install.result ||
           (a->install.result == b->install.result && a->at_ms > b->at_ms);
}

/* The last event of a scope tells the worst, and how many more there are. */
static size_t fold(struct joiner *joiner, size_t scope, struct install *install)
{
    size_t worst = NOBODY;
    uint32_t outcomes = 0;
    enum install_reboot reboot = REBOOT_UNKNOWN;
    for (size_t i = 0; i < joiner->unit_count; i++) {
        const struct unit *unit = &joiner->units[i];
        if (unit->scope != scope || !unit->fresh) {
            continue;
        }
        outcomes += !unit->is_bare;
        reboot = unit->install.reboot > reboot ? unit->install.reboot : reboot;
        if (worst == NOBODY || is_worse(unit, &joiner->units[worst])) {
            worst = i;
        }
    }
    *install = joiner->units[worst].install;
    install->reboot = reboot;
    install->further = outcomes > 0 ? outcomes - 1 : 0;
    for (size_t i = 0; i < joiner->unit_count; i++) {
        if (joiner->units[i].scope == scope && joiner->units[i].fresh) {
            mark_told(joiner, i);
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

bool joiner_next(struct joiner *joiner, uint64_t mono_ms, struct event *event,
                 struct install *install)
{
    move_late(joiner);
    for (size_t i = 0; i < joiner->unit_count; i++) {
        struct unit *unit = &joiner->units[i];
        size_t index = unit->scope;
        if (!unit->fresh || due_at(joiner, unit) > mono_ms) {
            continue;
        }
        bool last = joiner->scopes[index].told + 1 >= JOINER_EVENTS;
        *event = (struct event){.kind = EVENT_INSTALL, .of = joiner->scopes[index].place};
        if (last) {
            event->at_ms = joiner->units[fold(joiner, index, install)].at_ms;
        } else {
            event->at_ms = unit->at_ms;
            *install = unit->install;
            mark_told(joiner, i);
        }
        install->further += joiner->scopes[index].extra;
        joiner->scopes[index].extra = 0;
        count_told(joiner, index, mono_ms);
        turn_minute(joiner, mono_ms);
        event->install = install;
        return true;
    }
    turn_minute(joiner, mono_ms);
    return false;
}

uint64_t joiner_due(const struct joiner *joiner)
{
    uint64_t due = UINT64_MAX;
    for (size_t i = 0; i < joiner->unit_count; i++) {
        const struct unit *unit = &joiner->units[i];
        uint64_t at = unit->fresh ? due_at(joiner, unit) : UINT64_MAX;
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
