/* stop_test.c: stopping the service while 64 clients are connected, and what msiwatch does then. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define CLIENTS 64

static int begin(void **state)
{
    (void)state;
    msiserver_must_be(0);
    service_must_begin("");
    return 0;
}

/* Asks the SCM to stop it; when, in ms. */
static int64_t must_ask_stop(void)
{
    SERVICE_STATUS status;
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceA(manager, "MsiWatch", SERVICE_STOP | SERVICE_QUERY_STATUS);
    must(service != NULL, "OpenService: error %lu", GetLastError());
    int64_t asked = rig_now_ms();
    must(ControlService(service, SERVICE_CONTROL_STOP, &status), "STOP: error %lu", GetLastError());
    CloseServiceHandle(manager);
    CloseServiceHandle(service);
    return asked;
}

/* And waits for that. How long it took, in ms. */
static int64_t must_have_stopped(int64_t asked)
{
    must_become(service_state() == SERVICE_STOPPED);
    return rig_now_ms() - asked;
}

static int64_t must_stop(void)
{
    return must_have_stopped(must_ask_stop());
}

enum kind {
    WAITS,      /* one request in flight */
    SUBSCRIBED, /* none */
    BOTH,       /* two requests in flight, and subscribed */
    DEAF,       /* the same, and reads nothing until the stop is over */
    KINDS,
};

struct client {
    struct talk talk;
    int refused; /* -32002 came so many times */
    bool closing;
};

static enum kind kind_of(int i)
{
    return i == 0 ? DEAF : (enum kind)(i % DEAF);
}

static int requests_of(enum kind kind)
{
    static const int requests[KINDS] = {1, 0, 2, 2};
    return requests[kind];
}

static void connect_client(struct client *client, enum kind kind)
{
    must_open(&client->talk);
    if (kind != WAITS) {
        yyjson_doc *reply = talk_ask(&client->talk, "subscribe", NULL, LIMIT_MS);
        must(talk_number(reply, "/result/subscription") >= 0, "not subscribed");
        yyjson_doc_free(reply);
    }
    for (int i = 0; i < requests_of(kind); i++) {
        must(talk_request(&client->talk, "wait", "{\"for\":\"busy\"}") > 0, "not sent: error %lu",
             client->talk.error);
    }
}

/* Reads up to closing, before which replies with -32002 come. */
static void read_to_closing(struct client *client, int number)
{
    yyjson_doc *doc;
    while (!client->closing && (doc = talk_read(&client->talk, LIMIT_MS)) != NULL) {
        bool refused = talk_number(doc, "/error/code") == -32002;
        bool closing = strcmp(talk_text(doc, "/method"), "closing") == 0 &&
                       strcmp(talk_text(doc, "/params/reason"), "shutdown") == 0;
        bool event = strcmp(talk_text(doc, "/method"), "event") == 0;
        must(refused || closing || event, "client %d: told something else", number);
        client->refused += refused;
        client->closing = closing;
        yyjson_doc_free(doc);
    }
}

/* Nothing follows but the end, also for those who did not close their handles; they are
 * disconnected, and then nothing that they have not read is left. */
static void must_be_at_the_end(struct client *client, int number)
{
    yyjson_doc *doc = talk_read(&client->talk, LIMIT_MS);
    must(doc == NULL, "client %d: told something after closing, or after it was disconnected",
         number);
    must(client->talk.error == ERROR_BROKEN_PIPE || client->talk.error == ERROR_NO_DATA ||
             client->talk.error == ERROR_PIPE_NOT_CONNECTED,
         "client %d: error %lu instead of a closed pipe", number, client->talk.error);
}

static void a_stop_answers_and_tells_everybody_within_2_s(void **state)
{
    static struct client clients[CLIENTS];
    int64_t waits = 0, subscriptions = 0;
    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        connect_client(&clients[i], kind_of(i));
        waits += requests_of(kind_of(i));
        subscriptions += kind_of(i) != WAITS;
    }
    must_serve(waits, subscriptions);
    int64_t asked = must_ask_stop();
    for (int i = 1; i < CLIENTS; i++) {
        read_to_closing(&clients[i], i);
        must(clients[i].closing, "client %d was not told closing", i);
        assert_int_equal(clients[i].refused, requests_of(kind_of(i)));
    }
    int64_t took = must_have_stopped(asked);
    print_message("stopped in %d ms\n", (int)took);
    assert_in_range(took, 0, 2000);
    for (int i = 0; i < CLIENTS; i++) {
        must_be_at_the_end(&clients[i], i);
        talk_close(&clients[i].talk);
    }
    run_well("msiwatchd start");
}

static void with_no_reconnect_watch_and_wait_end_with_1062(void **state)
{
    (void)state;
    struct child *watch = child_must_start("msiwatch watch --no-reconnect --json");
    struct child *wait = child_must_start("msiwatch wait --for busy --no-reconnect");
    must_serve(1, 1);
    must_stop();
    child_must_exit(watch, ERROR_SERVICE_NOT_ACTIVE);
    child_must_exit(wait, ERROR_SERVICE_NOT_ACTIVE);
    child_free(watch);
    child_free(wait);
    run_well("msiwatchd start");
}

/* The service is back a second after it went, as when it is updated. */
static void watch_and_wait_go_on_within_5_s_of_the_service_being_back(void **state)
{
    static struct holder holder;
    (void)state;
    struct child *watch = child_must_start("msiwatch watch --json");
    struct child *wait = child_must_start("msiwatch wait --for busy --timeout 60s");
    must_serve(1, 1);
    must_stop();
    Sleep(1000);
    run_well("msiwatchd start");
    int64_t back = rig_now_ms();
    holder_open(&holder, NULL);
    holder_take(&holder);
    child_must_exit(wait, ERROR_SUCCESS);
    child_must_print(watch, "\"busy\"");
    int64_t took = rig_now_ms() - back;
    print_message("both went on within %d ms\n", (int)took);
    assert_in_range(took, 0, 5000);
    holder_close(&holder);
    child_free(watch);
    child_free(wait);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_answers_and_tells_everybody_within_2_s),
        cmocka_unit_test(with_no_reconnect_watch_and_wait_end_with_1062),
        cmocka_unit_test(watch_and_wait_go_on_within_5_s_of_the_service_being_back),
    };
    return cmocka_run_group_tests(tests, begin, service_end);
}
