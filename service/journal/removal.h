/* removal.h: removes the data folder's contents when the product is removed.
 *
 * Removes only files with the service's own names. A folder that does not belong to the service
 * (secure_files.h), or that is open to others and also contains other files, stays as it is. Any
 * thread, but not while a service uses the folder. Paths are UTF-8.
 */
#ifndef MSIWATCH_SERVICE_REMOVAL_H
#define MSIWATCH_SERVICE_REMOVAL_H

#include "files/secure_files.h"

#include <stdbool.h>

/* Removes the logs, the lock file and the file that keeps a hold; with `journal_too`, also the
 * journal with its quarantine; then the folder, if it is empty. Returns 0 or a negative libuv code.
 * 0 with a *defect other than FILES_FINE: there is no folder, or it does not belong to the service,
 * and nothing was removed. UV_EBUSY: a service uses the folder, and nothing was removed. After
 * other codes, some files may have been removed. */
int removal_of_data(const char *folder, bool journal_too, enum files_defect *defect);

#endif
