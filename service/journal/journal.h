/* journal.h: the journal: every event, in order, each with a seq.
 *
 * Within one journal, identified by a uuid, seq starts at 1 and grows by exactly 1. The journal
 * holds the events first_seq..last_seq; if it is empty, first_seq = last_seq + 1. An event can be
 * read, and is announced by `changed`, only once it is committed.
 *
 * With a data folder the journal is durable: it is history.db, which threads of its own write and
 * read, so a slow disk makes events late, but delays nothing else. If a commit to disk fails,
 * another journal, in memory, replaces it, and waiting events are published there. When the disk
 * works again, the events in memory are appended to the durable journal, which becomes the current
 * one again. A journal_cursor stays valid through all of this.
 *
 * Loop thread only. Nothing here waits for the disk, except for journal_open.
 */
#ifndef MSIWATCH_SERVICE_JOURNAL_H
#define MSIWATCH_SERVICE_JOURNAL_H

#include "journal/disk.h"
#include "journal/read.h"

struct journal;

struct journal_config {
    size_t held; /* how many events memory holds */
    /* Called when there is something new to read, perhaps in another journal, or when the info's
     * controls_meaningful has become true. May be called from within journal_append. */
    void (*changed)(void *arg);
    void *arg;
};

/* Creates a journal in memory only. Returns 0 or a negative libuv code. */
int journal_new(struct journal **out, const struct journal_config *config);

/* Creates a durable journal, if the disk works; `info` says whether it does. Stop it before freeing
 * it. Returns 0 or a negative libuv code. */
int journal_open(struct journal **out, const struct journal_config *config,
                 const struct journal_disk *disk);

/* Closes the files. `stopped` (may be NULL) is called on the loop, or immediately if there is
 * nothing to close. */
void journal_stop(struct journal *journal, void (*stopped)(void *arg), void *arg);

/* Frees the journal. Reads that have not been answered never are. NULL is allowed. */
void journal_free(struct journal *journal);

/* Appends a copy of the event and of what it points to, and assigns its seq. `event->of` is the
 * position that journal_append returned for another event, or 0. Returns the event's position,
 * whose only use is as such an `of`. Never fails, never waits. */
uint64_t journal_append(struct journal *journal, const struct event *event);

/* Calls `flushed` once everything that was appended is published; perhaps immediately. */
void journal_flush(struct journal *journal, void (*flushed)(void *arg), void *arg);

/* Valid as long as the journal; its values change as the journal grows. */
const struct journal_info *journal_info(const struct journal *journal);

/* Sets other settings, which apply from now on. */
void journal_set_keep(struct journal *journal, const struct journal_keep *keep);

/* Stores that msiserver's controls were seen to mean something. */
void journal_remember_controls_meaningful(struct journal *journal);

/* Sets the note: a text of less than JOURNAL_NOTE_BYTES that says how far the caller has read the
 * source of the events. It is stored in the transaction that commits the next appended event, so
 * set it before that; if no event follows, it is stored with the next heartbeat. If more events
 * wait than one transaction takes, which needs a slow disk, it is stored with the first of them.
 */
void journal_set_note(struct journal *journal, const char *note);

/* ---- reading ---- */

/* Returns a cursor after the event `seq` (at most last_seq) of the present journal. */
struct journal_cursor journal_cursor_after(const struct journal *journal, uint64_t seq);

/* Returns whether there is anything that the follower has not received yet. */
bool journal_is_behind(const struct journal *journal, const struct journal_cursor *cursor);

/* Reads a page; see read.h. */
void journal_read_start(struct journal *journal, struct journal_read *read);

/* Makes sure that `done` is not called any more. Allowed after `done` as well. */
void journal_read_cancel(struct journal *journal, struct journal_read *read);

#endif
