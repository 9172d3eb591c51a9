/* connection.c: one connection: its input, its output, and its end. */
#include "rpc/connection.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *state_name(enum connection_state state)
{
    static const char *const names[] = {"open", "paused", "ended", "stopping", "closing", "closed"};
    return names[state];
}

/* Only this function changes the state, so that every change is logged. */
void connection_set_state(struct connection *connection, enum connection_state state)
{
    log_line(connection->all->log, LOG_DEBUG, "connection %p: %s -> %s", (void *)connection,
             state_name(connection->state), state_name(state));
    connection->state = state;
}

bool connection_is_live(const struct connection *connection)
{
    return connection->state < CONNECTION_CLOSING;
}

void connection_init(struct connection *connection, struct connections *all,
                     const struct connection_io *io)
{
    memset(connection, 0, sizeof *connection);
    connection->all = all;
    connection->io = io;
    lines_init(&connection->input, all->limits->line);
    connection->input.spare = &all->spare_input;
    list_init(&connection->requests);
    connection->until_ms = clock_mono_ms() + all->limits->first_request_ms;
    list_add(&all->others, &connection->node);
    all->count++;
    all->metrics->connections_total++;
    connection_rearm(connection);
}

/* Keeps the buffer of what was sent for the next connection that needs one, unless it is large. */
static void drop_output(struct connections *all, struct text *sent)
{
    if (all->spare_output.data == NULL && sent->room <= CONNECTION_HIGH_WATER) {
        text_clear(sent);
        all->spare_output = *sent;
    } else {
        text_release(sent);
    }
    *sent = (struct text){0};
}

void connections_release(struct connections *connections)
{
    free(connections->spare_input);
    text_release(&connections->spare_output);
    connections->spare_input = NULL;
}

void connection_release(struct connection *connection)
{
    struct connections *all = connection->all;
    all->handler->end(connection, false);
    attachments_close(connection);
    if (connection->waits) {
        fair_queue_remove(&connection->entry);
    }
    lines_release(&connection->input);
    text_release(&connection->output);
    text_release(&connection->flying);
    list_remove(&connection->node);
    if (--all->count == 0) {
        all->emptied(all);
    }
}

void connections_each(struct list *list, void (*each)(struct connection *connection))
{
    struct list aside;
    list_take_all(&aside, list);
    while (!list_empty(&aside)) {
        struct connection *connection = LIST_ENTRY(aside.next, struct connection, node);
        list_remove(&connection->node);
        list_add(list, &connection->node);
        each(connection);
    }
}

/* ---- output ---- */

uv_buf_t connection_part(const char *data, size_t size)
{
    /* libuv uses the same type for reading, so it is not const; nothing writes through this one. */
    return uv_buf_init((char *)(uintptr_t)data, (unsigned)size);
}

static bool append_line(struct connection *connection, const uv_buf_t parts[], size_t count)
{
    struct connections *all = connection->all;
    if (connection->output.data == NULL) {
        connection->output = all->spare_output;
        all->spare_output = (struct text){0};
    }
    size_t size = 1;
    for (size_t i = 0; i < count; i++) {
        size += parts[i].len;
    }
    char *to = text_extend(&connection->output, size);
    if (to == NULL) {
        connection_close(connection);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(to, parts[i].base, parts[i].len);
        to += parts[i].len;
    }
    *to = '\n';
    return true;
}

bool connection_may_queue(struct connection *connection, size_t except)
{
    if (!connection_is_live(connection)) {
        return false;
    }
    size_t kept = connection->output.size + connection->flying.size + connection->held_bytes -
                  except;
    if (kept > connection->all->limits->queued_bytes && connection->state != CONNECTION_STOPPING) {
        connection_end(connection, "limit", "queued_bytes");
        return false;
    }
    return true;
}

bool connection_write(struct connection *connection, const uv_buf_t parts[], size_t count)
{
    return connection_may_queue(connection, 0) && append_line(connection, parts, count);
}

/* Sends what the transport accepts without waiting. True: that was everything, and nothing is in
 * flight. */
static bool send_at_once(struct connection *connection)
{
    struct text *output = &connection->output;
    int sent = connection->io->try_write == NULL
                   ? UV_EAGAIN
                   : connection->io->try_write(connection, output->data, output->size);
    connection->flown = sent > 0 ? (size_t)sent : 0;
    connection->all->metrics->bytes_written_total += connection->flown;
    if (connection->flown < output->size) {
        return false; /* if the connection is broken, the write that follows will find out */
    }
    drop_output(connection->all, output);
    return true;
}

/* Starts a write of what the transport did not accept immediately. */
static void send_output(struct connection *connection)
{
    struct text *flying = &connection->flying;
    *flying = connection->output;
    connection->output = (struct text){0};
    if (connection->io->write(connection, flying->data + connection->flown,
                              flying->size - connection->flown) != 0) {
        connection_close(connection);
    }
}

/* At most one write without waiting and one that waits; then it is the turn of other
 * connections. */
void connection_flush(struct connection *connection)
{
    for (bool at_once = true;; at_once = false) {
        if (connection->state == CONNECTION_CLOSED || connection->flying.data != NULL) {
            return;
        }
        if (connection->output.size == 0) {
            attachments_write(connection);
        }
        if (connection->state == CONNECTION_CLOSED) {
            return;
        }
        if (connection->output.size == 0) {
            bool over = connection->state == CONNECTION_ENDED && connection->request_count == 0;
            if (over || connection->state == CONNECTION_CLOSING) {
                connection_close(connection);
            }
            return;
        }
        connection->flown = 0;
        if (!at_once || !send_at_once(connection)) {
            send_output(connection);
            return;
        }
    }
}

void connection_sent(struct connection *connection, int error)
{
    struct text *flying = &connection->flying;
    connection->all->metrics->bytes_written_total += error == 0 ? flying->size - connection->flown
                                                                : 0;
    drop_output(connection->all, flying);
    if (error != 0) {
        connection_close(connection);
        return;
    }
    if (connection->state == CONNECTION_PAUSED) {
        connection_balance(connection);
        connection_take_soon(connection); /* the requests that came before the pause, if it is
                                           * over */
    }
    connection_flush(connection);
    connection_rearm(connection);
}

void connection_ended(struct connection *connection, int error)
{
    if (connection->state == CONNECTION_CLOSED || connection->state == CONNECTION_ENDED) {
        return;
    }
    if (error != 0) {
        connection_close(connection);
        return;
    }
    bool waits = connection->waits || connection->rests_until_ms != 0;
    if (waits && connection_is_live(connection)) {
        connection->finished = true; /* it ends when the requests that were sent have been
                                      * processed */
        return;
    }
    if (connection_is_live(connection)) {
        /* Requests that were already read are still answered, but nobody is left to wait or to
         * follow. */
        connection_set_state(connection, CONNECTION_ENDED);
        connection->io->read_stop(connection);
        connection->all->handler->ended(connection);
        attachments_close(connection);
    }
    connection_flush(connection);
    connection_rearm(connection);
}

/* ---- time ---- */

void connection_rearm(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSED) {
        return;
    }
    uint64_t until = connection->all->handler->next_deadline(connection);
    if (connection->until_ms != 0 && connection->until_ms < until) {
        until = connection->until_ms;
    }
    if (connection->rests_until_ms != 0 && connection->rests_until_ms < until) {
        until = connection->rests_until_ms;
    }
    uint64_t now = until == UINT64_MAX ? 0 : clock_mono_ms();
    connection->io->set_timer(connection, until == UINT64_MAX ? UINT64_MAX
                                          : until > now       ? until - now
                                                              : 0);
}

void connection_timeout(struct connection *connection)
{
    uint64_t now = clock_mono_ms();
    bool over = connection->until_ms != 0 && now >= connection->until_ms;
    if (connection->rests_until_ms != 0 && now >= connection->rests_until_ms) {
        connection->rests_until_ms = 0;
        connection_take_soon(connection);
    }
    if (over && connection_is_live(connection)) {
        connection_end(connection, "limit", "first_request");
    } else if (over) {
        connection_close(connection);
    } else if (connection_is_live(connection)) {
        connection->all->handler->deadline(connection, now);
        connection_flush(connection);
    }
    connection_rearm(connection);
}

/* ---- the end ---- */

void connection_end(struct connection *connection, const char *reason, const char *limit)
{
    if (!connection_is_live(connection)) {
        return;
    }
    bool stopping = strcmp(reason, "shutdown") == 0;
    if (stopping) {
        connection_set_state(connection, CONNECTION_STOPPING);
    }
    connection->all->handler->end(connection, stopping);
    if (stopping) {
        attachments_write(connection); /* the last events, even if a write is in flight */
    }
    attachments_close(connection);
    if (!connection_is_live(connection)) {
        return; /* answering them has closed the connection */
    }
    if (limit != NULL) {
        metrics_count_over_limit(connection->all->metrics, limit);
    }
    char line[192];
    int size = snprintf(
        line, sizeof line,
        "{\"jsonrpc\":\"2.0\",\"method\":\"closing\",\"params\":{\"reason\":\"%s\"%s%s%s}}", reason,
        limit == NULL ? "" : ",\"limit\":\"", limit == NULL ? "" : limit,
        limit == NULL ? "" : "\"");
    uv_buf_t part = connection_part(line, (size_t)size);
    connection->io->read_stop(connection);
    connection_set_state(connection, CONNECTION_CLOSING);
    connection->until_ms = clock_mono_ms() + CONNECTION_END_MS;
    if (append_line(connection, &part, 1)) {
        connection_flush(connection);
        connection_rearm(connection);
    }
}

void connection_close(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSED) {
        return;
    }
    connection_set_state(connection, CONNECTION_CLOSED);
    connection->all->handler->end(connection, false);
    attachments_close(connection);
    connection->io->set_timer(connection, UINT64_MAX);
    connection->io->close(connection);
}
