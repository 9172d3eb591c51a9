/* wire.c: model <-> JSON. */
#include "common/wire.h"

#include "common/wire_fields.h"

#include <string.h>

/* ---- processes and what they do ---- */

static const struct wire_field process_fields[] = {
    {"pid", WIRE_UINT, WIRE_AT(chain_process, pid), .required = true},
    {"image", WIRE_TEXT, WIRE_AT(chain_process, image)},
    {"session", WIRE_UINT, WIRE_AT(chain_process, session),
     WIRE_KNOWN(chain_process, session_known)},
    {0}};

static const struct wire_field work_fields[] = {
    {"stalled", WIRE_BOOL, WIRE_AT(activity, stalled)},
    {"last_at", WIRE_TIME, WIRE_AT(activity, last_ms), WIRE_KNOWN(activity, last_known)},
    {"still_ms", WIRE_UINT, WIRE_AT(activity, still_ms)},
    {"processes", WIRE_UINT, WIRE_AT(activity, processes)},
    {0}};

static const struct wire_field activity_fields[] = {
    {"", WIRE_INLINE, .of = work_fields},
    {"cpu_ms", WIRE_UINT, WIRE_AT(activity, cpu_ms)},
    {"io_bytes", WIRE_UINT, WIRE_AT(activity, io_bytes)},
    {0}};

/* ---- installations ---- */

static const struct wire_field in_use_fields[] = {
    {"process", WIRE_TEXT, WIRE_AT(install, in_use_by)},
    {"pid", WIRE_UINT, WIRE_AT(install, in_use_pid), .when = WIRE_OR_NULL},
    {0}};

static bool is_in_use(const void *whole)
{
    const struct install *install = whole;
    return install->in_use_by[0] != '\0' || install->in_use_pid != 0;
}

/* What both a status and an event tell of an installation. */
static const struct wire_field install_fields[] = {
    {"source", WIRE_SOURCE, .of = "eventlog"},
    {"product", WIRE_TEXT, WIRE_AT(install, product)},
    {"version", WIRE_TEXT, WIRE_AT(install, version)},
    {"package", WIRE_TEXT, WIRE_AT(install, package)},
    {"user", WIRE_TEXT, WIRE_AT(install, user)},
    {"client_pid", WIRE_UINT, WIRE_AT(install, client_pid), .when = WIRE_OR_NULL},
    {"started_at", WIRE_TIME, WIRE_AT(install, started_ms), WIRE_KNOWN(install, started_known)},
    {"product_code", WIRE_TEXT, WIRE_AT(install, product_code)},
    {"trusted", WIRE_TRUST, WIRE_AT(install, trusted)},
    {"in_use", WIRE_OBJECT, .of = in_use_fields, .is_known = is_in_use},
    {"started_by", WIRE_STARTER, WIRE_AT(install, chain), process_fields},
    {"chain", WIRE_CHAIN, WIRE_AT(install, chain), process_fields},
    {0}};

static const struct wire_field outcome_fields[] = {
    {"", WIRE_INLINE, .of = install_fields},
    {"action", WIRE_WORD, WIRE_AT(install, action), &install_action_table},
    {"result", WIRE_WORD, WIRE_AT(install, result), &install_result_table},
    {"status", WIRE_UINT, WIRE_AT(install, status), WIRE_KNOWN(install, status_known)},
    {"reboot", WIRE_WORD, WIRE_AT(install, reboot), &install_reboot_table},
    {"further", WIRE_UINT, WIRE_AT(install, further)},
    {"patch_code", WIRE_TEXT, WIRE_AT(install, patch_code)},
    {0}};

/* ---- turns ---- */

static const struct wire_field turn_fields[] = {
    {"turn", WIRE_UINT, WIRE_AT(turn_info, number)},
    {"label", WIRE_TEXT, WIRE_AT(turn_info, label)},
    {"pid", WIRE_UINT, WIRE_AT(turn_info, pid), .when = WIRE_OR_NULL},
    {"image", WIRE_TEXT, WIRE_AT(turn_info, image)},
    {"class", WIRE_CLASS, WIRE_AT(turn_info, background)},
    {"since", WIRE_TIME, WIRE_AT(turn_info, since_ms)},
    {0}};

static const struct wire_field record_fields[] = {
    {"", WIRE_INLINE, WIRE_AT(turn_record, turn), turn_fields},
    {"waited_ms", WIRE_UINT, WIRE_AT(turn_record, waited_ms)},
    {"held_ms", WIRE_UINT, WIRE_AT(turn_record, held_ms)},
    {"ended", WIRE_WORD, WIRE_AT(turn_record, end), &turn_end_table,
     .first = TURN_END_DISCONNECTED},
    {"exit_code", WIRE_SINT, WIRE_AT(turn_record, exit_code), WIRE_KNOWN(turn_record, exit_known)},
    {"collisions", WIRE_UINT, WIRE_AT(turn_record, collisions)},
    {"blind", WIRE_BOOL, WIRE_AT(turn_record, blind)},
    {0}};

static const struct wire_field hold_fields[] = {{"until", WIRE_TIME,
                                                 WIRE_AT(turns_brief, held_until_ms),
                                                 WIRE_KNOWN(turns_brief, held_until_known)},
                                                {"why", WIRE_TEXT, WIRE_AT(turns_brief, held_why)},
                                                {0}};

static const struct wire_field turns_fields[] = {
    {"holder", WIRE_OBJECT, WIRE_AT(turns_brief, holder), turn_fields,
     WIRE_KNOWN(turns_brief, out)},
    {"waiting", WIRE_UINT, WIRE_AT(turns_brief, waiting)},
    {"hold", WIRE_OBJECT, .of = hold_fields, WIRE_KNOWN(turns_brief, held)},
    {0}};

static bool has_turns(const struct turns_brief *turns)
{
    return turns->out || turns->waiting > 0 || turns->held;
}

yyjson_mut_val *wire_turn(yyjson_mut_doc *doc, const struct turn_info *turn)
{
    return wire_object(doc, turn_fields, turn);
}

yyjson_mut_val *wire_hold(yyjson_mut_doc *doc, const struct turns_brief *turns)
{
    return turns->held ? wire_object(doc, hold_fields, turns) : yyjson_mut_null(doc);
}

yyjson_mut_val *wire_turns(yyjson_mut_doc *doc, const struct turns_brief *turns)
{
    return has_turns(turns) ? wire_object(doc, turns_fields, turns) : yyjson_mut_null(doc);
}

void wire_turns_read(yyjson_val *value, struct turns_brief *out)
{
    memset(out, 0, sizeof *out);
    wire_get(value, turns_fields, out);
}

void wire_turn_record_read(yyjson_val *value, struct turn_record *out)
{
    memset(out, 0, sizeof *out);
    wire_get(value, record_fields, out);
}

/* ---- a status ---- */

static bool has_image(const void *whole)
{
    const struct status *status = whole;
    return status->seen.mutex.owner_known && status->seen.mutex.owner_image[0] != '\0';
}

static bool has_owner_chain(const void *whole)
{
    const struct status *status = whole;
    return status->seen.mutex.owner_known && status->seen.mutex.owner_chain.count > 0;
}

static bool msiserver_was_read(const void *whole)
{
    const struct status *status = whole;
    return status->seen.msiserver.state < MSISERVER_MISSING;
}

static bool status_has_turns(const void *whole)
{
    const struct status *status = whole;
    return has_turns(&status->turns);
}

static const struct wire_field owner_chain_fields[] = {
    {"owner_started_by", WIRE_STARTER, WIRE_AT(status, seen.mutex.owner_chain), process_fields,
     .first = 1},
    {"owner_chain", WIRE_CHAIN, WIRE_AT(status, seen.mutex.owner_chain), process_fields},
    {0}};

static const struct wire_field mutex_fields[] = {
    {"state", WIRE_WORD, WIRE_AT(status, seen.mutex.state), &mutex_state_table, .required = true},
    {"owner_pid", WIRE_UINT, WIRE_AT(status, seen.mutex.owner_pid),
     WIRE_KNOWN(status, seen.mutex.owner_known)},
    {"owner_image", WIRE_TEXT, WIRE_AT(status, seen.mutex.owner_image), .is_known = has_image},
    {"owner_foreign", WIRE_BOOL, WIRE_AT(status, seen.mutex.owner_foreign), .is_known = has_image},
    {"owner_role", WIRE_WORD, WIRE_AT(status, owner_role), &owner_role_table},
    {"", WIRE_INLINE, .of = owner_chain_fields, .is_known = has_owner_chain},
    {"object_owner", WIRE_TEXT, WIRE_AT(status, seen.mutex.object_owner), .when = WIRE_OR_ABSENT},
    {0}};

static const struct wire_field msiserver_fields[] = {
    {"state", WIRE_WORD, WIRE_AT(status, seen.msiserver.state), &msiserver_state_table,
     .required = true},
    {"controls_accepted", WIRE_UINT, WIRE_AT(status, seen.msiserver.controls),
     .is_known = msiserver_was_read},
    {"pid", WIRE_UINT, WIRE_AT(status, seen.msiserver.pid), .when = WIRE_OR_NULL,
     .is_known = msiserver_was_read},
    {"says_busy", WIRE_BOOL, WIRE_AT(status, says_busy)},
    {0}};

/* The last one is where wire_status_set_sampled expects it. */
static const struct wire_field status_fields[] = {
    {"state", WIRE_WORD, WIRE_AT(status, state), &verdict_state_table, .required = true},
    {"since", WIRE_TIME, WIRE_AT(status, since_ms), .required = true},
    {"seq", WIRE_UINT, WIRE_AT(status, seq), .required = true},
    {"reasons", WIRE_REASONS, WIRE_AT(status, reasons), .required = true},
    {"mutex", WIRE_OBJECT, .of = mutex_fields, .required = true},
    {"msiserver", WIRE_OBJECT, .of = msiserver_fields, .required = true},
    {"install", WIRE_OBJECT, WIRE_AT(status, install), install_fields,
     WIRE_KNOWN(status, install_known)},
    {"reboot", WIRE_WORD, WIRE_AT(status, restart.reboot), &install_reboot_table},
    {"reboot_by", WIRE_TEXT, WIRE_AT(status, restart.by)},
    {"reboot_at", WIRE_TIME, WIRE_AT(status, restart.at_ms), WIRE_KNOWN(status, restart.at_known)},
    {"activity", WIRE_OBJECT, WIRE_AT(status, activity), activity_fields,
     WIRE_KNOWN(status, activity.known)},
    {"ui_clients", WIRE_COUNT, WIRE_AT(status, seen.ui_clients)},
    {"suspended", WIRE_BOOL, WIRE_AT(status, suspended)},
    {"turns", WIRE_OBJECT, WIRE_AT(status, turns), turns_fields, .is_known = status_has_turns},
    {"sampled_at", WIRE_TIME, WIRE_AT(status, seen.wall_ms), .required = true},
    {0}};

yyjson_mut_val *wire_status(yyjson_mut_doc *doc, const struct status *status)
{
    return wire_object(doc, status_fields, status);
}

void wire_status_set_sampled(char *json, size_t size, int64_t wall_ms)
{
    char text[MSIWATCH_TIME_CHARS + 1];
    time_format(wall_ms, text);
    memcpy(json + size - MSIWATCH_TIME_CHARS - 2, text, MSIWATCH_TIME_CHARS); /* before "} */
}

bool wire_status_read(yyjson_val *value, struct status *out)
{
    memset(out, 0, sizeof *out);
    return wire_get(value, status_fields, out);
}

/* ---- events ---- */

static bool has_starter(const void *whole)
{
    return ((const struct event_owner *)whole)->started_by.pid != 0;
}

static const struct wire_field owner_fields[] = {
    {"pid", WIRE_UINT, WIRE_AT(event_owner, pid)},
    {"image", WIRE_TEXT, WIRE_AT(event_owner, image)},
    {"foreign", WIRE_BOOL, WIRE_AT(event_owner, foreign), WIRE_KNOWN(event_owner, image)},
    {"user", WIRE_TEXT, WIRE_AT(event_owner, user)},
    {"started_by", WIRE_OBJECT, WIRE_AT(event_owner, started_by), process_fields,
     .when = WIRE_OR_ABSENT, .is_known = has_starter},
    {0}};

/* The last two are there only if they say something: most transitions are without. */
static const struct wire_field transition_fields[] = {
    {"from", WIRE_WORD, WIRE_AT(event, from), &verdict_state_table, .required = true},
    {"to", WIRE_WORD, WIRE_AT(event, to), &verdict_state_table, .required = true},
    {"reasons", WIRE_REASONS, WIRE_AT(event, reasons), .required = true},
    {"after_ms", WIRE_UINT, WIRE_AT(event, after_ms), WIRE_KNOWN(event, after_known)},
    {"owner", WIRE_POINTED, WIRE_POINTER_AT(event, owner), .of = owner_fields,
     .when = WIRE_OR_ABSENT},
    {"folded", WIRE_UINT, WIRE_AT(event, folded), .when = WIRE_OR_ABSENT},
    {0}};

static const struct wire_field install_event_fields[] = {
    {"of", WIRE_UINT, WIRE_AT(event, of), .when = WIRE_OR_NULL},
    {"install", WIRE_POINTED, WIRE_POINTER_AT(event, install), .of = outcome_fields},
    {0}};

static const struct wire_field turn_event_fields[] = {
    {"turn", WIRE_POINTED, WIRE_POINTER_AT(event, turn), .of = record_fields}, {0}};

static const struct wire_field activity_event_fields[] = {
    {"of", WIRE_UINT, WIRE_AT(event, of), .when = WIRE_OR_NULL},
    {"", WIRE_INLINE, WIRE_AT(event, activity), work_fields},
    {0}};

static const struct wire_field *const fields_of_kind[] = {
    [EVENT_TRANSITION] = transition_fields,
    [EVENT_INSTALL] = install_event_fields,
    [EVENT_TURN] = turn_event_fields,
    [EVENT_ACTIVITY] = activity_event_fields,
};

static const struct wire_field event_fields[] = {
    {"seq", WIRE_UINT, WIRE_AT(event, seq), .required = true},
    {"kind", WIRE_WORD, WIRE_AT(event, kind), &event_kind_table, .first = EVENT_INSTALL},
    {"at", WIRE_TIME, WIRE_AT(event, at_ms), .required = true},
    {0}};

yyjson_mut_val *wire_event(yyjson_mut_doc *doc, const struct event *event)
{
    static const struct install nothing;
    struct event whole = *event;
    if (whole.install == NULL) {
        whole.install = &nothing;
    }
    yyjson_mut_val *object = wire_object(doc, event_fields, &whole);
    return wire_put(doc, object, fields_of_kind[event->kind], &whole) ? object : NULL;
}

/* One of a kind that is not known is read as no transition. */
bool wire_event_read(yyjson_val *value, struct event *out)
{
    memset(out, 0, sizeof *out);
    return yyjson_is_str(yyjson_obj_get(value, "kind")) && wire_get(value, event_fields, out) &&
           wire_get(value, fields_of_kind[out->kind], out);
}

bool wire_event_read_install(yyjson_val *value, struct install *out)
{
    yyjson_val *install = yyjson_obj_get(value, "install");
    memset(out, 0, sizeof *out);
    return wire_get(install, outcome_fields, out) && yyjson_is_obj(install);
}

bool wire_event_read_owner(yyjson_val *value, struct event_owner *out)
{
    yyjson_val *owner = yyjson_obj_get(value, "owner");
    memset(out, 0, sizeof *out);
    return wire_get(owner, owner_fields, out) && yyjson_is_obj(owner);
}
