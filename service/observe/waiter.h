/* waiter.h: the sensor thread's sleep.
 *
 * On Windows, one alertable wait on a timer (high resolution if the system has it), a wake event
 * and the sensors' own events, so that notification APCs can run. Elsewhere, a condition variable.
 */
#ifndef MSIWATCH_SERVICE_WAITER_H
#define MSIWATCH_SERVICE_WAITER_H

#include <stdint.h>

struct waiter;

/* Returns 0 or a negative libuv code. */
int waiter_new(struct waiter **out);
void waiter_free(struct waiter *waiter);

/* Sleeps for timeout_us, or until it is woken, a watched event is set or an APC has run. A wake
 * that came before the wait is not lost. Sensor thread only. */
void waiter_wait(struct waiter *waiter, uint64_t timeout_us);

/* Sleeps for the whole time; a wake during it ends the next wait. Sensor thread only. */
void waiter_pause(struct waiter *waiter, uint64_t us);

/* Ends the current or the next wait. Any thread. */
void waiter_wake(struct waiter *waiter);

#ifdef _WIN32
/* Makes this event end waits, too; if it is not auto-reset, it ends every wait until its owner
 * resets it. At most WAITER_EVENTS of them. The caller keeps the event, which must outlive the last
 * wait. Call it before the first wait or on the sensor thread. Returns 0 or UV_ENOBUFS. */
#define WAITER_EVENTS 8
int waiter_watch(struct waiter *waiter, void *event);
#endif

#endif
