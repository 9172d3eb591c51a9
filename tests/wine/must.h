/* must.h: includes cmocka, and defines checks with messages. Main thread only, because a failure
 * jumps. */
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

/* Much longer than anything here takes: a wait that reaches it has failed. */
#define LIMIT_MS 20000u

/* Fails the test with a message as for printf. */
#define must(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error(__VA_ARGS__);                                                              \
            print_error("\n");                                                                     \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

/* Waits until `condition` is true, checking every 2 ms; fails the test after LIMIT_MS. */
#define must_become(condition)                                                                     \
    do {                                                                                           \
        int64_t must_end_ = rig_now_ms() + LIMIT_MS;                                               \
        while (!(condition)) {                                                                     \
            must(rig_now_ms() < must_end_, "never became true: %s", #condition);                   \
            Sleep(2);                                                                              \
        }                                                                                          \
    } while (0)

#endif
