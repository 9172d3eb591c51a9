/* event_values.c: turns what EvtRender gives with EvtRenderEventValues into a record. */
#include "common/event_values.h"

#include "common/model.h"
#include "common/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SUB_AUTHORITIES = 15 };

/* How much may be read at `at`: up to the end of the rendered memory if it points there; otherwise
 * as much as an event can have. */
static size_t readable(const struct event_values *values, const void *at)
{
    uintptr_t begin = (uintptr_t)values->memory, address = (uintptr_t)at;
    if (at == NULL) {
        return 0;
    }
    return address >= begin && address - begin < values->size ? values->size - (address - begin)
                                                              : 65536;
}

/* ---- text ---- */

static bool add_bytes(struct event_text *text, const char *bytes, size_t size)
{
    if (text->room - text->used < size) {
        return false;
    }
    memcpy(text->memory + text->used, bytes, size);
    text->used += size;
    return true;
}

static uint16_t unit_at(const unsigned char *at)
{
    uint16_t unit;
    memcpy(&unit, at, sizeof unit); /* a forged event may have it at any address */
    return unit;
}

/* Half a surrogate pair becomes U+FFFD: any program may write one. */
static bool add_utf16(struct event_text *text, const unsigned char *at, size_t size)
{
    for (size_t i = 0; size - i >= 2; i += 2) {
        uint32_t code = unit_at(at + i);
        char bytes[4];
        if (code == 0) {
            break;
        }
        if (code >= 0xD800 && code < 0xE000) {
            uint32_t low = size - i >= 4 ? unit_at(at + i + 2) : 0;
            if (code < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            } else {
                code = 0xFFFD;
            }
        }
        if (!add_bytes(text, bytes, utf8_encode(code, bytes))) {
            return false;
        }
    }
    return true;
}

/* The code page is not known, so every character that is not ASCII becomes '?'. */
static bool add_ansi(struct event_text *text, const unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size && at[i] != '\0'; i++) {
        char byte = at[i] < 0x80 ? (char)at[i] : '?';
        if (!add_bytes(text, &byte, 1)) {
            return false;
        }
    }
    return true;
}

/* S-1-5-18. An authority of more than 32 bits is written in hexadecimal, as Windows does. */
static void format_sid(const unsigned char *sid, size_t size, char out[EVENT_RECORD_SID_BYTES])
{
    out[0] = '\0';
    if (size < 8 || sid[1] > MOST_SUB_AUTHORITIES || size < 8 + 4 * (size_t)sid[1]) {
        return;
    }
    uint64_t authority = 0;
    for (size_t i = 2; i < 8; i++) {
        authority = authority << 8 | sid[i];
    }
    int used = snprintf(out, EVENT_RECORD_SID_BYTES,
                        authority > UINT32_MAX ? "S-%u-0x%" PRIX64 : "S-%u-%" PRIu64,
                        (unsigned)sid[0], authority);
    for (size_t i = 0; i < sid[1] && used > 0 && used < (int)EVENT_RECORD_SID_BYTES; i++) {
        const unsigned char *at = sid + 8 + 4 * i;
        uint32_t sub = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
                       (uint32_t)at[3] << 24;
        used += snprintf(out + used, EVENT_RECORD_SID_BYTES - (size_t)used, "-%" PRIu32, sub);
    }
}

/* ---- numbers ---- */

static bool is_signed(uint32_t type)
{
    return type == EVENT_VALUE_SBYTE || type == EVENT_VALUE_INT16 || type == EVENT_VALUE_INT32 ||
           type == EVENT_VALUE_INT64;
}

/* 0: the type is not a number. */
static size_t bytes_of_number(uint32_t type)
{
    switch (type) {
    case EVENT_VALUE_SBYTE:
    case EVENT_VALUE_BYTE:
        return 1;
    case EVENT_VALUE_INT16:
    case EVENT_VALUE_UINT16:
        return 2;
    case EVENT_VALUE_INT32:
    case EVENT_VALUE_UINT32:
    case EVENT_VALUE_HEX32:
    case EVENT_VALUE_BOOLEAN:
        return 4;
    case EVENT_VALUE_INT64:
    case EVENT_VALUE_UINT64:
    case EVENT_VALUE_HEX64:
    case EVENT_VALUE_FILETIME:
        return 8;
    default:
        return 0;
    }
}

/* Windows is always little endian. Bits above the type's size are not reliable, so they are cut
 * off. */
static uint64_t read_bits(const void *at, size_t bytes)
{
    uint64_t bits = 0;
    memcpy(&bits, at, bytes);
    return bits;
}

static bool unsigned_of(const struct event_value *value, uint64_t *out)
{
    size_t bytes = is_signed(value->type) ? 0 : bytes_of_number(value->type);
    *out = bytes == 0 ? 0 : read_bits(&value->as, bytes);
    return bytes != 0;
}

static bool add_number(struct event_text *text, uint32_t type, const void *at)
{
    char digits[32];
    size_t bytes = bytes_of_number(type);
    uint64_t bits = read_bits(at, bytes);
    int size;
    if (is_signed(type)) {
        uint64_t sign = UINT64_C(1) << (8 * bytes - 1);
        int64_t value = (int64_t)((bits ^ sign) - sign);
        size = snprintf(digits, sizeof digits, "%" PRId64, value);
    } else {
        size = snprintf(digits, sizeof digits, "%" PRIu64, bits);
    }
    return add_bytes(text, digits, (size_t)size);
}

/* ---- the record ---- */

/* Adds the value at `at`, whose type is no array. What is neither text nor a number becomes "". */
static bool add_scalar(const struct event_values *values, uint32_t type, const void *at,
                       struct event_text *text)
{
    const void *pointer = NULL;
    char sid[EVENT_RECORD_SID_BYTES];
    if (bytes_of_number(type) != 0) {
        return add_number(text, type, at);
    }
    if (type != EVENT_VALUE_STRING && type != EVENT_VALUE_ANSI_STRING && type != EVENT_VALUE_SID) {
        return true;
    }
    memcpy(&pointer, at, sizeof pointer);
    size_t size = readable(values, pointer);
    switch (type) {
    case EVENT_VALUE_STRING:
        return add_utf16(text, pointer, size);
    case EVENT_VALUE_ANSI_STRING:
        return add_ansi(text, pointer, size);
    default:
        format_sid(pointer, size, sid);
        return add_bytes(text, sid, strlen(sid));
    }
}

/* NULL: there is no room for it. */
static const char *make_string(const struct event_values *values, uint32_t type, const void *at,
                               struct event_text *text)
{
    const char *begin = text->memory + text->used;
    return add_scalar(values, type, at, text) && add_bytes(text, "", 1) ? begin : NULL;
}

static bool add_string(const struct event_values *values, uint32_t type, const void *at,
                       struct event_text *text, struct event_record *record)
{
    if (record->string_count == EVENT_RECORD_STRINGS) {
        return true; /* no record of Windows Installer has more */
    }
    const char *string = make_string(values, type, at, text);
    if (string == NULL) {
        return false;
    }
    record->strings[record->string_count++] = string;
    return true;
}

static bool add_array(const struct event_values *values, const struct event_value *value,
                      struct event_text *text, struct event_record *record)
{
    uint32_t type = value->type & ~(uint32_t)EVENT_VALUE_ARRAY;
    size_t each = type == EVENT_VALUE_STRING || type == EVENT_VALUE_ANSI_STRING
                      ? sizeof(void *)
                      : bytes_of_number(type);
    const unsigned char *at = value->as.pointer;
    size_t most = each == 0 ? 0 : readable(values, at) / each;
    for (size_t i = 0; i < value->count && i < most; i++) {
        if (!add_string(values, type, at + i * each, text, record)) {
            return false;
        }
    }
    return true;
}

/* The values that EvtRender counted must fit into the memory that it filled. */
static bool are_whole(const struct event_values *values)
{
    return values->count <= values->size / sizeof(struct event_value);
}

bool event_values_system(const struct event_values *values, struct event_text *text,
                         struct event_record *record)
{
    const struct event_value *system = values->memory;
    uint64_t number;
    memset(record, 0, sizeof *record);
    record->at_ms = INT64_MIN;
    if (!are_whole(values) || values->count < EVENT_SYSTEM_COUNT ||
        !unsigned_of(&system[EVENT_SYSTEM_EVENT_ID], &number)) {
        return false;
    }
    record->event_id = (uint32_t)number & 0xFFFFu;
    if (unsigned_of(&system[EVENT_SYSTEM_TIME_CREATED], &number) && number <= INT64_MAX) {
        record->at_ms = time_from_filetime(number);
    }
    if (unsigned_of(&system[EVENT_SYSTEM_RECORD_ID], &number)) {
        record->record_id = number;
    }
    if (unsigned_of(&system[EVENT_SYSTEM_PROCESS_ID], &number)) {
        record->writer_pid = (uint32_t)number;
    }
    record->old_form = system[EVENT_SYSTEM_PROCESS_ID].type == EVENT_VALUE_NULL &&
                       system[EVENT_SYSTEM_VERSION].type == EVENT_VALUE_NULL;
    const struct event_value *user = &system[EVENT_SYSTEM_USER_ID];
    if (user->type == EVENT_VALUE_SID && user->as.pointer != NULL) {
        format_sid(user->as.pointer, readable(values, user->as.pointer), record->user_sid);
    }
    record->provider = make_string(values, system[EVENT_SYSTEM_PROVIDER].type,
                                   &system[EVENT_SYSTEM_PROVIDER].as, text);
    return record->provider != NULL;
}

bool event_values_user(const struct event_values *values, struct event_text *text,
                       struct event_record *record)
{
    const struct event_value *user = values->memory;
    if (!are_whole(values)) {
        return false;
    }
    for (size_t i = 0; i < values->count; i++) {
        const struct event_value *value = &user[i];
        bool is_array = (value->type & EVENT_VALUE_ARRAY) != 0;
        if (value->type == EVENT_VALUE_BINARY) {
            size_t most = readable(values, value->as.pointer);
            record->binary = value->as.pointer;
            record->binary_size = value->count < most ? value->count : most;
            return true;
        }
        if (is_array ? !add_array(values, value, text, record)
                     : !add_string(values, value->type, &value->as, text, record)) {
            return false;
        }
    }
    return true;
}
