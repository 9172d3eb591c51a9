/* install_log.h: the records of the event log, on their way from the thread that reads the log to
 * the loop; and whether the log can be read.
 *
 * Every function may be called from any thread. Bounded: what does not fit is dropped and counted.
 */
#ifndef MSIWATCH_SERVICE_INSTALL_LOG_H
#define MSIWATCH_SERVICE_INSTALL_LOG_H

#include "observe/install_record.h"

struct install_log;

/* 0 or a negative libuv code. The log cannot be read until somebody says otherwise. */
int install_log_new(struct install_log **out);
void install_log_free(struct install_log *log);

/* A record as the event log renders it, in UTF-8. */
void install_log_put(struct install_log *log, const char *xml, size_t size);

/* Fetches records of the event log, at most so many, and puts each here. How many it fetched; 0
 * when there are no more; negative when the log cannot be read. */
typedef int (*install_log_fetch)(void *arg, size_t most);

/* Fetches no more than there is room for: the rest stays in the event log. 0: all were fetched;
 * 1: there may be more, so come again; negative: as `fetch` said. One thread at a time. */
int install_log_drain(struct install_log *log, install_log_fetch fetch, void *arg);

/* Whether the event log can be read, and if not, why: words for people, which are copied. */
void install_log_set_health(struct install_log *log, enum health health, const char *problem);

/* The oldest record that was not taken yet; false when there is none. */
bool install_log_take(struct install_log *log, struct install_record *out);

#define INSTALL_LOG_PROBLEM_BYTES 192

struct install_log_state {
    enum health health;
    char problem[INSTALL_LOG_PROBLEM_BYTES]; /* "" when the health is ok */
    uint64_t records;                        /* that were read */
    uint64_t malformed;                      /* that were refused */
    uint64_t dropped;                        /* because too many waited */
};

void install_log_read_state(struct install_log *log, struct install_log_state *out);

#endif
