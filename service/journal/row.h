/* row.h: an event's row: its columns, taken from its JSON, so that they say what was published. */
#ifndef MSIWATCH_SERVICE_ROW_H
#define MSIWATCH_SERVICE_ROW_H

#include "common/model.h"

#include <sqlite3.h>

#define ROW_INSERT                                                                                 \
    "INSERT INTO events (seq, kind, at, from_state, to_state, reasons, after_ms, of_seq, source,"  \
    " product, version, package, result, status, reboot, json, checksum, highest_at)"              \
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"

/* Binds an event to ROW_INSERT. `highest_at` is the highest `at` of all events so far, "" before
 * the first, and is raised to that of this one. `json` must stay until the statement is reset.
 * SQLITE_OK, SQLITE_NOMEM, or SQLITE_MISMATCH for what is no event. */
int row_bind(sqlite3_stmt *statement, uint64_t seq, const char *json, size_t size,
             char highest_at[MSIWATCH_TIME_CHARS + 1]);

#endif
