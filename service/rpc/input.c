/* input.c: a connection's input: when it is read, and when it is processed. */
#include "rpc/connection.h"

#include "base/clock.h"

/* Reads more, unless there is already enough to process or nothing more will come. */
static void read_on(struct connection *connection)
{
    if (connection->state == CONNECTION_OPEN && !connection->backlog && !connection->finished) {
        connection->io->read_start(connection);
    }
}

static void set_backlog(struct connection *connection, bool backlog)
{
    if (connection->backlog == backlog) {
        return;
    }
    connection->backlog = backlog;
    if (backlog) {
        connection->io->read_stop(connection);
    } else {
        read_on(connection);
    }
}

/* Processes further requests only while the client reads the answers. Batches alone do not stop it:
 * they may be waiting for a `cancel` from the same client, and the client's end would go
 * unnoticed. */
void connection_balance(struct connection *connection)
{
    size_t waiting = connection->output.size + connection->flying.size;
    bool full = waiting > 0 && waiting + connection->held_bytes > CONNECTION_HIGH_WATER;
    if (connection->state > CONNECTION_PAUSED || full == (connection->state == CONNECTION_PAUSED)) {
        return;
    }
    connection_set_state(connection, full ? CONNECTION_PAUSED : CONNECTION_OPEN);
    if (full) {
        connection->io->read_stop(connection);
    } else {
        read_on(connection);
    }
}

/* Administrators and SYSTEM, who may have any number of connections, count as one user here: with a
 * thousand users in the queue, each of them would have to search all of it. */
static uint64_t user_of(const struct connection *connection)
{
    return connection->client.privileged ? UINT64_MAX : connection->user;
}

/* Puts the connection into the queue for its user's turn. False: there is no queue. */
static bool wait_for_turn(struct connection *connection)
{
    struct connections *all = connection->all;
    if (all->somebody_waits != NULL && !connection->waits && connection->rests_until_ms == 0) {
        connection->waits = true;
        fair_queue_add(&all->waiting, &connection->entry, user_of(connection));
        all->somebody_waits(all);
    }
    return all->somebody_waits != NULL;
}

void connection_take_soon(struct connection *connection)
{
    if (!wait_for_turn(connection)) {
        connection_take(connection, SIZE_MAX);
    }
}

char *connection_room(struct connection *connection, size_t *size)
{
    *size = 0;
    return !connection_is_live(connection) ? NULL : lines_room(&connection->input, size);
}

static bool is_blank(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') {
            return false;
        }
    }
    return true;
}

/* Processes up to `most` requests, more only of one batch. Returns how many; if that is less than
 * `most`, all that came were processed. */
static size_t take_lines(struct connection *connection, size_t most)
{
    const uint64_t *requests = &connection->all->metrics->requests_total;
    size_t taken = 0;
    while (taken < most && connection->state != CONNECTION_PAUSED && !connection->refused &&
           connection_is_live(connection)) {
        char *line;
        size_t size;
        uint64_t before = *requests;
        switch (lines_next(&connection->input, &line, &size)) {
        case LINES_LINE:
            if (!is_blank(line, size)) {
                connection->until_ms = 0;
                connection->all->handler->line(connection, line, size);
                connection_balance(connection);
            }
            taken += *requests > before + 1 ? (size_t)(*requests - before) : 1;
            break;
        case LINES_MORE:
            return taken;
        case LINES_TOO_LONG:
            connection->all->handler->line_too_long(connection);
            connection_end(connection, "limit", "line");
            return taken;
        }
    }
    return taken;
}

/* Only if there is a queue; otherwise nobody else waits. */
static void rest(struct connection *connection)
{
    if (connection->refused && connection->all->somebody_waits != NULL) {
        connection->rests_until_ms = clock_mono_ms() + CONNECTION_REST_MS;
    }
    connection->refused = false;
}

size_t connection_take(struct connection *connection, size_t share)
{
    connection->waits = false;
    connection->refused = false; /* forget a refusal of a request that was answered later */
    size_t taken = take_lines(connection, share);
    connection_flush(connection);
    /* If all of the output could be sent without waiting, the pause ends immediately. */
    while (connection->state == CONNECTION_PAUSED && connection->flying.data == NULL) {
        connection_balance(connection);
        taken += take_lines(connection, taken < share ? share - taken : 0);
        connection_flush(connection);
    }
    rest(connection);
    bool more = (taken >= share || connection->rests_until_ms != 0) &&
                connection->state == CONNECTION_OPEN;
    if (more) {
        wait_for_turn(connection);
    } else if (connection->finished && connection->state == CONNECTION_OPEN) {
        connection_ended(connection, 0);
    }
    set_backlog(connection, more);
    connection_rearm(connection);
    return taken;
}

void connection_received(struct connection *connection, size_t size)
{
    if (!connection_is_live(connection)) {
        return;
    }
    connection->all->metrics->bytes_read_total += size;
    /* Once a client was found to be a standard user, it stays one. Any other is checked again each
     * time, because its rights may have changed. */
    bool asks = !connection->identified || connection->access_level != ACCESS_STANDARD;
    if (asks && connection->io->identify != NULL) {
        connection->access_level = connection->io->identify(connection);
    }
    connection->identified = true;
    lines_added(&connection->input, size);
    if (connection->all->somebody_waits != NULL && lines_are_full(&connection->input)) {
        set_backlog(connection, true); /* until the lines are processed */
    }
    connection_take_soon(connection);
}
