/* power_test.c: the power goes at any moment. What a disk may then hold is played from a record of
 * what was written and synced: up to every moment, with what was not synced dropped, kept, or kept
 * in part. Each opens to a journal that holds, to the byte, every event that was published by then,
 * and behind them that nobody watched any more.
 *
 * MSIWATCH_CUTS is about how many moments are tried (600); 0 for all.
 */
#include "desk.h"

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

static struct desk_page told; /* all that was published, in the end */

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
static void must_end_unknown(struct desk *desk, const char *how, size_t moment)
{
    struct desk_page page = {.keeps = true};
    struct journal_read last = desk_everything();
    char time[MSIWATCH_TIME_CHARS + 1], expected[256];
    last.descending = true;
    last.limit = 2;
    desk_read(desk, &page, &last);
    must(page.error == 0 && page.count == 2, "%s at %u: the end cannot be read", how,
         (unsigned)moment);
    time_format(DESK_AT_MS + (int64_t)page.numbers[1] * 1000, time);
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
    struct desk desk;
    struct desk_page page = {.keeps = true};
    struct journal_read all = desk_everything();
    char path[1024];
    size_t size = length_of(published);
    desk_begin(&desk);
    for (int i = 0; i < FILES; i++) {
        if (files[i].exists) {
            desk_path(&desk, names[i], path);
            desk_save(path, files[i].data, files[i].size);
        }
    }
    desk_open(&desk);
    must(desk_is_durable(&desk), "%s at %u: %s", how, (unsigned)moment,
         journal_info(desk.journal)->problem);
    must(journal_info(desk.journal)->quarantined.count == 0, "%s at %u: set aside", how,
         (unsigned)moment);
    all.before = published + 1;
    desk_read(&desk, &page, &all);
    must(page.error == 0 && page.count == published, "%s at %u: %u of %u events are left", how,
         (unsigned)moment, (unsigned)page.count, (unsigned)published);
    must(size == 0 || memcmp(page.json, told.json, size) == 0, "%s at %u: other events", how,
         (unsigned)moment);
    free(page.json);
    if (published > 0) {
        must_end_unknown(&desk, how, moment);
    }
    desk_close(&desk);
    desk_check_file(&desk);
    desk_end(&desk);
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
        if (of_names || keep == 1 || (keep == 2 && desk_random(2) == 0)) {
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
    unsigned most = desk_setting("MSIWATCH_CUTS", CUTS);
    size_t step = most == 0 || record.count * 3 <= most ? 1 : record.count * 3 / most;
    desk_seed(desk_setting("MSIWATCH_SEED", 5));
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

static void load(const struct desk *desk, struct file files[FILES])
{
    for (int i = 0; i < FILES; i++) {
        char path[1024];
        desk_path(desk, names[i], path);
        files[i].data = desk_load(path, &files[i].size);
        files[i].exists = files[i].data != NULL;
        files[i].room = files[i].size;
    }
}

static void every_state_that_a_cut_may_leave_holds_what_was_published(void **state)
{
    struct desk desk;
    struct file start[FILES];
    struct journal_read all = desk_everything();
    (void)state;
    assert_int_equal(uv_mutex_init(&lock), 0);
    desk_begin(&desk);
    desk.held = 256;
    desk.disk.checkpoint_pages = 40; /* so that the log is moved into the file, and begun again */
    desk.disk.keep.rows = 0;
    desk_open(&desk);
    desk_close(&desk);
    load(&desk, start);
    disk_set_recorder(note, NULL);
    desk_open(&desk);
    for (unsigned i = 0; i < EVENTS; i++) {
        desk_append(&desk, 1 + i % 3);
        desk_settle(&desk);
        add((struct deed){.published = true, .size = (size_t)desk.appended});
    }
    told.keeps = true;
    desk_read(&desk, &told, &all);
    assert_int_equal(told.count, desk.appended);
    desk_close(&desk);
    disk_set_recorder(NULL, NULL);
    desk_end(&desk);
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
