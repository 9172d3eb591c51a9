/* desk.c: a journal on a loop and in a folder of its own, and followers of it. */
#include "desk.h"

#include "base/log.h"
#include "files/secure_files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 30000 };

/* ---- folder and loop ---- */

/* In memory, where there is such a place: what a disk may do is played by disk.h, and a real one
 * only takes time. MSIWATCH_TEST_FOLDER is another place. */
static void make_folder(struct desk *desk)
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
    snprintf(desk->folder, sizeof desk->folder, "%s", request.path);
    uv_fs_req_cleanup(&request);
}

void desk_begin(struct desk *desk)
{
    memset(desk, 0, sizeof *desk);
    make_folder(desk);
    assert_int_equal(uv_loop_init(&desk->loop), 0);
    desk->held = DESK_HELD;
    desk->disk = (struct journal_disk){.retry_ms = 5};
}

void desk_end(struct desk *desk)
{
    desk_remove(desk->folder);
    assert_int_equal(uv_loop_close(&desk->loop), 0);
}

/* ---- the journal ---- */

static void pump(struct follower *follower);

static void changed(void *arg)
{
    struct desk *desk = arg;
    for (struct follower *one = desk->followers; one != NULL; one = one->next) {
        pump(one);
    }
}

void desk_open(struct desk *desk)
{
    struct journal_config config = {desk->held, changed, desk};
    struct journal_disk disk = desk->disk;
    struct log *log = NULL;
    if (getenv("MSIWATCH_TEST_LOG") != NULL) {
        assert_int_equal(log_new(&log, NULL, 1, LOG_DEBUG), 0); /* for whoever looks */
    }
    disk.folder = desk->folder;
    disk.loop = &desk->loop;
    disk.log = log;
    desk->followers = NULL;
    assert_int_equal(journal_open(&desk->journal, &config, &disk), 0);
}

void desk_close(struct desk *desk)
{
    for (struct follower *one = desk->followers; one != NULL; one = one->next) {
        if (one->reading) {
            journal_read_cancel(desk->journal, &one->read);
        }
    }
    desk->followers = NULL;
    journal_stop(desk->journal, NULL, NULL);
    assert_int_equal(uv_run(&desk->loop, UV_RUN_DEFAULT), 0);
    journal_free(desk->journal);
    desk->journal = NULL;
}

void desk_append(struct desk *desk, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t number = ++desk->appended;
        bool busy = number % 2 != 0;
        struct event event = {
            .at_ms = DESK_AT_MS + (int64_t)number * 1000,
            .from = busy ? VERDICT_IDLE : VERDICT_BUSY,
            .to = busy ? VERDICT_BUSY : VERDICT_IDLE,
            .reasons = busy ? REASON_MUTEX : 0,
            .after_known = true,
            .after_ms = number,
        };
        journal_append(desk->journal, &event);
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
static uv_timer_t *start_timer(struct desk *desk, unsigned ms, bool *rang)
{
    uv_timer_t *timer = calloc(1, sizeof *timer);
    assert_non_null(timer);
    uv_timer_init(&desk->loop, timer);
    timer->data = rang;
    *rang = false;
    uv_update_time(&desk->loop);
    uv_timer_start(timer, ring, ms, 0);
    return timer;
}

void desk_wait(struct desk *desk, bool (*done)(struct desk *desk))
{
    bool late;
    uv_timer_t *timer = start_timer(desk, PATIENCE_MS, &late);
    while (!done(desk)) {
        must(!late, "waited in vain; the journal: %s, '%s', seqs %" PRIu64 " to %" PRIu64,
             journal_info(desk->journal)->durable ? "durable" : "volatile",
             journal_info(desk->journal)->problem, journal_info(desk->journal)->first_seq,
             journal_info(desk->journal)->last_seq);
        uv_run(&desk->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)timer, forget);
    uv_run(&desk->loop, UV_RUN_NOWAIT);
}

void desk_pass(struct desk *desk, unsigned ms)
{
    bool over;
    uv_timer_t *timer = start_timer(desk, ms, &over);
    while (!over) {
        uv_run(&desk->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)timer, forget);
    uv_run(&desk->loop, UV_RUN_NOWAIT);
}

bool desk_is_durable(struct desk *desk)
{
    return journal_info(desk->journal)->durable;
}

bool desk_is_volatile(struct desk *desk)
{
    return !journal_info(desk->journal)->durable;
}

static void on_flushed(void *arg)
{
    *(bool *)arg = true;
}

static bool all_know(struct desk *desk)
{
    for (struct follower *one = desk->followers; one != NULL; one = one->next) {
        if (!one->stands_still && journal_is_behind(desk->journal, &one->cursor)) {
            return false;
        }
    }
    return true;
}

static bool is_settled(struct desk *desk)
{
    bool flushed = false;
    journal_flush(desk->journal, on_flushed, &flushed);
    if (!flushed) {
        journal_flush(desk->journal, NULL, NULL);
    }
    return flushed && all_know(desk);
}

void desk_settle(struct desk *desk)
{
    desk_wait(desk, is_settled);
}

void desk_append_slowly(struct desk *desk, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        desk_append(desk, 1);
        desk_settle(desk);
    }
}

/* ---- followers ---- */

uint64_t desk_number(const char *json, size_t size)
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
    uint64_t number = desk_number(entry->json, entry->size);
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
        follower->failures++; /* a session would end */
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
    struct desk *desk = follower->desk;
    if (follower->stands_still || follower->reading ||
        !journal_is_behind(desk->journal, &follower->cursor)) {
        return;
    }
    follower->reading = true;
    follower->read = (struct journal_read){.from = &follower->cursor,
                                           .limit = JOURNAL_READ_MOST,
                                           .bytes = follower->bytes,
                                           .done = on_read};
    journal_read_start(desk->journal, &follower->read);
}

void desk_follow(struct desk *desk, struct follower *follower, uint64_t after)
{
    bool still = follower->stands_still, persists = follower->persists;
    size_t bytes = follower->bytes == 0 ? 4096 : follower->bytes;
    memset(follower, 0, sizeof *follower);
    follower->desk = desk;
    follower->bytes = bytes;
    follower->stands_still = still;
    follower->persists = persists;
    follower->cursor = journal_cursor_after(desk->journal, after);
    follower->next = desk->followers;
    desk->followers = follower;
    pump(follower);
}

void desk_wake(struct follower *follower)
{
    follower->stands_still = false;
    pump(follower);
}

/* ---- pages ---- */

struct journal_read desk_everything(void)
{
    return (struct journal_read){.before = UINT64_MAX,
                                 .since_ms = INT64_MIN,
                                 .until_ms = INT64_MAX,
                                 .limit = JOURNAL_READ_MOST,
                                 .bytes = SIZE_MAX / 2};
}

static void on_page(struct journal_read *read)
{
    struct desk_page *page = (struct desk_page *)read;
    page->answered = true;
    page->count = read->count;
    page->more = read->next != 0;
    page->next = read->next;
    page->error = read->error;
    page->info = *journal_info(page->desk->journal);
    for (size_t i = 0; i < read->count; i++) {
        const struct journal_entry *entry = &read->entries[i];
        page->seqs[i] = entry->seq;
        page->numbers[i] = desk_number(entry->json, entry->size);
        if (page->keeps) {
            page->json = realloc(page->json, page->size + entry->size + 1);
            assert_non_null(page->json);
            memcpy(page->json + page->size, entry->json, entry->size);
            page->size += entry->size;
            page->json[page->size++] = '\n';
        }
    }
}

void desk_ask(struct desk *desk, struct desk_page *page, const struct journal_read *read)
{
    bool keeps = page->keeps;
    memset(page, 0, sizeof *page);
    page->desk = desk;
    page->keeps = keeps;
    page->read = *read;
    page->read.done = on_page;
    journal_read_start(desk->journal, &page->read);
}

void desk_await(struct desk *desk, const struct desk_page *page)
{
    bool late;
    uv_timer_t *timer = start_timer(desk, PATIENCE_MS, &late);
    while (!page->answered) {
        must(!late, "a page was never answered");
        uv_run(&desk->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)timer, forget);
    uv_run(&desk->loop, UV_RUN_NOWAIT);
}

void desk_read(struct desk *desk, struct desk_page *page, const struct journal_read *read)
{
    desk_ask(desk, page, read);
    desk_await(desk, page);
}
