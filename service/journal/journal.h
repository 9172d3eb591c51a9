/* journal.h: the journal: every event, in order, each with a seq.
 *
 * Within one journal, named by a uuid, seq starts at 1 and grows by exactly 1. What is held is
 * first_seq..last_seq; an empty journal has first_seq = last_seq + 1. An event can be read, and is
 * announced by `changed`, only once it is committed.
 *
 * With a data folder the journal is durable: history.db, written and read by threads of its own
 * (store.h), so that a disk that is slow makes events late and nothing else. When the disk does not
 * take a commit, another journal, in memory, takes its place, and what waited is published in that;
 * when the disk is back, what memory holds is appended to the durable one, which takes the place
 * back. A journal_cursor lives through all of that.
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
    /* There is something new to be read, perhaps another journal; or that the controls mean
     * something is known now. May be called from within journal_append. */
    void (*changed)(void *arg);
    void *arg;
};

/* One in memory only. 0 or a negative libuv code. */
int journal_new(struct journal **out, const struct journal_config *config);

/* A durable one, if the disk lets it be; `info` says whether it does. It must be stopped before it
 * is freed. 0 or a negative libuv code. */
int journal_open(struct journal **out, const struct journal_config *config,
                 const struct journal_disk *disk);

/* Closes the files. `stopped` (NULL: nobody) is called on the loop, or at once if there is
 * nothing to close. */
void journal_stop(struct journal *journal, void (*stopped)(void *arg), void *arg);

/* Frees; reads that are under way are never answered. NULL is fine. */
void journal_free(struct journal *journal);

/* Takes an event; its seq is given here, and of what it points to a copy is kept. Its `of` is what
 * journal_append gave for that other event, or 0. Gives the event's position: a number that only
 * this is for. Never fails, never waits. */
uint64_t journal_append(struct journal *journal, const struct event *event);

/* Calls `flushed` once all that was appended is published; perhaps at once. */
void journal_flush(struct journal *journal, void (*flushed)(void *arg), void *arg);

/* Lives as long as the journal; its values change as it grows. */
const struct journal_info *journal_info(const struct journal *journal);

void journal_set_keep(struct journal *journal, const struct journal_keep *keep);

/* Whether msiserver's controls were ever seen to mean something (ARCHITECTURE.md, "The rules of the
 * verdict"), if known: a database that is opened late may remember it. */
bool journal_controls_meaningful(const struct journal *journal);
void journal_remember_controls_meaningful(struct journal *journal);

#define JOURNAL_NOTE_BYTES 2048u /* with its end */

/* A text of the caller's, of less than JOURNAL_NOTE_BYTES, that belongs to the events: how far the
 * caller has read what they are made of. It is stored in the transaction that commits the next
 * event that is appended, so set it first; with the next heartbeat if none is. While more events
 * wait than one transaction takes, which a disk must be slow for, it goes with the first of them.
 */
void journal_set_note(struct journal *journal, const char *note);

/* The one that was set, or that an earlier run stored; "" if none is known, or not yet. Of one that
 * is found late, after another was set, only the lines behind the first are taken, and only if the
 * other has none. */
const char *journal_note(const struct journal *journal);

/* ---- reading ---- */

/* Behind the event `seq` (at most last_seq) of the present journal. */
struct journal_cursor journal_cursor_after(const struct journal *journal, uint64_t seq);

/* Is there anything that the follower was not given? */
bool journal_is_behind(const struct journal *journal, const struct journal_cursor *cursor);

/* A page: read.h. */
void journal_read_start(struct journal *journal, struct journal_read *read);

/* `done` will not be called any more. Also after it was. */
void journal_read_cancel(struct journal *journal, struct journal_read *read);

#endif
