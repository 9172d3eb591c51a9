/* damage_test.c: a history.db that was damaged, cut off, planted or made by others: never a crash,
 * never a silent loss: it is set aside, or every event in it is reported as it was.
 *
 * MSIWATCH_FLIPS is how many bit flips are tried of each kind (120).
 */
#include "journal_fixture.h"

#include "disk.h"
#include "files/secure_files.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32 /* under Wine each takes its time */
enum { EVENTS = 120 };
#define FLIPS 6u
#else
enum { EVENTS = 200 };
#define FLIPS 120u
#endif

/* ---- a folder as a service left it, to be damaged again and again ---- */

struct image {
    unsigned char *database, *log; /* history.db and its -wal */
    size_t database_size, log_size;
    char *json; /* what it told */
    size_t size;
    char id[37];
};

static void load_image(struct journal_fixture *fixture, struct image *image)
{
    char path[1024];
    fixture_path(fixture, "history.db", path);
    image->database = fixture_load(path, &image->database_size);
    fixture_path(fixture, "history.db-wal", path);
    image->log = fixture_load(path, &image->log_size);
}

static void save_image(struct journal_fixture *fixture, const struct image *image)
{
    char path[1024];
    fixture_path(fixture, "history.db", path);
    fixture_save(path, image->database, image->database_size);
    if (image->log != NULL) {
        fixture_path(fixture, "history.db-wal", path);
        fixture_save(path, image->log, image->log_size);
    }
}

static void read_all(struct journal_fixture *fixture, struct fixture_page *page)
{
    struct journal_read all = fixture_everything();
    all.wish.before = EVENTS + 1;
    memset(page, 0, sizeof *page);
    page->keeps = true;
    fixture_read(fixture, page, &all);
}

/* `killed`: as it is while the service runs, with events in the log; else as after a stop. */
static void make_image(struct image *image, bool killed)
{
    struct journal_fixture fixture;
    struct fixture_page page;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, EVENTS);
    fixture.held = 1;
    memcpy(image->id, journal_info(fixture.journal)->id, sizeof image->id);
    if (killed) {
        load_image(&fixture, image);
    }
    fixture_close(&fixture);
    if (!killed) {
        load_image(&fixture, image);
    }
    fixture_open(&fixture);
    read_all(&fixture, &page);
    assert_int_equal(page.count, EVENTS);
    image->json = page.json;
    image->size = page.size;
    fixture_close(&fixture);
    fixture_end(&fixture);
}

static void free_image(struct image *image)
{
    free(image->database);
    free(image->log);
    free(image->json);
}

/* ---- what may become of it ---- */

enum fate { KEPT, SET_ASIDE, NOTICED_LATER };

/* Opens an image that was changed; the journal must tell all that it told before, or be another. */
static enum fate open_changed(const struct image *image)
{
    struct journal_fixture fixture;
    struct fixture_page page;
    enum fate fate = SET_ASIDE;
    fixture_begin(&fixture);
    save_image(&fixture, image);
    fixture_open(&fixture);
    fixture_wait(&fixture, fixture_is_durable);
    if (strcmp(journal_info(fixture.journal)->id, image->id) == 0) {
        read_all(&fixture, &page);
        if (page.error == 0) {
            /* One of its last events may be an end of watch that was never told. */
            must(page.json != NULL && image->json != NULL && page.size >= image->size &&
                     memcmp(page.json, image->json, image->size) == 0,
                 "it is said to be whole, and tells something else (%u events)",
                 (unsigned)page.count);
            fate = KEPT;
        } else {
            fixture_wait(&fixture, fixture_is_durable);
            assert_string_not_equal(journal_info(fixture.journal)->id, image->id);
            fate = NOTICED_LATER;
        }
        free(page.json);
    }
    if (fate != KEPT) {
        assert_true(journal_info(fixture.journal)->quarantined.count >= 1);
        assert_int_equal(journal_info(fixture.journal)->put.count, 1);
        assert_int_equal(fixture_count(&fixture, "history.db.", ".damaged"), 1);
    }
    fixture_append_slowly(&fixture, 3); /* and it goes on */
    assert_true(fixture_is_durable(&fixture));
    fixture_close(&fixture);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
    return fate;
}

static void flip_bits(bool killed, bool in_log)
{
    struct image image = {0};
    unsigned flips = fixture_setting("MSIWATCH_FLIPS", FLIPS), fates[3] = {0};
    make_image(&image, killed);
    unsigned char *data = in_log ? image.log : image.database;
    size_t size = in_log ? image.log_size : image.database_size;
    assert_non_null(data);
    fixture_seed(fixture_setting("MSIWATCH_SEED", 11));
    for (unsigned i = 0; i < flips; i++) {
        size_t at = fixture_random((unsigned)size);
        unsigned char bit = (unsigned char)(1u << fixture_random(8));
        data[at] ^= bit;
        fates[open_changed(&image)]++;
        data[at] ^= bit;
    }
    print_message("%u flips in %u bytes: harmless %u, found at the start %u, found by reading %u\n",
                  flips, (unsigned)size, fates[KEPT], fates[SET_ASIDE], fates[NOTICED_LATER]);
    free_image(&image);
}

static void a_bit_that_flips_in_the_database_is_never_a_silent_loss(void **state)
{
    (void)state;
    flip_bits(false, false);
}

/* An event that is asked for by its time is there, or its damage is found. */
static void must_be_there_at_its_time(const struct image *image, unsigned number)
{
    struct journal_fixture fixture;
    struct fixture_page page = {0};
    struct journal_read read = fixture_everything();
    read.wish.since_ms = FIXTURE_AT_MS + number * INT64_C(1000);
    read.wish.until_ms = read.wish.since_ms + 1;
    fixture_begin(&fixture);
    fixture.held = 1;
    save_image(&fixture, image);
    fixture_open(&fixture);
    fixture_wait(&fixture, fixture_is_durable);
    if (strcmp(journal_info(fixture.journal)->id, image->id) == 0) {
        fixture_read(&fixture, &page, &read);
        must(page.error != 0 || (page.count == 1 && page.numbers[0] == number),
             "event %u is not there, and nothing says so", number);
        fixture_wait(&fixture, fixture_is_durable);
    }
    fixture_close(&fixture);
    fixture_end(&fixture);
}

/* Wherever the file has the time of an event: in its columns, in its JSON, in the index. */
static void a_time_that_a_disk_changed_is_no_silent_loss_either(void **state)
{
    enum { NUMBER = 100 };
    struct image image = {0};
    char at[MSIWATCH_TIME_CHARS + 1];
    unsigned places = 0;
    (void)state;
    make_image(&image, false);
    time_format(FIXTURE_AT_MS + NUMBER * INT64_C(1000), at);
    for (size_t i = 0; i + MSIWATCH_TIME_CHARS <= image.database_size; i++) {
        if (memcmp(image.database + i, at, MSIWATCH_TIME_CHARS) != 0) {
            continue;
        }
        places++;
        for (unsigned bit = 0; bit < 8; bit++) {
            image.database[i + 3] ^= (unsigned char)(1u << bit);
            must_be_there_at_its_time(&image, NUMBER);
            image.database[i + 3] ^= (unsigned char)(1u << bit);
        }
    }
    assert_true(places >= 5);
    free_image(&image);
}

static void a_bit_that_flips_in_the_database_of_a_killed_service(void **state)
{
    (void)state;
    flip_bits(true, false);
}

/* Where the last two transactions in the log begin. https://sqlite.org/fileformat2.html: frames of
 * 24 bytes and a page each; bytes 4 to 7 of the last of a transaction are not all zero. */
static size_t last_two_begin(const struct image *image)
{
    enum { HEADER = 32, FRAME = 24 + 4096 };
    size_t ends[3] = {0}, count = 0;
    for (size_t at = HEADER; at + FRAME <= image->log_size; at += FRAME) {
        if (memcmp(image->log + at + 8, image->log + 16, 8) == 0 && /* not of an older log */
            memcmp(image->log + at + 4, "\0\0\0", 4) != 0) {
            ends[count++ % 3] = at + FRAME;
        }
    }
    assert_true(count > 100);
    assert_true(ends[(count - 1) % 3] == image->log_size); /* the last is whole */
    return ends[count % 3];
}

/* Whatever is lost of the log, no number is given twice: it is another journal then. What cannot be
 * told from a power cut is a break in the last transaction but one, or in the last. */
static void a_bit_that_flips_in_the_log_is_found(void **state)
{
    struct image image = {0};
    unsigned flips = fixture_setting("MSIWATCH_FLIPS", FLIPS);
    (void)state;
    make_image(&image, true);
    fixture_seed(fixture_setting("MSIWATCH_SEED", 12));
    size_t size = last_two_begin(&image);
    for (unsigned i = 0; i < flips; i++) {
        /* Some where it is closest: in the last transaction that counts. */
        size_t at = i % 4 == 0 ? size - 1 - fixture_random(8000) : fixture_random((unsigned)size);
        unsigned char bit = (unsigned char)(1u << fixture_random(8));
        image.log[at] ^= bit;
        must(open_changed(&image) == SET_ASIDE, "bits %x at %u of %u: it was used", bit,
             (unsigned)at, (unsigned)size);
        image.log[at] ^= bit;
    }
    print_message("%u flips in %u of %u bytes, all found\n", flips, (unsigned)size,
                  (unsigned)image.log_size);
    free_image(&image);
}

/* Opens an image whose end was changed: it tells a beginning of what it told before. Gives how many
 * events are lost. */
static unsigned open_changed_at_its_end(const struct image *image)
{
    struct journal_fixture fixture;
    struct fixture_page page;
    unsigned lost = 0;
    fixture_begin(&fixture);
    save_image(&fixture, image);
    fixture_open(&fixture);
    must(fixture_is_durable(&fixture), "%s", journal_info(fixture.journal)->problem);
    if (strcmp(journal_info(fixture.journal)->id, image->id) == 0) {
        read_all(&fixture, &page);
        assert_int_equal(page.error, 0);
        size_t kept = page.count;
        while (kept > 0 && page.numbers[kept - 1] == 0) {
            kept--; /* the end of the watch */
        }
        assert_true(page.count - kept <= 1);
        size_t size = 0;
        for (size_t i = 0; i < kept; i++) {
            assert_int_equal(page.numbers[i], i + 1);
            size += (size_t)((char *)memchr(page.json + size, '\n', page.size - size) + 1 -
                             (page.json + size));
        }
        assert_true(size <= image->size && memcmp(page.json, image->json, size) == 0);
        lost = (unsigned)(EVENTS - kept);
        free(page.json);
    }
    fixture_append_slowly(&fixture, 3);
    assert_true(fixture_is_durable(&fixture));
    fixture_close(&fixture);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
    return lost;
}

static void a_bit_that_flips_at_the_end_of_the_log_costs_two_events_at_most(void **state)
{
    struct image image = {0};
    unsigned flips = fixture_setting("MSIWATCH_FLIPS", FLIPS), fates[3] = {0};
    (void)state;
    make_image(&image, true);
    fixture_seed(fixture_setting("MSIWATCH_SEED", 13));
    size_t begin = last_two_begin(&image);
    for (unsigned i = 0; i < flips; i++) {
        size_t at = begin + fixture_random((unsigned)(image.log_size - begin));
        unsigned char bit = (unsigned char)(1u << fixture_random(8));
        image.log[at] ^= bit;
        unsigned lost = open_changed_at_its_end(&image);
        must(lost <= 2, "%u events are lost", lost);
        fates[lost]++;
        image.log[at] ^= bit;
    }
    print_message("%u flips in %u bytes: %u lost nothing or were found, %u one event, %u two\n",
                  flips, (unsigned)(image.log_size - begin), fates[0], fates[1], fates[2]);
    free_image(&image);
}

static void must_be_set_aside(const struct image *image)
{
    assert_int_equal(open_changed(image), SET_ASIDE);
}

static void a_database_that_is_cut_off_is_set_aside(void **state)
{
    struct image image = {0};
    (void)state;
    make_image(&image, false);
    size_t whole = image.database_size;
    for (size_t left = 0; left < whole; left += left < 200 ? 33 : 4001) {
        image.database_size = left;
        must_be_set_aside(&image);
    }
    image.database_size = whole;
    free_image(&image);
}

static void a_database_of_zeros_is_set_aside(void **state)
{
    struct image image = {0};
    (void)state;
    make_image(&image, false);
    memset(image.database, 0, image.database_size);
    must_be_set_aside(&image);
    free_image(&image);
}

static void a_database_with_a_page_of_zeros_is_set_aside(void **state)
{
    struct image image = {0};
    unsigned char page[4096];
    (void)state;
    make_image(&image, false);
    for (size_t at = 0; at < image.database_size; at += sizeof page) {
        memcpy(page, image.database + at, sizeof page);
        memset(image.database + at, 0, sizeof page);
        must_be_set_aside(&image);
        memcpy(image.database + at, page, sizeof page);
    }
    free_image(&image);
}

static void another_kind_of_file_is_set_aside(void **state)
{
    static const unsigned char text[] = "Dear diary,\n";
    struct image image = {.database = malloc(sizeof text), .database_size = sizeof text};
    (void)state;
    assert_non_null(image.database);
    memcpy(image.database, text, sizeof text);
    must_be_set_aside(&image);
    free_image(&image);
}

/* Changes a sound one by SQL, and then it is what must_be_set_aside says. */
static void change_and_expect(const char *sql, enum fate expected)
{
    struct image image = {0};
    struct journal_fixture fixture;
    char path[1024];
    sqlite3 *sqlite;
    make_image(&image, false);
    fixture_begin(&fixture);
    save_image(&fixture, &image);
    fixture_path(&fixture, "history.db", path);
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    must(sqlite3_exec(sqlite, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
         sqlite3_errmsg(sqlite));
    sqlite3_close(sqlite);
    free(image.database);
    free(image.log);
    load_image(&fixture, &image);
    fixture_end(&fixture);
    enum fate fate = open_changed(&image);
    must(fate == expected, "%s: %d", sql, fate);
    free_image(&image);
}

static void a_file_of_a_newer_version_is_set_aside(void **state)
{
    (void)state;
    change_and_expect("PRAGMA user_version = 999", SET_ASIDE);
}

static void a_file_of_another_program_is_set_aside(void **state)
{
    (void)state;
    change_and_expect("PRAGMA application_id = 12345", SET_ASIDE);
    change_and_expect("PRAGMA user_version = 0", SET_ASIDE);
    change_and_expect("DROP TABLE events; CREATE TABLE events (name TEXT)", SET_ASIDE);
    change_and_expect("DROP TABLE journal", SET_ASIDE);
    change_and_expect("DELETE FROM journal WHERE name = 'id'", SET_ASIDE);
}

static void numbers_whose_events_were_removed_are_not_given_again(void **state)
{
    (void)state;
    change_and_expect("UPDATE journal SET value = '200' WHERE name = 'heartbeat_seq';"
                      "DELETE FROM events WHERE seq > 100",
                      SET_ASIDE);
}

static void what_an_administrator_adds_does_no_harm(void **state)
{
    (void)state;
    change_and_expect("CREATE TABLE notes (text)", KEPT);
    change_and_expect("CREATE VIEW busy AS SELECT * FROM events WHERE to_state = 'busy'", KEPT);
    change_and_expect("CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END",
                      KEPT);
    change_and_expect("PRAGMA journal_mode = DELETE", KEPT);
    change_and_expect("VACUUM", KEPT);
}

static void a_log_without_its_database_is_set_aside(void **state)
{
    struct image image = {0};
    struct journal_fixture fixture;
    char path[1024];
    (void)state;
    make_image(&image, true);
    fixture_begin(&fixture);
    save_image(&fixture, &image);
    fixture_path(&fixture, "history.db", path);
    assert_int_equal(files_remove(path), 0);
    fixture_open(&fixture);
    assert_true(fixture_is_durable(&fixture));
    assert_int_equal(fixture_count(&fixture, "history.db.", ".damaged-wal"), 1);
    assert_string_not_equal(journal_info(fixture.journal)->id, image.id);
    fixture_close(&fixture);
    fixture_end(&fixture);
    free_image(&image);
}

static void what_is_set_aside_is_kept_as_it_was(void **state)
{
    struct image image = {0};
    struct journal_fixture fixture;
    char path[1024];
    size_t size;
    (void)state;
    make_image(&image, true);
    image.log[5000] ^= 1;
    fixture_begin(&fixture);
    save_image(&fixture, &image);
    fixture_open(&fixture);
    assert_int_equal(journal_info(fixture.journal)->quarantined.count, 1);
    fixture_path(&fixture, journal_info(fixture.journal)->quarantined.names[0], path);
    unsigned char *data = fixture_load(path, &size);
    assert_int_equal(size, image.database_size);
    assert_memory_equal(data, image.database, size);
    free(data);
    snprintf(path + strlen(path), sizeof path - strlen(path), "-wal");
    data = fixture_load(path, &size);
    assert_int_equal(size, image.log_size);
    assert_memory_equal(data, image.log, size);
    free(data);
    fixture_close(&fixture);
    fixture_end(&fixture);
    free_image(&image);
}

static void only_so_many_are_set_aside(void **state)
{
    struct journal_fixture fixture;
    char path[1024];
    (void)state;
    fixture_begin(&fixture);
    fixture_path(&fixture, "history.db", path);
    for (unsigned i = 0; i < QUARANTINE_MOST; i++) {
        fixture_save(path, (const unsigned char *)"no", 2);
        fixture_open(&fixture);
        assert_true(fixture_is_durable(&fixture));
        assert_int_equal(journal_info(fixture.journal)->quarantined.count, i + 1);
        assert_int_equal(journal_info(fixture.journal)->put.count, 1);
        assert_true(fixture_exists(&fixture, journal_info(fixture.journal)->put.names[0]));
        fixture_close(&fixture);
    }
    fixture_save(path, (const unsigned char *)"no", 2);
    fixture_open(&fixture);
    assert_false(fixture_is_durable(&fixture));
    assert_int_equal(journal_info(fixture.journal)->quarantined.count, QUARANTINE_MOST);
    assert_int_equal(journal_info(fixture.journal)->put.count, 0);
    assert_int_equal(fixture_count(&fixture, "history.db.", ".damaged"), QUARANTINE_MOST);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bit_that_flips_in_the_database_is_never_a_silent_loss),
        cmocka_unit_test(a_time_that_a_disk_changed_is_no_silent_loss_either),
        cmocka_unit_test(a_bit_that_flips_in_the_database_of_a_killed_service),
        cmocka_unit_test(a_bit_that_flips_in_the_log_is_found),
        cmocka_unit_test(a_bit_that_flips_at_the_end_of_the_log_costs_two_events_at_most),
        cmocka_unit_test(a_database_that_is_cut_off_is_set_aside),
        cmocka_unit_test(a_database_of_zeros_is_set_aside),
        cmocka_unit_test(a_database_with_a_page_of_zeros_is_set_aside),
        cmocka_unit_test(another_kind_of_file_is_set_aside),
        cmocka_unit_test(a_file_of_a_newer_version_is_set_aside),
        cmocka_unit_test(a_file_of_another_program_is_set_aside),
        cmocka_unit_test(numbers_whose_events_were_removed_are_not_given_again),
        cmocka_unit_test(what_an_administrator_adds_does_no_harm),
        cmocka_unit_test(a_log_without_its_database_is_set_aside),
        cmocka_unit_test(what_is_set_aside_is_kept_as_it_was),
        cmocka_unit_test(only_so_many_are_set_aside),
    };
    assert_int_equal(disk_register(), 0);
    return cmocka_run_group_tests_name("record.damage", tests, NULL, NULL);
}
