/* journal_state.h: what journal.c, journal_disk.c and journal_read.c share. */
#ifndef MSIWATCH_SERVICE_JOURNAL_STATE_H
#define MSIWATCH_SERVICE_JOURNAL_STATE_H

#include "journal/journal.h"
#include "journal/store.h"
#include "journal/tail.h"

/* A journal as a way to number places: the seq of a place in it is place - offset. */
struct era {
    char id[37]; /* "" is none */
    uint64_t offset;
};

enum phase {
    PHASE_MEMORY,      /* there is no disk, nor will there be */
    PHASE_VOLATILE,    /* in memory, until the disk is tried again */
    PHASE_OPENING,     /* in memory, while it is tried */
    PHASE_CATCHING_UP, /* the disk is back: what memory holds is being appended, and new events wait
                        */
    PHASE_DURABLE,
};

struct journal {
    struct journal_config config;
    struct journal_disk disk;
    struct journal_info info;
    struct tail tail;
    enum phase phase;
    struct era now;    /* that in which events are published; `info` tells of it */
    struct era before; /* the durable one whose place `now`, in memory, took; */
    uint64_t turn;     /* at this place */
    bool before_unreadable;
    struct era target;          /* the durable one that the writer appends to, or last did */
    uint64_t published;         /* the last place that can be read */
    uint64_t written;           /* the last place that is in `target` */
    uint64_t first_written_seq; /* the first seq that `target` holds */

    struct store *store; /* NULL in PHASE_MEMORY */
    uv_timer_t watch;    /* the disk is stuck, or to be tried again */
    uv_timer_t beat;
    uint64_t sent; /* the last place in the append under way */
    uint32_t retry_ms;
    uint64_t durable_since_ms; /* monotonic */
    bool may_set_aside;        /* at the next opening: no reader has the file */
    const char *distrust;      /* what is there is to be set aside, for this reason */
    bool note_due, prune_due;
    bool tells, tells_noted;
    int64_t clock_offset_ms; /* wall less monotonic, and since when it is the same */
    uint64_t steady_since_ms;
    void (*flushed)(void *arg);
    void *flushed_arg;
    int open_handles;
    bool stopping;
    void (*stopped)(void *arg);
    void *stopped_arg;

    struct journal_read *waiting; /* followers whose page could not be read */
    struct journal_entry page[JOURNAL_READ_MOST];
};

static inline uint64_t journal_last_place(const struct journal *journal)
{
    return journal->tail.end - 1;
}

/* Whether events go to the disk, and are published once they are there. */
static inline bool journal_writes(const struct journal *journal)
{
    return journal->phase == PHASE_DURABLE || journal->phase == PHASE_CATCHING_UP;
}

/* ---- journal.c ---- */

/* Everything up to that place can be read from now on: says so. */
void journal_publish(struct journal *journal, uint64_t place);
void journal_update_info(struct journal *journal);

/* A new journal, whose first event comes behind that place. */
void journal_begin_in_memory(struct journal *journal, uint64_t place);

/* ---- journal_read.c ---- */

/* The disk has answered: followers that wait for it are served, or wait again. */
void journal_ask_again(struct journal *journal);

/* To wait on would cost them others: they go on in memory, with a gap. */
void journal_end_waiting(struct journal *journal);

/* ---- journal_disk.c ---- */

/* Opens what lies in the folder, or tries to. */
void journal_try_disk(struct journal *journal);

/* Gives the writer the next thing to do, if it has nothing to do. */
void journal_work(struct journal *journal);

/* The writer is done with what it was asked for. */
void journal_on_store_done(void *arg);

/* Notes at intervals that the service is alive. */
void journal_start_beat(struct journal *journal);

/* Says, and logs, why it is not durable. */
void journal_set_problem(struct journal *journal, const char *problem);

/* The disk does not do what it must: goes on in memory. `damaged`: the file must not be used. */
void journal_lose_disk(struct journal *journal, const char *problem, bool damaged);

/* Writes something as soon as may be, to see whether the disk works. */
void journal_probe_disk(struct journal *journal);

#endif
