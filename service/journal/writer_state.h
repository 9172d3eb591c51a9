/* writer_state.h: what writer.c and writer_open.c share. */
#ifndef MSIWATCH_SERVICE_WRITER_STATE_H
#define MSIWATCH_SERVICE_WRITER_STATE_H

#include "journal/store.h"
#include "journal/writer.h"

enum phase {
    PHASE_WAITING,     /* until the disk is tried again */
    PHASE_OPENING,     /* it is tried */
    PHASE_CATCHING_UP, /* what memory holds is being appended, and new events wait */
    PHASE_DURABLE,
};

struct writer {
    struct writer_config config;
    struct tail *tail;
    struct store *store;
    enum phase phase;
    struct writer_file file; /* that is appended to, or last was */
    uint64_t sent;           /* the last position in the append under way */

    uv_timer_t watch; /* the disk is stuck, or to be tried again */
    uv_timer_t beat;
    uint32_t retry_ms;
    uint64_t durable_since_ms; /* monotonic */
    bool may_quarantine;       /* at the next opening: no reader has the file */
    const char *distrust;      /* what is there is not to be used, for this reason */
    bool note_due, prune_due;
    bool controls_meaningful, controls_noted;
    char note[DATABASE_NOTE_BYTES]; /* "": none yet */
    int64_t clock_offset_ms;        /* wall less monotonic, and since when it is the same */
    uint64_t steady_since_ms;

    bool quit;
    int open_handles;
    void (*closed)(void *arg);
    void *closed_arg;
};

/* ---- writer.c ---- */

/* Gives the thread the task that was filled in. */
void writer_start_task(struct writer *writer);

/* ---- writer_open.c ---- */

/* Opens what lies in the folder, or tries to; and takes up what came of it. */
void writer_try_disk(struct writer *writer);
void writer_opened(struct writer *writer, const struct store_task *task);

/* Sees after that time whether the disk has answered, or tries it again. */
void writer_watch(struct writer *writer, uint64_t ms);
void writer_retry_later(struct writer *writer);

/* Says, and logs, why the journal is not durable. */
void writer_set_problem(struct writer *writer, const char *problem);

#endif
