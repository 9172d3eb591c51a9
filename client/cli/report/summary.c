/* summary.c: what a stretch of the journal comes to. */
#include "cli/report/summary.h"

#include "cli/base/install.h"

#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

static uint32_t hash(const char *text)
{
    uint32_t value = UINT32_C(2166136261); /* FNV-1a */
    for (; *text != '\0'; text++) {
        value = (value ^ (unsigned char)*text) * UINT32_C(16777619);
    }
    return value;
}

static void words_release(struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free(words->items[i]);
    }
    free(words->items);
    free(words->table);
    memset(words, 0, sizeof *words);
}

/* The slot where the text is, or where it belongs. */
static uint32_t *words_slot(const struct words *words, const char *text)
{
    size_t slot = hash(text) & (words->slots - 1);
    while (words->table[slot] != 0 && strcmp(words->items[words->table[slot] - 1], text) != 0) {
        slot = (slot + 1) & (words->slots - 1);
    }
    return &words->table[slot];
}

static bool words_grow(struct words *words)
{
    size_t room = words->room == 0 ? 64 : words->room * 2;
    char **items = realloc(words->items, room * sizeof *items);
    if (items == NULL) {
        return false;
    }
    words->items = items;
    uint32_t *table = calloc(room * 4, sizeof *table);
    if (table == NULL) {
        return false;
    }
    free(words->table);
    words->table = table;
    words->slots = room * 4;
    words->room = room;
    for (size_t i = 0; i < words->count; i++) {
        *words_slot(words, words->items[i]) = (uint32_t)i + 1;
    }
    return true;
}

static bool words_add(struct words *words, const char *text, uint32_t *place)
{
    if (words->count == words->room && !words_grow(words)) {
        return false;
    }
    uint32_t *slot = words_slot(words, text);
    if (*slot == 0) {
        size_t size = strlen(text) + 1;
        char *copy = malloc(size);
        if (copy == NULL) {
            return false;
        }
        memcpy(copy, text, size);
        words->items[words->count++] = copy;
        *slot = (uint32_t)words->count;
    }
    *place = *slot - 1;
    return true;
}

/* The text's place, which is 0 for "". */
static uint32_t place_of(struct summary *summary, struct words *words, const char *text)
{
    uint32_t place = 0;
    if ((words->count == 0 && !words_add(words, "", &place)) || !words_add(words, text, &place)) {
        summary->failed = true;
        return 0;
    }
    return place;
}

/* ---- events ---- */

bool summary_is_failure(const char *outcome)
{
    return outcome[0] != '\0' && strcmp(outcome, "success") != 0;
}

void summary_release(struct summary *summary)
{
    stretches_release(&summary->stretches);
    words_release(&summary->names);
    words_release(&summary->words);
    free(summary->periods);
    free(summary->products);
    free(summary->ranking);
    memset(summary, 0, sizeof *summary);
}

/* The one that goes on; NULL: none does. */
static struct period *open_period(const struct summary *summary)
{
    struct period *last = summary->period_count == 0 ? NULL
                                                     : &summary->periods[summary->period_count - 1];
    return last != NULL && last->end == PERIOD_OPEN ? last : NULL;
}

static void end_period(struct summary *summary, const struct msiwatch_event *event, bool follows)
{
    struct period *period = open_period(summary);
    if (period == NULL) {
        return;
    }
    period->end = PERIOD_NOT_SEEN;
    if (!follows) {
        return;
    }
    int64_t lasted_ms = event->at_ms > period->at_ms ? event->at_ms - period->at_ms : 0;
    period->lasted_ms = event->after_known != 0 ? event->after_ms : (uint64_t)lasted_ms;
    period->end = event->to == MSIWATCH_UNKNOWN ? PERIOD_NOT_SEEN : PERIOD_ENDED;
}

static void begin_period(struct summary *summary, const struct msiwatch_event *event)
{
    if (summary->period_count == summary->period_room) {
        size_t room = summary->period_room == 0 ? 256 : summary->period_room * 2;
        struct period *periods = realloc(summary->periods, room * sizeof *periods);
        if (periods == NULL) {
            summary->failed = true;
            return;
        }
        summary->periods = periods;
        summary->period_room = room;
    }
    summary->periods[summary->period_count++] = (struct period){
        .seq = event->seq, .at_ms = event->at_ms, .end = PERIOD_OPEN};
}

static struct period *find(const struct summary *summary, uint64_t seq)
{
    size_t begin = 0, end = summary->period_count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (summary->periods[middle].seq < seq) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin < summary->period_count && summary->periods[begin].seq == seq
               ? &summary->periods[begin]
               : NULL;
}

const struct period *summary_find(const struct summary *summary, uint64_t seq)
{
    return seq == 0 ? NULL : find(summary, seq);
}

/* What is only counted; true: it says nothing of the busy period. */
static bool count_install(struct summary *summary, const struct told_install *install)
{
    bool collision = strcmp(install->result, "collision") == 0;
    bool check = strcmp(install->action, "check") == 0;
    if (install->untrusted) {
        summary->counts.untrusted += 1 + install->further;
    } else if (check) {
        summary->counts.checks += 1 + install->further;
    } else {
        summary->counts.collisions += collision;
        summary->counts.lost += strcmp(install->result, "lost") == 0;
    }
    return check || !install_names_period(install);
}

/* Of several products in one period the first is shown; of several outcomes, one that failed. */
static void take_install(struct summary *summary, const struct msiwatch_event *event,
                         const char *json)
{
    struct told_install install;
    struct period *period = event->first == 0 ? NULL : find(summary, event->first);
    if (!install_read(&install, json) || count_install(summary, &install) || period == NULL) {
        return;
    }
    const char *name = install.product[0] != '\0' ? install.product : install.package;
    uint32_t product = place_of(summary, &summary->names, name);
    if (period->product == 0) {
        period->product = product;
        period->version = place_of(summary, &summary->words, install.version);
        period->action = place_of(summary, &summary->words, install.action);
    } else if (product != 0 && product != period->product && period->more < UINT16_MAX) {
        period->more++;
    }
    if (install.further > period->more && install.further < UINT16_MAX) {
        period->more = (uint32_t)install.further;
    }
    bool failed = period->outcome != 0 && summary_is_failure(summary->words.items[period->outcome]);
    if (install.result[0] != '\0' && !failed) {
        period->outcome = place_of(summary, &summary->words, install.result);
    }
}

void summary_take(struct summary *summary, const struct msiwatch_event *event, const char *json)
{
    bool follows = event->seq == summary->last_seq + 1;
    if (!follows) { /* what came between is not held */
        end_period(summary, event, false);
    }
    summary->last_seq = event->seq;
    stretches_take(&summary->stretches, event);
    if (event->kind == MSIWATCH_EVENT_INSTALL) {
        take_install(summary, event, json);
    } else if (event->kind == MSIWATCH_EVENT_TRANSITION) {
        end_period(summary, event, true);
        if (event->to == MSIWATCH_BUSY) {
            begin_period(summary, event);
        }
    }
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
    for (size_t i = 0; i < summary->period_count; i++) {
        const struct period *period = &summary->periods[i];
        struct product *product = &summary->products[period->product];
        product->periods++;
        product->busy_ms += period->lasted_ms;
        if (period->lasted_ms > product->longest_ms) {
            product->longest_ms = period->lasted_ms;
        }
        if (period->outcome != 0 && summary_is_failure(summary->words.items[period->outcome])) {
            product->failures++;
        }
    }
}

/* Of products that were busy for as long, the one that came first. */
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
    size_t count = summary->names.count - 1;
    summary->ranking = calloc(count + 1, sizeof(struct product *));
    if (summary->ranking == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        summary->ranking[i] = &summary->products[i + 1];
    }
    summary->ranking_count = count;
    qsort(summary->ranking, count, sizeof(struct product *), compare_ranks);
    for (size_t i = 0; i < count && i < SUMMARY_COLOURS; i++) {
        summary->ranking[i]->colour = (unsigned)i + 1;
    }
    return true;
}

void summary_finish(struct summary *summary)
{
    struct period *last = open_period(summary);
    if (last != NULL && summary->until_ms > last->at_ms) {
        last->lasted_ms = (uint64_t)(summary->until_ms - last->at_ms);
    }
    place_of(summary, &summary->names, "");
    place_of(summary, &summary->words, "");
    if (summary->failed) {
        return;
    }
    summary->products = calloc(summary->names.count, sizeof *summary->products);
    if (summary->products == NULL) {
        summary->failed = true;
        return;
    }
    for (size_t i = 0; i < summary->names.count; i++) {
        summary->products[i].name = summary->names.items[i];
    }
    sum_states(summary);
    sum_products(summary);
    summary->failed = !rank_products(summary) || summary->stretches.failed;
}

const struct period *summary_longest(const struct summary *summary)
{
    const struct period *longest = NULL;
    for (size_t i = 0; i < summary->period_count; i++) {
        if (longest == NULL || summary->periods[i].lasted_ms > longest->lasted_ms) {
            longest = &summary->periods[i];
        }
    }
    return longest;
}
