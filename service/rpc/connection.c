/* connection.c: one connection: bytes in, output, and how it ends. */
#include "rpc/connection.h"

#include "base/clock.h"
#include "rpc/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With this much output waiting, no further requests are taken until it has drained. */
#define HIGH_WATER (64u * 1024u)
#define END_MS 1000u

void session_init(struct session *session, struct hub *hub, const struct session_io *io)
{
    memset(session, 0, sizeof *session);
    session->hub = hub;
    session->io = io;
    lines_init(&session->input, hub->config.limits.line);
    list_init(&session->requests);
    subscriptions_init(session);
    session->first_request_until_ms = clock_mono_ms() + hub->config.limits.first_request_ms;
    hub_joined(hub, session);
    session_rearm(session);
}

void session_release(struct session *session)
{
    requests_end(session, false);
    subscriptions_release(session);
    lines_release(&session->input);
    free(session->output);
    free(session->flying);
    hub_left(session->hub, session);
}

/* ---- output ---- */

uv_buf_t session_part(const char *data, size_t size)
{
    /* libuv's buffers serve reads too, hence are not const; nothing writes through this one. */
    return uv_buf_init((char *)(uintptr_t)data, (unsigned)size);
}

static bool grow_output(struct session *session, size_t more)
{
    size_t wanted = session->output_size + more;
    if (wanted <= session->output_room) {
        return true;
    }
    size_t room = session->output_room == 0 ? 256 : session->output_room * 2;
    while (room < wanted) {
        room *= 2;
    }
    char *output = realloc(session->output, room);
    if (output == NULL) {
        return false;
    }
    session->output = output;
    session->output_room = room;
    return true;
}

static bool append_line(struct session *session, const uv_buf_t parts[], size_t count)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++) {
        size += parts[i].len;
    }
    if (!grow_output(session, size)) {
        session_close(session);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(session->output + session->output_size, parts[i].base, parts[i].len);
        session->output_size += parts[i].len;
    }
    session->output[session->output_size++] = '\n';
    return true;
}

bool session_may_queue(struct session *session, size_t except)
{
    if (session->closed || session->ending) {
        return false;
    }
    size_t kept = session->output_size + session->flying_size + session->batch_bytes - except;
    if (kept > session->hub->config.limits.queued_bytes && !session->stopping) {
        session_end(session, "limit", "queued_bytes");
        return false;
    }
    return true;
}

bool session_write(struct session *session, const uv_buf_t parts[], size_t count)
{
    return session_may_queue(session, 0) && append_line(session, parts, count);
}

/* Takes further requests only while the peer takes the answers. Batches alone do not stop it: what
 * they wait for may be the peer's own `cancel`, and its end would go unseen. */
static void balance(struct session *session)
{
    size_t waiting = session->output_size + session->flying_size;
    bool full = waiting > 0 && waiting + session->batch_bytes > HIGH_WATER;
    if (session->closed || session->ending || session->ended || full == session->paused) {
        return;
    }
    session->paused = full;
    if (full) {
        session->io->read_stop(session);
    } else {
        session->io->read_start(session);
    }
}

void session_flush(struct session *session)
{
    if (session->closed || session->flying != NULL) {
        return;
    }
    if (session->output_size == 0 && !session->ending && !session->ended) {
        subscriptions_pump(session);
        if (session->closed) {
            return;
        }
    }
    if (session->output_size == 0) {
        if (session->ending || (session->ended && session->request_count == 0)) {
            session_close(session);
        }
        return;
    }
    session->flying = session->output;
    session->flying_size = session->output_size;
    session->output = NULL;
    session->output_size = session->output_room = 0;
    if (session->io->write(session, session->flying, session->flying_size) != 0) {
        session_close(session);
    }
}

static void take_lines(struct session *session);

void session_sent(struct session *session, int error)
{
    session->hub->metrics.bytes_written_total += error == 0 ? session->flying_size : 0;
    free(session->flying);
    session->flying = NULL;
    session->flying_size = 0;
    if (error != 0) {
        session_close(session);
        return;
    }
    bool was_paused = session->paused;
    balance(session);
    if (was_paused && !session->paused) {
        take_lines(session); /* those that came before the pause */
    }
    session_flush(session);
    session_rearm(session);
}

/* ---- input ---- */

char *session_room(struct session *session, size_t *size)
{
    *size = 0;
    return session->closed || session->ending ? NULL : lines_room(&session->input, size);
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

static void take_lines(struct session *session)
{
    while (!session->paused && !session->ending && !session->closed) {
        char *line;
        size_t size;
        switch (lines_next(&session->input, &line, &size)) {
        case LINES_LINE:
            if (!is_blank(line, size)) {
                session->first_request_until_ms = 0;
                requests_take(session, line, size);
                balance(session);
            }
            break;
        case LINES_MORE:
            return;
        case LINES_TOO_LONG:
            requests_line_too_long(session);
            session_end(session, "limit", "line");
            return;
        case LINES_NO_MEMORY:
            session_close(session);
            return;
        }
    }
}

void session_received(struct session *session, size_t size)
{
    if (session->closed || session->ending) {
        return;
    }
    session->hub->metrics.bytes_read_total += size;
    if (!session->identified && session->io->identify != NULL) {
        session->audience = session->io->identify(session);
    }
    session->identified = true;
    lines_added(&session->input, size);
    take_lines(session);
    session_flush(session);
    session_rearm(session);
}

void session_ended(struct session *session, int error)
{
    if (session->closed || session->ended) {
        return;
    }
    session->ended = true;
    if (error != 0) {
        session_close(session);
        return;
    }
    /* What is about to be answered still is, but nobody is there to wait for or to follow. */
    session->io->read_stop(session);
    requests_forget_waits(session);
    subscriptions_release(session);
    session_flush(session);
    session_rearm(session);
}

/* ---- time ---- */

void session_rearm(struct session *session)
{
    if (session->closed) {
        return;
    }
    uint64_t until = requests_next_timeout(session);
    if (session->first_request_until_ms != 0 && session->first_request_until_ms < until) {
        until = session->first_request_until_ms;
    }
    if (session->ending && session->end_until_ms < until) {
        until = session->end_until_ms;
    }
    uint64_t now = clock_mono_ms();
    session->io->set_timer(session, until == UINT64_MAX ? UINT64_MAX
                                    : until > now       ? until - now
                                                        : 0);
}

void session_timeout(struct session *session)
{
    uint64_t now = clock_mono_ms();
    if (session->ending) {
        if (now >= session->end_until_ms) {
            session_close(session);
        }
    } else if (session->first_request_until_ms != 0 && now >= session->first_request_until_ms) {
        session_end(session, "limit", "first_request");
    } else {
        requests_timeout(session, now);
        session_flush(session);
    }
    session_rearm(session);
}

/* ---- the end ---- */

void session_end(struct session *session, const char *reason, const char *limit)
{
    if (session->closed || session->ending) {
        return;
    }
    session->stopping = strcmp(reason, "shutdown") == 0;
    requests_end(session, session->stopping);
    if (session->stopping) {
        subscriptions_pump(session); /* the last events, though a write is in flight */
    }
    subscriptions_release(session);
    if (session->closed || session->ending) {
        return; /* answering them came to that */
    }
    if (limit != NULL) {
        metrics_count_over_limit(&session->hub->metrics, limit);
    }
    char line[192];
    int size = snprintf(
        line, sizeof line,
        "{\"jsonrpc\":\"2.0\",\"method\":\"closing\",\"params\":{\"reason\":\"%s\"%s%s%s}}", reason,
        limit == NULL ? "" : ",\"limit\":\"", limit == NULL ? "" : limit,
        limit == NULL ? "" : "\"");
    uv_buf_t part = session_part(line, (size_t)size);
    session->io->read_stop(session);
    session->ending = true;
    session->end_until_ms = clock_mono_ms() + END_MS;
    if (append_line(session, &part, 1)) {
        session_flush(session);
        session_rearm(session);
    }
}

void session_close(struct session *session)
{
    if (session->closed) {
        return;
    }
    session->closed = true;
    requests_end(session, false);
    subscriptions_release(session);
    session->io->set_timer(session, UINT64_MAX);
    session->io->close(session);
}
