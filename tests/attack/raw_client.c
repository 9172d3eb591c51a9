/* raw_client.c: a client of the simulator's socket. */
#include "raw_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

uint64_t raw_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t raw_now_ms(void)
{
    return raw_now_us() / 1000;
}

bool raw_connect(struct raw_client *client, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint64_t until = raw_now_ms() + 5000;
    memset(client, 0, sizeof *client);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (client->fd < 0) {
        perror("socket");
        exit(1);
    }
    while (connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        if (errno != EAGAIN || raw_now_ms() > until) {
            close(client->fd);
            client->fd = -1;
            return false;
        }
        poll(NULL, 0, 1);
    }
    return true;
}

void raw_close(struct raw_client *client)
{
    if (client->fd >= 0) {
        close(client->fd);
    }
    free(client->bytes);
    memset(client, 0, sizeof *client);
    client->fd = -1;
}

/* Waits until the socket is ready, or the time has come. */
static bool is_ready(const struct raw_client *client, short events, uint64_t until)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = events};
    uint64_t now = raw_now_ms();
    return poll(&poll_fd, 1, until > now ? (int)(until - now) : 0) > 0;
}

bool raw_send(struct raw_client *client, const char *data, size_t size, unsigned ms)
{
    uint64_t until = raw_now_ms() + ms;
    while (size > 0) {
        ssize_t sent = send(client->fd, data, size, MSG_NOSIGNAL);
        if (sent > 0) {
            data += sent;
            size -= (size_t)sent;
        } else if (errno != EAGAIN || !is_ready(client, POLLOUT, until)) {
            return false;
        }
    }
    return true;
}

bool raw_say(struct raw_client *client, const char *text)
{
    return raw_send(client, text, strlen(text), 5000);
}

static char *take_line(struct raw_client *client)
{
    char *line = client->bytes + client->begin;
    char *newline = memchr(line, '\n', client->end - client->begin);
    if (newline == NULL) {
        return NULL;
    }
    *newline = '\0';
    client->begin += (size_t)(newline - line) + 1;
    return line;
}

static void make_room(struct raw_client *client)
{
    if (client->bytes == NULL) {
        client->bytes = malloc(RAW_ROOM);
    }
    if (client->bytes == NULL || client->end - client->begin == RAW_ROOM) {
        fprintf(stderr, "a line over %u bytes, or no memory\n", RAW_ROOM);
        exit(1);
    }
    memmove(client->bytes, client->bytes + client->begin, client->end - client->begin);
    client->end -= client->begin;
    client->begin = 0;
}

char *raw_hear(struct raw_client *client, unsigned ms, bool *ended)
{
    uint64_t until = raw_now_ms() + ms;
    if (ended != NULL) {
        *ended = false;
    }
    for (;;) {
        char *line = client->bytes == NULL ? NULL : take_line(client);
        if (line != NULL) {
            return line;
        }
        make_room(client);
        ssize_t got = recv(client->fd, client->bytes + client->end, RAW_ROOM - client->end, 0);
        if (got > 0) {
            client->end += (size_t)got;
        } else if (got == 0 || errno != EAGAIN) {
            if (ended != NULL) {
                *ended = true;
            }
            return NULL;
        } else if (!is_ready(client, POLLIN, until)) {
            return NULL;
        }
    }
}

bool raw_hears(struct raw_client *client, const char *text, unsigned ms)
{
    uint64_t until = raw_now_ms() + ms;
    for (;;) {
        uint64_t now = raw_now_ms();
        const char *line = raw_hear(client, until > now ? (unsigned)(until - now) : 0, NULL);
        if (line == NULL) {
            return false;
        }
        if (strstr(line, text) != NULL) {
            return true;
        }
    }
}

bool raw_ends(struct raw_client *client, unsigned ms)
{
    uint64_t until = raw_now_ms() + ms;
    bool ended = false;
    while (!ended && raw_now_ms() <= until) {
        uint64_t now = raw_now_ms();
        raw_hear(client, until > now ? (unsigned)(until - now) : 0, &ended);
    }
    return ended;
}
