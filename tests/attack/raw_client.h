/* raw_client.h: a client of the simulator's socket, as rude as one likes: plain sockets, no
 * library. Results that a test cannot go on without end the process, saying why. */
#ifndef MSIWATCH_TESTS_RAW_CLIENT_H
#define MSIWATCH_TESTS_RAW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAW_ROOM 307200u /* bytes */

/* What a client has read and not yet given away takes RAW_ROOM at most. */
struct raw_client {
    int fd;
    size_t begin, end;
    char *bytes; /* RAW_ROOM of them; made with the first read */
};

/* Milliseconds of a clock that never goes back, and microseconds. */
uint64_t raw_now_ms(void);
uint64_t raw_now_us(void);

/* Connects; tries again for 5 s while the backlog is full. False if nobody is there, or it may
 * not. */
bool raw_connect(struct raw_client *client, const char *path);
void raw_close(struct raw_client *client);

/* Sends all of it, waiting for room for at most `ms`. False: not all of it went. */
bool raw_send(struct raw_client *client, const char *data, size_t size, unsigned ms);
bool raw_say(struct raw_client *client, const char *text);

/* The next line, without its end, NUL-terminated, valid until the next call; NULL when none came
 * within `ms`, or the connection ended (*ended then; NULL: not asked). */
char *raw_hear(struct raw_client *client, unsigned ms, bool *ended);

/* Whether a line with this text comes within `ms`; others are skipped. */
bool raw_hears(struct raw_client *client, const char *text, unsigned ms);

/* Whether the connection ends within `ms`; lines are skipped. */
bool raw_ends(struct raw_client *client, unsigned ms);

#endif
