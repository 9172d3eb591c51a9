/* journal_fixture.c: a journal on a loop and in a folder of its own, and followers of it. */
#include "journal_fixture.h"

#include "base/log.h"
#include "files/secure_files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 30000 };

/* ---- folder and loop ---- */

/* In memory, where there is such a place: what a disk may do is played by disk.h, and a real one
 * only takes time. MSIWATCH_TEST_FOLDER is another place. */
static void make_folder(struct journal_fixture *fixture)
{
    char template[512];
    size_t size = sizeof template - 32;
    uv_fs_t request;
    const char *place = getenv("MSIWATCH_TEST_FOLDER");
    struct files_facts facts;
    if (place == NULL && files_look("/dev/shm", &facts) == 0 && facts.folder) {
        place = "/dev/shm";
    }
    if (place == NULL) {
        assert_int_equal(uv_os_tmpdir(template, &size), 0);
    } else {
        size = (size_t)snprintf(template, size, "%s", place);
    }
    snprintf(template + size, sizeof template - size, "/msiwatch-record-XXXXXX");
    assert_int_equal(uv_fs_mkdtemp(NULL, &request, template, NULL), 0);
    snprintf(fixture->folder, sizeof fixture->folder, "%s", request.path);
    uv_fs_req_cleanup(&request);
}

void fixture_begin(struct journal_fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    make_folder(fixture);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fixture->held = FIXTURE_HELD;
    fixture->disk = (struct journal_disk){.retry_ms = 5};
}

void fixture_end(struct journal_fixture *fixture)
{
    fixture_remove(fixture->folder);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

/* ---- the journal ---- */

static void pump(struct follower *follower);

static void changed(void *arg)
{
    struct journal_fixture *fixture = arg;
    for (struct follower *one = fixture->followers; one != NULL; one = one->next) {
        pump(one);
    }
}

void fixture_open(struct journal_fixture *fixture)
{
    struct journal_config config = {fixture->held, changed, fixture};
    struct journal_disk disk = fixture->disk;
    struct log *log = NULL;
    if (getenv("MSIWATCH_TEST_LOG") != NULL) {
        assert_int_equal(log_new(&log, NULL, 1, LOG_DEBUG), 0); /* for whoever looks */
    }
    disk.folder = fixture->folder;
    disk.loop = &fixture->loop;
    disk.log = log;
    fixture->followers = NULL;
    assert_int_equal(journal_open(&fixture->journal, &config, &disk), 0);
}

void fixture_close(struct journal_fixture *fixture)
{
    for (struct follower *one = fixture->followers; one != NULL; one = one->next) {
        if (one->reading) {
            journal_read_cancel(fixture->journal, &one->read);
        }
    }
    fixture->followers = NULL;
    journal_stop(fixture->journal, NULL, NULL);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    journal_free(fixture->journal);
    fixture->journal = NULL;
}

void fixture_append(struct journal_fixture *fixture, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t number = ++fixture->appended;
        bool busy = number % 2 != 0;
        struct event event = {
            .at_ms = FIXTURE_AT_MS + (int64_t)number * 1000,
            .from = busy ? VERDICT_IDLE : VERDICT_BUSY,
            .to = busy ? VERDICT_BUSY : VERDICT_IDLE,
            .reasons = busy ? REASON_MUTEX : 0,
            .after_known = true,
            .after_ms = number,
        };
        journal_append(fixture->journal, &event);
    }
}

/* ---- waiting ---- */

static void ring(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void forget(uv_handle_t *handle)
{
    free(handle);
}

/* A timer that is of the loop until it runs again. */
static uv_timer_t *start_timer(struct journal_fixture *fixture, unsigned ms, bool *rang)
{
    uv_timer_t *timer = calloc(1, sizeof *timer);
    assert_non_null(timer);
    uv_timer_init(&fixture->loop, timer);
    timer->data = rang;
    *rang = false;
    uv_update_time(&fixture->loop);
    uv_timer_start(timer, ring, ms, 0);
    return timer;
}

void fixture_wait(struct journal_fixture *fixture, bool (*done)(struct journal_fixture *fixture))
{
    bool late;
    uv_timer_t *timer = start_timer(fixture, PATIENCE_MS, &late);
    while (!done(fixture)) {
        must(!late, "waited in vain; the journal: %s, '%s', seqs %" PRIu64 " to %" PRIu64,
             journal_info(fixture->journal)->durable ? "durable" : "volatile",
             journal_info(fixture->journal)->problem, journal_info(fixture->journal)->first_seq,
             journal_info(fixture->journal)->last_seq);
        uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)timer, forget);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

void fixture_pass(struct journal_fixture *fixture, unsigned ms)
{
    bool over;
    uv_timer_t *timer = start_timer(fixture, ms, &over);
    while (!over) {
        uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)timer, forget);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

bool fixture_is_durable(struct journal_fixture *fixture)
{
    return journal_info(fixture->journal)->durable;
}

bool fixture_is_volatile(struct journal_fixture *fixture)
{
    return !journal_info(fixture->journal)->durable;
}

static void on_flushed(void *arg)
{
    *(bool *)arg = true;
}

static bool all_know(struct journal_fixture *fixture)
{
    for (struct follower *one = fixture->followers; one != NULL; one = one->next) {
        if (!one->stands_still && journal_is_behind(fixture->journal, &one->cursor)) {
            return false;
        }
    }
    return true;
}

static bool is_settled(struct journal_fixture *fixture)
{
    bool flushed = false;
    journal_flush(fixture->journal, on_flushed, &flushed);
    if (!flushed) {
        journal_flush(fixture->journal, NULL, NULL);
    }
    return flushed && all_know(fixture);
}

void fixture_settle(struct journal_fixture *fixture)
{
    fixture_wait(fixture, is_settled);
}

void fixture_append_slowly(struct journal_fixture *fixture, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        fixture_append(fixture, 1);
        fixture_settle(fixture);
    }
}

/* ---- followers ---- */

uint64_t fixture_number(const char *json, size_t size)
{
    static const char key[] = "\"after_ms\":";
    for (size_t i = 0; i + sizeof key <= size; i++) {
        if (memcmp(json + i, key, sizeof key - 1) == 0) {
            return strtoull(json + i + sizeof key - 1, NULL, 10);
        }
    }
    return 0;
}

static void take_event(struct follower *follower, const struct journal_entry *entry)
{
    struct journal_cursor *cursor = &follower->cursor;
    uint64_t expected = journal_cursor_seq(cursor) + 1;
    uint64_t number = fixture_number(entry->json, entry->size);
    char head[40];
    if (entry->seq != expected) {
        must(entry->seq > expected, "seq %" PRIu64 " after %" PRIu64, entry->seq, expected - 1);
        follower->gaps++;
        follower->missed += entry->seq - expected;
    }
    journal_cursor_pass(cursor, entry->seq);
    snprintf(head, sizeof head, "{\"seq\":%" PRIu64 ",", entry->seq);
    must(strncmp(entry->json, head, strlen(head)) == 0, "not %s: %.*s", head, (int)entry->size,
         entry->json);
    if (number != 0) {
        must(number == follower->last + 1 || follower->events == 0 || follower->gaps > 0,
             "event %" PRIu64 " was told after %" PRIu64, number, follower->last);
        must(number > follower->last, "event %" PRIu64 " was told after %" PRIu64, number,
             follower->last);
        follower->last = number;
        follower->events++;
    }
}

static void on_read(struct journal_read *read)
{
    struct follower *follower = (struct follower *)((char *)read - offsetof(struct follower, read));
    follower->reading = false;
    if (read->error != 0) {
        follower->failures++; /* a connection would end */
        if (follower->persists) {
            pump(follower);
        }
        return;
    }
    if (read->gap_to != 0) {
        follower->gaps++;
        follower->missed += read->gap_to - read->gap_from + 1;
    }
    if (read->moved) {
        follower->resets++;
        snprintf(follower->reset_to, sizeof follower->reset_to, "%s", read->at.id);
        follower->reset_after = journal_cursor_seq(&read->at);
    }
    follower->cursor = read->at;
    for (size_t i = 0; i < read->count; i++) {
        take_event(follower, &read->entries[i]);
    }
    pump(follower);
}

static void pump(struct follower *follower)
{
    struct journal_fixture *fixture = follower->fixture;
    if (follower->stands_still || follower->reading ||
        !journal_is_behind(fixture->journal, &follower->cursor)) {
        return;
    }
    follower->reading = true;
    follower->read = (struct journal_read){
        .from = &follower->cursor,
        .wish = {.limit = JOURNAL_READ_MOST, .bytes = follower->bytes},
        .done = on_read,
    };
    journal_read_start(fixture->journal, &follower->read);
}

void fixture_follow(struct journal_fixture *fixture, struct follower *follower, uint64_t after)
{
    bool still = follower->stands_still, persists = follower->persists;
    size_t bytes = follower->bytes == 0 ? 4096 : follower->bytes;
    memset(follower, 0, sizeof *follower);
    follower->fixture = fixture;
    follower->bytes = bytes;
    follower->stands_still = still;
    follower->persists = persists;
    follower->cursor = journal_cursor_after(fixture->journal, after);
    follower->next = fixture->followers;
    fixture->followers = follower;
    pump(follower);
}

void fixture_wake(struct follower *follower)
{
    follower->stands_still = false;
    pump(follower);
}

/* ---- pages ---- */

struct journal_read fixture_everything(void)
{
    return (struct journal_read){.wish = {.before = UINT64_MAX,
                                          .since_ms = INT64_MIN,
                                          .until_ms = INT64_MAX,
                                          .limit = JOURNAL_READ_MOST,
                                          .bytes = SIZE_MAX / 2}};
}

static void on_page(struct journal_read *read)
{
    struct fixture_page *page = (struct fixture_page *)read;
    page->answered = true;
    page->count = read->count;
    page->more = read->next != 0;
    page->next = read->next;
    page->error = read->error;
    page->info = *journal_info(page->fixture->journal);
    for (size_t i = 0; i < read->count; i++) {
        const struct journal_entry *entry = &read->entries[i];
        page->seqs[i] = entry->seq;
        page->numbers[i] = fixture_number(entry->json, entry->size);
        if (page->keeps) {
            page->json = realloc(page->json, page->size + entry->size + 1);
            assert_non_null(page->json);
            memcpy(page->json + page->size, entry->json, entry->size);
            page->size += entry->size;
            page->json[page->size++] = '\n';
        }
    }
}

void fixture_ask(struct journal_fixture *fixture, struct fixture_page *page,
                 const struct journal_read *read)
{
    bool keeps = page->keeps;
    memset(page, 0, sizeof *page);
    page->fixture = fixture;
    page->keeps = keeps;
    page->read = *read;
    page->read.done = on_page;
    journal_read_start(fixture->journal, &page->read);
}

void fixture_await(struct journal_fixture *fixture, const struct fixture_page *page)
{
    bool late;
    uv_timer_t *timer = start_timer(fixture, PATIENCE_MS, &late);
    while (!page->answered) {
        must(!late, "a page was never answered");
        uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)timer, forget);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

void fixture_read(struct journal_fixture *fixture, struct fixture_page *page,
                  const struct journal_read *read)
{
    fixture_ask(fixture, page, read);
    fixture_await(fixture, page);
}
