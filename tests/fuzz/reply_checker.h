/* reply_checker.h: what a client of the pipe may expect of what it is sent, whatever it sent
 * itself.
 *
 * Sees the bytes of one connection in both directions and ends the process, saying why, when an
 * answer breaks PROTOCOL.md: a line that is no JSON or over the cap, a request answered twice or
 * an answer nobody asked for, an event before its subscribe reply, a seq left out without a gap.
 * It allocates nothing, so it may be called with an allocator that fails.
 */
#ifndef MSIWATCH_TESTS_JUDGE_H
#define MSIWATCH_TESTS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECKER_REQUESTS 1024
#define CHECKER_SUBSCRIPTIONS 256
#define CHECKER_LINE_CAP 65536

/* Says what is wrong and ends the process. */
#define check_that(condition, ...)                                                                 \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            checker_fail(__FILE__, __LINE__, __VA_ARGS__);                                         \
        }                                                                                          \
    } while (0)
_Noreturn void checker_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A request that has an id and was not answered yet. */
struct checked_request {
    uint64_t id; /* a hash of the id's type and text */
    enum { CHECKER_OTHER, CHECKER_SUBSCRIBE, CHECKER_UNSUBSCRIBE } method;
    bool shared;     /* another one had the same id: it is not known which was answered */
    bool known;      /* number below is */
    uint64_t number; /* `after` or `subscription` */
};

struct checked_subscription {
    bool begun, over;
    bool known; /* cursor is */
    uint64_t cursor;
};

struct reply_checker {
    char line[CHECKER_LINE_CAP + 1]; /* of the client's, not yet whole */
    struct checked_request requests[CHECKER_REQUESTS];
    size_t request_count; /* checker_init clears from here on */
    size_t line_size;
    size_t line_cap, batch_cap;       /* the connection's limits */
    bool too_long;                    /* a line was, so nothing more is answered */
    bool closing;                     /* said by the peer: nothing may follow */
    size_t null_count;                /* answers with id null that are due */
    uint64_t results, errors, events; /* received */
    int64_t last_error;               /* its code */
    struct checked_subscription subscriptions[CHECKER_SUBSCRIPTIONS];
};

void checker_init(struct reply_checker *checker, size_t line_cap, size_t batch_cap);

/* The client sends. To be called before the bytes are handed over. */
void checker_sends(struct reply_checker *checker, const char *data, size_t size);

/* The client receives; whole lines only. */
void checker_receives(struct reply_checker *checker, const char *data, size_t size);

/* Whether this is one JSON text. */
bool checker_is_json(const char *text, size_t size);

/* The connection has come to rest: all that was asked must have been answered. */
void checker_is_answered(const struct reply_checker *checker);

#endif
