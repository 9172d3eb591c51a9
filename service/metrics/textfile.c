/* textfile.c: writes the metrics to a file, which is replaced as a whole. */
#include "metrics/textfile.h"

#include "base/log.h"
#include "files/secure_files.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH = 512,
    TEMPORARY = PATH + 32,
    RENAMES = 24, /* attempts, also of a removal; with the pauses between them about a second */
    REST_MOST_MS = 50,
    BUSY_MS = 1000, /* time to the next write after all renames were refused */
};

/* A job for a thread, and its result. */
struct job {
    uv_work_t work; /* must be the first member */
    bool running;
    char path[PATH];   /* "" if there is only a file to remove */
    char remove[PATH]; /* the previous file, to be removed; "" for none */
    char *text;
    size_t size;
    bool sweep; /* also remove temporary files that a killed service left */
    uint64_t retries;
    int error;
    char why[PLACE_WHY];
};

struct textfile {
    struct textfile_config config;
    uv_timer_t timer;
    struct job job;
    struct textfile_facts facts;
    char path[PATH];  /* the path that was set; "" if off */
    char there[PATH]; /* the file that we wrote last, which is ours to remove */
    char logged[PLACE_WHY];
    bool dirty;
    bool swept;
    bool stopping;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

/* ---- on a thread of libuv's pool ---- */

static int name_temporary(const char *path, char out[TEMPORARY])
{
    uint64_t number;
    int error = uv_random(NULL, NULL, &number, sizeof number, 0, NULL);
    if (error == 0) {
        snprintf(out, TEMPORARY, "%s.%016" PRIx64 ".tmp", path, number);
    }
    return error;
}

/* Waits so that a program that has the file open can finish reading it. */
static void rest(unsigned *rest_ms)
{
    uv_sleep(*rest_ms);
    *rest_ms = *rest_ms * 2 < REST_MOST_MS ? *rest_ms * 2 : REST_MOST_MS;
}

/* Returns where the file's name begins in its path. */
static size_t name_at(const char *path)
{
    size_t at = strlen(path);
    while (at > 0 && path[at - 1] != '/' && path[at - 1] != '\\') {
        at--;
    }
    return at;
}

/* Returns whether the entry is a temporary file for `name`: "NAME.0123456789abcdef.tmp". */
static bool is_temporary_of(const char *entry, const char *name)
{
    size_t size = strlen(name);
    return strncmp(entry, name, size) == 0 && strlen(entry) == size + 21 && entry[size] == '.' &&
           strspn(entry + size + 1, "0123456789abcdef") == 16 &&
           strcmp(entry + size + 17, ".tmp") == 0;
}

struct sweep {
    const char *path;
    size_t name; /* where the file's name begins in it */
};

static void remove_temporary(void *arg, const char *entry)
{
    const struct sweep *sweep = arg;
    char left[PATH + 300];
    if (is_temporary_of(entry, sweep->path + sweep->name)) {
        snprintf(left, sizeof left, "%.*s%s", (int)sweep->name, sweep->path, entry);
        files_remove(left);
    }
}

/* Removes the temporary files that a killed service left next to the file. */
static void remove_temporaries(const char *path)
{
    struct sweep sweep = {path, name_at(path)};
    char folder[PATH];
    snprintf(folder, sizeof folder, "%.*s", (int)sweep.name, path);
    files_list(folder, remove_temporary, &sweep);
}

static int replace(struct job *job, const char *temporary)
{
    unsigned rest_ms = 1;
    int error = UV_EBUSY;
    for (int i = 0; i < RENAMES; i++) {
        error = place_rename(temporary, job->path);
        if (error != UV_EBUSY) {
            break;
        }
        job->retries++;
        rest(&rest_ms);
    }
    return error;
}

static void write_file(struct job *job)
{
    char temporary[TEMPORARY];
    if (!place_check(job->path, job->why)) {
        job->error = UV_EACCES;
        return;
    }
    if (job->sweep) {
        remove_temporaries(job->path);
    }
    const char *failed = "cannot create a temporary file next to it";
    job->error = name_temporary(job->path, temporary);
    if (job->error == 0) {
        job->error = files_write_new(temporary, 0644, job->text, job->size);
    }
    if (job->error == 0) {
        failed = "cannot replace it";
        job->error = replace(job, temporary);
        if (job->error != 0) {
            files_remove(temporary);
        }
    }
    if (job->error != 0) {
        snprintf(job->why, sizeof job->why, "%s: %s", failed, uv_strerror(job->error));
    }
}

static void work(uv_work_t *request)
{
    struct job *job = (struct job *)request;
    char why[PLACE_WHY];
    if (job->remove[0] != '\0' && place_check(job->remove, why)) {
        files_remove(job->remove);
    }
    if (job->path[0] != '\0') {
        write_file(job);
    }
}

int textfile_remove(const char *path, char why[PLACE_WHY])
{
    unsigned rest_ms = 1;
    if (!place_check(path, why)) {
        return UV_EACCES;
    }
    remove_temporaries(path);
    int error = files_remove(path);
    for (int i = 1; i < RENAMES && error == UV_EBUSY; i++) {
        rest(&rest_ms);
        error = files_remove(path);
    }
    if (error != 0) {
        snprintf(why, PLACE_WHY, "%s", uv_strerror(error));
    }
    return error;
}

/* ---- on the loop ---- */

static void on_closed(uv_handle_t *timer)
{
    struct textfile *textfile = timer->data;
    void (*stopped)(void *arg) = textfile->stopped;
    void *arg = textfile->stopped_arg;
    free(textfile);
    if (stopped != NULL) {
        stopped(arg);
    }
}

static void say_once(struct textfile *textfile, const char *problem)
{
    snprintf(textfile->facts.problem, sizeof textfile->facts.problem, "%s", problem);
    if (strcmp(problem, textfile->logged) == 0) {
        return;
    }
    snprintf(textfile->logged, sizeof textfile->logged, "%s", problem);
    if (problem[0] == '\0') {
        log_line(textfile->config.log, LOG_INFO, "the metrics are written to %s again",
                 textfile->path);
    } else {
        log_line(textfile->config.log, LOG_WARN, "cannot write the metrics to %s: %s",
                 textfile->path, problem);
    }
}

static uint32_t every_ms(const struct textfile *textfile)
{
    return textfile->config.every_ms != 0 ? textfile->config.every_ms : TEXTFILE_EVERY_MS;
}

static void on_timer(uv_timer_t *timer)
{
    textfile_touch(timer->data);
}

static void on_worked(uv_work_t *request, int status)
{
    struct job *job = (struct job *)request;
    struct textfile *textfile = request->data;
    (void)status; /* the work is never cancelled */
    job->running = false;
    free(job->text);
    job->text = NULL;
    textfile->facts.retries += job->retries;
    if (job->path[0] != '\0' && job->error == 0) {
        textfile->facts.written++;
        textfile->swept = true;
        snprintf(textfile->there, sizeof textfile->there, "%s", job->path);
        say_once(textfile, "");
    } else if (job->path[0] != '\0') {
        textfile->facts.failures++;
        if (strcmp(job->path, textfile->path) == 0) {
            say_once(textfile, job->why);
        }
        if (job->error == UV_EBUSY && !textfile->stopping && textfile->path[0] != '\0') {
            uv_timer_start(&textfile->timer, on_timer, BUSY_MS, every_ms(textfile));
        }
    }
    if (textfile->dirty) {
        textfile_touch(textfile);
    }
    if (textfile->stopping && !job->running) {
        uv_close((uv_handle_t *)&textfile->timer, on_closed);
    }
}

void textfile_touch(struct textfile *textfile)
{
    struct job *job = &textfile->job;
    bool elsewhere = textfile->there[0] != '\0' && strcmp(textfile->there, textfile->path) != 0;
    if ((textfile->path[0] == '\0' && !elsewhere) ||
        uv_is_closing((const uv_handle_t *)&textfile->timer)) {
        textfile->dirty = false;
        return;
    }
    if (job->running) {
        textfile->dirty = true;
        return;
    }
    memset(job, 0, sizeof *job);
    if (textfile->path[0] != '\0') {
        job->text = textfile->config.render(textfile->config.arg, &job->size);
        if (job->text == NULL) {
            textfile->dirty = true; /* not enough memory; try again at the next tick */
            textfile->facts.failures++;
            return;
        }
    }
    textfile->dirty = false;
    snprintf(job->path, sizeof job->path, "%s", textfile->path);
    if (elsewhere) {
        snprintf(job->remove, sizeof job->remove, "%s", textfile->there);
        textfile->there[0] = '\0';
    }
    job->sweep = !textfile->swept;
    job->work.data = textfile;
    job->running = uv_queue_work(textfile->config.loop, &job->work, work, on_worked) == 0;
}

static void touch_after_look(void *arg, const struct monitor_look *look)
{
    if (look->transition != NULL) {
        textfile_touch(arg);
    }
}

static void touch_after_install(void *arg, const struct event *event, bool again)
{
    (void)event;
    (void)again;
    textfile_touch(arg);
}

struct monitor_listener textfile_listener(struct textfile *textfile)
{
    return (struct monitor_listener){
        .looked = touch_after_look, .installed = touch_after_install, .arg = textfile};
}

int textfile_new(struct textfile **out, const struct textfile_config *config)
{
    struct textfile *textfile = calloc(1, sizeof *textfile);
    if (textfile == NULL) {
        return UV_ENOMEM;
    }
    textfile->config = *config;
    int error = uv_timer_init(config->loop, &textfile->timer);
    if (error != 0) {
        free(textfile);
        return error;
    }
    textfile->timer.data = textfile;
    *out = textfile;
    return 0;
}

void textfile_set_path(struct textfile *textfile, const char *path)
{
    if (strcmp(path, textfile->path) == 0) {
        return;
    }
    snprintf(textfile->path, sizeof textfile->path, "%s", path);
    textfile->facts.problem[0] = textfile->logged[0] = '\0';
    textfile->swept = false;
    if (path[0] == '\0') {
        uv_timer_stop(&textfile->timer);
    } else {
        uv_timer_start(&textfile->timer, on_timer, every_ms(textfile), every_ms(textfile));
    }
    textfile_touch(textfile);
}

void textfile_stop(struct textfile *textfile, void (*stopped)(void *arg), void *arg)
{
    textfile->stopping = true;
    textfile->stopped = stopped;
    textfile->stopped_arg = arg;
    uv_timer_stop(&textfile->timer);
    if (!textfile->job.running) {
        uv_close((uv_handle_t *)&textfile->timer, on_closed);
    }
}

const struct textfile_facts *textfile_facts(const struct textfile *textfile)
{
    return &textfile->facts;
}
