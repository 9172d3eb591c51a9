/* log_files.h: secures the log's two files before the log begins. Any thread. */
#ifndef MSIWATCH_SERVICE_LOG_FILES_H
#define MSIWATCH_SERVICE_LOG_FILES_H

#include "base/log.h"

/* Calls log_new with a path. Before that, moves aside whatever lies at the names of its files and
 * is not ours (secure_files.h); the log then says so. Returns 0 or a negative libuv code. */
int log_files_open(struct log **out, const char *path, int console, enum log_level level);

#endif
