/* process_watch.h: what the list of all processes says: how many msiexec run, who began a client or
 * the mutex's owner, and whether those who work at an installation do anything.
 *
 * It is a sensor, which must be read after those of mutex and msiserver, and before that of the
 * event log, which asks it who began a client. The list is made once a second, when the mutex or
 * msiserver changed, which is when it is most likely to be another, when the mutex has an owner
 * that is new, and when a client began; at most every 50 ms for each of these.
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
/* At the least between two, also when changes come faster. */
#define PROCESS_WATCH_AGAIN_MS 50u

/* `calls` must outlive it; `log` may be NULL. 0 or a negative libuv code. */
int process_watch_new(struct process_watch **out, const struct process_calls *calls,
                      struct log *log);

/* Its sensor, whose `close` frees it. */
struct sensor *process_watch_sensor(struct process_watch *watch);

/* For install_log_set_clients, with the watch as their arg.
 *
 * A transaction of that client began (1040), or, at the latest then, by the wall clock: who began
 * it, as far up as is known, or count 0. From now on it works at an installation, until
 * process_watch_ended; of so many at most, PROCESS_WATCH_CLIENTS. */
#define PROCESS_WATCH_CLIENTS 4
void process_watch_began(void *arg, uint32_t pid, int64_t written_ms, struct chain *out);

/* Its transaction ended (1042). */
void process_watch_ended(void *arg, uint32_t pid);

#endif
