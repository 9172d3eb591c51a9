/* fixture.h: what the tests under Wine share: the real service under the real SCM, and what it
 * says.
 *
 * Each test program runs in a Wine prefix of its own (prefix.sh), so names are fixed: the service
 * is MsiWatch, its pipe and its data folder are the default ones. Functions with "must" in their
 * names, and all of child.h and holder.h, fail the cmocka test when they do not succeed, and so
 * belong to the main thread. Waits are bounded and end as soon as what they wait for is there.
 */
#ifndef MSIWATCH_TESTS_FIXTURE_H
#define MSIWATCH_TESTS_FIXTURE_H

#include "must.h"

#include "child.h"
#include "holder.h"
#include "standin.h"
#include "talk.h"
#include "watcher.h"

/* A number from the environment, or `otherwise`: how tests are run at their full length. */
uint32_t fixture_number(const char *variable, uint32_t otherwise);

/* The path of msirig.exe, for standin_install. */
const char *fixture_rig(void);

/* Installs and starts the real service with these options of msiwatchd. */
void service_must_begin(const char *options);

/* Stops and uninstalls it; fine when there is none. Returns 0, so that it is a teardown too. */
int service_end(void **state);

/* The SCM's word: SERVICE_RUNNING and so on; 0 when there is no such service. */
DWORD service_state(void);

/* The service's msiserver: the stand-in, freshly installed, running with these controls; or not
 * running for 0. Before a service_must_begin or during it. */
void msiserver_must_be(int controls);

void must_open(struct talk *talk);

/* A status, its words copied. */
struct seen_status {
    char state[16], reasons[48]; /* joined by commas */
    char mutex[16], msiserver[24];
    int64_t controls; /* INT64_MIN for null */
    bool says_busy;
    int64_t seq;
};

struct seen_status must_ask_status(struct talk *talk);

/* Asks until the status is so; NULL stands for any. Returns it. */
struct seen_status must_become_status(struct talk *talk, const char *state, const char *reasons,
                                      const char *mutex, const char *msiserver);

/* Waits until the journal holds the event that began the present state: events are committed
 * first, and so come a moment after the status. */
void must_settle(struct talk *talk);

/* must_settle, then subscribes: what comes then is only what happens from here on. */
void must_watch(struct watcher *watcher);

/* Waits until the service serves so many waits and subscriptions. */
void must_serve(int64_t waits, int64_t subscriptions);

/* The largest gaps between two samples so far, in ms, and the slack that comparing times of two
 * clocks in whole milliseconds needs: sample_max_us and rounding. */
struct gaps {
    int64_t calm, alert, busy, waited, slack;
};

struct gaps must_ask_gaps(struct talk *talk);
void gaps_print(const struct gaps *gaps);

/* The largest of them. */
int64_t gaps_most(const struct gaps *gaps);

#endif
