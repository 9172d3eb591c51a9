/* timer.h: a timer for short waits. */
#ifndef MSIWATCH_COMMON_TIMER_H
#define MSIWATCH_COMMON_TIMER_H

#include <windows.h>

/* Creates a waitable timer with automatic reset, to be set and waited on; a high-resolution one if
 * the system has them. The system's clock ticks every 15.6 ms, which would turn 10 ms into 16 and
 * 20 ms into 31. This timer makes one wait precise; timeBeginPeriod would be paid for by the whole
 * machine. NULL: GetLastError says why. */
HANDLE timer_new(void);

#endif
