/* memory_io.c: whole connections in memory. */
#include "memory_io.h"

#include "config/settings.h"
#include "pipe/client_identity.h"
#include "rpc/shares.h"
#include "test_clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No more timers than this fire at one moment, so that an endless loop is found. */
enum { MOST_AT_ONCE = 1000 };

static void fault(struct test_server *server, const char *what)
{
    server->faults++;
    fprintf(stderr, "memory_io: %s\n", what);
}

/* ---- a client's side of connection_io ---- */

static struct test_client *of(struct connection *connection)
{
    return LIST_ENTRY(connection, struct test_client, connection);
}

static void receive(struct test_client *client, const char *data, size_t size);

static int io_try_write(struct connection *connection, const char *data, size_t size)
{
    struct test_client *client = of(connection);
    if (client->closed || client->flying != NULL || size == 0) {
        fault(client->server, "a write at once that should not be");
    }
    size_t taken = size < client->at_once ? size : client->at_once;
    if (client->refuse != 0) {
        return client->refuse; /* the write that follows is refused, too */
    }
    if (client->hold || taken == 0) {
        return UV_EAGAIN;
    }
    receive(client, data, taken);
    return (int)taken;
}

static int io_write(struct connection *connection, const char *data, size_t size)
{
    struct test_client *client = of(connection);
    if (client->closed) {
        fault(client->server, "a write after the close");
    }
    if (client->flying != NULL) {
        fault(client->server, "a write while another is in flight");
    }
    if (size == 0) {
        fault(client->server, "an empty write");
    }
    if (client->refuse != 0) {
        int error = client->refuse;
        client->refuse = 0;
        return error;
    }
    client->copy = malloc(size + 1);
    if (client->copy == NULL) {
        return UV_ENOMEM;
    }
    memcpy(client->copy, data, size);
    client->flying = data;
    client->flying_size = size;
    client->writes++;
    return 0;
}

static void io_read_stop(struct connection *connection)
{
    of(connection)->reading = false;
}

static void io_read_start(struct connection *connection)
{
    struct test_client *client = of(connection);
    if (client->closed) {
        fault(client->server, "a read after the close");
    }
    client->reading = true;
}

static void io_close(struct connection *connection)
{
    struct test_client *client = of(connection);
    if (client->closed) {
        fault(client->server, "a second close");
    }
    client->closed = true;
    client->reading = false;
}

static void io_set_timer(struct connection *connection, uint64_t ms)
{
    struct test_client *client = of(connection);
    if (client->closed && ms != UINT64_MAX) {
        fault(client->server, "a timer after the close");
    }
    client->timer_ms = ms == UINT64_MAX ? UINT64_MAX : clock_mono_ms() + ms;
}

static enum access_level impersonate(void *arg, bool *known)
{
    struct test_client *client = arg;
    client->impersonated++;
    *known = !client->anonymous;
    return client->access_level;
}

static enum access_level io_identify(struct connection *connection)
{
    bool known;
    return client_request_level(&connection->client, impersonate, of(connection), &known);
}

static const struct connection_io io = {
    .try_write = io_try_write,
    .write = io_write,
    .read_stop = io_read_stop,
    .read_start = io_read_start,
    .close = io_close,
    .identify = io_identify,
    .set_timer = io_set_timer,
};

void client_init(struct test_server *server, struct test_client *client)
{
    memset(client, 0, sizeof *client);
    client->server = server;
    client->timer_ms = UINT64_MAX;
    client->access_level = ACCESS_ADMINISTRATOR;
    client->reading = true;
    list_add(&server->clients, &client->node);
    connection_init(&client->connection, &server->rpc.connections, &io);
    client->connection.client.known = client->connection.client.privileged = true;
    server_settle(server);
}

void client_release(struct test_client *client)
{
    if (!client->released) {
        fault(client->server, "a client is released before its connection has gone");
    }
    free(client->received);
    client->received = NULL;
}

/* Keeps what the client has read. */
static void receive(struct test_client *client, const char *data, size_t size)
{
    size_t wanted = client->received_size + size + 1;
    if (wanted > client->received_room) {
        char *received = realloc(client->received, wanted * 2);
        if (received == NULL) {
            fault(client->server, "out of memory");
            return;
        }
        client->received = received;
        client->received_room = wanted * 2;
    }
    memcpy(client->received + client->received_size, data, size);
    client->received_size += size;
}

/* Ends the write that is in flight. */
static void complete(struct test_client *client, int error)
{
    if (memcmp(client->flying, client->copy, client->flying_size) != 0) {
        fault(client->server, "what is in flight was changed");
    }
    if (error == 0) {
        receive(client, client->copy, client->flying_size);
    }
    free(client->copy);
    client->copy = NULL;
    client->flying = NULL;
    client->flying_size = 0;
    connection_sent(&client->connection, error);
}

void client_take(struct test_client *client, int error)
{
    if (client->flying != NULL) {
        complete(client, error);
    }
    server_settle(client->server);
}

size_t client_send(struct test_client *client, const char *data, size_t size, size_t piece)
{
    size_t sent = 0;
    while (sent < size && client->reading) {
        size_t room;
        char *to = connection_room(&client->connection, &room);
        if (to == NULL) {
            connection_ended(&client->connection, UV_ENOBUFS); /* the error that libuv gives */
            server_settle(client->server);
            break;
        }
        size_t now = size - sent < piece ? size - sent : piece;
        now = now < room ? now : room;
        memcpy(to, data + sent, now);
        sent += now;
        connection_received(&client->connection, now);
        server_settle(client->server);
    }
    return sent;
}

void client_end(struct test_client *client, int error)
{
    if (!client->closed) {
        connection_ended(&client->connection, error);
    }
    server_settle(client->server);
}

char *client_line(struct test_client *client, size_t *size)
{
    size_t left = client->received_size - client->next;
    char *line = left == 0 ? NULL : client->received + client->next;
    char *end = left == 0 ? NULL : memchr(line, '\n', left);
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    *size = (size_t)(end - line);
    client->next += *size + 1;
    return line;
}

/* ---- the server ---- */

static void on_look(void *arg)
{
    struct test_server *server = arg;
    server->look_wanted = true;
    server->looks++;
}

static void on_waited(void *arg, bool waited)
{
    struct test_server *server = arg;
    server->waited = waited;
}

/* server_settle processes them. */
static void on_somebody_waits(struct connections *connections)
{
    (void)connections;
}

static void on_turns_timer(void *arg, uint64_t mono_ms)
{
    struct test_server *server = arg;
    server->turns_timer_ms = mono_ms;
}

static void on_gauges(void *arg, struct sampler_gauges *out)
{
    (void)arg;
    *out = (struct sampler_gauges){
        .samples = 7, .merged = 1, .gap_max_ms = {1003, 24, 22, 12}, .sample_max_us = 235};
}

static void on_journal_changed(void *arg)
{
    struct test_server *server = arg;
    rpc_server_flush(&server->rpc);
}

struct rpc_limits test_server_limits(void)
{
    struct settings settings;
    settings_init(&settings);
    return settings.limits;
}

int server_init(struct test_server *server, size_t held, const struct rpc_limits *limits)
{
    memset(server, 0, sizeof *server);
    list_init(&server->clients);
    server->machine.ui_clients = -1;
    server->machine.mutex.state = MUTEX_FREE;
    server->machine.registry_known = true;
    struct journal_config journal = {.held = held, .changed = on_journal_changed, .arg = server};
    struct api_config api = {
        .started_ms = clock_wall_ms(),
        .look = on_look,
        .waited = on_waited,
        .gauges = on_gauges,
        .arg = server,
    };
    static const struct flapping_limits never = {100000, 100000};
    int error = journal_new(&server->journal, &journal);
    if (error != 0) {
        return error;
    }
    error = decider_init(&server->decider, SIGNALS_AUTO, &never, false, clock_mono_ms(),
                         api.started_ms);
    if (error != 0) {
        goto free_journal;
    }
    api.journal = server->journal;
    error = test_server_init(&server->rpc, &server->api, &server->metrics, limits, api);
    if (error != 0) {
        goto release_decider;
    }
    server->turns_timer_ms = UINT64_MAX;
    server->api.turns.config.set_timer = on_turns_timer;
    server->rpc.connections.somebody_waits = on_somebody_waits;
    return 0;

release_decider:
    decider_release(&server->decider);
free_journal:
    journal_free(server->journal);
    return error;
}

void server_release(struct test_server *server)
{
    for (struct list *node = server->clients.next; node != &server->clients; node = node->next) {
        connection_close(&LIST_ENTRY(node, struct test_client, node)->connection);
    }
    server_settle(server);
    if (server->rpc.connections.count != 0) {
        fault(server, "a connection has not gone");
    }
    rpc_server_release(&server->rpc);
    turns_end_all(&server->api);
    api_release(&server->api);
    decider_release(&server->decider);
    journal_free(server->journal);
}

/* Does what take_observation of service.c does. */
static void observe(struct test_server *server, uint64_t ms_ago)
{
    struct observation seen = server->machine;
    struct event transition;
    seen.mono_ms = clock_mono_ms() - ms_ago;
    seen.wall_ms = clock_wall_ms() - (int64_t)ms_ago;
    server->look_wanted = false;
    bool changed = decider_look(&server->decider, &seen, &transition);
    struct status status = {
        .state = server->decider.verdict.state,
        .since_ms = server->decider.since_wall_ms,
        .reasons = server->decider.verdict.reasons,
        .seen = seen,
        .says_busy = msiserver_says_busy(&seen),
        .suspended = decider_suspended(&server->decider, &seen, seen.mono_ms),
    };
    if (changed) {
        journal_append(server->journal, &transition);
    }
    test_server_look(&server->api, &status, server->decider.since_mono_ms);
}

/* Does one thing that is due for a client; false: there is none. */
static bool step(struct test_client *client)
{
    size_t unread = client->connection.output.size + client->connection.flying.size;
    client->most_unread = unread > client->most_unread ? unread : client->most_unread;
    if (client->flying != NULL && (client->closed || !client->hold)) {
        complete(client, client->closed ? UV_ECANCELED : 0);
        return true;
    }
    if (client->closed) {
        connection_release(&client->connection);
        list_remove(&client->node);
        client->released = true;
        return true;
    }
    return false;
}

static bool step_any(struct test_server *server)
{
    struct list *node = server->clients.next;
    bool stepped = false;
    while (node != &server->clients) {
        struct test_client *client = LIST_ENTRY(node, struct test_client, node);
        node = node->next;
        stepped = step(client) || stepped;
    }
    return stepped;
}

void server_settle(struct test_server *server)
{
    for (;;) {
        if (step_any(server)) {
            continue;
        }
        if (!server->busy && !fair_queue_is_empty(&server->rpc.connections.waiting)) {
            connections_take(&server->rpc.connections);
            continue;
        }
        if (!server->look_wanted || server->slow) {
            return;
        }
        observe(server, 0);
    }
}

void server_sample_begun(struct test_server *server, uint64_t ms_ago)
{
    observe(server, ms_ago);
    server_settle(server);
}

void server_sample(struct test_server *server)
{
    server_sample_begun(server, 0);
}

void server_set_mutex(struct test_server *server, enum mutex_state state)
{
    server->machine.mutex.state = state;
    server_sample(server);
}

void server_toggle(struct test_server *server, unsigned transitions)
{
    for (unsigned i = 0; i < transitions; i++) {
        bool held = server->machine.mutex.state == MUTEX_HELD;
        test_clock_add(1);
        server_set_mutex(server, held ? MUTEX_FREE : MUTEX_HELD);
    }
}

/* The client whose timer is due first, no later than `until`; NULL: there is none. */
static struct test_client *next_timer(struct test_server *server, uint64_t until)
{
    struct test_client *first = NULL;
    for (struct list *node = server->clients.next; node != &server->clients; node = node->next) {
        struct test_client *client = LIST_ENTRY(node, struct test_client, node);
        if (client->timer_ms <= until && (first == NULL || client->timer_ms < first->timer_ms)) {
            first = client;
        }
    }
    return first;
}

void server_pass(struct test_server *server, uint64_t ms)
{
    uint64_t until = clock_mono_ms() + ms;
    unsigned at_once = 0;
    struct test_client *client;
    for (;;) {
        client = next_timer(server, until);
        uint64_t turns_ms = server->turns_timer_ms;
        if (turns_ms <= until && (client == NULL || turns_ms <= client->timer_ms)) {
            at_once = turns_ms > clock_mono_ms() ? 0 : at_once + 1;
            if (at_once > MOST_AT_ONCE) {
                fault(server, "the turns' timer fires again and again");
                break;
            }
            if (turns_ms > clock_mono_ms()) {
                test_clock_stop(turns_ms);
            }
            server->turns_timer_ms = UINT64_MAX;
            turns_on_time(&server->api);
            server_settle(server);
            continue;
        }
        if (client == NULL) {
            break;
        }
        at_once = client->timer_ms > clock_mono_ms() ? 0 : at_once + 1;
        if (at_once > MOST_AT_ONCE) {
            fault(server, "a timer that fires again and again");
            break;
        }
        if (client->timer_ms > clock_mono_ms()) {
            test_clock_stop(client->timer_ms);
        }
        client->timer_ms = UINT64_MAX;
        connection_timeout(&client->connection);
        server_settle(server);
    }
    test_clock_stop(until);
    server_settle(server);
}
