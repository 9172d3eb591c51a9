/* database_state.h: what database.c and database_write.c share. */
#ifndef MSIWATCH_SERVICE_DATABASE_STATE_H
#define MSIWATCH_SERVICE_DATABASE_STATE_H

#include "journal/database.h"
#include "journal/row.h"

/* The prepared statements. */
enum statement {
    APPEND,
    REMOVE,
    SET_FACT,
    GET_FACT,
    FIRST,
    LAST,
    FIRST_TIMES,
    ONE,
    LAST_TRANSITION,
    STATEMENTS
};

struct database {
    sqlite3 *sqlite;
    sqlite3_stmt *statements[STATEMENTS];
    uint64_t first_seq, last_seq;
    char highest_at[MSIWATCH_TIME_CHARS + 1]; /* of all events */
};

struct problem database_outcome(int code, const char *what);

/* SQL without a result. */
int database_run(struct database *database, const char *text);

#endif
