/* journal_fixture.h: a journal with a loop and a folder of its own, and followers of it, for tests.
 *
 * Event number n of a test contains its number: its time is FIXTURE_AT_MS + n seconds, and its
 * after_ms is n. So a test sees which event it has, whatever its seq is. Failures end the test
 * (cmocka). One thread.
 */
#ifndef MSIWATCH_TESTS_JOURNAL_FIXTURE_H
#define MSIWATCH_TESTS_JOURNAL_FIXTURE_H

#include "journal/journal.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define FIXTURE_AT_MS INT64_C(1795305600000) /* 2026-11-22T00:00:00Z */
#define FIXTURE_HELD 64

/* Like assert_true, with a message. */
#define must(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error(__VA_ARGS__);                                                              \
            print_error("\n");                                                                     \
            fail_msg("%s", #condition);                                                            \
            abort(); /* never reached: for analysers */                                            \
        }                                                                                          \
    } while (0)

struct journal_fixture;

/* Receives everything, like a subscriber. */
struct follower {
    struct journal_fixture *fixture;
    struct follower *next;
    struct journal_cursor cursor;
    struct journal_read read;
    bool reading;
    bool stands_still; /* reads nothing until fixture_wake */
    bool persists;     /* if a read failed, asks again, like a client that reconnects */
    uint64_t last;     /* the number of the last event */
    uint64_t events;   /* how many events it received */
    uint64_t missed;   /* how many events were announced as no longer held */
    unsigned gaps, resets, failures;
    char reset_to[37]; /* the journal of the last reset */
    uint64_t reset_after;
    size_t bytes; /* of a page */
};

struct journal_fixture {
    uv_loop_t loop;
    char folder[512];
    size_t held;
    struct journal_disk disk; /* for the next fixture_open */
    struct journal *journal;
    struct follower *followers;
    uint64_t appended; /* the number of the last event */
};

/* Creates a folder and a loop; and removes both. */
void fixture_begin(struct journal_fixture *fixture);
void fixture_end(struct journal_fixture *fixture);

void fixture_open(struct journal_fixture *fixture);
void fixture_close(struct journal_fixture *fixture);

/* Appends this many events and does not wait. */
void fixture_append(struct journal_fixture *fixture, unsigned count);

/* Runs the loop until everything that was appended is published and all followers have it. */
void fixture_settle(struct journal_fixture *fixture);

/* Runs the loop until `done` returns true; fails after 10 s. */
void fixture_wait(struct journal_fixture *fixture, bool (*done)(struct journal_fixture *fixture));
bool fixture_is_durable(struct journal_fixture *fixture);
bool fixture_is_volatile(struct journal_fixture *fixture);

/* Runs the loop for this long. */
void fixture_pass(struct journal_fixture *fixture, unsigned ms);

/* Appends one event after the other, each when the previous one is published. */
void fixture_append_slowly(struct journal_fixture *fixture, unsigned count);

/* Follows the journal after that seq. `follower` must stay valid until fixture_close. */
void fixture_follow(struct journal_fixture *fixture, struct follower *follower, uint64_t after);
void fixture_wake(struct follower *follower);

/* A copy of the answer to a read. */
struct fixture_page {
    struct journal_read read;
    struct journal_fixture *fixture;
    struct journal_info info; /* at that time */
    bool answered;
    size_t count;
    bool more;
    uint64_t next;
    int error;
    uint64_t seqs[JOURNAL_READ_MOST], numbers[JOURNAL_READ_MOST];
    char *json; /* of all events, one after the other; NULL unless `keeps` */
    size_t size;
    bool keeps;
};

/* A read of all events, 256 at a time. */
struct journal_read fixture_everything(void);
void fixture_read(struct journal_fixture *fixture, struct fixture_page *page,
                  const struct journal_read *read);

/* The two halves of fixture_read. */
void fixture_ask(struct journal_fixture *fixture, struct fixture_page *page,
                 const struct journal_read *read);
void fixture_await(struct journal_fixture *fixture, const struct fixture_page *page);

/* The number of an event, from its JSON; 0 for one of the service's own. */
uint64_t fixture_number(const char *json, size_t size);

/* ---- the files in the folder ---- */

void fixture_path(const struct journal_fixture *fixture, const char *name, char out[1024]);
bool fixture_exists(const struct journal_fixture *fixture, const char *name);

/* The result of a query on history.db, with the system's own VFS, as text: one line per row. The
 * journal must be closed, or nothing may be written in the meantime. */
void fixture_query(const struct journal_fixture *fixture, const char *query, char *out,
                   size_t size);

/* Checks PRAGMA integrity_check, and that seqs are contiguous. */
void fixture_check_file(const struct journal_fixture *fixture);

/* Copies history.db and its -wal as they are now into an empty folder: what a kill leaves
 * behind. */
void fixture_copy(const struct journal_fixture *from, const struct journal_fixture *to);

/* How many names in the folder begin with `begin` and end with `end`. */
unsigned fixture_count(const struct journal_fixture *fixture, const char *begin, const char *end);

/* Read and write whole files. */
unsigned char *fixture_load(const char *path, size_t *size);
void fixture_save(const char *path, const unsigned char *data, size_t size);

/* Pseudo-random numbers that are the same each time, from a seed. */
void fixture_seed(unsigned seed);
unsigned fixture_random(unsigned below);

/* Removes a folder with everything in it. */
void fixture_remove(const char *path);

/* A whole number from the environment. */
unsigned fixture_setting(const char *name, unsigned otherwise);

#endif
