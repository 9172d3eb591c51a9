/* world.c: whole sessions in memory. */
#include "world.h"

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

static struct world_client *of(struct connection *session)
{
    return LIST_ENTRY(session, struct world_client, connection);
}

/* ---- the transport that the sessions see ---- */

static int io_write(struct connection *session, const char *data, size_t size)
{
    struct world_client *client = of(session);
    judge_that(!client->closing, "a write after close");
    judge_that(!client->sending, "a write while one is in flight");
    judge_that(size > 0, "a write of nothing");
    if (client->refuse_write) {
        client->refuse_write = false;
        return UV_ENOBUFS;
    }
    client->sending = true;
    client->flying = data;
    client->flying_size = size;
    return 0;
}

static void io_read_stop(struct connection *session)
{
    judge_that(!of(session)->closing, "read_stop after close");
    of(session)->reading = false;
}

static void io_read_start(struct connection *session)
{
    judge_that(!of(session)->closing, "read_start after close");
    of(session)->reading = true;
}

static void io_close(struct connection *session)
{
    judge_that(!of(session)->closing, "closed twice");
    of(session)->closing = true;
    of(session)->reading = false;
}

static void io_set_timer(struct connection *session, uint64_t ms)
{
    struct world_client *client = of(session);
    judge_that(!client->closing, "a timer after close");
    client->timers++;
    client->timer_set = ms != UINT64_MAX;
    client->timer_ms = clock_mono_ms() + ms;
}

static const struct connection_io io = {
    .write = io_write,
    .read_stop = io_read_stop,
    .read_start = io_read_start,
    .close = io_close,
    .set_timer = io_set_timer,
};

/* ---- the rest of the service that the API sees ---- */

static void look(void *arg)
{
    struct world *world = arg;
    world->looks++;
}

static void waited(void *arg, bool yes)
{
    struct world *world = arg;
    world->waited = yes;
}

static void gauges(void *arg, struct sampler_gauges *out)
{
    (void)arg;
    memset(out, 0, sizeof *out);
}

static void journal_changed(void *arg)
{
    struct world *world = arg;
    rpc_server_flush(&world->server);
}

static void stopped(void *arg)
{
    struct world *world = arg;
    judge_that(world->stopping && !world->stopped, "stopped twice, or unasked");
    world->stopped = true;
}

/* ---- what must hold after every step ---- */

static uint64_t count_list(const struct list *list)
{
    uint64_t count = 0;
    for (const struct list *node = list->next; node != list; node = node->next) {
        judge_that(node->next->previous == node, "a broken list");
        count++;
    }
    return count;
}

static void check_client(const struct world *world, const struct world_client *client)
{
    const struct connection *session = &client->connection;
    const struct rpc_limits *limits = &world->server.config.limits;
    uint64_t now = clock_mono_ms(), due = session->all->handler->next_deadline(session);
    judge_that(session->request_count == count_list(&session->requests), "miscounted requests");
    judge_that(session->request_count <= limits->requests, "too many requests in flight");
    judge_that(subscriptions_count(session) <= limits->subscriptions, "too many subscriptions");
    judge_that(session->input.size <= limits->line + 1, "too much input held");
    /* A batch's answer, which is one line, is given twice the room that it needs. */
    judge_that(session->output.size + session->flying_size + session->held_bytes <=
                   limits->queued_bytes + 2 * WIRE_REPLY_LINE + 256,
               "too much output held");
    judge_that(session->request_count > 0 || session->held_bytes == 0,
               "batches held, of which no member is left");
    bool closed = session->state == CONNECTION_CLOSED;
    judge_that(closed == client->closing, "closed, but not its transport");
    if (closed) {
        judge_that(session->request_count == 0 && session->attachments == NULL,
                   "something is left of a closed session");
        return;
    }
    if (session->until_ms != 0 && session->until_ms < due) {
        due = session->until_ms;
    }
    judge_that(due == UINT64_MAX ||
                   (client->timer_set && client->timer_ms <= (due > now ? due : now)),
               "nothing will wake a session whose time comes");
    judge_that(client->sending || session->output.size == 0, "output that nothing will send");
    judge_that(connection_is_live(session) || client->sending, "ending, but nothing will close it");
    judge_that(client->reading || session->state != CONNECTION_OPEN,
               "a session that reads no more");
}

static void check(const struct world *world)
{
    const struct connections *connections = &world->server.connections;
    const struct api *api = &world->api;
    uint64_t sessions = 0, subscriptions = 0;
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (world->clients[i].live) {
            check_client(world, &world->clients[i]);
            subscriptions += subscriptions_count(&world->clients[i].connection);
            sessions++;
        }
    }
    judge_that(connections->count == sessions && count_list(&connections->list) == sessions,
               "miscounted sessions");
    judge_that(world->metrics.subscriptions == subscriptions, "miscounted subscriptions");
    judge_that(count_list(&api->waiting) <= api->waits &&
                   api->waits <= count_list(&api->waiting) + count_list(&api->sampling),
               "miscounted waits");
    judge_that((api->waits > 0) == world->waited,
               "the sampler was told the wrong thing about who waits");
}

/* ---- turning the loop ---- */

/* Gives a session what its client sent, as libuv does. */
static bool read_some(struct world_client *client)
{
    struct connection *session = &client->connection;
    size_t size, waiting = client->inbox_end - client->inbox_begin;
    if (!client->reading || (waiting == 0 && !client->ended)) {
        return false;
    }
    if (waiting == 0 || client->end_error != 0) {
        connection_ended(session, client->end_error);
        client->reading = false; /* libuv reads no more after the end */
        return true;
    }
    char *room = connection_room(session, &size);
    if (room == NULL || size == 0) {
        connection_ended(session, UV_ENOBUFS);
        client->reading = false;
        return true;
    }
    size = size < waiting ? size : waiting;
    size = size < client->chunk ? size : client->chunk;
    memcpy(room, client->inbox + client->inbox_begin, size);
    judge_sends(&client->judge, client->inbox + client->inbox_begin, size);
    client->inbox_begin += size;
    connection_received(session, size);
    return true;
}

static bool end_write(struct world *world, struct world_client *client)
{
    if (!client->sending || (client->hold && !client->closing)) {
        return false;
    }
    int error = client->closing ? UV_ECANCELED : client->break_write ? UV_EPIPE : 0;
    client->sending = client->break_write = false;
    if (error == 0) {
        judge_receives(&client->judge, client->flying, client->flying_size);
        if (world->heard != NULL) {
            world->heard((size_t)(client - world->clients), client->flying, client->flying_size);
        }
    }
    connection_sent(&client->connection, error);
    return true;
}

static bool end_close(struct world_client *client)
{
    if (!client->closing || client->sending || client->linger) {
        return false;
    }
    connection_release(&client->connection);
    client->live = client->closing = client->timer_set = false;
    return true;
}

void world_settle(struct world *world)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < WORLD_CLIENTS; i++) {
            struct world_client *client = &world->clients[i];
            moved |= client->live && end_write(world, client);
            moved |= client->live && read_some(client);
            moved |= client->live && end_close(client);
        }
    }
    check(world);
}

/* ---- the steps ---- */

struct rpc_limits world_limits(void)
{
    struct settings settings;
    settings_init(&settings);
    return settings.limits;
}

int world_begin(struct world *world, const struct rpc_limits *limits, size_t held)
{
    struct journal_config journal = {.held = held, .changed = journal_changed, .arg = world};
    struct api_config api = {
        .started_ms = TEST_CLOCK_WALL_MS,
        .look = look,
        .waited = waited,
        .gauges = gauges,
        .arg = world,
    };
    test_clock_stop(1000);
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        world->clients[i].live = false;
    }
    world->waited = world->stopping = world->stopped = false;
    world->looks = 0;
    world->heard = NULL;
    world->since_ms = 0;
    int error = journal_new(&world->journal, &journal);
    if (error != 0) {
        return error;
    }
    api.journal = world->journal;
    memset(&world->metrics, 0, sizeof world->metrics);
    error = test_server_init(&world->server, &world->api, &world->metrics, limits, api);
    if (error != 0) {
        journal_free(world->journal);
    }
    return error;
}

void world_connect(struct world *world, size_t number)
{
    struct world_client *client = &world->clients[number];
    if (client->live || world->stopped) {
        return;
    }
    memset(client, 0, offsetof(struct world_client, inbox));
    judge_init(&client->judge, world->server.config.limits.line, world->server.config.limits.batch);
    client->live = true;
    client->chunk = SIZE_MAX;
    connection_init(&client->connection, &world->server.connections, &io);
    if (world->stopping) {
        connection_end(&client->connection, "shutdown", NULL);
    } else {
        io_read_start(&client->connection);
    }
    world_settle(world);
}

void world_send(struct world *world, size_t number, const char *data, size_t size)
{
    struct world_client *client = &world->clients[number];
    if (client->inbox_begin > 0) {
        client->inbox_end -= client->inbox_begin;
        memmove(client->inbox, client->inbox + client->inbox_begin, client->inbox_end);
        client->inbox_begin = 0;
    }
    if (client->live && !client->ended && size <= WORLD_INBOX - client->inbox_end) {
        memcpy(client->inbox + client->inbox_end, data, size);
        client->inbox_end += size;
        world_settle(world);
    }
}

void world_send_text(struct world *world, size_t number, const char *text)
{
    world_send(world, number, text, strlen(text));
}

void world_hang_up(struct world *world, size_t number, int error)
{
    world->clients[number].ended = true;
    world->clients[number].end_error = error;
    world_settle(world);
}

void world_release(struct world *world, size_t number)
{
    struct world_client *client = &world->clients[number];
    bool hold = client->hold;
    client->hold = false;
    if (client->live) {
        end_write(world, client);
    }
    client->hold = hold;
    world_settle(world);
}

void world_advance(struct world *world, uint64_t ms)
{
    test_clock_add(ms);
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        struct world_client *client = &world->clients[i];
        if (client->live && client->timer_set && client->timer_ms <= clock_mono_ms()) {
            client->timer_set = false;
            connection_timeout(&client->connection);
        }
    }
    world_settle(world);
}

void world_observe(struct world *world, enum verdict_state state)
{
    const struct status *before = &world->api.status;
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
        world->since_ms = status.seen.mono_ms;
        status.since_ms = status.seen.wall_ms;
        journal_append(world->journal, &event);
    }
    test_server_look(&world->api, &status, world->since_ms);
    world_settle(world);
}

void world_append(struct world *world, size_t count)
{
    struct event event = {.kind = EVENT_TRANSITION, .after_known = true};
    for (size_t i = 0; i < count; i++) {
        event.at_ms = clock_wall_ms();
        event.from = i % 2 == 0 ? VERDICT_IDLE : VERDICT_BUSY;
        event.to = i % 2 == 0 ? VERDICT_BUSY : VERDICT_IDLE;
        event.after_ms = i;
        journal_append(world->journal, &event);
    }
    world_settle(world);
}

void world_stop(struct world *world)
{
    if (!world->stopping) {
        world->stopping = true;
        rpc_server_stop(&world->server, stopped, world);
        world_settle(world);
    }
}

/* Writes end, closes are over, and what waits for a sample has it. */
static void come_to_rest(struct world *world)
{
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        struct world_client *client = &world->clients[i];
        client->hold = client->linger = client->refuse_write = client->break_write = false;
    }
    world_settle(world);
}

void world_end(struct world *world)
{
    bool owed[WORLD_CLIENTS];
    come_to_rest(world);
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        const struct world_client *client = &world->clients[i];
        const struct connection *session = &client->connection;
        judge_that(!client->live || session->state != CONNECTION_PAUSED,
                   "paused, with nothing to wait for");
        owed[i] = client->live && session->state == CONNECTION_OPEN;
    }
    world_stop(world);
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        judge_that(!world->clients[i].live, "a session outlives the stop");
        if (owed[i]) {
            judge_is_answered(&world->clients[i].judge);
            judge_that(world->clients[i].judge.closing, "closed silently");
        }
    }
    judge_that(world->stopped, "the hub did not stop");
    rpc_server_release(&world->server);
    journal_free(world->journal);
}
