/* log.c: the service's own log. */
#include "base/log.h"

#include "base/clock.h"
#include "base/log_repeats.h"
#include "common/model.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { LINE = 1024, RETRY_MS = 60000 };

struct log {
    int console;
    char *path, *old_path;
    uv_mutex_t lock; /* guards everything below */
    enum log_level level;
    FILE *file; /* NULL although there is a path: rotating it failed */
    long size;
    uint64_t tried_ms, lost; /* when rotating was last tried, and how many lines were lost since */
    struct log_repeats repeats;
};

WORDS_OF(log_level, "error", "warn", "info", "debug")

void log_set_level(struct log *log, enum log_level level)
{
    if (log != NULL) {
        uv_mutex_lock(&log->lock);
        log->level = level;
        uv_mutex_unlock(&log->lock);
    }
}

static bool is_logged(struct log *log, enum log_level level)
{
    uv_mutex_lock(&log->lock);
    bool logged = level <= log->level;
    uv_mutex_unlock(&log->lock);
    return logged;
}

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <windows.h>

static bool leads_away(HANDLE file)
{
    BY_HANDLE_FILE_INFORMATION information;
    return !GetFileInformationByHandle(file, &information) ||
           (information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

/* Like fopen, but the name is UTF-8, the file can be renamed and read meanwhile (deletion is
 * shared), children do not inherit it, and no link is followed. */
static FILE *open_for_append(const char *path)
{
    wchar_t wide[MAX_PATH * 2];
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, MAX_PATH * 2) == 0) {
        return NULL;
    }
    HANDLE handle = CreateFileW(wide, FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT,
                                NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        return NULL;
    }
    if (leads_away(handle)) {
        CloseHandle(handle);
        return NULL;
    }
    int fd = _open_osfhandle((intptr_t)handle, _O_APPEND | _O_BINARY);
    if (fd == -1) {
        CloseHandle(handle);
        return NULL;
    }
    FILE *file = _fdopen(fd, "ab");
    if (file == NULL) {
        _close(fd);
    }
    return file;
}
#else
#include <fcntl.h>
#include <unistd.h>

static FILE *open_for_append(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd == -1 ? NULL : fdopen(fd, "ab");
    if (file == NULL && fd != -1) {
        close(fd);
    }
    return file;
}
#endif

static bool open_file(struct log *log)
{
    log->file = open_for_append(log->path);
    if (log->file == NULL) {
        return false;
    }
    log->size = fseek(log->file, 0, SEEK_END) == 0 ? ftell(log->file) : 0;
    return true;
}

/* If the file cannot be renamed or opened, nothing is written to it for now: losing lines is better
 * than filling the disk. */
static void rotate(struct log *log)
{
    uv_fs_t request;
    if (log->file != NULL) {
        fclose(log->file);
        log->file = NULL;
    }
    log->tried_ms = clock_mono_ms();
    uv_fs_rename(NULL, &request, log->path, log->old_path, NULL); /* replaces the older one */
    uv_fs_req_cleanup(&request);
    if (open_file(log) && log->size >= (long)LOG_FILE_MAX_BYTES) {
        fclose(log->file);
        log->file = NULL;
    }
}

int log_new(struct log **out, const char *path, int console, enum log_level level)
{
    struct log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return UV_ENOMEM;
    }
    log->level = level;
    log->console = console;
    int error = uv_mutex_init(&log->lock);
    if (error != 0) {
        goto free_log;
    }
    if (path != NULL) {
        size_t size = strlen(path) + 1;
        error = UV_ENOMEM;
        log->path = malloc(size);
        log->old_path = malloc(size + 2);
        if (log->path == NULL || log->old_path == NULL) {
            goto free_paths;
        }
        memcpy(log->path, path, size);
        snprintf(log->old_path, size + 2, "%s" LOG_OLD, path);
        if (!open_file(log)) {
            error = UV_EIO;
            goto free_paths;
        }
    }
    *out = log;
    return 0;

free_paths:
    free(log->path);
    free(log->old_path);
    uv_mutex_destroy(&log->lock);
free_log:
    free(log);
    return error;
}

/* ---- lines ---- */

/* The caller holds the lock. */
static void put(struct log *log, const char *line, size_t length)
{
    if (log->console) {
        fwrite(line, 1, length, stderr);
        fflush(stderr);
    }
    if (log->file == NULL) {
        log->lost += log->path != NULL ? 1 : 0;
        return;
    }
    fwrite(line, 1, length, log->file);
    fflush(log->file);
    log->size += (long)length;
    if (log->size >= (long)LOG_FILE_MAX_BYTES) {
        rotate(log);
    }
}

/* The caller holds the lock. Control characters become spaces, so text from outside cannot start a
 * line of its own. */
static void put_text(struct log *log, enum log_level level, const char *text)
{
    char line[LINE + 64], time[MSIWATCH_TIME_CHARS + 1];
    time_format(clock_wall_ms(), time);
    int size = snprintf(line, LINE - 1, "%s %-5s %s", time, log_level_name(level), text);
    size_t length = size < 0 ? 0 : strlen(line);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)line[i] < ' ') {
            line[i] = ' ';
        }
    }
    line[length++] = '\n';
    put(log, line, length);
}

/* The caller holds the lock. If rotating failed, tries it again once a minute. */
static void retry(struct log *log, uint64_t now_ms)
{
    char text[96];
    if (log->path == NULL || log->file != NULL || now_ms - log->tried_ms < RETRY_MS) {
        return;
    }
    rotate(log);
    if (log->file != NULL && log->lost > 0) {
        snprintf(text, sizeof text,
                 "%" PRIu64 " lines are missing here: the log could not be rotated", log->lost);
        log->lost = 0;
        put_text(log, LOG_WARN, text);
    }
}

/* The caller holds the lock. Writes how many repeats were held back, for each text whose minute is
 * over. */
static void put_repeats(struct log *log, uint64_t now_ms)
{
    uint64_t more;
    const struct log_repeated *one;
    while ((one = log_repeats_next(&log->repeats, now_ms, &more)) != NULL) {
        char text[LINE];
        snprintf(text, sizeof text, "%.900s ... and %" PRIu64 " more", one->text, more);
        put_text(log, (enum log_level)one->level, text);
    }
}

void log_line(struct log *log, enum log_level level, const char *format, ...)
{
    if (log == NULL || !is_logged(log, level)) {
        return;
    }
    char text[LINE];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size < 0) {
        return;
    }
    uint64_t now_ms = clock_mono_ms();
    uv_mutex_lock(&log->lock);
    retry(log, now_ms);
    put_repeats(log, now_ms);
    if (log_repeats_admit(&log->repeats, now_ms, (int)level, text)) {
        put_text(log, level, text);
    }
    uv_mutex_unlock(&log->lock);
}

void log_end(struct log *log)
{
    if (log == NULL) {
        return;
    }
    uv_mutex_lock(&log->lock);
    put_repeats(log, UINT64_MAX);
    if (log->file != NULL) {
        fclose(log->file);
    }
    log->file = NULL;
    free(log->path);
    free(log->old_path);
    log->path = log->old_path = NULL; /* so nothing opens it again */
    uv_mutex_unlock(&log->lock);
}

void log_free(struct log *log)
{
    if (log == NULL) {
        return;
    }
    log_end(log);
    uv_mutex_destroy(&log->lock);
    free(log);
}
