/* writer_state.h: what writer.c, writer_open.c and writer_task.c share. */
#ifndef MSIWATCH_SERVICE_WRITER_STATE_H
#define MSIWATCH_SERVICE_WRITER_STATE_H

#include "base/worker.h"
#include "common/text.h"
#include "journal/opening.h"
#include "journal/writer.h"

enum phase {
    PHASE_WAITING,     /* waits until the disk is tried again */
    PHASE_OPENING,     /* the disk is being tried */
    PHASE_CATCHING_UP, /* events from memory are being appended, and new events wait */
    PHASE_DURABLE,
};

enum task_kind { TASK_OPEN, TASK_APPEND, TASK_NOTE, TASK_PRUNE };

#define TASK_ROWS 256

/* What the thread is to do, and the result. */
struct writer_task {
    enum task_kind kind;
    struct problem problem;
    struct database_facts facts; /* of the file, after the work */

    /* TASK_OPEN: `may_quarantine`, `distrust` and `present_id` are the request. The result stays
     * valid until the next TASK_OPEN. */
    struct opening opening;

    /* TASK_APPEND */
    struct database_row rows[TASK_ROWS]; /* writer_start_task copies their texts */
    size_t count;
    /* TASK_APPEND, TASK_PRUNE */
    struct journal_keep keep;
    int64_t before_ms;
    bool again;
    /* TASK_APPEND, TASK_NOTE */
    char note[JOURNAL_NOTE_BYTES];

    /* TASK_NOTE */
    int64_t wall_ms;
    bool controls_meaningful;
};

struct writer {
    struct writer_config config;
    struct tail *tail;
    enum phase phase;
    struct writer_file file; /* the file that is appended to, or was last */
    uint64_t sent;           /* the last position in the current append */

    /* The thread opens the file, writes it and holds the folder's lock. It does one task at a time,
     * and uses only these. */
    struct worker *worker;
    struct worker_job job, close_job;
    bool busy;               /* the thread has the task */
    struct writer_task task; /* belongs to the thread while it is busy */
    struct text text;        /* the texts of the rows; as the task */
    char folder[FILES_PATH];

    uv_timer_t watch; /* for a disk that does not answer, and for retries */
    uv_timer_t beat;
    uint32_t retry_ms;
    uint64_t durable_since_ms; /* since when the journal is durable, monotonic */
    bool may_quarantine;       /* at the next opening, because no reader has the file open */
    const char *distrust;      /* why the file found must not be used */
    bool note_due, prune_due;
    bool controls_noted; /* the file says that the controls are meaningful */
    /* Wall minus monotonic clock; the next member: since when it is unchanged. */
    int64_t clock_offset_ms;
    uint64_t steady_since_ms;

    bool quit;
    /* The disk does not answer, so the thread continues: the writer, which owns what the thread
     * uses, must never be freed. */
    bool abandoned;
    int open_handles;
    void (*closed)(void *arg);
    void *closed_arg;
};

/* ---- writer.c ---- */

/* Called on the loop when the thread has finished its task. */
void writer_task_done(struct worker_job *job);

/* ---- writer_open.c ---- */

/* Opens the file in the folder, or tries to. writer_opened processes the result. */
void writer_try_disk(struct writer *writer);
void writer_opened(struct writer *writer);

/* Checks after this time whether the disk has answered, or tries it again. */
void writer_watch(struct writer *writer, uint64_t ms);
void writer_retry_later(struct writer *writer);

/* Records and logs why the journal is not durable. */
void writer_set_problem(struct writer *writer, const char *problem);

/* ---- writer_task.c ---- */

/* Starts the task that was filled in on the thread, which must be idle. */
void writer_start_task(struct writer *writer);

/* Makes the thread close the file and release the folder's lock, after its task. */
void writer_close_file(struct writer *writer);

#endif
