/* registry_win32.h: reads settings from the registry, and watches them.
 *
 * Windows only.
 */
#ifndef MSIWATCH_SERVICE_REGISTRY_WIN32_H
#define MSIWATCH_SERVICE_REGISTRY_WIN32_H

#include "config/layers.h"

/* Reads the keys of layer_key, in the 64-bit view. There is only one registry, so the result is
 * static. */
struct settings_source *registry_source(void);

/* ---- the watch: a thread that waits for the keys to change ---- */

struct log;
struct registry_watch;

/* Starts the watch. `changed` is called on the watch's thread: once immediately, then about 100 ms
 * after a value was changed (several changes in a row are one) or after registry_watch_again, and
 * at least once a minute without a reason. Returns NULL on failure; GetLastError says why. */
struct registry_watch *registry_watch_new(struct log *log, void (*changed)(void *arg), void *arg);

/* Ends the thread and waits for its end; NULL is allowed. Do not call it from within `changed`. */
void registry_watch_free(struct registry_watch *watch);

/* Calls `changed` soon. Any thread; returns immediately. */
void registry_watch_again(struct registry_watch *watch);

#endif
