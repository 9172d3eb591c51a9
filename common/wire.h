/* wire.h: model <-> JSON, in the words of PROTOCOL.md.
 *
 * Writers build into a yyjson document that the caller owns and return NULL when memory is out.
 * Readers take what a peer sent: they never trust it, ignore unknown members, and return false
 * when a member that must be there is missing or of the wrong type. Whatever else they can read is
 * in *out all the same, and the rest of it is not known. No threads, no globals.
 */
#ifndef MSIWATCH_COMMON_WIRE_H
#define MSIWATCH_COMMON_WIRE_H

#include "common/model.h"
#include "common/wire_text.h"

#include <yyjson.h>

/* The longest lines of the protocol, in bytes, their ends included. */
#define WIRE_REQUEST_LINE 4096u
#define WIRE_REPLY_LINE (256u * 1024u)

/* Error codes of JSON-RPC 2.0 and ours. */
enum wire_error {
    WIRE_PARSE_ERROR = -32700,
    WIRE_INVALID_REQUEST = -32600,
    WIRE_METHOD_NOT_FOUND = -32601,
    WIRE_INVALID_PARAMS = -32602,
    WIRE_INTERNAL = -32603,
    WIRE_OVER_LIMIT = -32000,
    WIRE_TIMED_OUT = -32001,
    WIRE_SHUTTING_DOWN = -32002,
    WIRE_NOT_ALLOWED = -32003,
    WIRE_CANCELLED = -32004,
    WIRE_WAITS_FOR_ITSELF = -32005,
    WIRE_NO_TURN = -32006,
    WIRE_UNKNOWN = -32007,
};

/* The whole answer to "busy or idle". */
struct status {
    enum verdict_state state;
    int64_t since_ms; /* wall */
    uint64_t seq;     /* the last event that was published */
    unsigned reasons; /* a set of REASON_* */
    struct observation seen;
    bool says_busy; /* msiserver's word, whether or not it counts */
    bool suspended;
    enum owner_role owner_role; /* of the mutex's owner */
    bool install_known;         /* something is being installed, and the event log said so */
    struct install install;
    struct restart restart;
    struct activity activity;
    struct turns_brief turns;
};

yyjson_mut_val *wire_status(yyjson_mut_doc *doc, const struct status *status);

/* Puts another time of the sample into the JSON of a status, whose last member that is. */
void wire_status_set_sampled(char *json, size_t size, int64_t wall_ms);

bool wire_status_read(yyjson_val *value, struct status *out);

yyjson_mut_val *wire_event(yyjson_mut_doc *doc, const struct event *event);
bool wire_event_read(yyjson_val *value, struct event *out);

/* What an event of kind EVENT_INSTALL tells of its installation, which wire_event_read leaves out,
 * as it does what one of kind EVENT_TURN tells of its turn.
 * False, and all of it not known, if there is nothing. */
bool wire_event_read_install(yyjson_val *value, struct install *out);

/* Likewise the `owner` of a transition. */
bool wire_event_read_owner(yyjson_val *value, struct event_owner *out);

/* ---- turns ---- */

/* One that waits or is out. */
yyjson_mut_val *wire_turn(yyjson_mut_doc *doc, const struct turn_info *turn);

/* A hold; null if there is none. */
yyjson_mut_val *wire_hold(yyjson_mut_doc *doc, const struct turns_brief *turns);

/* A status's `turns`: null when none is out, nobody waits and there is no hold. */
yyjson_mut_val *wire_turns(yyjson_mut_doc *doc, const struct turns_brief *turns);

/* Back, and an event's `turn`; what is missing or wrong is not known. */
void wire_turns_read(yyjson_val *value, struct turns_brief *out);
void wire_turn_record_read(yyjson_val *value, struct turn_record *out);

#endif
