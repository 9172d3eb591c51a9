/* quarantine.c: renames a history.db that cannot be used. */
#include "journal/quarantine.h"

#include "common/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define STEM "history.db"
#define SUFFIX ".damaged"

/* The names contain a time, so their order is the order of time. */
static int newest_first(const void *a, const void *b)
{
    return strcmp(b, a);
}

static void note_one(void *arg, const char *name)
{
    struct quarantine_list *list = arg;
    size_t length = strlen(name);
    if (length >= QUARANTINE_NAME || length < sizeof STEM + sizeof SUFFIX - 2 ||
        strncmp(name, STEM ".", sizeof STEM) != 0 ||
        strcmp(name + length - (sizeof SUFFIX - 1), SUFFIX) != 0) {
        return;
    }
    if (list->count++ < QUARANTINE_SHOWN) {
        snprintf(list->names[list->count - 1], QUARANTINE_NAME, "%s", name);
    } else if (strcmp(name, list->names[QUARANTINE_SHOWN - 1]) > 0) {
        snprintf(list->names[QUARANTINE_SHOWN - 1], QUARANTINE_NAME, "%s", name);
    } else {
        return;
    }
    size_t shown = list->count < QUARANTINE_SHOWN ? list->count : QUARANTINE_SHOWN;
    qsort(list->names, shown, QUARANTINE_NAME, newest_first);
}

int quarantine_read(const char *folder, struct quarantine_list *out)
{
    memset(out, 0, sizeof *out);
    return files_list(folder, note_one, out);
}

void quarantine_note(struct quarantine_put_list *list, const char *name)
{
    utf8_copy(list->names[list->count++ % QUARANTINE_SHOWN], QUARANTINE_NAME, name);
}

/* Writes FOLDER/NAME followed by ENDING. */
static bool path_of(char out[FILES_PATH], const char *folder, const char *name, const char *ending)
{
    char full[FILES_PATH];
    int length = snprintf(full, sizeof full, "%s%s", name, ending);
    return length > 0 && length < FILES_PATH && files_join(out, folder, full);
}

static int move_one(const char *folder, const char *name, const char *ending, bool *moved)
{
    char from[FILES_PATH], to[FILES_PATH];
    struct files_facts facts;
    if (!path_of(from, folder, STEM, ending) || !path_of(to, folder, name, ending)) {
        return UV_ENAMETOOLONG;
    }
    int error = files_look(from, &facts);
    if (error != 0 || !facts.exists) {
        return error;
    }
    error = files_move(from, to);
    *moved = *moved || error == 0;
    return error;
}

int quarantine_put(const char *folder, char name[FILES_PATH])
{
    /* The database is renamed first. If this is interrupted, a log without a database is noticed
     * and moved next time, but a database without its log would be opened without the events in
     * that log. */
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct quarantine_list list;
    bool moved = false;
    name[0] = '\0';
    int error = quarantine_read(folder, &list);
    if (error != 0) {
        return error;
    }
    if (list.count >= QUARANTINE_MOST) {
        return UV_ENOSPC;
    }
    error = files_free_name(name, folder, STEM, "damaged");
    for (size_t i = 0; error == 0 && i < sizeof endings / sizeof endings[0]; i++) {
        error = move_one(folder, name, endings[i], &moved);
    }
    if (!moved) {
        name[0] = '\0';
    }
    return error;
}
