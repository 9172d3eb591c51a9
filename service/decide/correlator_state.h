/* correlator_state.h: what the files of the correlator share. */
#ifndef MSIWATCH_SERVICE_CORRELATOR_STATE_H
#define MSIWATCH_SERVICE_CORRELATOR_STATE_H

#include "decide/correlator.h"
#include "decide/periods.h"

#include <string.h>

#define NOBODY SIZE_MAX
#define NEVER UINT64_MAX

/* A record whose installation is not decided yet. Begins and ends are not kept as entries. */
struct entry {
    struct install_record record;
    uint64_t order; /* its place in the log; by arrival if records have no id */
    uint64_t came_ms;
    bool left; /* it stood in a transaction that had another outcome */
    /* Set by correlator_arrange. */
    bool forged;
    size_t owner; /* index of the installation in whose transaction it stands, or NOBODY */
};

/* What is known of one installation: a transaction, or an outcome without one. */
struct installation {
    struct install install;
    bool transaction;
    bool began, ended;               /* its 1040, its 1042 is known */
    uint64_t begin_order, end_order; /* the places of these two in the log */
    uint64_t limit_order;      /* records after this are not in it; NEVER if it is still open */
    uint64_t begin_id, end_id; /* ids of these two; 0 if no longer needed */
    struct moment begin, end;
    enum record_writer writer; /* of the 1040, otherwise of the 1042 or the outcome */
    uint32_t writer_pid;
    bool forged;
    uint64_t came_ms;      /* when its last record came, monotonic */
    uint64_t abandoned_ms; /* when the mutex was abandoned; NEVER if it was not */
    bool decided;          /* its records were evaluated; those that are left are not its own */
    bool has_outcome;
    bool doubtful; /* an outcome outside transactions may belong to it */
    bool carried;  /* an earlier run reported it without an outcome; only its end is known */
    bool reported;
    bool news; /* more is known now than was reported */
    uint64_t of;
    int64_t at_ms; /* the time of its last record, by the wall clock */
};

/* The kinds of events that stand for many, and their counters: for each kind, a minute has a limit
 * of single events, and those above it are counted. */
enum tally_kind { TALLY_CHECKS, TALLY_FORGED, TALLY_OTHERS, TALLY_KINDS };

struct tally {
    uint64_t minute_ms; /* when the current minute began */
    unsigned events;    /* number of events in this minute */
    uint32_t count;     /* number of those above the limit */
    struct install first;
    int64_t at_ms;
    uint64_t first_ms, last_ms; /* when the first and last of those came, monotonic */
    uint64_t not_before_ms;     /* a minute after the last event that stood for many */
};

struct correlator {
    struct correlator_config config;
    struct periods periods;
    struct entry entries[CORRELATOR_RECORDS]; /* sorted by order */
    size_t count;
    struct installation installs[CORRELATOR_INSTALLS]; /* in no particular order */
    size_t install_count;
    struct tally tallies[TALLY_KINDS];
    bool blind;          /* the event log cannot be read */
    uint64_t sighted_ms; /* since when it can be read again */
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

/* ---- correlator_rules.c: to which installation an outcome belongs ---- */

/* Finds out in which transaction each record stands. Call it after every change. */
void correlator_arrange(struct correlator *correlator);

/* Returns the record with the transaction's outcome; NULL if it has none, or none that is
 * certain. */
const struct entry *correlator_outcome(const struct correlator *correlator, size_t of);

/* Rule 3: returns the ended transaction that this outcome belongs to. NULL if there is none; with
 * *several, one of several transactions has it, but it is not known which. */
struct installation *correlator_pending(struct correlator *correlator, const struct entry *entry,
                                        bool *several);

/* Returns the index of an earlier error entry of the same product, which means that this failed
 * before it began; NOBODY if there is none. */
size_t correlator_error(const struct correlator *correlator, const struct entry *entry);

/* Returns whether a product was only examined, not changed. */
bool correlator_is_check(const struct correlator *correlator, const struct entry *entry);

/* Returns whether two entries are about the same product, if that is known. Both must be in
 * `entries`. */
bool correlator_same_product(const struct entry *one, const struct entry *other);

/* Finds the records that belong to the same installation as `first`, which stands in no
 * transaction. */
void correlator_group(const struct correlator *correlator, size_t first,
                      bool members[CORRELATOR_RECORDS]);

/* ---- correlator_report.c: how many events are made ---- */

/* The record is no longer needed. */
void correlator_done(const struct correlator *correlator, uint64_t record_id);

/* Where the event is written: the parameters of correlator_next. */
struct report {
    struct event *event;
    struct install *install;
    bool *again;
};

/* Fills in the event. Returns false if the installation was only counted. */
bool correlator_report(struct correlator *correlator, struct installation *one, uint64_t mono_ms,
                       struct report *out);

/* Counts an installation that gets no event of its own. */
void correlator_tally(struct correlator *correlator, enum tally_kind kind,
                      const struct install *install, int64_t at_ms, uint64_t mono_ms);
/* Fills in the event that stands for those that were counted. Returns false if none is due. */
bool correlator_tally_report(struct correlator *correlator, uint64_t mono_ms, struct report *out);
uint64_t correlator_tally_due(const struct correlator *correlator);

/* Returns a place for a new installation. */
struct installation *correlator_new_installation(struct correlator *correlator, uint64_t mono_ms);

/* Removes these entries. */
void correlator_remove(struct correlator *correlator, const bool members[CORRELATOR_RECORDS]);

#endif
