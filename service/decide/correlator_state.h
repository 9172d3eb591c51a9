/* correlator_state.h: what the files of the correlator share. */
#ifndef MSIWATCH_SERVICE_CORRELATOR_STATE_H
#define MSIWATCH_SERVICE_CORRELATOR_STATE_H

#include "decide/correlator.h"
#include "decide/periods.h"

#include <string.h>

#define NOBODY SIZE_MAX
#define NEVER UINT64_MAX

/* A record whose installation is not decided yet. Begins and ends are not held. */
struct entry {
    struct install_record record;
    uint64_t order; /* in the log; by arrival where records have no id */
    uint64_t came_ms;
    bool left; /* it stood in a transaction that had another outcome */
    /* as arranged */
    bool forged;
    size_t owner; /* the installation in whose transaction it stands; or NOBODY */
};

/* What is known of one installation: a transaction, or what was reported without one. */
struct installation {
    struct install install;
    bool transaction;
    bool began, ended;               /* 1040, 1042 are known */
    uint64_t begin_order, end_order; /* of these two */
    uint64_t limit_order;            /* records behind are not in it; NEVER: it goes on */
    uint64_t begin_id, end_id;       /* 0: nobody needs it any more */
    struct moment begin, end;
    enum record_writer writer; /* of 1040, or else of 1042, or of the outcome */
    uint32_t writer_pid;
    bool forged;
    uint64_t came_ms;      /* monotonic: its last record */
    uint64_t abandoned_ms; /* NEVER: the mutex was not */
    bool decided;          /* what stands in it was looked at: what is left is not its own */
    bool has_outcome;
    bool doubtful; /* an outcome of no transaction may have been its own */
    bool carried;  /* an earlier run reported it without an outcome: only its end is known */
    bool reported;
    bool news; /* more became known since it was reported */
    uint64_t of;
    int64_t at_ms; /* wall: its last record */
};

/* How many events are made of each kind in a minute; those above are counted, in one event. */
enum tally_kind { TALLY_CHECKS, TALLY_FORGED, TALLY_OTHERS, TALLY_KINDS };

struct tally {
    uint64_t minute_ms; /* when the minute began */
    unsigned events;    /* in it */
    uint32_t count;     /* above */
    struct install first;
    int64_t at_ms;
    uint64_t first_ms, last_ms; /* monotonic, of those above */
    uint64_t not_before_ms;     /* a minute after the last event that stands for many */
};

struct correlator {
    struct correlator_config config;
    struct periods periods;
    struct entry entries[CORRELATOR_RECORDS]; /* by order */
    size_t count;
    struct installation installs[CORRELATOR_INSTALLS]; /* in no order */
    size_t install_count;
    struct tally tallies[TALLY_KINDS];
    bool blind;          /* the event log cannot be read */
    uint64_t sighted_ms; /* since when it can again */
    uint64_t last_order;
    struct restart restart;
};

static inline bool is_trusted(enum record_writer writer)
{
    return writer == WRITER_SERVICE || writer == WRITER_MSIEXEC;
}

static inline bool is_outcome(const struct entry *entry)
{
    return entry->record.kind == RECORD_OUTCOME;
}

static inline void copy_known(char *into, const char *from, size_t size)
{
    if (from[0] != '\0') {
        memcpy(into, from, size);
    }
}

/* ---- correlator_rules.c: whose outcome it is ---- */

/* Says of each record in which transaction it stands; after every change. */
void correlator_arrange(struct correlator *correlator);

/* The record of a transaction's outcome; NULL: it has none, or none that is certain. */
const struct entry *correlator_outcome(const struct correlator *correlator, size_t of);

/* Rule 3: the transaction that has ended and gets this outcome; NULL: none, or, if *several, it
 * is not known which, and one of them has it now. */
struct installation *correlator_pending(struct correlator *correlator, const struct entry *entry,
                                        bool *several);

/* The entry of an error of its product, before it, which says that this failed before it began;
 * NOBODY: none. */
size_t correlator_error(const struct correlator *correlator, const struct entry *entry);

/* A product was examined, not changed. */
bool correlator_is_check(const struct correlator *correlator, const struct entry *entry);

/* Whether both are about one product, as well as that is known. Of `entries`. */
bool correlator_same_product(const struct entry *one, const struct entry *other);

/* Which records are of the same installation as that one, which stands in no transaction. */
void correlator_group(const struct correlator *correlator, size_t first,
                      bool members[CORRELATOR_RECORDS]);

/* ---- correlator_report.c: how many events that makes ---- */

/* The record is not needed any more. */
void correlator_done(const struct correlator *correlator, uint64_t record_id);

/* Where an event goes: correlator_next's. */
struct report {
    struct event *event;
    struct install *install;
    bool *again;
};

/* Fills in the event; false: it was only counted. */
bool correlator_report(struct correlator *correlator, struct installation *one, uint64_t mono_ms,
                       struct report *out);

/* One more, of which there is no event of its own. */
void correlator_tally(struct correlator *correlator, enum tally_kind kind,
                      const struct install *install, int64_t at_ms, uint64_t mono_ms);
bool correlator_tally_report(struct correlator *correlator, uint64_t mono_ms, struct report *out);
uint64_t correlator_tally_due(const struct correlator *correlator);

/* A place for one more. */
struct installation *correlator_new_installation(struct correlator *correlator, uint64_t mono_ms);

void correlator_remove(struct correlator *correlator, const bool members[CORRELATOR_RECORDS]);

#endif
