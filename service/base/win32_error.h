/* win32_error.h: Windows' error codes: in words, in the log, and to and from libuv's codes.
 *
 * Windows only. Any thread.
 */
#ifndef MSIWATCH_SERVICE_WIN32_ERROR_H
#define MSIWATCH_SERVICE_WIN32_ERROR_H

#include "base/log.h"

#include <stddef.h>

#define WIN32_ERROR_WORDS 256

/* The system's words for an error, UTF-8, on one line, cut to `size` bytes with the final zero. */
void win32_error_words(unsigned long error, char *out, size_t size);

/* The libuv code for an error; negative also for those that libuv has no code for. */
int win32_error_to_uv(unsigned long error);

/* The Win32 code that a process or a service ends with for a libuv code; 0 for 0. */
unsigned long win32_error_from_uv(int code);

/* Logs "WHAT: THE SYSTEM'S WORDS (error N)", and returns win32_error_to_uv(error), so that a
 * failure is logged and handed on in one statement. */
int log_win32(struct log *log, enum log_level level, unsigned long error, const char *format, ...)
#if defined(__MINGW32__) && !defined(__clang__)
    __attribute__((format(gnu_printf, 4, 5)))
#elif defined(__clang__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* For the commands: writes "msiwatchd: WHAT: THE SYSTEM'S WORDS (error N)" to stderr, and returns
 * the error, which is also the exit code. */
unsigned long win32_error_say(unsigned long error, const char *format, ...)
#if defined(__MINGW32__) && !defined(__clang__)
    __attribute__((format(gnu_printf, 2, 3)))
#elif defined(__clang__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#endif
