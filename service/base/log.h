/* log.h: the service's own log: stderr, a file, or both.
 *
 * A line says what failed, on what, with the system's words. The file is rotated at 1 MiB to one
 * older file of the same name with ".1" added; so at most 2 MiB are kept. No link is followed. What
 * lies there and is not ours is the caller's to look for first (files/log_files.h). Any thread.
 */
#ifndef MSIWATCH_SERVICE_LOG_H
#define MSIWATCH_SERVICE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log;

#define LOG_FILE_MAX_BYTES (1024u * 1024u)

/* What the older file's name has more. */
#define LOG_OLD ".1"

/* `path`: UTF-8, the file, made with the folder's own access rules; NULL for none. `console`:
 * also write to stderr. 0 or a negative libuv code (the log is then not made). */
int log_new(struct log **out, const char *path, int console, enum log_level level);
void log_free(struct log *log);

/* NULL is a log that says nothing. A text that comes again and again is written twenty times a
 * minute;
 * "... and 812 more" follows (log_repeats.h). */
void log_line(struct log *log, enum log_level level, const char *format, ...)
#if defined(__MINGW32__) && !defined(__clang__)
    __attribute__((format(gnu_printf, 3, 4)))
#elif defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* From now on only lines of this level and those above it. Any thread. */
void log_set_level(struct log *log, enum log_level level);

/* -1 if there is no such level. */
int log_level_parse(const char *word);
const char *log_level_name(enum log_level value);

#endif
