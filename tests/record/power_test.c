/* power_test.c: the power goes at any moment. What a disk may then hold is played from a record of
 * what was written and synced: up to every moment, with what was not synced dropped, kept, or kept
 * in part. Each opens to a journal that holds, to the byte, every event that was published by then,
 * and behind them that nobody watched any more.
 *
 * MSIWATCH_CUTS is about how many moments are tried (600); 0 for all.
 */
#include "journal_fixture.h"

#include "disk.h"
#include "common/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 80, FILES = 2 };

#ifdef _WIN32
#define CUTS 60u /* under Wine each takes its time */
#else
#define CUTS 600u
#endif

static const char *const names[FILES] = {"history.db", "history.db-wal"};

/* ---- the record ---- */

struct deed {
    enum disk_act act;
    bool published; /* not a deed: `size` events are published from here on */
    int file;       /* of names */
    uint64_t at;
    unsigned char *data;
    size_t size;
};

static struct {
    struct deed *deeds;
    size_t count, room;
} record;

static uv_mutex_t lock; /* guards it: the writer's thread and the loop's add to it */

static void add(struct deed deed)
{
    uv_mutex_lock(&lock);
    if (record.count == record.room) {
        record.room = record.room * 2 + 64;
        record.deeds = realloc(record.deeds, record.room * sizeof *record.deeds);
        assert_non_null(record.deeds);
    }
    record.deeds[record.count++] = deed;
    uv_mutex_unlock(&lock);
}

static void note(void *arg, const struct disk_deed *deed)
{
    (void)arg;
    for (int i = 0; i < FILES; i++) {
        if (strcmp(deed->name, names[i]) == 0) {
            struct deed own = {.act = deed->act, .file = i, .at = deed->at, .size = deed->size};
            if (deed->size > 0) {
                own.data = malloc(deed->size);
                assert_non_null(own.data);
                memcpy(own.data, deed->data, deed->size);
            }
            add(own);
        }
    }
}

/* ---- files as a disk holds them ---- */

struct file {
    unsigned char *data;
    size_t size, room;
    bool exists;
};

static void write_to(struct file *file, const struct deed *deed)
{
    size_t end = (size_t)deed->at + deed->size;
    if (end > file->room) {
        file->data = realloc(file->data, end * 2);
        assert_non_null(file->data);
        file->room = end * 2;
    }
    if (end > file->size) {
        memset(file->data + file->size, 0, end - file->size);
        file->size = end;
    }
    memcpy(file->data + deed->at, deed->data, deed->size);
}

static void apply(struct file *file, const struct deed *deed)
{
    switch (deed->act) {
    case DISK_WRITE:
        write_to(file, deed);
        break;
    case DISK_TRUNCATE:
        if (file->size > deed->at) {
            file->size = (size_t)deed->at;
        }
        break;
    case DISK_CREATE:
        file->exists = true;
        break;
    case DISK_DELETE:
        file->exists = false;
        file->size = 0;
        break;
    case DISK_SYNC:
        break;
    }
}

static void copy_file(struct file *to, const struct file *from)
{
    *to = *from;
    to->data = malloc(from->size + 1);
    assert_non_null(to->data);
    memcpy(to->data, from->size > 0 ? from->data : (const unsigned char *)"", from->size);
    to->room = from->size;
}

/* ---- what was published, and what a cut leaves of it ---- */

static struct fixture_page told; /* all that was published, in the end */

static size_t length_of(size_t events)
{
    const char *end = told.json;
    for (size_t i = 0; i < events; i++) {
        const char *line = memchr(end, '\n', told.size - (size_t)(end - told.json));
        assert_non_null(line);
        end = line + 1;
    }
    return (size_t)(end - told.json);
}

/* Nobody watched from the last event on, and that is said behind it. How long its state had lasted
 * is not known: it began in another process. */
static void must_end_unknown(struct journal_fixture *fixture, const char *how, size_t moment)
{
    struct fixture_page page = {.keeps = true};
    struct journal_read last = fixture_everything();
    char time[MSIWATCH_TIME_CHARS + 1], expected[256];
    last.wish.descending = true;
    last.wish.limit = 2;
    fixture_read(fixture, &page, &last);
    must(page.error == 0 && page.count == 2, "%s at %u: the end cannot be read", how,
         (unsigned)moment);
    time_format(FIXTURE_AT_MS + (int64_t)page.numbers[1] * 1000, time);
    int size = snprintf(expected, sizeof expected,
                        "{\"seq\":%" PRIu64 ",\"kind\":\"transition\",\"at\":\"%s\",\"from\":"
                        "\"%s\",\"to\":\"unknown\",\"reasons\":[],\"after_ms\":null}\n",
                        page.seqs[1] + 1, time, page.numbers[1] % 2 != 0 ? "busy" : "idle");
    must(page.size > (size_t)size && memcmp(page.json, expected, (size_t)size) == 0,
         "%s at %u: the end is\n%.*sand not\n%s", how, (unsigned)moment, (int)page.size, page.json,
         expected);
    free(page.json);
}

static void must_hold(const struct file files[FILES], size_t published, const char *how,
                      size_t moment)
{
    struct journal_fixture fixture;
    struct fixture_page page = {.keeps = true};
    struct journal_read all = fixture_everything();
    char path[1024];
    size_t size = length_of(published);
    fixture_begin(&fixture);
    for (int i = 0; i < FILES; i++) {
        if (files[i].exists) {
            fixture_path(&fixture, names[i], path);
            fixture_save(path, files[i].data, files[i].size);
        }
    }
    fixture_open(&fixture);
    must(fixture_is_durable(&fixture), "%s at %u: %s", how, (unsigned)moment,
         journal_info(fixture.journal)->problem);
    must(journal_info(fixture.journal)->quarantined.count == 0, "%s at %u: set aside", how,
         (unsigned)moment);
    all.wish.before = published + 1;
    fixture_read(&fixture, &page, &all);
    must(page.error == 0 && page.count == published, "%s at %u: %u of %u events are left", how,
         (unsigned)moment, (unsigned)page.count, (unsigned)published);
    must(size == 0 || memcmp(page.json, told.json, size) == 0, "%s at %u: other events", how,
         (unsigned)moment);
    free(page.json);
    if (published > 0) {
        must_end_unknown(&fixture, how, moment);
    }
    fixture_close(&fixture);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
}

/* The files as of the last sync of each, and then what came behind it: nothing, all, or a part.
 * Names are on the disk at once: SQLite syncs the folder when it makes a file. */
static void cut(const struct file synced[FILES], const size_t since[FILES], size_t moment,
                size_t published, int keep)
{
    static const char *const how[] = {"nothing unsynced", "all", "a part"};
    struct file files[FILES];
    for (int i = 0; i < FILES; i++) {
        copy_file(&files[i], &synced[i]);
    }
    for (size_t i = 0; i < moment; i++) {
        const struct deed *deed = &record.deeds[i];
        if (deed->published || i < since[deed->file]) {
            continue;
        }
        bool of_names = deed->act == DISK_CREATE || deed->act == DISK_DELETE;
        if (of_names || keep == 1 || (keep == 2 && fixture_random(2) == 0)) {
            apply(&files[deed->file], deed);
        }
    }
    must_hold(files, published, how[keep], moment);
    for (int i = 0; i < FILES; i++) {
        free(files[i].data);
    }
}

static void play_back(const struct file start[FILES])
{
    struct file synced[FILES];
    size_t since[FILES] = {0}, published = 0, cuts = 0;
    unsigned most = fixture_setting("MSIWATCH_CUTS", CUTS);
    size_t step = most == 0 || record.count * 3 <= most ? 1 : record.count * 3 / most;
    fixture_seed(fixture_setting("MSIWATCH_SEED", 5));
    for (int i = 0; i < FILES; i++) {
        copy_file(&synced[i], &start[i]);
    }
    for (size_t i = 0; i <= record.count; i++) {
        const struct deed *deed = i < record.count ? &record.deeds[i] : NULL;
        for (int keep = 0; keep < 3 && (i % step == 0 || deed == NULL); keep++) {
            cut(synced, since, i, published, keep);
            cuts++;
        }
        if (deed == NULL) {
            break;
        }
        if (deed->published) {
            published = deed->size;
        } else if (deed->act == DISK_SYNC) {
            for (size_t k = since[deed->file]; k < i; k++) {
                if (!record.deeds[k].published && record.deeds[k].file == deed->file) {
                    apply(&synced[deed->file], &record.deeds[k]);
                }
            }
            since[deed->file] = i;
        }
    }
    print_message("%u writes and syncs, %u cuts\n", (unsigned)record.count, (unsigned)cuts);
    for (int i = 0; i < FILES; i++) {
        free(synced[i].data);
    }
}

static void load(const struct journal_fixture *fixture, struct file files[FILES])
{
    for (int i = 0; i < FILES; i++) {
        char path[1024];
        fixture_path(fixture, names[i], path);
        files[i].data = fixture_load(path, &files[i].size);
        files[i].exists = files[i].data != NULL;
        files[i].room = files[i].size;
    }
}

static void every_state_that_a_cut_may_leave_holds_what_was_published(void **state)
{
    struct journal_fixture fixture;
    struct file start[FILES];
    struct journal_read all = fixture_everything();
    (void)state;
    assert_int_equal(uv_mutex_init(&lock), 0);
    fixture_begin(&fixture);
    fixture.held = 256;
    fixture.disk.checkpoint_pages =
        40; /* so that the log is moved into the file, and begun again */
    fixture.disk.keep.rows = 0;
    fixture_open(&fixture);
    fixture_close(&fixture);
    load(&fixture, start);
    disk_set_recorder(note, NULL);
    fixture_open(&fixture);
    for (unsigned i = 0; i < EVENTS; i++) {
        fixture_append(&fixture, 1 + i % 3);
        fixture_settle(&fixture);
        add((struct deed){.published = true, .size = (size_t)fixture.appended});
    }
    told.keeps = true;
    fixture_read(&fixture, &told, &all);
    assert_int_equal(told.count, fixture.appended);
    fixture_close(&fixture);
    disk_set_recorder(NULL, NULL);
    fixture_end(&fixture);
    play_back(start);
    for (size_t i = 0; i < record.count; i++) {
        free(record.deeds[i].data);
    }
    free(record.deeds);
    free(told.json);
    for (int i = 0; i < FILES; i++) {
        free(start[i].data);
    }
    uv_mutex_destroy(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_that_a_cut_may_leave_holds_what_was_published),
    };
    assert_int_equal(disk_register(), 0);
    return cmocka_run_group_tests_name("record.power", tests, NULL, NULL);
}
