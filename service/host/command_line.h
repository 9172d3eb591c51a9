/* command_line.h: reads and writes Windows' command lines, by CommandLineToArgvW's rules.
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

/* Returns 0 or a Win32 code: ERROR_NO_UNICODE_TRANSLATION if the text is not valid Unicode. After
 * success, call arguments_release. */
unsigned long arguments_init(struct arguments *arguments, const wchar_t *command_line);
void arguments_release(struct arguments *arguments);

/* Returns the command line that is read back as exactly these arguments. The first one, a program's
 * path, is always quoted. UTF-16; the caller frees it with free(). NULL on failure; GetLastError
 * says why. */
wchar_t *command_line_from(int count, char *const values[]);

#endif
