/* house.h: msiwatch-sim in a process of its own, and callers of its pipe. POSIX only.
 *
 * Failures end the test (cmocka); everything has a bound of time.
 */
#ifndef MSIWATCH_TESTS_HOUSE_H
#define MSIWATCH_TESTS_HOUSE_H

#include "desk.h"

#include <sys/types.h>
#include <yyjson.h>

/* A folder with the data folder and the socket in it, and the process while it runs. */
struct house {
    char folder[256], data[300], pipe[100];
    pid_t pid; /* 0: it does not run */
    int commands, answers;
    char line[256];
    size_t line_size;
};

void house_begin(struct house *house);
void house_end(struct house *house);

/* The desk whose folder is the data folder, for what desk.h can look at. */
struct desk house_desk(const struct house *house);

/* Starts it, with more options (NULL after the last), and waits until the pipe answers. */
void house_start(struct house *house, const char *const options[]);

/* Only starts it. */
void house_launch(struct house *house, const char *const options[]);

/* Waits until it is ready; false if it ended instead. */
bool house_is_ready(struct house *house);

/* A command of script.h, done when this returns; and one that is only sent. */
void house_do(struct house *house, const char *command);
void house_send(struct house *house, const char *command);

/* Without warning; cleanly; and its exit code, within that time. */
void house_kill(struct house *house);
int house_stop(struct house *house, unsigned ms);

/* One connection. */
struct caller {
    int fd;
    unsigned id;
    char *buffer;
    size_t begin, end, room;
};

void caller_begin(struct caller *caller, const struct house *house);
void caller_end(struct caller *caller);

/* Sends a request; its id is returned. `params` is JSON, or NULL. */
unsigned caller_send(struct caller *caller, const char *method, const char *params);

/* The next line, NUL-terminated, valid until the next call; NULL when the connection has ended, or
 * none came within that time. */
char *caller_line(struct caller *caller, unsigned ms);

/* Reads what there is, without waiting; false when the connection has ended. */
bool caller_fill(struct caller *caller);

/* A whole line of what was read, or NULL. */
char *caller_next(struct caller *caller);

/* The document of the reply to a request, to be freed; lines before it are passed over. */
yyjson_doc *caller_ask(struct caller *caller, const char *method, const char *params);

/* "result" of a reply. */
yyjson_val *result_of(yyjson_doc *reply);

/* The Event in an `event` notification, as it came: its place in the line, and its size. NULL for
 * another line. */
const char *event_in(const char *line, size_t *size, uint64_t *seq);

/* Milliseconds since the first call. */
uint64_t now_ms(void);

/* ---- what comes and what is ---- */

/* One transition. */
struct seen {
    uint64_t seq, after_ms;
    int64_t at_ms;
    char from[16], to[16];
    bool after_known;
};

/* From an Event. */
void seen_read(struct seen *seen, yyjson_val *event);

void caller_subscribe(struct caller *caller, const char *params);

/* The next event that a subscriber hears; other lines are passed over. */
void caller_next_event(struct caller *caller, struct seen *seen);

/* A number somewhere in a reply: "about", "journal/last_seq". */
uint64_t house_number(const struct house *house, const char *method, const char *path);

void house_wait_for_seq(const struct house *house, uint64_t seq);

/* MSIWATCH_TEST_LONG is set. */
bool is_long(void);

int64_t wall_ms(void);

#endif
