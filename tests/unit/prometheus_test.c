/* prometheus_test.c: the metrics as Prometheus's text: values, units, buckets, labels. */
#include "unit.h"

#include "../hostile.h"

#include "metrics/prometheus.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A service that has seen some events. */
struct metrics_fixture {
    struct metrics metrics;
    struct metrics_now now;
    struct status status;
    struct exposition exposition;
    char *text;
    size_t size;
};

static void begin(struct metrics_fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->status.state = VERDICT_IDLE;
    fixture->status.seen.registry_known = true;
    fixture->exposition.metrics = &fixture->metrics;
    fixture->exposition.now = &fixture->now;
    fixture->exposition.status = &fixture->status;
}

static void render(struct metrics_fixture *fixture)
{
    free(fixture->text);
    fixture->text = prometheus_text(&fixture->exposition, &fixture->size);
    assert_non_null(fixture->text);
    assert_int_equal(strlen(fixture->text), fixture->size);
}

/* Requires this whole line. */
static void must_say(const struct metrics_fixture *fixture, const char *line)
{
    char whole[160];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    must(strstr(fixture->text, whole) != NULL, "no '%s' in:\n%s", line, fixture->text);
}

static void states_are_told_apart(void **state)
{
    static const char *const names[] = {"unknown", "idle", "busy"};
    struct metrics_fixture fixture;
    (void)state;
    begin(&fixture);
    for (int now = VERDICT_UNKNOWN; now <= VERDICT_BUSY; now++) {
        fixture.status.state = (enum verdict_state)now;
        render(&fixture);
        must_say(&fixture,
                 now == VERDICT_BUSY ? "msiwatch_installer_busy 1" : "msiwatch_installer_busy 0");
        for (int other = VERDICT_UNKNOWN; other <= VERDICT_BUSY; other++) {
            char line[80];
            snprintf(line, sizeof line, "msiwatch_installer_state{state=\"%s\"} %d", names[other],
                     other == now);
            must_say(&fixture, line);
        }
    }
    free(fixture.text);
}

static void busy_seconds_count_up_to_the_last_look(void **state)
{
    struct metrics_fixture fixture;
    (void)state;
    begin(&fixture);
    fixture.metrics.busy_ms_total = 61005;
    fixture.metrics.busy_periods_total = 3;
    fixture.status.seen.mono_ms = 1500;
    fixture.exposition.since_mono_ms = 1000;
    fixture.status.since_ms = INT64_C(1795305600123);
    render(&fixture);
    must_say(&fixture, "msiwatch_installer_busy_seconds_total 61.005"); /* only what ended */
    must_say(&fixture, "msiwatch_last_transition_timestamp_seconds 1795305600.123");
    must_say(&fixture, "msiwatch_installer_busy_periods_total 3");
    fixture.status.state = VERDICT_BUSY;
    render(&fixture);
    must_say(&fixture, "msiwatch_installer_busy_seconds_total 61.505");
    free(fixture.text);
}

static void lateness_is_a_histogram(void **state)
{
    struct metrics_fixture fixture;
    (void)state;
    begin(&fixture);
    fixture.now.sampler.late[0] = 7;
    fixture.now.sampler.late[3] = 2; /* over 5 ms, up to 10 */
    fixture.now.sampler.late[LATE_BUCKETS] = 1;
    fixture.now.sampler.late_us_total = 3020007;
    render(&fixture);
    must_say(&fixture, "msiwatch_detection_seconds_bucket{le=\"0.001\"} 7");
    must_say(&fixture, "msiwatch_detection_seconds_bucket{le=\"0.005\"} 7");
    must_say(&fixture, "msiwatch_detection_seconds_bucket{le=\"0.01\"} 9");
    must_say(&fixture, "msiwatch_detection_seconds_bucket{le=\"2.5\"} 9");
    must_say(&fixture, "msiwatch_detection_seconds_bucket{le=\"+Inf\"} 10");
    must_say(&fixture, "msiwatch_detection_seconds_sum 3.020007");
    must_say(&fixture, "msiwatch_detection_seconds_count 10");
    free(fixture.text);
}

static void limits_operations_and_health_have_their_labels(void **state)
{
    struct metrics_fixture fixture;
    (void)state;
    begin(&fixture);
    metrics_count_over_limit(&fixture.metrics, "connections_user");
    metrics_count_over_limit(&fixture.metrics, "line");
    metrics_count_over_limit(&fixture.metrics, "line");
    metrics_count_over_limit(&fixture.metrics, "nothing of that name");
    fixture.metrics.operations_total[1][2] = 5;
    fixture.metrics.operations_total[0][RESULT_LOST] = 3;
    fixture.metrics.collisions_total = 4;
    fixture.metrics.checks_total = 150;
    fixture.metrics.untrusted_total = 6;
    fixture.status.seen.mutex.state = MUTEX_DENIED;
    fixture.exposition.journal_up = true;
    fixture.exposition.settings_rejected = 2;
    fixture.metrics.client_processes_unread_total = 3;
    fixture.metrics.client_identities_unread_total = 4;
    fixture.exposition.textfile_retries = 9;
    render(&fixture);
    must_say(&fixture, "msiwatch_rejected_total{limit=\"line\"} 2");
    must_say(&fixture, "msiwatch_rejected_total{limit=\"connections_user\"} 1");
    must_say(&fixture, "msiwatch_rejected_total{limit=\"first_request\"} 0");
    must_say(&fixture, "msiwatch_client_tokens_unread_total{token=\"process\"} 3");
    must_say(&fixture, "msiwatch_client_tokens_unread_total{token=\"impersonated\"} 4");
    must_say(&fixture, "msiwatch_operations_total{operation=\"install\",result=\"failure\"} 5");
    must_say(&fixture, "msiwatch_operations_total{operation=\"unknown\",result=\"lost\"} 3");
    must_say(&fixture, "msiwatch_collisions_total 4");
    must_say(&fixture, "msiwatch_checks_total 150");
    must_say(&fixture, "msiwatch_untrusted_total 6");
    must_say(&fixture, "msiwatch_sensor_up{sensor=\"mutex\"} 0");
    must_say(&fixture, "msiwatch_sensor_up{sensor=\"msiserver\"} 1");
    must_say(&fixture, "msiwatch_journal_up 1");
    must_say(&fixture, "msiwatch_settings_rejected 2");
    must_say(&fixture, "msiwatch_textfile_retries_total 9");
    must_say(&fixture, "msiwatch_build_info{version=\"" MSIWATCH_VERSION "\"} 1");
    free(fixture.text);
}

static void only_what_windows_installer_did_is_an_operation(void **state)
{
    struct metrics metrics = {0};
    const struct install installs[] = {
        {.action = ACTION_INSTALL, .result = RESULT_SUCCESS, .trusted = TRUST_YES},
        {.action = ACTION_INSTALL, .result = RESULT_SUCCESS},
        {.action = ACTION_UPDATE, .result = RESULT_SUCCESS, .further = 2}, /* three in one */
        {.action = ACTION_INSTALL, .result = RESULT_SUCCESS, .trusted = TRUST_NO},
        {.action = ACTION_INSTALL, .result = RESULT_COLLISION},
        {.action = ACTION_CHECK, .result = RESULT_SUCCESS, .further = 149},
        {.result = RESULT_LOST},
        {.further = 6}, /* seven, about which nothing else is known */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(installs); i++) {
        metrics_count_operation(&metrics, &installs[i], false);
    }
    metrics_count_operation(&metrics, &installs[0], true); /* it was reported again */
    assert_int_equal(metrics.operations_total[ACTION_INSTALL][RESULT_SUCCESS], 2);
    assert_int_equal(metrics.operations_total[ACTION_INSTALL][RESULT_COLLISION], 0);
    assert_int_equal(metrics.operations_total[ACTION_UPDATE][RESULT_SUCCESS], 1);
    assert_int_equal(metrics.operations_total[ACTION_UNKNOWN][RESULT_LOST], 1);
    assert_int_equal(metrics.operations_total[ACTION_UNKNOWN][RESULT_UNKNOWN], 7);
    assert_int_equal(metrics.collisions_total, 1);
    assert_int_equal(metrics.checks_total, 150);
    assert_int_equal(metrics.untrusted_total, 1);
}

/* In the form that promtool check metrics requires, which tests/fleet runs. */
static void each_metric_has_help_and_type_once_and_the_text_ends_with_a_line(void **state)
{
    struct metrics_fixture fixture;
    size_t helps = 0, types = 0;
    (void)state;
    begin(&fixture);
    render(&fixture);
    for (const char *at = fixture.text; (at = strstr(at, "# HELP ")) != NULL; at++) {
        helps++;
    }
    for (const char *at = fixture.text; (at = strstr(at, "# TYPE ")) != NULL; at++) {
        types++;
    }
    assert_int_equal(helps, types);
    assert_true(helps >= 14);
    assert_int_equal(fixture.text[fixture.size - 1], '\n');
    assert_null(strchr(fixture.text, '\r'));
    free(fixture.text);
}

/* Nothing that others wrote is in the metrics. */
static void texts_of_others_are_in_no_metric(void **state)
{
    struct metrics_fixture fixture;
    (void)state;
    begin(&fixture);
    fixture.status.state = VERDICT_BUSY;
    fixture.status.install_known = true;
    render(&fixture);
    char *before = strdup(fixture.text);
    for (size_t i = 0; i < HOSTILE; i++) {
        struct install *install = &fixture.status.install;
        char *const places[] = {fixture.status.seen.mutex.owner_image, install->product,
                                install->version, install->package, install->user};
        for (size_t n = 0; n < COUNT(places); n++) {
            strcpy(places[n], hostile[i]);
        }
        render(&fixture);
        assert_string_equal(fixture.text, before);
    }
    free(before);
    free(fixture.text);
}

int prometheus_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_told_apart),
        cmocka_unit_test(busy_seconds_count_up_to_the_last_look),
        cmocka_unit_test(lateness_is_a_histogram),
        cmocka_unit_test(limits_operations_and_health_have_their_labels),
        cmocka_unit_test(only_what_windows_installer_did_is_an_operation),
        cmocka_unit_test(texts_of_others_are_in_no_metric),
        cmocka_unit_test(each_metric_has_help_and_type_once_and_the_text_ends_with_a_line),
    };
    return cmocka_run_group_tests_name("prometheus", tests, NULL, NULL);
}
