/* event_rules.h: what of the service's life is worth an entry in the event log.
 *
 * A sensor is reported when it has been degraded, or well again, for 5 s: what comes and goes fills
 * no log. Loop thread only.
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
    struct eventlog *eventlog;     /* NULL: nobody reads */
    bool transitions;              /* each is worth an entry */
    const struct journal *journal; /* event_rules_listener's */
    struct install_log *install_log;
    struct {
        enum health told, now;
        uint64_t since_ms;       /* monotonic: of `now` */
    } sensors[SENSOR_COUNT + 1]; /* the last: the event log that installations are read from */
    bool volatile_told;
    unsigned aside_told; /* files in quarantine that were reported */
};

void event_rules_init(struct event_rules *rules, struct eventlog *eventlog, uint64_t now_mono_ms);

void event_rules_started(struct event_rules *rules, const char *pipe);
void event_rules_stopped(struct event_rules *rules);

/* A look was taken, or time has passed without one; and whether the event log can be read. */
void event_rules_look(struct event_rules *rules, const struct observation *seen,
                      enum health install_log, uint64_t now_mono_ms);

/* Adds entries for what the monitor finds, and at each look for what became of the journal. */
struct monitor_listener event_rules_listener(struct event_rules *rules,
                                             const struct journal *journal,
                                             struct install_log *install_log);

/* Whether transitions are worth an entry. */
void event_rules_set_transitions(struct event_rules *rules, bool transitions);

void event_rules_journal(struct event_rules *rules, const struct journal_info *info);
void event_rules_transition(struct event_rules *rules, const struct event *transition);
void event_rules_rejected(struct event_rules *rules, const struct settings_rejected *rejected);

#endif
