/* fuzz_values.c: fuzzes the reading of the event log's records (common/event_values.c, and
 * service/observe/install_record.c behind it): whatever Windows renders, nothing is read beyond its
 * memory, all text is UTF-8 that ends, and what is kept of it is bounded.
 *
 * The first two bytes are the room for text, the third says how many values there are; of each
 * there are its type, its count (two bytes) and where it points to (two bytes: a place in the
 * memory behind the values; 65535: nowhere). The rest is that memory.
 */
#include "reply_checker.h"
#include "common/event_values.h"
#include "observe/install_record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 3, EACH = 5, MOST_VALUES = 40 };

static bool is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        unsigned more = *at < 0x80   ? 0
                        : *at < 0xC2 ? 9
                        : *at < 0xE0 ? 1
                        : *at < 0xF0 ? 2
                        : *at < 0xF5 ? 3
                                     : 9;
        uint32_t code = more == 0 ? *at : *at & (0x3Fu >> more);
        for (at++; more > 0; more--, at++) {
            if (more > 3 || (*at & 0xC0u) != 0x80u) {
                return false;
            }
            code = code << 6 | (*at & 0x3Fu);
        }
        if ((code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) {
            return false;
        }
    }
    return true;
}

static void check(const struct event_record *record, const struct event_values *values,
                  const struct event_text *text)
{
    check_that(text->used <= text->room, "more text than there is room for");
    check_that(record->string_count <= EVENT_RECORD_STRINGS, "too many strings");
    for (size_t i = 0; i < record->string_count; i++) {
        const char *string = record->strings[i];
        check_that(string >= text->memory && string < text->memory + text->used &&
                       strlen(string) < text->used && is_utf8(string),
                   "string %zu is none", i);
    }
    check_that(strlen(record->user_sid) < sizeof record->user_sid, "the SID does not end");
    const unsigned char *begin = values->memory;
    check_that(record->binary == NULL || record->binary_size == 0 ||
                   (record->binary >= begin &&
                    record->binary_size <= values->size - (size_t)(record->binary - begin)),
               "the binary value is not where it should be");
}

/* Its values point into the memory, or nowhere: others than Windows make none. */
static void fill(unsigned char *memory, size_t size, const uint8_t *data, size_t count)
{
    for (size_t i = 0; i < count; i++, data += EACH) {
        size_t where = (size_t)data[3] << 8 | data[4];
        struct event_value value = {.type = data[0], .count = (uint32_t)data[1] << 8 | data[2]};
        /* An array of strings points to pointers, which a fuzzer cannot make. */
        bool nowhere = where == 65535 || size == 0 || value.type == 129 || value.type == 130;
        value.as.pointer = nowhere ? NULL : memory + where % size;
        memcpy(memory + i * sizeof value, &value, sizeof value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD || data[2] > MOST_VALUES || size - HEAD < (size_t)data[2] * EACH) {
        return -1;
    }
    struct event_text text = {.room = (size_t)data[0] << 8 | data[1]};
    size_t count = data[2], rest = size - HEAD - count * EACH;
    struct event_values values = {.size = count * sizeof(struct event_value) + rest,
                                  .count = count};
    /* Of just that size, so that one byte beyond is found. */
    unsigned char *memory = malloc(values.size);
    text.memory = malloc(text.room);
    if ((memory == NULL && values.size > 0) || (text.memory == NULL && text.room > 0)) {
        goto done;
    }
    if (values.size > 0) {
        fill(memory, values.size, data + HEAD, count);
        memcpy(memory + count * sizeof(struct event_value), data + size - rest, rest);
    }
    values.memory = memory;
    struct event_record record;
    struct install_record install;
    bool is_event = event_values_system(&values, &text, &record);
    if (!is_event) {
        memset(&record, 0, sizeof record);
        record.provider = "MsiInstaller";
        record.event_id = 1033;
    }
    if (event_values_user(&values, &text, &record)) {
        check(&record, &values, &text);
        install_record_of(&record, &install);
    }

done:
    free(memory);
    free(text.memory);
    return 0;
}
