/* attacks.c: what hostile and broken clients do. */
#include "attacks.h"

#include "hostile.h"
#include "raw_client.h"

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
    static struct raw_client clients[1000];
    char byte;
    for (size_t i = 0; i < 1000; i++) {
        raw_connect(&clients[i], path);
    }
    is_ready(ready);
    for (size_t i = 0;; i = (i + 1) % 1000) {
        if (clients[i].fd < 0 || recv(clients[i].fd, &byte, 1, 0) >= 0) {
            raw_close(&clients[i]);
            raw_connect(&clients[i], path);
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
    uint64_t begun = raw_now_us();
    is_ready(ready);
    for (uint64_t i = 0;; i++) {
        struct raw_client client;
        uint64_t due = begun + i * 1000, now = raw_now_us();
        if (now < due) {
            pause_us((unsigned)(due - now));
        }
        if (raw_connect(&client, path)) {
            const char *word = words[i % 4];
            raw_send(&client, word, strlen(word), 0);
        }
        raw_close(&client);
    }
}

/* Asks for much, follows everything eight times, and reads nothing. */
static void never_read(const char *path, int ready)
{
    static struct raw_client clients[8];
    for (size_t i = 0; i < 8; i++) {
        raw_connect(&clients[i], path);
        for (int j = 0; j < 8; j++) {
            raw_send(&clients[i], REQUEST_WITH("1", "subscribe", "[0]"),
                     strlen(REQUEST_WITH("1", "subscribe", "[0]")), 0);
        }
        while (raw_send(&clients[i], REQUEST_WITH("2", "history", "{\"limit\":256}"),
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
    static struct raw_client clients[100];
    static const char line[] = REQUEST("1", "status");
    static size_t at[100];
    is_ready(ready);
    for (size_t i = 0;; i = (i + 1) % 100) {
        if (clients[i].fd <= 0 || !raw_send(&clients[i], line + at[i], 1, 0)) {
            raw_close(&clients[i]);
            raw_connect(&clients[i], path);
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
    static struct raw_client clients[200];
    static const char wait[] = REQUEST_WITH("1", "wait", "[\"busy\",3600000]");
    for (size_t i = 0; i < 200; i++) {
        raw_connect(&clients[i], path);
        for (int j = 0; j < 64; j++) {
            raw_say(&clients[i], wait);
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
    static struct raw_client clients[20];
    static char batch[HOSTILE_LINE];
    size_t size = hostile_batch(batch);
    for (size_t i = 0; i < 20; i++) {
        raw_connect(&clients[i], path);
    }
    is_ready(ready);
    for (size_t i = 0;; i = (i + 1) % 20) {
        if (clients[i].fd < 0 || !raw_send(&clients[i], batch, size, 0)) {
            raw_close(&clients[i]);
            raw_connect(&clients[i], path);
        }
        pause_us(5000);
    }
}

/* ---- too long, and not what it should be ---- */

/* Sends, listens for an answer, and comes again if that was the end. */
static void send_and_hear(struct raw_client *client, const char *path, const char *data,
                          size_t size)
{
    bool ended = false;
    if (client->fd <= 0 && !raw_connect(client, path)) {
        return;
    }
    raw_send(client, data, size, 100);
    raw_hear(client, 200, &ended);
    if (ended) {
        raw_close(client);
    }
}

static void long_lines(const char *path, int ready)
{
    static char line[HOSTILE_LINE + 1];
    struct raw_client client = {.fd = -1};
    is_ready(ready);
    for (size_t i = 0;; i++) {
        size_t size = HOSTILE_LINE - 1 + i % 3;
        hostile_fill(line, size);
        send_and_hear(&client, path, line, size);
        if (size > HOSTILE_LINE) {
            raw_close(&client);
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
        struct raw_client client;
        size_t left = (size_t)100 * 1024 * 1024;
        raw_connect(&client, path);
        while (left > 0 && raw_send(&client, block, sizeof block, 1000)) {
            left -= sizeof block;
        }
        raw_close(&client);
        pause_us(10000);
    }
}

static void garbage(const char *path, int ready)
{
    struct raw_client client = {.fd = -1};
    is_ready(ready);
    for (size_t i = 0;; i++) {
        size_t size;
        const char *text = hostile_text(i, &size);
        send_and_hear(&client, path, text, size);
        pause_us(500);
    }
}

/* ---- gone in the middle ---- */

static void die_in_the_middle(const char *path, unsigned number)
{
    struct raw_client client;
    raw_connect(&client, path);
    if (number % 2 == 0) {
        raw_say(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"meth");
    } else {
        raw_say(&client, REQUEST_WITH("1", "history", "{\"limit\":256}"));
        struct pollfd poll_fd = {.fd = client.fd, .events = POLLIN};
        char bytes[100];
        poll(&poll_fd, 1, 1000);
        recv(client.fd, bytes, sizeof bytes, 0); /* the beginning of the reply */
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
    static struct raw_client clients[50];
    is_ready(ready);
    for (size_t i = 0;; i = (i + 1) % 50) {
        raw_close(&clients[i]);
        raw_connect(&clients[i], path);
        raw_say(&clients[i], i % 2 == 0 ? REQUEST("1", "status") : REQUEST("1", "wait"));
        shutdown(clients[i].fd, i % 3 == 0 ? SHUT_RDWR : SHUT_WR);
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
