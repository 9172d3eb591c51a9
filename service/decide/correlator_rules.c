/* correlator_rules.c: to which installation an outcome belongs: the rules of correlator.h, by their
 * numbers. */
#include "decide/correlator_state.h"

#include <string.h>

static bool is_known(const char *text)
{
    return text[0] != '\0';
}

static bool differ(const char *a, const char *b)
{
    return is_known(a) && is_known(b) && strcmp(a, b) != 0;
}

static bool agree(const char *a, const char *b)
{
    return is_known(a) && strcmp(a, b) == 0;
}

/* ---- the same product ---- */

bool correlator_same_product(const struct entry *one, const struct entry *other)
{
    const struct install *a = &one->record.install, *b = &other->record.install;
    if (is_known(a->product_code) && is_known(b->product_code)) {
        return strcmp(a->product_code, b->product_code) == 0;
    }
    if (is_known(a->product) && is_known(b->product)) {
        return strcmp(a->product, b->product) == 0;
    }
    /* A sentence is about the record after it, a restart about the record before it. */
    const struct entry *outcome = is_outcome(one) ? one : other,
                       *extra = is_outcome(one) ? other : one;
    bool beside = (extra->record.kind == RECORD_TEXT && extra + 1 == outcome) ||
                  (extra->record.kind == RECORD_REBOOT && outcome + 1 == extra);
    return one == other || (beside && !differ(a->user, b->user));
}

/* Rule 5. A real change of a product also writes a sentence (11728). */
bool correlator_is_check(const struct correlator *correlator, const struct entry *entry)
{
    bool check = entry->record.id == 1035 && entry->record.install.result == RESULT_SUCCESS;
    for (size_t i = 0; check && i < correlator->count; i++) {
        const struct entry *one = &correlator->entries[i];
        check = one->record.kind != RECORD_TEXT || one->record.install.action != ACTION_CHANGE ||
                !correlator_same_product(one, entry);
    }
    return check;
}

/* ---- rule 1: vetoes ---- */

/* Some clients call msi.dll in their own process, so the client that a 1040 names may write
 * records. */
static bool is_forged(const struct correlator *correlator, enum record_writer writer, uint32_t pid)
{
    bool forged = writer == WRITER_OTHER;
    for (size_t i = 0; forged && i < correlator->install_count; i++) {
        const struct installation *one = &correlator->installs[i];
        forged = !one->transaction || one->install.client_pid != pid;
    }
    return forged;
}

/* msiserver writes for all clients; any other process writes only for itself. */
static bool is_vetoed(const struct installation *of, const struct entry *entry)
{
    const struct install_record *record = &entry->record;
    bool client = record->writer == WRITER_MSIEXEC || record->writer == WRITER_OTHER;
    return record->install.result == RESULT_COLLISION || entry->forged != of->forged ||
           differ(record->install.product_code, of->install.product_code) ||
           differ(record->install.user, of->install.user) ||
           (client && of->install.client_pid != record->writer_pid);
}

/* ---- rule 2: record order ---- */

static bool is_near_end(const struct installation *of, const struct entry *entry)
{
    struct moment moment = moment_of(&entry->record);
    return of->ended && moments_near(&moment, &of->end, CORRELATOR_NEAR_MS);
}

/* Returns whether the entry may belong to this transaction. One that has its outcome only takes
 * more records of the same product. */
static bool stands_in(const struct installation *of, const struct entry *entry)
{
    const struct install *said = &entry->record.install;
    bool open = !of->decided ||
                (of->has_outcome && (agree(said->product_code, of->install.product_code) ||
                                     agree(said->product, of->install.product)));
    bool behind = of->began ? entry->order > of->begin_order : is_near_end(of, entry);
    return of->transaction && !of->carried && open && behind && entry->order < of->limit_order;
}

/* Finds the transaction of an entry. Of two, it is the one that ends first, or else began last. */
static size_t find_owner(const struct correlator *correlator, const struct entry *entry)
{
    const struct installation *best = NULL;
    for (size_t i = 0; i < correlator->install_count; i++) {
        const struct installation *one = &correlator->installs[i];
        if (stands_in(one, entry) && !is_vetoed(one, entry) &&
            (best == NULL || one->limit_order < best->limit_order ||
             (one->limit_order == best->limit_order && one->begin_order > best->begin_order))) {
            best = one;
        }
    }
    return best == NULL || entry->record.kind == RECORD_ERROR ||
                   correlator_is_check(correlator, entry)
               ? NOBODY
               : (size_t)(best - correlator->installs);
}

/* A client has only one transaction at a time, so the next one ends the previous one. */
static uint64_t find_limit(const struct correlator *correlator, const struct installation *of)
{
    uint64_t limit = of->ended ? of->end_order : NEVER;
    for (size_t i = 0; !of->ended && i < correlator->install_count; i++) {
        const struct installation *one = &correlator->installs[i];
        if (one->began && one->install.client_pid == of->install.client_pid &&
            one->begin_order > of->begin_order && one->begin_order < limit) {
            limit = one->begin_order;
        }
    }
    return of->transaction ? limit : 0;
}

static void note_in_use(struct install *install, const struct install_record *record)
{
    if (!is_known(install->product_code)) {
        memcpy(install->product_code, record->install.product_code, MSIWATCH_CODE_BYTES);
    }
    copy_known(install->in_use_by, record->install.in_use_by, sizeof install->in_use_by);
    install->in_use_pid = record->install.in_use_pid;
}

void correlator_arrange(struct correlator *correlator)
{
    for (size_t i = 0; i < correlator->install_count; i++) {
        struct installation *one = &correlator->installs[i];
        one->forged = is_forged(correlator, one->writer, one->writer_pid);
        one->limit_order = find_limit(correlator, one);
    }
    for (size_t i = 0; i < correlator->count; i++) {
        struct entry *entry = &correlator->entries[i];
        entry->forged = is_forged(correlator, entry->record.writer, entry->record.writer_pid);
        entry->owner = find_owner(correlator, entry);
        struct installation *of = entry->owner == NOBODY ? NULL
                                                         : &correlator->installs[entry->owner];
        if (entry->record.kind == RECORD_IN_USE && of != NULL) {
            note_in_use(&of->install, &entry->record);
        }
    }
}

/* ---- rule 3: after the end ---- */

size_t correlator_error(const struct correlator *correlator, const struct entry *entry)
{
    const struct install *said = &entry->record.install;
    for (size_t i = 0; said->result != RESULT_SUCCESS && i < correlator->count; i++) {
        const struct entry *one = &correlator->entries[i];
        if (one->record.kind == RECORD_ERROR && one->order < entry->order &&
            strcmp(one->record.install.product_code, said->product_code) == 0 &&
            strcmp(one->record.install.user, said->user) == 0) {
            return i;
        }
    }
    return NOBODY;
}

static bool is_pending(const struct correlator *correlator, const struct installation *of,
                       const struct entry *entry)
{
    struct moment moment = moment_of(&entry->record);
    bool behind = entry->order > of->end_order ||
                  (of->decided && !entry->left && entry->order > of->begin_order);
    bool user = of->carried ||
                (of->began && strcmp(of->install.user, entry->record.install.user) == 0);
    return of->transaction && of->ended && !of->has_outcome && behind && user &&
           !is_vetoed(of, entry) && moments_near(&moment, &of->end, CORRELATOR_PENDING_MS) &&
           !correlator_is_check(correlator, entry) && correlator_error(correlator, entry) == NOBODY;
}

static bool is_pending_elsewhere(const struct correlator *correlator, size_t but,
                                 const struct entry *entry)
{
    bool any = false;
    for (size_t i = 0; !any && i < correlator->install_count; i++) {
        any = i != but && is_pending(correlator, &correlator->installs[i], entry);
    }
    return any;
}

/* Returns the latest transaction of this product; otherwise the latest one, unless the outcome may
 * be another client's. */
struct installation *correlator_pending(struct correlator *correlator, const struct entry *entry,
                                        bool *several)
{
    struct installation *latest = NULL, *named = NULL;
    /* A removal that was left over in a transaction may be a part of an upgrade. */
    *several = entry->left && entry->record.install.action == ACTION_REMOVE;
    for (size_t i = 0; i < correlator->install_count; i++) {
        struct installation *one = &correlator->installs[i];
        if (!is_pending(correlator, one, entry)) {
            continue;
        }
        bool same = agree(one->install.product_code, entry->record.install.product_code);
        named = same && (named == NULL || one->end_order > named->end_order) ? one : named;
        *several = *several || one->carried || one->doubtful ||
                   (latest != NULL && latest->install.client_pid != one->install.client_pid);
        latest = latest == NULL || one->end_order > latest->end_order ? one : latest;
    }
    *several = *several && latest != NULL && named == NULL;
    for (size_t i = 0; *several && i < correlator->install_count; i++) {
        correlator->installs[i].doubtful = correlator->installs[i].doubtful ||
                                           is_pending(correlator, &correlator->installs[i], entry);
    }
    if (*several) {
        latest->has_outcome = true;
    }
    return *several ? NULL : named != NULL ? named : latest;
}

/* ---- rule 2: which of several ---- */

const struct entry *correlator_outcome(const struct correlator *correlator, size_t of)
{
    const struct installation *one = &correlator->installs[of];
    const struct entry *last = NULL, *success = NULL;
    for (size_t i = 0; i < correlator->count; i++) {
        const struct entry *entry = &correlator->entries[i];
        if (is_outcome(entry) && entry->owner == of) {
            last = entry;
            success = entry->record.install.result == RESULT_SUCCESS ? entry : success;
        }
    }
    if (is_known(one->install.product_code)) { /* the vetoes have left only its own outcomes */
        return last;
    }
    if (success != NULL &&
        (is_near_end(one, success) || !is_pending_elsewhere(correlator, of, success))) {
        return success;
    }
    bool failed = last != NULL && last->record.install.result != RESULT_SUCCESS;
    return failed && is_near_end(one, last) ? last : NULL;
}

/* ---- without a transaction ---- */

void correlator_group(const struct correlator *correlator, size_t first,
                      bool members[CORRELATOR_RECORDS])
{
    const struct entry *before = &correlator->entries[first];
    memset(members, 0, CORRELATOR_RECORDS * sizeof members[0]);
    members[first] = true;
    for (size_t i = 0; i < correlator->count; i++) {
        const struct entry *entry = &correlator->entries[i];
        if (entry->owner != NOBODY || entry->forged != before->forged ||
            !correlator_same_product(before, entry)) {
            continue;
        }
        if (i <= first) {
            members[i] = i == first || entry->record.kind == RECORD_TEXT;
            continue;
        }
        if (is_outcome(entry) && before->record.install.action != ACTION_UPDATE) {
            break; /* another installation of the same product */
        }
        members[i] = true;
        before = is_outcome(entry) ? entry : before;
    }
}
