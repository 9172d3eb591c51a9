/* installs_rows.c: finishes the rows of installations: when each began, how long it took, and in
 * whose turn it ran. */
#include "cli/base/installs.h"

#include <stdlib.h>
#include <string.h>

/* The time of a record of the event log and that of a turn are not from the same reading of a
 * clock. */
#define SLACK_MS 1000

/* Sets when it began, and what its period says about it. */
static void place_item(struct installs *installs, struct installation *one)
{
    const struct period *period = installs_find(installs, one->of);
    bool collision = one->result == RESULT_COLLISION;
    one->at_ms = one->started_at_ms != 0 ? one->started_at_ms : one->told_ms;
    one->end = PERIOD_NONE;
    installs->counts.collisions += collision && !one->untrusted;
    installs->counts.lost += one->result == RESULT_LOST && !one->untrusted;
    installs->counts.failed += installs_has_failed(one) && !one->untrusted;
    installs->counts.restarts += install_wants_restart(one->reboot) && !one->untrusted;
    if (period != NULL && !collision && !one->untrusted) {
        /* If a user installs by hand, that began long before the machine was busy. */
        one->at_ms = one->started_at_ms > period->at_ms ? one->started_at_ms : period->at_ms;
        one->end = period->end;
    }
}

static int compare_rows(const void *left, const void *right)
{
    const struct installation *a = left, *b = right;
    if (a->at_ms != b->at_ms) {
        return a->at_ms < b->at_ms ? -1 : 1;
    }
    return a->first_seq < b->first_seq ? -1 : a->first_seq > b->first_seq;
}

/* An installation lasts until the next one of its period begins, and the last until the period
 * ends, because they never run at the same time. */
static void time_items(struct installs *installs)
{
    for (size_t i = 0; i < installs->count; i++) {
        struct installation *one = &installs->items[i];
        const struct period *period = one->end == PERIOD_NONE ? NULL
                                                              : installs_find(installs, one->of);
        if (period == NULL || one->shared) {
            continue;
        }
        int64_t since_ms = one->at_ms - period->at_ms;
        uint64_t passed_ms = since_ms > 0 ? (uint64_t)since_ms : 0;
        uint64_t until_ms = period->lasted_ms;
        for (size_t next = i + 1; next < installs->count; next++) {
            struct installation *other = &installs->items[next];
            uint64_t begin_ms = (uint64_t)(other->at_ms - period->at_ms);
            if (begin_ms > period->lasted_ms) {
                break;
            }
            if (other->of != one->of || other->end == PERIOD_NONE) {
                continue;
            }
            if (other->at_ms == one->at_ms) {
                other->shared = true;
                continue;
            }
            until_ms = begin_ms;
            one->end = PERIOD_ENDED;
            break;
        }
        one->lasted_ms = until_ms > passed_ms ? until_ms - passed_ms : 0;
        one->stalled_ms = period->stalled_ms < one->lasted_ms ? period->stalled_ms : one->lasted_ms;
    }
}

static bool is_by(const struct installation *one, const struct turn_taken *turn)
{
    bool within = one->at_ms + SLACK_MS >= turn->since_ms && one->at_ms <= turn->until_ms;
    bool known = one->chain_count == 0; /* then only the time decides */
    for (unsigned i = 0; i < one->chain_count; i++) {
        known = known || one->chain[i] == turn->pid;
    }
    return within && known && !one->untrusted;
}

/* Turns never overlap, and both lists are sorted by time. The time that a turn waited is given only
 * to the first installation in it. */
static void give_turns(struct installs *installs)
{
    for (size_t t = 0, i = 0; t < installs->turn_count; t++) {
        const struct turn_taken *turn = &installs->turns[t];
        bool first = true;
        while (i < installs->count && installs->items[i].at_ms + SLACK_MS < turn->since_ms) {
            i++;
        }
        for (size_t k = i; k < installs->count && installs->items[k].at_ms <= turn->until_ms; k++) {
            if (is_by(&installs->items[k], turn)) {
                installs->items[k].turn = turn->who;
                installs->items[k].waited_ms = first ? turn->waited_ms : 0;
                first = false;
            }
        }
    }
}

static void add_unexplained(struct installs *installs)
{
    for (size_t i = 0; i < installs->period_count; i++) {
        const struct period *period = &installs->periods[i];
        struct installation *one = period->explained ? NULL : installs_add(installs);
        if (one != NULL) {
            *one = (struct installation){.seq = period->seq,
                                         .first_seq = period->seq,
                                         .of = period->seq,
                                         .at_ms = period->at_ms,
                                         .started_by = period->started_by,
                                         .lasted_ms = period->lasted_ms,
                                         .stalled_ms = period->stalled_ms,
                                         .end = period->end};
        }
    }
}

void installs_finish(struct installs *installs, int64_t until_ms)
{
    struct period *last = installs_open_period(installs);
    if (last != NULL && until_ms > last->at_ms) {
        last->lasted_ms = (uint64_t)(until_ms - last->at_ms);
    }
    strings_place(&installs->strings, "");
    for (size_t i = 0; i < installs->count; i++) {
        place_item(installs, &installs->items[i]);
    }
    add_unexplained(installs);
    if (installs->count > 0) {
        qsort(installs->items, installs->count, sizeof *installs->items, compare_rows);
    }
    time_items(installs);
    give_turns(installs);
    installs->failed = installs->failed || installs->strings.failed;
}
