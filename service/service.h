/* service.h: the composition root. Creates the rooms on one loop, connects them, and tears them
 * down in reverse order.
 *
 * All functions must be called on the thread that runs the loop, except for service_ask_*, which
 * any thread may call between service_new and service_free.
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
    const struct settings_rejected *rejected;     /* copied; NULL for none */
    const struct mitigation_results *mitigations; /* copied; NULL for none */
    struct log *log;                              /* the caller's; must outlive the service */
    struct eventlog *eventlog; /* the caller's; must outlive the service; may be NULL */
    /* Creates the sensors and gives them to the sampler. Records from the event log go to
     * `records`. Returns 0 or a negative libuv code. */
    int (*add_sensors)(struct sampler *sampler, struct install_log *records, void *sensors);
    void *sensors;
    /* Returns what a client may see. NULL for client_access_level (pipe/client_identity.h). Tests
     * set it; it gets `arg`. */
    enum access_level (*identify)(void *arg, uv_pipe_t *pipe);
    /* When Windows was booted, by the wall clock at that time. It identifies the boot. 0 if not
     * known. */
    int64_t booted_ms;
    uint64_t uptime_ms; /* time since the boot; 0 if not known */
    /* Called on the loop thread when the pipe is open. May be NULL. */
    void (*ready)(void *arg);
    void *arg;
};

/* Creates everything and starts listening and sampling. Returns 0, or a negative libuv code after
 * logging what failed; then nothing is left behind. */
int service_new(struct service **out, const struct service_config *config);

/* Runs until service_ask_stop; then notifies every client and ends within 2 s. */
void service_run(struct service *service);

/* Returns false if a sensor hangs. That sensor uses config->sensors until the process ends, so the
 * caller must not free them. A thread whose disk does not answer can use the log until then, so
 * free the log only where no disk and no sensor can hang. */
bool service_free(struct service *service);

/* Makes the service end soon. Any thread. */
void service_ask_stop(struct service *service);

/* Requests a sample immediately, for example after a resume from sleep. Any thread. */
void service_ask_look(struct service *service);

/* Call it when the settings were read again. The service applies those that have changed and can
 * change while it runs. Any thread. */
void service_ask_settings(struct service *service, const struct settings *settings,
                          const struct settings_rejected *rejected);

#endif
