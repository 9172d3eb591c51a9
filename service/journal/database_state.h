/* database_state.h: what database.c and database_write.c share. */
#ifndef MSIWATCH_SERVICE_DATABASE_STATE_H
#define MSIWATCH_SERVICE_DATABASE_STATE_H

#include "journal/database.h"

struct database {
    sqlite3 *sqlite;
    sqlite3_stmt *statements[DATABASE_STATEMENTS];
    struct database_facts facts;
};

#endif
