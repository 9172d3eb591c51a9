/* fuzz_lines.c: fuzzes common/lines.c: however a stream comes apart, its lines are those that a
 * look at the whole of it shows.
 *
 * Two bytes choose the cap, the third seeds the sizes of the pieces; the rest is the stream.
 */
#include "reply_checker.h"
#include "common/lines.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The stream, and how much of it the reference has given back. */
struct whole {
    const char *bytes;
    size_t size, at, cap;
};

/* What lines_next must say when the first `arrived` bytes have come. */
static enum lines_result next_of(struct whole *whole, size_t arrived, const char **line,
                                 size_t *size)
{
    size_t length = 0;
    while (whole->at + length < arrived && whole->bytes[whole->at + length] != '\n') {
        length++;
    }
    if (length >= whole->cap) {
        return LINES_TOO_LONG;
    }
    if (whole->at + length == arrived) {
        return LINES_MORE;
    }
    *line = whole->bytes + whole->at;
    *size = length > 0 && (*line)[length - 1] == '\r' ? length - 1 : length;
    whole->at += length + 1;
    return LINES_LINE;
}

/* Takes all lines there are; false when the stream is of no more use. */
static bool compare(struct lines *lines, struct whole *whole, size_t arrived)
{
    for (;;) {
        char *line = NULL;
        const char *wanted = NULL;
        size_t size = 0, wanted_size = 0;
        enum lines_result result = lines_next(lines, &line, &size);
        check_that(result == next_of(whole, arrived, &wanted, &wanted_size), "another result");
        if (result != LINES_LINE) {
            return result == LINES_MORE;
        }
        check_that(size == wanted_size && memcmp(line, wanted, size) == 0, "another line");
        check_that(line[size] == '\0', "not terminated");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return -1;
    }
    size_t cap = 2u + (data[0] | (size_t)data[1] << 8) % 4096u;
    uint32_t chance = data[2];
    struct whole whole = {(const char *)data + 3, size - 3, 0, cap};
    struct lines lines;
    lines_init(&lines, cap);
    for (size_t arrived = 0; arrived < whole.size;) {
        size_t room;
        char *to = lines_room(&lines, &room);
        check_that(to != NULL && room > 0, "no room");
        check_that(lines.size <= cap + 1, "a buffer over the cap");
        chance = chance * 1103515245u + 12345u;
        size_t piece = 1 + (chance >> 16) % ((chance & 0x8000u) != 0 ? 8u : 2048u);
        piece = piece < room ? piece : room;
        piece = piece < whole.size - arrived ? piece : whole.size - arrived;
        memcpy(to, whole.bytes + arrived, piece);
        lines_added(&lines, piece);
        arrived += piece;
        if (!compare(&lines, &whole, arrived)) {
            break;
        }
    }
    lines_release(&lines);
    return 0;
}
