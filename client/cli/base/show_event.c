/* show_event.c: shows people events and what is known about an installation. */
#include "cli/base/show_event.h"

#include "cli/base/show.h"
#include "common/model.h"

#include <inttypes.h>
#include <string.h>
#include <yyjson.h>

/* Adds " NAME", a text from outside, if it exists. */
static void add_known(struct text *out, const char *before, yyjson_val *object, const char *name)
{
    const char *value = yyjson_get_str(yyjson_obj_get(object, name));
    if (value != NULL) {
        text_add(out, before);
        text_add_outside(out, value);
    }
}

static void add_status_code(struct text *out, yyjson_val *install)
{
    yyjson_val *code = yyjson_obj_get(install, "status");
    if (yyjson_is_uint(code)) {
        text_addf(out, " %" PRIu64, yyjson_get_uint(code));
    }
}

static const char *hearsay_of(yyjson_val *install)
{
    return yyjson_is_false(yyjson_obj_get(install, "trusted")) ? SHOW_UNTRUSTED : SHOW_HEARSAY;
}

/* Shows whatever the event says about an installation. */
static void show_install(struct text *out, const struct msiwatch_event *event, const char *json,
                         when_offset *offset)
{
    static const char *const members[] = {"product", "version", "package", "action", "result"};
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *install = yyjson_obj_get(yyjson_doc_get_root(doc), "install");
    yyjson_val *pid = yyjson_obj_get(install, "client_pid");
    uint64_t further = yyjson_get_uint(yyjson_obj_get(install, "further"));
    show_begin_line(out, event->at_ms, event->kind == MSIWATCH_EVENT_INSTALL ? "install" : "other",
                    0, offset);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        add_known(out, " ", install, members[i]);
    }
    if (!yyjson_equals_str(yyjson_obj_get(install, "result"), "success")) {
        add_status_code(out, install);
    }
    if (!yyjson_equals_str(yyjson_obj_get(install, "reboot"), "none")) {
        add_known(out, ", restart ", install, "reboot");
    }
    if (yyjson_is_uint(pid)) {
        text_addf(out, ", by pid %" PRIu64, yyjson_get_uint(pid));
    }
    if (further > 0) {
        text_addf(out, ", and %" PRIu64 " more", further);
    }
    if (event->first != 0) {
        text_addf(out, " (of event %" PRIu64 ")", event->first);
    }
    if (event->kind == MSIWATCH_EVENT_INSTALL) {
        text_addf(out, " %s", hearsay_of(install));
    }
    text_add(out, "\n");
    yyjson_doc_free(doc);
}

/* ---- what it does ---- */

static void add_still(struct text *out, yyjson_val *activity)
{
    text_add(out, "no CPU or I/O in the installer's own processes for ");
    text_add_duration(out, yyjson_get_uint(yyjson_obj_get(activity, "still_ms")));
}

/* Adds "; a file is in use by explorer.exe (3300)", if the event log says so. */
static void add_in_use(struct text *out, yyjson_val *install)
{
    yyjson_val *in_use = yyjson_obj_get(install, "in_use");
    yyjson_val *pid = yyjson_obj_get(in_use, "pid");
    if (yyjson_is_obj(in_use)) {
        text_add(out, "; a file is in use by");
        add_known(out, " ", in_use, "process");
        if (yyjson_is_uint(pid)) {
            text_addf(out, " (%" PRIu64 ")", yyjson_get_uint(pid));
        }
    }
}

static void show_activity(struct text *out, const struct msiwatch_event *event, const char *json,
                          when_offset *offset)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *activity = yyjson_doc_get_root(doc);
    show_begin_line(out, event->at_ms, "activity", 0, offset);
    text_add(out, " ");
    if (yyjson_get_bool(yyjson_obj_get(activity, "stalled"))) {
        add_still(out, activity);
    } else {
        text_add(out, "no longer stalled, after ");
        text_add_duration(out, yyjson_get_uint(yyjson_obj_get(activity, "still_ms")));
    }
    if (event->first != 0) {
        text_addf(out, " (of event %" PRIu64 ")", event->first);
    }
    text_add(out, "\n");
    yyjson_doc_free(doc);
}

void show_event(struct text *out, const struct msiwatch_event *event, const char *json,
                when_offset *offset)
{
    switch (event->kind) {
    case MSIWATCH_EVENT_TRANSITION:
        show_transition(out, event, offset);
        break;
    case MSIWATCH_EVENT_GAP:
        text_addf(out, "-- gap: events %" PRIu64 " to %" PRIu64 " are no longer in the journal\n",
                  event->first, event->seq);
        break;
    case MSIWATCH_EVENT_RESET:
        text_add(out, "-- reset: a new journal begins: ");
        text_add_outside(out, event->journal);
        text_add(out, "\n");
        break;
    case MSIWATCH_EVENT_ACTIVITY:
        show_activity(out, event, json, offset);
        break;
    default:
        show_install(out, event, json, offset);
        break;
    }
}

/* ---- the present ---- */

static void add_installing(struct text *out, yyjson_val *install)
{
    yyjson_val *pid = yyjson_obj_get(install, "client_pid");
    text_add(out, "  installing");
    add_known(out, " ", install, "product");
    add_known(out, " ", install, "version");
    add_known(out, " ", install, "package");
    if (yyjson_is_uint(pid)) {
        text_addf(out, ", requested by pid %" PRIu64, yyjson_get_uint(pid));
    }
    text_addf(out, " %s\n", hearsay_of(install));
}

static void add_restart(struct text *out, yyjson_val *status)
{
    const char *reboot = yyjson_get_str(yyjson_obj_get(status, "reboot"));
    if (reboot != NULL && strcmp(reboot, "none") != 0) {
        text_add(out, "  restart    ");
        text_add_outside(out, reboot);
        text_add(out, " " SHOW_HEARSAY);
        add_known(out, ", by ", status, "reboot_by");
        add_known(out, ", at ", status, "reboot_at");
        text_add(out, "\n");
    }
}

void show_installing(struct text *out, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *status = yyjson_doc_get_root(doc);
    yyjson_val *install = yyjson_obj_get(status, "install");
    yyjson_val *activity = yyjson_obj_get(status, "activity");
    if (yyjson_is_obj(install)) {
        add_installing(out, install);
    }
    if (yyjson_get_bool(yyjson_obj_get(activity, "stalled"))) {
        text_add(out, "  stalled    ");
        add_still(out, activity);
        add_in_use(out, install);
        text_add(out, "\n");
    }
    add_restart(out, status);
    yyjson_doc_free(doc);
}

/* Adds "3 min": no finer than minutes. */
static void add_rough_duration(struct text *out, uint64_t ms)
{
    uint64_t minutes = ms / 60000;
    if (minutes == 0) {
        text_addf(out, "%" PRIu64 " s", ms / 1000);
    } else if (minutes < 120) {
        text_addf(out, "%" PRIu64 " min", minutes);
    } else {
        text_addf(out, "%" PRIu64 " h", minutes / 60);
    }
}

/* Adds "Contoso Agent 4.2 (agent.msi)", or only the package. */
static void add_product(struct text *out, yyjson_val *install, const char *product,
                        const char *package)
{
    text_add_outside(out, product != NULL ? product : file_name(package));
    if (product != NULL) {
        add_known(out, " ", install, "version");
    }
    if (product != NULL && package != NULL) {
        text_add(out, " (");
        text_add_outside(out, file_name(package));
        text_add(out, ")");
    }
}

void show_summary(struct text *out, const struct msiwatch_status *status, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *install = yyjson_obj_get(yyjson_doc_get_root(doc), "install");
    const char *product = yyjson_get_str(yyjson_obj_get(install, "product"));
    const char *package = yyjson_get_str(yyjson_obj_get(install, "package"));
    bool named = product != NULL || package != NULL;
    yyjson_val *starter = named ? yyjson_obj_get(install, "started_by")
                                : yyjson_doc_ptr_get(doc, "/mutex/owner_started_by");
    const char *image = yyjson_get_str(yyjson_obj_get(starter, "image"));
    if (status->state == MSIWATCH_BUSY && (named || image != NULL)) {
        int64_t lasted = status->sampled_at_ms - status->since_ms;
        text_add(out, "busy for ");
        add_rough_duration(out, lasted > 0 ? (uint64_t)lasted : 0);
        text_add(out, named || status->owner_image[0] != '\0' ? ": " : "");
        if (named) {
            add_product(out, install, product, package);
        } else {
            text_add_outside(out, file_name(status->owner_image));
        }
        if (image != NULL) {
            text_add(out, ", started by ");
            text_add_outside(out, file_name(image));
        }
        text_addf(out, "%s%s\n", named ? " " : "", named ? hearsay_of(install) : "");
    }
    yyjson_doc_free(doc);
}
