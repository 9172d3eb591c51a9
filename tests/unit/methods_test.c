/* methods_test.c: about, status, history, metrics: params by name and by position, and results. */
#include "ask.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- about ---- */

static void about_says_who_it_is_and_its_limits(void **state)
{
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 2);
    ask(&fixture->client, "1", "about", NULL);
    must_hear_result(
        &fixture->client, "1",
        "{'name':'msiwatch','version':'" MSIWATCH_VERSION "','protocol':1,'pid':'$uint',"
        "'started_at':'2026-11-22T00:16:40.000Z',"
        "'journal':{'id':'$uuid','durable':false,'first_seq':1,'last_seq':3,"
        "'problem':'there is no data folder','set_aside':[]},"
        "'limits':{'line':4096,'reply_line':262144,'string':256,'batch':16,'requests':64,"
        "'subscriptions':8,'connections':1024,'connections_process':64,'connections_user':256,'"
        "first_request_ms':5000,'queued_bytes':1048576},"
        "'sensors':{'mutex':'ok','msiserver':'ok','registry':'ok','install_log':'unavailable'},"
        "'sensor_problems':{},'settings_rejected':[],'pipe':{'recovered':false},'mitigations':{}}");
}

static void about_says_which_sensors_cannot_see(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.machine.msiserver.state = MSISERVER_ERROR;
    fixture->server.machine.registry_known = false;
    server_set_mutex(&fixture->server, MUTEX_DENIED);
    ask(&fixture->client, "1", "about", NULL);
    must_hear_result(&fixture->client, "1",
                     "{'sensors':{'mutex':'denied','msiserver':'unavailable',"
                     "'registry':'unavailable','install_log':'unavailable'},'...':0}");
    fixture->server.machine.msiserver.state = MSISERVER_DENIED;
    server_set_mutex(&fixture->server, MUTEX_ERROR);
    ask(&fixture->client, "2", "about", NULL);
    must_hear_result(&fixture->client, "2",
                     "{'sensors':{'mutex':'unavailable','msiserver':'denied','...':0},'...':0}");
    fixture->server.machine.msiserver.state =
        MSISERVER_MISSING; /* it was looked for, and does not exist */
    server_set_mutex(&fixture->server, MUTEX_ABSENT);
    ask(&fixture->client, "3", "about", NULL);
    must_hear_result(&fixture->client, "3",
                     "{'sensors':{'mutex':'ok','msiserver':'ok','...':0},'...':0}");
}

/* ---- status ---- */

static void status_of_a_fresh_sample_is_answered_at_once(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    for (uint64_t age = 0; age <= API_FRESH_MS; age++) {
        ask(&fixture->client, "1", "status", NULL);
        must_hear_result(&fixture->client, "1",
                         "{'state':'idle','seq':1,'since':'2026-11-22T00:16:40.000Z',"
                         "'sampled_at':'2026-11-22T00:16:40.000Z','...':0}");
        test_clock_add(1);
    }
    assert_int_equal(fixture->server.looks, 0);
}

static void status_of_an_old_sample_waits_for_a_new_one(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    test_clock_add(API_FRESH_MS + 1);
    ask(&fixture->client, "1", "status", NULL);
    ask(&fixture->client, "2", "status", NULL);
    must_hear_nothing(&fixture->client);
    assert_true(fixture->server.look_wanted);
    test_clock_add(10);
    fixture->server.machine.mutex.state = MUTEX_HELD;
    server_sample(&fixture->server); /* the one sample for both */
    for (int i = 1; i <= 2; i++) {
        must_hear_result(&fixture->client, i == 1 ? "1" : "2",
                         "{'state':'busy','seq':2,'since':'2026-11-22T00:16:40.021Z',"
                         "'sampled_at':'2026-11-22T00:16:40.021Z','...':0}");
    }
    must_hear_nothing(&fixture->client);
}

/* The stored text is the same that would be rendered now, whatever has changed. */
static void must_be_as_rendered_now(struct server_fixture *fixture, enum access_level access_level)
{
    struct status status = api_status(&fixture->server.api, access_level);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    char *wanted = yyjson_mut_val_write(wire_status(doc, &status), 0, NULL);
    const struct text *text = api_status_json(&fixture->server.api, access_level);
    assert_non_null(text);
    assert_string_equal(text->data, wanted);
    assert_int_equal(text->size, strlen(wanted));
    free(wanted);
    yyjson_mut_doc_free(doc);
}

static void a_status_is_rendered_once_and_never_out_of_date(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_server *server = &fixture->server;
    struct monitor_listener listener = api_listener(&server->api);
    static struct install install = {.product = "A \"product\"", .user = "S-1-5-21-1-2-3-1001"};
    const char *text[ACCESS_LEVELS];
    for (int change = 0; change < 8; change++) {
        test_clock_add(1);
        server->machine.mutex.state = change == 1 || change == 2 ? MUTEX_HELD : MUTEX_FREE;
        server->machine.ui_clients = change == 4 ? 3 : -1;
        server_sample(server);
        if (change == 5 || change == 7) {
            listener.learnt(listener.arg, change == 5 ? &install : NULL, ROLE_UNKNOWN,
                            &(struct restart){.reboot = REBOOT_UNKNOWN});
        }
        for (int level = 0; level < ACCESS_LEVELS; level++) {
            must_be_as_rendered_now(fixture, (enum access_level)level);
        }
    }
    for (int level = 0; level < ACCESS_LEVELS; level++) {
        text[level] = api_status_json(&server->api, (enum access_level)level)->data;
    }
    /* A sample that changes nothing else changes only the time, in place. */
    for (int n = 0; n < 100; n++) {
        test_clock_add(997);
        server_sample(server);
        for (int level = 0; level < ACCESS_LEVELS; level++) {
            must_be_as_rendered_now(fixture, (enum access_level)level);
            assert_ptr_equal(api_status_json(&server->api, (enum access_level)level)->data,
                             text[level]);
        }
    }
}

/* Whether or not the text was already rendered, the id is sent back as it came. */
static void ids_are_echoed_as_they_came(void **state)
{
    static const char *const ids[] = {"0",      "-1",   "12345678901234567890123456789",
                                      "1.50e3", "'a'",  "'\\u00e9\\\\'",
                                      "''",     "null", "9007199254740993"};
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        for (size_t n = 0; n < 2; n++) {
            ask(&fixture->client, ids[i], "status", n == 0 ? NULL : "{}");
            must_hear_result(&fixture->client, ids[i], "{'state':'idle','...':0}");
        }
    }
}

static void status_is_not_answered_by_a_sample_begun_well_before(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    test_clock_add(50);
    ask(&fixture->client, "1", "status", NULL);
    test_clock_add(1);
    server_sample_begun(&fixture->server, API_FRESH_MS + 2);
    must_hear_nothing(&fixture->client);
    server_sample_begun(&fixture->server, API_FRESH_MS + 1);
    must_hear_result(&fixture->client, "1",
                     "{'state':'idle','sampled_at':'2026-11-22T00:16:40.040Z','...':0}");
}

static void status_waits_at_most_100_ms_and_gives_what_is_known(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    test_clock_add(50);
    ask(&fixture->client, "1", "status", NULL);
    server_pass(&fixture->server, API_SAMPLE_WAIT_MS - 1);
    must_hear_nothing(&fixture->client);
    server_pass(&fixture->server, 1);
    must_hear_result(&fixture->client, "1",
                     "{'state':'idle','sampled_at':'2026-11-22T00:16:40.000Z','...':0}");
    assert_int_equal(fixture->client.connection.request_count, 0);
}

static void status_before_the_first_sample_is_unknown(void **state)
{
    struct rpc_limits limits = test_server_limits();
    struct test_server server;
    struct test_client client;
    (void)state;
    test_clock_stop(FIXTURE_MONO_MS);
    assert_int_equal(server_init(&server, 16, &limits), 0);
    server.slow = true;
    client_init(&server, &client);
    ask(&client, "1", "status", NULL);
    server_pass(&server, API_SAMPLE_WAIT_MS);
    must_hear_result(&client, "1",
                     "{'state':'unknown','since':'2026-11-22T00:16:40.000Z','seq':0,'reasons':[],"
                     "'mutex':{'state':'error','owner_pid':null,'owner_image':null,"
                     "'owner_foreign':null,'owner_role':null},"
                     "'msiserver':{'state':'error','controls_accepted':null,'pid':null,"
                     "'says_busy':false},'install':null,'reboot':null,'reboot_by':null,'reboot_at':"
                     "null,'activity':null,'ui_clients':null,"
                     "'suspended':false,'turns':null,'sampled_at':'2026-11-22T00:16:40.000Z'}");
    server_release(&server);
    client_release(&client);
    assert_int_equal(server.faults, 0);
    test_clock_run();
}

/* ---- params that no method has ---- */

static void more_positional_params_than_there_are_is_an_error(void **state)
{
    static const struct {
        const char *method, *params;
    } rows[] = {
        {"about", "[1]"},
        {"status", "[null]"},
        {"metrics", "['object',{}]"},
        {"history", "[0,9,null,null,1,'asc',0]"},
        {"subscribe", "[0,null,0]"},
        {"unsubscribe", "[1,1]"},
        {"wait", "['idle',0,0,true,0]"},
        {"turn.acquire", "[null,null,null,0,0,1,null,true,true,true,0]"},
        {"turn.release", "[0,1]"},
        {"turn.list", "[0]"},
        {"turn.revoke", "[1,1]"},
        {"hold", "[null,null,true,1]"},
        {"cancel", "[1,1]"},
    };
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ask(&fixture->client, "1", rows[i].method, rows[i].params);
        must_hear_error(&fixture->client, "1", -32602, "{'param':'params','takes':'$text'}");
    }
    assert_int_equal(fixture->client.connection.request_count, 0);
}

static void methods_without_params_take_empty_ones(void **state)
{
    static const char *const methods[] = {"about", "status", "metrics"};
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(methods); i++) {
        ask(&fixture->client, "1", methods[i], "[]");
        must_hear_result(&fixture->client, "1", "'$any'");
        ask(&fixture->client, "2", methods[i], "{}");
        must_hear_result(&fixture->client, "2", "'$any'");
    }
}

/* ---- history ---- */

/* Events 1 to 10, event n at 00:16:40 and n - 1 ms. */
static void live_a_little(struct server_fixture *fixture)
{
    server_toggle(&fixture->server, 9);
}

#define AT(ms) "'2026-11-22T00:16:40." ms "Z'"

static void history_gives_the_events_that_its_params_name(void **state)
{
    static const struct {
        const char *params;
        unsigned first, count;
        bool descending, more;
    } rows[] = {
        {NULL, 1, 10, false, false},
        {"{}", 1, 10, false, false},
        {"[]", 1, 10, false, false},
        {"{'after':4}", 5, 6, false, false},
        {"[4]", 5, 6, false, false},
        {"{'before':4}", 1, 3, false, false},
        {"[null,4]", 1, 3, false, false},
        {"[2,6]", 3, 3, false, false},
        {"{'since':" AT("003") "}", 4, 7, false, false},
        {"[null,null," AT("003") "]", 4, 7, false, false},
        {"{'until':" AT("003") "}", 1, 3, false, false},
        {"[null,null,null," AT("003") "]", 1, 3, false, false},
        {"{'since':" AT("003") ",'until':" AT("003") "}", 0, 0, false, false},
        {"{'since':'2026-11-22T02:16:40.003+02:00'}", 4, 7, false, false},
        {"{'since':'2026-11-22'}", 1, 10, false, false},
        {"{'until':'2026-11-22'}", 0, 0, false, false},
        {"{'limit':3}", 1, 3, false, true},
        {"[null,null,null,null,3]", 1, 3, false, true},
        {"{'limit':10}", 1, 10, false, false},
        {"{'limit':9}", 1, 9, false, true},
        {"{'order':'asc'}", 1, 10, false, false},
        {"{'order':'desc'}", 10, 10, true, false},
        {"[null,null,null,null,null,'desc']", 10, 10, true, false},
        {"{'order':'desc','limit':2}", 10, 2, true, true},
        {"{'order':'desc','limit':2,'before':9}", 8, 2, true, true},
        {"{'order':'desc','limit':2,'before':3}", 2, 2, true, false},
        {"{'after':10}", 0, 0, false, false},
        {"{'after':18446744073709551615}", 0, 0, false, false},
        {"{'before':0}", 0, 0, false, false},
        {"{'after':null,'before':null,'since':null,'until':null,'limit':null,'order':null}", 1, 10,
         false, false},
    };
    struct server_fixture *fixture = *state;
    live_a_little(fixture);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char pattern[2048] = "{'journal':'$uuid','first_seq':1,'last_seq':10,'events':[";
        size_t size = strlen(pattern);
        for (unsigned k = 0; k < rows[i].count; k++) {
            unsigned seq = rows[i].descending ? rows[i].first - k : rows[i].first + k;
            size += (size_t)snprintf(pattern + size, sizeof pattern - size,
                                     "%s{'seq':%u,'at':" AT("%03u") ",'...':0}", k == 0 ? "" : ",",
                                     seq, seq - 1);
        }
        if (rows[i].more) { /* and it continues after the last one */
            snprintf(pattern + size, sizeof pattern - size, "],'more':true,'next':%u}",
                     rows[i].descending ? rows[i].first - rows[i].count + 1
                                        : rows[i].first + rows[i].count - 1);
        } else {
            snprintf(pattern + size, sizeof pattern - size, "],'more':false}");
        }
        ask(&fixture->client, "1", "history", rows[i].params);
        must_hear_result(&fixture->client, "1", pattern);
    }
}

static void history_says_which_param_is_wrong(void **state)
{
    static const struct {
        const char *params, *wrong;
    } rows[] = {
        {"{'after':-1}", "after"},    {"{'after':1.5}", "after"},
        {"{'after':1e2}", "after"},   {"{'after':'1'}", "after"},
        {"{'after':true}", "after"},  {"{'after':18446744073709551616}", "after"},
        {"{'before':[]}", "before"},  {"[0,{}]", "before"},
        {"{'since':1}", "since"},     {"{'since':'yesterday'}", "since"},
        {"{'until':''}", "until"},    {"[0,9,null,'2026-02-30']", "until"},
        {"{'limit':0}", "limit"},     {"{'limit':257}", "limit"},
        {"{'limit':'all'}", "limit"}, {"{'limit':99999999999999999999}", "limit"},
        {"{'order':'up'}", "order"},  {"{'order':'ASC'}", "order"},
        {"{'order':1}", "order"},     {"{'after':-1,'order':1}", "after"},
    };
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char data[128];
        snprintf(data, sizeof data, "{'param':'%s','takes':'$text'}", rows[i].wrong);
        ask(&fixture->client, "1", "history", rows[i].params);
        must_hear_error(&fixture->client, "1", -32602, data);
    }
    assert_int_equal(fixture->client.connection.request_count, 0);
}

/* However many events must be searched: a client always gets a match, or the answer that there is
 * none. */
static void history_answers_with_what_matches_or_that_nothing_does(void **state)
{
    enum { HELD = 3 * FIXTURE_HELD };
    static struct server_fixture fixture;
    struct rpc_limits limits = test_server_limits();
    (void)state;
    fixture_begin(&fixture, HELD, &limits);
    int64_t begun_ms = clock_wall_ms();
    test_clock_add(5000);
    server_toggle(&fixture.server, HELD - 2);
    static const struct {
        const char *order;
        int64_t until_ms;
        const char *events;
    } rows[] = {
        {"asc", 0, "[]"},
        {"desc", 0, "[]"},
        {"desc", 5000, "[{'seq':1,'...':0}]"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char params[128], time[MSIWATCH_TIME_CHARS + 1], pattern[128];
        time_format(begun_ms + rows[i].until_ms, time);
        snprintf(params, sizeof params, "{'until':'%s','order':'%s'}", time, rows[i].order);
        snprintf(pattern, sizeof pattern, "{'events':%s,'more':false,'...':0}", rows[i].events);
        ask(&fixture.client, "1", "history", params);
        must_hear_result(&fixture.client, "1", pattern);
    }
    fixture_end(&fixture);
}

static void history_gives_64_events_unless_told_and_256_at_most(void **state)
{
    struct server_fixture *fixture = *state;
    size_t size;
    server_toggle(&fixture->server, 300);
    for (int i = 0; i < 2; i++) {
        ask(&fixture->client, "1", "history", i == 0 ? NULL : "{'limit':256}");
        const char *line = client_line(&fixture->client, &size);
        unsigned events = 0;
        for (const char *at = line; (at = strstr(at, "\"seq\":")) != NULL; at++) {
            events++;
        }
        assert_int_equal(events, i == 0 ? 64 : 256);
        assert_non_null(strstr(line, "\"more\":true"));
    }
}

/* ---- metrics ---- */

static void metrics_count_what_happens(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "'$any'");
    server_toggle(&fixture->server, 2);
    must_hear_event(&fixture->client, 1, 2);
    must_hear_event(&fixture->client, 1, 3);
    ask(&fixture->client, "2", "foobar", NULL);
    must_hear_error(&fixture->client, "2", -32601, NULL);
    ask(&fixture->client, "3", "wait", "['busy']");
    test_clock_add(998);
    ask(&fixture->client, "4", "metrics", NULL);
    must_hear_result(&fixture->client, "4",
                     "{'uptime_ms':1000,'connections':1,'connections_total':1,"
                     "'connections_rejected_total':0,'client_processes_unread_total':0,"
                     "'client_identities_unread_total':0,'subscriptions':1,'waits':1,"
                     "'requests_total':4,'errors_total':1,'over_limit_total':0,"
                     "'transitions_total':'$uint','events_sent_total':2,"
                     "'bytes_read_total':'$uint','bytes_written_total':'$uint',"
                     "'samples_total':7,'observations_merged_total':1,'install_records_total':0,"
                     "'install_records_malformed_total':0,'install_records_dropped_total':0,'"
                     "install_collisions_total':0,"
                     "'install_checks_total':0,'install_untrusted_total':0,'stalled_periods_total':"
                     "0,'sample_max_us':235,"
                     "'turns_waiting':0,'turns_total':0,'turns_expired_total':0,"
                     "'turn_collisions_total':0,'turns_wedged_total':0,"
                     "'gap_max_ms':{'calm':1003,'alert':24,'busy':22,'waited':12}}");
    assert_int_equal(fixture->server.metrics.bytes_written_total, fixture->client.received_size);
    ask(&fixture->client, "5", "metrics", "{'format':'prometheus'}");
    must_hear_result(&fixture->client, "5", "'$text'");
    ask(&fixture->client, "6", "metrics", "{'format':'xml'}");
    must_hear_error(&fixture->client, "6", -32602, "{'param':'format','takes':'$text'}");
}

int methods_tests(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(about_says_who_it_is_and_its_limits),
        WITH_SERVER(about_says_which_sensors_cannot_see),
        WITH_SERVER(status_of_a_fresh_sample_is_answered_at_once),
        WITH_SERVER(status_of_an_old_sample_waits_for_a_new_one),
        WITH_SERVER(a_status_is_rendered_once_and_never_out_of_date),
        WITH_SERVER(ids_are_echoed_as_they_came),
        WITH_SERVER(status_is_not_answered_by_a_sample_begun_well_before),
        WITH_SERVER(status_waits_at_most_100_ms_and_gives_what_is_known),
        cmocka_unit_test(status_before_the_first_sample_is_unknown),
        WITH_SERVER(more_positional_params_than_there_are_is_an_error),
        WITH_SERVER(methods_without_params_take_empty_ones),
        WITH_SERVER(history_gives_the_events_that_its_params_name),
        WITH_SERVER(history_says_which_param_is_wrong),
        cmocka_unit_test(history_answers_with_what_matches_or_that_nothing_does),
        WITH_SERVER(history_gives_64_events_unless_told_and_256_at_most),
        WITH_SERVER(metrics_count_what_happens),
    };
    return cmocka_run_group_tests_name("methods", tests, NULL, NULL);
}
