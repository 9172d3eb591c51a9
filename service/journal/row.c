/* row.c: an event's row. */
#include "journal/row.h"

#include "journal/event_json.h"

#include <string.h>
#include <yyjson.h>

enum column {
    SEQ = 1,
    KIND,
    AT,
    FROM_STATE,
    TO_STATE,
    REASONS,
    AFTER_MS,
    OF_SEQ,
    SOURCE,
    PRODUCT,
    VERSION,
    PACKAGE,
    RESULT,
    STATUS,
    REBOOT,
    JSON,
    CHECKSUM,
    HIGHEST_AT
};

/* Members that are missing, null or of another type are NULL in the row. */
static int bind_text(sqlite3_stmt *statement, int column, yyjson_val *object, const char *key)
{
    yyjson_val *value = yyjson_obj_get(object, key);
    return yyjson_is_str(value) ? sqlite3_bind_text(statement, column, yyjson_get_str(value),
                                                    (int)yyjson_get_len(value), SQLITE_TRANSIENT)
                                : sqlite3_bind_null(statement, column);
}

static int bind_number(sqlite3_stmt *statement, int column, yyjson_val *object, const char *key)
{
    yyjson_val *value = yyjson_obj_get(object, key);
    return yyjson_is_int(value) ? sqlite3_bind_int64(statement, column, yyjson_get_sint(value))
                                : sqlite3_bind_null(statement, column);
}

/* "mutex,msiserver" */
static int bind_reasons(sqlite3_stmt *statement, yyjson_val *event)
{
    yyjson_val *reasons = yyjson_obj_get(event, "reasons");
    char text[128] = "";
    size_t size = 0;
    size_t index, count;
    yyjson_val *reason;
    if (!yyjson_is_arr(reasons)) {
        return sqlite3_bind_null(statement, REASONS);
    }
    yyjson_arr_foreach(reasons, index, count, reason)
    {
        size_t length = yyjson_get_len(reason);
        if (!yyjson_is_str(reason) || size + length + 1 >= sizeof text) {
            break;
        }
        if (size > 0) {
            text[size++] = ',';
        }
        memcpy(text + size, yyjson_get_str(reason), length);
        size += length;
    }
    return sqlite3_bind_text(statement, REASONS, text, (int)size, SQLITE_TRANSIENT);
}

static int bind_members(sqlite3_stmt *statement, yyjson_val *event)
{
    static const struct {
        const char *key;
        enum column column;
        bool number, of_install;
    } members[] = {
        {"kind", KIND, false, false},        {"at", AT, false, false},
        {"from", FROM_STATE, false, false},  {"to", TO_STATE, false, false},
        {"after_ms", AFTER_MS, true, false}, {"of", OF_SEQ, true, false},
        {"source", SOURCE, false, true},     {"product", PRODUCT, false, true},
        {"version", VERSION, false, true},   {"package", PACKAGE, false, true},
        {"result", RESULT, false, true},     {"status", STATUS, true, true},
        {"reboot", REBOOT, false, true},
    };
    yyjson_val *install = yyjson_obj_get(event, "install");
    int code = bind_reasons(statement, event);
    for (size_t i = 0; code == SQLITE_OK && i < sizeof members / sizeof members[0]; i++) {
        yyjson_val *object = members[i].of_install ? install : event;
        code = (members[i].number ? bind_number : bind_text)(statement, (int)members[i].column,
                                                             object, members[i].key);
    }
    return code;
}

static int bind_rest(sqlite3_stmt *statement, uint64_t seq, const char *json, size_t size,
                     const char *highest_at)
{
    const int codes[] = {
        sqlite3_bind_int64(statement, SEQ, (sqlite3_int64)seq),
        sqlite3_bind_text(statement, JSON, json, (int)size, SQLITE_STATIC),
        sqlite3_bind_int64(statement, CHECKSUM, (sqlite3_int64)event_checksum(json, size)),
        sqlite3_bind_text(statement, HIGHEST_AT, highest_at, MSIWATCH_TIME_CHARS, SQLITE_TRANSIENT),
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] != SQLITE_OK) {
            return codes[i];
        }
    }
    return SQLITE_OK;
}

int row_bind(sqlite3_stmt *statement, uint64_t seq, const char *json, size_t size,
             char highest_at[MSIWATCH_TIME_CHARS + 1])
{
    yyjson_doc *doc = yyjson_read(json, size, YYJSON_READ_NOFLAG);
    yyjson_val *event = yyjson_doc_get_root(doc);
    const char *at = yyjson_get_str(yyjson_obj_get(event, "at"));
    int code = doc == NULL ? SQLITE_NOMEM : SQLITE_MISMATCH;
    if (at != NULL && strlen(at) == MSIWATCH_TIME_CHARS) {
        if (strcmp(at, highest_at) > 0) {
            memcpy(highest_at, at, MSIWATCH_TIME_CHARS + 1);
        }
        code = bind_members(statement, event);
    }
    yyjson_doc_free(doc);
    return code != SQLITE_OK ? code : bind_rest(statement, seq, json, size, highest_at);
}
