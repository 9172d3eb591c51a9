/* textfile_place.c: creates the metrics' file. */
#include "metrics/textfile_place.h"

#include <stdint.h>
#include <uv.h>

/* Writes everything to the disk. Returns 0 or the first error. */
static int write_through(uv_file file, const char *text, size_t size)
{
    uv_fs_t request;
    int done = 0;
    for (size_t at = 0; done >= 0 && at<size; at += done> 0 ? (size_t)done : 0) {
        uv_buf_t part = uv_buf_init((char *)(uintptr_t)text + at, (unsigned)(size - at));
        done = uv_fs_write(NULL, &request, file, &part, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (done >= 0) {
        done = uv_fs_fsync(NULL, &request, file, NULL);
        uv_fs_req_cleanup(&request);
    }
    return done < 0 ? done : 0;
}

int place_create(const char *path, const char *text, size_t size)
{
    uv_fs_t request;
    /* O_EXCL makes sure that nothing existing is opened or followed. */
    int flags = UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_EXCL;
    int file = uv_fs_open(NULL, &request, path, flags, 0644, NULL);
    uv_fs_req_cleanup(&request);
    if (file < 0) {
        return file;
    }
    int error = write_through(file, text, size);
    int closed = uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
    error = error != 0 ? error : closed;
    if (error != 0) {
        uv_fs_unlink(NULL, &request, path, NULL);
        uv_fs_req_cleanup(&request);
    }
    return error;
}
