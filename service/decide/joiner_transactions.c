/* joiner_transactions.c: records into transactions, transactions into busy periods. */
#include "decide/joiner_state.h"

#include <string.h>

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

void joiner_arrange_transactions(struct joiner *joiner)
{
    sort(joiner);
    arrange_transactions(joiner);
    arrange_outcomes(joiner);
}
