/* secure_files.h: checks and secures the data folder and the files in it; writes, lists and removes
 * files.
 *
 * Anyone who may write to ProgramData can plant a folder, a link or a file where the service will
 * look for its own (service/SECURITY.md). So the service first examines everything without
 * following links. It moves aside whatever does not belong there, and never uses or deletes it.
 * secure_files.c holds the rules; secure_files_win32.c and secure_files_posix.c query the system.
 * Any thread. Paths are UTF-8. Functions return 0 or a negative libuv code unless they say
 * otherwise.
 */
#ifndef MSIWATCH_SERVICE_SECURE_FILES_H
#define MSIWATCH_SERVICE_SECURE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILES_PATH 1024

/* Facts about what lies at a path. Links are not followed. */
struct files_facts {
    bool exists;
    bool folder;        /* a directory */
    bool leads_away;    /* a symbolic link, a junction or another reparse point */
    bool plain;         /* a regular file */
    bool trusted_owner; /* Windows: SYSTEM, administrators or this user; else root or this user */
    /* Others may use it. Windows: its DACL grants others any right, or any right to new files in
     * it; elsewhere: the mode's bits do. */
    bool open;
    uint64_t links; /* how many names (hard links) it has */
    uint64_t size;
};

/* Why the service must not use a file or folder. */
enum files_defect {
    FILES_FINE,
    FILES_MISSING,
    FILES_DENIED, /* we may not even examine it */
    FILES_LEADS_AWAY,
    FILES_WRONG_KIND,
    FILES_WRONG_OWNER,
    FILES_LINKED,
    FILES_OPEN,
    FILES_SHARED, /* open to others, and contains files that are not ours */
};

/* Return the first defect that these facts show; FILES_FINE if there is none. */
enum files_defect files_judge_folder(const struct files_facts *facts);
enum files_defect files_judge_file(const struct files_facts *facts);

/* "is a link to somewhere else", ... */
const char *files_defect_words(enum files_defect defect);

/* Makes the data folder safe. Creates it if it is missing, for its owner alone (Windows: SYSTEM and
 * administrators). If it is open to others, closes it and the files in it, that is, takes away the
 * rights of others. If what lies there has another defect or cannot be examined, moves it aside and
 * creates the folder. The parent folder must exist. `aside` is the new name of what was moved, and
 * `defect` says why; `aside` is "" if nothing was moved. If moving fails, for example because
 * somebody has a file in it open, the result says why. A folder that is open to others and contains
 * files that are not ours, such as a temporary folder of all users, is not changed: the result is
 * UV_EPERM with FILES_SHARED. The service's default folder is closed all the same, because others
 * could put a file there to prevent that. */
struct files_secured {
    enum files_defect defect;
    char aside[FILES_PATH];
};
int files_secure_folder(const char *path, struct files_secured *out);

/* Writes why files_secure_folder failed: "it belongs to somebody else and cannot be moved aside:
 * ..." */
void files_explain(const struct files_secured *secured, int error, char *out, size_t size);

/* Moves aside what lies at a file's path, unless nothing is there or it is one of our files. */
int files_secure_file(const char *path, struct files_secured *out);

/* Returns whether the service uses this name for a file. files_is_journal: for the journal, its
 * quarantined files, and the remains of a journal that was being created. files_is_ours: also for
 * the logs, the lock file, the file that keeps a hold, and those of them that were moved aside. */
bool files_is_journal(const char *name);
bool files_is_ours(const char *name);

/* For a folder that was judged FILES_FINE or FILES_OPEN: closes it and our files in it, if they are
 * open to others. If the folder must not be closed, sets *defect to FILES_SHARED and closes
 * nothing. */
int files_close_folder(const char *path, enum files_defect *defect);

/* Writes FOLDER/NAME. Returns false if that is too long. */
bool files_join(char out[FILES_PATH], const char *folder, const char *name);

/* Writes the first name of "STEM.TIME.SUFFIX", "STEM.TIME-2.SUFFIX"... that is free in the folder,
 * also with "-wal" or "-shm" added. Writes the name, not the path. */
int files_free_name(char out[FILES_PATH], const char *folder, const char *stem, const char *suffix);

/* Calls `each` with the name of every file in the folder, in no particular order. */
int files_list(const char *folder, void (*each)(void *arg, const char *name), void *arg);

/* Removes a file (if it is a link, only the link); succeeds if it does not exist. */
int files_remove(const char *path);

/* Creates a file, which must not exist yet, with this mode (Windows: with the rights that it
 * inherits), and writes the text to the disk. On failure, no file remains. */
int files_write_new(const char *path, int mode, const char *text, size_t size);

/* ---- secure_files_win32.c, secure_files_posix.c ---- */

/* Examines what is at the path, without following links. Returns 0 with `exists` false if nothing
 * is there. */
int files_look(const char *path, struct files_facts *out);

/* Creates a folder with the rights described above. UV_EEXIST if something is already there. */
int files_make_folder(const char *path);

/* Takes away all rights of others to a folder or file of ours, but not to what is in the folder.
 * UV_EPERM if it is not ours, or is a link. Handles that others have already opened stay valid. */
int files_close(const char *path);

/* Returns whether this is the service's default data folder; false if the system has none. */
bool files_is_own_folder(const char *path);

/* Renames, and returns when the new name is on the disk. `to` must not exist. */
int files_move(const char *from, const char *to);

/* Writes the path without links or relative parts, as SQLite needs it. */
int files_real_path(const char *path, char out[FILES_PATH]);

/* Locks a file, which it creates if necessary, until files_unlock or the end of this process.
 * UV_EBUSY if another process has locked it. */
struct files_lock;
int files_lock(const char *path, struct files_lock **out);
void files_unlock(struct files_lock *lock);

#endif
