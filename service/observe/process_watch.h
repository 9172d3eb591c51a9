/* process_watch.h: finds out from the list of all processes how many msiexec run, who started a
 * client or the mutex's owner, and whether the processes that work on an installation do anything.
 *
 * It is a sensor. It must be read after the sensors of the mutex and msiserver, and before the
 * sensor of the event log, which asks it who started a client. The list is made once a second; when
 * the mutex or msiserver has changed, because then it has most likely changed, too; when the mutex
 * has a new owner; and when a client began. Each of these happens at most every 50 ms.
 *
 * Portable. Sensor thread only.
 */
#ifndef MSIWATCH_SERVICE_PROCESS_WATCH_H
#define MSIWATCH_SERVICE_PROCESS_WATCH_H

#include "common/process_list.h"
#include "observe/sensor.h"

struct log;
struct process_watch;

#define PROCESS_WATCH_LOOK_MS 1000u
/* The shortest time between two lists, even if changes come faster. */
#define PROCESS_WATCH_AGAIN_MS 50u

/* `calls` must outlive the watch; `log` may be NULL. Returns 0 or a negative libuv code. */
int process_watch_new(struct process_watch **out, const struct process_calls *calls,
                      struct log *log);

/* Returns the watch as a sensor, whose `close` frees it. */
struct sensor *process_watch_sensor(struct process_watch *watch);

/* For install_log_set_clients, with the watch as their arg.
 *
 * process_watch_began: a transaction of that client began (1040), at the latest at `written_ms`
 * (wall clock). *out is who started the client, as far up as known; its count is 0 if nothing is
 * known. From now on the client counts as working on an installation, until process_watch_ended. At
 * most PROCESS_WATCH_CLIENTS do at the same time. */
#define PROCESS_WATCH_CLIENTS 4
void process_watch_began(void *arg, uint32_t pid, int64_t written_ms, struct chain *out);

/* The client's transaction ended (1042). */
void process_watch_ended(void *arg, uint32_t pid);

#endif
