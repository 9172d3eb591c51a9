/* run_killed.h: kills the service at each step of msiwatch run; a test of wine_run_test. */
#ifndef MSIWATCH_TESTS_RUN_KILLED_H
#define MSIWATCH_TESTS_RUN_KILLED_H

void the_service_is_killed_at_each_step(void **state);

#endif
