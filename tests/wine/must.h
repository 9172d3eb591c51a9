/* must.h: cmocka, and what fails a test with words. For the main thread only: failing jumps. */
#ifndef MSIWATCH_TESTS_MUST_H
#define MSIWATCH_TESTS_MUST_H

/* In the order that cmocka wants. clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "rig.h"

/* Far more than anything here takes: what a wait ends with when it fails. */
#define LIMIT_MS 20000u

/* Fails the test with a message of printf's kind. */
#define must(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error(__VA_ARGS__);                                                              \
            print_error("\n");                                                                     \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

/* Waits until `condition` holds, looking every 2 ms; fails the test after LIMIT_MS. */
#define must_become(condition)                                                                     \
    do {                                                                                           \
        int64_t must_end_ = rig_now_ms() + LIMIT_MS;                                               \
        while (!(condition)) {                                                                     \
            must(rig_now_ms() < must_end_, "never became true: %s", #condition);                   \
            Sleep(2);                                                                              \
        }                                                                                          \
    } while (0)

#endif
