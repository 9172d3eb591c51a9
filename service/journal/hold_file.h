/* hold_file.h: a small file in the data folder that keeps a hold of the queue of turns across
 * restarts.
 *
 * libuv's pool writes it, one write at a time. If several holds are set during a write, the last
 * one is written. A failure is logged. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_HOLD_FILE_H
#define MSIWATCH_SERVICE_HOLD_FILE_H

#include "common/model.h"

#include <uv.h>

struct log;

#define HOLD_FILE_PATH 1024
#define HOLD_FILE_TEXT 4096

struct hold_file {
    uv_loop_t *loop; /* NULL if holds are not kept */
    struct log *log;
    /* `beside` is written first, then renamed to `path` */
    char path[HOLD_FILE_PATH], beside[HOLD_FILE_PATH];
    char wanted[HOLD_FILE_TEXT], writing[HOLD_FILE_TEXT]; /* "" means no file */
    bool busy, again;
    int error; /* of the current write */
    uv_work_t work;
};

/* Keeps the file in `folder`, which only the service can change. */
void hold_file_init(struct hold_file *file, uv_loop_t *loop, struct log *log, const char *folder);

/* Reads the stored hold. Returns false if there is none that can be used. Waits for the disk, so
 * use it only at the start. */
bool hold_file_read(const struct hold_file *file, struct turns_brief *out);

/* Stores the hold; NULL removes the stored one. */
void hold_file_keep(struct hold_file *file, const struct turns_brief *hold);

#endif
