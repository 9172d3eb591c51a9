/* secure_files.c: the rules that decide whether the data folder and its files can be trusted. */
#include "files/secure_files.h"

#include "base/clock.h"
#include "common/model.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#ifdef _WIN32
#define SEPARATOR "\\"
#else
#define SEPARATOR "/"
#endif

enum { MOST_NAMES = 1000 };

enum files_defect files_judge_folder(const struct files_facts *facts)
{
    return !facts->exists          ? FILES_MISSING
           : facts->leads_away     ? FILES_LEADS_AWAY
           : !facts->folder        ? FILES_WRONG_KIND
           : !facts->trusted_owner ? FILES_WRONG_OWNER
           : facts->open           ? FILES_OPEN
                                   : FILES_FINE;
}

enum files_defect files_judge_file(const struct files_facts *facts)
{
    return !facts->exists          ? FILES_MISSING
           : facts->leads_away     ? FILES_LEADS_AWAY
           : !facts->plain         ? FILES_WRONG_KIND
           : !facts->trusted_owner ? FILES_WRONG_OWNER
           : facts->links > 1      ? FILES_LINKED
                                   : FILES_FINE;
}

const char *files_defect_words(enum files_defect defect)
{
    switch (defect) {
    case FILES_FINE:
        return "is fine";
    case FILES_MISSING:
        return "does not exist";
    case FILES_DENIED:
        return "cannot be examined";
    case FILES_LEADS_AWAY:
        return "is a link to another place";
    case FILES_WRONG_KIND:
        return "is not of the expected kind";
    case FILES_WRONG_OWNER:
        return "belongs to another user";
    case FILES_LINKED:
        return "has other names (hard links)";
    case FILES_OPEN:
        return "is open to other users";
    case FILES_SHARED:
        return "is open to other users and contains files that are not msiwatchd's: use a folder "
               "of its own";
    }
    return "has a defect";
}

static bool begins_with(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

bool files_is_journal(const char *name)
{
    return begins_with(name, "history.db") || begins_with(name, "history.new");
}

bool files_is_ours(const char *name)
{
    return files_is_journal(name) || begins_with(name, "msiwatchd.log") ||
           begins_with(name, "msiwatchd.lock") || begins_with(name, "msiwatchd.hold");
}

bool files_join(char out[FILES_PATH], const char *folder, const char *name)
{
    int length = snprintf(out, FILES_PATH, "%s" SEPARATOR "%s", folder, name);
    return length > 0 && length < FILES_PATH;
}

static bool is_taken(const char *folder, const char *name, const char *ending)
{
    char path[FILES_PATH], full[FILES_PATH];
    struct files_facts facts;
    int length = snprintf(full, sizeof full, "%s%s", name, ending);
    return length < 0 || length >= FILES_PATH || !files_join(path, folder, full) ||
           files_look(path, &facts) != 0 || facts.exists;
}

int files_free_name(char out[FILES_PATH], const char *folder, const char *stem, const char *suffix)
{
    /* 2026-11-22T10:41:07.123Z becomes 20261122T104107Z, because a file name may not contain
     * colons. */
    char time[MSIWATCH_TIME_CHARS + 1], compact[MSIWATCH_TIME_CHARS + 1];
    size_t length = 0;
    time_format(clock_wall_ms(), time);
    for (const char *c = time; *c != '.'; c++) {
        if (*c != '-' && *c != ':') {
            compact[length++] = *c;
        }
    }
    compact[length++] = 'Z';
    compact[length] = '\0';
    for (int i = 1; i <= MOST_NAMES; i++) {
        char number[16] = "";
        if (i > 1) {
            snprintf(number, sizeof number, "-%d", i);
        }
        int size = snprintf(out, FILES_PATH, "%s.%s%s.%s", stem, compact, number, suffix);
        if (size < 0 || size >= FILES_PATH) {
            return UV_ENAMETOOLONG;
        }
        if (!is_taken(folder, out, "") && !is_taken(folder, out, "-wal") &&
            !is_taken(folder, out, "-shm")) {
            return 0;
        }
    }
    return UV_EEXIST;
}

int files_list(const char *folder, void (*each)(void *arg, const char *name), void *arg)
{
    uv_fs_t request;
    uv_dirent_t entry;
    int result = uv_fs_scandir(NULL, &request, folder, 0, NULL);
    while (result >= 0 && uv_fs_scandir_next(&request, &entry) != UV_EOF) {
        each(arg, entry.name);
    }
    uv_fs_req_cleanup(&request);
    return result < 0 ? result : 0;
}

int files_remove(const char *path)
{
    uv_fs_t request;
    int error = uv_fs_unlink(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
    return error == UV_ENOENT ? 0 : error;
}

/* Writes everything to the disk. Returns 0 or the first error. */
static int write_through(uv_file file, const char *text, size_t size)
{
    uv_fs_t request;
    size_t at = 0;
    int done = 0;
    while (done >= 0 && at < size) {
        uv_buf_t part = uv_buf_init((char *)(uintptr_t)text + at, (unsigned)(size - at));
        done = uv_fs_write(NULL, &request, file, &part, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
        at += done > 0 ? (size_t)done : 0;
    }
    if (done >= 0) {
        done = uv_fs_fsync(NULL, &request, file, NULL);
        uv_fs_req_cleanup(&request);
    }
    return done < 0 ? done : 0;
}

int files_write_new(const char *path, int mode, const char *text, size_t size)
{
    uv_fs_t request;
    /* O_EXCL makes sure that nothing existing is opened or followed. */
    int flags = UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_EXCL;
    int file = uv_fs_open(NULL, &request, path, flags, mode, NULL);
    uv_fs_req_cleanup(&request);
    if (file < 0) {
        return file;
    }
    int error = write_through(file, text, size);
    int closed = uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
    error = error != 0 ? error : closed;
    if (error != 0) {
        files_remove(path);
    }
    return error;
}

/* Renames the file or folder at `path` to "PATH.TIME.aside". */
static int set_aside(const char *path, char aside[FILES_PATH])
{
    char folder[FILES_PATH], name[FILES_PATH];
    size_t length = strlen(path);
    if (length >= sizeof folder) {
        return UV_ENAMETOOLONG;
    }
    memcpy(folder, path, length + 1);
    while (length > 0 && strchr("/" SEPARATOR, folder[length - 1]) == NULL) {
        length--;
    }
    const char *stem = path + length;
    if (length == 0) {
        snprintf(folder, sizeof folder, ".");
    } else {
        folder[length > 1 ? length - 1 : 1] = '\0';
    }
    int error = files_free_name(name, folder, stem, "aside");
    if (error == 0) {
        error = files_join(aside, folder, name) ? files_move(path, aside) : UV_ENAMETOOLONG;
    }
    if (error != 0) {
        aside[0] = '\0';
    }
    return error;
}

int files_secure_file(const char *path, struct files_secured *out)
{
    struct files_facts facts;
    out->defect = FILES_FINE;
    out->aside[0] = '\0';
    int error = files_look(path, &facts);
    enum files_defect defect = error == 0 ? files_judge_file(&facts) : FILES_FINE;
    if (defect != FILES_FINE && defect != FILES_MISSING) {
        out->defect = defect;
        error = set_aside(path, out->aside);
    }
    return error;
}

struct closing {
    const char *folder;
    int error; /* the first error */
};

static void close_one(void *arg, const char *name)
{
    struct closing *closing = arg;
    struct files_facts facts = {.exists = false};
    char path[FILES_PATH];
    if (!files_is_ours(name)) {
        return;
    }
    int error = files_join(path, closing->folder, name) ? files_look(path, &facts)
                                                        : UV_ENAMETOOLONG;
    if (error == 0 && facts.open && files_judge_file(&facts) == FILES_FINE) {
        error = files_close(path);
    }
    if (closing->error == 0 && error != UV_ENOENT) {
        closing->error = error;
    }
}

static void look_for_others(void *arg, const char *name)
{
    bool *found = arg;
    *found = *found || !files_is_ours(name);
}

/* Finds whether the folder contains anything that is not ours, judging by names. */
static int find_others(const char *folder, bool *found)
{
    *found = false;
    return files_list(folder, look_for_others, found);
}

/* Closes the folder first, because from then on nobody else can put anything into it. Checks our
 * files in it even if the folder was already closed: an earlier call may have been interrupted
 * after the folder. */
int files_close_folder(const char *path, enum files_defect *defect)
{
    struct closing closing = {path, 0};
    bool others;
    int error = 0;
    if (*defect == FILES_OPEN) {
        error = find_others(path, &others);
        if (error == 0 && others && !files_is_own_folder(path)) {
            *defect = FILES_SHARED;
            return 0;
        }
        error = error == 0 ? files_close(path) : error;
    }
    if (error == 0) {
        *defect = FILES_FINE;
        error = files_list(path, close_one, &closing);
    }
    return error != 0 ? error : closing.error;
}

/* *defect is FILES_FINE if the folder is fine, or could be closed. */
static int look_at_folder(const char *path, enum files_defect *defect)
{
    struct files_facts facts;
    int error = files_look(path, &facts);
    if (error == UV_EACCES || error == UV_EPERM) {
        *defect = FILES_DENIED;
        return 0;
    }
    if (error != 0) {
        return error;
    }
    *defect = files_judge_folder(&facts);
    return *defect == FILES_FINE || *defect == FILES_OPEN ? files_close_folder(path, defect) : 0;
}

int files_secure_folder(const char *path, struct files_secured *out)
{
    enum files_defect defect = FILES_FINE;
    out->defect = FILES_FINE;
    out->aside[0] = '\0';
    int error = look_at_folder(path, &defect);
    if (error == 0 && defect == FILES_SHARED) {
        out->defect = defect;
        return UV_EPERM;
    }
    if (error == 0 && defect != FILES_FINE && defect != FILES_MISSING) {
        out->defect = defect;
        error = set_aside(path, out->aside);
        defect = FILES_MISSING;
    }
    if (error != 0 || defect == FILES_FINE) {
        return error;
    }
    error = files_make_folder(path);
    if (error != 0 && error != UV_EEXIST) {
        return error;
    }
    /* Another process may have made it first, so check what is there now. */
    error = look_at_folder(path, &defect);
    return error != 0 ? error : defect == FILES_FINE ? 0 : UV_EPERM;
}

void files_explain(const struct files_secured *secured, int error, char *out, size_t size)
{
    if (secured->defect == FILES_FINE) {
        snprintf(out, size, "%s", uv_strerror(error));
    } else if (secured->defect == FILES_SHARED) {
        snprintf(out, size, "it %s", files_defect_words(secured->defect));
    } else if (secured->aside[0] == '\0') {
        snprintf(out, size, "it %s, and it cannot be moved away: %s",
                 files_defect_words(secured->defect), uv_strerror(error));
    } else {
        snprintf(out, size, "it %s, so it was moved to %s, but a new one cannot be created: %s",
                 files_defect_words(secured->defect), secured->aside, uv_strerror(error));
    }
}
