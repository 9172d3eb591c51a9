/* writer.h: brings events from memory to history.db, and finds out whether the disk works.
 *
 * It opens what lies in the folder, appends what memory holds, notes that the service is alive,
 * removes what is too old, and tries a disk that failed again. It does not know what is published:
 * it calls back. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_JOURNAL_WRITER_H
#define MSIWATCH_SERVICE_JOURNAL_WRITER_H

#include "journal/disk.h"
#include "journal/epoch.h"
#include "journal/tail.h"

struct writer;

/* What is in the file: how it numbers positions, the last one in it, and the first seq. */
struct writer_file {
    struct epoch epoch; /* "" if there was none yet */
    uint64_t written;
    uint64_t first_seq;
};

/* May be called from within any function below but writer_new. */
struct writer_handlers {
    /* The file holds all that memory held: events are published from it. */
    void (*caught_up)(void *arg, const struct writer_file *file, const char *path);
    /* In that state: this is what it holds now. */
    void (*wrote)(void *arg, const struct writer_file *file);
    /* The disk does not do what it must: events are published in memory, from now on and those
     * that waited for it. `durable`: until now they were published from the file; `damaged`: which
     * is not to be read any more. */
    void (*lost)(void *arg, bool durable, bool damaged);
    /* The file that was written before is gone, or not to be used. `close`: nobody may have it
     * open. */
    void (*unreadable)(void *arg, bool close);
    /* The disk answered. */
    void (*answered)(void *arg);
};

struct writer_config {
    struct journal_disk disk;
    struct tail *tail;
    struct journal_info *info; /* its problem, quarantined and folder_taken are the writer's */
    struct writer_handlers handlers;
    void *arg;
};

/* 0 or a negative libuv code. */
int writer_new(struct writer **out, const struct writer_config *config);

/* Opens the file, and waits for it as long as disk.open_ms says. */
void writer_begin(struct writer *writer);

/* Begins nothing from now on. */
void writer_quit(struct writer *writer);

/* After writer_quit: closes the file; `closed` is called on the loop, and the writer is gone. */
void writer_stop(struct writer *writer, uint64_t patience_ms, void (*closed)(void *arg), void *arg);

/* Whether events go to the disk, and are published once they are there. */
bool writer_writes(const struct writer *writer);

/* Gives the thread the next thing to do, if it has nothing to do: memory has something new. */
void writer_work(struct writer *writer);

/* The disk does not do what it must. `damaged`: the file must not be used. */
void writer_lose(struct writer *writer, const char *problem, bool damaged);

/* Writes something as soon as may be, to see whether the disk works. */
void writer_probe(struct writer *writer);

void writer_set_keep(struct writer *writer, const struct journal_keep *keep);

/* Whether msiserver's controls were ever seen to mean something, as the file and this process
 * know. */
bool writer_controls_meaningful(const struct writer *writer);
void writer_remember_controls_meaningful(struct writer *writer);

/* journal_note and journal_set_note. */
const char *writer_note(const struct writer *writer);
void writer_set_note(struct writer *writer, const char *note);

#endif
