/* log_files.c: secures the log's two files before the log begins. */
#include "files/log_files.h"

#include "files/secure_files.h"

#include <stdio.h>
#include <uv.h>

int log_files_open(struct log **out, const char *path, int console, enum log_level level)
{
    struct files_secured secured[2];
    char old_path[FILES_PATH];
    const char *const paths[2] = {path, old_path};
    int size = snprintf(old_path, sizeof old_path, "%s" LOG_OLD, path);
    if (size < 0 || (size_t)size >= sizeof old_path) {
        return UV_ENAMETOOLONG;
    }
    int error = files_secure_file(path, &secured[0]);
    int old_error = files_secure_file(old_path, &secured[1]);
    if (error == 0) {
        error = old_error;
    }
    if (error == 0) {
        error = log_new(out, path, console, level);
    }
    for (size_t i = 0; error == 0 && i < 2; i++) {
        if (secured[i].aside[0] != '\0') {
            log_line(*out, LOG_ERROR, "%s %s, so it was moved to %s", paths[i],
                     files_defect_words(secured[i].defect), secured[i].aside);
        }
    }
    return error;
}
