/* textfile.h: the metrics in a file, for the textfile collector of windows_exporter and
 * node_exporter: written at every transition and every 30 s.
 *
 * Nothing is ever written in place: a new file of a random name beside it takes its place by a
 * rename, so a reader sees the old text or the new one. A reader that has the old one open keeps
 * the rename from happening on Windows: it is tried again for about a second, and counted. Where
 * the file may be is textfile_place.h's. Writing happens on libuv's threads; the rest on the loop.
 */
#ifndef MSIWATCH_SERVICE_TEXTFILE_H
#define MSIWATCH_SERVICE_TEXTFILE_H

#include "metrics/textfile_place.h"

#include "decide/monitor.h"

#include <stdint.h>
#include <uv.h>

struct log;
struct textfile;

#define TEXTFILE_EVERY_MS 30000u

struct textfile_facts {
    uint64_t written, retries, failures;
    char problem[PLACE_WHY]; /* why the last write failed; "" when it did not, or none was tried */
};

struct textfile_config {
    uv_loop_t *loop;
    struct log *log;
    /* The text, to be freed by the textfile; NULL when memory is out. On the loop. */
    char *(*render)(void *arg, size_t *size);
    void *arg;
    uint32_t every_ms; /* for tests; 0: TEXTFILE_EVERY_MS */
};

/* 0 or a negative libuv code. No file yet. */
int textfile_new(struct textfile **out, const struct textfile_config *config);

/* From now on this one; "" is none. One that was written before elsewhere is removed: nobody would
 * write it any more, and it would be taken for the truth. */
void textfile_set_path(struct textfile *textfile, const char *path);

/* What it says has changed: write it. What comes while it is being written is one more write. */
void textfile_touch(struct textfile *textfile);

/* Touches it at each transition and each installation. */
struct monitor_listener textfile_listener(struct textfile *textfile);

/* Waits for what is being written, releases its handles of the loop, and frees; then calls
 * `stopped` (may be NULL). `render` is not called any more once this returns, except for what was
 * touched before. */
void textfile_stop(struct textfile *textfile, void (*stopped)(void *arg), void *arg);

/* Once no service writes it any more: removes the file, and what a killed service left beside it.
 * Without a textfile; any thread, which somebody who has the file open holds up for about a second.
 * Nothing is touched in a place where none would be written. 0, also when there is none; or a
 * negative libuv code, UV_EACCES for the place, and why. */
int textfile_remove(const char *path, char why[PLACE_WHY]);

/* Lives as long as the textfile; its values change. */
const struct textfile_facts *textfile_facts(const struct textfile *textfile);

#endif
