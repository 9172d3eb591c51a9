/* correlator_decide.c: decides when an installation is complete, and what is known of it. To which
 * installation an outcome belongs: correlator_rules.c; in which period: periods.c.
 */
#include "decide/correlator_state.h"

#include <string.h>

/* A transaction that has begun, and is never seen to run or to end, is given up after this time. */
#define STALE_MS 600000u

/* ---- what the records say ---- */

/* Which record of an outcome says most: a failure, then an update, then the last one. */
static int rank_of(const struct entry *entry)
{
    const struct install *said = &entry->record.install;
    return said->result != RESULT_SUCCESS ? 2 : said->action == ACTION_UPDATE ? 1 : 0;
}

static void add_record(struct installation *one, const struct entry *entry)
{
    const struct install *said = &entry->record.install;
    struct install *into = &one->install;
    copy_known(into->product, said->product, sizeof said->product);
    copy_known(into->version, said->version, sizeof said->version);
    copy_known(into->product_code, said->product_code, sizeof said->product_code);
    copy_known(into->patch_code, said->patch_code, sizeof said->patch_code);
    if (into->user[0] == '\0') {
        copy_known(into->user, said->user, sizeof said->user);
    }
    into->reboot = said->reboot > into->reboot ? said->reboot : into->reboot;
    into->trusted = is_trusted(entry->record.writer) ? TRUST_YES : into->trusted;
    one->at_ms = entry->record.at_ms > one->at_ms ? entry->record.at_ms : one->at_ms;
}

/* Adds everything that these records say. Several updates are one installation. */
static void add_records(const struct correlator *correlator, struct installation *one,
                        const bool members[])
{
    struct install before = one->install, *into = &one->install;
    const struct entry *best = NULL;
    uint32_t updates = 0;
    for (size_t i = 0; i < correlator->count; i++) {
        const struct entry *entry = &correlator->entries[i];
        if (members[i]) {
            add_record(one, entry);
        }
        if (members[i] && is_outcome(entry)) {
            updates += entry->record.install.action == ACTION_UPDATE;
            best = best == NULL || rank_of(entry) >= rank_of(best) ? entry : best;
        }
    }
    if (best != NULL) {
        const struct install *said = &best->record.install;
        one->has_outcome = true;
        into->action = said->action;
        into->result = said->result;
        into->status_known = said->status_known;
        into->status = said->status;
    }
    into->further = updates > 1 ? updates - 1 : into->further;
    one->news = one->news || before.result != into->result || before.reboot != into->reboot ||
                strcmp(before.product_code, into->product_code) != 0;
}

/* ---- rule 4: in which period ---- */

static const struct period *period_of(const struct correlator *correlator,
                                      const struct installation *one)
{
    const struct moment *begin = one->began ? &one->begin : NULL;
    return one->ended ? periods_of_end(&correlator->periods, begin, &one->end)
                      : periods_of_begin(&correlator->periods, begin);
}

static void place(const struct correlator *correlator, struct installation *one)
{
    const struct period *period = period_of(correlator, one);
    bool sure = period != NULL && !one->forged &&
                (one->ended || period_seen_by(period, &one->begin));
    one->of = sure ? period->position : 0;
}

/* ---- one installation ---- */

/* Adds what these records say to an installation (NULL for none), and removes them. Returns false
 * if there is nothing to report. */
static bool decide_installation(struct correlator *correlator, struct installation *one,
                                const bool members[], uint64_t mono_ms, struct report *out)
{
    if (one != NULL) {
        add_records(correlator, one, members);
    }
    if (one != NULL && !one->decided) {
        place(correlator, one);
        one->install.result = one->ended || one->has_outcome ? one->install.result : RESULT_LOST;
        one->decided = true;
    }
    bool news = one != NULL && (!one->reported || one->news);
    correlator_remove(correlator, members);
    return news && correlator_report(correlator, one, mono_ms, out);
}

/* ---- transactions ---- */

/* Returns whether the installation has a record that needs a decision; *last_ms is when its last
 * record came. */
static bool find_own(const struct correlator *correlator, size_t index, uint64_t *last_ms)
{
    const struct installation *one = &correlator->installs[index];
    bool any = false;
    *last_ms = one->came_ms;
    for (size_t i = 0; i < correlator->count; i++) {
        const struct entry *entry = &correlator->entries[i];
        if (entry->owner == index) {
            any = any || is_outcome(entry) || one->decided;
            *last_ms = entry->came_ms > *last_ms ? entry->came_ms : *last_ms;
        }
    }
    return any;
}

/* Returns when a transaction that has not ended is given up. */
static uint64_t lost_due(const struct correlator *correlator, const struct installation *one,
                         uint64_t last_ms)
{
    const struct period *period = period_of(correlator, one);
    uint64_t over_ms = last_ms;
    if (correlator->blind) {
        return NEVER;
    }
    if (one->abandoned_ms != NEVER) {
        over_ms = one->abandoned_ms;
    } else if (one->limit_order == NEVER) {
        if (period == NULL || period->lost_sight) {
            return one->came_ms + STALE_MS;
        }
        over_ms = period->open ? NEVER : period->end_mono_ms;
    }
    over_ms = over_ms < correlator->sighted_ms ? correlator->sighted_ms : over_ms;
    return over_ms == NEVER ? NEVER : over_ms + CORRELATOR_LATE_MS;
}

/* Returns when the installation is decided if nothing more comes; NEVER if it is still running. */
static uint64_t transaction_due(const struct correlator *correlator, size_t index)
{
    const struct installation *one = &correlator->installs[index];
    uint64_t last_ms;
    if (!one->transaction || one->carried) {
        return NEVER;
    }
    bool outcome = find_own(correlator, index, &last_ms);
    if (one->decided) {
        return outcome || one->news ? last_ms + CORRELATOR_SETTLE_MS : NEVER;
    }
    if (!one->ended) {
        return lost_due(correlator, one, last_ms);
    }
    const struct period *period = period_of(correlator, one);
    const struct entry *own = correlator_outcome(correlator, index);
    /* A failure of an unknown product may belong to another installation, so it waits longer. */
    if (own != NULL &&
        (own->record.install.result == RESULT_SUCCESS || one->install.product_code[0] != '\0')) {
        return last_ms + (period != NULL ? CORRELATOR_SETTLE_MS : CORRELATOR_UNSEEN_MS);
    }
    if (period != NULL && period->open && !outcome) {
        return NEVER;
    }
    bool later = period != NULL && !period->open && period->end_mono_ms > last_ms;
    return (later ? period->end_mono_ms : last_ms) + CORRELATOR_LATE_MS;
}

static bool decide_transaction(struct correlator *correlator, size_t index, uint64_t mono_ms,
                               struct report *out)
{
    struct installation *one = &correlator->installs[index];
    bool members[CORRELATOR_RECORDS] = {false};
    const struct entry *outcome = one->decided ? NULL : correlator_outcome(correlator, index);
    for (size_t i = 0; i < correlator->count; i++) {
        struct entry *entry = &correlator->entries[i];
        bool own = one->decided || (outcome == NULL ? entry->record.kind == RECORD_IN_USE
                                                    : correlator_same_product(outcome, entry));
        members[i] = entry->owner == index && own;
        entry->left = entry->left || (entry->owner == index && !own);
    }
    return decide_installation(correlator, one, members, mono_ms, out);
}

/* ---- without a transaction ---- */

static uint64_t loose_due(const struct correlator *correlator, size_t index)
{
    const struct entry *entry = &correlator->entries[index];
    uint64_t wait_ms = entry->record.kind == RECORD_ERROR ? CORRELATOR_PENDING_MS
                       : !is_outcome(entry)               ? CORRELATOR_LATE_MS
                                                          : CORRELATOR_SETTLE_MS;
    return entry->owner != NOBODY ? NEVER : entry->came_ms + wait_ms;
}

/* Finds the installation of an outcome that stands in no transaction. NULL if it was a check, which
 * is only counted. */
static struct installation *find_loose(struct correlator *correlator, const struct entry *entry,
                                       uint64_t mono_ms)
{
    const struct install_record *record = &entry->record;
    bool several;
    struct installation *one = correlator_pending(correlator, entry, &several);
    if (one != NULL) {
        return one;
    }
    if (!entry->forged && correlator_is_check(correlator, entry)) {
        correlator_tally(correlator, TALLY_CHECKS, &record->install, record->at_ms, mono_ms);
        return NULL;
    }
    one = correlator_new_installation(correlator, mono_ms);
    *one = (struct installation){
        .ended = true,
        .end = moment_of(record),
        .writer = record->writer,
        .writer_pid = record->writer_pid,
        .forged = entry->forged,
        .came_ms = entry->came_ms,
        .decided = true,
        /* If so, it belongs to one of several installations that were already counted. */
        .reported = several,
    };
    if (record->install.result == RESULT_COLLISION) {
        place(correlator, one);
    }
    return one;
}

static bool decide_loose(struct correlator *correlator, size_t index, uint64_t mono_ms,
                         struct report *out)
{
    bool members[CORRELATOR_RECORDS] = {false};
    const struct entry *entry = &correlator->entries[index];
    struct installation *one = NULL;
    members[index] = true;
    if (is_outcome(entry)) {
        size_t error = correlator_error(correlator, entry);
        correlator_group(correlator, index, members);
        one = find_loose(correlator, entry, mono_ms);
        if (error != NOBODY) { /* each error stands for one failure */
            members[error] = true;
        }
    }
    return decide_installation(correlator, one, members, mono_ms, out);
}

/* ---- what is due ---- */

/* When the service stops, everything that has ended is due immediately, and the rest is left to the
 * next run. */
static bool is_due(uint64_t due, bool ended, uint64_t mono_ms)
{
    return mono_ms == NEVER ? ended : due <= mono_ms;
}

bool correlator_next(struct correlator *correlator, uint64_t mono_ms, struct event *event,
                     struct install *install, bool *again)
{
    struct report out = {event, install, again};
    *again = false;
    /* First the outcomes outside transactions, because an ended transaction may still get one of
     * them. */
    for (size_t i = 0; i < correlator->count;) {
        const struct entry *entry = &correlator->entries[i];
        bool ended = is_outcome(entry) && entry->owner == NOBODY;
        if (!is_due(loose_due(correlator, i), ended, mono_ms)) {
            i++;
        } else if (decide_loose(correlator, i, mono_ms, &out)) {
            return true;
        } else {
            i = 0;
        }
    }
    for (size_t i = 0; i < correlator->install_count; i++) {
        const struct installation *one = &correlator->installs[i];
        bool ended = one->transaction && !one->carried &&
                     (one->decided ? transaction_due(correlator, i) != NEVER : one->ended);
        if (is_due(transaction_due(correlator, i), ended, mono_ms) &&
            decide_transaction(correlator, i, mono_ms, &out)) {
            return true;
        }
    }
    return correlator_tally_report(correlator, mono_ms, &out);
}

uint64_t correlator_due(const struct correlator *correlator)
{
    uint64_t due = correlator_tally_due(correlator);
    for (size_t i = 0; i < correlator->install_count; i++) {
        uint64_t at = transaction_due(correlator, i);
        due = at < due ? at : due;
    }
    for (size_t i = 0; i < correlator->count; i++) {
        uint64_t at = loose_due(correlator, i);
        due = at < due ? at : due;
    }
    return due;
}
