/* service.h: the composition root. Creates the rooms on one loop, connects them, and tears them
 * down in reverse.
 *
 * All functions belong to the thread that runs the loop, except for service_ask_*, which any thread
 * may call between service_new and service_free.
 */
#ifndef MSIWATCH_SERVICE_SERVICE_H
#define MSIWATCH_SERVICE_SERVICE_H

#include "common/access_level.h"
#include "config/layers.h"

#include <uv.h>

struct install_log;
struct eventlog;
struct sampler;
struct service;

struct service_config {
    const struct settings *settings;              /* copied */
    const struct settings_rejected *rejected;     /* copied; NULL: none */
    const struct mitigation_results *mitigations; /* copied; NULL: none */
    struct log *log;                              /* the caller's, outlives the service */
    struct eventlog *eventlog; /* the caller's, outlives the service; may be NULL */
    /* Makes the sensors and gives them to the sampler; what the event log says goes to `records`.
     * 0 or a negative libuv code. */
    int (*add_sensors)(struct sampler *sampler, struct install_log *records, void *sensors);
    void *sensors;
    /* What a client may see; NULL: client_access_level (pipe/client_identity.h). For tests, with
     * `arg`. */
    enum access_level (*identify)(void *arg, uv_pipe_t *pipe);
    /* When Windows was booted, by the wall clock of that time: it names the boot. 0: not known. */
    int64_t booted_ms;
    uint64_t uptime_ms; /* since then; 0: not known */
    /* Called on the loop thread once the pipe answers. May be NULL. */
    void (*ready)(void *arg);
    void *arg;
};

/* Makes everything and starts listening and sampling. 0 or a negative libuv code, after a line in
 * the log that says what failed; nothing is then left behind. */
int service_new(struct service **out, const struct service_config *config);

/* Runs until service_ask_stop; tells every client, ends within 2 s. 0, or a negative libuv code
 * when it ended because something failed. */
int service_run(struct service *service);

/* False: a sensor hangs, and goes on using the log and config->sensors until the process ends. */
bool service_free(struct service *service);

/* The full name of the pipe it listens on; until service_run returns. */
const char *service_pipe(const struct service *service);

/* End soon. Any thread. */
void service_ask_stop(struct service *service);

/* Look at once: resumed from sleep, or something else hints. Any thread. */
void service_ask_look(struct service *service);

/* The settings were read again: takes up what changed and can change while it runs. Any thread. */
void service_ask_settings(struct service *service, const struct settings *settings,
                          const struct settings_rejected *rejected);

#endif
