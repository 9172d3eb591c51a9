/* prometheus.c: the table of metrics, written in Prometheus's text format and as JSON. */
#include "metrics/prometheus.h"

#include "common/text.h"
#include "decide/health.h"
#include "version.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/* Everything that the table's numbers are read from. */
struct numbers {
    struct metrics counted;
    struct metrics_now now;
    struct {
        uint64_t busy, stalled, busy_ms, since_ms, started_ms, journal_up;
        uint64_t rejected, retries, failures;
    } page; /* only in the text format */
};

/* ---- metrics with labels ---- */

static void add_states(struct text *page, const struct exposition *from)
{
    static const enum verdict_state states[] = {VERDICT_IDLE, VERDICT_BUSY, VERDICT_UNKNOWN};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        text_addf(page, "msiwatch_installer_state{state=\"%s\"} %d\n",
                  verdict_state_name(states[i]), states[i] == from->status->state ? 1 : 0);
    }
}

static const char *known(const char *word)
{
    return word == NULL ? "unknown" : word;
}

static void add_operations(struct text *page, const struct exposition *from)
{
    for (unsigned i = 0; i < METRICS_OPERATIONS; i++) {
        for (unsigned k = 0; k < METRICS_RESULTS; k++) {
            if (k == RESULT_COLLISION) {
                continue;
            }
            text_addf(page,
                      "msiwatch_operations_total{operation=\"%s\",result=\"%s\"} %" PRIu64 "\n",
                      known(install_action_name((enum install_action)i)),
                      known(install_result_name((enum install_result)k)),
                      from->metrics->operations_total[i][k]);
        }
    }
}

static void add_detection(struct text *page, const struct exposition *from)
{
    const struct sampler_gauges *gauges = &from->now->sampler;
    uint64_t below = 0;
    for (int i = 0; i < LATE_BUCKETS; i++) {
        below += gauges->late[i];
        text_addf(page, "msiwatch_detection_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
                  (double)late_bounds_us[i] / 1e6, below);
    }
    uint64_t all = below + gauges->late[LATE_BUCKETS];
    text_addf(page, "msiwatch_detection_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", all);
    text_addf(page, "msiwatch_detection_seconds_sum %" PRIu64 ".%06u\n",
              gauges->late_us_total / 1000000, (unsigned)(gauges->late_us_total % 1000000));
    text_addf(page, "msiwatch_detection_seconds_count %" PRIu64 "\n", all);
}

static void add_rejected(struct text *page, const struct exposition *from)
{
    for (unsigned i = 0; i < METRICS_LIMITS; i++) {
        text_addf(page, "msiwatch_rejected_total{limit=\"%s\"} %" PRIu64 "\n",
                  metrics_limit_name(i), from->metrics->rejected_total[i]);
    }
}

static void add_tokens(struct text *page, const struct exposition *from)
{
    text_addf(page, "msiwatch_client_tokens_unread_total{token=\"process\"} %" PRIu64 "\n",
              from->metrics->client_processes_unread_total);
    text_addf(page, "msiwatch_client_tokens_unread_total{token=\"impersonated\"} %" PRIu64 "\n",
              from->metrics->client_identities_unread_total);
}

static void add_sensors(struct text *page, const struct exposition *from)
{
    for (int i = 0; i < SENSOR_COUNT; i++) {
        enum sensor_id sensor = (enum sensor_id)i;
        text_addf(page, "msiwatch_sensor_up{sensor=\"%s\"} %d\n", sensor_name(sensor),
                  sensor_health(sensor, &from->status->seen) == HEALTH_OK ? 1 : 0);
    }
    text_addf(page, "msiwatch_sensor_up{sensor=\"install_log\"} %d\n",
              from->now->install_log.health == HEALTH_OK ? 1 : 0);
}

static void add_turns(struct text *page, const struct exposition *from)
{
    for (unsigned i = 0; i < METRICS_TURN_ENDS; i++) {
        text_addf(page, "msiwatch_turns_total{ended=\"%s\"} %" PRIu64 "\n",
                  turn_end_name((enum turn_end)i), from->metrics->turns_ended_total[i]);
    }
}

static void add_build(struct text *page, const struct exposition *from)
{
    (void)from;
    text_addf(page, "msiwatch_build_info{version=\"%s\"} 1\n", MSIWATCH_VERSION);
}

/* ---- the table ---- */

/* Rows of the table. COUNTED: a number only in the JSON object; NUMBER: also for Prometheus;
 * SECONDS: shown in seconds, stored in milliseconds; SERIES: a metric with labels. */
#define COUNTED(json, at) .member = (json), .offset = offsetof(struct numbers, at)
#define FAMILY(prometheus, kind, words) .name = (prometheus), .type = (kind), .help = (words)
#define NUMBER(json, prometheus, kind, words, at) COUNTED(json, at), FAMILY(prometheus, kind, words)
#define SECONDS(prometheus, kind, words, at) NUMBER(NULL, prometheus, kind, words, at), .ms = true
#define SERIES(prometheus, kind, words, lines) FAMILY(prometheus, kind, words), .series = (lines)

static const struct metric {
    const char *member; /* member of the JSON object; NULL for none */
    const char *name;   /* name for Prometheus, without msiwatch_; NULL for none */
    const char *type, *help;
    size_t offset; /* of the number, in struct numbers */
    bool ms;       /* stored in milliseconds, shown in seconds */
    void (*series)(struct text *page, const struct exposition *from); /* NULL if it is a number */
} table[] = {
    {NUMBER(NULL, "installer_busy", "gauge",
            "Whether Windows Installer is known to be busy (1) or not (0).", page.busy)},
    {SERIES("installer_state", "gauge",
            "The state of Windows Installer: 1 for the current state, 0 for others.", add_states)},
    {SECONDS("installer_busy_seconds_total", "counter",
             "How long Windows Installer was busy since the service started.", page.busy_ms)},
    {NUMBER(NULL, "installer_busy_periods_total", "counter",
            "How often Windows Installer became busy since the service started.",
            counted.busy_periods_total)},
    {NUMBER(NULL, "installer_stalled", "gauge",
            "Whether the running installation has stalled (1) or not (0).", page.stalled)},
    {NUMBER("stalled_periods_total", "stalled_periods_total", "counter",
            "How often an installation stalled since the service started.",
            counted.stalled_periods_total)},
    {SECONDS("last_transition_timestamp_seconds", "gauge",
             "When the current state began, since the Unix epoch.", page.since_ms)},
    {SERIES("operations_total", "counter",
            "Installations in the event log, by what they did and how they ended.",
            add_operations)},
    {NUMBER("install_collisions_total", "collisions_total", "counter",
            "Installations that did not begin because another one was running (1618).",
            counted.collisions_total)},
    {NUMBER("install_checks_total", "checks_total", "counter",
            "Products that were only examined, as by a query of Win32_Product.",
            counted.checks_total)},
    {NUMBER("install_untrusted_total", "untrusted_total", "counter",
            "Installations whose records another program wrote.", counted.untrusted_total)},
    {SERIES("detection_seconds", "histogram",
            "How late a sample was: the time since the previous one, minus the interval.",
            add_detection)},
    {COUNTED("uptime_ms", now.uptime_ms)},
    {NUMBER("connections", "connections", "gauge", "Clients that are connected.", now.connections)},
    {COUNTED("connections_total", counted.connections_total)},
    {COUNTED("connections_rejected_total", counted.connections_rejected_total)},
    {COUNTED("client_processes_unread_total", counted.client_processes_unread_total)},
    {COUNTED("client_identities_unread_total", counted.client_identities_unread_total)},
    {COUNTED("subscriptions", counted.subscriptions)},
    {NUMBER("waits", "clients_waiting", "gauge", "Clients that are waiting for a state.",
            now.waits)},
    {SERIES("rejected_total", "counter",
            "Requests and connections that were rejected, by the limit.", add_rejected)},
    {SERIES("client_tokens_unread_total", "counter",
            "Clients whose token could not be read: process or impersonated.", add_tokens)},
    {NUMBER(NULL, "turn_out", "gauge", "Whether a client has the turn (1) or not (0).",
            now.turn_out)},
    {NUMBER("turns_waiting", "turns_waiting", "gauge", "Clients that wait for a turn.",
            now.turns_waiting)},
    {COUNTED("turns_total", counted.turns_total)},
    {COUNTED("turns_expired_total", counted.turns_ended_total[TURN_END_EXPIRED])},
    {SERIES("turns_total", "counter", "Turns that ended, by the way they ended.", add_turns)},
    {NUMBER("turn_collisions_total", "turn_collisions_total", "counter",
            "Installations that were refused (1618) during a turn.",
            counted.turn_collisions_total)},
    {NUMBER("turns_wedged_total", "turns_wedged_total", "counter",
            "How often the queue of turns should have moved on but did not.",
            counted.turns_wedged_total)},
    {COUNTED("requests_total", counted.requests_total)},
    {COUNTED("errors_total", counted.errors_total)},
    {COUNTED("over_limit_total", counted.over_limit_total)},
    {COUNTED("transitions_total", counted.transitions_total)},
    {COUNTED("events_sent_total", counted.events_sent_total)},
    {COUNTED("bytes_read_total", counted.bytes_read_total)},
    {COUNTED("bytes_written_total", counted.bytes_written_total)},
    {SERIES("sensor_up", "gauge", "Whether a sensor can be read (1) or not (0).", add_sensors)},
    {NUMBER(NULL, "journal_up", "gauge",
            "Whether the journal is on disk (1) or only in memory (0).", page.journal_up)},
    {NUMBER("samples_total", "samples_total", "counter", "How often the sensors were read.",
            now.sampler.samples)},
    {COUNTED("observations_merged_total", now.sampler.merged)},
    {COUNTED("install_records_total", now.install_log.records)},
    {COUNTED("install_records_malformed_total", now.install_log.malformed)},
    {COUNTED("install_records_dropped_total", now.install_log.dropped)},
    {COUNTED("sample_max_us", now.sampler.sample_max_us)},
    {NUMBER(NULL, "settings_rejected", "gauge", "Values in the registry that were rejected.",
            page.rejected)},
    {NUMBER(NULL, "textfile_retries_total", "counter",
            "How often writing this file was repeated, because a reader had it open.",
            page.retries)},
    {NUMBER(NULL, "textfile_failures_total", "counter", "How often this file could not be written.",
            page.failures)},
    {SECONDS("start_time_seconds", "gauge", "When the service started, since the Unix epoch.",
             page.started_ms)},
    {SERIES("build_info", "gauge", "The service's version; always 1.", add_build)},
};

enum { COUNT = sizeof table / sizeof table[0] };

static uint64_t number_of(const struct metric *metric, const struct numbers *numbers)
{
    uint64_t number;
    memcpy(&number, (const char *)numbers + metric->offset, sizeof number);
    return number;
}

yyjson_mut_val *metrics_json(yyjson_mut_doc *doc, const struct metrics *metrics,
                             const struct metrics_now *now)
{
    const struct numbers numbers = {.counted = *metrics, .now = *now};
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool ok = root != NULL;
    for (size_t i = 0; ok && i < COUNT; i++) {
        ok = table[i].member == NULL ||
             yyjson_mut_obj_add_uint(doc, root, table[i].member, number_of(&table[i], &numbers));
    }
    yyjson_mut_val *gaps = yyjson_mut_obj_add_obj(doc, root, "gap_max_ms");
    for (int pace = 0; ok && pace < PACE_COUNT; pace++) {
        ok = yyjson_mut_obj_add_uint(doc, gaps, pace_name((enum pace)pace),
                                     now->sampler.gap_max_ms[pace]);
    }
    return ok ? root : NULL;
}

/* Counts up to the last sample, not up to now, so that the value never shrinks when the next sample
 * dates the end of the period. */
static uint64_t busy_ms(const struct exposition *from)
{
    uint64_t ms = from->metrics->busy_ms_total;
    if (from->status->state == VERDICT_BUSY && from->status->seen.mono_ms > from->since_mono_ms) {
        ms += from->status->seen.mono_ms - from->since_mono_ms;
    }
    return ms;
}

static void add_metric(struct text *page, const struct metric *metric,
                       const struct exposition *from, const struct numbers *numbers)
{
    uint64_t number = number_of(metric, numbers);
    text_addf(page, "# HELP msiwatch_%s %s\n# TYPE msiwatch_%s %s\n", metric->name, metric->help,
              metric->name, metric->type);
    if (metric->series != NULL) {
        metric->series(page, from);
    } else if (metric->ms) {
        text_addf(page, "msiwatch_%s %" PRIu64 ".%03u\n", metric->name, number / 1000,
                  (unsigned)(number % 1000));
    } else {
        text_addf(page, "msiwatch_%s %" PRIu64 "\n", metric->name, number);
    }
}

char *prometheus_text(const struct exposition *from, size_t *size)
{
    struct text page = {0};
    const struct numbers numbers = {
        .counted = *from->metrics,
        .now = *from->now,
        .page = {.busy = from->status->state == VERDICT_BUSY,
                 .stalled = from->status->activity.stalled,
                 .busy_ms = busy_ms(from),
                 .since_ms = from->status->since_ms > 0 ? (uint64_t)from->status->since_ms : 0,
                 .started_ms = from->started_ms > 0 ? (uint64_t)from->started_ms : 0,
                 .journal_up = from->journal_up,
                 .rejected = from->settings_rejected,
                 .retries = from->textfile_retries,
                 .failures = from->textfile_failures},
    };
    for (size_t i = 0; i < COUNT; i++) {
        if (table[i].name != NULL) {
            add_metric(&page, &table[i], from, &numbers);
        }
    }
    if (page.failed) {
        text_release(&page);
    }
    *size = page.size;
    return page.data;
}
