/* sql.c: runs SQL that needs no prepared statement. */
#include "journal/sql.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct problem sql_problem(int code, const char *what)
{
    struct problem problem = {OUTCOME_OK, ""};
    int kind = code & 0xFF;
    if (kind != SQLITE_OK && kind != SQLITE_DONE && kind != SQLITE_ROW) {
        bool damaged = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
        problem.outcome = damaged ? OUTCOME_DAMAGED : OUTCOME_FAILED;
        snprintf(problem.words, sizeof problem.words, "%s: %s (%d)", what, sqlite3_errstr(code),
                 code);
    }
    return problem;
}

int sql_run(sqlite3 *sqlite, const char *sql)
{
    return sqlite3_exec(sqlite, sql, NULL, NULL, NULL);
}

static int take_row(void *arg, int count, char **values, char **names)
{
    const struct sql_column *columns = arg;
    (void)names;
    for (int i = 0; i < count; i++) {
        snprintf(columns[i].out, columns[i].size, "%s", values[i] == NULL ? "" : values[i]);
    }
    return 0;
}

int sql_row(sqlite3 *sqlite, const char *sql, const struct sql_column *columns, int count)
{
    for (int i = 0; i < count; i++) {
        columns[i].out[0] = '\0';
    }
    return sqlite3_exec(sqlite, sql, take_row, (void *)(uintptr_t)columns, NULL);
}

int sql_text(sqlite3 *sqlite, const char *sql, char *out, size_t size)
{
    const struct sql_column column = {out, size};
    return sql_row(sqlite, sql, &column, 1);
}

int sql_number(sqlite3 *sqlite, const char *sql, int64_t *out)
{
    char text[24];
    int code = sql_text(sqlite, sql, text, sizeof text);
    *out = strtoll(text, NULL, 10);
    return code;
}
