/* writer_state.h: what writer.c and writer_open.c share. */
#ifndef MSIWATCH_SERVICE_WRITER_STATE_H
#define MSIWATCH_SERVICE_WRITER_STATE_H

#include "journal/store.h"
#include "journal/writer.h"

enum phase {
    PHASE_WAITING,     /* waits until the disk is tried again */
    PHASE_OPENING,     /* the disk is being tried */
    PHASE_CATCHING_UP, /* events from memory are being appended, and new events wait */
    PHASE_DURABLE,
};

struct writer {
    struct writer_config config;
    struct tail *tail;
    struct store *store;
    enum phase phase;
    struct writer_file file; /* the file that is appended to, or was last */
    uint64_t sent;           /* the last position in the current append */

    uv_timer_t watch; /* for a disk that does not answer, and for retries */
    uv_timer_t beat;
    uint32_t retry_ms;
    uint64_t durable_since_ms; /* since when the journal is durable, monotonic */
    bool may_quarantine;       /* at the next opening, because no reader has the file open */
    const char *distrust;      /* why the file found must not be used */
    bool note_due, prune_due;
    bool controls_meaningful, controls_noted;
    char note[DATABASE_NOTE_BYTES]; /* "" if there is none yet */
    /* Wall minus monotonic clock; the next member: since when it is unchanged. */
    int64_t clock_offset_ms;
    uint64_t steady_since_ms;

    bool quit;
    int open_handles;
    void (*closed)(void *arg);
    void *closed_arg;
};

/* ---- writer.c ---- */

/* Starts the task that was filled in on the thread. */
void writer_start_task(struct writer *writer);

/* ---- writer_open.c ---- */

/* Opens the file in the folder, or tries to. writer_opened processes the result. */
void writer_try_disk(struct writer *writer);
void writer_opened(struct writer *writer, const struct store_task *task);

/* Checks after this time whether the disk has answered, or tries it again. */
void writer_watch(struct writer *writer, uint64_t ms);
void writer_retry_later(struct writer *writer);

/* Records and logs why the journal is not durable. */
void writer_set_problem(struct writer *writer, const char *problem);

#endif
