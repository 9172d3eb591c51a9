/* give_way.h: a thread lets others run first. Any thread. */
#ifndef MSIWATCH_SERVICE_GIVE_WAY_H
#define MSIWATCH_SERVICE_GIVE_WAY_H

/* If other threads are ready to run on this processor, they run first; the system chooses which
 * (SwitchToThread, sched_yield). Does nothing if there are none. */
void give_way(void);

#endif
