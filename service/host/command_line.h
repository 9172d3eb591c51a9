/* command_line.h: Windows' command lines: one text, by CommandLineToArgvW's rules.
 *
 * Windows only. Any thread.
 */
#ifndef MSIWATCH_SERVICE_COMMAND_LINE_H
#define MSIWATCH_SERVICE_COMMAND_LINE_H

#include <wchar.h>

struct arguments {
    int count;
    char **values; /* UTF-8; values[count] is NULL */
};

/* 0 or a Win32 code: ERROR_NO_UNICODE_TRANSLATION for what is no text. arguments_release after
 * success. */
unsigned long arguments_init(struct arguments *arguments, const wchar_t *command_line);
void arguments_release(struct arguments *arguments);

/* The text that is read back as exactly these arguments; the first, a program's path, is always
 * quoted. UTF-16, the caller's to free(); NULL and GetLastError on failure. */
wchar_t *command_line_from(int count, char *const values[]);

#endif
