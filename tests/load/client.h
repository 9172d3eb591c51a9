/* client.h: a client of the pipe, on libuv: lines out, lines in. Unix sockets and Windows pipes.
 *
 * For load tests and benchmarks. Everything is called on the loop. Functions return 0 or a negative
 * libuv code.
 */
#ifndef MSIWATCH_TESTS_CLIENT_H
#define MSIWATCH_TESTS_CLIENT_H

#include "common/lines.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct client {
    uv_pipe_t pipe;
    uv_connect_t connect;
    struct lines lines;
    bool deaf;   /* does not read, see client_listen */
    bool closed; /* client_close was called */
    /* The connection is there (0) or could not be made; then it closes by itself. */
    void (*on_open)(struct client *client, int status);
    /* A line without its end, valid until it returns. */
    void (*on_line)(struct client *client, char *line, size_t size);
    /* The server ended the connection (UV_EOF), or it broke. May call client_close. */
    void (*on_end)(struct client *client, int error);
    /* Nothing of it is left: the memory may go. May be NULL. */
    void (*on_closed)(struct client *client);
};

/* The callbacks must be set; the rest is filled in here. `name` as the setting "pipe" of the
 * service takes it: on Windows a bare name stands for \\.\pipe\NAME. */
int client_open(struct client *client, uv_loop_t *loop, const char *name);

/* Sends a line; '\n' is added. */
int client_say(struct client *client, const char *format, ...)
#if defined(__MINGW32__) && !defined(__clang__)
    __attribute__((format(gnu_printf, 2, 3)))
#elif defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Reads from now on, or no more for now. */
void client_listen(struct client *client, bool listen);

void client_close(struct client *client);

#endif
