/* attacks.c: what hostile and broken clients do. */
#include "attacks.h"

#include "hostile.h"
#include "peer.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void is_ready(int ready)
{
    ssize_t written = write(ready, "!", 1);
    if (written != 1) {
        _exit(1);
    }
}

static void pause_us(unsigned us)
{
    usleep(us);
}

/* ---- too many, too often, too slow ---- */

/* Comes again whenever it is turned out. */
static void silent(const char *path, int ready)
{
    static struct peer_client peers[1000];
    char byte;
    for (size_t i = 0; i < 1000; i++) {
        peer_connect(&peers[i], path);
    }
    is_ready(ready);
    for (size_t i = 0;; i = (i + 1) % 1000) {
        if (peers[i].fd < 0 || recv(peers[i].fd, &byte, 1, 0) >= 0) {
            peer_close(&peers[i]);
            peer_connect(&peers[i], path);
        }
        if (i % 100 == 0) {
            pause_us(5000);
        }
    }
}

/* 1,000 a second; every other one asks for something that it does not wait for. */
static void come_and_go(const char *path, int ready)
{
    static const char *const words[] = {"", REQUEST("1", "status"), "", "{\"jsonrpc\":"};
    uint64_t begun = peer_now_us();
    is_ready(ready);
    for (uint64_t i = 0;; i++) {
        struct peer_client peer;
        uint64_t due = begun + i * 1000, now = peer_now_us();
        if (now < due) {
            pause_us((unsigned)(due - now));
        }
        if (peer_connect(&peer, path)) {
            const char *word = words[i % 4];
            peer_send(&peer, word, strlen(word), 0);
        }
        peer_close(&peer);
    }
}

/* Asks for much, follows everything eight times, and reads nothing. */
static void never_read(const char *path, int ready)
{
    static struct peer_client peers[8];
    for (size_t i = 0; i < 8; i++) {
        peer_connect(&peers[i], path);
        for (int j = 0; j < 8; j++) {
            peer_send(&peers[i], REQUEST_WITH("1", "subscribe", "[0]"),
                      strlen(REQUEST_WITH("1", "subscribe", "[0]")), 0);
        }
        while (peer_send(&peers[i], REQUEST_WITH("2", "history", "{\"limit\":256}"),
                         strlen(REQUEST_WITH("2", "history", "{\"limit\":256}")), 0)) {
        }
    }
    is_ready(ready);
    for (;;) {
        pause(); /* for ever */
    }
}

/* A hundred clients, each a byte a second. */
static void dribble(const char *path, int ready)
{
    static struct peer_client peers[100];
    static const char line[] = REQUEST("1", "status");
    static size_t at[100];
    is_ready(ready);
    for (size_t i = 0;; i = (i + 1) % 100) {
        if (peers[i].fd <= 0 || !peer_send(&peers[i], line + at[i], 1, 0)) {
            peer_close(&peers[i]);
            peer_connect(&peers[i], path);
            at[i] = 0;
        } else {
            at[i] = (at[i] + 1) % (sizeof line - 1);
        }
        pause_us(10000);
    }
}

/* As many requests in flight as may be, on many connections. */
static void wait_in_masses(const char *path, int ready)
{
    static struct peer_client peers[200];
    static const char wait[] = REQUEST_WITH("1", "wait", "[\"busy\",3600000]");
    for (size_t i = 0; i < 200; i++) {
        peer_connect(&peers[i], path);
        for (int j = 0; j < 64; j++) {
            peer_say(&peers[i], wait);
        }
    }
    is_ready(ready);
    for (;;) {
        pause();
    }
}

/* Batches that are not finished while their answers are kept; comes again when turned out. */
static void hold_back_batches(const char *path, int ready)
{
    static struct peer_client peers[20];
    static char batch[HOSTILE_LINE];
    size_t size = hostile_batch(batch);
    for (size_t i = 0; i < 20; i++) {
        peer_connect(&peers[i], path);
    }
    is_ready(ready);
    for (size_t i = 0;; i = (i + 1) % 20) {
        if (peers[i].fd < 0 || !peer_send(&peers[i], batch, size, 0)) {
            peer_close(&peers[i]);
            peer_connect(&peers[i], path);
        }
        pause_us(5000);
    }
}

/* ---- too long, and not what it should be ---- */

/* Sends, listens for an answer, and comes again if that was the end. */
static void send_and_hear(struct peer_client *peer, const char *path, const char *data, size_t size)
{
    bool ended = false;
    if (peer->fd <= 0 && !peer_connect(peer, path)) {
        return;
    }
    peer_send(peer, data, size, 100);
    peer_hear(peer, 200, &ended);
    if (ended) {
        peer_close(peer);
    }
}

static void long_lines(const char *path, int ready)
{
    static char line[HOSTILE_LINE + 1];
    struct peer_client peer = {.fd = -1};
    is_ready(ready);
    for (size_t i = 0;; i++) {
        size_t size = HOSTILE_LINE - 1 + i % 3;
        hostile_fill(line, size);
        send_and_hear(&peer, path, line, size);
        if (size > HOSTILE_LINE) {
            peer_close(&peer);
        }
        pause_us(500);
    }
}

/* As much of 100 MB as is taken, and again. */
static void endless_lines(const char *path, int ready)
{
    static char block[64 * 1024];
    memset(block, 'x', sizeof block);
    is_ready(ready);
    for (;;) {
        struct peer_client peer;
        size_t left = (size_t)100 * 1024 * 1024;
        peer_connect(&peer, path);
        while (left > 0 && peer_send(&peer, block, sizeof block, 1000)) {
            left -= sizeof block;
        }
        peer_close(&peer);
        pause_us(10000);
    }
}

static void garbage(const char *path, int ready)
{
    struct peer_client peer = {.fd = -1};
    is_ready(ready);
    for (size_t i = 0;; i++) {
        size_t size;
        const char *text = hostile_text(i, &size);
        send_and_hear(&peer, path, text, size);
        pause_us(500);
    }
}

/* ---- gone in the middle ---- */

static void die_in_the_middle(const char *path, unsigned number)
{
    struct peer_client peer;
    peer_connect(&peer, path);
    if (number % 2 == 0) {
        peer_say(&peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"meth");
    } else {
        peer_say(&peer, REQUEST_WITH("1", "history", "{\"limit\":256}"));
        struct pollfd poll_fd = {.fd = peer.fd, .events = POLLIN};
        char bytes[100];
        poll(&poll_fd, 1, 1000);
        recv(peer.fd, bytes, sizeof bytes, 0); /* the beginning of the reply */
    }
    kill(getpid(), SIGKILL);
}

static void be_killed(const char *path, int ready)
{
    is_ready(ready);
    for (unsigned i = 0;; i++) {
        pid_t child = fork();
        if (child == 0) {
            die_in_the_middle(path, i);
        }
        waitpid(child, NULL, 0);
        pause_us(5000);
    }
}

/* Ends its own side at once and lets the other end wait. */
static void half_close(const char *path, int ready)
{
    static struct peer_client peers[50];
    is_ready(ready);
    for (size_t i = 0;; i = (i + 1) % 50) {
        peer_close(&peers[i]);
        peer_connect(&peers[i], path);
        peer_say(&peers[i], i % 2 == 0 ? REQUEST("1", "status") : REQUEST("1", "wait"));
        shutdown(peers[i].fd, i % 3 == 0 ? SHUT_RDWR : SHUT_WR);
        pause_us(2000);
    }
}

const struct attack attacks[] = {
    {"1,000 silent connections", silent, false},
    {"1,000 connections a second", come_and_go, false},
    {"readers that never read", never_read, true},
    {"a byte a second", dribble, false},
    {"12,800 waits", wait_in_masses, false},
    {"batches never finished", hold_back_batches, false},
    {"lines about as long as may be", long_lines, false},
    {"lines without an end", endless_lines, false},
    {"lines that are no requests", garbage, false},
    {"killed in the middle", be_killed, false},
    {"half-closed sockets", half_close, false},
    {NULL, NULL, false},
};
