/* stack_guard.c: the stack protector's random number, and how a program ends when it is
 * overwritten; for MinGW.
 *
 * GCC's own library for this, libssp, asks a cryptographic provider (CryptAcquireContext) for one
 * random number when a program begins. Under Wine that loads seven libraries, and took 40 % of the
 * time of `msiwatch status`. With MSVC, programs get both from its runtime.
 */
#include <stdint.h>
#include <windows.h>

/* FAST_FAIL_STACK_COOKIE_CHECK_FAILURE of winnt.h */
#define COOKIE_CHECK_FAILURE 2

/* RtlGenRandom, under the name that advapi32.dll exports. */
BOOLEAN NTAPI random_bytes(void *out, ULONG size) __asm__("SystemFunction036");

/* No header declares these, but the compiler uses the names. */
extern uintptr_t stack_guard __asm__("__stack_chk_guard");
void stack_fail(void) __asm__("__stack_chk_fail");
void copy_fail(void) __asm__("__chk_fail"); /* called by memcpy and others in libraries */

uintptr_t stack_guard;

/* A function that checks the number must not return while this changes it, so this runs before all
 * others. The number contains a zero byte, at which functions that copy strings stop. */
__attribute__((constructor(101), no_stack_protector)) static void make_guard(void)
{
    uintptr_t number = 0;
    if (!random_bytes(&number, sizeof number) || number == 0) {
        LARGE_INTEGER count;
        QueryPerformanceCounter(&count);
        number = (uintptr_t)count.QuadPart ^ (uintptr_t)&count ^ GetCurrentProcessId();
        number *= (uintptr_t)0x9E3779B97F4A7C15u;
    }
    stack_guard = number & ~(uintptr_t)0xFF;
}

/* The process ends with STATUS_STACK_BUFFER_OVERRUN, 0xC0000409; none of its handlers runs. */
__attribute__((noreturn)) void stack_fail(void)
{
    __asm__ volatile("int $0x29" : : "c"(COOKIE_CHECK_FAILURE));
    __builtin_unreachable();
}

__attribute__((noreturn)) void copy_fail(void)
{
    stack_fail();
}
