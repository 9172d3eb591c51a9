/* progress.c: says in one line what `msiwatch run` waits for. */
#include "cli/run/progress.h"

#include "cli/base/install.h"
#include "cli/base/now.h"
#include "common/utf8.h"

#include <inttypes.h>
#include <string.h>
#include <yyjson.h>

/* Adds "setup.msi (msiwatch.exe 977)", if known. */
static void add_who(struct text *out, const char *what, const char *path, uint32_t pid)
{
    const char *name = file_name(path);
    bool inside = what[0] != '\0' && (name[0] != '\0' || pid != 0);
    text_add(out, what);
    text_add(out, inside ? " (" : "");
    text_add(out, name[0] == '\0' && pid != 0 ? "pid" : name);
    if (pid != 0) {
        text_addf(out, " %" PRIu32, pid);
    }
    text_add(out, inside ? ")" : "");
}

static void keep(char *out, size_t size, struct text *text)
{
    utf8_copy(out, size, text->data == NULL ? "" : text->data);
    text_release(text);
}

void progress_hear(struct progress *progress, const char *json)
{
    struct text who = {0};
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *params = yyjson_doc_get_root(doc);
    uint64_t position = yyjson_get_uint(yyjson_obj_get(params, "position"));
    if (yyjson_equals_str(yyjson_obj_get(params, "state"), "waiting")) {
        wire_turns_read(params, &progress->turns);
        progress->told = true;
        progress->ahead = position > 0 ? position - 1 : 0;
        const struct turn_info *holder = &progress->turns.holder;
        add_who(&who, holder->label, holder->image, holder->pid);
        keep(progress->holder, sizeof progress->holder, &who);
    }
    yyjson_doc_free(doc);
}

void progress_see(struct progress *progress, const char *json)
{
    struct text who = {0};
    struct told_install install;
    char name[MSIWATCH_TEXT_SIZE] = "";
    struct status now;
    now_read(&now, json);
    if (install_read(&install, json) && install_names_period(&install.is)) {
        install_name(&install.is, name);
    }
    if (now.state == VERDICT_BUSY) {
        add_who(&who, name, now.seen.mutex.owner_image, now.seen.mutex.owner_pid);
    }
    keep(progress->busy, sizeof progress->busy, &who);
}

void progress_add_line(struct text *out, const struct progress *progress, uint64_t waited_ms,
                       when_offset *offset)
{
    const char *what = progress->holder[0] != '\0' ? progress->holder : progress->busy;
    const struct turns_brief *turns = &progress->turns;
    if (turns->held) {
        text_add(out, "Waiting: an administrator holds the queue");
        if (turns->held_until_known) {
            text_add(out, " until ");
            text_add_time(out, turns->held_until_ms, offset, false);
        }
        text_add(out, turns->held_why[0] == '\0' ? "" : " (");
        text_add_outside(out, turns->held_why);
        text_add(out, turns->held_why[0] == '\0' ? "" : ")");
        text_add(out, ", for ");
    } else {
        text_add(out, "Waiting for Windows Installer for ");
    }
    text_add_duration(out, waited_ms / 1000 * 1000);
    if (!turns->held && what[0] != '\0') {
        text_add(out, ", behind ");
        text_add_outside(out, what);
    }
    if (progress->told && progress->ahead > 0) {
        text_addf(out, "; %" PRIu64 " ahead of you", progress->ahead);
    }
    text_add(out, turns->held ? "." : ". Do not end msiexec.");
}
