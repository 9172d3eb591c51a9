/* sim_process.h: msiwatch-sim in a process of its own, and clients of its pipe. POSIX only.
 *
 * Failures end the test (cmocka); every wait has a limit.
 */
#ifndef MSIWATCH_TESTS_SIM_PROCESS_H
#define MSIWATCH_TESTS_SIM_PROCESS_H

#include "journal_fixture.h"

#include <sys/types.h>
#include <yyjson.h>

/* A folder that contains the data folder and the socket; and the process while it runs. */
struct sim_process {
    char folder[256], data[300], pipe[100];
    pid_t pid; /* 0: it is not running */
    int commands, answers;
    char line[256];
    size_t line_size;
};

void sim_begin(struct sim_process *sim);
void sim_end(struct sim_process *sim);

/* A fixture whose folder is the data folder, for the functions of journal_fixture.h that look at
 * files. */
struct journal_fixture sim_desk(const struct sim_process *sim);

/* Starts it with more options (NULL after the last), and waits until the pipe answers. */
void sim_start(struct sim_process *sim, const char *const options[]);

/* Only starts it. */
void sim_launch(struct sim_process *sim, const char *const options[]);

/* Waits until it is ready; false: it ended instead. */
bool sim_is_ready(struct sim_process *sim);

/* sim_do runs a command of script.h and waits until it is done; sim_send only sends it. */
void sim_do(struct sim_process *sim, const char *command);
void sim_send(struct sim_process *sim, const char *command);

/* sim_kill kills it; sim_stop ends it cleanly and returns its exit code, within this time. */
void sim_kill(struct sim_process *sim);
int sim_stop(struct sim_process *sim, unsigned ms);

/* One connection. */
struct sim_client {
    int fd;
    unsigned id;
    char *buffer;
    size_t begin, end, room;
};

void client_begin(struct sim_client *client, const struct sim_process *sim);
void client_end(struct sim_client *client);

/* Sends a request and returns its id. `params` is JSON, or NULL. */
unsigned client_send(struct sim_client *client, const char *method, const char *params);

/* Returns the next line, with a NUL, valid until the next call; NULL: the connection has ended, or
 * no line came within this time. */
char *client_line(struct sim_client *client, unsigned ms);

/* Reads what is there, without waiting; false: the connection has ended. */
bool client_fill(struct sim_client *client);

/* Returns a whole line of what was read, or NULL. */
char *client_next(struct sim_client *client);

/* The document of the reply to a request, which the caller frees; earlier lines are skipped. */
yyjson_doc *client_ask(struct sim_client *client, const char *method, const char *params);

/* The member "result" of a reply. */
yyjson_val *result_of(yyjson_doc *reply);

/* The Event in an `event` notification, unchanged: its place in the line, and its size. NULL: it is
 * another line. */
const char *event_in(const char *line, size_t *size, uint64_t *seq);

/* Milliseconds since the first call. */
uint64_t now_ms(void);

/* ---- events and numbers ---- */

/* One transition. */
struct seen {
    uint64_t seq, after_ms;
    int64_t at_ms;
    char from[16], to[16];
    bool after_known;
};

/* Reads it from an Event. */
void seen_read(struct seen *seen, yyjson_val *event);

void client_subscribe(struct sim_client *client, const char *params);

/* The next event for a subscriber; other lines are skipped. */
void client_next_event(struct sim_client *client, struct seen *seen);

/* A number in a reply, by its path: "about", "journal/last_seq". */
uint64_t sim_number(const struct sim_process *sim, const char *method, const char *path);

void sim_wait_for_seq(const struct sim_process *sim, uint64_t seq);

/* Whether MSIWATCH_TEST_LONG is set. */
bool is_long(void);

int64_t wall_ms(void);

#endif
