/* default_folder_win32.h: finds the default data folder. Windows only; any thread. */
#ifndef MSIWATCH_SERVICE_DEFAULT_FOLDER_WIN32_H
#define MSIWATCH_SERVICE_DEFAULT_FOLDER_WIN32_H

#include <stddef.h>

/* Writes the default folder, %ProgramData%\MsiWatch, as UTF-8. Returns 0, UV_ENAMETOOLONG, or
 * another negative libuv code. */
int folder_default(char *out, size_t size);

#endif
