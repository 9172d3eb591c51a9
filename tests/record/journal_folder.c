/* journal_folder.c: what lies in a fixture's folder, and small helpers. */
#include "journal_fixture.h"

#include "files/secure_files.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct removing {
    const char *folder;
};

static void remove_one(void *arg, const char *name)
{
    const struct removing *removing = arg;
    char path[1024];
    int length = snprintf(path, sizeof path, "%s/%s", removing->folder, name);
    assert_in_range(length, 1, sizeof path - 1);
    fixture_remove(path);
}

void fixture_remove(const char *path)
{
    uv_fs_t request;
    struct removing removing = {path};
    struct files_facts facts;
    assert_int_equal(files_look(path, &facts), 0);
    if (facts.exists && facts.folder && !facts.leads_away) {
        files_list(path, remove_one, &removing); /* NOLINT(misc-no-recursion) */
        uv_fs_rmdir(NULL, &request, path, NULL);
        uv_fs_req_cleanup(&request);
    } else if (facts.exists) {
        assert_int_equal(files_remove(path), 0);
    }
}

void fixture_path(const struct journal_fixture *fixture, const char *name, char out[1024])
{
    snprintf(out, 1024, "%s/%s", fixture->folder, name);
}

bool fixture_exists(const struct journal_fixture *fixture, const char *name)
{
    char path[1024];
    struct files_facts facts;
    fixture_path(fixture, name, path);
    assert_int_equal(files_look(path, &facts), 0);
    return facts.exists;
}

void fixture_query(const struct journal_fixture *fixture, const char *query, char *out, size_t size)
{
    char path[1024];
    sqlite3 *sqlite;
    sqlite3_stmt *statement;
    size_t used = 0;
    int code;
    out[0] = '\0';
    fixture_path(fixture, "history.db", path);
#ifdef _WIN32
    const char *vfs = "win32";
#else
    const char *vfs = "unix";
#endif
    assert_int_equal(sqlite3_open_v2(path, &sqlite, SQLITE_OPEN_READWRITE, vfs), SQLITE_OK);
    code = sqlite3_prepare_v2(sqlite, query, -1, &statement, NULL);
    must(code == SQLITE_OK, "%s: %s", query, sqlite3_errmsg(sqlite));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *text = (const char *)sqlite3_column_text(statement, i);
            int length = snprintf(out + used, size - used, "%s%s", i > 0 ? "|" : "",
                                  text == NULL ? "" : text);
            assert_true(length >= 0 && (size_t)length < size - used);
            used += (size_t)length;
        }
        assert_true(used + 1 < size);
        out[used++] = '\n';
        out[used] = '\0';
    }
    must(code == SQLITE_DONE, "%s: %s", query, sqlite3_errmsg(sqlite));
    sqlite3_finalize(statement);
    sqlite3_close(sqlite);
}

void fixture_check_file(const struct journal_fixture *fixture)
{
    char text[256];
    fixture_query(fixture, "PRAGMA integrity_check", text, sizeof text);
    assert_string_equal(text, "ok\n");
    fixture_query(fixture, "SELECT count(*) = ifnull(max(seq) - min(seq) + 1, 0) FROM events", text,
                  sizeof text);
    assert_string_equal(text, "1\n");
}

unsigned char *fixture_load(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    *size = 0;
    if (file == NULL) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, file), *size);
    fclose(file);
    return data;
}

void fixture_save(const char *path, const unsigned char *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void fixture_copy(const struct journal_fixture *from, const struct journal_fixture *to)
{
    static const char *const names[] = {"history.db", "history.db-wal"};
    for (size_t i = 0; i < 2; i++) {
        char path[1024];
        size_t size;
        fixture_path(from, names[i], path);
        unsigned char *data = fixture_load(path, &size);
        fixture_path(to, names[i], path);
        if (data != NULL) {
            fixture_save(path, data, size);
        }
        free(data);
    }
}

struct counting {
    const char *begin, *end;
    unsigned count;
};

static void count_one(void *arg, const char *name)
{
    struct counting *counting = arg;
    size_t length = strlen(name), tail = strlen(counting->end);
    counting->count += strncmp(name, counting->begin, strlen(counting->begin)) == 0 &&
                       length >= tail && strcmp(name + length - tail, counting->end) == 0;
}

unsigned fixture_count(const struct journal_fixture *fixture, const char *begin, const char *end)
{
    struct counting counting = {begin, end, 0};
    assert_int_equal(files_list(fixture->folder, count_one, &counting), 0);
    return counting.count;
}

static uint64_t random_state = 1;

void fixture_seed(unsigned seed)
{
    random_state = seed * UINT64_C(2) + 1;
}

/* The upper half of a linear congruential generator; plenty for tests. */
unsigned fixture_random(unsigned below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(random_state >> 33) % below;
}

unsigned fixture_setting(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : (unsigned)strtoul(text, NULL, 10);
}
