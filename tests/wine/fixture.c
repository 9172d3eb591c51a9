/* fixture.c: the real service under the SCM, and what it says. */
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t fixture_number(const char *variable, uint32_t otherwise)
{
    const char *text = getenv(variable);
    return text != NULL && *text != '\0' ? (uint32_t)strtoul(text, NULL, 10) : otherwise;
}

const char *fixture_rig(void)
{
    static char path[MAX_PATH + 16];
    must(GetModuleFileNameA(NULL, path, MAX_PATH) != 0, "no name of my own");
    snprintf(strrchr(path, '\\') + 1, 16, "msirig.exe");
    return path;
}

DWORD service_state(void)
{
    SERVICE_STATUS status = {0};
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceA(manager, "MsiWatch", SERVICE_QUERY_STATUS);
    if (service != NULL) {
        QueryServiceStatus(service, &status);
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
    return status.dwCurrentState;
}

void service_must_begin(const char *options)
{
    run_well("msiwatchd install --unsafe-image %s", options);
    run_well("msiwatchd start");
    must(service_state() == SERVICE_RUNNING, "the service was started but does not run");
}

int service_end(void **state)
{
    (void)state;
    if (service_state() == SERVICE_RUNNING) {
        run("msiwatchd stop");
    }
    if (service_state() != 0) {
        run("msiwatchd uninstall");
    }
    return 0;
}

void msiserver_must_be(int controls)
{
    DWORD error = standin_install(fixture_rig());
    must(error == ERROR_SUCCESS, "installing the stand-in msiserver: error %lu", error);
    if (controls != 0) {
        error = standin_start((enum standin_controls)controls, 0);
        must(error == ERROR_SUCCESS, "starting the stand-in msiserver: error %lu", error);
    }
}

void must_open(struct talk *talk)
{
    must(talk_open(talk, LIMIT_MS), "no connection to the service: error %lu", talk->error);
}

static yyjson_doc *must_ask(struct talk *talk, const char *method, const char *params)
{
    yyjson_doc *reply = talk_ask(talk, method, params, LIMIT_MS);
    must(reply != NULL, "no answer to %s: error %lu", method, talk->error);
    return reply;
}

static void copy(char *to, size_t size, yyjson_doc *doc, const char *pointer)
{
    snprintf(to, size, "%s", talk_text(doc, pointer));
}

struct seen_status must_ask_status(struct talk *talk)
{
    struct seen_status told = {0};
    yyjson_doc *reply = must_ask(talk, "status", NULL);
    copy(told.state, sizeof told.state, reply, "/result/state");
    copy(told.mutex, sizeof told.mutex, reply, "/result/mutex/state");
    copy(told.msiserver, sizeof told.msiserver, reply, "/result/msiserver/state");
    talk_words(reply, "/result/reasons", told.reasons, sizeof told.reasons);
    told.controls = talk_number(reply, "/result/msiserver/controls_accepted");
    told.says_busy = yyjson_get_bool(yyjson_doc_ptr_get(reply, "/result/msiserver/says_busy"));
    told.seq = talk_number(reply, "/result/seq");
    yyjson_doc_free(reply);
    must(told.state[0] != '\0', "status has no state");
    return told;
}

static bool is(const char *expected, const char *told)
{
    return expected == NULL || strcmp(expected, told) == 0;
}

struct seen_status must_become_status(struct talk *talk, const char *state, const char *reasons,
                                      const char *mutex, const char *msiserver)
{
    int64_t end = rig_now_ms() + LIMIT_MS;
    for (;;) {
        struct seen_status told = must_ask_status(talk);
        if (is(state, told.state) && is(reasons, told.reasons) && is(mutex, told.mutex) &&
            is(msiserver, told.msiserver)) {
            return told;
        }
        must(rig_now_ms() < end, "stays %s (%s), mutex %s, msiserver %s; not %s (%s), %s, %s",
             told.state, told.reasons, told.mutex, told.msiserver, state, reasons, mutex,
             msiserver);
        Sleep(2);
    }
}

void must_settle(struct talk *talk)
{
    for (int64_t end = rig_now_ms() + LIMIT_MS;; Sleep(2)) {
        yyjson_doc *status = must_ask(talk, "status", NULL);
        yyjson_doc *last = must_ask(talk, "history", "{\"limit\":1,\"order\":\"desc\"}");
        const char *since = talk_text(status, "/result/since");
        bool settled = strcmp(since, talk_text(last, "/result/events/0/at")) == 0;
        must(settled || rig_now_ms() < end, "no event of %s in the journal", since);
        yyjson_doc_free(status);
        yyjson_doc_free(last);
        if (settled) {
            return;
        }
    }
}

void must_watch(struct watcher *watcher)
{
    struct talk talk;
    must_open(&talk);
    must_settle(&talk);
    talk_close(&talk);
    must(watcher_start(watcher, -1), "not subscribed: error %lu", watcher->talk.error);
}

void must_serve(int64_t waits, int64_t subscriptions)
{
    struct talk talk;
    must_open(&talk);
    int64_t now_waits = -1, now_subscriptions = -1;
    for (int64_t end = rig_now_ms() + LIMIT_MS;
         now_waits != waits || now_subscriptions != subscriptions; Sleep(2)) {
        yyjson_doc *reply = must_ask(&talk, "metrics", NULL);
        now_waits = talk_number(reply, "/result/waits");
        now_subscriptions = talk_number(reply, "/result/subscriptions");
        yyjson_doc_free(reply);
        must(rig_now_ms() < end, "serves %" PRId64 " waits, %" PRId64 " subscriptions", now_waits,
             now_subscriptions);
    }
    talk_close(&talk);
}

struct gaps must_ask_gaps(struct talk *talk)
{
    yyjson_doc *reply = must_ask(talk, "metrics", NULL);
    struct gaps gaps = {
        .calm = talk_number(reply, "/result/gap_max_ms/calm"),
        .alert = talk_number(reply, "/result/gap_max_ms/alert"),
        .busy = talk_number(reply, "/result/gap_max_ms/busy"),
        .waited = talk_number(reply, "/result/gap_max_ms/waited"),
        .slack = talk_number(reply, "/result/sample_max_us") / 1000 + 3,
    };
    yyjson_doc_free(reply);
    must(gaps.calm >= 0 && gaps.alert >= 0 && gaps.busy >= 0 && gaps.waited >= 0 && gaps.slack > 0,
         "metrics has no gap_max_ms");
    return gaps;
}

void gaps_print(const struct gaps *gaps)
{
    print_message("largest gaps between samples: calm %" PRId64 " ms, alert %" PRId64
                  " ms, busy %" PRId64 " ms, waited %" PRId64 " ms\n",
                  gaps->calm, gaps->alert, gaps->busy, gaps->waited);
}

int64_t gaps_most(const struct gaps *gaps)
{
    int64_t most = gaps->calm;
    most = gaps->alert > most ? gaps->alert : most;
    most = gaps->busy > most ? gaps->busy : most;
    return gaps->waited > most ? gaps->waited : most;
}
