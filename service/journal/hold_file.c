/* hold_file.c: a file that keeps a hold of the queue of turns across restarts. */
#include "journal/hold_file.h"

#include "base/log.h"
#include "common/wire.h"
#include "files/secure_files.h"

#include <stdlib.h>
#include <string.h>

#define NAME "msiwatchd.hold"

_Static_assert(HOLD_FILE_PATH >= FILES_PATH, "a path must fit");

void hold_file_init(struct hold_file *file, uv_loop_t *loop, struct log *log, const char *folder)
{
    memset(file, 0, sizeof *file);
    file->log = log;
    if (files_join(file->path, folder, NAME) && files_join(file->beside, folder, NAME ".new")) {
        file->loop = loop;
    }
}

/* ---- reading ---- */

static size_t read_all(const char *path, char *out, size_t size)
{
    uv_fs_t request;
    uv_buf_t buffer = uv_buf_init(out, (unsigned)size);
    int file = uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY, 0, NULL);
    uv_fs_req_cleanup(&request);
    if (file < 0) {
        return 0;
    }
    int got = uv_fs_read(NULL, &request, file, &buffer, 1, 0, NULL);
    uv_fs_req_cleanup(&request);
    uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
    return got > 0 ? (size_t)got : 0;
}

bool hold_file_read(const struct hold_file *file, struct turns_brief *out)
{
    struct files_facts facts;
    char text[HOLD_FILE_TEXT];
    memset(out, 0, sizeof *out);
    if (file->loop == NULL || files_look(file->path, &facts) != 0 || !facts.exists) {
        return false;
    }
    if (files_judge_file(&facts) != FILES_FINE) {
        log_line(file->log, LOG_WARN, "ignoring %s: it %s", file->path,
                 files_defect_words(files_judge_file(&facts)));
        return false;
    }
    size_t size = read_all(file->path, text, sizeof text);
    yyjson_doc *doc = size == 0 ? NULL : yyjson_read(text, size, YYJSON_READ_NOFLAG);
    wire_turns_read(yyjson_doc_get_root(doc), out);
    yyjson_doc_free(doc);
    if (!out->held) {
        log_line(file->log, LOG_WARN, "ignoring %s: it does not contain a hold", file->path);
    }
    return out->held;
}

/* ---- writing ---- */

/* Called on a thread of libuv's pool. */
static void write_file(uv_work_t *work)
{
    struct hold_file *file = work->data;
    uv_fs_t request;
    if (file->writing[0] == '\0') {
        file->error = files_remove(file->path);
        return;
    }
    file->error = files_remove(file->beside); /* left over if an earlier write was interrupted */
    if (file->error == 0) {
        file->error = files_write_new(file->beside, 0600, file->writing, strlen(file->writing));
    }
    if (file->error == 0) {
        file->error = uv_fs_rename(NULL, &request, file->beside, file->path, NULL);
        uv_fs_req_cleanup(&request);
    }
}

static void start(struct hold_file *file);

static void on_written(uv_work_t *work, int status)
{
    struct hold_file *file = work->data;
    (void)status;
    file->busy = false;
    if (file->error != 0) {
        log_line(file->log, LOG_ERROR, "cannot save the hold in %s: %s", file->path,
                 uv_strerror(file->error));
    }
    if (file->again) {
        start(file);
    }
}

static void start(struct hold_file *file)
{
    file->again = file->busy;
    if (file->busy) {
        return;
    }
    memcpy(file->writing, file->wanted, sizeof file->writing);
    file->work.data = file;
    file->busy = uv_queue_work(file->loop, &file->work, write_file, on_written) == 0;
}

void hold_file_keep(struct hold_file *file, const struct turns_brief *hold)
{
    if (file->loop == NULL) {
        return;
    }
    file->wanted[0] = '\0';
    if (hold != NULL) {
        struct turns_brief alone = *hold;
        alone.out = false;
        alone.waiting = 0;
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = doc == NULL ? NULL : wire_turns(doc, &alone);
        size_t size = 0;
        char *json = root == NULL
                         ? NULL
                         : yyjson_mut_val_write_opts(root, YYJSON_WRITE_NOFLAG, NULL, &size, NULL);
        yyjson_mut_doc_free(doc);
        if (json == NULL || size >= sizeof file->wanted) {
            log_line(file->log, LOG_ERROR, "cannot save the hold in %s: out of memory", file->path);
            free(json);
            return;
        }
        memcpy(file->wanted, json, size + 1);
        free(json);
    }
    start(file);
}
