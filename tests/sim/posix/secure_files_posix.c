/* secure_files_posix.c: the data folder and its files, in the native build. */
#include "files/secure_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

struct files_lock {
    int fd;
};

int files_look(const char *path, struct files_facts *out)
{
    struct stat stat;
    memset(out, 0, sizeof *out);
    if (lstat(path, &stat) != 0) {
        return errno == ENOENT ? 0 : uv_translate_sys_error(errno);
    }
    out->exists = true;
    out->folder = S_ISDIR(stat.st_mode);
    out->leads_away = S_ISLNK(stat.st_mode);
    out->plain = S_ISREG(stat.st_mode);
    out->trusted_owner = stat.st_uid == 0 || stat.st_uid == geteuid();
    out->open = (stat.st_mode & 0077) != 0;
    out->links = stat.st_nlink;
    out->size = (uint64_t)stat.st_size;
    return 0;
}

int files_make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 ? 0 : uv_translate_sys_error(errno);
}

static int close_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1) {
        return uv_translate_sys_error(errno);
    }
    int error = fchmod(fd, 0700) == 0 ? 0 : uv_translate_sys_error(errno);
    close(fd);
    return error;
}

int files_close(const char *path)
{
    struct files_facts facts;
    int error = files_look(path, &facts);
    if (error != 0 || !facts.exists) {
        return error != 0 ? error : UV_ENOENT;
    }
    enum files_defect defect = files_judge_folder(&facts);
    if (defect == FILES_OPEN || defect == FILES_FINE) {
        return close_folder(path);
    }
    if (files_judge_file(&facts) != FILES_FINE) {
        return UV_EPERM;
    }
    /* Not with a descriptor, because closing one releases SQLite's locks on the file. */
    return chmod(path, 0600) == 0 ? 0 : uv_translate_sys_error(errno);
}

bool files_is_own_folder(const char *path)
{
    (void)path;
    return false;
}

/* A rename changes the folder. Until the folder is on the disk, a power cut can undo the rename. */
static int sync_folder_of(const char *path)
{
    char folder[FILES_PATH];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (length >= sizeof folder) {
        return UV_ENAMETOOLONG;
    }
    memcpy(folder, slash == NULL ? "." : path, length);
    folder[length] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        return uv_translate_sys_error(errno);
    }
    int error = fsync(fd) == 0 ? 0 : uv_translate_sys_error(errno);
    close(fd);
    return error;
}

int files_move(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0 &&
        /* EINVAL: the file system does not support the flag */
        (errno != EINVAL || rename(from, to) != 0)) {
        return uv_translate_sys_error(errno);
    }
    return sync_folder_of(to);
}

int files_real_path(const char *path, char out[FILES_PATH])
{
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return uv_translate_sys_error(errno);
    }
    size_t size = strlen(real) + 1;
    if (size <= FILES_PATH) {
        memcpy(out, real, size);
    }
    free(real);
    return size <= FILES_PATH ? 0 : UV_ENAMETOOLONG;
}

int files_lock(const char *path, struct files_lock **out)
{
    struct files_lock *lock = malloc(sizeof *lock);
    if (lock == NULL) {
        return UV_ENOMEM;
    }
    lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int error = lock->fd == -1 ? uv_translate_sys_error(errno) : 0;
    if (error == 0 && flock(lock->fd, LOCK_EX | LOCK_NB) != 0) {
        error = errno == EWOULDBLOCK ? UV_EBUSY : uv_translate_sys_error(errno);
        close(lock->fd);
    }
    if (error != 0) {
        free(lock);
        return error;
    }
    *out = lock;
    return 0;
}

void files_unlock(struct files_lock *lock)
{
    if (lock != NULL) {
        close(lock->fd);
        free(lock);
    }
}
