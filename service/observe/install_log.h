/* install_log.h: the records of the event log, on their way from the thread that reads the log to
 * the loop; how far the log has been read; and whether it can be.
 *
 * Every function may be called from any thread. Bounded: what does not fit is dropped and counted.
 */
#ifndef MSIWATCH_SERVICE_INSTALL_LOG_H
#define MSIWATCH_SERVICE_INSTALL_LOG_H

#include "common/event_record.h"
#include "observe/install_record.h"
#include "observe/log_position.h"

struct install_log;

/* 0 or a negative libuv code. The log cannot be read until somebody says otherwise. */
int install_log_new(struct install_log **out);
void install_log_free(struct install_log *log);

/* Who is asked who began a client, and hears that it has ended: by the thread that puts a record,
 * while it puts that. */
struct install_log_clients {
    /* `written_ms`: wall, when its record was written, at the latest. */
    void (*began)(void *arg, uint32_t pid, int64_t written_ms, struct chain *out);
    void (*ended)(void *arg, uint32_t pid);
    void *arg;
};

/* Before the first record. Copied. */
void install_log_set_clients(struct install_log *log, const struct install_log_clients *clients);

/* A record; what is needed of it is copied. One that came before, by its id, is passed over. */
void install_log_put(struct install_log *log, const struct event_record *event);

/* Fetches records of the event log, at most so many, and puts each here. How many it fetched; 0
 * when there are no more; negative when the log cannot be read. */
typedef int (*install_log_fetch)(void *arg, size_t most);

/* Fetches no more than there is room for: the rest stays in the event log. 0: all were fetched;
 * 1: there may be more, so come again; negative: as `fetch` said. One thread at a time. */
int install_log_drain(struct install_log *log, install_log_fetch fetch, void *arg);

/* Whether the event log can be read, and if not, why: words for people, which are copied. */
void install_log_set_health(struct install_log *log, enum health health, const char *problem);

/* Whether a record was put, or what is known of the log has changed, since the last call. */
bool install_log_has_news(struct install_log *log);

/* The oldest record that was not taken yet; false when there is none. */
bool install_log_take(struct install_log *log, struct install_record *out);

/* ---- how far the log has been read (log_position.h) ---- */

/* Goes on from where an earlier run was, by the text that it stored; before the log is read. False:
 * it is no such text, and the log is followed from now on. */
bool install_log_restore(struct install_log *log, const char *text);

/* The text to store in the transaction that commits an event, once the records that it was made of
 * have been reported here; "" if nothing is known yet. */
void install_log_position(struct install_log *log, char out[LOG_POSITION_BYTES]);

/* A record that was taken is not needed any more: the events made of it are in the journal, or in
 * the same transaction as the position that is stored next; or none will be made. */
void install_log_report(struct install_log *log, uint64_t record_id);

/* For who reads the log. The newest record that was read; false: nothing is known, nothing was
 * restored. */
bool install_log_seen(struct install_log *log, uint64_t *record_id);

/* All up to this record were read. */
void install_log_see(struct install_log *log, uint64_t record_id);

/* A record was read and is of no interest. */
void install_log_pass(struct install_log *log, uint64_t record_id);

/* Begins at this record; what is known of others is forgotten. */
void install_log_begin(struct install_log *log, uint64_t record_id);

/* How many records who reads the log had to drop, in all. */
void install_log_set_dropped(struct install_log *log, uint64_t dropped);

#define INSTALL_LOG_PROBLEM_BYTES 192

struct install_log_state {
    enum health health;
    char problem[INSTALL_LOG_PROBLEM_BYTES]; /* "" when the health is ok */
    uint64_t records;                        /* that were read */
    uint64_t malformed;                      /* that were refused */
    uint64_t dropped;                        /* because too many waited, or they were too big */
};

void install_log_read_state(struct install_log *log, struct install_log_state *out);

#endif
