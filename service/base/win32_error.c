/* win32_error.c: Windows' error codes as text, in the log, and converted to and from libuv's
 * codes. */
#include "base/win32_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

void win32_error_words(unsigned long error, char *out, size_t size)
{
    wchar_t wide[WIN32_ERROR_WORDS];
    /* MAX_WIDTH_MASK keeps line breaks out of the text. */
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                      FORMAT_MESSAGE_MAX_WIDTH_MASK,
                                  NULL, error, 0, wide, WIN32_ERROR_WORDS, NULL);
    while (length > 0 && (wide[length - 1] <= L' ' || wide[length - 1] == L'.')) {
        length--;
    }
    int bytes = 0;
    if (length > 0 && size > 1) {
        bytes = WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, out, (int)size - 1, NULL, NULL);
    }
    if (bytes > 0) {
        out[bytes] = '\0';
    } else {
        snprintf(out, size, "no text for it, or too long a text");
    }
}

int win32_error_to_uv(unsigned long error)
{
    switch (error) {
    case ERROR_SUCCESS: /* callers ask after a failure, so the result is never 0 */
        return UV_UNKNOWN;
    case ERROR_INVALID_OWNER:
    case ERROR_INVALID_PRIMARY_GROUP:
        return UV_EPERM;
    case ERROR_DIRECTORY:
        return UV_ENOTDIR;
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_NOT_ENOUGH_QUOTA:
        return UV_ENOMEM;
    default:
        return uv_translate_sys_error((int)error);
    }
}

unsigned long win32_error_from_uv(int code)
{
    switch (code) {
    case 0:
        return ERROR_SUCCESS;
    case UV_EACCES:
    case UV_EPERM:
        return ERROR_ACCESS_DENIED;
    case UV_EINVAL:
    case UV_ECHARSET:
    case UV_ENAMETOOLONG:
        return ERROR_INVALID_PARAMETER;
    case UV_EADDRINUSE:
        return ERROR_PIPE_BUSY;
    case UV_EBUSY:
        return ERROR_SHARING_VIOLATION;
    case UV_ENOMEM:
    case UV_ENOBUFS:
        return ERROR_NOT_ENOUGH_MEMORY;
    case UV_ENOENT:
        return ERROR_PATH_NOT_FOUND;
    case UV_ENOTDIR:
        return ERROR_DIRECTORY;
    case UV_ENOSPC:
        return ERROR_DISK_FULL;
    case UV_EIO:
        return ERROR_IO_DEVICE;
    default:
        return ERROR_INTERNAL_ERROR;
    }
}

int log_win32(struct log *log, enum log_level level, unsigned long error, const char *format, ...)
{
    char what[512];
    char words[WIN32_ERROR_WORDS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    win32_error_words(error, words, sizeof words);
    log_line(log, level, "%s: %s (error %lu)", what, words, error);
    return win32_error_to_uv(error);
}

unsigned long win32_error_say(unsigned long error, const char *format, ...)
{
    char words[WIN32_ERROR_WORDS];
    va_list arguments;
    fprintf(stderr, "msiwatchd: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    win32_error_words(error, words, sizeof words);
    fprintf(stderr, ": %s (error %lu)\n", words, error);
    return error;
}
