/* waiter.h: what the sensor thread sleeps in.
 *
 * On Windows one alertable wait on a timer (high resolution where the system has it), a wake
 * event and the sensors' own events, so that notification APCs are delivered in it. Elsewhere a
 * condition variable.
 */
#ifndef MSIWATCH_SERVICE_WAITER_H
#define MSIWATCH_SERVICE_WAITER_H

#include <stdint.h>

struct waiter;

/* 0 or a negative libuv code. */
int waiter_new(struct waiter **out);
void waiter_free(struct waiter *waiter);

/* Sleeps for timeout_us, or until woken, a watched event is set or an APC has run. A wake that
 * came before the wait is not lost. Sensor thread only. */
void waiter_wait(struct waiter *waiter, uint64_t timeout_us);

/* Sleeps for all of us; a wake meanwhile is kept for the next wait. Sensor thread only. */
void waiter_pause(struct waiter *waiter, uint64_t us);

/* Ends the present or the next wait. Any thread. */
void waiter_wake(struct waiter *waiter);

#ifdef _WIN32
/* Also end waits when this event is set; one that is not auto-reset stays so until its owner resets
 * it. At most WAITER_EVENTS of them; the event stays
 * the caller's and must outlive the last wait. Call before the first wait or on the sensor
 * thread. 0 or UV_ENOBUFS. */
#define WAITER_EVENTS 8
int waiter_watch(struct waiter *waiter, void *event);
#endif

#endif
