/* memory_io.c: whole sessions in memory. */
#include "memory_io.h"

#include "config/settings.h"
#include "test_clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Time that passes fires no more timers than this at one moment. */
enum { MOST_AT_ONCE = 1000 };

static void fault(struct house *house, const char *what)
{
    house->faults++;
    fprintf(stderr, "memory_io: %s\n", what);
}

/* ---- a caller's side of session_io ---- */

static struct caller *of(struct connection *connection)
{
    return LIST_ENTRY(connection, struct caller, connection);
}

static int io_write(struct connection *connection, const char *data, size_t size)
{
    struct caller *caller = of(connection);
    if (caller->closed) {
        fault(caller->house, "a write after the close");
    }
    if (caller->flying != NULL) {
        fault(caller->house, "a write while another is in flight");
    }
    if (size == 0) {
        fault(caller->house, "an empty write");
    }
    if (caller->refuse != 0) {
        int error = caller->refuse;
        caller->refuse = 0;
        return error;
    }
    caller->copy = malloc(size + 1);
    if (caller->copy == NULL) {
        return UV_ENOMEM;
    }
    memcpy(caller->copy, data, size);
    caller->flying = data;
    caller->flying_size = size;
    caller->writes++;
    return 0;
}

static void io_read_stop(struct connection *connection)
{
    of(connection)->reading = false;
}

static void io_read_start(struct connection *connection)
{
    struct caller *caller = of(connection);
    if (caller->closed) {
        fault(caller->house, "a read after the close");
    }
    caller->reading = true;
}

static void io_close(struct connection *connection)
{
    struct caller *caller = of(connection);
    if (caller->closed) {
        fault(caller->house, "a second close");
    }
    caller->closed = true;
    caller->reading = false;
}

static void io_set_timer(struct connection *connection, uint64_t ms)
{
    struct caller *caller = of(connection);
    if (caller->closed && ms != UINT64_MAX) {
        fault(caller->house, "a timer after the close");
    }
    caller->timer_ms = ms == UINT64_MAX ? UINT64_MAX : clock_mono_ms() + ms;
}

static enum access_level io_identify(struct connection *connection)
{
    return of(connection)->access_level;
}

static const struct connection_io io = {
    .write = io_write,
    .read_stop = io_read_stop,
    .read_start = io_read_start,
    .close = io_close,
    .identify = io_identify,
    .set_timer = io_set_timer,
};

void caller_init(struct house *house, struct caller *caller)
{
    memset(caller, 0, sizeof *caller);
    caller->house = house;
    caller->timer_ms = UINT64_MAX;
    caller->access_level = ACCESS_ADMINISTRATOR;
    caller->reading = true;
    list_add(&house->callers, &caller->node);
    connection_init(&caller->connection, &house->server.connections, &io);
    house_settle(house);
}

void caller_release(struct caller *caller)
{
    if (!caller->released) {
        fault(caller->house, "a caller is released before its session has gone");
    }
    free(caller->received);
    caller->received = NULL;
}

/* Keeps what the client has read. */
static void receive(struct caller *caller)
{
    size_t wanted = caller->received_size + caller->flying_size + 1;
    if (wanted > caller->received_room) {
        char *received = realloc(caller->received, wanted * 2);
        if (received == NULL) {
            fault(caller->house, "out of memory");
            return;
        }
        caller->received = received;
        caller->received_room = wanted * 2;
    }
    memcpy(caller->received + caller->received_size, caller->copy, caller->flying_size);
    caller->received_size += caller->flying_size;
}

/* The write that is in flight is over. */
static void complete(struct caller *caller, int error)
{
    if (memcmp(caller->flying, caller->copy, caller->flying_size) != 0) {
        fault(caller->house, "what is in flight was changed");
    }
    if (error == 0) {
        receive(caller);
    }
    free(caller->copy);
    caller->copy = NULL;
    caller->flying = NULL;
    caller->flying_size = 0;
    connection_sent(&caller->connection, error);
}

void caller_take(struct caller *caller, int error)
{
    if (caller->flying != NULL) {
        complete(caller, error);
    }
    house_settle(caller->house);
}

size_t caller_send(struct caller *caller, const char *data, size_t size, size_t piece)
{
    size_t sent = 0;
    while (sent < size && caller->reading) {
        size_t room;
        char *to = connection_room(&caller->connection, &room);
        if (to == NULL) {
            connection_ended(&caller->connection, UV_ENOBUFS); /* as libuv says it */
            house_settle(caller->house);
            break;
        }
        size_t now = size - sent < piece ? size - sent : piece;
        now = now < room ? now : room;
        memcpy(to, data + sent, now);
        sent += now;
        connection_received(&caller->connection, now);
        house_settle(caller->house);
    }
    return sent;
}

void caller_end(struct caller *caller, int error)
{
    if (!caller->closed) {
        connection_ended(&caller->connection, error);
    }
    house_settle(caller->house);
}

char *caller_line(struct caller *caller, size_t *size)
{
    size_t left = caller->received_size - caller->next;
    char *line = left == 0 ? NULL : caller->received + caller->next;
    char *end = left == 0 ? NULL : memchr(line, '\n', left);
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    *size = (size_t)(end - line);
    caller->next += *size + 1;
    return line;
}

/* ---- the house ---- */

static void on_look(void *arg)
{
    struct house *house = arg;
    house->look_wanted = true;
    house->looks++;
}

static void on_waited(void *arg, bool waited)
{
    struct house *house = arg;
    house->waited = waited;
}

static void on_gauges(void *arg, struct sampler_gauges *out)
{
    (void)arg;
    *out = (struct sampler_gauges){
        .samples = 7, .merged = 1, .gap_max_ms = {1003, 24, 22, 12}, .sample_max_us = 235};
}

static void on_journal_changed(void *arg)
{
    struct house *house = arg;
    rpc_server_flush(&house->server);
}

struct rpc_limits house_limits(void)
{
    struct settings settings;
    settings_init(&settings);
    return settings.limits;
}

int house_init(struct house *house, size_t held, const struct rpc_limits *limits)
{
    memset(house, 0, sizeof *house);
    list_init(&house->callers);
    house->machine.ui_clients = -1;
    house->machine.mutex.state = MUTEX_FREE;
    house->machine.registry_known = true;
    struct journal_config journal = {.held = held, .changed = on_journal_changed, .arg = house};
    struct api_config api = {
        .started_ms = clock_wall_ms(),
        .look = on_look,
        .waited = on_waited,
        .gauges = on_gauges,
        .arg = house,
    };
    int error = journal_new(&house->journal, &journal);
    if (error != 0) {
        return error;
    }
    error = decider_init(&house->decider, SIGNALS_AUTO, 100000, false, clock_mono_ms(),
                         api.started_ms);
    if (error != 0) {
        goto free_journal;
    }
    api.journal = house->journal;
    error = test_server_init(&house->server, &house->api, &house->metrics, limits, api);
    if (error != 0) {
        goto release_decider;
    }
    return 0;

release_decider:
    decider_release(&house->decider);
free_journal:
    journal_free(house->journal);
    return error;
}

void house_release(struct house *house)
{
    for (struct list *node = house->callers.next; node != &house->callers; node = node->next) {
        connection_close(&LIST_ENTRY(node, struct caller, node)->connection);
    }
    house_settle(house);
    if (house->server.connections.count != 0) {
        fault(house, "a session has not gone");
    }
    rpc_server_release(&house->server);
    decider_release(&house->decider);
    journal_free(house->journal);
}

/* What take_observation of service.c does. */
static void observe(struct house *house, uint64_t ms_ago)
{
    struct observation seen = house->machine;
    struct event transition;
    seen.mono_ms = clock_mono_ms() - ms_ago;
    seen.wall_ms = clock_wall_ms() - (int64_t)ms_ago;
    house->look_wanted = false;
    bool changed = decider_look(&house->decider, &seen, &transition);
    struct status status = {
        .state = house->decider.verdict.state,
        .since_ms = house->decider.since_wall_ms,
        .reasons = house->decider.verdict.reasons,
        .seen = seen,
        .says_busy = msiserver_says_busy(&seen),
        .suspended = decider_suspended(&house->decider, &seen, seen.mono_ms),
    };
    if (changed) {
        journal_append(house->journal, &transition);
    }
    test_server_look(&house->api, &status, house->decider.since_mono_ms);
}

/* One thing that is due at a caller; false when there is none. */
static bool step(struct caller *caller)
{
    size_t unread = caller->connection.output.size + caller->connection.flying_size;
    caller->most_unread = unread > caller->most_unread ? unread : caller->most_unread;
    if (caller->flying != NULL && (caller->closed || !caller->hold)) {
        complete(caller, caller->closed ? UV_ECANCELED : 0);
        return true;
    }
    if (caller->closed) {
        connection_release(&caller->connection);
        list_remove(&caller->node);
        caller->released = true;
        return true;
    }
    return false;
}

static bool step_any(struct house *house)
{
    struct list *node = house->callers.next;
    bool stepped = false;
    while (node != &house->callers) {
        struct caller *caller = LIST_ENTRY(node, struct caller, node);
        node = node->next;
        stepped = step(caller) || stepped;
    }
    return stepped;
}

void house_settle(struct house *house)
{
    for (;;) {
        if (step_any(house)) {
            continue;
        }
        if (!house->look_wanted || house->slow) {
            return;
        }
        observe(house, 0);
    }
}

void house_sample_begun(struct house *house, uint64_t ms_ago)
{
    observe(house, ms_ago);
    house_settle(house);
}

void house_sample(struct house *house)
{
    house_sample_begun(house, 0);
}

void house_set_mutex(struct house *house, enum mutex_state state)
{
    house->machine.mutex.state = state;
    house_sample(house);
}

void house_toggle(struct house *house, unsigned transitions)
{
    for (unsigned i = 0; i < transitions; i++) {
        bool held = house->machine.mutex.state == MUTEX_HELD;
        test_clock_add(1);
        house_set_mutex(house, held ? MUTEX_FREE : MUTEX_HELD);
    }
}

/* The caller whose timer is due first, up to `until`; NULL if there is none. */
static struct caller *next_timer(struct house *house, uint64_t until)
{
    struct caller *first = NULL;
    for (struct list *node = house->callers.next; node != &house->callers; node = node->next) {
        struct caller *caller = LIST_ENTRY(node, struct caller, node);
        if (caller->timer_ms <= until && (first == NULL || caller->timer_ms < first->timer_ms)) {
            first = caller;
        }
    }
    return first;
}

void house_pass(struct house *house, uint64_t ms)
{
    uint64_t until = clock_mono_ms() + ms;
    unsigned at_once = 0;
    struct caller *caller;
    while ((caller = next_timer(house, until)) != NULL) {
        at_once = caller->timer_ms > clock_mono_ms() ? 0 : at_once + 1;
        if (at_once > MOST_AT_ONCE) {
            fault(house, "a timer that fires again and again");
            break;
        }
        if (caller->timer_ms > clock_mono_ms()) {
            test_clock_stop(caller->timer_ms);
        }
        caller->timer_ms = UINT64_MAX;
        connection_timeout(&caller->connection);
        house_settle(house);
    }
    test_clock_stop(until);
    house_settle(house);
}
