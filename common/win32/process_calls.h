/* process_calls.h: reads Windows' list of processes, as the table of common/process_list.h. */
#ifndef MSIWATCH_COMMON_PROCESS_CALLS_H
#define MSIWATCH_COMMON_PROCESS_CALLS_H

#include "common/process_list.h"

const struct process_calls *process_calls_of_system(void);

#endif
