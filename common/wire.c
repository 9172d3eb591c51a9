/* wire.c: model <-> JSON. */
#include "common/wire.h"

#include "common/utf8.h"
#include "common/wire_activity.h"
#include "common/wire_turn.h"

#include <string.h>

static const struct {
    unsigned reason;
    const char *name;
} reason_names[] = {
    {REASON_MUTEX, "mutex"}, {REASON_MSISERVER, "msiserver"}, {REASON_FLAPPING, "flapping"}};

#define REASON_COUNT (sizeof reason_names / sizeof reason_names[0])

/* ---- writing ---- */

static bool put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, yyjson_mut_val *value)
{
    return value != NULL && yyjson_mut_obj_add(object, yyjson_mut_str(doc, key), value);
}

static bool put_name(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *name)
{
    return put(doc, object, key, yyjson_mut_str(doc, name));
}

static bool put_uint(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, uint64_t value)
{
    return put(doc, object, key, yyjson_mut_uint(doc, value));
}

static bool put_bool(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, bool value)
{
    return put(doc, object, key, yyjson_mut_bool(doc, value));
}

static bool put_null(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key)
{
    return put(doc, object, key, yyjson_mut_null(doc));
}

yyjson_mut_val *wire_reasons(yyjson_mut_doc *doc, unsigned reasons)
{
    yyjson_mut_val *array = yyjson_mut_arr(doc);
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if ((reasons & reason_names[i].reason) != 0 &&
            !yyjson_mut_arr_add_str(doc, array, reason_names[i].name)) {
            return NULL;
        }
    }
    return array;
}

static bool put_text(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *text)
{
    return text[0] == '\0' ? put_null(doc, object, key)
                           : put(doc, object, key, wire_text(doc, text));
}

static bool put_word(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *word)
{
    return word == NULL ? put_null(doc, object, key) : put_name(doc, object, key, word);
}

static bool put_pid(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, uint32_t pid)
{
    return pid == 0 ? put_null(doc, object, key) : put_uint(doc, object, key, pid);
}

static yyjson_mut_val *wire_mutex(yyjson_mut_doc *doc, const struct status *status)
{
    const struct observation *seen = &status->seen;
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool owner = seen->mutex.owner_known;
    bool image = owner && seen->mutex.owner_image[0] != '\0';
    bool ok = put_name(doc, object, "state", mutex_state_name(seen->mutex.state)) &&
              (owner ? put_uint(doc, object, "owner_pid", seen->mutex.owner_pid)
                     : put_null(doc, object, "owner_pid")) &&
              (image ? put(doc, object, "owner_image", wire_text(doc, seen->mutex.owner_image))
                     : put_null(doc, object, "owner_image")) &&
              (image ? put_bool(doc, object, "owner_foreign", seen->mutex.owner_foreign)
                     : put_null(doc, object, "owner_foreign")) &&
              put_word(doc, object, "owner_role", owner_role_name(status->owner_role)) &&
              (!owner || wire_put_owner_chain(doc, object, &seen->mutex.owner_chain)) &&
              (seen->mutex.object_owner[0] == '\0' ||
               put_text(doc, object, "object_owner", seen->mutex.object_owner));
    return ok ? object : NULL;
}

static bool msiserver_was_read(const struct observation *seen)
{
    return seen->msiserver.state < MSISERVER_MISSING;
}

static yyjson_mut_val *wire_msiserver(yyjson_mut_doc *doc, const struct status *status)
{
    const struct observation *seen = &status->seen;
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool read = msiserver_was_read(seen);
    bool ok = put_name(doc, object, "state", msiserver_state_name(seen->msiserver.state)) &&
              (read ? put_uint(doc, object, "controls_accepted", seen->msiserver.controls)
                    : put_null(doc, object, "controls_accepted")) &&
              (read && seen->msiserver.pid != 0 ? put_uint(doc, object, "pid", seen->msiserver.pid)
                                                : put_null(doc, object, "pid")) &&
              put_bool(doc, object, "says_busy", status->says_busy);
    return ok ? object : NULL;
}

static bool put_trusted(yyjson_mut_doc *doc, yyjson_mut_val *object, enum install_trust trusted)
{
    return trusted == TRUST_UNKNOWN ? put_null(doc, object, "trusted")
                                    : put_bool(doc, object, "trusted", trusted == TRUST_YES);
}

/* What both a status and an event tell of an installation. */
static yyjson_mut_val *wire_install(yyjson_mut_doc *doc, const struct install *install)
{
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool ok = put_name(doc, object, "source", "eventlog") &&
              put_text(doc, object, "product", install->product) &&
              put_text(doc, object, "version", install->version) &&
              put_text(doc, object, "package", install->package) &&
              put_text(doc, object, "user", install->user) &&
              put_pid(doc, object, "client_pid", install->client_pid) &&
              (install->started_known
                   ? put(doc, object, "started_at", wire_time(doc, install->started_ms))
                   : put_null(doc, object, "started_at")) &&
              put_text(doc, object, "product_code", install->product_code) &&
              put_trusted(doc, object, install->trusted) &&
              put(doc, object, "in_use", wire_in_use(doc, install)) &&
              wire_put_chain(doc, object, &install->chain);
    return ok ? object : NULL;
}

static yyjson_mut_val *wire_outcome(yyjson_mut_doc *doc, const struct install *install)
{
    yyjson_mut_val *object = wire_install(doc, install);
    bool ok = put_word(doc, object, "action", install_action_name(install->action)) &&
              put_word(doc, object, "result", install_result_name(install->result)) &&
              (install->status_known ? put_uint(doc, object, "status", install->status)
                                     : put_null(doc, object, "status")) &&
              put_word(doc, object, "reboot", install_reboot_name(install->reboot)) &&
              put_uint(doc, object, "further", install->further) &&
              put_text(doc, object, "patch_code", install->patch_code);
    return ok ? object : NULL;
}

static bool put_restart(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct restart *restart)
{
    return put_word(doc, object, "reboot", install_reboot_name(restart->reboot)) &&
           put_text(doc, object, "reboot_by", restart->by) &&
           (restart->at_known ? put(doc, object, "reboot_at", wire_time(doc, restart->at_ms))
                              : put_null(doc, object, "reboot_at"));
}

yyjson_mut_val *wire_status(yyjson_mut_doc *doc, const struct status *status)
{
    const struct observation *seen = &status->seen;
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool ok = put_name(doc, object, "state", verdict_state_name(status->state)) &&
              put(doc, object, "since", wire_time(doc, status->since_ms)) &&
              put_uint(doc, object, "seq", status->seq) &&
              put(doc, object, "reasons", wire_reasons(doc, status->reasons)) &&
              put(doc, object, "mutex", wire_mutex(doc, status)) &&
              put(doc, object, "msiserver", wire_msiserver(doc, status)) &&
              (status->install_known
                   ? put(doc, object, "install", wire_install(doc, &status->install))
                   : put_null(doc, object, "install")) &&
              put_restart(doc, object, &status->restart) &&
              put(doc, object, "activity", wire_activity(doc, &status->activity)) &&
              (seen->ui_clients >= 0
                   ? put_uint(doc, object, "ui_clients", (uint64_t)seen->ui_clients)
                   : put_null(doc, object, "ui_clients")) &&
              put_bool(doc, object, "suspended", status->suspended) &&
              put(doc, object, "turns", wire_turns(doc, &status->turns)) &&
              put(doc, object, "sampled_at", wire_time(doc, seen->wall_ms));
    return ok ? object : NULL;
}

void wire_status_set_sampled(char *json, size_t size, int64_t wall_ms)
{
    char text[MSIWATCH_TIME_CHARS + 1];
    time_format(wall_ms, text);
    memcpy(json + size - MSIWATCH_TIME_CHARS - 2, text, MSIWATCH_TIME_CHARS); /* before "} */
}

static bool put_owner(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct event_owner *owner)
{
    yyjson_mut_val *member = yyjson_mut_obj(doc);
    return put_uint(doc, member, "pid", owner->pid) &&
           put_text(doc, member, "image", owner->image) &&
           (owner->image[0] != '\0' ? put_bool(doc, member, "foreign", owner->foreign)
                                    : put_null(doc, member, "foreign")) &&
           put_text(doc, member, "user", owner->user) &&
           (owner->started_by.pid == 0 ||
            put(doc, member, "started_by", wire_process(doc, &owner->started_by))) &&
           put(doc, object, "owner", member);
}

/* The last two are there only if they say something: most transitions are without. */
static bool put_transition(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct event *event)
{
    return put_name(doc, object, "from", verdict_state_name(event->from)) &&
           put_name(doc, object, "to", verdict_state_name(event->to)) &&
           put(doc, object, "reasons", wire_reasons(doc, event->reasons)) &&
           (event->after_known ? put_uint(doc, object, "after_ms", event->after_ms)
                               : put_null(doc, object, "after_ms")) &&
           (event->owner == NULL || put_owner(doc, object, event->owner)) &&
           (event->folded == 0 || put_uint(doc, object, "folded", event->folded));
}

yyjson_mut_val *wire_event(yyjson_mut_doc *doc, const struct event *event)
{
    static const struct install nothing;
    const struct install *install = event->install == NULL ? &nothing : event->install;
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool ok = put_uint(doc, object, "seq", event->seq) &&
              put_name(doc, object, "kind", event_kind_name(event->kind)) &&
              put(doc, object, "at", wire_time(doc, event->at_ms));
    if (event->kind == EVENT_TRANSITION) {
        return ok && put_transition(doc, object, event) ? object : NULL;
    }
    if (event->kind == EVENT_TURN) {
        yyjson_mut_val *turn = event->turn == NULL ? yyjson_mut_null(doc)
                                                   : wire_turn_record(doc, event->turn);
        return ok && put(doc, object, "turn", turn) ? object : NULL;
    }
    ok = ok &&
         (event->of == 0 ? put_null(doc, object, "of") : put_uint(doc, object, "of", event->of));
    if (event->kind == EVENT_ACTIVITY) {
        return ok && wire_put_activity(doc, object, &event->activity) ? object : NULL;
    }
    return ok && put(doc, object, "install", wire_outcome(doc, install)) ? object : NULL;
}

/* ---- reading ---- */

static bool read_time(yyjson_val *object, const char *key, int64_t *out)
{
    const char *text = yyjson_get_str(yyjson_obj_get(object, key));
    return text != NULL && time_parse(text, out);
}

static bool read_uint(yyjson_val *object, const char *key, uint64_t *out)
{
    yyjson_val *value = yyjson_obj_get(object, key);
    *out = yyjson_get_uint(value);
    return yyjson_is_uint(value);
}

/* A member that may be null or missing; zero then. */
static uint32_t read_u32_or_none(yyjson_val *object, const char *key, bool *known)
{
    uint64_t value;
    *known = read_uint(object, key, &value) && value <= UINT32_MAX;
    return *known ? (uint32_t)value : 0;
}

static int read_word(yyjson_val *object, const char *key, int (*parse)(const char *))
{
    const char *word = yyjson_get_str(yyjson_obj_get(object, key));
    return word == NULL ? -1 : parse(word);
}

static bool read_reasons(yyjson_val *array, unsigned *out)
{
    *out = 0;
    if (!yyjson_is_arr(array)) {
        return false;
    }
    size_t index, count;
    yyjson_val *word;
    yyjson_arr_foreach(array, index, count, word)
    {
        for (size_t i = 0; i < REASON_COUNT; i++) {
            if (yyjson_equals_str(word, reason_names[i].name)) {
                *out |= reason_names[i].reason;
            }
        }
    }
    return true;
}

static void read_text(yyjson_val *object, const char *key, char *out, size_t size)
{
    utf8_copy(out, size, yyjson_get_str(yyjson_obj_get(object, key)));
}

/* One of the words, or 0: not known. */
static int read_word_or_none(yyjson_val *object, const char *key, int (*parse)(const char *))
{
    int word = read_word(object, key, parse);
    return word < 0 ? 0 : word;
}

/* False when there is none. */
static bool read_install(yyjson_val *object, struct install *out)
{
    bool known;
    memset(out, 0, sizeof *out);
    if (!yyjson_is_obj(object)) {
        return false;
    }
    read_text(object, "product", out->product, sizeof out->product);
    read_text(object, "version", out->version, sizeof out->version);
    read_text(object, "package", out->package, sizeof out->package);
    read_text(object, "user", out->user, sizeof out->user);
    out->client_pid = read_u32_or_none(object, "client_pid", &known);
    out->started_known = read_time(object, "started_at", &out->started_ms);
    out->action = (enum install_action)read_word_or_none(object, "action", install_action_parse);
    out->result = (enum install_result)read_word_or_none(object, "result", install_result_parse);
    out->status = read_u32_or_none(object, "status", &out->status_known);
    out->reboot = (enum install_reboot)read_word_or_none(object, "reboot", install_reboot_parse);
    out->further = read_u32_or_none(object, "further", &known);
    read_text(object, "product_code", out->product_code, sizeof out->product_code);
    read_text(object, "patch_code", out->patch_code, sizeof out->patch_code);
    yyjson_val *trusted = yyjson_obj_get(object, "trusted");
    out->trusted = !yyjson_is_bool(trusted)   ? TRUST_UNKNOWN
                   : yyjson_get_bool(trusted) ? TRUST_YES
                                              : TRUST_NO;
    wire_chain_read(yyjson_obj_get(object, "chain"), &out->chain);
    wire_in_use_read(yyjson_obj_get(object, "in_use"), out);
    return true;
}

bool wire_status_read(yyjson_val *value, struct status *out)
{
    memset(out, 0, sizeof *out);
    struct observation *seen = &out->seen;
    seen->ui_clients = -1;
    yyjson_val *mutex = yyjson_obj_get(value, "mutex");
    yyjson_val *msiserver = yyjson_obj_get(value, "msiserver");
    int state = read_word(value, "state", verdict_state_parse);
    int held = read_word(mutex, "state", mutex_state_parse);
    int running = read_word(msiserver, "state", msiserver_state_parse);
    if (state < 0 || held < 0 || running < 0 || !read_time(value, "since", &out->since_ms) ||
        !read_time(value, "sampled_at", &seen->wall_ms) || !read_uint(value, "seq", &out->seq) ||
        !read_reasons(yyjson_obj_get(value, "reasons"), &out->reasons)) {
        return false;
    }
    bool known;
    out->state = (enum verdict_state)state;
    seen->mutex.state = (enum mutex_state)held;
    seen->mutex.owner_pid = read_u32_or_none(mutex, "owner_pid", &seen->mutex.owner_known);
    seen->mutex.owner_foreign = yyjson_get_bool(yyjson_obj_get(mutex, "owner_foreign"));
    read_text(mutex, "owner_image", seen->mutex.owner_image, sizeof seen->mutex.owner_image);
    read_text(mutex, "object_owner", seen->mutex.object_owner, sizeof seen->mutex.object_owner);
    wire_chain_read(yyjson_obj_get(mutex, "owner_chain"), &seen->mutex.owner_chain);
    seen->msiserver.state = (enum msiserver_state)running;
    seen->msiserver.controls = read_u32_or_none(msiserver, "controls_accepted", &known);
    seen->msiserver.pid = read_u32_or_none(msiserver, "pid", &known);
    out->says_busy = yyjson_get_bool(yyjson_obj_get(msiserver, "says_busy"));
    uint32_t clients = read_u32_or_none(value, "ui_clients", &known);
    if (known && clients <= INT32_MAX) {
        seen->ui_clients = (int32_t)clients;
    }
    out->owner_role = (enum owner_role)read_word_or_none(mutex, "owner_role", owner_role_parse);
    out->suspended = yyjson_get_bool(yyjson_obj_get(value, "suspended"));
    out->install_known = read_install(yyjson_obj_get(value, "install"), &out->install);
    out->restart.reboot = (enum install_reboot)read_word_or_none(value, "reboot",
                                                                 install_reboot_parse);
    read_text(value, "reboot_by", out->restart.by, sizeof out->restart.by);
    out->restart.at_known = read_time(value, "reboot_at", &out->restart.at_ms);
    wire_activity_read(yyjson_obj_get(value, "activity"), &out->activity);
    wire_turns_read(yyjson_obj_get(value, "turns"), &out->turns);
    return true;
}

bool wire_event_read_install(yyjson_val *value, struct install *out)
{
    return read_install(yyjson_obj_get(value, "install"), out);
}

bool wire_event_read_owner(yyjson_val *value, struct event_owner *out)
{
    bool known;
    yyjson_val *owner = yyjson_obj_get(value, "owner");
    memset(out, 0, sizeof *out);
    out->pid = read_u32_or_none(owner, "pid", &known);
    read_text(owner, "image", out->image, sizeof out->image);
    out->foreign = yyjson_get_bool(yyjson_obj_get(owner, "foreign"));
    read_text(owner, "user", out->user, sizeof out->user);
    wire_process_read(yyjson_obj_get(owner, "started_by"), &out->started_by);
    return yyjson_is_obj(owner);
}

bool wire_event_read(yyjson_val *value, struct event *out)
{
    memset(out, 0, sizeof *out);
    const char *kind = yyjson_get_str(yyjson_obj_get(value, "kind"));
    if (kind == NULL || !read_uint(value, "seq", &out->seq) ||
        !read_time(value, "at", &out->at_ms)) {
        return false;
    }
    int known = event_kind_parse(kind);
    out->kind = known < 0 ? EVENT_INSTALL : (enum event_kind)known; /* another is no transition */
    if (out->kind != EVENT_TRANSITION) {
        read_uint(value, "of", &out->of);
        wire_activity_read(value, &out->activity);
        return true;
    }
    int from = read_word(value, "from", verdict_state_parse);
    int to = read_word(value, "to", verdict_state_parse);
    if (from < 0 || to < 0 || !read_reasons(yyjson_obj_get(value, "reasons"), &out->reasons)) {
        return false;
    }
    out->from = (enum verdict_state)from;
    out->to = (enum verdict_state)to;
    out->after_known = read_uint(value, "after_ms", &out->after_ms);
    read_uint(value, "folded", &out->folded);
    return true;
}
