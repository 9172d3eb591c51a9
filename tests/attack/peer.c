/* peer.c: a client of the simulator's socket. */
#include "peer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

uint64_t peer_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t peer_now_ms(void)
{
    return peer_now_us() / 1000;
}

bool peer_connect(struct peer_client *peer, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint64_t until = peer_now_ms() + 5000;
    memset(peer, 0, sizeof *peer);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    peer->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (peer->fd < 0) {
        perror("socket");
        exit(1);
    }
    while (connect(peer->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        if (errno != EAGAIN || peer_now_ms() > until) {
            close(peer->fd);
            peer->fd = -1;
            return false;
        }
        poll(NULL, 0, 1);
    }
    return true;
}

void peer_close(struct peer_client *peer)
{
    if (peer->fd >= 0) {
        close(peer->fd);
    }
    free(peer->bytes);
    memset(peer, 0, sizeof *peer);
    peer->fd = -1;
}

/* Waits until the socket is ready, or the time has come. */
static bool is_ready(const struct peer_client *peer, short events, uint64_t until)
{
    struct pollfd poll_fd = {.fd = peer->fd, .events = events};
    uint64_t now = peer_now_ms();
    return poll(&poll_fd, 1, until > now ? (int)(until - now) : 0) > 0;
}

bool peer_send(struct peer_client *peer, const char *data, size_t size, unsigned ms)
{
    uint64_t until = peer_now_ms() + ms;
    while (size > 0) {
        ssize_t sent = send(peer->fd, data, size, MSG_NOSIGNAL);
        if (sent > 0) {
            data += sent;
            size -= (size_t)sent;
        } else if (errno != EAGAIN || !is_ready(peer, POLLOUT, until)) {
            return false;
        }
    }
    return true;
}

bool peer_say(struct peer_client *peer, const char *text)
{
    return peer_send(peer, text, strlen(text), 5000);
}

static char *take_line(struct peer_client *peer)
{
    char *line = peer->bytes + peer->begin;
    char *newline = memchr(line, '\n', peer->end - peer->begin);
    if (newline == NULL) {
        return NULL;
    }
    *newline = '\0';
    peer->begin += (size_t)(newline - line) + 1;
    return line;
}

static void make_room(struct peer_client *peer)
{
    if (peer->bytes == NULL) {
        peer->bytes = malloc(PEER_ROOM);
    }
    if (peer->bytes == NULL || peer->end - peer->begin == PEER_ROOM) {
        fprintf(stderr, "a line over %u bytes, or no memory\n", PEER_ROOM);
        exit(1);
    }
    memmove(peer->bytes, peer->bytes + peer->begin, peer->end - peer->begin);
    peer->end -= peer->begin;
    peer->begin = 0;
}

char *peer_hear(struct peer_client *peer, unsigned ms, bool *ended)
{
    uint64_t until = peer_now_ms() + ms;
    if (ended != NULL) {
        *ended = false;
    }
    for (;;) {
        char *line = peer->bytes == NULL ? NULL : take_line(peer);
        if (line != NULL) {
            return line;
        }
        make_room(peer);
        ssize_t got = recv(peer->fd, peer->bytes + peer->end, PEER_ROOM - peer->end, 0);
        if (got > 0) {
            peer->end += (size_t)got;
        } else if (got == 0 || errno != EAGAIN) {
            if (ended != NULL) {
                *ended = true;
            }
            return NULL;
        } else if (!is_ready(peer, POLLIN, until)) {
            return NULL;
        }
    }
}

bool peer_hears(struct peer_client *peer, const char *text, unsigned ms)
{
    uint64_t until = peer_now_ms() + ms;
    for (;;) {
        uint64_t now = peer_now_ms();
        const char *line = peer_hear(peer, until > now ? (unsigned)(until - now) : 0, NULL);
        if (line == NULL) {
            return false;
        }
        if (strstr(line, text) != NULL) {
            return true;
        }
    }
}

bool peer_ends(struct peer_client *peer, unsigned ms)
{
    uint64_t until = peer_now_ms() + ms;
    bool ended = false;
    while (!ended && peer_now_ms() <= until) {
        uint64_t now = peer_now_ms();
        peer_hear(peer, until > now ? (unsigned)(until - now) : 0, &ended);
    }
    return ended;
}
