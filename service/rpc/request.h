/* request.h: JSON-RPC 2.0: request lines in, replies out; batches, notifications, errors.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_REQUESTS_H
#define MSIWATCH_SERVICE_REQUESTS_H

#include "rpc/connection.h"

#include <yyjson.h>

/* A batch being answered: its replies are collected and sent together. */
struct batch;

/* A request being answered. It is answered exactly once, by one of the functions below, which free
 * it; a notification's answer is dropped. */
struct request {
    struct list node;    /* in session->requests */
    struct list waiting; /* in hub->sampling or hub->waiting, or in none */
    struct session *session;
    struct batch *batch;                      /* NULL: on its own */
    char *id;                                 /* JSON text; NULL: a notification */
    void (*timeout)(struct request *request); /* at until_ms; 0: never */
    void (*sampled)(struct request *request);
    void (*abandoned)(struct request *request); /* its session goes; free what hangs on it */
    uint64_t until_ms;                          /* monotonic; 0: none */
    uint64_t asked_ms; /* of `status` and `wait`; monotonic: samples from then on answer it */
    /* of `wait` */
    bool waits;
    enum verdict_state wanted;
    uint64_t settle_ms, deadline_ms; /* monotonic; 0: no deadline */
    /* of `history` */
    struct journal_read *read;
};

/* Takes one line and answers what it asks, now or later. */
void requests_take(struct session *session, char *line, size_t size);

/* An answer is built in a document that these functions do not free. `result` NULL (memory is
 * out) is answered with -32603. */
void request_result(struct request *request, yyjson_mut_doc *doc, yyjson_mut_val *result);

/* `data` may be NULL. */
void request_error(struct request *request, enum wire_error code, const char *message,
                   yyjson_mut_doc *doc, yyjson_mut_val *data);

/* Like request_error; but `data` is a part of this error, and without it (NULL: memory is out) the
 * answer is -32603. */
void request_error_data(struct request *request, enum wire_error code, const char *message,
                        yyjson_mut_doc *doc, yyjson_mut_val *data);

/* -32602: which parameter, and what it takes. */
void request_bad_param(struct request *request, const char *param, const char *takes);

/* The request in flight with that id, other than `except`; NULL if there is none. */
struct request *requests_find(struct session *session, const char *id,
                              const struct request *except);

/* A value's JSON text, as ids are compared; malloc'ed. NULL when memory is out. */
char *request_id_text(yyjson_val *id);

/* Answers all that is in flight with -32002, or forgets it. */
void requests_end(struct session *session, bool answer);

/* Ends, unanswered, those that may wait for long: the peer will not read the answer. */
void requests_forget_waits(struct session *session);

/* Says that a line was over the cap. */
void requests_line_too_long(struct session *session);

/* The earliest until_ms of those in flight; UINT64_MAX if none. */
uint64_t requests_next_timeout(const struct session *session);

/* Calls `timeout` of those whose time has come. */
void requests_timeout(struct session *session, uint64_t now_ms);

#endif
