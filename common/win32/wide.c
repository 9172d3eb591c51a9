/* wide.c: converts between Windows' UTF-16 and our UTF-8. */
#include "common/win32/wide.h"

#include "common/model.h"

#include <stdbool.h>
#include <stdlib.h>
#include <windows.h>

wchar_t *wide_from_utf8(const char *text)
{
    int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    if (units == 0) {
        return NULL;
    }
    wchar_t *wide = malloc((size_t)units * sizeof *wide);
    if (wide == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, units);
    return wide;
}

char *wide_to_utf8(const wchar_t *text)
{
    int bytes = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, NULL, 0, NULL, NULL);
    if (bytes == 0) {
        return NULL;
    }
    char *utf8 = malloc((size_t)bytes);
    if (utf8 == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, utf8, bytes, NULL, NULL);
    return utf8;
}

void wide_cut_to_utf8(const wchar_t *text, char *out)
{
    int units = 0;
    for (int chars = 0; chars < MSIWATCH_STRING_CHARS && text[units] != L'\0'; chars++) {
        bool pair = IS_HIGH_SURROGATE(text[units]) && IS_LOW_SURROGATE(text[units + 1]);
        units += pair ? 2 : 1;
    }
    int bytes = units == 0 ? 0
                           : WideCharToMultiByte(CP_UTF8, 0, text, units, out,
                                                 MSIWATCH_STRING_BYTES - 1, NULL, NULL);
    out[bytes] = '\0';
}

unsigned long wide_move(const char *from, const char *to, unsigned long flags)
{
    wchar_t *wide_from = wide_from_utf8(from);
    wchar_t *wide_to = wide_from == NULL ? NULL : wide_from_utf8(to);
    bool moved = wide_to != NULL && MoveFileExW(wide_from, wide_to, flags);
    DWORD error = moved ? ERROR_SUCCESS : GetLastError();
    free(wide_from);
    free(wide_to);
    return error;
}
