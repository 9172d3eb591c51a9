/* summary.c: sums up a stretch of the journal. */
#include "cli/report/summary.h"

#include <stdlib.h>
#include <string.h>

void summary_release(struct summary *summary)
{
    stretches_release(&summary->stretches);
    installs_release(&summary->installs);
    free(summary->products);
    free(summary->ranking);
    memset(summary, 0, sizeof *summary);
}

void summary_take(struct summary *summary, const struct msiwatch_event *event, const char *json)
{
    stretches_take(&summary->stretches, event);
    installs_take(&summary->installs, event, json);
}

void summary_take_status(struct summary *summary, const struct msiwatch_status *status,
                         const char *json)
{
    summary->current = true;
    summary->state = status->state;
    summary->state_since_ms = status->since_ms;
    now_read(&summary->now, json);
    installs_take_status(&summary->installs, json);
}

uint32_t summary_product(const struct installation *one)
{
    return one->product != 0 ? one->product : one->package;
}

/* ---- sums ---- */

static void sum_states(struct summary *summary)
{
    const struct stretches *stretches = &summary->stretches;
    int64_t known_from = summary->until_ms;
    for (size_t i = 0; i < stretches->count; i++) {
        const struct stretch *stretch = &stretches->items[i];
        int64_t begin, end;
        bool within = stretches_within(stretches, i, summary->since_ms, summary->until_ms, &begin,
                                       &end);
        known_from = begin < known_from ? begin : known_from;
        if (!within) {
            continue;
        }
        uint64_t *sum = stretch->state == MSIWATCH_BUSY      ? &summary->sums.busy_ms
                        : stretch->state == MSIWATCH_IDLE    ? &summary->sums.idle_ms
                        : stretch->state == MSIWATCH_UNKNOWN ? &summary->sums.unknown_ms
                                                             : &summary->sums.missing_ms;
        *sum += (uint64_t)(end - begin);
    }
    if (known_from > summary->since_ms) {
        summary->sums.missing_ms += (uint64_t)(known_from - summary->since_ms);
    }
}

static void sum_products(struct summary *summary)
{
    const struct installs *installs = &summary->installs;
    for (size_t i = 0; i < installs->count; i++) {
        const struct installation *one = &installs->items[i];
        struct product *product = &summary->products[summary_product(one)];
        if (one->untrusted || one->end == PERIOD_NONE) {
            product->failures += !one->untrusted && installs_has_failed(one);
            continue;
        }
        product->count++;
        product->busy_ms += one->lasted_ms;
        if (one->lasted_ms > product->longest_ms) {
            product->longest_ms = one->lasted_ms;
        }
        product->failures += installs_has_failed(one);
    }
}

/* Of two products that were busy for equally long, the one that came first is first. */
static int compare_ranks(const void *left, const void *right)
{
    const struct product *a = *(const struct product *const *)left;
    const struct product *b = *(const struct product *const *)right;
    if (a->busy_ms != b->busy_ms) {
        return a->busy_ms < b->busy_ms ? 1 : -1;
    }
    return a < b ? -1 : a > b;
}

static bool rank_products(struct summary *summary)
{
    size_t count = 0, all = summary->installs.strings.count;
    summary->ranking = calloc(all, sizeof(struct product *));
    if (summary->ranking == NULL) {
        return false;
    }
    for (size_t i = 1; i < all; i++) {
        if (summary->products[i].count + summary->products[i].failures > 0) {
            summary->ranking[count++] = &summary->products[i];
        }
    }
    summary->ranking_count = count;
    if (count > 0) {
        qsort(summary->ranking, count, sizeof(struct product *), compare_ranks);
    }
    for (size_t i = 0; i < count && i < SUMMARY_COLOURS; i++) {
        summary->ranking[i]->colour = (unsigned)i + 1;
    }
    return true;
}

void summary_finish(struct summary *summary)
{
    struct installs *installs = &summary->installs;
    installs_finish(installs, summary->until_ms);
    summary->failed = installs->failed || summary->stretches.failed;
    if (!summary->failed) {
        summary->products = calloc(installs->strings.count, sizeof *summary->products);
        summary->failed = summary->products == NULL;
    }
    if (summary->failed) {
        return;
    }
    for (size_t i = 0; i < installs->strings.count; i++) {
        summary->products[i].name = installs->strings.items[i];
    }
    sum_states(summary);
    sum_products(summary);
    summary->failed = !rank_products(summary);
}

const struct period *summary_longest(const struct summary *summary)
{
    const struct period *longest = NULL;
    for (size_t i = 0; i < summary->installs.period_count; i++) {
        const struct period *period = &summary->installs.periods[i];
        if (longest == NULL || period->lasted_ms > longest->lasted_ms) {
            longest = period;
        }
    }
    return longest;
}
