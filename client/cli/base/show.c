/* show.c: shows people what the service says. */
#include "cli/base/show.h"

#include "common/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

/* Limits of show_object: more than the protocol needs, and small enough for stack and memory. */
#define DEEPEST 8u
#define LONGEST 256u

const char *show_state_name(uint32_t state)
{
    return verdict_state_name((enum verdict_state)state);
}

void show_reasons(struct text *out, uint32_t reasons, const char *between)
{
    const char *separator = "";
    for (size_t i = 0; i < reason_table.count; i++) {
        if ((reasons & UINT32_C(1) << i) != 0) {
            text_addf(out, "%s%s", separator, reason_table.words[i]);
            separator = between;
        }
    }
}

/* Adds " by msiexec.exe (pid 4242)", if known. */
static void add_owner(struct text *out, const struct msiwatch_status *status, bool whole_path)
{
    if (status->owner_image[0] != '\0') {
        text_add(out, " by ");
        text_add_outside(out, whole_path ? status->owner_image : file_name(status->owner_image));
        if (status->owner_known != 0) {
            text_addf(out, " (pid %" PRIu32 ")", status->owner_pid);
        }
    } else if (status->owner_known != 0) {
        text_addf(out, " by pid %" PRIu32, status->owner_pid);
    }
    if (status->owner_foreign != 0) {
        text_add(out, ", which is not Windows Installer");
    }
}

void show_why(struct text *out, const struct msiwatch_status *status, const char *separator)
{
    if (status->state == MSIWATCH_UNKNOWN) {
        if (status->mutex == MSIWATCH_MUTEX_DENIED) {
            text_addf(out, "%sthe service is not allowed to read the mutex", separator);
        } else if (status->mutex == MSIWATCH_MUTEX_ERROR) {
            text_addf(out, "%sthe mutex cannot be read", separator);
        } else if (status->mutex == MSIWATCH_MUTEX_NOT_A_MUTEX) {
            text_addf(out, "%sanother kind of object has the mutex's name", separator);
        }
        return;
    }
    if ((status->reasons & MSIWATCH_REASON_MUTEX) != 0) {
        text_addf(out, "%smutex held", separator);
        add_owner(out, status, false);
        separator = "; ";
    }
    if ((status->reasons & MSIWATCH_REASON_MSISERVER) != 0) {
        text_addf(out, "%smsiserver reports busy", separator);
        separator = "; ";
    }
    if ((status->reasons & MSIWATCH_REASON_FLAPPING) != 0) {
        text_addf(out, "%sthe mutex changes too fast to follow", separator);
    }
}

/* Adds "since TIME (12 s)"; both are by the service's clock. */
static void add_since(struct text *out, const struct msiwatch_status *status, when_offset *offset)
{
    text_add(out, "since ");
    text_add_time(out, status->since_ms, offset, false);
    if (status->sampled_at_ms >= status->since_ms) {
        text_add(out, " (");
        text_add_duration(out, (uint64_t)status->sampled_at_ms - (uint64_t)status->since_ms);
        text_add(out, ")");
    }
}

void show_state(struct text *out, const struct msiwatch_status *status, when_offset *offset)
{
    text_addf(out, "%s ", show_state_name(status->state));
    add_since(out, status, offset);
    show_why(out, status, ": ");
    text_add(out, "\n");
}

static void show_msiserver(struct text *out, const struct msiwatch_status *status)
{
    static const char *const names[] = {
        "stopped", "starting", "stopping",        "running",       "continuing",
        "pausing", "paused",   "no such service", "access denied", "cannot be queried"};
    bool running = status->msiserver == MSIWATCH_MSISERVER_RUNNING;
    text_addf(out, "  msiserver  %s",
              status->msiserver < sizeof names / sizeof names[0] ? names[status->msiserver] : "?");
    if (status->msiserver_pid != 0) {
        text_addf(out, " (pid %" PRIu32 ")", status->msiserver_pid);
    }
    if (running) {
        text_addf(out, ", controls accepted 0x%" PRIx32 ": %s", status->msiserver_controls,
                  status->msiserver_says_busy == 0 ? "not busy"
                  : (status->reasons & MSIWATCH_REASON_MSISERVER) != 0
                      ? "reports busy"
                      : "reports busy (ignored: see Signals)");
    }
    text_add(out, "\n");
}

void show_status(struct text *out, const struct msiwatch_status *status, when_offset *offset)
{
    show_state(out, status, offset);
    text_addf(out, "  mutex      %s", mutex_state_name((enum mutex_state)status->mutex));
    if (status->mutex == MSIWATCH_MUTEX_HELD) {
        add_owner(out, status, true);
    }
    text_add(out, "\n");
    show_msiserver(out, status);
    if (status->ui_clients >= 0) {
        text_addf(out, "  msiexec    %" PRId32 " other process%s\n", status->ui_clients,
                  status->ui_clients == 1 ? "" : "es");
    }
    if (status->suspended != 0) {
        text_add(out, "  suspended  an incomplete installation left remnants\n");
    }
    text_addf(out, "  last event %" PRIu64 "; sampled at ", status->seq);
    text_add_time(out, status->sampled_at_ms, offset, true);
    text_add(out, "\n");
}

/* ---- events ---- */

void show_begin_line(struct text *out, int64_t at_ms, const char *word, uint32_t reasons,
                     when_offset *offset)
{
    text_add_time(out, at_ms, offset, true);
    size_t start = out->size;
    text_addf(out, "  %s", word);
    text_pad(out, start, 11);
    show_reasons(out, reasons, ", ");
    text_pad(out, start, 28);
}

void show_now(struct text *out, const struct msiwatch_status *status, when_offset *offset)
{
    show_begin_line(out, status->sampled_at_ms, show_state_name(status->state), status->reasons,
                    offset);
    text_add(out, " ");
    add_since(out, status, offset);
    text_add(out, "\n");
}

void show_transition(struct text *out, const struct msiwatch_event *event, when_offset *offset)
{
    show_begin_line(out, event->at_ms, show_state_name(event->to), event->reasons, offset);
    if (event->after_known != 0) {
        text_add(out, " after ");
        text_add_duration(out, event->after_ms);
        text_addf(out, " %s", show_state_name(event->from));
    } else {
        text_addf(out, " was %s", show_state_name(event->from));
    }
    if (event->from == MSIWATCH_BUSY && event->to == MSIWATCH_BUSY) {
        text_add(out, " (another installation)");
    }
    text_add(out, "\n");
}

/* ---- any object ---- */

/* Whether its members or elements are visited one by one; for a list, only if they do not all fit
 * in a line. */
static bool has_parts(yyjson_val *value)
{
    yyjson_arr_iter each = yyjson_arr_iter_with(value);
    yyjson_val *one;
    bool parts = yyjson_is_obj(value);
    while (!parts && (one = yyjson_arr_iter_next(&each)) != NULL) {
        parts = yyjson_is_ctn(one);
    }
    return parts;
}

static void add_simple(struct text *out, yyjson_val *value)
{
    if (yyjson_is_str(value)) {
        text_add_outside(out, yyjson_get_str(value));
        return;
    }
    char *json = yyjson_val_write(value, YYJSON_WRITE_NOFLAG, NULL);
    if (json == NULL) {
        out->failed = true;
        return;
    }
    text_add_json(out, json);
    free(json);
}

static void add_value(struct text *out, yyjson_val *value)
{
    if (!yyjson_is_arr(value) || has_parts(value)) { /* a list with parts was too deep to go into */
        add_simple(out, value);
        return;
    }
    yyjson_arr_iter each = yyjson_arr_iter_with(value);
    const char *before = yyjson_arr_size(value) == 0 ? "none" : "";
    text_add(out, before);
    for (yyjson_val *one; (one = yyjson_arr_iter_next(&each)) != NULL; before = ", ") {
        text_add(out, before);
        add_simple(out, one);
    }
}

struct visit {
    void (*member)(void *arg, const char *name, const char *value);
    void *arg;
    struct text name, shown;
};

/* Visits the members of an object, or the elements of a list, which are numbered. Their names
 * follow visit->name. The limit keeps the service's nesting from exhausting the stack.
 * NOLINTNEXTLINE(misc-no-recursion) */
static void visit_parts(struct visit *visit, yyjson_val *parts, unsigned depth)
{
    struct text *name = &visit->name, *shown = &visit->shown;
    size_t prefix_size = name->size;
    bool named = yyjson_is_obj(parts);
    size_t count = named ? yyjson_obj_size(parts) : yyjson_arr_size(parts);
    yyjson_val *value = unsafe_yyjson_get_first(parts);
    for (size_t i = 1; i <= count; i++, value = unsafe_yyjson_get_next(value)) {
        if (named) {
            text_add_outside(name, yyjson_get_str(value));
            value = unsafe_yyjson_get_next(value);
        } else {
            text_addf(name, "%zu", i);
        }
        if (has_parts(value) && depth < DEEPEST && prefix_size <= LONGEST) {
            text_add(name, ".");
            visit_parts(visit, value, depth + 1);
        } else {
            text_clear(shown);
            add_value(shown, value);
            if (!name->failed && !shown->failed) {
                visit->member(visit->arg, name->data, shown->data == NULL ? "" : shown->data);
            }
        }
        if (name->failed || shown->failed) {
            return;
        }
        name->size = prefix_size;
        name->data[prefix_size] = '\0';
    }
}

bool show_members(const char *json, void (*member)(void *arg, const char *name, const char *value),
                  void *arg)
{
    struct visit visit = {.member = member, .arg = arg};
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc);
    if (yyjson_is_obj(root)) {
        visit_parts(&visit, root, 1);
    }
    bool whole = !visit.name.failed && !visit.shown.failed;
    text_release(&visit.name);
    text_release(&visit.shown);
    yyjson_doc_free(doc);
    return whole;
}

static void add_line(void *arg, const char *name, const char *value)
{
    struct text *out = arg;
    size_t start = out->size;
    text_addf(out, "%s ", name);
    text_pad(out, start, 32);
    text_addf(out, "%s\n", value);
}

void show_object(struct text *out, const char *json)
{
    if (!show_members(json, add_line, out)) {
        out->failed = true;
    }
}
