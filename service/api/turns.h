/* turns.h: turns between connections and the queue (decide/turns.h).
 *
 * A connection's turn is an attachment of it, from the request that asks until it ends. turns.c
 * drives the queue and ends turns, turn_notice.c notifies those that wait or hold one,
 * turn.c and turn_admin.c have the methods. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_API_TURNS_H
#define MSIWATCH_SERVICE_API_TURNS_H

#include "api/turns_state.h"
#include "decide/monitor.h"

struct api;

/* After api_init. */
void turns_begin(struct api *api, const struct turns_config *config);

/* Frees the queue; all connections have gone. One that is zeroed is fine. */
void turns_end_all(struct api *api);

/* ---- what happens ---- */

/* For the monitor, behind api_listener. */
struct monitor_listener turns_listener(struct api *api);

/* The time of set_timer has come. */
void turns_on_time(struct api *api);

void turns_set(struct api *api, const struct turns_limits *limits);

/* ---- for the methods ---- */

/* The connection's turn; NULL if it has none. */
struct seat *seat_of(const struct connection *connection);

/* Queues a new one, which then is its connection's instead of one that has ended, or says why not,
 * and the caller frees it. */
enum turn_refusal seat_enter(struct seat *seat, const struct turn_wish *wish);

/* It leaves the queue without an answer: frees it. For the request's on_cancel. */
void seat_leave(struct seat *seat);

/* Ends a turn that is out. It stays with its connection, for what the client asks later, unless
 * the client released it (TURN_END_RELEASED): then it is freed. */
void seat_end(struct seat *seat, enum turn_end end, const int64_t *exit_code);

/* The one that waits or is out with that number; NULL. */
struct seat *seat_find(const struct api *api, uint64_t number);

/* Looks what follows. After every change. */
void turns_pump(struct api *api);

/* A hold from now on, or none (`held` false). */
void turns_set_hold(struct api *api, const struct turns_brief *hold);

/* What a seat is, as that access level may see it. */
yyjson_mut_val *seat_json(yyjson_mut_doc *doc, const struct seat *seat,
                          enum access_level access_level);

/* The hold, likewise. */
yyjson_mut_val *hold_json(yyjson_mut_doc *doc, struct api *api, enum access_level access_level);

/* The answer to one that was granted, or that passes through. */
yyjson_mut_val *seat_answer(yyjson_mut_doc *doc, struct api *api, const struct seat *seat,
                            enum access_level access_level, uint64_t waited_ms, bool nested);

/* Brings `waiting` into the order in which they are likely to go on; without memory it stays. */
void turns_arrange(struct api *api);

/* ---- turn_notice.c, for turns.c ---- */

/* Notifies those whose state or place changed, if a second has passed since the last time. Returns
 * when to call it again: UINT64_MAX if there is nothing to send. */
uint64_t turns_tell(struct api *api, uint64_t now_ms);

/* Adds the notification for its client to the output. */
void seat_tell(struct connection *connection, struct seat *seat);

#endif
