/* made_records.h: records of the event log for tests of the joiner, each with a fingerprint of its
 * own. One thread. */
#ifndef MSIWATCH_TESTS_MADE_RECORDS_H
#define MSIWATCH_TESTS_MADE_RECORDS_H

#include "decide/joiner.h"

#define WALL 1000000 /* the wall clock at mono 0 */

/* 1040 begins and 1042 ends an installation, with `pid` as the client; the others are outcomes, and
 * 1033 names the product. `at_ms` is monotonic. */
struct install_record make_record(unsigned id, int64_t at_ms, uint32_t pid, const char *product);

/* 1029: a restart is wanted. */
struct install_record make_restart(int64_t at_ms, const char *product);

#endif
