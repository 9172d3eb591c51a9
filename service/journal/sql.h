/* sql.h: runs SQL that needs no prepared statement, and explains SQLite's codes.
 *
 * Call these on the thread that uses the connection.
 */
#ifndef MSIWATCH_SERVICE_SQL_H
#define MSIWATCH_SERVICE_SQL_H

#include "journal/problem.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/* Returns what a SQLite code means; `what` says what was being done. */
struct problem sql_problem(int code, const char *what);

/* Runs SQL and ignores its rows. Returns a SQLite code. */
int sql_run(sqlite3 *sqlite, const char *sql);

/* Receives a column's text, cut to its size; "" if the column is NULL, or there is no row. */
struct sql_column {
    char *out;
    size_t size;
};

/* Runs a query of one row, which must not have more columns than given. Returns a SQLite code. */
int sql_row(sqlite3 *sqlite, const char *sql, const struct sql_column *columns, int count);

/* Runs a query of one text, or of one number, which is 0 if there is none. Returns a SQLite
 * code. */
int sql_text(sqlite3 *sqlite, const char *sql, char *out, size_t size);
int sql_number(sqlite3 *sqlite, const char *sql, int64_t *out);

#endif
