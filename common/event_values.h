/* event_values.h: the values that EvtRender gives with EvtRenderEventValues, and how to make a
 * record of them.
 *
 * The layout and the numbers are those of winevt.h (Microsoft, "EVT_VARIANT", "EVT_VARIANT_TYPE",
 * "EVT_SYSTEM_PROPERTY_ID"). They are declared here so that the code also runs without Windows;
 * common/win32/wevtapi.c checks them against the SDK's. Pure, any thread.
 */
#ifndef MSIWATCH_COMMON_EVENT_VALUES_H
#define MSIWATCH_COMMON_EVENT_VALUES_H

#include "common/event_record.h"

/* The types that are read. In `type`, an array has EVENT_VALUE_ARRAY set as well. */
enum event_value_type {
    EVENT_VALUE_NULL = 0,
    EVENT_VALUE_STRING = 1, /* UTF-16, ends with 0 */
    EVENT_VALUE_ANSI_STRING = 2,
    EVENT_VALUE_SBYTE = 3,
    EVENT_VALUE_BYTE = 4,
    EVENT_VALUE_INT16 = 5,
    EVENT_VALUE_UINT16 = 6,
    EVENT_VALUE_INT32 = 7,
    EVENT_VALUE_UINT32 = 8,
    EVENT_VALUE_INT64 = 9,
    EVENT_VALUE_UINT64 = 10,
    EVENT_VALUE_BOOLEAN = 13,
    EVENT_VALUE_BINARY = 14, /* its length is `count`: no byte marks its end */
    EVENT_VALUE_FILETIME = 17,
    EVENT_VALUE_SID = 19,
    EVENT_VALUE_HEX32 = 20,
    EVENT_VALUE_HEX64 = 21,
    EVENT_VALUE_ARRAY = 128
};

struct event_value {
    union {
        uint64_t bits; /* a number: as many bits as the type has */
        const void *pointer;
    } as;
    uint32_t count; /* a binary value's bytes, or an array's elements; otherwise meaningless */
    uint32_t type;
};

/* The positions of the system context's values. */
enum {
    EVENT_SYSTEM_PROVIDER = 0,
    EVENT_SYSTEM_EVENT_ID = 2,
    EVENT_SYSTEM_TIME_CREATED = 8,
    EVENT_SYSTEM_RECORD_ID = 9,
    EVENT_SYSTEM_PROCESS_ID = 12,
    EVENT_SYSTEM_USER_ID = 16,
    EVENT_SYSTEM_VERSION = 17,
    EVENT_SYSTEM_COUNT = 18
};

/* Rendered values: `size` bytes at `memory`, which begin with `count` values. If a text, a SID or
 * an array points into this memory, it is read up to the end of the memory at most. */
struct event_values {
    const void *memory;
    size_t size, count;
};

/* Memory for text, filled from the front. */
struct event_text {
    char *memory;
    size_t room, used;
};

/* Begins a record with the system context's values; its strings go into *text. False: the values
 * are not those of an event, or there is no room. */
bool event_values_system(const struct event_values *values, struct event_text *text,
                         struct event_record *record);

/* Adds the user context's values. The record's strings are the values before the first binary one:
 * a null value is "", an array is its elements one after the other, a number its decimal digits.
 * The binary value stays where it is: values->memory must outlive the record. False: there is no
 * room. */
bool event_values_user(const struct event_values *values, struct event_text *text,
                       struct event_record *record);

#endif
