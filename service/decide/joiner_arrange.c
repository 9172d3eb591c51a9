/* joiner_arrange.c: what the joiner holds, arranged into units, of which each is one event. */
#include "decide/joiner_state.h"

#include <string.h>

/* ---- units: what one event tells ---- */

static bool is_of(const struct unit *unit, const struct kept *kept)
{
    return unit->scope == kept->scope && unit->transaction == kept->transaction;
}

bool unit_has_outcome(const struct unit *unit)
{
    return unit->has_coded || unit->has_text;
}

/* Of an outcome there are two records, a coded one, with its status (1033), and a text (11707). */
static bool is_text(const struct kept *kept)
{
    return kept->record.id >= 10000;
}

/* A second record of the same kind is another outcome. What was told of together stays together. */
static bool has_place(const struct unit *unit, const struct kept *kept)
{
    if (kept->record.kind != RECORD_OUTCOME) {
        return true;
    }
    return is_text(kept) ? !unit->has_text && (kept->mate == 0 || kept->mate == unit->coded)
                         : !unit->has_coded;
}

/* Whether a record tells of what the unit is about. One without a product (11707) goes with the
 * product that had the same done to it; one of a restart with its product, or the last one. */
static bool goes_with(const struct unit *unit, const struct kept *kept)
{
    const struct install *a = &unit->install, *b = &kept->record.install;
    if (!is_of(unit, kept) || !has_place(unit, kept)) {
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
    if (kept->record.kind == RECORD_OUTCOME && is_text(kept)) {
        unit->has_text = true;
    } else if (kept->record.kind == RECORD_OUTCOME) {
        unit->has_coded = true;
        unit->coded = kept->record.fingerprint;
    }
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

static int64_t apart(const struct unit *unit, const struct kept *kept)
{
    int64_t at_ms = kept->record.at_ms;
    return unit->at_ms > at_ms ? unit->at_ms - at_ms : at_ms - unit->at_ms;
}

/* The unit that a record goes with: of several the nearest in time. NULL: none. */
static struct unit *find_unit(struct joiner *joiner, const struct kept *kept)
{
    struct unit *found = NULL;
    for (size_t i = 0; i < joiner->unit_count; i++) {
        struct unit *unit = &joiner->units[i];
        if (goes_with(unit, kept) && (found == NULL || apart(unit, kept) <= apart(found, kept))) {
            found = unit;
        }
    }
    return found;
}

/* Each coded record is an outcome of its own. */
static void arrange_coded(struct joiner *joiner)
{
    for (size_t n = 0; n < joiner->count; n++) {
        struct kept *kept = &joiner->kept[joiner->order[n]];
        kept->unit = NOBODY;
        if (kept->record.kind == RECORD_OUTCOME && !is_text(kept)) {
            put_into(joiner, add_unit(joiner, kept, false), kept);
        }
    }
}

/* Of the texts that go with an outcome the nearest; first those that were told of with it. NULL:
 * none. */
static struct kept *nearest_text(struct joiner *joiner, struct unit **unit)
{
    struct kept *found = NULL;
    int64_t least = INT64_MAX;
    for (size_t n = 0; n < joiner->count; n++) {
        struct kept *kept = &joiner->kept[joiner->order[n]];
        struct unit *one = kept->unit == NOBODY && kept->record.kind == RECORD_OUTCOME
                               ? find_unit(joiner, kept)
                               : NULL;
        int64_t distance = one == NULL ? INT64_MAX : kept->mate != 0 ? -1 : apart(one, kept);
        if (distance < least) {
            least = distance;
            found = kept;
            *unit = one;
        }
    }
    return found;
}

/* Those that go with none are outcomes, too. */
static void arrange_texts(struct joiner *joiner)
{
    struct unit *unit;
    for (struct kept *text; (text = nearest_text(joiner, &unit)) != NULL;) {
        put_into(joiner, unit, text);
    }
    for (size_t n = 0; n < joiner->count; n++) {
        struct kept *kept = &joiner->kept[joiner->order[n]];
        if (kept->record.kind == RECORD_OUTCOME && kept->unit == NOBODY) {
            put_into(joiner, add_unit(joiner, kept, false), kept);
        }
    }
}

/* First those with a product, so that the others find them. */
static void arrange_restarts(struct joiner *joiner, bool with_product)
{
    for (size_t n = 0; n < joiner->count; n++) {
        struct kept *kept = &joiner->kept[joiner->order[n]];
        if (kept->record.kind != RECORD_REBOOT ||
            (kept->record.install.product[0] != '\0') != with_product) {
            continue;
        }
        struct unit *unit = find_unit(joiner, kept);
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
            if (is_of(&joiner->units[i], kept)) {
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

/* ---- what of a unit was not told yet ---- */

static bool is_of_transaction(const struct kept *kept)
{
    return kept->record.kind == RECORD_BEGIN || kept->record.kind == RECORD_END;
}

void joiner_mark(struct kept *kept, const struct unit *unit, bool counted)
{
    kept->told = kept->done = true;
    kept->alone = counted && (is_of_transaction(kept) ? unit->is_bare : !unit_has_outcome(unit));
    kept->client_told = unit->install.client_pid != 0;
    kept->mate = kept->record.kind == RECORD_OUTCOME && is_text(kept) ? unit->coded : 0;
}

/* A begin or an end is of all units of its transaction. */
static bool is_in(const struct joiner *joiner, const struct kept *kept, size_t unit)
{
    return is_of_transaction(kept) ? is_of(&joiner->units[unit], kept) : kept->unit == unit;
}

bool joiner_was_alone(const struct joiner *joiner, size_t unit)
{
    bool alone = false;
    for (size_t i = 0; i < joiner->count; i++) {
        alone = alone || (joiner->kept[i].alone && is_in(joiner, &joiner->kept[i], unit));
    }
    return alone;
}

/* What the records of a unit that were told of say. */
struct known {
    bool any, outcome, restart;
    bool product, client, result, status;
    enum install_reboot reboot;
};

/* A begin or an end was told of with any outcome of its transaction: who asked for one was told
 * only if it was told with that. */
static void know(struct known *known, const struct unit *unit, const struct kept *kept)
{
    const struct install *install = &kept->record.install;
    known->any = true;
    known->outcome = known->outcome || kept->record.kind == RECORD_OUTCOME;
    known->restart = known->restart || kept->record.kind == RECORD_REBOOT;
    known->product = known->product || install->product[0] != '\0';
    known->client = known->client ||
                    (kept->client_told && (unit->is_bare || !is_of_transaction(kept)));
    known->result = known->result || install->result != RESULT_UNKNOWN;
    known->status = known->status || install->status_known;
    known->reboot = install->reboot > known->reboot ? install->reboot : known->reboot;
}

/* Whether there is more in a unit than was told. */
static bool is_more(const struct unit *unit, const struct known *known)
{
    const struct install *install = &unit->install;
    return (!known->product && install->product[0] != '\0') ||
           (!known->client && install->client_pid != 0) ||
           (!known->result && install->result != RESULT_UNKNOWN) ||
           (!known->status && install->status_known) || install->reboot > known->reboot;
}

static void arrange_fresh(struct joiner *joiner, size_t index)
{
    struct unit *unit = &joiner->units[index];
    struct known known = {0};
    for (size_t i = 0; i < joiner->count; i++) {
        const struct kept *kept = &joiner->kept[i];
        if (kept->told && is_in(joiner, kept, index)) {
            know(&known, unit, kept);
        }
    }
    bool told = unit->is_bare ? known.any : unit_has_outcome(unit) ? known.outcome : known.restart;
    unit->outcome_told = known.outcome;
    unit->again = told || joiner_was_alone(joiner, index);
    unit->fresh = !told || is_more(unit, &known);
}

static bool is_awaited(const struct joiner *joiner, const struct kept *kept)
{
    for (size_t i = 0; i < joiner->unit_count; i++) {
        if (joiner->units[i].fresh && is_in(joiner, kept, i)) {
            return true;
        }
    }
    return false;
}

/* A record that adds nothing to what was told is as good as told, as long as it is of that. */
static void arrange_told(struct joiner *joiner)
{
    for (size_t i = 0; i < joiner->unit_count; i++) {
        arrange_fresh(joiner, i);
    }
    for (size_t i = 0; i < joiner->count; i++) {
        struct kept *kept = &joiner->kept[i];
        kept->done = kept->told || !is_awaited(joiner, kept);
    }
}

void joiner_arrange(struct joiner *joiner)
{
    joiner_arrange_transactions(joiner);
    joiner->unit_count = 0;
    arrange_coded(joiner);
    arrange_texts(joiner);
    arrange_restarts(joiner, true);
    arrange_restarts(joiner, false);
    arrange_transaction_units(joiner);
    arrange_told(joiner);
}
