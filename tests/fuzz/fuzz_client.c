/* fuzz_client.c: fuzzes the client library against a peer that answers what it likes.
 *
 * The input's first line is what the caller does, a letter a call; the rest is what the peer sends
 * (fake_transport.h).
 *   s status  a about  w W wait  S subscribe  n next  U unsubscribe  c any method
 *   h H history, oldest or newest first  i its next events
 *   r reconnect  x cancel  X rearm  m N memory runs out
 * Whatever comes: a code that msiwatch.h names, text that ends, JSON that is JSON, bounded memory.
 */
#include "allocator.h"
#include "client.h"
#include "fake_transport.h"
#include "reply_checker.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SOON_MS 200u

struct calls {
    const char *at, *end;
};

static void check_code(uint32_t code)
{
    static const uint32_t named[] = {CODE_OK,
                                     CODE_NO_SUBSCRIPTION,
                                     CODE_DENIED,
                                     CODE_BAD_DATA,
                                     CODE_NO_MEMORY,
                                     CODE_NOT_SUPPORTED,
                                     CODE_LOST,
                                     CODE_EXISTS,
                                     CODE_NO_MORE,
                                     CODE_NOT_ACTIVE,
                                     CODE_CANCELLED,
                                     CODE_RETRY,
                                     CODE_INTERNAL,
                                     CODE_TIMEOUT,
                                     CODE_OVER_LIMIT,
                                     CODE_NOT_CONNECTED,
                                     CODE_BAD_PARAMETER,
                                     CODE_DEADLOCK,
                                     CODE_IDLE_UNKNOWN,
                                     CODE_NOT_OWNER};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (code == named[i]) {
            return;
        }
    }
    check_that(false, "a code of no meaning: %u", (unsigned)code);
}

static bool ends(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static void check_status(struct msiwatch *handle, uint64_t timeout_ms, bool wait)
{
    struct msiwatch_status status = {.size = sizeof status};
    uint64_t waited_ms;
    uint32_t code = wait ? msiwatch_wait(handle, MSIWATCH_BUSY, 5, timeout_ms, &status, &waited_ms)
                         : msiwatch_get_status(handle, timeout_ms, &status);
    check_code(code);
    check_that(code != CODE_OK ||
                   (status.state <= MSIWATCH_BUSY && status.mutex <= 5 && status.msiserver <= 9 &&
                    status.reasons <= 7 && ends(status.owner_image, sizeof status.owner_image)),
               "a status of no meaning");
}

static void check_about(struct msiwatch *handle)
{
    struct msiwatch_about about = {.size = sizeof about};
    uint32_t code = msiwatch_get_about(handle, SOON_MS, &about);
    check_code(code);
    check_that(code != CODE_OK || (ends(about.version, sizeof about.version) &&
                                   ends(about.journal, sizeof about.journal)),
               "text without an end");
}

static void check_event(uint32_t code, const struct msiwatch_event *event)
{
    check_code(code);
    check_that(code != CODE_OK ||
                   (event->kind <= MSIWATCH_EVENT_RESET && event->from <= MSIWATCH_BUSY &&
                    event->to <= MSIWATCH_BUSY && ends(event->journal, sizeof event->journal)),
               "an event of no meaning");
}

static void check_subscribe(struct msiwatch *handle)
{
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    struct msiwatch_status status = {.size = sizeof status};
    uint32_t code = msiwatch_subscribe(handle, NULL, MSIWATCH_SEQ_LAST, SOON_MS, &subscription,
                                       &status);
    check_code(code);
    check_that(code != CODE_OK || ends(subscription.journal, sizeof subscription.journal),
               "text without an end");
}

static void begin_history(struct msiwatch *handle, uint32_t newest_first)
{
    struct msiwatch_history_query query = {.size = sizeof query, .newest_first = newest_first};
    check_code(msiwatch_history_begin(handle, &query, SOON_MS));
}

static void read_history(struct msiwatch *handle)
{
    uint64_t before = 0;
    int way = 0;
    for (;;) {
        struct msiwatch_event event = {.size = sizeof event};
        uint32_t code = msiwatch_history_next(handle, SOON_MS, &event);
        check_event(code, &event);
        if (code != CODE_OK) {
            return;
        }
        int now = event.seq > before ? 1 : -1;
        check_that(before == 0 || (event.seq != before && (way == 0 || way == now)),
                   "the past goes back and forth");
        way = before == 0 ? 0 : now;
        before = event.seq;
    }
}

static void call(struct msiwatch *handle, struct calls *calls)
{
    struct msiwatch_event event = {.size = sizeof event};
    const char *result;
    switch (*calls->at++) {
    case 's':
        check_status(handle, SOON_MS, false);
        break;
    case 'w':
        check_status(handle, 0, true);
        break;
    case 'W':
        check_status(handle, MSIWATCH_FOREVER, true);
        break;
    case 'a':
        check_about(handle);
        break;
    case 'S':
        check_subscribe(handle);
        break;
    case 'n':
        check_event(msiwatch_next(handle, SOON_MS, &event), &event);
        break;
    case 'U':
        check_code(msiwatch_unsubscribe(handle, SOON_MS));
        break;
    case 'c':
        check_code(msiwatch_call(handle, "metrics", "{\"a\":[1]}", SOON_MS, &result));
        break;
    case 'h':
        begin_history(handle, 0);
        break;
    case 'H':
        begin_history(handle, 1);
        break;
    case 'i':
        read_history(handle);
        break;
    case 'r':
        check_code(msiwatch_reconnect(handle, SOON_MS));
        break;
    case 'x':
        msiwatch_cancel(handle);
        break;
    case 'X':
        msiwatch_rearm(handle);
        break;
    case 'm':
        if (calls->at < calls->end) {
            allocator_fail((unsigned char)*calls->at++ % 16u, 1);
        }
        break;
    default:
        break;
    }
}

/* What can be asked after every call. */
static void check_rest(struct msiwatch *handle)
{
    struct msiwatch_error error = {.size = sizeof error};
    check_that(msiwatch_get_error(handle, &error) == CODE_OK, "no error to be had");
    check_that(ends(error.limit, sizeof error.limit) && ends(error.message, sizeof error.message),
               "text without an end");
    const char *json = msiwatch_get_json(handle);
    check_that(json[0] == '\0' || checker_is_json(json, strlen(json)), "not JSON: %s", json);
    check_that(strchr(json, '\n') == NULL, "more than one line");
    check_that(handle->rpc.kept.size <= KEPT_BYTES + 1, "too much is kept");
    check_that(handle->rpc.lines.size <= (size_t)WIRE_REPLY_LINE + 1, "too long a line is held");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *newline = memchr(text, '\n', size);
    struct msiwatch_options options = {.size = sizeof options};
    struct msiwatch *handle;
    if (newline == NULL || newline - text > 64) {
        return -1;
    }
    struct calls calls = {text, newline};
    size_t head = (size_t)(newline - text) + 1;
    fake_transport_script(text + head, size - head, (unsigned)size);
    if (msiwatch_open(&options, &handle) == CODE_OK) {
        while (calls.at < calls.end) {
            call(handle, &calls);
            check_rest(handle);
        }
        msiwatch_close(handle);
    }
    allocator_fail(0, 0);
    return 0;
}
