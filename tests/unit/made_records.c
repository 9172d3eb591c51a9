/* made_records.c: makes records of the event log for tests. Like all records, they go through
 * install_record_of. */
#include "made_records.h"

#include "unit.h"

#include <stdio.h>

enum { VALUES = 7, VALUE_BYTES = 64 };

/* Sets the values in the order in which real records have them. */
static void fill_values(const struct made *made, char values[VALUES][VALUE_BYTES])
{
    bool transaction = made->id == 1040 || made->id == 1042;
    bool update = made->id == 1036 || made->id == 1037;
    bool outcome = made->id >= 1033 && made->id <= 1037;
    size_t status = update ? 4 : 3;
    for (size_t i = 0; i < VALUES; i++) {
        snprintf(values[i], VALUE_BYTES, "(NULL)");
    }
    if (transaction) {
        snprintf(values[0], VALUE_BYTES, "C:\\P%u.msi", made->product);
        snprintf(values[1], VALUE_BYTES, "%u", made->pid);
    } else if (made->id > 10000 || made->id == 1005) {
        snprintf(values[0], VALUE_BYTES, "Product: P%u -- a sentence.", made->product);
    } else {
        snprintf(values[0], VALUE_BYTES, "P%u", made->product);
        snprintf(values[1], VALUE_BYTES, "1.%u", made->product);
    }
    if (made->id == 1025) {
        snprintf(values[1], VALUE_BYTES, "C:\\P%u.dll", made->product);
        snprintf(values[2], VALUE_BYTES, "explorer.exe");
        snprintf(values[3], VALUE_BYTES, "3300");
    }
    if (outcome) {
        snprintf(values[status], VALUE_BYTES, "%u", made->status);
    }
}

struct install_record make_record(const struct made *made)
{
    char values[VALUES][VALUE_BYTES], binary[128] = "";
    bool transaction = made->id == 1040 || made->id == 1042;
    struct event_record event = {
        .record_id = made->order,
        .event_id = made->id,
        .provider = "MsiInstaller",
        .old_form = made->whole_second,
        .writer_pid = made->writer_pid,
        .writer = made->writer,
        .replayed = made->replayed,
        .arrived_ms = (uint64_t)(made->at_ms + made->late_ms),
        .at_ms = WALL + made->at_ms + made->wall_by_ms,
        .string_count = VALUES,
    };
    if (made->whole_second) {
        event.at_ms -= event.at_ms % 1000;
    }
    const char *user = made->id == 1042 ? SYSTEM_SID : made->user;
    snprintf(event.user_sid, sizeof event.user_sid, "%s", user == NULL ? "" : user);
    fill_values(made, values);
    for (size_t i = 0; i < VALUES; i++) {
        event.strings[i] = values[i];
    }
    if (made->product != 0 && !made->no_code && !transaction) {
        int size = snprintf(binary, sizeof binary, "{00000000-0000-0000-0000-%012u}",
                            made->product);
        event.binary_size = (size_t)size;
        event.binary = (const unsigned char *)binary;
    }
    struct install_record record;
    assert_int_equal(install_record_of(&event, &record), RECORD_READ);
    return record;
}
