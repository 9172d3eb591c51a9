/* event_rules.h: what of the service's life is worth an entry in the event log.
 *
 * A sensor is reported when it has been degraded, or well again, for 5 s: what comes and goes fills
 * no log. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_NOTICES_H
#define MSIWATCH_SERVICE_NOTICES_H

#include "config/layers.h"
#include "decide/health.h"
#include "decide/monitor.h"
#include "journal/journal.h"
#include "eventlog/eventlog.h"

#define NOTICES_SENSOR_MS 5000u

struct notices {
    struct report *report;         /* NULL: nobody reads */
    bool transitions;              /* each is worth an entry */
    const struct journal *journal; /* notices_listener's */
    struct install_log *install_log;
    struct {
        enum health told, now;
        uint64_t since_ms;       /* monotonic: of `now` */
    } sensors[SENSOR_COUNT + 1]; /* the last: the event log that installations are read from */
    bool volatile_told;
    unsigned aside_told; /* files set aside that were told of */
};

void notices_init(struct notices *notices, struct report *report, uint64_t now_mono_ms);

void notices_started(struct notices *notices, const char *pipe);
void notices_stopped(struct notices *notices);

/* A look was taken, or time has passed without one; and whether the event log can be read. */
void notices_look(struct notices *notices, const struct observation *seen, enum health install_log,
                  uint64_t now_mono_ms);

/* Adds entries for what the monitor finds, and once a second for what became of the journal. */
struct monitor_listener notices_listener(struct notices *notices, const struct journal *journal,
                                         struct install_log *install_log);

/* Whether transitions are worth an entry. */
void notices_set_transitions(struct notices *notices, bool transitions);

void notices_journal(struct notices *notices, const struct journal_info *info);
void notices_transition(struct notices *notices, const struct event *transition);
void notices_rejected(struct notices *notices, const struct settings_rejected *rejected);

#endif
