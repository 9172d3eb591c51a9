/* progress.c: says in one line what `msiwatch run` waits for. */
#include "cli/run/progress.h"

#include "cli/base/install.h"
#include "cli/base/show.h"
#include "common/model.h"
#include "common/utf8.h"

#include <inttypes.h>
#include <string.h>
#include <yyjson.h>

/* Adds "setup.msi (msiwatch.exe 977)", if known. */
static void add_who(struct text *out, const char *what, yyjson_val *image, yyjson_val *pid)
{
    const char *path = yyjson_get_str(image);
    bool known = yyjson_is_uint(pid);
    const char *name = path == NULL ? "" : show_base_name(path);
    text_add(out, what);
    if (what[0] != '\0' && (name[0] != '\0' || known)) {
        text_add(out, " (");
    }
    text_add(out, name[0] == '\0' && known ? "pid" : name);
    if (known) {
        text_addf(out, " %" PRIu64, yyjson_get_uint(pid));
    }
    text_add(out, what[0] != '\0' && (name[0] != '\0' || known) ? ")" : "");
}

static void keep(char *out, size_t size, struct text *text)
{
    utf8_copy(out, size, text->data == NULL ? "" : text->data);
    text_release(text);
}

static void hear_holder(struct progress *progress, yyjson_val *holder)
{
    struct text who = {0};
    const char *label = yyjson_get_str(yyjson_obj_get(holder, "label"));
    if (yyjson_is_obj(holder)) {
        add_who(&who, label == NULL ? "" : label, yyjson_obj_get(holder, "image"),
                yyjson_obj_get(holder, "pid"));
    }
    keep(progress->holder, sizeof progress->holder, &who);
}

static void hear_hold(struct progress *progress, yyjson_val *hold)
{
    const char *until = yyjson_get_str(yyjson_obj_get(hold, "until"));
    progress->held = yyjson_is_obj(hold);
    if (until == NULL || !time_parse(until, &progress->held_until_ms)) {
        progress->held_until_ms = 0;
    }
    utf8_copy(progress->why, sizeof progress->why, yyjson_get_str(yyjson_obj_get(hold, "why")));
}

void progress_hear(struct progress *progress, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *params = yyjson_doc_get_root(doc);
    uint64_t position = yyjson_get_uint(yyjson_obj_get(params, "position"));
    if (yyjson_equals_str(yyjson_obj_get(params, "state"), "waiting")) {
        progress->told = true;
        progress->ahead = position > 0 ? position - 1 : 0;
        hear_holder(progress, yyjson_obj_get(params, "holder"));
        hear_hold(progress, yyjson_obj_get(params, "hold"));
    }
    yyjson_doc_free(doc);
}

void progress_see(struct progress *progress, const char *json)
{
    struct text who = {0};
    struct told_install install;
    char name[MSIWATCH_TEXT_SIZE] = "";
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *status = yyjson_doc_get_root(doc), *mutex = yyjson_obj_get(status, "mutex");
    if (install_read(&install, json) && install_names_period(&install)) {
        install_name(&install, name);
    }
    if (yyjson_equals_str(yyjson_obj_get(status, "state"), "busy")) {
        add_who(&who, name, yyjson_obj_get(mutex, "owner_image"),
                yyjson_obj_get(mutex, "owner_pid"));
    }
    keep(progress->busy, sizeof progress->busy, &who);
    yyjson_doc_free(doc);
}

void progress_add_line(struct text *out, const struct progress *progress, uint64_t waited_ms,
                       when_offset *offset)
{
    const char *what = progress->holder[0] != '\0' ? progress->holder : progress->busy;
    if (progress->held) {
        text_add(out, "Waiting: an administrator holds the queue");
        if (progress->held_until_ms != 0) {
            text_add(out, " until ");
            text_add_time(out, progress->held_until_ms, offset, false);
        }
        text_add(out, progress->why[0] == '\0' ? "" : " (");
        text_add_outside(out, progress->why);
        text_add(out, progress->why[0] == '\0' ? "" : ")");
        text_add(out, ", ");
    } else {
        text_add(out, what[0] == '\0' ? "Waiting for Windows Installer"
                                      : "Waiting for Windows Installer: ");
        text_add_outside(out, what);
        text_add(out, " ");
    }
    text_add(out, "for ");
    text_add_duration(out, waited_ms / 1000 * 1000);
    if (progress->told && progress->ahead > 0) {
        text_addf(out, "; %" PRIu64 " ahead of you", progress->ahead);
    }
    text_add(out, progress->held ? "." : ". Do not end msiexec.");
}
