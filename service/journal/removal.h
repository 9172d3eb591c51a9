/* removal.h: taking the data folder's contents away, when the product is removed.
 *
 * Only files of the service's own names are touched; a folder that is not the service's own
 * (secure_files.h), or is open to others and holds more than its files, is left as it is. Any
 * thread; not while a service uses the folder. Paths are UTF-8.
 */
#ifndef MSIWATCH_SERVICE_REMOVAL_H
#define MSIWATCH_SERVICE_REMOVAL_H

#include "files/secure_files.h"

#include <stdbool.h>

/* Removes the logs and the lock file, and with `journal_too` the journal with its quarantine; then
 * the folder, if nothing is left in it. 0 with another *defect than FILES_FINE: there is no folder,
 * or it is not the service's own, and nothing was removed. Or a negative libuv code: UV_EBUSY if a
 * service uses the folder; then nothing was removed, either. For other codes some files may have
 * been. */
int removal_of_data(const char *folder, bool journal_too, enum files_defect *defect);

#endif
