/* fill_lines.c: journal-fill FOLDER: makes a data folder, which must be there and empty, with a
 * journal of the events on standard input, a line each: the time in milliseconds since 1970 UTC, a
 * space, and the Event's members except for seq and at:
 *   1795344067000 "kind":"transition","from":"idle","to":"busy","reasons":["mutex"],"after_ms":null
 */
#include "common/model.h"
#include "journal/database.h"
#include "journal/opening.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1000, LINE = 8192 };

/* The event of that line, the client's to free; NULL: it is none. */
static char *event_of(char *line, uint64_t seq, size_t *size)
{
    char at[MSIWATCH_TIME_CHARS + 1], *members;
    int64_t at_ms = strtoll(line, &members, 10);
    if (*members != ' ') {
        return NULL;
    }
    members[strcspn(members, "\n")] = '\0';
    time_format(at_ms, at);
    char *json = malloc(strlen(members) + 100);
    if (json != NULL) {
        *size = (size_t)sprintf(json, "{\"seq\":%" PRIu64 ",\"at\":\"%s\",%s}", seq, at,
                                members + 1);
    }
    return json;
}

static bool append(struct database *database, struct database_row *rows, size_t count)
{
    struct problem problem = database_append(database, rows, count, &database_keep_all, "");
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)rows[i].json);
    }
    if (problem.outcome != OUTCOME_OK) {
        fprintf(stderr, "journal-fill: %s\n", problem.words);
    }
    return problem.outcome == OUTCOME_OK;
}

static bool append_lines(struct database *database)
{
    static struct database_row rows[ROWS];
    static char line[LINE];
    size_t count = 0;
    bool ok = true;
    for (uint64_t seq = 1; ok && fgets(line, sizeof line, stdin) != NULL; seq++) {
        rows[count].seq = seq;
        rows[count].json = event_of(line, seq, &rows[count].size);
        if (rows[count].json == NULL) {
            fprintf(stderr, "journal-fill: line %" PRIu64 " is no event: %s\n", seq, line);
            return false;
        }
        if (++count == ROWS) {
            ok = append(database, rows, count);
            count = 0;
        }
    }
    return ok && (count == 0 || append(database, rows, count));
}

int main(int argc, char **argv)
{
    struct opening opening = {.folder = argv[argc - 1], .may_quarantine = true};
    if (argc != 2) {
        fprintf(stderr, "usage: journal-fill FOLDER\n");
        return 2;
    }
    opening_run(&opening);
    bool ok = opening.problem.outcome == OUTCOME_OK && append_lines(opening.database);
    if (opening.problem.outcome != OUTCOME_OK) {
        fprintf(stderr, "journal-fill: %s\n", opening.problem.words);
    }
    database_close(opening.database);
    files_unlock(opening.lock);
    return ok ? 0 : 1;
}
