/* sql.h: SQL that needs no prepared statement, and what SQLite's codes mean.
 *
 * Whichever thread has the connection.
 */
#ifndef MSIWATCH_SERVICE_SQL_H
#define MSIWATCH_SERVICE_SQL_H

#include "journal/problem.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/* What a SQLite code means; WHAT was being done. */
struct problem sql_problem(int code, const char *what);

/* SQL whose rows do not matter. A SQLite code. */
int sql_run(sqlite3 *sqlite, const char *sql);

/* Where a column's text goes, cut to its size; "" if it is NULL, or there is no row. */
struct sql_column {
    char *out;
    size_t size;
};

/* A query of one row, which must not have more columns than these. A SQLite code. */
int sql_row(sqlite3 *sqlite, const char *sql, const struct sql_column *columns, int count);

/* A query of one text, or of one number, which is 0 if there is none. A SQLite code. */
int sql_text(sqlite3 *sqlite, const char *sql, char *out, size_t size);
int sql_number(sqlite3 *sqlite, const char *sql, int64_t *out);

#endif
