/* event_rules.h: decides what the service writes to Windows' event log.
 *
 * A sensor is reported when it has been degraded, or healthy again, for 5 s, so that short changes
 * do not fill the log. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_EVENT_RULES_H
#define MSIWATCH_SERVICE_EVENT_RULES_H

#include "config/layers.h"
#include "decide/health.h"
#include "decide/monitor.h"
#include "journal/journal.h"
#include "eventlog/eventlog.h"

#define EVENT_RULES_SENSOR_MS 5000u

struct event_rules {
    struct eventlog *eventlog;     /* NULL if nothing is written to it */
    bool transitions;              /* write an entry for each transition */
    const struct journal *journal; /* set by event_rules_listener, like install_log */
    struct install_log *install_log;
    struct {
        enum health reported, now;
        uint64_t since_ms;       /* since when `now` holds, monotonic */
    } sensors[SENSOR_COUNT + 1]; /* the last one: the event log that installations are read from */
    bool volatile_reported;
    unsigned put_reported; /* number of files put into quarantine that were reported */
};

/* `eventlog` must outlive the rules. */
void event_rules_init(struct event_rules *rules, struct eventlog *eventlog, uint64_t now_mono_ms);

/* Each of these adds its entry; `pipe` is the full name of the pipe. */
void event_rules_started(struct event_rules *rules, const char *pipe);
void event_rules_stopped(struct event_rules *rules);

/* Call it after each sample, and when time has passed without one. `install_log` says whether the
 * event log can be read. */
void event_rules_look(struct event_rules *rules, const struct observation *seen,
                      enum health install_log, uint64_t now_mono_ms);

/* Returns the listener that adds entries for what the monitor finds and, at each sample, for
 * changes of the journal's state. */
struct monitor_listener event_rules_listener(struct event_rules *rules,
                                             const struct journal *journal,
                                             struct install_log *install_log);

/* Sets whether each transition gets an entry. */
void event_rules_set_transitions(struct event_rules *rules, bool transitions);

/* Adds entries for new files in quarantine, and if the journal has become durable or not durable.
 */
void event_rules_journal(struct event_rules *rules, const struct journal_info *info);
void event_rules_transition(struct event_rules *rules, const struct event *transition);
void event_rules_rejected(struct event_rules *rules, const struct settings_rejected *rejected);

#endif
