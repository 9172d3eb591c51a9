/* joiner_state.h: what joiner.c and joiner_arrange.c share. */
#ifndef MSIWATCH_SERVICE_JOINER_STATE_H
#define MSIWATCH_SERVICE_JOINER_STATE_H

#include "decide/joiner.h"

#define NOBODY SIZE_MAX

/* Where events are counted: a busy period, or a minute of what belongs to none (place 0). */
struct scope {
    uint64_t place;
    int64_t begin_ms, end_ms; /* wall; INT64_MAX: it has not ended */
    uint64_t over_ms;         /* monotonic: when nothing more can come; UINT64_MAX: not yet known */
    unsigned told;            /* events */
    uint32_t extra; /* outcomes that had to make room, for the next event to count; of a period that
                     * has told its three events there are none: they are of none */
    int64_t extra_ms; /* wall: when the last of them was written */
};

struct kept {
    struct install_record record;
    uint64_t came_ms; /* monotonic */
    bool told;
    bool client_told; /* with it */
    bool alone; /* it was told of and counted without an outcome, which no event has told since */
    uint64_t mate; /* of a text (11707): the coded record with which it was told of, or 0 */
    /* as arranged */
    size_t transaction; /* NOBODY: of none */
    size_t scope;       /* an index; 0 is the one of no period */
    size_t unit;
    bool done; /* told, or adding nothing to what was */
};

struct transaction {
    uint32_t pid;
    bool begin_known, end_known;
    int64_t begin_ms, end_ms; /* INT64_MIN, INT64_MAX when not known */
    size_t begin, end;        /* records, or NOBODY */
    size_t scope;
    bool has_outcome;
};

/* What one event is to tell. */
struct unit {
    size_t scope, transaction;
    struct install install;
    bool has_coded,
        has_text;      /* an outcome's record with a status came (1033), one without (11707) */
    uint64_t coded;    /* the former's fingerprint */
    bool is_bare;      /* nothing but the begin or the end of a transaction came */
    bool fresh;        /* something of it was not told yet */
    bool outcome_told; /* its outcome was */
    bool again;        /* an event told of it: more was learnt */
    int64_t at_ms;     /* wall; the last of its records */
    uint64_t came_ms;  /* monotonic; likewise */
    bool ended;
};

struct joiner {
    struct kept kept[JOINER_RECORDS];
    size_t count;
    struct scope scopes[JOINER_PERIODS + 1]; /* the first is of no period; the others by time */
    size_t scope_count;
    int64_t lost_ms; /* up to here periods were forgotten */
    bool busy;
    enum install_reboot reboot;
    uint64_t dropped;
    size_t order[JOINER_RECORDS]; /* records by when they were written */
    struct transaction transactions[JOINER_RECORDS];
    size_t transaction_count;
    struct unit units[JOINER_RECORDS];
    size_t unit_count;
};

bool unit_has_outcome(const struct unit *unit);

/* The record was told of, with that unit, which was `counted` as an operation. */
void joiner_mark(struct kept *kept, const struct unit *unit, bool counted);

/* An event that knew no outcome counted the unit: the outcome that it has got counts no more. */
bool joiner_was_alone(const struct joiner *joiner, size_t unit);

/* The first half of joiner_arrange: records into transactions, those into busy periods. */
void joiner_arrange_transactions(struct joiner *joiner);

/* Arranges all records again: order, transactions, units, and what of them is in each record. */
void joiner_arrange(struct joiner *joiner);

#endif
