/* abi.c: the library's public structs: versions, and filling them from the protocol's JSON. */
#include "lib/client.h"

#include <stddef.h>
#include <string.h>

/* Larger than any of our structs will ever be: a larger size is memory that nobody has set. */
#define ABSURD_SIZE 65536u

/* The library's enums have the same numbers as the model's. */
_Static_assert(MSIWATCH_UNKNOWN == (int)VERDICT_UNKNOWN && MSIWATCH_IDLE == (int)VERDICT_IDLE &&
                   MSIWATCH_BUSY == (int)VERDICT_BUSY,
               "states");
_Static_assert(MSIWATCH_REASON_MUTEX == (int)REASON_MUTEX &&
                   MSIWATCH_REASON_MSISERVER == (int)REASON_MSISERVER &&
                   MSIWATCH_REASON_FLAPPING == (int)REASON_FLAPPING,
               "reasons");
_Static_assert(MSIWATCH_MUTEX_ABSENT == (int)MUTEX_ABSENT &&
                   MSIWATCH_MUTEX_FREE == (int)MUTEX_FREE &&
                   MSIWATCH_MUTEX_HELD == (int)MUTEX_HELD &&
                   MSIWATCH_MUTEX_ABANDONED == (int)MUTEX_ABANDONED &&
                   MSIWATCH_MUTEX_DENIED == (int)MUTEX_DENIED &&
                   MSIWATCH_MUTEX_ERROR == (int)MUTEX_ERROR &&
                   MSIWATCH_MUTEX_NOT_A_MUTEX == (int)MUTEX_NOT_A_MUTEX,
               "mutex states");
_Static_assert(MSIWATCH_MSISERVER_STOPPED == (int)MSISERVER_STOPPED &&
                   MSIWATCH_MSISERVER_START_PENDING == (int)MSISERVER_START_PENDING &&
                   MSIWATCH_MSISERVER_STOP_PENDING == (int)MSISERVER_STOP_PENDING &&
                   MSIWATCH_MSISERVER_RUNNING == (int)MSISERVER_RUNNING &&
                   MSIWATCH_MSISERVER_CONTINUE_PENDING == (int)MSISERVER_CONTINUE_PENDING &&
                   MSIWATCH_MSISERVER_PAUSE_PENDING == (int)MSISERVER_PAUSE_PENDING &&
                   MSIWATCH_MSISERVER_PAUSED == (int)MSISERVER_PAUSED &&
                   MSIWATCH_MSISERVER_MISSING == (int)MSISERVER_MISSING &&
                   MSIWATCH_MSISERVER_DENIED == (int)MSISERVER_DENIED &&
                   MSIWATCH_MSISERVER_ERROR == (int)MSISERVER_ERROR,
               "msiserver states");
_Static_assert(MSIWATCH_ROLE_UNKNOWN == (int)ROLE_UNKNOWN &&
                   MSIWATCH_ROLE_SERVICE == (int)ROLE_SERVICE &&
                   MSIWATCH_ROLE_CLIENT == (int)ROLE_CLIENT &&
                   MSIWATCH_ROLE_OTHER == (int)ROLE_OTHER,
               "roles");
_Static_assert(MSIWATCH_ACTION_INSTALL == (int)ACTION_INSTALL &&
                   MSIWATCH_ACTION_REMOVE == (int)ACTION_REMOVE &&
                   MSIWATCH_ACTION_CHANGE == (int)ACTION_CHANGE &&
                   MSIWATCH_ACTION_UPDATE == (int)ACTION_UPDATE &&
                   MSIWATCH_ACTION_CHECK == (int)ACTION_CHECK,
               "actions");
_Static_assert(MSIWATCH_RESULT_SUCCESS == (int)RESULT_SUCCESS &&
                   MSIWATCH_RESULT_FAILURE == (int)RESULT_FAILURE &&
                   MSIWATCH_RESULT_COLLISION == (int)RESULT_COLLISION &&
                   MSIWATCH_RESULT_LOST == (int)RESULT_LOST,
               "results");
_Static_assert(MSIWATCH_TRUST_YES == (int)TRUST_YES && MSIWATCH_TRUST_NO == (int)TRUST_NO, "trust");
_Static_assert(MSIWATCH_ID_SIZE >= MSIWATCH_CODE_BYTES, "a product code fits");
_Static_assert(MSIWATCH_TEXT_SIZE >= MSIWATCH_STRING_BYTES, "a string from outside fits");

/* Members of version 1 stay where they are, and the last one ends where the struct ended.
 * tests/abi/layout_test.c checks that for all members. */
#define ENDS_AT(type, last, size)                                                                  \
    _Static_assert(offsetof(struct type, last) + sizeof(((struct type *)0)->last) == (size) &&     \
                       sizeof(struct type) >= (size),                                              \
                   #type " of version 1")
ENDS_AT(msiwatch_options, timeout_ms, OPTIONS_V1_SIZE);
ENDS_AT(msiwatch_status, owner_image, STATUS_V1_SIZE);
ENDS_AT(msiwatch_event, journal, EVENT_V1_SIZE);
ENDS_AT(msiwatch_subscription, journal, SUBSCRIPTION_V1_SIZE);
ENDS_AT(msiwatch_history_query, until_ms, HISTORY_QUERY_V1_SIZE);
ENDS_AT(msiwatch_about, version, ABOUT_V1_SIZE);
ENDS_AT(msiwatch_error, message, ERROR_V1_SIZE);
ENDS_AT(msiwatch_turn, id, TURN_V1_SIZE);

static size_t size_of(const void *theirs)
{
    uint32_t size;
    memcpy(&size, theirs, sizeof size);
    return size;
}

bool struct_is_valid(const void *theirs, size_t least)
{
    return theirs != NULL && size_of(theirs) >= least && size_of(theirs) <= ABSURD_SIZE;
}

void struct_give(void *theirs, const void *ours, size_t our_size)
{
    size_t size = size_of(theirs), head = sizeof(uint32_t);
    size_t known = size < our_size ? size : our_size;
    memcpy((char *)theirs + head, (const char *)ours + head, known - head);
    memset((char *)theirs + known, 0, size - known);
}

void struct_take(void *ours, size_t our_size, const void *theirs)
{
    size_t size = size_of(theirs);
    memset(ours, 0, our_size);
    memcpy(ours, theirs, size < our_size ? size : our_size);
}

bool struct_read_text(yyjson_val *value, char *out, size_t size)
{
    const char *text = yyjson_get_str(value);
    size_t length = text == NULL ? 0 : strlen(text);
    if (text == NULL || length >= size) {
        return false;
    }
    memcpy(out, text, length + 1);
    return true;
}

bool struct_read_status(yyjson_val *value, struct msiwatch_status *theirs)
{
    struct status read;
    if (!wire_status_read(value, &read)) {
        return false;
    }
    if (theirs == NULL) {
        return true;
    }
    const struct observation *seen = &read.seen;
    struct msiwatch_status ours = {
        .state = (uint32_t)read.state,
        .seq = read.seq,
        .since_ms = read.since_ms,
        .sampled_at_ms = seen->wall_ms,
        .reasons = read.reasons,
        .mutex = (uint32_t)seen->mutex.state,
        .owner_known = seen->mutex.owner_known,
        .owner_pid = seen->mutex.owner_pid,
        .owner_foreign = seen->mutex.owner_foreign,
        .msiserver = (uint32_t)seen->msiserver.state,
        .msiserver_controls = seen->msiserver.controls,
        .msiserver_pid = seen->msiserver.pid,
        .msiserver_says_busy = read.says_busy,
        .ui_clients = seen->ui_clients,
        .suspended = read.suspended,
        .owner_role = (uint32_t)read.owner_role,
    };
    memcpy(ours.owner_image, seen->mutex.owner_image, sizeof seen->mutex.owner_image);
    struct_give(theirs, &ours, sizeof ours);
    return true;
}

static void read_install(yyjson_val *value, struct msiwatch_event *out)
{
    struct install install;
    if (wire_event_read_install(value, &install)) {
        out->action = (uint32_t)install.action;
        out->result = (uint32_t)install.result;
        out->trusted = (uint32_t)install.trusted;
        out->further = install.further;
        memcpy(out->product_code, install.product_code, sizeof install.product_code);
    }
}

bool struct_read_event(yyjson_val *value, struct msiwatch_event *out)
{
    struct event read;
    memset(out, 0, sizeof *out);
    if (!wire_event_read(value, &read)) {
        return false;
    }
    yyjson_val *kind = yyjson_obj_get(value, "kind");
    out->seq = read.seq;
    out->at_ms = read.at_ms;
    if (yyjson_equals_str(kind, "transition")) {
        out->kind = MSIWATCH_EVENT_TRANSITION;
        out->from = (uint32_t)read.from;
        out->to = (uint32_t)read.to;
        out->reasons = read.reasons;
        out->after_known = read.after_known;
        out->after_ms = read.after_ms;
    } else if (yyjson_equals_str(kind, "install")) {
        out->kind = MSIWATCH_EVENT_INSTALL;
        out->first = yyjson_get_uint(yyjson_obj_get(value, "of"));
        read_install(value, out);
    } else if (yyjson_equals_str(kind, "activity")) {
        out->kind = MSIWATCH_EVENT_ACTIVITY;
        out->first = read.of;
    }
    return true;
}
