/* page.c: a page of events.
 *
 * Pages are in the order of seq, and `since` and `until` are times of the wall clock, which may
 * have gone back between two events. So the journal is a row of stretches within which time only
 * grows: in each, the events of a span of time are neighbours, and the index on (stretch, at) finds
 * the first and the last of them. What lies between is read by seq. A clock that never went back
 * makes one stretch; each time it does, one more, which costs each query two steps down a tree.
 */
#include "journal/page.h"

#include "common/model.h"
#include "journal/event_json.h"

#include <stdlib.h>
#include <string.h>

const char *const page_sql[PAGE_STATEMENTS] = {
    [PAGE_UP] = "SELECT seq, json, checksum FROM events WHERE seq > ?1 AND seq < ?2 ORDER BY seq",
    [PAGE_DOWN] = "SELECT seq, json, checksum FROM events WHERE seq > ?1 AND seq < ?2"
                  " ORDER BY seq DESC",
    /* The stretch that an event belongs to, by its seq; and the next in either direction. */
    [PAGE_STRETCH_AT] = "SELECT stretch FROM events WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1",
    [PAGE_STRETCH_BEFORE] = "SELECT stretch FROM events WHERE stretch < ?1"
                            " ORDER BY stretch DESC LIMIT 1",
    [PAGE_STRETCH_AFTER] = "SELECT stretch FROM events WHERE stretch > ?1"
                           " ORDER BY stretch LIMIT 1",
    [PAGE_SINCE] = "SELECT seq FROM events WHERE stretch = ?1 AND at >= ?2"
                   " ORDER BY at, seq LIMIT 1",
    [PAGE_UNTIL] = "SELECT seq FROM events WHERE stretch = ?1 AND at < ?2"
                   " ORDER BY at DESC, seq DESC LIMIT 1",
};

struct pages {
    sqlite3_stmt *statements[PAGE_STATEMENTS];
};

struct problem pages_open(struct pages **out, struct database *database)
{
    struct problem problem;
    struct pages *pages = calloc(1, sizeof *pages);
    int code = pages == NULL ? SQLITE_NOMEM : SQLITE_OK;
    for (int i = 0; code == SQLITE_OK && i < PAGE_STATEMENTS; i++) {
        code = sqlite3_prepare_v3(database_sqlite(database), page_sql[i], -1,
                                  SQLITE_PREPARE_PERSISTENT, &pages->statements[i], NULL);
    }
    problem_of_sqlite(&problem, code, "opening history.db");
    if (code != SQLITE_OK) {
        pages_close(pages);
        return problem;
    }
    *out = pages;
    return problem;
}

void pages_close(struct pages *pages)
{
    for (int i = 0; pages != NULL && i < PAGE_STATEMENTS; i++) {
        sqlite3_finalize(pages->statements[i]);
    }
    free(pages);
}

void page_release(struct page *page)
{
    free(page->entries);
    free(page->text);
}

/* ---- one row ---- */

static bool make_room(struct page *page, size_t size)
{
    if (page->size + size <= page->room) {
        return true;
    }
    size_t room = (page->size + size) * 2;
    char *text = realloc(page->text, room);
    if (text == NULL) {
        return false;
    }
    page->text = text;
    page->room = room;
    return true;
}

/* SQLITE_ROW: go on; SQLITE_DONE: the page is full. */
static int add_text(struct page *page, const struct page_wish *wish, uint64_t seq, const char *json,
                    size_t size)
{
    if (page->count > 0 && page->size + size > wish->bytes) {
        page->more = true;
        return SQLITE_DONE;
    }
    if (!make_room(page, size)) {
        return SQLITE_NOMEM;
    }
    memcpy(page->text + page->size, json, size);
    page->entries[page->count++] = (struct page_entry){seq, page->size, size};
    page->size += size;
    return SQLITE_ROW;
}

/* The same. */
static int take_row(struct page *page, const struct page_wish *wish, sqlite3_stmt *statement)
{
    if (page->count == wish->limit) {
        page->more = true;
        return SQLITE_DONE;
    }
    uint64_t seq = (uint64_t)sqlite3_column_int64(statement, 0);
    const char *json = (const char *)sqlite3_column_text(statement, 1);
    size_t size = (size_t)sqlite3_column_bytes(statement, 1);
    if (json == NULL ||
        !event_is_sound(json, size, seq, (uint64_t)sqlite3_column_int64(statement, 2))) {
        return SQLITE_CORRUPT;
    }
    bool same = wish->audience == AUDIENCE_ADMINISTRATOR;
    char *cut = same ? NULL : event_json_for_standard(json, size, &size, &same);
    if (!same && cut == NULL) {
        return SQLITE_NOMEM;
    }
    int code = add_text(page, wish, seq, same ? json : cut, size);
    free(cut);
    return code;
}

/* The rows of one range of seqs. SQLITE_OK, also when the page is full. */
static int take_range(struct pages *pages, const struct page_wish *wish, struct page *page,
                      uint64_t after, uint64_t before)
{
    sqlite3_stmt *statement = pages->statements[wish->descending ? PAGE_DOWN : PAGE_UP];
    uint64_t most = INT64_MAX;
    if (after >= before || after >= most) {
        return SQLITE_OK;
    }
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)after);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)(before < most ? before : most));
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        code = take_row(page, wish, statement);
        if (code != SQLITE_ROW) {
            break;
        }
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* ---- spans of time ---- */

/* Runs a statement of one number; *found is false when it gives no row. */
static int find_number(sqlite3_stmt *statement, sqlite3_int64 *number, bool *found)
{
    int code = sqlite3_step(statement);
    *found = code == SQLITE_ROW;
    if (*found) {
        *number = sqlite3_column_int64(statement, 0);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int find_seq_by_time(struct pages *pages, enum page_statement which, sqlite3_int64 stretch,
                            int64_t wall_ms, sqlite3_int64 *seq, bool *found)
{
    char time[MSIWATCH_TIME_CHARS + 1];
    sqlite3_stmt *statement = pages->statements[which];
    time_format(wall_ms, time);
    sqlite3_bind_int64(statement, 1, stretch);
    if (wall_ms == INT64_MAX) {
        sqlite3_bind_text(statement, 2, "no bound", -1, SQLITE_STATIC); /* letters follow digits */
    } else {
        sqlite3_bind_text(statement, 2, time, MSIWATCH_TIME_CHARS, SQLITE_STATIC);
    }
    return find_number(statement, seq, found);
}

static int take_stretch(struct pages *pages, const struct page_wish *wish, struct page *page,
                        sqlite3_int64 stretch)
{
    sqlite3_int64 first = 0, last = 0;
    bool found;
    int code = find_seq_by_time(pages, PAGE_SINCE, stretch, wish->since_ms, &first, &found);
    if (code == SQLITE_OK && found) {
        code = find_seq_by_time(pages, PAGE_UNTIL, stretch, wish->until_ms, &last, &found);
    }
    if (code != SQLITE_OK || !found || first > last) {
        return code;
    }
    uint64_t after = (uint64_t)first - 1, before = (uint64_t)last + 1;
    return take_range(pages, wish, page, after > wish->after ? after : wish->after,
                      before < wish->before ? before : wish->before);
}

static int take_stretches(struct pages *pages, const struct page_wish *wish, struct page *page)
{
    const uint64_t most = INT64_MAX;
    sqlite3_stmt *at = pages->statements[PAGE_STRETCH_AT];
    sqlite3_stmt *next =
        pages->statements[wish->descending ? PAGE_STRETCH_BEFORE : PAGE_STRETCH_AFTER];
    uint64_t begin = wish->descending ? wish->before - 1 : wish->after + 1;
    sqlite3_int64 stretch = 0;
    bool found;
    sqlite3_bind_int64(at, 1, (sqlite3_int64)(begin < most ? begin : most));
    int code = find_number(at, &stretch, &found);
    if (code == SQLITE_OK && !found && !wish->descending) {
        /* What `after` names is no longer held: begin with what is. */
        sqlite3_bind_int64(next, 1, 0);
        code = find_number(next, &stretch, &found);
    }
    while (code == SQLITE_OK && found && !page->more) {
        if (!wish->descending && (uint64_t)stretch >= wish->before) {
            break;
        }
        code = take_stretch(pages, wish, page, stretch);
        if (wish->descending && (uint64_t)stretch <= wish->after) {
            break;
        }
        if (code == SQLITE_OK) {
            sqlite3_bind_int64(next, 1, stretch);
            code = find_number(next, &stretch, &found);
        }
    }
    return code;
}

struct problem page_read(struct pages *pages, const struct page_wish *wish, struct page *out)
{
    struct problem problem;
    bool by_time = wish->since_ms != INT64_MIN || wish->until_ms != INT64_MAX;
    int code = SQLITE_NOMEM;
    out->entries = calloc(wish->limit, sizeof *out->entries);
    if (out->entries != NULL && wish->before == 0) {
        code = SQLITE_OK;
    } else if (out->entries != NULL && by_time) {
        code = take_stretches(pages, wish, out);
    } else if (out->entries != NULL) {
        code = take_range(pages, wish, out, wish->after, wish->before);
    }
    problem_of_sqlite(&problem, code, "reading history.db");
    return problem;
}
