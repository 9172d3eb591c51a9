/* textfile_place_posix.c: where the metrics' file may be, in the native build, for the
 * simulator. */
#include "metrics/textfile_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

/* `last` means that the file goes into this folder. In the folders above, others may have files, as
 * long as they cannot rename ours (the sticky bit). */
static bool check_folder(const char *folder, bool last, char why[PLACE_WHY])
{
    struct stat facts;
    if (lstat(folder, &facts) != 0) {
        snprintf(why, PLACE_WHY, "the folder %s: %s", folder, strerror(errno));
        return false;
    }
    bool others_write = (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    bool sticky = (facts.st_mode & S_ISVTX) != 0;
    if (!S_ISDIR(facts.st_mode)) {
        snprintf(why, PLACE_WHY, "%s is not a folder, or leads elsewhere", folder);
        return false;
    }
    if ((facts.st_uid != 0 && facts.st_uid != geteuid()) || (others_write && (last || !sticky))) {
        snprintf(why, PLACE_WHY, "others can change the folder %s", folder);
        return false;
    }
    return true;
}

bool place_check(const char *path, char why[PLACE_WHY])
{
    char folder[1024];
    size_t size = strlen(path);
    if (path[0] != '/' || size >= sizeof folder || strstr(path, "/../") != NULL ||
        strstr(path, "/./") != NULL || strstr(path, "//") != NULL) {
        snprintf(why, PLACE_WHY, "it must be an absolute path without . and ..");
        return false;
    }
    memcpy(folder, path, size + 1);
    char *last = strrchr(folder, '/');
    *last = '\0';
    for (bool innermost = true;; innermost = false) {
        if (!check_folder(folder[0] == '\0' ? "/" : folder, innermost, why)) {
            return false;
        }
        last = strrchr(folder, '/');
        if (last == NULL) {
            return true;
        }
        *last = '\0';
    }
}

int place_rename(const char *from, const char *to)
{
    return rename(from, to) != 0 ? -errno : 0;
}
