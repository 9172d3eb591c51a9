/* hold_file.h: a hold of the queue of turns, kept across restarts: a small file in the data folder.
 *
 * Written on libuv's pool, one write at a time; of several holds that are set meanwhile the last
 * one is kept. What cannot be written is logged. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_HOLD_FILE_H
#define MSIWATCH_SERVICE_HOLD_FILE_H

#include "common/model.h"

#include <uv.h>

struct log;

#define HOLD_FILE_PATH 1024
#define HOLD_FILE_TEXT 4096

struct hold_file {
    uv_loop_t *loop; /* NULL: holds are not kept */
    struct log *log;
    char path[HOLD_FILE_PATH], beside[HOLD_FILE_PATH];    /* written beside it first */
    char wanted[HOLD_FILE_TEXT], writing[HOLD_FILE_TEXT]; /* "": no file */
    bool busy, again;
    int error; /* of the write under way */
    uv_work_t work;
};

/* In that folder, which is one that only the service can change. */
void hold_file_init(struct hold_file *file, uv_loop_t *loop, struct log *log, const char *folder);

/* What is kept; false: nothing that can be used. Waits for the disk: for the start. */
bool hold_file_read(const struct hold_file *file, struct turns_brief *out);

/* Keeps it; NULL: removes what is kept. */
void hold_file_keep(struct hold_file *file, const struct turns_brief *hold);

#endif
