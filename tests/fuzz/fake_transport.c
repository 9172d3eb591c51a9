/* fake_transport.c: a transport whose peer is a script. */
#include "fake_transport.h"

#include "lib/codes.h"
#include "reply_checker.h"
#include "lib/transport.h"
#include "common/wire.h"

#include <stdlib.h>
#include <string.h>

enum { END = 0x1e, SILENCE = 0x1d, REFUSE = 0x1c };

static struct {
    const char *bytes;
    size_t size, at;
    unsigned chance;
    uint64_t now_ms;
} script;

struct transport {
    bool connected, cancelled, entered;
};

void fake_transport_script(const char *bytes, size_t size, unsigned chance)
{
    script.bytes = bytes;
    script.size = size;
    script.at = 0;
    script.chance = chance;
    script.now_ms = 1000;
}

uint32_t transport_new(struct transport **out, const char *name)
{
    (void)name;
    *out = calloc(1, sizeof **out);
    return *out == NULL ? CODE_NO_MEMORY : CODE_OK;
}

void transport_free(struct transport *transport)
{
    free(transport);
}

const char *transport_name(const struct transport *transport)
{
    (void)transport;
    return "script";
}

uint32_t transport_connect(struct transport *transport, uint64_t deadline)
{
    (void)deadline;
    check_that(!transport->connected, "connected twice");
    if (transport->cancelled) {
        return CODE_CANCELLED;
    }
    if (script.at == script.size) {
        return CODE_NOT_ACTIVE;
    }
    transport->connected = true;
    return CODE_OK;
}

void transport_disconnect(struct transport *transport)
{
    if (transport->connected) {
        while (script.at < script.size && script.bytes[script.at++] != END) {
        }
    }
    transport->connected = false;
}

/* A byte that means something, at the script's place; 0: none. */
static char mark(void)
{
    char byte = script.at < script.size ? script.bytes[script.at] : END;
    return byte == END || byte == SILENCE || byte == REFUSE ? byte : '\0';
}

static uint32_t time_out(uint64_t deadline)
{
    if (deadline == TRANSPORT_FOREVER) {
        return CODE_LOST; /* or the test would wait as long */
    }
    script.now_ms = deadline > script.now_ms ? deadline : script.now_ms;
    return CODE_TIMEOUT;
}

uint32_t transport_read(struct transport *transport, char *buffer, size_t size, size_t *got,
                        uint64_t deadline)
{
    *got = 0;
    check_that(transport->connected && size > 0, "a read of nothing");
    while (mark() == REFUSE) {
        script.at++; /* nothing was written where it stands */
    }
    if (transport->cancelled) {
        return CODE_CANCELLED;
    }
    if (mark() == END) {
        return CODE_LOST;
    }
    if (mark() == SILENCE) {
        script.at++;
        return time_out(deadline);
    }
    script.chance = script.chance * 1103515245u + 12345u;
    size_t most = 1 + (script.chance >> 16) % ((script.chance & 0x8000u) != 0 ? 64u : 4096u);
    while (*got < size && *got < most && mark() == '\0') {
        buffer[(*got)++] = script.bytes[script.at++];
    }
    return CODE_OK;
}

uint32_t transport_write(struct transport *transport, const char *data, size_t size, bool *begun,
                         uint64_t deadline)
{
    (void)deadline;
    *begun = false;
    check_that(transport->connected, "a write to nobody");
    check_that(size > 1 && size <= WIRE_REQUEST_LINE, "a line of %zu bytes", size);
    check_that(memchr(data, '\n', size) == data + size - 1, "not one line");
    check_that(checker_is_json(data, size - 1), "not JSON is sent");
    if (transport->cancelled) {
        return CODE_CANCELLED;
    }
    if (mark() == REFUSE) {
        script.at++;
        *begun = script.chance % 2 != 0;
        return CODE_LOST;
    }
    return CODE_OK;
}

void transport_cancel(struct transport *transport)
{
    transport->cancelled = true;
}

void transport_rearm(struct transport *transport)
{
    transport->cancelled = false;
}

bool transport_is_cancelled(struct transport *transport)
{
    return transport->cancelled;
}

uint32_t transport_sleep(struct transport *transport, uint64_t deadline)
{
    if (transport->cancelled) {
        return CODE_CANCELLED;
    }
    script.now_ms = deadline > script.now_ms ? deadline : script.now_ms;
    return CODE_OK;
}

bool transport_enter(struct transport *transport)
{
    bool was = transport->entered;
    transport->entered = true;
    return !was;
}

void transport_leave(struct transport *transport)
{
    transport->entered = false;
}

uint64_t transport_now(void)
{
    return script.now_ms++;
}
