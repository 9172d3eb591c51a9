/* page.c: reads a page of events.
 *
 * Pages are in the order of seq. `since` and `until` are wall clock times, and the wall clock may
 * have gone back between two events. Each row stores the highest time of all rows up to it, which
 * never goes back. So no row before the first one whose highest time reaches `since` can match.
 * From there on every row is examined, up to a limit for each page.
 */
#include "journal/page.h"

#include "common/model.h"
#include "journal/event_json.h"

#include <stdlib.h>
#include <string.h>

void page_release(struct page *page)
{
    free(page->entries);
    text_release(&page->text);
}

/* ---- one row ---- */

/* Returns SQLITE_ROW to continue, SQLITE_DONE if the page is full, or an error. */
static int add_text(struct page *page, const struct page_wish *wish, uint64_t seq, const char *json,
                    size_t size)
{
    if (page->count > 0 && page->text.size + size > wish->bytes) {
        page->next = page->entries[page->count - 1].seq;
        return SQLITE_DONE;
    }
    text_add_bytes(&page->text, json, size);
    page->entries[page->count++] = (struct journal_entry){.seq = seq, .size = size};
    return page->text.failed ? SQLITE_NOMEM : SQLITE_ROW;
}

/* Returns the same as add_text; SQLITE_CORRUPT if the row was changed. */
static int take_row(struct page *page, const struct page_wish *wish, sqlite3_stmt *statement)
{
    if (page->count == wish->limit) {
        page->next = page->entries[page->count - 1].seq;
        return SQLITE_DONE;
    }
    uint64_t seq = (uint64_t)sqlite3_column_int64(statement, 0);
    const char *json = (const char *)sqlite3_column_text(statement, 1);
    size_t size = (size_t)sqlite3_column_bytes(statement, 1);
    if (json == NULL ||
        !event_is_sound(json, size, seq, (uint64_t)sqlite3_column_int64(statement, 2))) {
        return SQLITE_CORRUPT;
    }
    bool same = wish->access_level == ACCESS_ADMINISTRATOR;
    char *cut = same ? NULL : event_json_for_standard(json, size, &size, &same);
    if (!same && cut == NULL) {
        return SQLITE_NOMEM;
    }
    int code = add_text(page, wish, seq, same ? json : cut, size);
    free(cut);
    return code;
}

/* Binds a time in the form of the rows' `at`; NULL means no limit. */
static int bind_time(sqlite3_stmt *statement, int parameter, int64_t wall_ms)
{
    char time[MSIWATCH_TIME_CHARS + 1];
    if (wall_ms == INT64_MIN || wall_ms == INT64_MAX) {
        return sqlite3_bind_null(statement, parameter);
    }
    time_format(wall_ms, time);
    return sqlite3_bind_text(statement, parameter, time, -1, SQLITE_TRANSIENT);
}

/* Moves *first to the first row that may match, or behind *last if there is none. */
static int skip_to_since(struct database *database, int64_t since_ms, uint64_t *first,
                         uint64_t last)
{
    sqlite3_stmt *statement = database->statements[DATABASE_FIND_SINCE];
    int code = bind_time(statement, 1, since_ms);
    if (code != SQLITE_OK) {
        return code;
    }
    code = sqlite3_step(statement);
    uint64_t found = last + 1;
    if (code == SQLITE_ROW) {
        found = (uint64_t)sqlite3_column_int64(statement, 0);
    }
    *first = found > *first ? found : *first;
    sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Adds the rows first..last that match. Returns SQLITE_OK also if the page is full. */
static int take_range(struct database *database, const struct page_wish *wish, struct page *page,
                      uint64_t first, uint64_t last)
{
    sqlite3_stmt *statement =
        database->statements[wish->descending ? DATABASE_READ_DOWN : DATABASE_READ_UP];
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)first);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)last);
    int code = bind_time(statement, 3, wish->since_ms);
    if (code == SQLITE_OK) {
        code = bind_time(statement, 4, wish->until_ms);
    }
    if (code != SQLITE_OK) {
        return code;
    }
    do {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            code = take_row(page, wish, statement);
        }
    } while (code == SQLITE_ROW);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int take_rows(struct database *database, const struct page_wish *wish, struct page *page)
{
    const uint64_t most = INT64_MAX - 1;
    if (wish->before == 0 || wish->after >= most) {
        return SQLITE_OK;
    }
    uint64_t first = wish->after + 1, last = wish->before - 1 < most ? wish->before - 1 : most;
    int code = wish->since_ms == INT64_MIN ? SQLITE_OK
                                           : skip_to_since(database, wish->since_ms, &first, last);
    if (code != SQLITE_OK || first > last) {
        return code;
    }
    bool by_time = wish->since_ms != INT64_MIN || wish->until_ms != INT64_MAX;
    bool cut = by_time && last - first >= JOURNAL_LOOK_MOST;
    if (cut && wish->descending) {
        first = last - JOURNAL_LOOK_MOST + 1;
    } else if (cut) {
        last = first + JOURNAL_LOOK_MOST - 1;
    }
    code = take_range(database, wish, page, first, last);
    if (cut && page->next == 0) {
        page->next = wish->descending ? first : last;
    }
    return code;
}

struct problem page_read(struct database *database, const struct page_wish *wish, struct page *out)
{
    out->entries = calloc(wish->limit, sizeof *out->entries);
    if (out->entries == NULL) {
        return sql_problem(SQLITE_NOMEM, "cannot read history.db");
    }
    int code = take_rows(database, wish, out);
    const char *json = out->text.data; /* complete, so it does not move any more */
    for (size_t i = 0; i < out->count; i++) {
        out->entries[i].json = json;
        json += out->entries[i].size;
    }
    return sql_problem(code, "cannot read history.db");
}
