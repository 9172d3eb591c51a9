/* desk.h: a journal on a loop and in a folder of its own, and followers of it, for tests.
 *
 * Event number n of a test says so: it was at DESK_AT_MS + n seconds, and its after_ms is n. So a
 * test sees which event it has whatever its seq is. Failures end the test (cmocka). One thread.
 */
#ifndef MSIWATCH_TESTS_DESK_H
#define MSIWATCH_TESTS_DESK_H

#include "journal/journal.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define DESK_AT_MS INT64_C(1795305600000) /* 2026-11-22T00:00:00Z */
#define DESK_HELD 64

/* Like assert_true, saying what was wrong. */
#define must(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error(__VA_ARGS__);                                                              \
            print_error("\n");                                                                     \
            fail_msg("%s", #condition);                                                            \
            abort(); /* never: so that analysers know */                                           \
        }                                                                                          \
    } while (0)

struct desk;

/* Somebody who receives everything, as a subscriber is. */
struct follower {
    struct desk *desk;
    struct follower *next;
    struct journal_cursor cursor;
    struct journal_read read;
    bool reading;
    bool stands_still; /* until desk_wake */
    bool persists;     /* asks again when a read failed, as a client does that comes back */
    uint64_t last;     /* the number of the last event */
    uint64_t events;   /* that it received */
    uint64_t missed;   /* events that were said to be no longer held */
    unsigned gaps, resets, failures;
    char reset_to[37]; /* the last reset */
    uint64_t reset_after;
    size_t bytes; /* of a page */
};

struct desk {
    uv_loop_t loop;
    char folder[512];
    size_t held;
    struct journal_disk disk; /* as the next desk_open takes it */
    struct journal *journal;
    struct follower *followers;
    uint64_t appended; /* the number of the last event */
};

/* A folder and a loop; and the end of both. */
void desk_begin(struct desk *desk);
void desk_end(struct desk *desk);

void desk_open(struct desk *desk);
void desk_close(struct desk *desk);

/* Appends so many, and does not wait. */
void desk_append(struct desk *desk, unsigned count);

/* Runs the loop until all that was appended is published, and all followers know it. */
void desk_settle(struct desk *desk);

/* Runs the loop until it says so; fails after 10 s. */
void desk_wait(struct desk *desk, bool (*done)(struct desk *desk));
bool desk_is_durable(struct desk *desk);
bool desk_is_volatile(struct desk *desk);

/* Runs the loop for that long. */
void desk_pass(struct desk *desk, unsigned ms);

/* Appends one after the other, each once the one before is published. */
void desk_append_slowly(struct desk *desk, unsigned count);

/* Follows behind that seq. Must stay until desk_close. */
void desk_follow(struct desk *desk, struct follower *follower, uint64_t after);
void desk_wake(struct follower *follower);

/* The answer to a read, copied. */
struct desk_page {
    struct journal_read read;
    struct desk *desk;
    struct journal_info info; /* as it was then */
    bool answered;
    size_t count;
    bool more;
    uint64_t next;
    int error;
    uint64_t seqs[JOURNAL_READ_MOST], numbers[JOURNAL_READ_MOST];
    char *json; /* all of it, one behind the other; NULL unless `keeps` */
    size_t size;
    bool keeps;
};

/* All fields as for everything there is, 256 at once. */
struct journal_read desk_everything(void);
void desk_read(struct desk *desk, struct desk_page *page, const struct journal_read *read);

/* The two halves of it. */
void desk_ask(struct desk *desk, struct desk_page *page, const struct journal_read *read);
void desk_await(struct desk *desk, const struct desk_page *page);

/* The number of an event by its JSON; 0 for one of the service's own. */
uint64_t desk_number(const char *json, size_t size);

/* ---- what lies in the folder ---- */

void desk_path(const struct desk *desk, const char *name, char out[1024]);
bool desk_exists(const struct desk *desk, const char *name);

/* The value of a query on history.db, with the system's own VFS, as text: all rows, a line each. It
 * must be closed, or nothing must be written meanwhile. */
void desk_query(const struct desk *desk, const char *query, char *out, size_t size);

/* PRAGMA integrity_check, and that seqs are contiguous. */
void desk_check_file(const struct desk *desk);

/* Copies history.db and its -wal as they are now into an empty folder: what a kill leaves. */
void desk_copy(const struct desk *from, const struct desk *to);

/* How many names in the folder begin and end like that. */
unsigned desk_count(const struct desk *desk, const char *begin, const char *end);

/* Reads and writes whole files. */
unsigned char *desk_load(const char *path, size_t *size);
void desk_save(const char *path, const unsigned char *data, size_t size);

/* Numbers that are the same each time, from a seed. */
void desk_seed(unsigned seed);
unsigned desk_random(unsigned below);

/* Removes a folder with all that is in it. */
void desk_remove(const char *path);

/* A whole number from the environment. */
unsigned desk_setting(const char *name, unsigned otherwise);

#endif
