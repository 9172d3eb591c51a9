/* client.h: a client of the pipe, on libuv, that sends and receives lines. Unix sockets and Windows
 * pipes.
 *
 * For load tests and benchmarks. Call everything on the loop. Functions return 0 or a negative
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
    bool deaf;   /* does not read; see client_listen */
    bool closed; /* client_close was called */
    /* The connection was made (0), or could not be made; then it closes by itself. */
    void (*on_open)(struct client *client, int status);
    /* A line without its end, valid during the call. */
    void (*on_line)(struct client *client, char *line, size_t size);
    /* The server ended the connection (UV_EOF), or it broke. May call client_close. */
    void (*on_end)(struct client *client, int error);
    /* Nothing uses the struct any more: its memory may be freed. May be NULL. */
    void (*on_closed)(struct client *client);
};

/* The caller sets the callbacks; this fills in the rest. `name` has the form of the service's
 * setting "pipe": on Windows a bare name stands for \\.\pipe\NAME. */
int client_open(struct client *client, uv_loop_t *loop, const char *name);

/* Sends a line; '\n' is added. */
int client_say(struct client *client, const char *format, ...)
#if defined(__MINGW32__) && !defined(__clang__)
    __attribute__((format(gnu_printf, 2, 3)))
#elif defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Starts or stops reading. */
void client_listen(struct client *client, bool listen);

void client_close(struct client *client);

#endif
