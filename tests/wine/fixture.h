/* fixture.h: what the tests under Wine share: the real service under the real SCM, and its answers.
 *
 * Each test program runs in a Wine prefix of its own (prefix.sh), so names are fixed: the service
 * is MsiWatch, and its pipe and its data folder are the default ones. Functions with "must" in
 * their names, and all of child.h and holder.h, fail the cmocka test when they do not succeed, so
 * call them on the main thread. Waits are limited and end as soon as what they wait for happens.
 */
#ifndef MSIWATCH_TESTS_FIXTURE_H
#define MSIWATCH_TESTS_FIXTURE_H

#include "must.h"

#include "child.h"
#include "holder.h"
#include "standin.h"
#include "talk.h"
#include "watcher.h"

/* A number from the environment, or `otherwise`: runs tests at their full length. */
uint32_t fixture_number(const char *variable, uint32_t otherwise);

/* The path of msirig.exe, for standin_install. */
const char *fixture_rig(void);

/* Installs and starts the real service with these options of msiwatchd. */
void service_must_begin(const char *options);

/* Stops and uninstalls it, if it exists. Returns 0, so that it can be a teardown. */
int service_end(void **state);

/* The state according to the SCM: SERVICE_RUNNING and so on; 0: there is no such service. */
DWORD service_state(void);

/* Installs the stand-in as the service's msiserver and starts it with these controls; 0: it does
 * not run. Call it before service_must_begin or while the service runs. */
void msiserver_must_be(int controls);

void must_open(struct talk *talk);

/* A status, with its words copied. */
struct seen_status {
    char state[16], reasons[48]; /* joined by commas */
    char mutex[16], msiserver[24];
    int64_t controls; /* INT64_MIN for null */
    bool says_busy;
    int64_t seq;
};

struct seen_status must_ask_status(struct talk *talk);

/* Asks until the status is as given; NULL stands for any value. Returns it. */
struct seen_status must_become_status(struct talk *talk, const char *state, const char *reasons,
                                      const char *mutex, const char *msiserver);

/* Waits until the journal holds the event that began the present state: an event is committed
 * before it is published, so it comes a moment after the status. */
void must_settle(struct talk *talk);

/* Calls must_settle, then subscribes, so that only events from here on come. */
void must_watch(struct watcher *watcher);

/* Waits until the service has this many waits and subscriptions. */
void must_serve(int64_t waits, int64_t subscriptions);

/* The largest gaps between two samples so far, in ms; and the slack for comparing times of two
 * clocks in whole milliseconds: sample_max_us and rounding. */
struct gaps {
    int64_t calm, alert, busy, waited, slack;
};

struct gaps must_ask_gaps(struct talk *talk);
void gaps_print(const struct gaps *gaps);

/* The largest of the gaps. */
int64_t gaps_most(const struct gaps *gaps);

#endif
