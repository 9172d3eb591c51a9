/* fuzz_server.c: whole connections in memory. */
#include "fuzz_server.h"

#include "api/subscribe.h"

#include "rpc/request.h"
#include "journal/uuid.h"
#include "config/settings.h"
#include "test_clock.h"

#include <string.h>

/* In the place of record/uuid.c: fixed ids, so that what is found once is found again. */
void uuid_make(char id[37])
{
    memcpy(id, "00000000-0000-4000-8000-000000000000", 37);
}

static struct fuzz_client *of(struct connection *connection)
{
    return LIST_ENTRY(connection, struct fuzz_client, connection);
}

/* ---- the transport that the connections see ---- */

static struct fuzz_server *server_of(const struct fuzz_client *client)
{
    return LIST_ENTRY(rpc_server_of(&client->connection), struct fuzz_server, rpc);
}

static void hear(struct fuzz_client *client, const char *data, size_t size)
{
    struct fuzz_server *server = server_of(client);
    checker_receives(&client->checker, data, size);
    if (server->heard != NULL) {
        server->heard((size_t)(client - server->clients), data, size);
    }
}

/* The first client takes all at once, the second half of it, the others nothing. */
static int io_try_write(struct connection *connection, const char *data, size_t size)
{
    struct fuzz_client *client = of(connection);
    size_t n = (size_t)(client - server_of(client)->clients);
    size_t taken = n == 0 ? size : n == 1 ? size / 2 : 0;
    check_that(!client->closing && !client->sending && size > 0, "a write that should not be");
    client->early = 0;
    if (client->hold || client->refuse_write || client->break_write || taken == 0) {
        return UV_EAGAIN;
    }
    if (taken == size) {
        hear(client, data, size);
    } else {
        client->flying = data;
        client->early = taken; /* heard with the rest, which is a write from the same memory */
    }
    return (int)taken;
}

static int io_write(struct connection *connection, const char *data, size_t size)
{
    struct fuzz_client *client = of(connection);
    check_that(!client->closing, "a write after close");
    check_that(!client->sending, "a write while one is in flight");
    check_that(size > 0, "a write of nothing");
    if (client->refuse_write) {
        client->refuse_write = false;
        return UV_ENOBUFS;
    }
    client->sending = true;
    check_that(client->early == 0 || data == client->flying + client->early, "not the rest");
    client->flying = data;
    client->flying_size = size;
    return 0;
}

static void io_read_stop(struct connection *connection)
{
    check_that(!of(connection)->closing, "read_stop after close");
    of(connection)->reading = false;
}

static void io_read_start(struct connection *connection)
{
    check_that(!of(connection)->closing, "read_start after close");
    of(connection)->reading = true;
}

static void io_close(struct connection *connection)
{
    check_that(!of(connection)->closing, "closed twice");
    of(connection)->closing = true;
    of(connection)->reading = false;
}

static void io_set_timer(struct connection *connection, uint64_t ms)
{
    struct fuzz_client *client = of(connection);
    check_that(!client->closing, "a timer after close");
    client->timers++;
    client->timer_set = ms != UINT64_MAX;
    client->timer_ms = clock_mono_ms() + ms;
}

static const struct connection_io io = {
    .try_write = io_try_write,
    .write = io_write,
    .read_stop = io_read_stop,
    .read_start = io_read_start,
    .close = io_close,
    .set_timer = io_set_timer,
};

/* ---- the rest of the service that the API sees ---- */

static void look(void *arg)
{
    struct fuzz_server *server = arg;
    server->looks++;
}

static void waited(void *arg, bool yes)
{
    struct fuzz_server *server = arg;
    server->waited = yes;
}

static void gauges(void *arg, struct sampler_gauges *out)
{
    (void)arg;
    memset(out, 0, sizeof *out);
}

static void journal_changed(void *arg)
{
    struct fuzz_server *server = arg;
    rpc_server_flush(&server->rpc);
}

static void stopped(void *arg)
{
    struct fuzz_server *server = arg;
    check_that(server->stopping && !server->stopped, "stopped twice, or unasked");
    server->stopped = true;
}

/* ---- what must hold after every step ---- */

static uint64_t count_list(const struct list *list)
{
    uint64_t count = 0;
    for (const struct list *node = list->next; node != list; node = node->next) {
        check_that(node->next->previous == node, "a broken list");
        count++;
    }
    return count;
}

static void check_client(const struct fuzz_server *server, const struct fuzz_client *client)
{
    const struct connection *connection = &client->connection;
    const struct rpc_limits *limits = &server->rpc.config.limits;
    uint64_t now = clock_mono_ms(), due = connection->all->handler->next_deadline(connection);
    check_that(connection->request_count == count_list(&connection->requests),
               "miscounted requests");
    check_that(connection->request_count <= limits->requests, "too many requests in flight");
    check_that(subscriptions_count(connection) <= limits->subscriptions, "too many subscriptions");
    check_that(connection->input.size <= limits->line + 1, "too much input held");
    /* A batch's answer, which is one line, is given twice the room that it needs. */
    check_that(connection->output.size + connection->flying.size + connection->held_bytes <=
                   limits->queued_bytes + 2 * WIRE_REPLY_LINE + 256,
               "too much output held");
    check_that(connection->request_count > 0 || connection->held_bytes == 0,
               "batches held, of which no member is left");
    bool closed = connection->state == CONNECTION_CLOSED;
    check_that(closed == client->closing, "closed, but not its transport");
    if (closed) {
        check_that(connection->request_count == 0 && connection->attachments == NULL,
                   "something is left of a closed connection");
        return;
    }
    if (connection->until_ms != 0 && connection->until_ms < due) {
        due = connection->until_ms;
    }
    check_that(due == UINT64_MAX ||
                   (client->timer_set && client->timer_ms <= (due > now ? due : now)),
               "nothing will wake a connection whose time comes");
    check_that(client->sending || connection->output.size == 0, "output that nothing will send");
    check_that(connection_is_live(connection) || client->sending,
               "ending, but nothing will close it");
    check_that(client->reading || connection->state != CONNECTION_OPEN,
               "a connection that reads no more");
}

static void check(const struct fuzz_server *server)
{
    const struct connections *connections = &server->rpc.connections;
    const struct api *api = &server->api;
    uint64_t live = 0, subscriptions = 0;
    for (size_t i = 0; i < FUZZ_CLIENTS; i++) {
        if (server->clients[i].live) {
            check_client(server, &server->clients[i]);
            subscriptions += subscriptions_count(&server->clients[i].connection);
            live++;
        }
    }
    check_that(connections->count == live &&
                   count_list(&connections->others) + count_list(&connections->following) == live,
               "miscounted connections");
    check_that(server->metrics.subscriptions == subscriptions, "miscounted subscriptions");
    check_that(count_list(&api->waiting) <= api->waits &&
                   api->waits <= count_list(&api->waiting) + count_list(&api->sampling),
               "miscounted waits");
    check_that((api->waits + api->turns.queue.count > 0) == server->waited,
               "the sampler does not know that somebody waits");
}

/* ---- turning the loop ---- */

/* Gives a connection what its client sent, as libuv does. */
static bool read_some(struct fuzz_client *client)
{
    struct connection *connection = &client->connection;
    size_t size, waiting = client->inbox_end - client->inbox_begin;
    if (!client->reading || (waiting == 0 && !client->ended)) {
        return false;
    }
    if (waiting == 0 || client->end_error != 0) {
        connection_ended(connection, client->end_error);
        client->reading = false; /* libuv reads no more after the end */
        return true;
    }
    char *room = connection_room(connection, &size);
    if (room == NULL || size == 0) {
        connection_ended(connection, UV_ENOBUFS);
        client->reading = false;
        return true;
    }
    size = size < waiting ? size : waiting;
    size = size < client->chunk ? size : client->chunk;
    memcpy(room, client->inbox + client->inbox_begin, size);
    checker_sends(&client->checker, client->inbox + client->inbox_begin, size);
    client->inbox_begin += size;
    connection_received(connection, size);
    return true;
}

static bool end_write(struct fuzz_client *client)
{
    if (!client->sending || (client->hold && !client->closing)) {
        return false;
    }
    int error = client->closing ? UV_ECANCELED : client->break_write ? UV_EPIPE : 0;
    client->sending = client->break_write = false;
    if (error == 0) {
        hear(client, client->flying - client->early, client->early + client->flying_size);
    }
    connection_sent(&client->connection, error);
    return true;
}

static bool end_close(struct fuzz_client *client)
{
    if (!client->closing || client->sending || client->linger) {
        return false;
    }
    connection_release(&client->connection);
    client->live = client->closing = client->timer_set = false;
    return true;
}

void fuzz_settle(struct fuzz_server *server)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < FUZZ_CLIENTS; i++) {
            struct fuzz_client *client = &server->clients[i];
            moved |= client->live && end_write(client);
            moved |= client->live && read_some(client);
            moved |= client->live && end_close(client);
        }
    }
    check(server);
}

/* ---- the steps ---- */

struct rpc_limits fuzz_limits(void)
{
    struct settings settings;
    settings_init(&settings);
    return settings.limits;
}

int fuzz_begin(struct fuzz_server *server, const struct rpc_limits *limits, size_t held)
{
    struct journal_config journal = {.held = held, .changed = journal_changed, .arg = server};
    struct api_config api = {
        .started_ms = TEST_CLOCK_WALL_MS,
        .look = look,
        .waited = waited,
        .gauges = gauges,
        .arg = server,
    };
    test_clock_stop(1000);
    for (size_t i = 0; i < FUZZ_CLIENTS; i++) {
        server->clients[i].live = false;
    }
    server->waited = server->stopping = server->stopped = false;
    server->looks = 0;
    server->heard = NULL;
    server->since_ms = 0;
    int error = journal_new(&server->journal, &journal);
    if (error != 0) {
        return error;
    }
    api.journal = server->journal;
    memset(&server->metrics, 0, sizeof server->metrics);
    error = test_server_init(&server->rpc, &server->api, &server->metrics, limits, api);
    if (error != 0) {
        journal_free(server->journal);
    }
    return error;
}

void fuzz_connect(struct fuzz_server *server, size_t number)
{
    struct fuzz_client *client = &server->clients[number];
    if (client->live || server->stopped) {
        return;
    }
    memset(client, 0, offsetof(struct fuzz_client, inbox));
    checker_init(&client->checker, server->rpc.config.limits.line, server->rpc.config.limits.batch);
    client->live = true;
    client->chunk = SIZE_MAX;
    connection_init(&client->connection, &server->rpc.connections, &io);
    if (server->stopping) {
        connection_end(&client->connection, "shutdown", NULL);
    } else {
        io_read_start(&client->connection);
    }
    fuzz_settle(server);
}

void fuzz_send(struct fuzz_server *server, size_t number, const char *data, size_t size)
{
    struct fuzz_client *client = &server->clients[number];
    if (client->inbox_begin > 0) {
        client->inbox_end -= client->inbox_begin;
        memmove(client->inbox, client->inbox + client->inbox_begin, client->inbox_end);
        client->inbox_begin = 0;
    }
    if (client->live && !client->ended && size <= FUZZ_INBOX - client->inbox_end) {
        memcpy(client->inbox + client->inbox_end, data, size);
        client->inbox_end += size;
        fuzz_settle(server);
    }
}

void fuzz_send_text(struct fuzz_server *server, size_t number, const char *text)
{
    fuzz_send(server, number, text, strlen(text));
}

void fuzz_hang_up(struct fuzz_server *server, size_t number, int error)
{
    server->clients[number].ended = true;
    server->clients[number].end_error = error;
    fuzz_settle(server);
}

void fuzz_release(struct fuzz_server *server, size_t number)
{
    struct fuzz_client *client = &server->clients[number];
    bool hold = client->hold;
    client->hold = false;
    if (client->live) {
        end_write(client);
    }
    client->hold = hold;
    fuzz_settle(server);
}

void fuzz_advance(struct fuzz_server *server, uint64_t ms)
{
    test_clock_add(ms);
    for (size_t i = 0; i < FUZZ_CLIENTS; i++) {
        struct fuzz_client *client = &server->clients[i];
        if (client->live && client->timer_set && client->timer_ms <= clock_mono_ms()) {
            client->timer_set = false;
            connection_timeout(&client->connection);
        }
    }
    turns_on_time(&server->api);
    fuzz_settle(server);
}

void fuzz_observe(struct fuzz_server *server, enum verdict_state state)
{
    const struct status *before = &server->api.status;
    struct status status = {.state = state, .since_ms = before->since_ms};
    bool changed = before->state != state;
    status.seen.mono_ms = clock_mono_ms();
    status.seen.wall_ms = clock_wall_ms();
    status.seen.mutex.state = state == VERDICT_BUSY   ? MUTEX_HELD
                              : state == VERDICT_IDLE ? MUTEX_FREE
                                                      : MUTEX_ERROR;
    if (changed) {
        struct event event = {.kind = EVENT_TRANSITION, .at_ms = status.seen.wall_ms};
        event.from = before->state;
        event.to = state;
        server->since_ms = status.seen.mono_ms;
        status.since_ms = status.seen.wall_ms;
        journal_append(server->journal, &event);
    }
    test_server_look(&server->api, &status, server->since_ms);
    fuzz_settle(server);
}

void fuzz_append(struct fuzz_server *server, size_t count)
{
    struct event event = {.kind = EVENT_TRANSITION, .after_known = true};
    for (size_t i = 0; i < count; i++) {
        event.at_ms = clock_wall_ms();
        event.from = i % 2 == 0 ? VERDICT_IDLE : VERDICT_BUSY;
        event.to = i % 2 == 0 ? VERDICT_BUSY : VERDICT_IDLE;
        event.after_ms = i;
        journal_append(server->journal, &event);
    }
    fuzz_settle(server);
}

void fuzz_stop(struct fuzz_server *server)
{
    if (!server->stopping) {
        server->stopping = true;
        rpc_server_stop(&server->rpc, stopped, server);
        fuzz_settle(server);
    }
}

/* Writes end, closes are over, and what waits for a sample has it. */
static void come_to_rest(struct fuzz_server *server)
{
    for (size_t i = 0; i < FUZZ_CLIENTS; i++) {
        struct fuzz_client *client = &server->clients[i];
        client->hold = client->linger = client->refuse_write = client->break_write = false;
    }
    fuzz_settle(server);
}

void fuzz_end(struct fuzz_server *server)
{
    bool owed[FUZZ_CLIENTS];
    come_to_rest(server);
    for (size_t i = 0; i < FUZZ_CLIENTS; i++) {
        const struct fuzz_client *client = &server->clients[i];
        const struct connection *connection = &client->connection;
        check_that(!client->live || connection->state != CONNECTION_PAUSED,
                   "paused, with nothing to wait for");
        owed[i] = client->live && connection->state == CONNECTION_OPEN;
    }
    fuzz_stop(server);
    for (size_t i = 0; i < FUZZ_CLIENTS; i++) {
        check_that(!server->clients[i].live, "a connection outlives the stop");
        if (owed[i]) {
            checker_is_answered(&server->clients[i].checker);
            check_that(server->clients[i].checker.closing, "closed silently");
        }
    }
    check_that(server->stopped, "the server did not stop");
    rpc_server_release(&server->rpc);
    turns_end_all(&server->api);
    api_release(&server->api);
    journal_free(server->journal);
}
