/* log.h: the service's own log: stderr, a file, or both.
 *
 * A line says what failed, on what, in the system's words. At 1 MiB the file is renamed to the same
 * name with ".1" added, which replaces the previous one, so at most 2 MiB are kept. Links are not
 * followed. The caller checks beforehand what else lies at these names (files/log_files.h). Any
 * thread.
 */
#ifndef MSIWATCH_SERVICE_LOG_H
#define MSIWATCH_SERVICE_LOG_H

#include "common/words.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log;

#define LOG_FILE_MAX_BYTES (1024u * 1024u)

/* This is added to the name of the older file. */
#define LOG_OLD ".1"

/* `path` is the file, in UTF-8, created with the folder's access rules; NULL for none. `console`
 * means that lines also go to stderr. Returns 0 or a negative libuv code (then there is no log).
 * log_free frees it. */
int log_new(struct log **out, const char *path, int console, enum log_level level);

/* Writes what is held back, and closes the file. Later lines go only to the console. For a process
 * that ends while a thread of its own hangs, and may still log: there, do not call log_free. */
void log_end(struct log *log);

/* NULL is allowed. */
void log_free(struct log *log);

/* Does nothing if `log` is NULL. A text that is logged again and again is written twenty times a
 * minute, then once as "... and 812 more" (log_repeats.h). */
void log_line(struct log *log, enum log_level level, const char *format, ...)
#if defined(__MINGW32__) && !defined(__clang__)
    __attribute__((format(gnu_printf, 3, 4)))
#elif defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* From now on, writes only lines of this level and the levels above it. Any thread. */
void log_set_level(struct log *log, enum log_level level);

/* log_level_parse returns -1 if there is no such level. */
WORDS(log_level);

#endif
