/* event_values_test.c: turns what EvtRender gives into a record: in the forms that real records
 * have, and with forged ones. */
#include "unit.h"

#include "common/event_values.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_ROOM = 4096 };

static struct {
    struct event_value system[EVENT_SYSTEM_COUNT], user[24];
    char memory[TEXT_ROOM];
    struct event_text text;
    struct event_record record;
} t;

static struct event_value string_value(const void *text)
{
    return (struct event_value){.as.pointer = text, .type = EVENT_VALUE_STRING};
}

static struct event_value number_value(uint32_t type, uint64_t bits)
{
    return (struct event_value){.as.bits = bits, .type = type};
}

static int begin(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    t.text = (struct event_text){t.memory, sizeof t.memory, 0};
    t.system[EVENT_SYSTEM_PROVIDER] = string_value(u"MsiInstaller");
    t.system[EVENT_SYSTEM_EVENT_ID] = number_value(EVENT_VALUE_UINT16, 1033);
    return 0;
}

static bool read_system(void)
{
    struct event_values values = {t.system, sizeof t.system, EVENT_SYSTEM_COUNT};
    return event_values_system(&values, &t.text, &t.record);
}

static bool read_user(size_t count)
{
    struct event_values values = {t.user, sizeof t.user, count};
    return event_values_user(&values, &t.text, &t.record);
}

static void must_have(const char *const *wanted)
{
    size_t i = 0;
    for (; wanted[i] != NULL; i++) {
        must(i < t.record.string_count, "only %u strings", (unsigned)t.record.string_count);
        assert_string_equal(t.record.strings[i], wanted[i]);
    }
    assert_int_equal(t.record.string_count, i);
}

#define MUST_HAVE(...) must_have((const char *const[]){__VA_ARGS__, NULL})

static void a_record_says_who_wrote_it_when_and_in_which_form(void **state)
{
    (void)state;
    static const unsigned char sid[] = {1, 5, 0, 0, 0, 0, 0, 5,  21, 0,  0,    0, 1, 2,
                                        3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xF8, 1, 0, 0};
    t.system[EVENT_SYSTEM_EVENT_ID] = number_value(EVENT_VALUE_UINT16, UINT64_C(0xABCD0000 | 1033));
    t.system[EVENT_SYSTEM_TIME_CREATED] = number_value(EVENT_VALUE_FILETIME,
                                                       UINT64_C(133415389043206723));
    t.system[EVENT_SYSTEM_RECORD_ID] = number_value(EVENT_VALUE_UINT64, 275);
    t.system[EVENT_SYSTEM_PROCESS_ID] = number_value(EVENT_VALUE_UINT32,
                                                     UINT64_C(0xFFFFFFFF00001010));
    t.system[EVENT_SYSTEM_VERSION] = number_value(EVENT_VALUE_BYTE, 0);
    t.system[EVENT_SYSTEM_USER_ID] = (struct event_value){.as.pointer = sid,
                                                          .type = EVENT_VALUE_SID};
    assert_true(read_system());
    assert_string_equal(t.record.provider, "MsiInstaller");
    assert_int_equal(t.record.event_id, 1033);
    assert_int_equal(t.record.record_id, 275);
    assert_true(t.record.at_ms == INT64_C(1697065304320));
    assert_int_equal(t.record.writer_pid, 4112);
    assert_false(t.record.old_form);
    assert_string_equal(t.record.user_sid, "S-1-5-21-67305985-134678021-202050057-504");
}

static void the_old_form_has_neither_process_nor_version(void **state)
{
    (void)state;
    assert_true(read_system());
    assert_true(t.record.old_form);
    assert_int_equal(t.record.writer_pid, 0);
    assert_true(t.record.at_ms == INT64_MIN);
    assert_string_equal(t.record.user_sid, "");
    t.system[EVENT_SYSTEM_VERSION] = number_value(EVENT_VALUE_BYTE, 0);
    assert_true(read_system());
    assert_false(t.record.old_form);
    begin(NULL);
    t.system[EVENT_SYSTEM_PROCESS_ID] = number_value(EVENT_VALUE_UINT32, 0);
    assert_true(read_system());
    assert_false(t.record.old_form);
}

static void data_are_the_values_in_front_of_the_first_binary_one(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {'{', 0, '}', 'x', 'x'};
    t.user[0] = string_value(u"Example");
    t.user[1] = string_value(u"(NULL)");
    t.user[2] = (struct event_value){.as.pointer = bytes, .count = 3, .type = EVENT_VALUE_BINARY};
    t.user[3] = string_value(u"behind it");
    assert_true(read_user(4));
    MUST_HAVE("Example", "(NULL)");
    assert_int_equal(t.record.binary_size, 3);
    assert_memory_equal(t.record.binary, bytes, 3);
}

static void without_values_there_are_none(void **state)
{
    (void)state;
    assert_true(read_user(0));
    assert_int_equal(t.record.string_count, 0);
    assert_null(t.record.binary);
    assert_int_equal(t.record.binary_size, 0);
}

static void null_is_an_empty_string_in_its_place(void **state)
{
    (void)state;
    t.user[0] = string_value(u"a");
    t.user[2] = string_value(NULL);
    t.user[3] = string_value(u"b");
    assert_true(read_user(4));
    MUST_HAVE("a", "", "", "b");
}

static void an_array_is_taken_apart(void **state)
{
    (void)state;
    static const void *const texts[] = {u"one", NULL, u"three"};
    static const uint16_t numbers[] = {7, 65535};
    t.user[0] = (struct event_value){
        .as.pointer = texts, .count = 3, .type = EVENT_VALUE_STRING | EVENT_VALUE_ARRAY};
    t.user[1] = (struct event_value){
        .as.pointer = numbers, .count = 2, .type = EVENT_VALUE_UINT16 | EVENT_VALUE_ARRAY};
    t.user[2] = (struct event_value){.type = EVENT_VALUE_STRING | EVENT_VALUE_ARRAY};
    t.user[3] = string_value(u"last");
    assert_true(read_user(4));
    MUST_HAVE("one", "", "three", "7", "65535", "last");
}

static void numbers_are_their_digits_and_no_more_bits_than_they_have(void **state)
{
    (void)state;
    t.user[0] = number_value(EVENT_VALUE_UINT32, UINT64_C(0xFFFFFFFF00002331));
    t.user[1] = number_value(EVENT_VALUE_INT32, UINT64_C(0x00000000FFFFFFFF));
    t.user[2] = number_value(EVENT_VALUE_SBYTE, 0x80);
    t.user[3] = number_value(EVENT_VALUE_UINT64, UINT64_MAX);
    t.user[4] = number_value(EVENT_VALUE_INT64, UINT64_C(1) << 63);
    t.user[5] = number_value(EVENT_VALUE_HEX32, 1603);
    t.user[6] = number_value(99, 1603); /* a type that later versions may add */
    assert_true(read_user(7));
    MUST_HAVE("9009", "-1", "-128", "18446744073709551615", "-9223372036854775808", "1603", "");
}

static void text_becomes_utf_8_and_half_a_pair_is_no_character(void **state)
{
    (void)state;
    static const uint16_t lone[] = {'a', 0xD83D, 'b', 0xDE00, 0xD83D, 0};
    t.user[0] = string_value(u"\u00FC\u20AC\U0001F600");
    t.user[1] = string_value(lone);
    t.user[2] = (struct event_value){.as.pointer = "a\xFC", .type = EVENT_VALUE_ANSI_STRING};
    assert_true(read_user(3));
    MUST_HAVE("\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80",
              "a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD\xEF\xBF\xBD",
              "a?");
}

static void a_text_that_does_not_end_ends_with_the_memory(void **state)
{
    (void)state;
    struct page {
        struct event_value values[2];
        uint16_t text[2];
    } *page = malloc(sizeof *page);
    assert_non_null(page);
    page->values[0] = string_value(page->text);
    page->values[1] = (struct event_value){
        .as.pointer = page->text, .count = 4000000, .type = EVENT_VALUE_BINARY};
    page->text[0] = 'o';
    page->text[1] = 'k';
    struct event_values values = {page, offsetof(struct page, text) + sizeof page->text, 2};
    assert_true(event_values_user(&values, &t.text, &t.record));
    MUST_HAVE("ok");
    assert_int_equal(t.record.binary_size, 4);
    free(page);
}

static void more_strings_than_are_kept_do_no_harm(void **state)
{
    (void)state;
    static const unsigned char byte = 7;
    for (size_t i = 0; i < 23; i++) {
        t.user[i] = string_value(u"x");
    }
    t.user[23] = (struct event_value){.as.pointer = &byte, .count = 1, .type = EVENT_VALUE_BINARY};
    assert_true(read_user(24));
    assert_int_equal(t.record.string_count, EVENT_RECORD_STRINGS);
    assert_int_equal(t.record.binary_size, 1);
}

static void what_there_is_no_room_for_is_refused(void **state)
{
    (void)state;
    t.text.room = 3;
    t.user[0] = string_value(u"abc");
    assert_false(read_user(1));
    t.text = (struct event_text){t.memory, 4, 0};
    assert_true(read_user(1));
    t.text = (struct event_text){t.memory, 5, 0};
    assert_false(read_system());
}

static void values_that_are_no_event_are_refused(void **state)
{
    (void)state;
    struct event_values few = {t.system, sizeof t.system, EVENT_SYSTEM_COUNT - 1};
    struct event_values many = {t.system, sizeof t.system, EVENT_SYSTEM_COUNT + 1};
    assert_false(event_values_system(&few, &t.text, &t.record));
    assert_false(event_values_system(&many, &t.text, &t.record));
    assert_false(event_values_user(&many, &t.text, &t.record));
    t.system[EVENT_SYSTEM_EVENT_ID].type = EVENT_VALUE_STRING;
    assert_false(read_system());
}

static void a_sid_that_lies_about_its_length_is_none(void **state)
{
    (void)state;
    struct page {
        struct event_value values[EVENT_SYSTEM_COUNT];
        unsigned char sid[12];
    } page;
    memcpy(page.values, t.system, sizeof t.system);
    const unsigned char system_sid[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
    memcpy(page.sid, system_sid, sizeof system_sid);
    page.values[EVENT_SYSTEM_USER_ID] = (struct event_value){.as.pointer = page.sid,
                                                             .type = EVENT_VALUE_SID};
    struct event_values values = {&page, offsetof(struct page, sid) + 12, EVENT_SYSTEM_COUNT};
    assert_true(event_values_system(&values, &t.text, &t.record));
    assert_string_equal(t.record.user_sid, "S-1-5-18");
    page.sid[1] = 2; /* it claims one more than there is memory for */
    assert_true(event_values_system(&values, &t.text, &t.record));
    assert_string_equal(t.record.user_sid, "");
    page.sid[1] = 200;
    assert_true(event_values_system(&values, &t.text, &t.record));
    assert_string_equal(t.record.user_sid, "");
}

/* The memory is exactly as large as it says, so the address sanitizer finds a read of one byte too
 * many. */
static void any_values_are_read_within_their_memory(void **state)
{
    (void)state;
    static const uint32_t types[] = {0, 1, 2, 3, 7, 8, 10, 14, 17, 19, 21, 99, 129, 130, 136, 142};
    srand(4317);
    for (int round = 0; round < 20000; round++) {
        size_t count = (size_t)(rand() % 20), more = (size_t)(rand() % 64);
        size_t size = count * sizeof(struct event_value) + more;
        unsigned char *memory = malloc(size + 1);
        assert_non_null(memory);
        for (size_t i = 0; i < size; i++) {
            memory[i] = (unsigned char)(rand() % 4 == 0 ? 0 : rand());
        }
        for (size_t i = 0; i < count; i++) {
            struct event_value value = {.count = (uint32_t)(rand() % 70),
                                        .type = types[(size_t)rand() % COUNT(types)]};
            /* An array of strings would contain pointers, which we do not have. */
            bool points = value.type != 129 && value.type != 130 && size > 0;
            value.as.pointer = points ? memory + (size_t)rand() % size : NULL;
            memcpy(memory + i * sizeof value, &value, sizeof value);
        }
        struct event_values values = {memory, size, count};
        t.text.used = 0;
        t.text.room = (size_t)(rand() % (int)sizeof t.memory);
        event_values_system(&values, &t.text, &t.record);
        event_values_user(&values, &t.text, &t.record);
        for (size_t i = 0; i < t.record.string_count; i++) {
            assert_in_range(strlen(t.record.strings[i]), 0, sizeof t.memory);
        }
        free(memory);
        memset(&t.record, 0, sizeof t.record);
    }
}

int event_values_tests(void)
{
#define WITH(test) cmocka_unit_test_setup(test, begin)
    static const struct CMUnitTest tests[] = {
        WITH(a_record_says_who_wrote_it_when_and_in_which_form),
        WITH(the_old_form_has_neither_process_nor_version),
        WITH(data_are_the_values_in_front_of_the_first_binary_one),
        WITH(without_values_there_are_none),
        WITH(null_is_an_empty_string_in_its_place),
        WITH(an_array_is_taken_apart),
        WITH(numbers_are_their_digits_and_no_more_bits_than_they_have),
        WITH(text_becomes_utf_8_and_half_a_pair_is_no_character),
        WITH(a_text_that_does_not_end_ends_with_the_memory),
        WITH(more_strings_than_are_kept_do_no_harm),
        WITH(what_there_is_no_room_for_is_refused),
        WITH(values_that_are_no_event_are_refused),
        WITH(a_sid_that_lies_about_its_length_is_none),
        WITH(any_values_are_read_within_their_memory),
    };
    return cmocka_run_group_tests_name("event_values", tests, NULL, NULL);
}
