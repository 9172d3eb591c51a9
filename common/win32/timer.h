/* timer.h: a timer for short waits. */
#ifndef MSIWATCH_COMMON_TIMER_H
#define MSIWATCH_COMMON_TIMER_H

#include <windows.h>

/* A waitable timer, auto-reset, to be set and waited on: high-resolution where the system has it.
 * The system's clock ticks every 15.6 ms, which would make 10 ms 16 and 20 ms 31. This makes one
 * wait precise; timeBeginPeriod would make the whole machine pay. NULL: GetLastError says why. */
HANDLE timer_new(void);

#endif
