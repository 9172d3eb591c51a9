/* stack_guard_test.c: a function that wrote over its frame does not return: the program ends, and
 * the number that shows it is another one in each run. */
#include "child.h"
#include "must.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* STATUS_STACK_BUFFER_OVERRUN */
#define OVERRUN 0xC0000409u

#ifdef _MSC_VER
#define FUNCTION static __declspec(noinline)
#else
#define FUNCTION static __attribute__((noinline))
#endif

/* As many bytes as the caller says, which the compiler does not see through. */
FUNCTION int write_past_the_end(volatile size_t size)
{
    volatile char buffer[16];
    buffer[0] = '-';
    for (size_t i = 0; i < size; i++) {
        buffer[i] = 'x';
    }
    return buffer[0];
}

#ifdef __MINGW32__
extern uintptr_t stack_guard __asm__("__stack_chk_guard");

static void the_number_is_another_in_each_run(void **state)
{
    char first[64];
    (void)state;
    snprintf(first, sizeof first, "%s", run_well("wine_stack_guard_test number")->out);
    assert_true(strlen(first) > 4);
    assert_string_not_equal(first, run_well("wine_stack_guard_test number")->out);
}
#endif

static void an_overrun_ends_the_program(void **state)
{
    (void)state;
    assert_string_equal(run_well("wine_stack_guard_test write 16")->out, "returned\n");
    /* Not so far that Wine, which looks for handlers nevertheless, would follow what was written.
     */
    const struct child_result *result = run("wine_stack_guard_test write 28");
    assert_int_equal(result->exit_code, OVERRUN);
    assert_string_equal(result->out, "");
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        write_past_the_end((size_t)strtoul(argv[2], NULL, 10));
        puts("returned");
        return 0;
    }
#ifdef __MINGW32__
    if (argc == 2) {
        printf("%llx\n", (unsigned long long)stack_guard);
        return 0;
    }
#endif
    const struct CMUnitTest tests[] = {
#ifdef __MINGW32__
        cmocka_unit_test(the_number_is_another_in_each_run),
#endif
        cmocka_unit_test(an_overrun_ends_the_program),
    };
    (void)argv;
    return cmocka_run_group_tests_name("stack_guard", tests, NULL, NULL);
}
