/* win32_error.h: Windows' error codes as text, in the log, and converted to and from libuv's codes.
 *
 * Windows only. Any thread.
 */
#ifndef MSIWATCH_SERVICE_WIN32_ERROR_H
#define MSIWATCH_SERVICE_WIN32_ERROR_H

#include "base/log.h"

#include <stddef.h>

#define WIN32_ERROR_WORDS 256

/* Writes the system's words for an error, in UTF-8, on one line, cut to `size` bytes including the
 * final zero. */
void win32_error_words(unsigned long error, char *out, size_t size);

/* Returns the libuv code for an error. It is always negative, even if libuv has no code for that
 * error. */
int win32_error_to_uv(unsigned long error);

/* Returns the Win32 exit code of a process or service that failed with this libuv code; 0 for 0. */
unsigned long win32_error_from_uv(int code);

/* Logs "WHAT: THE SYSTEM'S WORDS (error N)", and returns win32_error_to_uv(error), so that a caller
 * can log a failure and return it in one statement. */
int log_win32(struct log *log, enum log_level level, unsigned long error, const char *format, ...)
#if defined(__MINGW32__) && !defined(__clang__)
    __attribute__((format(gnu_printf, 4, 5)))
#elif defined(__clang__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* For the commands of msiwatchd: writes "msiwatchd: WHAT: THE SYSTEM'S WORDS (error N)" to stderr,
 * and returns the error, which is also the exit code. */
unsigned long win32_error_say(unsigned long error, const char *format, ...)
#if defined(__MINGW32__) && !defined(__clang__)
    __attribute__((format(gnu_printf, 2, 3)))
#elif defined(__clang__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#endif
