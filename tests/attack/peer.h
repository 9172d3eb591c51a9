/* peer.h: a client of the simulator's socket, as rude as one likes: plain sockets, no library.
 * Results that a test cannot go on without end the process, saying why. */
#ifndef MSIWATCH_TESTS_PEER_H
#define MSIWATCH_TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_ROOM 307200u /* bytes */

/* What a peer has read and not yet given away takes PEER_ROOM at most. */
struct peer_client {
    int fd;
    size_t begin, end;
    char *bytes; /* PEER_ROOM of them; made with the first read */
};

/* Milliseconds of a clock that never goes back, and microseconds. */
uint64_t peer_now_ms(void);
uint64_t peer_now_us(void);

/* Connects; tries again for 5 s while the backlog is full. False if nobody is there, or it may
 * not. */
bool peer_connect(struct peer_client *peer, const char *path);
void peer_close(struct peer_client *peer);

/* Sends all of it, waiting for room for at most `ms`. False: not all of it went. */
bool peer_send(struct peer_client *peer, const char *data, size_t size, unsigned ms);
bool peer_say(struct peer_client *peer, const char *text);

/* The next line, without its end, NUL-terminated, valid until the next call; NULL when none came
 * within `ms`, or the connection ended (*ended then; NULL: not asked). */
char *peer_hear(struct peer_client *peer, unsigned ms, bool *ended);

/* Whether a line with this text comes within `ms`; others are skipped. */
bool peer_hears(struct peer_client *peer, const char *text, unsigned ms);

/* Whether the connection ends within `ms`; lines are skipped. */
bool peer_ends(struct peer_client *peer, unsigned ms);

#endif
