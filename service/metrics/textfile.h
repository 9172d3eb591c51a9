/* textfile.h: writes the metrics to a file, for the textfile collector of windows_exporter and
 * node_exporter, at every transition and every 30 s.
 *
 * The file is never changed in place. A new file with a random name next to it is renamed over it,
 * so a reader sees either the old text or the new one. On Windows, a reader that has the old file
 * open prevents the rename; it is tried again for about a second, and the retries are counted.
 * textfile_place.h says where the file may be. libuv's threads write the file; everything else is
 * on the loop.
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
    char problem[PLACE_WHY]; /* why the last write failed; "" if it succeeded, or there was none */
};

struct textfile_config {
    uv_loop_t *loop;
    struct log *log;
    /* Called on the loop; returns the text, which the textfile frees; NULL if there is not enough
     * memory. */
    char *(*render)(void *arg, size_t *size);
    void *arg;
    uint32_t every_ms; /* for tests; 0 means TEXTFILE_EVERY_MS */
};

/* Returns 0 or a negative libuv code. No file is written yet. */
int textfile_new(struct textfile **out, const struct textfile_config *config);

/* Sets the path of the file; "" for none. A file that was written at another path before is
 * removed, because its values are no longer updated but would look current. */
void textfile_set_path(struct textfile *textfile, const char *path);

/* Writes the file, because its contents have changed. Calls during a write cause one more write. */
void textfile_touch(struct textfile *textfile);

/* Returns the listener that calls textfile_touch at each transition and each installation. */
struct monitor_listener textfile_listener(struct textfile *textfile);

/* Waits for the current write, closes the handles on the loop, and frees the textfile; then calls
 * `stopped` (may be NULL). After this returns, `render` is called only for a touch that came
 * before. */
void textfile_stop(struct textfile *textfile, void (*stopped)(void *arg), void *arg);

/* For when no service writes the file any more: removes the file, and the temporary files that a
 * killed service left next to it. Needs no textfile. Any thread; a program that has the file open
 * blocks it for about a second. If the service would not write to this place, nothing is removed.
 * Returns 0, also if there is no file; or a negative libuv code, with the reason in `why`;
 * UV_EACCES means that the place is not allowed. */
int textfile_remove(const char *path, char why[PLACE_WHY]);

/* Valid as long as the textfile; its values change. */
const struct textfile_facts *textfile_facts(const struct textfile *textfile);

#endif
