/* reply_checker.h: checks what a client of the pipe gets, whatever it sent itself.
 *
 * It sees the bytes of one connection in both directions. If an answer violates PROTOCOL.md, it
 * ends the process with a message: a line that is not JSON or too long, a request that is answered
 * twice, an answer without a request, an event before the reply to its subscribe, a seq that is
 * skipped without a gap. It allocates nothing, so it may be used with an allocator that fails.
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

/* A request with an id that has not been answered yet. */
struct checked_request {
    uint64_t id; /* a hash of the id's type and text */
    enum { CHECKER_OTHER, CHECKER_SUBSCRIBE, CHECKER_UNSUBSCRIBE } method;
    bool shared;     /* another request had the same id, so nobody knows which one was answered */
    bool known;      /* `number` is known */
    uint64_t number; /* `after` or `subscription` */
};

struct checked_subscription {
    bool begun, over;
    bool known; /* `cursor` is known */
    uint64_t cursor;
};

struct reply_checker {
    char line[CHECKER_LINE_CAP + 1]; /* from the client; not complete yet */
    struct checked_request requests[CHECKER_REQUESTS];
    size_t request_count; /* checker_init clears from here on */
    size_t line_size;
    size_t line_cap, batch_cap;       /* the connection's limits */
    bool too_long;                    /* a line was too long, so nothing more is answered */
    bool closing;                     /* announced by the server: nothing may follow */
    size_t null_count;                /* how many answers with id null are due */
    uint64_t results, errors, events; /* received */
    int64_t last_error;               /* the code of the last error */
    struct checked_subscription subscriptions[CHECKER_SUBSCRIPTIONS];
};

void checker_init(struct reply_checker *checker, size_t line_cap, size_t batch_cap);

/* The client sends. Call it before the bytes are passed on. */
void checker_sends(struct reply_checker *checker, const char *data, size_t size);

/* The client receives; whole lines only. */
void checker_receives(struct reply_checker *checker, const char *data, size_t size);

/* Whether it is exactly one JSON text. */
bool checker_is_json(const char *text, size_t size);

/* The connection has come to rest: every request must have been answered. */
void checker_is_answered(const struct reply_checker *checker);

#endif
