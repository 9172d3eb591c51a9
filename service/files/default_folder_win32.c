/* default_folder_win32.c: finds the default data folder. */
#include "files/default_folder_win32.h"

#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>
#include <windows.h>

#include <shlobj.h>

int folder_default(char *out, size_t size)
{
    /* Asks the system, because another user may have set the environment variables. */
    wchar_t *program_data = NULL;
    HRESULT result = SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, NULL, &program_data);
    if (FAILED(result)) {
        CoTaskMemFree(program_data);
        return win32_error_to_uv((unsigned long)HRESULT_CODE(result));
    }
    char *utf8 = wide_to_utf8(program_data);
    CoTaskMemFree(program_data);
    if (utf8 == NULL) {
        return win32_error_to_uv(GetLastError());
    }
    int length = snprintf(out, size, "%s\\MsiWatch", utf8);
    free(utf8);
    return length < 0 || (size_t)length >= size ? UV_ENAMETOOLONG : 0;
}
