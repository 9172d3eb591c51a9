/* turns.h: connects connections with the queue of turns (decide/turns.h).
 *
 * A connection's turn is an attachment, from the request that asks for it until it ends. turns.c
 * drives the queue and ends turns, turn_notice.c notifies clients that wait for a turn or have it,
 * turn.c and turn_admin.c have the methods. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_API_TURNS_H
#define MSIWATCH_SERVICE_API_TURNS_H

#include "api/turns_state.h"
#include "decide/monitor.h"

struct api;

/* Call it after api_init. */
void turns_begin(struct api *api, const struct turns_config *config);

/* Frees the queue; all connections have gone. May be called when all is zero. */
void turns_end_all(struct api *api);

/* ---- what comes from outside ---- */

/* For the monitor; after api_listener. */
struct monitor_listener turns_listener(struct api *api);

/* To be called at the time that was given to set_timer. */
void turns_on_time(struct api *api);

void turns_set(struct api *api, const struct turns_limits *limits);

/* ---- for the methods ---- */

/* The connection's turn; NULL if it has none. */
struct seat *seat_of(const struct connection *connection);

/* Puts a new seat into the queue. It then belongs to its connection, and replaces one that has
 * ended. If it is refused, returns why, and the caller frees the seat. */
enum turn_refusal seat_enter(struct seat *seat, const struct turn_wish *wish);

/* Takes a seat out of the queue without an answer, and frees it. For the request's on_cancel. */
void seat_leave(struct seat *seat);

/* Ends a granted turn. The seat stays with its connection, for what the client asks later, unless
 * the client released the turn (TURN_END_RELEASED): then it is freed. */
void seat_end(struct seat *seat, enum turn_end end, const int64_t *exit_code);

/* The seat with that number that waits or was granted; NULL: there is none. */
struct seat *seat_find(const struct api *api, uint64_t number);

/* Decides what comes next. Call it after every change. */
void turns_pump(struct api *api);

/* Sets a hold from now on; removes it if `held` is false. */
void turns_set_hold(struct api *api, const struct turns_brief *hold);

/* A seat as JSON, without what that access level may not see. */
yyjson_mut_val *seat_json(yyjson_mut_doc *doc, const struct seat *seat,
                          enum access_level access_level);

/* The hold as JSON, without what that access level may not see. */
yyjson_mut_val *hold_json(yyjson_mut_doc *doc, struct api *api, enum access_level access_level);

/* The answer to a client that got a turn, or that passes inside another turn. */
yyjson_mut_val *seat_answer(yyjson_mut_doc *doc, struct api *api, const struct seat *seat,
                            enum access_level access_level, uint64_t waited_ms, bool nested);

/* Sorts `waiting` into the order in which the clients will probably get their turns; without memory
 * it stays as it is. */
void turns_arrange(struct api *api);

/* ---- turn_notice.c, for turns.c ---- */

/* Notifies the clients whose state or position has changed, if a second has passed since the last
 * time. Returns when to call it again; UINT64_MAX: there is nothing to send. */
uint64_t turns_tell(struct api *api, uint64_t now_ms);

/* Adds the notification for the seat's client to the output. */
void seat_tell(struct connection *connection, struct seat *seat);

#endif
