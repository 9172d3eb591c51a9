/* drive.c: the client: blocking sockets, nothing of libuv. */
#include "cost.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void say_to_server(int control, char what)
{
    if (write(control, &what, 1) != 1) {
        cost_fail("a write");
    }
}

static void say(int fd, const char *text)
{
    size_t size = strlen(text);
    if (write(fd, text, size) != (ssize_t)size) {
        cost_fail("a write");
    }
}

/* Lines come whole here: each is one write, and the one before it was read. */
static void await_line(int fd)
{
    static char line[262144];
    size_t size = 0;
    do {
        ssize_t more = read(fd, line + size, sizeof line - size);
        if (more <= 0) {
            cost_fail("the server went away");
        }
        size += (size_t)more;
    } while (line[size - 1] != '\n');
    if (strstr(line, "\"error\"") != NULL) {
        fputs(line, stderr);
        cost_fail("an error was answered");
    }
}

static int join(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        cost_fail(path);
    }
    return fd;
}

void cost_drive(const struct scenario *scenario, const char *path, int control, unsigned rounds)
{
    int *fds = calloc(scenario->connections, sizeof *fds);
    char ready;
    if (fds == NULL || read(control, &ready, 1) != 1) {
        cost_fail("the server does not begin");
    }
    for (unsigned i = 0; i < scenario->connections; i++) {
        fds[i] = join(path);
        say(fds[i], scenario->ask);
        await_line(fds[i]);
    }
    for (unsigned n = 0; n < rounds; n++) {
        if (scenario->round != NULL) {
            say_to_server(control, COST_ROUND);
        }
        for (unsigned i = 0; i < scenario->connections; i++) {
            if (scenario->round == NULL) {
                say(fds[i], scenario->ask);
            }
            await_line(fds[i]);
        }
    }
    /* Its end must not find connections that are closing, more of them or fewer. */
    say_to_server(control, COST_END);
    if (read(control, &ready, 1) != 0) {
        cost_fail("the server does not end");
    }
    free(fds);
}
