/* registry_win32.h: settings in the registry: read, and watched.
 *
 * Windows only.
 */
#ifndef MSIWATCH_SERVICE_REGISTRY_WIN32_H
#define MSIWATCH_SERVICE_REGISTRY_WIN32_H

#include "config/layers.h"

/* The keys of layer_key, in the 64-bit view. There is one registry, so this is static. */
struct settings_source *registry_source(void);

/* ---- the watch: a thread that waits for the keys to change ---- */

struct log;
struct registry_watch;

/* Starts it. `changed` is called on the watch's thread: at once, some 100 ms after a value was
 * changed (what is written in a row is one change) or after registry_watch_again, and now and then
 * without reason. NULL and GetLastError on failure. */
struct registry_watch *registry_watch_new(struct log *log, void (*changed)(void *arg), void *arg);

/* Ends and joins the thread; NULL is fine. Not from within `changed`. */
void registry_watch_free(struct registry_watch *watch);

/* Calls `changed` soon. Any thread; returns at once. */
void registry_watch_again(struct registry_watch *watch);

#endif
