/* data_folder.h: the service's data folder.
 *
 * Windows only; before any other thread is started.
 */
#ifndef MSIWATCH_SERVICE_FOLDER_H
#define MSIWATCH_SERVICE_FOLDER_H

#include "files/secure_files.h"

#include <stddef.h>

/* Makes the folder, for SYSTEM and administrators alone, unless it is there; its parent must be.
 * What is there and cannot be trusted is moved aside (secure_files.h). 0 or a negative libuv code,
 * and why in `why`: UV_EPERM if this process can make none that is not its own. */
int folder_make(const char *path, char *why, size_t size);

#endif
