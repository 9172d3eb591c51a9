/* data_folder_win32.c: the service's data folder. */
#include "files/data_folder.h"

#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>
#include <windows.h>

int folder_make(const char *path, char *why, size_t size)
{
    struct files_secured secured;
    int error = files_secure_folder(path, &secured);
    files_explain(&secured, error, why, size);
    return error;
}
