/* event_follower.c: follows the event log, and recovers from every failure within about a
 * minute. */
#include "observe/event_follower.h"

#include "base/clock.h"
#include "base/log.h"
#include "common/event_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* as in winerror.h */
#define ERROR_ACCESS_DENIED_ 5u
#define RPC_S_INVALID_BOUND_ 1734u

/* Selects the ids of install_record.h with as few terms as possible, because the Event Log service
 * limits them. Other ids that this lets through are skipped when they are read. */
static const uint16_t query[] =
    u"*[System[Provider[@Name='MsiInstaller'] and (EventID=1005 or (EventID>=1022 and"
    u" EventID<=1042) or EventID=10005 or (EventID>=11707 and EventID<=11729))]]";

/* The sensor thread reads the mutex every 20 ms or less, so fetching must take less than that. */
enum { LOOK_US = 5000, FETCH_MOST = 8 };

struct event_follower {
    struct event_follower_config config;
    struct event_log *events;
    bool open;
    bool failing;            /* a failure was logged, and the log cannot be read since then */
    uint32_t last_error;     /* the error that was logged last */
    uint64_t retry_ms;       /* do not retry before this; this and the times below are monotonic */
    uint32_t retry_after_ms; /* the delay after the next failure */
    uint64_t opened_ms, checked_ms;
    uint64_t replay_to; /* records up to this id were not fetched when they were written */
    uint64_t before;    /* records up to this id existed before the subscription */
    uint64_t newest;    /* the newest id when the log was opened or checked last; 0 for none */
    bool newest_known;
    uint64_t passed, dropped; /* counted since they were last logged */
    bool doubtful; /* nothing was fetched, with an answer that a dead subscription may also give */
    bool asked;    /* this look has already checked whether the log was cleared */
    bool give_up;  /* the next record cannot be fetched, so begin with new ones */
    uint64_t mono_ms;  /* the time of this look */
    uint64_t begun_us; /* when this look began to fetch */
    bool enough;       /* this look has fetched for long enough */
    int64_t wall_ms;
};

int event_follower_new(struct event_follower **out, const struct event_follower_config *config)
{
    struct event_follower *follower = calloc(1, sizeof *follower);
    if (follower == NULL) {
        return UV_ENOMEM;
    }
    if (event_log_new(&follower->events, config->api, query) != 0) {
        free(follower);
        return UV_ENOMEM;
    }
    follower->config = *config;
    follower->retry_after_ms = EVENT_FOLLOWER_RETRY_MS;
    *out = follower;
    return 0;
}

void event_follower_free(struct event_follower *follower)
{
    if (follower != NULL) {
        event_log_free(follower->events);
        free(follower);
    }
}

/* ---- health ---- */

static void fail(struct event_follower *follower, uint32_t error, const char *what)
{
    char problem[INSTALL_LOG_PROBLEM_BYTES], words[INSTALL_LOG_PROBLEM_BYTES / 2];
    follower->config.words(error, words, sizeof words);
    snprintf(problem, sizeof problem, "%s: %s (error %" PRIu32 ")", what, words, error);
    install_log_set_health(follower->config.records,
                           error == ERROR_ACCESS_DENIED_ ? HEALTH_DENIED : HEALTH_UNAVAILABLE,
                           problem);
    if (!follower->failing || error != follower->last_error) {
        log_line(follower->config.log, LOG_WARN, "the event log cannot be read: %s", problem);
    }
    follower->failing = true;
    follower->last_error = error;
    follower->open = false;
    event_log_unsubscribe(follower->events);
    follower->retry_ms = follower->mono_ms + follower->retry_after_ms;
    follower->retry_after_ms = follower->retry_after_ms * 2 < EVENT_FOLLOWER_RETRY_MOST_MS
                                   ? follower->retry_after_ms * 2
                                   : EVENT_FOLLOWER_RETRY_MOST_MS;
}

static void succeed(struct event_follower *follower)
{
    install_log_set_health(follower->config.records, HEALTH_OK, "");
    if (follower->failing) {
        log_line(follower->config.log, LOG_INFO, "the event log can be read again");
    }
    follower->failing = false;
}

static void report_counts(struct event_follower *follower)
{
    if (follower->passed > 0) {
        log_line(follower->config.log, LOG_INFO,
                 "%" PRIu64
                 " records of the event log were skipped: they are older than %d minutes",
                 follower->passed, EVENT_FOLLOWER_BACK_MS / 60000);
        follower->passed = 0;
    }
}

/* ---- opening ---- */

static void ask_newest(struct event_follower *follower)
{
    follower->newest_known = event_log_newest(follower->events, &follower->newest) == 0;
    if (!follower->newest_known) {
        follower->newest = 0;
    }
}

static void report_cleared(struct event_follower *follower)
{
    log_line(follower->config.log, LOG_WARN,
             "the log Application was cleared: following its new records");
}

/* Returns the id of the record to begin after. */
static uint64_t find_begin(struct event_follower *follower)
{
    uint64_t newest = follower->newest, seen;
    bool known = install_log_seen(follower->config.records, &seen);
    if (known && newest != 0 && newest < seen) {
        report_cleared(follower);
        known = false;
    }
    if (follower->give_up) {
        follower->give_up = false;
        known = false;
        log_line(follower->config.log, LOG_WARN,
                 "a record is too large to be read: following the event log from now on");
    }
    if (!known) {
        if (!follower->newest_known) {
            return EVENT_LOG_NOW;
        }
        install_log_begin(follower->config.records, newest + 1);
        return newest;
    }
    if (newest > EVENT_FOLLOWER_BACK_RECORDS && seen < newest - EVENT_FOLLOWER_BACK_RECORDS) {
        seen = newest - EVENT_FOLLOWER_BACK_RECORDS;
        install_log_begin(follower->config.records, seen + 1);
        log_line(
            follower->config.log, LOG_INFO,
            "reading the event log from %u records back, because the last position is too far back",
            EVENT_FOLLOWER_BACK_RECORDS);
    }
    return seen;
}

static bool subscribe(struct event_follower *follower, uint64_t after)
{
    uint32_t error = event_log_subscribe(follower->events, follower->config.signal, after);
    if (error != 0) {
        fail(follower, error, "EvtSubscribe to the log Application");
        return false;
    }
    /* If the newest id is not known, everything that the first fetches return may be old. */
    follower->replay_to = after == EVENT_LOG_NOW   ? 0
                          : follower->newest_known ? follower->newest
                                                   : UINT64_MAX;
    follower->before = follower->replay_to;
    follower->open = true;
    follower->opened_ms = follower->checked_ms = follower->mono_ms;
    return true;
}

/* Subscribes to new records first. If that fails, nothing else is tried. If it is not known where
 * to begin, this subscription stays, so no record is missed meanwhile. */
static bool open_log(struct event_follower *follower)
{
    if (!subscribe(follower, EVENT_LOG_NOW)) {
        return false;
    }
    ask_newest(follower);
    uint64_t after = find_begin(follower);
    return after == EVENT_LOG_NOW || subscribe(follower, after);
}

/* ---- records ---- */

/* A record has an id that was seen before: returns whether the ids have started over because the
 * log was cleared; otherwise the record came twice. Queries the log only once in a look, because a
 * subscription that begins with the oldest record returns many that were seen. */
static bool is_cleared(struct event_follower *follower, uint64_t seen)
{
    uint64_t newest;
    if (follower->asked) {
        return false;
    }
    follower->asked = true;
    return event_log_newest(follower->events, &newest) == 0 && newest != 0 && newest < seen;
}

/* Returns whether the record is from before the subscription, and too old. */
static bool is_old(const struct event_follower *follower, const struct event_record *record)
{
    return record->replayed && record->record_id <= follower->before &&
           record->at_ms != INT64_MIN && record->at_ms < follower->wall_ms - EVENT_FOLLOWER_BACK_MS;
}

/* In the old form, a record's time is cut off to a second, so it may be up to 999 ms later. */
static void find_writer(const struct event_follower *follower, struct event_record *record)
{
    const struct event_follower_config *config = &follower->config;
    if (config->writer != NULL && record->writer_pid != 0 && record->at_ms != INT64_MIN &&
        strcmp(record->provider, "MsiInstaller") == 0) {
        record->writer = config->writer(config->arg, record->writer_pid,
                                        record->at_ms + (record->old_form ? 999 : 0));
    }
}

static void take(void *arg, struct event_record *record)
{
    struct event_follower *follower = arg;
    uint64_t id = record->record_id, seen;
    bool again = install_log_seen(follower->config.records, &seen) && id != 0 && id <= seen;
    record->replayed = id <= follower->replay_to && (id != 0 || follower->replay_to == UINT64_MAX);
    record->arrived_ms = follower->mono_ms;
    if (again && is_cleared(follower, seen)) {
        report_cleared(follower);
        install_log_begin(follower->config.records, id);
        follower->replay_to = follower->before = 0;
        record->replayed = again = false;
    }
    if (!again && is_old(follower, record)) {
        install_log_pass(follower->config.records, id);
        follower->passed++;
    } else {
        find_writer(follower, record);
        install_log_put(follower->config.records, record);
    }
}

/* Fetches a few records at a time, and none if this look has taken too long; the rest stays in the
 * log. */
static int fetch(void *arg, size_t most)
{
    struct event_follower *follower = arg;
    struct event_log_fetched fetched;
    if (clock_mono_us() - follower->begun_us >= LOOK_US) {
        follower->enough = true;
        return 0;
    }
    most = most < FETCH_MOST ? most : FETCH_MOST;
    uint32_t error = event_log_fetch(follower->events, most, take, follower, &fetched);
    if (error != 0) {
        fail(follower, error, "EvtNext of the log Application");
        follower->give_up = error == RPC_S_INVALID_BOUND_; /* even a single record does not fit */
        return UV_EIO;
    }
    follower->doubtful = fetched.doubtful;
    return (int)fetched.count;
}

/* Everything in the log has been fetched. */
static void caught_up(struct event_follower *follower)
{
    if (follower->replay_to == UINT64_MAX) {
        install_log_seen(follower->config.records, &follower->replay_to);
        follower->before = follower->replay_to;
    }
    if (follower->newest != 0) {
        install_log_see(follower->config.records, follower->newest);
    }
    report_counts(follower);
    if (follower->mono_ms - follower->opened_ms >= EVENT_FOLLOWER_CHECK_MS) {
        follower->retry_after_ms = EVENT_FOLLOWER_RETRY_MS;
    }
}

/* Marks the records that are in the log now as replayed, because they will have waited when they
 * are fetched. */
static void mark_waiting(struct event_follower *follower)
{
    ask_newest(follower);
    if (follower->newest > follower->replay_to) {
        follower->replay_to = follower->newest;
    }
}

/* Returns 1 if there is more, 0 if not, or a negative value if the subscription is gone. */
static int drain(struct event_follower *follower)
{
    follower->begun_us = clock_mono_us();
    follower->enough = false;
    int more = install_log_drain(follower->config.records, fetch, follower);
    more = follower->enough ? 1 : more;
    install_log_set_dropped(follower->config.records, event_log_dropped(follower->events));
    if (more > 0) {
        mark_waiting(follower);
    }
    return more;
}

/* Called once a minute. The records in the log now count as seen when there is nothing more to
 * fetch. */
static void check(struct event_follower *follower, bool signalled)
{
    uint64_t seen;
    follower->checked_ms = follower->mono_ms;
    if (signalled) {
        ask_newest(follower);
    } else {
        mark_waiting(follower); /* they came without a signal, so at an unknown time */
    }
    if (follower->newest != 0 && install_log_seen(follower->config.records, &seen) &&
        follower->newest < seen) {
        report_cleared(follower);
        install_log_begin(follower->config.records,
                          1); /* what the subscription has came after the clearing */
        follower->replay_to = follower->before = 0;
    }
}

/* Returns whether the subscription may be dead: the log has grown, but the subscription returned
 * nothing, and either its answer was doubtful or a live one would have set the signal. What a dead
 * subscription answers is not documented. */
static bool may_be_deaf(struct event_follower *follower, bool signalled)
{
    uint64_t seen;
    return (follower->doubtful || !signalled) &&
           install_log_seen(follower->config.records, &seen) && follower->newest > seen;
}

bool event_follower_look(struct event_follower *follower, uint64_t mono_ms, int64_t wall_ms,
                         bool signalled)
{
    bool opened = false, checking = false;
    follower->mono_ms = mono_ms;
    follower->wall_ms = wall_ms;
    follower->asked = false;
    if (!follower->open) {
        if (mono_ms < follower->retry_ms || !open_log(follower)) {
            return false;
        }
        opened = true;
    } else if (mono_ms - follower->checked_ms >= EVENT_FOLLOWER_CHECK_MS) {
        checking = true;
        check(follower, signalled);
    }
    if (!opened && !checking && !signalled) {
        return false;
    }
    int more = drain(follower);
    if (more == 0 && checking && may_be_deaf(follower, signalled)) {
        uint64_t seen = 0, opened_ms = follower->opened_ms;
        install_log_seen(follower->config.records, &seen);
        more = subscribe(follower, seen) ? drain(follower) : -1;
        follower->opened_ms = opened_ms; /* the log was open all the time */
        opened = true;
    }
    if (more >= 0 && (opened || follower->failing)) {
        succeed(follower);
    }
    if (more == 0) {
        caught_up(follower);
    }
    return more > 0;
}
