/* fill.h: creates a data folder with a journal of many events.
 *
 * Event n was FILL_STEP_MS after event n - 1; the last one is a transition to unknown, as after a
 * clean stop.
 */
#ifndef MSIWATCH_TESTS_FILL_H
#define MSIWATCH_TESTS_FILL_H

#include <stdint.h>

#define FILL_STEP_MS 1000

/* The folder must exist and be empty. False, after a line on stderr, if it fails. */
int fill_folder(const char *folder, uint64_t events, int64_t last_ms);

#endif
