/* journal_test.c: the journal's ring: seqs without gaps, and every way to read a page of it. */
#include "unit.h"

#include "json_match.h"
#include "journal/journal.h"

#include <string.h>
#include <uv.h>

struct journal_fixture {
    struct journal *journal;
    unsigned changes;
    uint64_t seen; /* the last seq when `changed` was called */
};

static void changed(void *arg)
{
    struct journal_fixture *fixture = arg;
    fixture->changes++;
    fixture->seen = journal_info(fixture->journal)->last_seq;
}

static void open_book(struct journal_fixture *fixture, size_t held)
{
    struct journal_config config = {.held = held, .changed = changed, .arg = fixture};
    memset(fixture, 0, sizeof *fixture);
    assert_int_equal(journal_new(&fixture->journal, &config), 0);
}

/* Event n is at n * 1000 ms. */
static void append(struct journal_fixture *fixture, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t seq = journal_info(fixture->journal)->last_seq + 1;
        struct event event = {
            .at_ms = (int64_t)seq * 1000, .from = VERDICT_IDLE, .to = VERDICT_BUSY};
        journal_append(fixture->journal, &event);
    }
}

/* A copy of a page, because a page is valid only during `done`. */
struct page {
    struct journal_read read;
    unsigned answers;
    size_t count, bytes;
    uint64_t seqs[JOURNAL_READ_MOST];
    bool more;
};

static void on_page(struct journal_read *read)
{
    struct page *page = (struct page *)read;
    page->answers++;
    page->count = read->count;
    page->more = read->next != 0;
    page->bytes = 0;
    assert_int_equal(read->error, 0);
    for (size_t i = 0; i < read->count; i++) {
        const struct journal_entry *entry = &read->entries[i];
        char pattern[128];
        snprintf(pattern, sizeof pattern, "{'seq':%u,'kind':'transition','...':0}",
                 (unsigned)entry->seq);
        must(json_matches(entry->json, entry->size, pattern), "%.*s", (int)entry->size,
             entry->json);
        page->seqs[i] = entry->seq;
        page->bytes += entry->size;
    }
}

static const struct journal_read everything = {
    .wish = {.before = UINT64_MAX,
             .since_ms = INT64_MIN,
             .until_ms = INT64_MAX,
             .limit = JOURNAL_READ_MOST,
             .bytes = SIZE_MAX / 2},
    .done = on_page,
};

static struct page read_page(struct journal_fixture *fixture, const struct journal_read *read)
{
    struct page page = {.read = *read};
    journal_read_start(fixture->journal, &page.read);
    assert_int_equal(page.answers, 1);
    return page;
}

static void begins_empty_with_a_uuid_of_its_own(void **state)
{
    struct journal_fixture one, other;
    (void)state;
    open_book(&one, 4);
    open_book(&other, 4);
    const struct journal_info *info = journal_info(one.journal);
    char quoted[40];
    snprintf(quoted, sizeof quoted, "\"%s\"", info->id);
    assert_true(json_matches(quoted, strlen(quoted), "'$uuid'"));
    assert_string_not_equal(info->id, journal_info(other.journal)->id);
    assert_false(info->durable);
    assert_int_equal(info->first_seq, 1);
    assert_int_equal(info->last_seq, 0);
    struct page page = read_page(&one, &everything);
    assert_int_equal(page.count, 0);
    assert_false(page.more);
    journal_free(one.journal);
    journal_free(other.journal);
}

static void seqs_grow_by_one_and_the_oldest_go_when_it_is_full(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    open_book(&fixture, 4);
    const struct journal_info *info = journal_info(fixture.journal);
    for (unsigned i = 1; i <= 100; i++) {
        append(&fixture, 1);
        assert_int_equal(fixture.changes, i);
        assert_int_equal(fixture.seen, i); /* it could be read when `changed` was called */
        assert_int_equal(info->last_seq, i);
        assert_int_equal(info->first_seq, i <= 4 ? 1 : i - 3);
        struct page page = read_page(&fixture, &everything);
        assert_int_equal(page.count, i < 4 ? i : 4);
        for (size_t k = 0; k < page.count; k++) {
            assert_int_equal(page.seqs[k], info->first_seq + k);
        }
    }
    journal_free(fixture.journal);
}

static void on_last_event(struct journal_read *read)
{
    static const char pattern[] = "{'seq':2,'kind':'transition','at':'1970-01-01T00:00:00.001Z',"
                                  "'from':'busy','to':'unknown','reasons':[],'after_ms':5}";
    struct page *page = (struct page *)read;
    page->answers++;
    assert_int_equal(read->count, 1);
    must(json_matches(read->entries[0].json, read->entries[0].size, pattern), "%.*s",
         (int)read->entries[0].size, read->entries[0].json);
}

static void an_event_says_what_was_appended(void **state)
{
    struct journal_fixture fixture;
    struct event event = {.seq = 77, /* the journal assigns another one */
                          .at_ms = 1,
                          .from = VERDICT_BUSY,
                          .to = VERDICT_UNKNOWN,
                          .after_known = true,
                          .after_ms = 5};
    struct journal_read read = everything;
    (void)state;
    open_book(&fixture, 4);
    append(&fixture, 1);
    journal_append(fixture.journal, &event);
    read.wish.after = 1;
    read.done = on_last_event;
    for (int i = 0; i < 3; i++) { /* always the same, however often */
        read_page(&fixture, &read);
    }
    journal_free(fixture.journal);
}

/* ---- filters, against a model that tries each event ---- */

static bool fits(const struct journal_read *read, uint64_t seq)
{
    int64_t at = (int64_t)seq * 1000;
    bool by_seq = seq > read->wish.after && seq < read->wish.before;
    return by_seq && at >= read->wish.since_ms && at < read->wish.until_ms;
}

static void must_read_as_the_model(struct journal_fixture *fixture, const struct journal_read *read)
{
    const struct journal_info *info = journal_info(fixture->journal);
    struct page page = read_page(fixture, read);
    size_t found = 0;
    uint64_t held = info->last_seq - info->first_seq + 1;
    for (uint64_t i = 0; i < held; i++) {
        uint64_t seq = read->wish.descending ? info->last_seq - i : info->first_seq + i;
        if (!fits(read, seq)) {
            continue;
        }
        if (found < read->wish.limit) {
            must(found < page.count && page.seqs[found] == seq,
                 "after %u before %u since %d until %d limit %u %s: not %u",
                 (unsigned)read->wish.after, (unsigned)read->wish.before, (int)read->wish.since_ms,
                 (int)read->wish.until_ms, (unsigned)read->wish.limit,
                 read->wish.descending ? "desc" : "asc", (unsigned)seq);
        }
        found++;
    }
    assert_int_equal(page.count, found < read->wish.limit ? found : read->wish.limit);
    assert_int_equal(page.more, found > read->wish.limit);
}

static void every_filter_at_every_place_gives_what_it_says(void **state)
{
    static const size_t limits[] = {1, 2, 5, JOURNAL_READ_MOST};
    static const int64_t bounds[] = {0, 1, 6999, 7000, 7001, 9000, 12000, 12001};
    struct journal_fixture fixture;
    (void)state;
    open_book(&fixture, 6);
    append(&fixture, 12); /* kept: 7 to 12, and slot 0 is in the middle */
    for (uint64_t after = 0; after <= 14; after++) {
        for (uint64_t before = 0; before <= 14; before++) {
            for (size_t i = 0; i < COUNT(limits) * 2; i++) {
                struct journal_read read = everything;
                read.wish.after = after;
                read.wish.before = before;
                read.wish.limit = limits[i / 2];
                read.wish.descending = i % 2 != 0;
                must_read_as_the_model(&fixture, &read);
            }
        }
    }
    for (size_t i = 0; i < COUNT(bounds); i++) {
        for (size_t k = 0; k < COUNT(bounds); k++) {
            for (size_t m = 0; m < COUNT(limits) * 4; m++) {
                struct journal_read read = everything;
                read.wish.since_ms = bounds[i];
                read.wish.until_ms = bounds[k];
                read.wish.after = m / 2 % 2 * 8;
                read.wish.limit = limits[m / 4];
                read.wish.descending = m % 2 != 0;
                must_read_as_the_model(&fixture, &read);
            }
        }
    }
    journal_free(fixture.journal);
}

static void the_ends_of_the_numbers_are_places_like_any_other(void **state)
{
    static const uint64_t seqs[] = {0, 1, 6, 7, 12, 13, UINT64_MAX - 1, UINT64_MAX};
    struct journal_fixture fixture;
    (void)state;
    open_book(&fixture, 6);
    append(&fixture, 12);
    for (size_t i = 0; i < COUNT(seqs); i++) {
        for (size_t k = 0; k < COUNT(seqs) * 2; k++) {
            struct journal_read read = everything;
            read.wish.after = seqs[i];
            read.wish.before = seqs[k / 2];
            read.wish.descending = k % 2 != 0;
            must_read_as_the_model(&fixture, &read);
        }
    }
    journal_free(fixture.journal);
}

static void pages_that_follow_each_other_leave_nothing_out(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    open_book(&fixture, 1000);
    append(&fixture, 1700);
    for (int descending = 0; descending < 2; descending++) {
        struct journal_read read = everything;
        uint64_t expected = descending ? 1700 : 701;
        read.wish.descending = descending != 0;
        for (bool more = true; more;) {
            struct page page = read_page(&fixture, &read);
            assert_int_equal(page.count, page.more ? JOURNAL_READ_MOST : 1000 % 256);
            for (size_t i = 0; i < page.count; i++) {
                assert_int_equal(page.seqs[i], expected);
                expected += descending ? UINT64_MAX : 1;
            }
            read.wish.after = descending ? 0 : expected - 1;
            read.wish.before = descending ? expected + 1 : UINT64_MAX;
            more = page.more;
        }
        assert_int_equal(expected, descending ? 700 : 1701);
    }
    journal_free(fixture.journal);
}

/* Events 1 to 10,000 are kept, and each page searches 4,096 of them. */
static void a_filter_that_matches_little_costs_bounded_pages(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    open_book(&fixture, 20000);
    append(&fixture, 10000);
    for (int descending = 0; descending < 2; descending++) {
        static const uint64_t ends[2][3] = {{4096, 8192, 0}, {5905, 1809, 0}};
        struct journal_read read = everything;
        read.wish.since_ms = 9000 * INT64_C(1000);
        read.wish.until_ms = 9002 * INT64_C(1000);
        read.wish.descending = descending != 0;
        for (size_t i = 0; i < COUNT(ends[0]); i++) {
            struct page page = read_page(&fixture, &read);
            bool has = i == (descending ? 0 : 2);
            assert_int_equal(page.count, has ? 2 : 0);
            assert_int_equal(page.read.next, ends[descending][i]);
            assert_true(!has || page.seqs[descending] == 9000);
            *(descending ? &read.wish.before : &read.wish.after) = page.read.next;
        }
    }
    journal_free(fixture.journal);
}

static void a_page_stops_before_its_bytes_but_has_one_event_at_least(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    open_book(&fixture, 16);
    append(&fixture, 9); /* all of the same size, because their seqs have one digit, and so on */
    struct journal_read read = everything;
    struct page all = read_page(&fixture, &read);
    size_t one = all.bytes / 9;
    assert_true(one > 0);
    assert_int_equal(all.bytes, one * 9);
    for (size_t bytes = 0; bytes <= all.bytes + 1; bytes++) {
        read.wish.bytes = bytes;
        struct page page = read_page(&fixture, &read);
        size_t expected = bytes < one ? 1 : bytes / (one > 0 ? one : 1);
        assert_int_equal(page.count, expected);
        assert_int_equal(page.more, expected < 9);
    }
    journal_free(fixture.journal);
}

static void a_read_that_was_cancelled_may_be_let_go(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    open_book(&fixture, 4);
    append(&fixture, 1);
    struct page page = read_page(&fixture, &everything);
    journal_read_cancel(fixture.journal, &page.read); /* even after it was answered */
    assert_int_equal(page.answers, 1);
    journal_free(fixture.journal);
    journal_free(NULL);
}

int journal_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_empty_with_a_uuid_of_its_own),
        cmocka_unit_test(seqs_grow_by_one_and_the_oldest_go_when_it_is_full),
        cmocka_unit_test(an_event_says_what_was_appended),
        cmocka_unit_test(every_filter_at_every_place_gives_what_it_says),
        cmocka_unit_test(the_ends_of_the_numbers_are_places_like_any_other),
        cmocka_unit_test(pages_that_follow_each_other_leave_nothing_out),
        cmocka_unit_test(a_filter_that_matches_little_costs_bounded_pages),
        cmocka_unit_test(a_page_stops_before_its_bytes_but_has_one_event_at_least),
        cmocka_unit_test(a_read_that_was_cancelled_may_be_let_go),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
