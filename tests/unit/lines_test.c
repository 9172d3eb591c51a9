/* lines_test.c: splits bytes into lines: limits exact to the byte, whatever pieces the bytes come
 * in. */
#include "unit.h"

#include "common/lines.h"
#include "common/wire.h"

#include <stdlib.h>
#include <string.h>

#define CAP ((size_t)WIRE_REQUEST_LINE)

/* Feeds `size` bytes in pieces of at most `piece`; collects the lines, each followed by '|'.
 * Returns the last result. */
static enum lines_result feed(struct lines *lines, const char *data, size_t size, size_t piece,
                              char *out, size_t *out_size)
{
    enum lines_result result = LINES_MORE;
    *out_size = 0;
    while (size > 0 && result == LINES_MORE) {
        size_t room, taken;
        char *to = lines_room(lines, &room);
        assert_non_null(to);
        assert_true(room > 0);
        taken = room < size ? room : size;
        taken = taken < piece ? taken : piece;
        memcpy(to, data, taken);
        lines_added(lines, taken);
        data += taken;
        size -= taken;
        char *line;
        size_t length;
        while ((result = lines_next(lines, &line, &length)) == LINES_LINE) {
            assert_int_equal(line[length], '\0');
            memcpy(out + *out_size, line, length);
            *out_size += length;
            out[(*out_size)++] = '|';
        }
    }
    return result;
}

static void lines_come_out_whole_in_whatever_pieces_they_came(void **state)
{
    static const char data[] = "one\ntwo\r\n\n\r\nthree \r \r\nfour\n";
    static const char expected[] = "one|two|||three \r |four|";
    (void)state;
    for (size_t piece = 1; piece <= sizeof data; piece++) {
        struct lines lines;
        char out[64];
        size_t size;
        lines_init(&lines, CAP);
        assert_int_equal(feed(&lines, data, sizeof data - 1, piece, out, &size), LINES_MORE);
        assert_int_equal(size, sizeof expected - 1);
        assert_memory_equal(out, expected, size);
        lines_release(&lines);
    }
}

static void only_the_one_carriage_return_before_the_end_is_dropped(void **state)
{
    struct lines lines;
    char out[16];
    size_t size;
    (void)state;
    lines_init(&lines, CAP);
    feed(&lines, "a\r\r\n\ra\n", 7, 7, out, &size);
    assert_int_equal(size, 6);
    assert_memory_equal(out, "a\r|\ra|", 6);
    lines_release(&lines);
}

static void a_nul_inside_is_a_byte_like_any_other(void **state)
{
    struct lines lines;
    char out[16];
    size_t size;
    (void)state;
    lines_init(&lines, CAP);
    feed(&lines, "a\0b\n\0\n", 6, 1, out, &size);
    assert_int_equal(size, 6);
    assert_memory_equal(out, "a\0b|\0|", 6);
    lines_release(&lines);
}

/* Feeds a line of `size` bytes, including its end, after `before` other lines; ends with CRLF if
 * `returns`. */
static enum lines_result feed_sized(size_t size, bool returns, size_t before, size_t piece)
{
    struct lines lines;
    static char data[2 * CAP], out[2 * CAP];
    size_t out_size, length = 0;
    for (size_t i = 0; i < before; i++) {
        static const char line[6] = {'s', 'h', 'o', 'r', 't', '\n'};
        memcpy(data + length, line, sizeof line);
        length += sizeof line;
    }
    memset(data + length, 'x', size);
    length += size;
    data[length - 1] = '\n';
    if (returns) {
        data[length - 2] = '\r';
    }
    lines_init(&lines, CAP);
    enum lines_result result = feed(&lines, data, length, piece, out, &out_size);
    if (result == LINES_MORE) {
        assert_int_equal(out_size, before * 6 + size - returns);
    }
    lines_release(&lines);
    return result;
}

static void a_line_of_exactly_the_cap_fits_and_one_byte_more_does_not(void **state)
{
    static const size_t pieces[] = {1, 7, 512, CAP - 1, CAP, CAP + 1, 2 * CAP};
    (void)state;
    for (size_t i = 0; i < COUNT(pieces) * 2; i++) {
        size_t piece = pieces[i / 2], before = i % 2 * 3;
        assert_int_equal(feed_sized(CAP - 1, false, before, piece), LINES_MORE);
        assert_int_equal(feed_sized(CAP, false, before, piece), LINES_MORE);
        assert_int_equal(feed_sized(CAP, true, before, piece), LINES_MORE);
        assert_int_equal(feed_sized(CAP + 1, false, before, piece), LINES_TOO_LONG);
        assert_int_equal(feed_sized(CAP + 1, true, before, piece), LINES_TOO_LONG);
    }
}

static void a_line_without_an_end_is_too_long_once_the_cap_is_reached(void **state)
{
    static char data[CAP + 10];
    char out[1];
    (void)state;
    memset(data, 'x', sizeof data);
    for (size_t size = CAP - 2; size < CAP + 2; size++) {
        struct lines lines;
        size_t out_size;
        lines_init(&lines, CAP);
        enum lines_result result = feed(&lines, data, size, 100, out, &out_size);
        assert_int_equal(result, size < CAP ? LINES_MORE : LINES_TOO_LONG);
        lines_release(&lines);
    }
}

static void memory_is_never_more_than_the_cap_and_one_byte(void **state)
{
    struct lines lines;
    static char data[CAP * 3], out[CAP * 3];
    size_t size;
    (void)state;
    memset(data, 'x', sizeof data);
    for (size_t i = 1; i <= 3; i++) {
        data[i * CAP - 1] = '\n';
    }
    lines_init(&lines, CAP);
    assert_int_equal(feed(&lines, data, sizeof data - CAP / 2, CAP, out, &size), LINES_MORE);
    assert_in_range(lines.size, CAP / 2, CAP + 1);
    lines_release(&lines);
}

static void an_idle_reader_keeps_no_buffer(void **state)
{
    struct lines lines;
    char out[16];
    size_t size;
    (void)state;
    lines_init(&lines, CAP);
    assert_null(lines.buffer);
    feed(&lines, "a\nb", 3, 3, out, &size);
    assert_non_null(lines.buffer);
    feed(&lines, "\n", 1, 1, out, &size);
    assert_memory_equal(out, "b|", 2);
    assert_null(lines.buffer);
    assert_int_equal(lines.size, 0);
    lines_release(&lines);
}

static void an_unread_line_gives_no_room_for_more_than_the_cap(void **state)
{
    struct lines lines;
    size_t room, held = 0;
    char *to;
    (void)state;
    lines_init(&lines, 100);
    while ((to = lines_room(&lines, &room)) != NULL) { /* nobody takes lines */
        memset(to, 'x', room);
        lines_added(&lines, room);
        held += room;
        assert_in_range(held, 1, 101);
    }
    assert_int_equal(held, 101);
    lines_release(&lines);
}

static void a_released_reader_can_be_used_again(void **state)
{
    struct lines lines;
    char out[16];
    size_t size;
    (void)state;
    lines_init(&lines, 10);
    feed(&lines, "rest", 4, 4, out, &size);
    lines_release(&lines);
    assert_int_equal(feed(&lines, "a\n", 2, 2, out, &size), LINES_MORE);
    assert_memory_equal(out, "a|", 2);
    assert_int_equal(feed(&lines, "0123456789\n", 11, 11, out, &size), LINES_TOO_LONG);
    lines_release(&lines);
}

static void what_is_put_in_fills_the_buffer_up_to_the_cap(void **state)
{
    static char longest[CAP - 4]; /* with its end and "one\n", the cap */
    struct lines lines;
    char *line;
    size_t size;
    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\n';
    lines_init(&lines, CAP);
    assert_true(lines_put(&lines, "one\n", 4));
    assert_true(lines_put(&lines, longest, sizeof longest));
    assert_int_equal(lines_next(&lines, &line, &size), LINES_LINE);
    assert_string_equal(line, "one");
    assert_true(lines_put(&lines, "two\n", 4)); /* in the room that "one" left */
    assert_int_equal(lines_next(&lines, &line, &size), LINES_LINE);
    assert_int_equal(size, sizeof longest - 1);
    assert_memory_equal(line, longest, size);
    assert_int_equal(lines_next(&lines, &line, &size), LINES_LINE);
    assert_string_equal(line, "two");
    assert_int_equal(lines_next(&lines, &line, &size), LINES_MORE);
    assert_null(lines.buffer);
    lines_release(&lines);
}

int lines_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_out_whole_in_whatever_pieces_they_came),
        cmocka_unit_test(only_the_one_carriage_return_before_the_end_is_dropped),
        cmocka_unit_test(a_nul_inside_is_a_byte_like_any_other),
        cmocka_unit_test(a_line_of_exactly_the_cap_fits_and_one_byte_more_does_not),
        cmocka_unit_test(a_line_without_an_end_is_too_long_once_the_cap_is_reached),
        cmocka_unit_test(memory_is_never_more_than_the_cap_and_one_byte),
        cmocka_unit_test(an_idle_reader_keeps_no_buffer),
        cmocka_unit_test(an_unread_line_gives_no_room_for_more_than_the_cap),
        cmocka_unit_test(a_released_reader_can_be_used_again),
        cmocka_unit_test(what_is_put_in_fills_the_buffer_up_to_the_cap),
    };
    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
