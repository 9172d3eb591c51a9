/* log_files.h: the log's two files, secured before the log begins. Any thread. */
#ifndef MSIWATCH_SERVICE_LOG_FILES_H
#define MSIWATCH_SERVICE_LOG_FILES_H

#include "base/log.h"

/* log_new with a path, after what lies where its files are to be and is not ours (secure_files.h)
 * was moved aside; the log says so. 0 or a negative libuv code. */
int log_files_open(struct log **out, const char *path, int console, enum log_level level);

#endif
