/* command_line.c: reads and writes Windows' command lines, by CommandLineToArgvW's rules. */
#include "host/command_line.h"

#include "common/win32/wide.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <shellapi.h>

unsigned long arguments_init(struct arguments *arguments, const wchar_t *command_line)
{
    int count;
    wchar_t **wide = CommandLineToArgvW(command_line, &count);
    if (wide == NULL) {
        return GetLastError();
    }
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    arguments->count = 0;
    arguments->values = calloc((size_t)count + 1, sizeof *arguments->values);
    if (arguments->values == NULL) {
        goto free_wide;
    }
    for (int i = 0; i < count; i++) {
        arguments->values[i] = wide_to_utf8(wide[i]);
        if (arguments->values[i] == NULL) {
            error = GetLastError();
            goto free_arguments;
        }
        arguments->count++;
    }
    LocalFree(wide);
    return ERROR_SUCCESS;

free_arguments:
    arguments_release(arguments);
free_wide:
    LocalFree(wide);
    return error;
}

void arguments_release(struct arguments *arguments)
{
    for (int i = 0; i < arguments->count; i++) {
        free(arguments->values[i]);
    }
    free(arguments->values);
    *arguments = (struct arguments){0};
}

/* Writes at most twice the value's length and two quotes. The rules: a backslash stands for itself
 * unless a quote follows. Before a quote, two backslashes stand for one, and a single one in
 * addition makes the quote part of the value. */
static char *quote(char *out, const char *value, bool always)
{
    if (!always && value[0] != '\0' && strpbrk(value, " \t\n\v\"") == NULL) {
        for (; *value != '\0'; value++) {
            *out++ = *value;
        }
        return out;
    }
    *out++ = '"';
    size_t backslashes = 0;
    for (; *value != '\0'; value++) {
        if (*value == '"') {
            memset(out, '\\', backslashes + 1);
            out += backslashes + 1;
        }
        backslashes = *value == '\\' ? backslashes + 1 : 0;
        *out++ = *value;
    }
    memset(out, '\\', backslashes); /* backslashes before the closing quote are doubled */
    out += backslashes;
    *out++ = '"';
    return out;
}

wchar_t *command_line_from(int count, char *const values[])
{
    size_t size = 1;
    for (int i = 0; i < count; i++) {
        size += strlen(values[i]) * 2 + 3;
    }
    char *text = malloc(size);
    if (text == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    char *end = text;
    for (int i = 0; i < count; i++) {
        if (i > 0) {
            *end++ = ' ';
        }
        end = quote(end, values[i], i == 0);
    }
    *end = '\0';
    wchar_t *wide = wide_from_utf8(text);
    free(text);
    return wide;
}
