/* correlator.h: finds out which records of the event log belong to one installation, and in which
 * busy period it ran.
 *
 * All of this is hearsay and never an input to a verdict. A transaction is everything between the
 * 1040 and the 1042 of one client. The rules, in this order:
 *
 *  1. Vetoes. If the product code, user or writing process of an outcome differs from what is
 *     known of a transaction, it is not that transaction's outcome. A collision (1618) never is
 *     one.
 *  2. Record order. An outcome belongs to the transaction in which it stands. If a transaction
 *     has outcomes of several products, its own is the one nearest before the end. But a success
 *     is preferred to a failure, because there is no success without a transaction, and what
 *     fails before it begins has none.
 *  3. After 1042, for 15 minutes, an outcome belongs to the latest transaction of the same user
 *     that has none; if it could belong to two clients, to neither. A failure of a product for
 *     which an error (10005) was shown before belongs to none, either.
 *  4. Time only decides in which busy period that was (periods.h).
 *  5. A 1035 without its sentence (11728) is a check: somebody queried Win32_Product. Checks are
 *     counted in one event a minute.
 *  6. Each installation is one event, with at most CORRELATOR_EVENTS a minute; further ones are
 *     counted in one event. When more becomes known, the event is repeated, and not counted
 *     again.
 *  7. An installation that began and has no end is lost when its period is over, the mutex was
 *     abandoned, or its client begins the next one; but not while the log cannot be read.
 *
 * The sentences (11707 and similar) come with a record that has a status, and add nothing, so they
 * are not outcomes. An installation whose period is not certain has no period, because a wrong
 * answer is worse than none.
 *
 * It reads no clock. Wall times are only compared with wall times, and monotonic times with
 * monotonic times. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_CORRELATOR_H
#define MSIWATCH_SERVICE_CORRELATOR_H

#include "common/model.h"
#include "observe/install_record.h"

/* In ms. An installation is reported when nothing more of it has come for SETTLE, or for UNSEEN if
 * its period was not seen yet; without a certain outcome, LATE after its period ended. */
#define CORRELATOR_SETTLE_MS 600
#define CORRELATOR_UNSEEN_MS 1500
#define CORRELATOR_LATE_MS 2700
/* If an installation has only its end, its outcome comes at most this long before the end. */
#define CORRELATOR_NEAR_MS 1000
/* An outcome may come this long after the end (rule 3). */
#define CORRELATOR_PENDING_MS 900000
#define CORRELATOR_MINUTE_MS 60000

#define CORRELATOR_RECORDS 128
#define CORRELATOR_INSTALLS 64
#define CORRELATOR_EVENTS 64       /* most events in a minute, */
#define CORRELATOR_FORGED_EVENTS 8 /* and most of those that are known to be forged */

/* May be zeroed. */
struct correlator_config {
    /* Called when a record is no longer needed: the event that correlator_next returns next was
     * made from it, or no event will be. */
    void (*done)(void *arg, uint64_t record_id);
    void *arg;
    /* The latest time at which Windows can have been booted, by the wall clock; 0 if not known. If
     * a record from before that is read later than it was written, the restart that it asked for
     * has already happened. */
    int64_t booted_ms;
};

struct correlator;

/* Returns 0 or a negative libuv code. */
int correlator_new(struct correlator **out, const struct correlator_config *config);
void correlator_free(struct correlator *correlator);

/* The verdict has changed. `position` is the position of that event in the journal. */
void correlator_transition(struct correlator *correlator, const struct event *transition,
                           uint64_t position, uint64_t mono_ms);

/* The mutex was found abandoned: transactions that have not ended will not end any more. */
void correlator_abandoned(struct correlator *correlator, uint64_t mono_ms);

/* Sets whether the event log can be read. While it cannot, a transaction without an end may have
 * one in the log. At the start, the log counts as readable. */
void correlator_log_readable(struct correlator *correlator, bool readable, uint64_t mono_ms);

/* Takes a record. Each record must come once, in any order. */
void correlator_record(struct correlator *correlator, const struct install_record *record,
                       uint64_t mono_ms);

/* Returns the next event that is due: fills in *event, except for its seq, and *install, to which
 * it points. Returns false if none is due. With UINT64_MAX as the time, everything that has ended
 * is due; what has not ended is left to the next run, which reads its records again. *again: an
 * earlier event was about the same installation, and now more is known. */
bool correlator_next(struct correlator *correlator, uint64_t mono_ms, struct event *event,
                     struct install *install, bool *again);

/* Returns when correlator_next has something to do if nothing comes until then; UINT64_MAX for
 * never. */
uint64_t correlator_due(const struct correlator *correlator);

/* Finds what is being installed. Returns false if nothing is known. */
bool correlator_current(const struct correlator *correlator, uint64_t mono_ms, struct install *out);

/* Returns the role of the mutex's owner, a process that is not msiserver, in the current
 * installation.
 */
enum owner_role correlator_owner_role(const struct correlator *correlator, uint32_t pid,
                                      uint64_t mono_ms);

/* Returns whether Windows must restart, according to all installations so far.
 * correlator_remember_restart adds what an earlier run of the service knew. */
const struct restart *correlator_restart(const struct correlator *correlator);
void correlator_remember_restart(struct correlator *correlator, const struct restart *restart);

#endif
