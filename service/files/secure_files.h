/* secure_files.h: the data folder and the files in it: what lies there, and whether it may be
 * trusted.
 *
 * Whoever may write to ProgramData can plant a folder, a link or a file where the service will look
 * for its own (service/SECURITY.md). So everything is looked at without being followed first, and
 * what does not belong is moved aside and never used, nor deleted.
 * files.c holds the rules; files_win32.c and files_posix.c ask the system. Any thread. Paths are
 * UTF-8. Functions return 0 or a negative libuv code unless they say otherwise.
 */
#ifndef MSIWATCH_SERVICE_SECURE_FILES_H
#define MSIWATCH_SERVICE_SECURE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILES_PATH 1024

/* What lies at a path, itself and not what it may lead to. */
struct files_facts {
    bool exists;
    bool folder;        /* a directory */
    bool leads_away;    /* a symbolic link, a junction or another reparse point */
    bool plain;         /* a regular file */
    bool trusted_owner; /* Windows: SYSTEM, administrators or who we are; else root or who we are */
    bool open;          /* others may use it: Windows: its DACL lets others than the trusted do
                         * anything, or lets them in what is made in it; else a mode's bits */
    uint64_t links;     /* names of it */
    uint64_t size;
};

/* Why something is not ours to use. */
enum files_defect {
    FILES_FINE,
    FILES_MISSING,
    FILES_DENIED, /* even looking at it is not allowed */
    FILES_LEADS_AWAY,
    FILES_WRONG_KIND,
    FILES_WRONG_OWNER,
    FILES_LINKED,
    FILES_OPEN,
    FILES_SHARED, /* open to others, with what is not ours in it */
};

enum files_defect files_judge_folder(const struct files_facts *facts);
enum files_defect files_judge_file(const struct files_facts *facts);

/* "is a link to somewhere else", ... */
const char *files_defect_words(enum files_defect defect);

/* Makes the data folder safe: makes it if it is missing, for its owner alone (Windows: SYSTEM and
 * administrators); closes it and the files in it if it is open to others; moves aside what lies
 * there if it has a defect or may not be looked at, and then makes it. Its parent must be there.
 * `aside` is the name it was moved to, with `defect` saying why; "" if it was not moved, or cannot
 * be, as when somebody has a file in it open: then the result is why. A folder that is open to
 * others and holds more than ours, as a temporary folder of all users does, is left as it is:
 * UV_EPERM, with FILES_SHARED; but not the service's own place, into which others may have put
 * something to bring that about. */
struct files_secured {
    enum files_defect defect;
    char aside[FILES_PATH];
};
int files_secure_folder(const char *path, struct files_secured *out);

/* Why files_secure_folder failed: "it belongs to somebody else and cannot be moved aside: ..." */
void files_explain(const struct files_secured *secured, int error, char *out, size_t size);

/* Moves aside what lies at a file's path, unless it is a file of ours or nothing. */
int files_secure_file(const char *path, struct files_secured *out);

/* Whether the service gives files such names: the journal's and what was set aside of it, what is
 * left of one that was being made; the logs and the lock file, and what was set aside of them. */
bool files_is_journal(const char *name);
bool files_is_ours(const char *name);

/* Of a folder that was judged FILES_FINE or FILES_OPEN: closes it and our files in it, if they
 * are open to others; or sets *defect to FILES_SHARED, and closes nothing. */
int files_close_folder(const char *path, enum files_defect *defect);

/* FOLDER/NAME; false when that is too long. */
bool files_join(char out[FILES_PATH], const char *folder, const char *name);

/* The first of "STEM.TIME.SUFFIX", "STEM.TIME-2.SUFFIX"... in the folder of which no file exists,
 * nor one with "-wal" or "-shm" added. Gives the name and not the path. */
int files_free_name(char out[FILES_PATH], const char *folder, const char *stem, const char *suffix);

/* Calls `each` with the name of every file in the folder, in no order. */
int files_list(const char *folder, void (*each)(void *arg, const char *name), void *arg);

/* Removes a file; one that is not there is fine. */
int files_remove(const char *path);

/* ---- files_win32.c, files_posix.c ---- */

int files_look(const char *path, struct files_facts *out);

/* Makes a folder as above. UV_EEXIST if something lies there. */
int files_make_folder(const char *path);

/* Takes all rights of others to a folder or file of ours away; not to what is in it. UV_EPERM if it
 * is not ours, or a link. Who has it open keeps it until they close it. */
int files_close(const char *path);

/* Whether it is the place that the service has for its data unless another is given; false
 * where it has none. */
bool files_is_own_folder(const char *path);

/* Renames, for good before it returns. `to` must not exist. */
int files_move(const char *from, const char *to);

/* The path without links or relative parts, as SQLite wants it. */
int files_real_path(const char *path, char out[FILES_PATH]);

/* Takes hold of a file, which it makes if need be, until it is released or this process ends.
 * UV_EBUSY if another process has it. */
struct files_lock;
int files_lock(const char *path, struct files_lock **out);
void files_unlock(struct files_lock *lock);

#endif
