/* fuzz_wire.c: fuzzes common/wire.c and the times of common/model.c: what a peer sends is read or
 * refused, and what was read is written and read again as the same.
 *
 * The first byte chooses: a JSON text as a Status and as an Event, a time, or a text from outside.
 */
#include "reply_checker.h"
#include "common/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value as a document that can be read. */
static yyjson_doc *read_back(yyjson_mut_val *value)
{
    size_t size;
    char *text = yyjson_mut_val_write(value, YYJSON_WRITE_NOFLAG, &size);
    yyjson_doc *doc = text == NULL ? NULL : yyjson_read(text, size, YYJSON_READ_NOFLAG);
    free(text);
    return doc;
}

static bool is_shown(int64_t wall_ms)
{
    return wall_ms >= INT64_C(-62167219200000) && wall_ms <= INT64_C(253402300799999);
}

static void check_status(yyjson_val *value)
{
    struct status first, second;
    if (!wire_status_read(value, &first)) {
        return;
    }
    check_that(memchr(first.seen.mutex.owner_image, '\0', MSIWATCH_STRING_BYTES) != NULL,
               "text without an end");
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_doc *again = read_back(wire_status(doc, &first));
    check_that(wire_status_read(yyjson_doc_get_root(again), &second), "cannot be read again");
    check_that(first.state == second.state && first.seq == second.seq &&
                   first.reasons == second.reasons && first.says_busy == second.says_busy &&
                   first.suspended == second.suspended &&
                   (first.since_ms == second.since_ms || !is_shown(first.since_ms)),
               "another status");
    check_that(first.seen.mutex.state == second.seen.mutex.state &&
                   first.seen.mutex.owner_pid == second.seen.mutex.owner_pid &&
                   first.seen.msiserver.state == second.seen.msiserver.state &&
                   first.seen.ui_clients == second.seen.ui_clients,
               "another observation");
    yyjson_doc_free(again);
    yyjson_mut_doc_free(doc);
}

static void check_event(yyjson_val *value)
{
    struct event first, second;
    if (!wire_event_read(value, &first) || first.kind != EVENT_TRANSITION) {
        return;
    }
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_doc *again = read_back(wire_event(doc, &first));
    check_that(wire_event_read(yyjson_doc_get_root(again), &second), "cannot be read again");
    check_that(first.seq == second.seq && first.from == second.from && first.to == second.to &&
                   first.reasons == second.reasons && first.after_known == second.after_known &&
                   (first.at_ms == second.at_ms || !is_shown(first.at_ms)) &&
                   (!first.after_known || first.after_ms == second.after_ms),
               "another event");
    yyjson_doc_free(again);
    yyjson_mut_doc_free(doc);
}

static void check_json(const char *text, size_t size)
{
    yyjson_doc *doc = yyjson_read(text, size, YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc);
    check_status(root);
    check_event(root);
    yyjson_doc_free(doc);
}

static void check_time(const char *text)
{
    int64_t ms, again;
    char shown[MSIWATCH_TIME_CHARS + 1];
    if (time_parse(text, &ms)) {
        time_format(ms, shown);
        check_that(strlen(shown) == MSIWATCH_TIME_CHARS && time_parse(shown, &again),
                   "%s is shown as %s", text, shown);
        check_that(again == ms || !is_shown(ms), "%s is shown as %s", text, shown);
    }
}

static void check_text(const char *text)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *value = wire_text(doc, text);
    size_t size = yyjson_mut_get_len(value), characters = 0;
    const char *cut = yyjson_mut_get_str(value);
    check_that(size <= strlen(text) && memcmp(cut, text, size) == 0, "another text");
    for (size_t i = 0; i < size; i++) {
        characters += ((unsigned char)cut[i] & 0xC0u) != 0x80u;
    }
    check_that(characters <= MSIWATCH_STRING_CHARS, "too long");
    yyjson_mut_doc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return -1;
    }
    char *text = malloc(size);
    check_that(text != NULL, "out of memory");
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 3) {
    case 0:
        check_json(text, size - 1);
        break;
    case 1:
        check_time(text);
        break;
    default:
        check_text(text);
        break;
    }
    free(text);
    return 0;
}
