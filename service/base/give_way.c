/* give_way.c: a thread lets others run first. */
#include "base/give_way.h"

#ifdef _WIN32

#include <windows.h>

void give_way(void)
{
    SwitchToThread();
}

#else

#include <sched.h>

void give_way(void)
{
    sched_yield();
}

#endif
