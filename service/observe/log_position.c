/* log_position.c: how far the event log has been read, and which records are still needed. */
#include "observe/log_position.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNEL "Application "

void log_position_begin(struct log_position *position, uint64_t next)
{
    position->next = next > 0 ? next : 1;
    position->seen = position->next - 1;
    position->count = 0;
}

/* Finds the index of the record, or where it would be. */
static size_t find(const struct log_position *position, uint64_t record_id)
{
    size_t at = position->count;
    while (at > 0 && position->held[at - 1].record_id >= record_id) {
        at--; /* it is nearly always one of the last */
    }
    return at;
}

static bool holds(const struct log_position *position, size_t at, uint64_t record_id)
{
    return at < position->count && position->held[at].record_id == record_id;
}

static void drop_first(struct log_position *position)
{
    position->count--;
    memmove(position->held, position->held + 1, position->count * sizeof *position->held);
}

/* Moves `next` up to the first record that is needed or has not been read yet. */
static void settle(struct log_position *position)
{
    while (position->count > 0 && position->held[0].reported &&
           position->held[0].record_id <= position->seen + 1) {
        position->next = position->held[0].record_id + 1;
        position->seen = position->next - 1 > position->seen ? position->next - 1 : position->seen;
        drop_first(position);
    }
    bool needed = position->count > 0 && position->held[0].record_id <= position->seen;
    uint64_t next = needed ? position->held[0].record_id : position->seen + 1;
    if (next > position->next) {
        position->next = next;
    }
}

/* Makes room by giving up the oldest record that is still needed. */
static void give_up_one(struct log_position *position)
{
    if (position->seen < position->held[0].record_id) {
        position->seen = position->held[0].record_id;
    }
    position->held[0].reported = true;
    settle(position);
}

bool log_position_take(struct log_position *position, uint64_t record_id)
{
    size_t at = find(position, record_id);
    if (record_id < position->next || holds(position, at, record_id)) {
        log_position_see(position, record_id);
        return false;
    }
    if (position->count == LOG_POSITION_HELD) {
        give_up_one(position);
        if (record_id < position->next) {
            return false;
        }
        at = find(position, record_id);
    }
    memmove(position->held + at + 1, position->held + at,
            (position->count - at) * sizeof *position->held);
    position->held[at] = (struct log_position_held){record_id, false};
    position->count++;
    log_position_see(position, record_id);
    return true;
}

void log_position_report(struct log_position *position, uint64_t record_id)
{
    size_t at = find(position, record_id);
    if (holds(position, at, record_id)) {
        position->held[at].reported = true;
        settle(position);
    }
}

void log_position_see(struct log_position *position, uint64_t record_id)
{
    if (record_id > position->seen) {
        position->seen = record_id;
    }
    settle(position);
}

/* ---- as text ---- */

/* Returns the last index of the run of reported records with consecutive ids that begins at
 * held[i]. */
static size_t end_of_run(const struct log_position *position, size_t i)
{
    while (i + 1 < position->count && position->held[i + 1].reported &&
           position->held[i + 1].record_id == position->held[i].record_id + 1) {
        i++;
    }
    return i;
}

/* Returns false if the text does not fit. */
static bool format_from(const struct log_position *position, size_t first, uint64_t next,
                        char out[LOG_POSITION_BYTES])
{
    int used = snprintf(out, LOG_POSITION_BYTES, CHANNEL "%" PRIu64, next);
    for (size_t i = first; i < position->count; i++) {
        if (!position->held[i].reported) {
            continue;
        }
        size_t last = end_of_run(position, i);
        size_t room = LOG_POSITION_BYTES - (size_t)used;
        int more = last == i
                       ? snprintf(out + used, room, " %" PRIu64, position->held[i].record_id)
                       : snprintf(out + used, room, " %" PRIu64 "-%" PRIu64,
                                  position->held[i].record_id, position->held[last].record_id);
        if ((size_t)more >= room) {
            return false;
        }
        used += more;
        i = last;
    }
    return true;
}

void log_position_format(const struct log_position *position, char out[LOG_POSITION_BYTES])
{
    uint64_t next = position->next;
    out[0] = '\0';
    if (next == 0) {
        return;
    }
    for (size_t first = 0; !format_from(position, first, next, out); first++) {
        next = position->held[first].record_id + 1; /* given up in this text only */
    }
}

static bool read_id(const char **at, uint64_t *out)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits == 0 || digits > 18) {
        return false;
    }
    *out = strtoull(*at, NULL, 10);
    *at += digits;
    return *out > 0;
}

static bool add_reported(struct log_position *position, uint64_t first, uint64_t last)
{
    uint64_t before = position->count == 0 ? position->next - 1
                                           : position->held[position->count - 1].record_id;
    if (first <= before || last < first || last - first >= LOG_POSITION_HELD - position->count) {
        return false;
    }
    for (uint64_t id = first; id <= last; id++) {
        position->held[position->count++] = (struct log_position_held){id, true};
    }
    return true;
}

bool log_position_parse(struct log_position *position, const char *text)
{
    struct log_position read = {0};
    uint64_t next;
    const char *at = text + strlen(CHANNEL);
    if (strncmp(text, CHANNEL, strlen(CHANNEL)) != 0 || !read_id(&at, &next)) {
        return false;
    }
    log_position_begin(&read, next);
    while (*at != '\0') {
        uint64_t first, last;
        if (*at++ != ' ' || !read_id(&at, &first)) {
            return false;
        }
        last = first;
        if (*at == '-' && (at++, !read_id(&at, &last))) {
            return false;
        }
        if (!add_reported(&read, first, last)) {
            return false;
        }
    }
    *position = read;
    return true;
}
