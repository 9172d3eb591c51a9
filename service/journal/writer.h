/* writer.h: writes events from memory to history.db, and finds out whether the disk works.
 *
 * It opens the file in the folder, appends the events in memory, stores that the service is alive,
 * removes old events, and retries a disk that failed. It does not know what is published; it calls
 * back. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_JOURNAL_WRITER_H
#define MSIWATCH_SERVICE_JOURNAL_WRITER_H

#include "journal/disk.h"
#include "journal/epoch.h"
#include "journal/tail.h"

struct writer;

/* The state of the file: how it numbers positions, the last position in it, and the first seq. */
struct writer_file {
    struct epoch epoch; /* its id is "" if there was no file yet */
    uint64_t written;
    uint64_t first_seq;
};

/* May be called from within any function below except writer_new. */
struct writer_handlers {
    /* The file now holds everything that memory held; from now on events are published from it. */
    void (*caught_up)(void *arg, const struct writer_file *file, const char *path);
    /* Called after caught_up when something was written or removed: the new state of the file. */
    void (*wrote)(void *arg, const struct writer_file *file);
    /* The disk failed. From now on events are published in memory, including those that waited for
     * the disk. `durable`: until now they were published from the file. `damaged`: the file must
     * not be read any more. */
    void (*lost)(void *arg, bool durable, bool damaged);
    /* The file that was written before is gone, or must not be used. With `close`, nothing may keep
     * it open. */
    void (*unreadable)(void *arg, bool close);
    /* The disk answered. */
    void (*answered)(void *arg);
};

struct writer_config {
    struct journal_disk disk;
    struct tail *tail;
    /* The writer sets its problem and all that follows. It stores controls_meaningful and the note
     * in the file, and takes those that it finds there. */
    struct journal_info *info;
    struct writer_handlers handlers;
    void *arg;
};

/* Returns 0 or a negative libuv code. */
int writer_new(struct writer **out, const struct writer_config *config);

/* Opens the file, and waits for that at most disk.open_ms. */
void writer_begin(struct writer *writer);

/* Starts nothing new from now on. */
void writer_quit(struct writer *writer);

/* Call it after writer_quit. Closes the file, ends the thread and frees the writer; then `closed`
 * is called on the loop. If this takes longer than `patience_ms`, because the disk does not answer,
 * the thread continues, and the writer, which owns what the thread uses, is never freed. */
void writer_stop(struct writer *writer, uint64_t patience_ms, void (*closed)(void *arg), void *arg);

/* Returns whether events go to the disk and are published when they are there. */
bool writer_writes(const struct writer *writer);

/* Gives the thread its next task, if it is idle. Call it when memory has something new. */
void writer_work(struct writer *writer);

/* Call it when the disk failed. `damaged`: the file must not be used any more. */
void writer_lose(struct writer *writer, const char *problem, bool damaged);

/* Writes something as soon as possible, to see whether the disk works. */
void writer_probe(struct writer *writer);

/* Sets other settings, which apply from now on. */
void writer_set_keep(struct writer *writer, const struct journal_keep *keep);

#endif
