/* log_position_test.c: how far the event log has been read, and what is still needed, as a text of
 * bounded length that never causes a record to be reported twice. */
#include "unit.h"

#include "observe/log_position.h"

#include <stdlib.h>
#include <string.h>

static void must_be(const struct log_position *position, const char *wanted)
{
    char text[LOG_POSITION_BYTES];
    log_position_format(position, text);
    assert_string_equal(text, wanted);
}

static void the_oldest_that_is_needed_is_where_it_goes_on(void **state)
{
    (void)state;
    struct log_position position = {0};
    must_be(&position, "");
    log_position_begin(&position, 10);
    must_be(&position, "Application 10");
    assert_true(log_position_take(&position, 12));
    must_be(&position, "Application 12"); /* 10 and 11 are records of other programs */
    assert_true(log_position_take(&position, 13));
    assert_true(log_position_take(&position, 20));
    log_position_report(&position, 13);
    must_be(&position, "Application 12 13");
    log_position_report(&position, 12);
    must_be(&position, "Application 20");
    log_position_report(&position, 20);
    must_be(&position, "Application 21");
    log_position_see(&position, 100);
    must_be(&position, "Application 101");
    log_position_report(&position, 500); /* of another position */
    must_be(&position, "Application 101");
}

static void what_was_taken_or_reported_is_not_taken_again(void **state)
{
    (void)state;
    struct log_position position = {0};
    log_position_begin(&position, 10);
    assert_true(log_position_take(&position, 10));
    assert_false(log_position_take(&position, 10));
    assert_true(log_position_take(&position, 11));
    log_position_report(&position, 11);
    assert_false(log_position_take(&position, 11));
    log_position_report(&position, 10);
    assert_false(log_position_take(&position, 10));
    assert_false(log_position_take(&position, 9));
    assert_true(log_position_take(&position, 12));
}

static void a_position_that_was_stored_goes_on_where_it_was(void **state)
{
    (void)state;
    struct log_position position = {0};
    assert_true(log_position_parse(&position, "Application 10 11-12 15"));
    must_be(&position, "Application 10 11-12 15");
    assert_true(log_position_take(&position, 10));
    assert_false(log_position_take(&position, 11));
    assert_false(log_position_take(&position, 12));
    assert_true(log_position_take(&position, 14));
    must_be(&position, "Application 10 11-12 15");
    log_position_report(&position, 10);
    must_be(&position, "Application 14 15");
    log_position_report(&position, 14);
    must_be(&position, "Application 16");
    assert_false(log_position_take(&position, 15));
}

static void another_text_is_no_position(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "Application",
        "Application ",
        "Application x",
        "Application 0",
        "System 10",
        "Application 10 ",
        "Application 10 9",
        "Application 10 12 11",
        "Application 10 12-",
        "Application 10 12-11",
        "Application 10 11-400",
        "Application 10 11 11",
        "Application 10x",
        "Application 10  11",
        "Application 99999999999999999999",
        "application 10",
        "Application 10 11-18446744073709551615",
        "Application -1",
    };
    struct log_position position = {0};
    assert_true(log_position_parse(&position, "Application 7"));
    for (size_t i = 0; i < COUNT(texts); i++) {
        must(!log_position_parse(&position, texts[i]), "'%s' was taken", texts[i]);
        must_be(&position, "Application 7");
    }
}

static void more_than_there_is_room_for_gives_up_the_oldest(void **state)
{
    (void)state;
    struct log_position position = {0};
    log_position_begin(&position, 1);
    for (uint64_t id = 1; id <= LOG_POSITION_HELD + 5; id++) {
        assert_true(log_position_take(&position, id));
    }
    must_be(&position, "Application 6");
    assert_false(log_position_take(&position, 3));
    /* Every second one was reported: far more pieces than the text has room for. */
    for (uint64_t id = 7; id <= LOG_POSITION_HELD + 5; id += 2) {
        log_position_report(&position, id);
    }
    char text[LOG_POSITION_BYTES];
    struct log_position stored = {0};
    log_position_format(&position, text);
    assert_true(log_position_parse(&stored, text));
    unsigned kept = 0;
    for (uint64_t id = 1; id <= LOG_POSITION_HELD + 5; id++) {
        bool again = log_position_take(&stored, id);
        must(!again || (id % 2 == 0 && id >= 6), "%u would be reported twice", (unsigned)id);
        kept += again ? 1 : 0;
    }
    assert_in_range(kept, 50, LOG_POSITION_HELD / 2); /* the latest of those that are needed */
}

/* In any order of taking and reporting, with the text stored and read at any moment: everything
 * below its number, or named in it, was reported or given up; everything else is taken again. */
static void any_order_ends_with_all_reported_once(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 300; seed++) {
        enum { RECORDS = 120 };
        bool reported[RECORDS + 1] = {false}, taken[RECORDS + 1] = {false};
        struct log_position position = {0};
        char text[LOG_POSITION_BYTES];
        uint64_t next = 1;
        srand(seed);
        log_position_begin(&position, 1);
        for (unsigned step = 0; step < 2000; step++) {
            int dice = rand() % 10;
            uint64_t id = (uint64_t)(rand() % RECORDS) + 1;
            if (dice < 5 && next <= RECORDS) {
                bool is_new = log_position_take(&position, next);
                must(is_new == (!reported[next] && !taken[next]), "seed %u: record %u", seed,
                     (unsigned)next);
                taken[next] = true;
                next++;
            } else if (dice < 9 && taken[id]) {
                log_position_report(&position, id);
                reported[id] = true;
            } else if (dice == 9 && rand() % 4 == 0) {
                struct log_position stored = {0};
                log_position_format(&position, text);
                assert_true(log_position_parse(&stored, text));
                position = stored;
                next = position.next;
                memcpy(taken, reported, sizeof taken);
            }
        }
        for (; next <= RECORDS; next++) {
            log_position_take(&position, next);
        }
        for (uint64_t id = 1; id <= RECORDS; id++) {
            log_position_report(&position, id);
        }
        must_be(&position, "Application 121");
    }
}

int log_position_tests(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_that_is_needed_is_where_it_goes_on),
        cmocka_unit_test(what_was_taken_or_reported_is_not_taken_again),
        cmocka_unit_test(a_position_that_was_stored_goes_on_where_it_was),
        cmocka_unit_test(another_text_is_no_position),
        cmocka_unit_test(more_than_there_is_room_for_gives_up_the_oldest),
        cmocka_unit_test(any_order_ends_with_all_reported_once),
    };
    return cmocka_run_group_tests_name("log_position", tests, NULL, NULL);
}
