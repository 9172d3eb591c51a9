/* connection_oom_test.c: memory runs out between a real socket and the server: at the listener
 * (listener_posix.c), in connection.c, and in libuv. The n-th allocation fails, n from 1 until a
 * client comes, asks, subscribes, gets events and goes; alone and with those that follow.
 *
 * What libuv itself cannot do without, and ends the process for:
 *   maybe_resize (src/unix/core.c): the loop's table of file descriptors, which grows to the next
 *   power of two above the highest one that is watched. open_the_door makes it large enough before
 *   the first client comes, and nothing of it is failed.
 * Any other end of the process is a failure of this test. Loops and their handles are made before
 * the first client, with memory enough: service_new fails cleanly without it.
 */
#include "unit.h"

#include "allocator.h"
#include "rpc/stream.h"
#include "test_server.h"
#include "config/settings.h"
#include "test_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HIGHEST_FD 200

static struct {
    uv_loop_t loop;
    struct metrics metrics;
    struct rpc_server rpc;
    struct api api;
    struct journal *journal;
    struct listener *listener;
    char name[64];
    bool closed;
} server;

static void ignore(void *arg)
{
    (void)arg;
}

static void ignore_waited(void *arg, bool waited)
{
    (void)arg;
    (void)waited;
}

static void no_gauges(void *arg, struct sampler_gauges *out)
{
    (void)arg;
    memset(out, 0, sizeof *out);
}

static void changed(void *arg)
{
    (void)arg;
    rpc_server_flush(&server.rpc);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)poll;
    (void)status;
    (void)events;
}

/* Lets libuv make room for every descriptor that will be watched. */
static void watch_a_high_descriptor(void)
{
    uv_poll_t poll;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], HIGHEST_FD), HIGHEST_FD);
    assert_int_equal(uv_poll_init(&server.loop, &poll, HIGHEST_FD), 0);
    assert_int_equal(uv_poll_start(&poll, UV_READABLE, on_poll), 0);
    uv_close((uv_handle_t *)&poll, NULL);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    close(HIGHEST_FD);
    close(ends[0]);
    close(ends[1]);
}

static void open_the_door(void)
{
    struct settings settings;
    settings_init(&settings);
    test_clock_run();
    assert_int_equal(uv_loop_init(&server.loop), 0);
    watch_a_high_descriptor();
    struct journal_config journal = {.held = 16, .changed = changed};
    assert_int_equal(journal_new(&server.journal, &journal), 0);
    struct api_config api = {
        .journal = server.journal,
        .look = ignore,
        .waited = ignore_waited,
        .gauges = no_gauges,
    };
    assert_int_equal(
        test_server_init(&server.rpc, &server.api, &server.metrics, &settings.limits, api), 0);
    snprintf(server.name, sizeof server.name, "/tmp/msiwatch-oom-%d", (int)getpid());
    struct listener_config listener = {
        .loop = &server.loop,
        .name = server.name,
        .accepting = stream_accepting,
        .accepted = stream_accepted,
        .arg = &server.rpc,
    };
    assert_int_equal(listener_new(&server.listener, &listener), 0);
}

static void on_closed(void *arg)
{
    (void)arg;
    server.closed = true;
}

static void close_the_door(void)
{
    rpc_server_stop(&server.rpc, ignore, NULL);
    listener_close(server.listener, on_closed, NULL);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    assert_true(server.closed);
    rpc_server_release(&server.rpc);
    api_release(&server.api);
    journal_free(server.journal);
    assert_int_equal(uv_loop_close(&server.loop), 0);
}

/* ---- a client ---- */

struct client {
    int fd;
    bool ended;
    size_t size;
    char heard[1 << 19];
};

static void turn(void)
{
    uv_run(&server.loop, UV_RUN_NOWAIT);
}

static void hear(struct client *client)
{
    for (;;) {
        size_t room = sizeof client->heard - 1 - client->size;
        ssize_t got = recv(client->fd, client->heard + client->size, room, MSG_DONTWAIT);
        if (got > 0) {
            client->size += (size_t)got;
            continue;
        }
        client->ended |= got == 0 || (errno != EAGAIN && errno != EINTR);
        client->heard[client->size] = '\0';
        return;
    }
}

static void come(struct client *client)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, server.name, strlen(server.name) + 1);
    client->size = 0;
    client->ended = false;
    client->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(client->fd >= 0 && client->fd < HIGHEST_FD / 2);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof address), 0);
}

static void say(struct client *client, const char *line)
{
    ssize_t sent = send(client->fd, line, strlen(line), MSG_NOSIGNAL);
    assert_true(sent == (ssize_t)strlen(line) || errno == EPIPE || errno == ECONNRESET);
}

/* Turns the loop until the client hears this, or has been left; false if neither happens. */
static bool hears(struct client *client, const char *text)
{
    uint64_t until = clock_mono_ms() + 3000;
    while (clock_mono_ms() < until) {
        turn();
        hear(client);
        if (client->ended || strstr(client->heard, text) != NULL) {
            return true;
        }
    }
    return false;
}

static void go(struct client *client)
{
    close(client->fd);
    for (int i = 0; i < 4; i++) {
        turn();
    }
}

static void add_event(void)
{
    struct event event = {.kind = EVENT_TRANSITION, .from = VERDICT_IDLE, .to = VERDICT_BUSY};
    journal_append(server.journal, &event);
}

/* What one client does in its life; false if it is left waiting for something. */
static bool live(struct client *client)
{
    static const char subscribe[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\"}\n";
    static const char history[] = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"history\"}\n";
    come(client);
    turn();
    say(client, subscribe);
    bool heard = hears(client, "\"id\":1");
    add_event();
    say(client, history);
    heard = heard && hears(client, "\"id\":2");
    go(client);
    return heard;
}

static void check_that_all_goes_on(size_t n)
{
    struct client next;
    come(&next);
    say(&next, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"about\"}\n");
    must(hears(&next, "\"result\""), "allocation %zu: a new client is not served", n);
    must(!next.ended, "allocation %zu: a new client is turned away", n);
    go(&next);
    must(server.rpc.connections.count == 0, "allocation %zu: a connection is left", n);
}

static size_t fail_once(size_t n, size_t run)
{
    static struct client client;
    allocator_fail(n, run);
    bool heard = live(&client);
    size_t failed = allocator_failed();
    allocator_fail(0, 0);
    must(heard, "allocation %zu: a client is left without an answer", n);
    check_that_all_goes_on(n);
    return failed;
}

static void a_connection_survives_that_memory_runs_out(void **state)
{
    static const size_t runs[] = {1, 2, 7, 1000000};
    struct allocator_live before = allocator_live();
    (void)state;
    open_the_door();
    for (size_t i = 0; i < 20; i++) {
        fail_once(0, 0); /* until the journal is full */
    }
    for (size_t i = 0; i < COUNT(runs); i++) {
        size_t n = 1;
        while (fail_once(n, runs[i]) > 0) {
            n++;
        }
        print_message("failing %zu: %zu allocations\n", runs[i], n - 1);
    }
    close_the_door();
    struct allocator_live after = allocator_live();
    assert_int_equal(after.blocks, before.blocks);
    assert_int_equal(after.bytes, before.bytes);
}

/* Clients that come while there is no memory at all are dropped, and the door stays open. */
static void the_door_survives_that_memory_is_out_when_many_come(void **state)
{
    static struct client clients[20];
    (void)state;
    open_the_door();
    for (size_t i = 0; i < COUNT(clients); i++) {
        come(&clients[i]);
    }
    allocator_fail(1, SIZE_MAX);
    for (size_t i = 0; i < COUNT(clients); i++) {
        hears(&clients[i], "nothing");
        must(clients[i].ended, "client %zu was neither served nor dropped", i);
        close(clients[i].fd);
    }
    allocator_fail(0, 0);
    check_that_all_goes_on(0);
    close_the_door();
}

/* As many as the journal holds. */
static void add_large_events(void)
{
    static struct install install;
    struct event event = {.kind = EVENT_INSTALL, .install = &install};
    for (size_t i = 0; i + 4 < sizeof install.product; i += 4) {
        memcpy(install.product + i, "\xF0\x9F\x93\xA6", 4);
    }
    for (size_t i = 0; i < 16; i++) {
        journal_append(server.journal, &event);
    }
}

/* Asks for more than its pipe takes, and reads nothing, so that a write is awaited. */
static void ask_without_reading(struct client *client)
{
    come(client);
    for (size_t i = 0; i < 12; i++) {
        say(client, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"history\"}\n");
        turn();
    }
}

static bool is_served(struct client *client)
{
    say(client, "{\"jsonrpc\":\"2.0\",\"id\":\"last\",\"method\":\"about\"}\n");
    return hears(client, "\"last\"") && !client->ended;
}

/* The first has the write that the server keeps for whoever needs one, the second allocates its
 * own. */
static void a_write_that_cannot_be_awaited_ends_its_connection_alone(void **state)
{
    static struct client first, second;
    size_t ended = 0, failed = 1;
    (void)state;
    open_the_door();
    add_large_events();
    for (size_t n = 1; failed > 0; n++) {
        ask_without_reading(&first);
        allocator_fail(n, 1);
        ask_without_reading(&second);
        failed = allocator_failed();
        allocator_fail(0, 0);
        ended += !is_served(&second);
        must(second.ended || strstr(second.heard, "\"last\"") != NULL,
             "allocation %zu: a client is left without an answer", n);
        must(is_served(&first), "allocation %zu: another client is not served", n);
        go(&first);
        go(&second);
        check_that_all_goes_on(n);
    }
    assert_true(ended > 0);
    close_the_door();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_survives_that_memory_runs_out),
        cmocka_unit_test(the_door_survives_that_memory_is_out_when_many_come),
        cmocka_unit_test(a_write_that_cannot_be_awaited_ends_its_connection_alone),
    };
    return cmocka_run_group_tests_name("oom.connection", tests, NULL, NULL);
}
