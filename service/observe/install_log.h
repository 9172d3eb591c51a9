/* install_log.h: passes the records of the event log from the thread that reads the log to the
 * loop. It also knows how far the log has been read, and whether it can be read.
 *
 * Every function may be called from any thread. Bounded: records that do not fit are dropped and
 * counted.
 */
#ifndef MSIWATCH_SERVICE_INSTALL_LOG_H
#define MSIWATCH_SERVICE_INSTALL_LOG_H

#include "common/event_record.h"
#include "observe/install_record.h"
#include "observe/log_position.h"

struct install_log;

/* Returns 0 or a negative libuv code. Until install_log_set_health, the state says that the log
 * cannot be read. */
int install_log_new(struct install_log **out);
void install_log_free(struct install_log *log);

/* Finds out who started a client, and learns when the client's transaction has ended. Called by the
 * thread that puts a record, during that call. */
struct install_log_clients {
    /* `written_ms` is the latest time at which the record can have been written, by the wall
     * clock. */
    void (*began)(void *arg, uint32_t pid, int64_t written_ms, struct chain *out);
    void (*ended)(void *arg, uint32_t pid);
    void *arg;
};

/* Call it before the first record. `clients` is copied. */
void install_log_set_clients(struct install_log *log, const struct install_log_clients *clients);

/* Adds a record; the parts that are needed are copied. A record whose id came before is ignored. */
void install_log_put(struct install_log *log, const struct event_record *event);

/* Fetches at most this many records from the event log and puts each here. Returns how many it
 * fetched; 0 if there are no more; a negative value if the log cannot be read. */
typedef int (*install_log_fetch)(void *arg, size_t most);

/* Fetches only as many records as there is room for; the rest stays in the event log. Returns 0 if
 * all were fetched; 1 if there may be more, so call it again; a negative value that `fetch`
 * returned. One thread at a time. */
int install_log_drain(struct install_log *log, install_log_fetch fetch, void *arg);

/* Sets whether the event log can be read; if not, `problem` says why, in a text for people, which
 * is copied. */
void install_log_set_health(struct install_log *log, enum health health, const char *problem);

/* Returns whether a record was put, or the health of the log has changed, since the last call. */
bool install_log_has_news(struct install_log *log);

/* Takes the oldest record that was not taken yet; returns false if there is none. */
bool install_log_take(struct install_log *log, struct install_record *out);

/* ---- how far the log has been read (log_position.h) ---- */

/* Continues where an earlier run stopped, from the text that it stored. Call it before the log is
 * read. Returns false if the text is not valid; then the log is followed from now on. */
bool install_log_restore(struct install_log *log, const char *text);

/* Writes the text to store in the transaction that commits an event, after the event's records were
 * passed to install_log_report; "" if nothing is known yet. */
void install_log_position(struct install_log *log, char out[LOG_POSITION_BYTES]);

/* A record that was taken is not needed any more: the events made from it are in the journal, or in
 * the same transaction as the position that is stored next; or no event is made from it. */
void install_log_report(struct install_log *log, uint64_t record_id);

/* The functions from here on are for the reader of the log. Writes the id of the newest record that
 * was read; returns false if none is known and nothing was restored. */
bool install_log_seen(struct install_log *log, uint64_t *record_id);

/* All records up to this one were read. */
void install_log_see(struct install_log *log, uint64_t record_id);

/* A record was read, but does not matter. */
void install_log_pass(struct install_log *log, uint64_t record_id);

/* Begins at this record and forgets everything about others. */
void install_log_begin(struct install_log *log, uint64_t record_id);

/* Sets how many records the reader of the log had to drop in total. */
void install_log_set_dropped(struct install_log *log, uint64_t dropped);

#define INSTALL_LOG_PROBLEM_BYTES 192

struct install_log_state {
    enum health health;
    char problem[INSTALL_LOG_PROBLEM_BYTES]; /* "" if the health is OK */
    uint64_t records;                        /* number of records that were read */
    uint64_t malformed;                      /* number of records that were refused */
    uint64_t dropped;                        /* because too many waited, or they were too large */
};

/* Copies the current state. */
void install_log_read_state(struct install_log *log, struct install_log_state *out);

#endif
