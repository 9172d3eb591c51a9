/* journal.h: the journal: every event, in order, each with a seq.
 *
 * Within one journal, named by a uuid, seq starts at 1 and grows by exactly 1. What is held is
 * first_seq..last_seq; an empty journal has first_seq = last_seq + 1. An event can be read, and is
 * announced by `changed`, only once it is committed.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_JOURNAL_H
#define MSIWATCH_SERVICE_JOURNAL_H

#include "model.h"

struct journal;

struct journal_info {
    char id[37]; /* the uuid as text */
    bool durable;
    uint64_t first_seq, last_seq;
};

struct journal_entry {
    uint64_t seq;
    const char *json; /* the Event object, in the words of PROTOCOL.md, without a line end */
    size_t size;      /* of json, in bytes */
};

struct journal_config {
    size_t held; /* how many events memory holds */
    /* Events were committed. May be called from within journal_append. */
    void (*changed)(void *arg);
    void *arg;
};

/* 0 or a negative libuv code. */
int journal_new(struct journal **out, const struct journal_config *config);

/* Frees; reads that are under way are never answered. NULL is fine. */
void journal_free(struct journal *journal);

/* Takes an event; its seq is given here. Never fails. */
void journal_append(struct journal *journal, const struct event *event);

/* Lives as long as the journal; its values change as it grows. */
const struct journal_info *journal_info(const struct journal *journal);

/* A page of it. The caller owns the struct, which must stay until `done` or journal_read_cancel. */
struct journal_read {
    uint64_t after, before; /* exclusive; UINT64_MAX as `before` is no bound */
    int64_t since_ms;       /* inclusive; INT64_MIN is no bound */
    int64_t until_ms;       /* exclusive; INT64_MAX is no bound */
    bool descending;
    size_t limit; /* events, 1 to JOURNAL_READ_MOST */
    size_t bytes; /* stop before their JSON is larger together, but give one at least */

    /* Answers, once, perhaps from within journal_read_start. The fields below are valid until it
     * returns. */
    void (*done)(struct journal_read *read);
    int error; /* 0 or a negative libuv code */
    const struct journal_entry *entries;
    size_t count;
    bool more; /* further events match */
};

#define JOURNAL_READ_MOST 256

void journal_read_start(struct journal *journal, struct journal_read *read);

/* `done` will not be called any more. Also after it was. */
void journal_read_cancel(struct journal *journal, struct journal_read *read);

#endif
