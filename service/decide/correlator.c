/* correlator.c: takes the records of the event log, and knows what is being installed now. */
#include "decide/correlator.h"

#include "common/utf8.h"
#include "decide/correlator_state.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* How long an installation counts as current before it is seen to run. */
#define EARLY_MS 4000u

int correlator_new(struct correlator **out, const struct correlator_config *config)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return UV_ENOMEM;
    }
    (*out)->config = *config;
    return 0;
}

void correlator_free(struct correlator *correlator)
{
    free(correlator);
}

/* ---- transactions ---- */

/* Finds the other half of a transaction: of the same client, the nearest in the log. */
static struct installation *find_half(struct correlator *correlator, bool begin, uint32_t pid,
                                      uint64_t order)
{
    struct installation *found = NULL;
    uint64_t nearest = NEVER;
    for (size_t i = 0; i < correlator->install_count; i++) {
        struct installation *one = &correlator->installs[i];
        bool half = one->transaction && one->install.client_pid == pid &&
                    (begin ? !one->began && one->end_order > order
                           : !one->ended && one->begin_order < order);
        uint64_t apart = begin ? one->end_order - order : order - one->begin_order;
        if (half && apart < nearest) {
            found = one;
            nearest = apart;
        }
    }
    return found;
}

static void note_begin(struct installation *one, const struct entry *entry)
{
    const struct install *said = &entry->record.install;
    copy_known(one->install.user, said->user, sizeof said->user);
    one->install.started_known = said->started_known;
    one->install.started_ms = said->started_ms;
    one->install.chain = said->chain;
    one->carried = false;
    one->began = true;
    one->begin_order = entry->order;
    one->begin_id = entry->record.record_id;
    one->begin = moment_of(&entry->record);
}

/* 1042 names SYSTEM whoever the user was, so the user in it is not used. */
static void note_end(struct installation *one, const struct entry *entry)
{
    if (one->install.result == RESULT_LOST) { /* it was not lost; the log could not be read */
        one->install.result = RESULT_UNKNOWN;
        one->decided = false;
    }
    /* An end without a begin that is read later than it was written belongs to an installation that
     * an earlier run reported without an outcome. An end that is read live does not. */
    one->carried = !one->began && entry->record.replayed;
    one->ended = true;
    one->end_order = entry->order;
    one->end_id = entry->record.record_id;
    one->end = moment_of(&entry->record);
}

static void note_transaction(struct correlator *correlator, const struct entry *entry)
{
    const struct install_record *record = &entry->record;
    const struct install *said = &record->install;
    bool begin = record->kind == RECORD_BEGIN;
    struct installation *one = find_half(correlator, begin, said->client_pid, entry->order);
    if (one == NULL) {
        one = correlator_new_installation(correlator, entry->came_ms);
        *one = (struct installation){.transaction = true, .abandoned_ms = NEVER};
        one->install.client_pid = said->client_pid;
    }
    copy_known(one->install.package, said->package, sizeof said->package);
    copy_known(one->install.product_code, said->product_code, sizeof said->product_code);
    if (begin) {
        note_begin(one, entry);
    } else {
        note_end(one, entry);
    }
    if (begin || !one->began) {
        one->writer = record->writer;
        one->writer_pid = record->writer_pid;
        one->install.trusted = is_trusted(record->writer) ? TRUST_YES : TRUST_UNKNOWN;
    }
    one->came_ms = entry->came_ms;
    one->at_ms = record->at_ms > one->at_ms ? record->at_ms : one->at_ms;
    one->news = one->reported;
}

/* ---- other records ---- */

/* Drops the oldest record, which is then only counted. */
static void make_room(struct correlator *correlator, uint64_t mono_ms)
{
    const struct entry *oldest = &correlator->entries[0];
    if (is_outcome(oldest)) {
        correlator_tally(correlator, oldest->forged ? TALLY_FORGED : TALLY_OTHERS, NULL,
                         oldest->record.at_ms, mono_ms);
    }
    correlator_remove(correlator, (const bool[CORRELATOR_RECORDS]){true});
}

static void insert(struct correlator *correlator, const struct entry *entry)
{
    if (correlator->count == CORRELATOR_RECORDS) {
        make_room(correlator, entry->came_ms);
    }
    size_t at = correlator->count;
    while (at > 0 && correlator->entries[at - 1].order > entry->order) {
        at--;
    }
    memmove(&correlator->entries[at + 1], &correlator->entries[at],
            (correlator->count - at) * sizeof correlator->entries[0]);
    correlator->entries[at] = *entry;
    correlator->count++;
}

/* If the outcome has not come by now, it will not come, so the record of the end is no longer
 * needed. */
static void forget_pending(struct correlator *correlator, uint64_t mono_ms)
{
    for (size_t i = 0; i < correlator->install_count; i++) {
        struct installation *one = &correlator->installs[i];
        bool over = one->has_outcome || mono_ms - one->came_ms > CORRELATOR_PENDING_MS;
        if ((one->reported || one->carried) && one->end_id != 0 && over) {
            correlator_done(correlator, one->end_id);
            one->end_id = 0;
        }
    }
}

/* The sentences name a product only by its code; another record of the same product has its
 * name. */
static const char *name_of(const struct correlator *correlator, const struct install *said)
{
    size_t installs = correlator->install_count;
    for (size_t i = 0; said->product[0] == '\0' && i < installs + correlator->count; i++) {
        const struct install *other = i < installs
                                          ? &correlator->installs[i].install
                                          : &correlator->entries[i - installs].record.install;
        if (other->product[0] != '\0' && strcmp(other->product_code, said->product_code) == 0) {
            return other->product;
        }
    }
    return said->product[0] != '\0' ? said->product : said->product_code;
}

static void note_restart(struct correlator *correlator, const struct install_record *record)
{
    const struct install *said = &record->install;
    struct restart *restart = &correlator->restart;
    int64_t latest_ms = record->at_ms + (record->whole_second ? 999 : 0);
    if (record->replayed && latest_ms < correlator->config.booted_ms) {
        return;
    }
    bool named = said->product_code[0] != '\0' && strcmp(restart->by, said->product_code) == 0;
    if (said->reboot > restart->reboot && record->writer != WRITER_OTHER) {
        named = said->reboot > REBOOT_NONE;
        *restart = (struct restart){
            .reboot = said->reboot, .at_known = named, .at_ms = named ? record->at_ms : 0};
    }
    if (named) {
        utf8_copy(restart->by, sizeof restart->by, name_of(correlator, said));
    }
}

void correlator_record(struct correlator *correlator, const struct install_record *record,
                       uint64_t mono_ms)
{
    struct entry entry = {.record = *record, .came_ms = mono_ms, .owner = NOBODY};
    entry.order = record->record_id != 0 ? record->record_id : correlator->last_order + 1;
    correlator->last_order = entry.order > correlator->last_order ? entry.order
                                                                  : correlator->last_order;
    if (record->kind == RECORD_BEGIN || record->kind == RECORD_END) {
        note_transaction(correlator, &entry);
    } else {
        insert(correlator, &entry);
    }
    note_restart(correlator, record);
    forget_pending(correlator, mono_ms);
    correlator_arrange(correlator);
}

void correlator_transition(struct correlator *correlator, const struct event *transition,
                           uint64_t position, uint64_t mono_ms)
{
    periods_turn(&correlator->periods, transition, position, mono_ms);
    correlator_arrange(correlator);
}

void correlator_log_readable(struct correlator *correlator, bool readable, uint64_t mono_ms)
{
    correlator->sighted_ms = correlator->blind && readable ? mono_ms : correlator->sighted_ms;
    correlator->blind = !readable;
}

void correlator_abandoned(struct correlator *correlator, uint64_t mono_ms)
{
    for (size_t i = 0; i < correlator->install_count; i++) {
        struct installation *one = &correlator->installs[i];
        if (one->transaction && !one->ended && one->abandoned_ms == NEVER) {
            one->abandoned_ms = mono_ms;
        }
    }
}

/* ---- the present ---- */

/* Finds the first installation that has begun and not ended; a forged one only if there is no
 * other. While the verdict is not busy, this may be one that is about to take the mutex. */
static const struct installation *find_current(const struct correlator *correlator,
                                               uint64_t mono_ms)
{
    const struct installation *found = NULL;
    for (size_t i = 0; i < correlator->install_count; i++) {
        const struct installation *one = &correlator->installs[i];
        if (!one->began || one->ended || one->decided || one->limit_order != NEVER ||
            one->abandoned_ms != NEVER) {
            continue;
        }
        const struct period *period = periods_of_begin(&correlator->periods, &one->begin);
        bool now = period != NULL ? period->open : mono_ms - one->came_ms <= EARLY_MS;
        bool better = found == NULL ||
                      (found->forged != one->forged ? found->forged
                                                    : one->begin_order < found->begin_order);
        found = now && better ? one : found;
    }
    return found;
}

bool correlator_current(const struct correlator *correlator, uint64_t mono_ms, struct install *out)
{
    const struct installation *found = find_current(correlator, mono_ms);
    if (found != NULL) {
        *out = found->install;
        out->trusted = found->forged ? TRUST_NO : out->trusted;
    }
    return found != NULL;
}

enum owner_role correlator_owner_role(const struct correlator *correlator, uint32_t pid,
                                      uint64_t mono_ms)
{
    const struct installation *found = find_current(correlator, mono_ms);
    if (found == NULL || found->forged) {
        return ROLE_UNKNOWN;
    }
    return found->install.client_pid == pid ? ROLE_CLIENT : ROLE_OTHER;
}

const struct restart *correlator_restart(const struct correlator *correlator)
{
    return &correlator->restart;
}

void correlator_remember_restart(struct correlator *correlator, const struct restart *restart)
{
    if (restart->reboot > correlator->restart.reboot) {
        correlator->restart = *restart;
    }
}
