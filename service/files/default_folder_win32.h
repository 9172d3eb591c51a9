/* default_folder_win32.h: where the data folder is by default. Windows only; any thread. */
#ifndef MSIWATCH_SERVICE_DEFAULT_FOLDER_WIN32_H
#define MSIWATCH_SERVICE_DEFAULT_FOLDER_WIN32_H

#include <stddef.h>

/* The default folder, %ProgramData%\MsiWatch, as UTF-8. 0, UV_ENAMETOOLONG, or another negative
 * libuv code. */
int folder_default(char *out, size_t size);

#endif
