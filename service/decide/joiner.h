/* joiner.h: joins what the event log tells of installations to the busy periods they belong to.
 *
 * The order in which records and transitions come says nothing: all that is known is arranged
 * again, by the times at which it was written, whenever something comes. Hearsay: nothing here is
 * an input to a verdict.
 *
 *   A transaction is a begin (1040) and an end (1042) with the same client's process id, or one of
 *   them. It belongs to the busy period in which it ends: a client may begin while another one
 *   installs, and waits. Where two periods are possible it belongs to none: a wrong answer is
 * worse. Outcomes carry no process id. One belongs to the transaction of its period that was under
 * way. A period gets three events at most; the third waits until nothing more can come, and stands
 * for all that is left. So does what belongs to no period, a minute at a time.
 *
 * It reads no clock. Wall times are compared with each other only, and so are monotonic ones.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_JOINER_H
#define MSIWATCH_SERVICE_JOINER_H

#include "common/model.h"
#include "observe/install_record.h"

/* In ms. Two edges that are this near each other may have been written in either order. */
#define JOINER_NEAR_MS 100 /* no installation is shorter than twice this */
/* A client begins this long before it gets the mutex, at most: msiexec waits for 3 s. */
#define JOINER_EARLY_MS 4000
/* A record may be this late. */
#define JOINER_LATE_MS 3000
/* A record that comes is told of when no other of the same installation has followed for so long;
 * longer when its period has not been seen yet. */
#define JOINER_SETTLE_MS 300
#define JOINER_UNSEEN_MS 1500
#define JOINER_EVENTS 3
#define JOINER_MINUTE_MS 60000
#define JOINER_RECORDS 64
#define JOINER_PERIODS 32

struct joiner;

/* 0 or a negative libuv code. */
int joiner_new(struct joiner **out);
void joiner_free(struct joiner *joiner);

/* The verdict changed. `place` is the journal's for that event. */
void joiner_transition(struct joiner *joiner, const struct event *transition, uint64_t place,
                       uint64_t mono_ms);

/* A record came. One that came before is not counted again. */
void joiner_record(struct joiner *joiner, const struct install_record *record, uint64_t mono_ms);

/* The next event that is to be published now: fills in all but its seq, and *install, to which it
 * points. False when there is none. UINT64_MAX as the time: all that is left. *again: an event
 * before told of the same installation, and its product, client, result, status or restart was
 * learnt since. */
bool joiner_next(struct joiner *joiner, uint64_t mono_ms, struct event *event,
                 struct install *install, bool *again);

/* When joiner_next may have something if nothing comes until then; UINT64_MAX: never. */
uint64_t joiner_due(const struct joiner *joiner);

/* What is being installed, as far as is known. False: nothing that is known of. */
bool joiner_current(const struct joiner *joiner, uint64_t mono_ms, struct install *out);

/* Whether the system is to be restarted, as told by all installations so far. */
enum install_reboot joiner_reboot(const struct joiner *joiner);

/* Outcomes of which only the number is told, in `further`, because there was no room for more. */
uint64_t joiner_dropped(const struct joiner *joiner);

#endif
