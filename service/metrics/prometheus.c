/* prometheus.c: the metrics in Prometheus's text format. */
#include "metrics/prometheus.h"

#include "decide/health.h"
#include "version.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
    char *text;
    size_t size, room;
    bool failed; /* memory is out */
};

static bool make_room(struct page *page, size_t more)
{
    if (page->size + more < page->room) {
        return true;
    }
    size_t room = (page->room + more) * 2 + 4096;
    char *grown = realloc(page->text, room);
    if (grown == NULL) {
        page->failed = true;
        return false;
    }
    page->text = grown;
    page->room = room;
    return true;
}

static void add(struct page *page, const char *format, ...)
#if defined(__MINGW32__) && !defined(__clang__)
    __attribute__((format(gnu_printf, 2, 3)))
#elif defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

static void add(struct page *page, const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof line || page->failed ||
        !make_room(page, (size_t)size + 1)) {
        page->failed = true;
        return;
    }
    memcpy(page->text + page->size, line, (size_t)size + 1);
    page->size += (size_t)size;
}

static void begin(struct page *page, const char *name, const char *type, const char *help)
{
    add(page, "# HELP msiwatch_%s %s\n", name, help);
    add(page, "# TYPE msiwatch_%s %s\n", name, type);
}

static void add_number(struct page *page, const char *name, const char *type, const char *help,
                       uint64_t value)
{
    begin(page, name, type, help);
    add(page, "msiwatch_%s %" PRIu64 "\n", name, value);
}

/* Seconds of which milliseconds are known. */
static void add_seconds(struct page *page, const char *name, const char *type, const char *help,
                        uint64_t ms)
{
    begin(page, name, type, help);
    add(page, "msiwatch_%s %" PRIu64 ".%03u\n", name, ms / 1000, (unsigned)(ms % 1000));
}

/* Up to the last look, not to now: what is shown never shrinks when the next look dates an end. */
static uint64_t busy_ms(const struct exposition *from)
{
    uint64_t ms = from->metrics->busy_ms_total;
    if (from->status->state == VERDICT_BUSY && from->status->seen.mono_ms > from->since_mono_ms) {
        ms += from->status->seen.mono_ms - from->since_mono_ms;
    }
    return ms;
}

static void add_installer(struct page *page, const struct exposition *from)
{
    static const enum verdict_state states[] = {VERDICT_IDLE, VERDICT_BUSY, VERDICT_UNKNOWN};
    enum verdict_state now = from->status->state;
    add_number(page, "installer_busy", "gauge",
               "Whether Windows Installer is known to be busy (1) or not (0).",
               now == VERDICT_BUSY ? 1 : 0);
    begin(page, "installer_state", "gauge",
          "The state of Windows Installer: 1 for the one it is in.");
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        add(page, "msiwatch_installer_state{state=\"%s\"} %d\n", verdict_state_name(states[i]),
            states[i] == now ? 1 : 0);
    }
    add_seconds(page, "installer_busy_seconds_total", "counter",
                "Time that Windows Installer was busy since the service started.", busy_ms(from));
    add_number(page, "installer_busy_periods_total", "counter",
               "Times that Windows Installer became busy since the service started.",
               from->metrics->busy_periods_total);
    add_seconds(page, "last_transition_timestamp_seconds", "gauge",
                "When the present state began, since the Unix epoch.",
                from->status->since_ms > 0 ? (uint64_t)from->status->since_ms : 0);
}

static void add_operations(struct page *page, const struct metrics *metrics)
{
    begin(page, "operations_total", "counter",
          "Installations in the installation log, by what they did and how they ended.");
    for (unsigned i = 0; i < METRICS_OPERATIONS; i++) {
        for (unsigned k = 0; k < METRICS_RESULTS; k++) {
            if (k == RESULT_COLLISION) {
                continue;
            }
            add(page, "msiwatch_operations_total{operation=\"%s\",result=\"%s\"} %" PRIu64 "\n",
                metrics_operation_name(i), metrics_result_name(k), metrics->operations_total[i][k]);
        }
    }
    add_number(page, "collisions_total", "counter",
               "Installations that did not begin because another one was running (1618).",
               metrics->collisions_total);
    add_number(page, "checks_total", "counter",
               "Products that were examined, as by a query of Win32_Product.",
               metrics->checks_total);
    add_number(page, "untrusted_total", "counter",
               "Installations in the log that were not written by Windows Installer.",
               metrics->untrusted_total);
}

static void add_detection(struct page *page, const struct sampler_gauges *gauges)
{
    uint64_t below = 0;
    begin(page, "detection_seconds", "histogram",
          "How late a sample was: the time since the one before, less the interval.");
    for (int i = 0; i < LATE_BUCKETS; i++) {
        below += gauges->late[i];
        add(page, "msiwatch_detection_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
            (double)late_bounds_us[i] / 1e6, below);
    }
    uint64_t all = below + gauges->late[LATE_BUCKETS];
    add(page, "msiwatch_detection_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", all);
    add(page, "msiwatch_detection_seconds_sum %" PRIu64 ".%06u\n", gauges->late_us_total / 1000000,
        (unsigned)(gauges->late_us_total % 1000000));
    add(page, "msiwatch_detection_seconds_count %" PRIu64 "\n", all);
}

static void add_clients(struct page *page, const struct exposition *from)
{
    add_number(page, "clients_waiting", "gauge", "Clients that wait for a state.",
               from->now->waits);
    add_number(page, "connections", "gauge", "Clients that are connected.", from->now->connections);
    begin(page, "rejected_total", "counter",
          "Requests and connections turned away, by the limit they were over.");
    for (unsigned i = 0; i < METRICS_LIMITS; i++) {
        add(page, "msiwatch_rejected_total{limit=\"%s\"} %" PRIu64 "\n", metrics_limit_name(i),
            from->metrics->rejected_total[i]);
    }
}

static void add_unread_tokens(struct page *page, const struct metrics *metrics)
{
    begin(page, "client_tokens_unread_total", "counter",
          "Clients of which a token could not be read: the process's, or the impersonated one.");
    add(page, "msiwatch_client_tokens_unread_total{token=\"process\"} %" PRIu64 "\n",
        metrics->client_processes_unread_total);
    add(page, "msiwatch_client_tokens_unread_total{token=\"impersonated\"} %" PRIu64 "\n",
        metrics->client_identities_unread_total);
}

static void add_health(struct page *page, const struct exposition *from)
{
    begin(page, "sensor_up", "gauge", "Whether a sensor can be read (1) or not (0).");
    for (int i = 0; i < SENSOR_COUNT; i++) {
        enum sensor_id sensor = (enum sensor_id)i;
        add(page, "msiwatch_sensor_up{sensor=\"%s\"} %d\n", sensor_name(sensor),
            sensor_health(sensor, &from->status->seen) == HEALTH_OK ? 1 : 0);
    }
    add(page, "msiwatch_sensor_up{sensor=\"install_log\"} %d\n",
        from->now->install_log.health == HEALTH_OK ? 1 : 0);
    add_number(page, "journal_up", "gauge",
               "Whether the journal is on disk (1) or only in memory (0).",
               from->journal_up ? 1 : 0);
    add_number(page, "samples_total", "counter", "Times that the sensors were read.",
               from->now->sampler.samples);
    add_number(page, "settings_rejected", "gauge", "Values in the registry that were not taken.",
               from->settings_rejected);
    add_number(page, "textfile_retries_total", "counter",
               "Times that this file could not be replaced at once, because a reader had it open.",
               from->textfile_retries);
    add_number(page, "textfile_failures_total", "counter",
               "Times that this file could not be written.", from->textfile_failures);
    add_seconds(page, "start_time_seconds", "gauge",
                "When the service started, since the Unix epoch.",
                from->started_ms > 0 ? (uint64_t)from->started_ms : 0);
}

char *prometheus_text(const struct exposition *from, size_t *size)
{
    struct page page = {0};
    add_installer(&page, from);
    add_operations(&page, from->metrics);
    add_detection(&page, &from->now->sampler);
    add_clients(&page, from);
    add_unread_tokens(&page, from->metrics);
    add_health(&page, from);
    begin(&page, "build_info", "gauge", "The service's version; always 1.");
    add(&page, "msiwatch_build_info{version=\"%s\"} 1\n", MSIWATCH_VERSION);
    if (page.failed) {
        free(page.text);
        return NULL;
    }
    *size = page.size;
    return page.text;
}
