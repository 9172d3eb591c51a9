/* raw_client.h: a client of the simulator's socket that can break any rule: plain sockets, no
 * library. If a test cannot continue, the process ends with a message that says why. */
#ifndef MSIWATCH_TESTS_RAW_CLIENT_H
#define MSIWATCH_TESTS_RAW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAW_ROOM 307200u /* bytes */

/* A client that keeps at most RAW_ROOM bytes that it has read and not returned yet. */
struct raw_client {
    int fd;
    size_t begin, end;
    char *bytes; /* RAW_ROOM bytes, allocated with the first read */
};

/* Milliseconds of a clock that never goes back, and microseconds. */
uint64_t raw_now_ms(void);
uint64_t raw_now_us(void);

/* Connects; tries again for 5 s while the backlog is full. False: nobody listens, or the client may
 * not connect. */
bool raw_connect(struct raw_client *client, const char *path);
void raw_close(struct raw_client *client);

/* Sends all of it, waiting for room for at most `ms`. False: not all of it was sent. */
bool raw_send(struct raw_client *client, const char *data, size_t size, unsigned ms);
bool raw_say(struct raw_client *client, const char *text);

/* Returns the next line, without its end and with a NUL, valid until the next call. NULL: none came
 * within `ms`, or the connection ended; then *ended is true (`ended` may be NULL). */
char *raw_hear(struct raw_client *client, unsigned ms, bool *ended);

/* Whether a line with this text comes within `ms`; other lines are skipped. */
bool raw_hears(struct raw_client *client, const char *text, unsigned ms);

/* Whether the connection ends within `ms`; lines are skipped. */
bool raw_ends(struct raw_client *client, unsigned ms);

#endif
