/* correlator.h: which records of the event log are one installation, and of which busy period.
 *
 * Everything here is hearsay: nothing of it is an input to a verdict. A transaction is what stands
 * between 1040 and 1042 of one client. The rules, in this order:
 *
 *   1. Vetoes. An outcome whose product code, user or writing process differs from what is known of
 *      a transaction is not its outcome, and a collision (1618) never is one.
 *   2. Record order. An outcome belongs to the transaction in which it stands. Of several products
 *      in one transaction it is the one nearest before the end; but a success comes before a
 *      failure, because there is no success without a transaction, and who fails before he begins
 *      has none.
 *   3. After 1042 an outcome belongs to the latest transaction of the same user that has none, for
 *      15 minutes; if it could be of two clients, to none. A failure of a product of which an error
 *      (10005) was shown before belongs to none either.
 *   4. Time only says in which busy period that was (periods.h).
 *   5. A 1035 without its sentence (11728) is a check: somebody queried Win32_Product. Checks are
 *      one event a minute.
 *   6. One event an installation, and no more than CORRELATOR_EVENTS a minute; those above are
 *      counted in one event. When more becomes known, the event is repeated and not counted again.
 *   7. What began and has no end is lost when its period is over, the mutex was abandoned, or its
 *      client begins the next; but not while the log cannot be read.
 *
 * The sentences (11707 and the like) stand beside a record with a status and say no more: they are
 * no outcomes. What is not certain is of no period: a wrong answer is worse than none.
 *
 * It reads no clock. Wall times are compared with each other only, and so are monotonic ones.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_CORRELATOR_H
#define MSIWATCH_SERVICE_CORRELATOR_H

#include "common/model.h"
#include "observe/install_record.h"

/* In ms. An installation is reported when nothing more of it has come for SETTLE, or if its period
 * was not seen yet, for UNSEEN; without a certain outcome, LATE after its period ended. */
#define CORRELATOR_SETTLE_MS 600
#define CORRELATOR_UNSEEN_MS 1500
#define CORRELATOR_LATE_MS 2700
/* So near before its end the outcome of a quiet installation stands. */
#define CORRELATOR_NEAR_MS 1000
/* So long after the end an outcome may come (rule 3). */
#define CORRELATOR_PENDING_MS 900000
#define CORRELATOR_MINUTE_MS 60000

#define CORRELATOR_RECORDS 128
#define CORRELATOR_INSTALLS 64
#define CORRELATOR_EVENTS 64       /* a minute, */
#define CORRELATOR_FORGED_EVENTS 8 /* and of those that are known to be forged */

/* May be zeroed. */
struct correlator_config {
    /* A record is not needed any more: the event that correlator_next returns next was made of it,
     * or none will be. */
    void (*done)(void *arg, uint64_t record_id);
    void *arg;
    /* When Windows was booted, at the latest, wall; 0: not known. A restart that a record before
     * that asked for, which is read later than it was written, has been since. */
    int64_t booted_ms;
};

struct correlator;

/* 0 or a negative libuv code. */
int correlator_new(struct correlator **out, const struct correlator_config *config);
void correlator_free(struct correlator *correlator);

/* The verdict changed. `position` is the journal's for that event. */
void correlator_transition(struct correlator *correlator, const struct event *transition,
                           uint64_t position, uint64_t mono_ms);

/* The mutex was found abandoned: what has not ended will not end any more. */
void correlator_abandoned(struct correlator *correlator, uint64_t mono_ms);

/* Whether the event log can be read: while it cannot, what has no end in it may have one. It can
 * until somebody says otherwise. */
void correlator_log_readable(struct correlator *correlator, bool readable, uint64_t mono_ms);

/* A record came: each once, and in any order. */
void correlator_record(struct correlator *correlator, const struct install_record *record,
                       uint64_t mono_ms);

/* The next event that is to be published now: fills in all but its seq, and *install, to which it
 * points. False when there is none. UINT64_MAX as the time: all that has ended; what has not is
 * left to the next run, which reads its records again. *again: an earlier event was about the same
 * installation, and more is known now. */
bool correlator_next(struct correlator *correlator, uint64_t mono_ms, struct event *event,
                     struct install *install, bool *again);

/* When correlator_next has something to do if nothing comes until then; UINT64_MAX: never. */
uint64_t correlator_due(const struct correlator *correlator);

/* What is being installed, if known. False: nothing that is known. */
bool correlator_current(const struct correlator *correlator, uint64_t mono_ms, struct install *out);

/* Who that process, which is not msiserver, is in what is being installed; for the mutex's owner.
 */
enum owner_role correlator_owner_role(const struct correlator *correlator, uint32_t pid,
                                      uint64_t mono_ms);

/* Whether the system is to be restarted, as said by all installations so far; and what an earlier
 * run of the service knew of that. */
const struct restart *correlator_restart(const struct correlator *correlator);
void correlator_remember_restart(struct correlator *correlator, const struct restart *restart);

#endif
