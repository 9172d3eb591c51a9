/* many_clients_test.c: 64 clients at once, asking for the status, waiting and subscribed: each is
 * sent everything, once, in order. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define CLIENTS 64
#define ROUNDS 20
#define CHANGES 40 /* two a round */

/* A client with a thread of its own; what it says is read after the thread has ended. */
struct client {
    HANDLE thread;
    volatile LONG *stop;
    volatile LONG done; /* statuses asked for, or changes waited for */
    struct talk talk;
    char wrong[160]; /* "" if all was right */
};

static DWORD WINAPI ask_on_and_on(void *arg)
{
    struct client *client = arg;
    while (!*client->stop && client->wrong[0] == '\0') {
        yyjson_doc *reply = talk_ask(&client->talk, "status", NULL, LIMIT_MS);
        const char *state = talk_text(reply, "/result/state");
        bool held = strcmp(talk_text(reply, "/result/mutex/state"), "held") == 0;
        if (strcmp(state, held ? "busy" : "idle") != 0) {
            snprintf(client->wrong, sizeof client->wrong, "status %s, error %lu", state,
                     client->talk.error);
        }
        yyjson_doc_free(reply);
        InterlockedIncrement(&client->done);
        Sleep(20);
    }
    return 0;
}

/* Waits for busy, for idle, for busy... */
static DWORD WINAPI wait_on_and_on(void *arg)
{
    struct client *client = arg;
    for (int i = 0; i < CHANGES && client->wrong[0] == '\0'; i++) {
        const char *state = i % 2 == 0 ? "busy" : "idle";
        char params[64];
        snprintf(params, sizeof params, "{\"for\":\"%s\",\"timeout_ms\":%u}", state, LIMIT_MS);
        yyjson_doc *reply = talk_ask(&client->talk, "wait", params, 2 * LIMIT_MS);
        const char *told = talk_text(reply, "/result/status/state");
        if (strcmp(told, state) != 0) {
            snprintf(client->wrong, sizeof client->wrong, "wait for %s: %s, code %lld, error %lu",
                     state, told, (long long)talk_number(reply, "/error/code"), client->talk.error);
        }
        yyjson_doc_free(reply);
        InterlockedIncrement(&client->done);
    }
    return 0;
}

struct crowd {
    struct client clients[CLIENTS];
    struct watcher watchers[CLIENTS];
    volatile LONG stop;
};

/* A third of them each: statuses, waits, subscriptions. */
static bool is_watcher(int i)
{
    return i % 3 == 2;
}

static bool is_waiter(int i)
{
    return i % 3 == 1;
}

static void gather(struct crowd *crowd)
{
    struct talk talk;
    must_open(&talk);
    must_settle(&talk);
    talk_close(&talk);
    for (int i = 0; i < CLIENTS; i++) {
        struct client *client = &crowd->clients[i];
        if (is_watcher(i)) {
            must(watcher_start(&crowd->watchers[i], -1), "client %d: not subscribed", i);
            continue;
        }
        must_open(&client->talk);
        client->stop = &crowd->stop;
    }
    for (int i = 0; i < CLIENTS; i++) {
        struct client *client = &crowd->clients[i];
        if (!is_watcher(i)) {
            client->thread = CreateThread(NULL, 0, is_waiter(i) ? wait_on_and_on : ask_on_and_on,
                                          client, 0, NULL);
            must(client->thread != NULL, "client %d: no thread", i);
        }
    }
}

/* Until all who wait have been answered `answers` times: so nobody misses a change. */
static bool all_were_told(struct crowd *crowd, LONG answers)
{
    for (int i = 0; i < CLIENTS; i++) {
        if (is_waiter(i) && crowd->clients[i].done < answers &&
            crowd->clients[i].wrong[0] == '\0') {
            return false;
        }
    }
    return true;
}

static void check_watcher(struct watcher *watcher, int client)
{
    size_t last;
    must(watcher_await(watcher, CHANGES - 1, "idle", LIMIT_MS, &last),
         "client %d: heard of %u changes instead of %d", client, (unsigned)watcher_count(watcher),
         CHANGES);
    must(watcher_is_whole(watcher), "client %d: events out of order", client);
    assert_int_equal(watcher_count(watcher), CHANGES);
    for (size_t i = 0; i < CHANGES; i++) {
        struct seen seen = watcher_event(watcher, i);
        assert_string_equal(seen.from, i % 2 == 0 ? "idle" : "busy");
        assert_string_equal(seen.to, i % 2 == 0 ? "busy" : "idle");
    }
}

static void dismiss(struct crowd *crowd)
{
    InterlockedExchange(&crowd->stop, 1);
    for (int i = 0; i < CLIENTS; i++) {
        struct client *client = &crowd->clients[i];
        if (client->thread != NULL) {
            must(WaitForSingleObject(client->thread, 3 * LIMIT_MS) == WAIT_OBJECT_0,
                 "client %d does not end", i);
            CloseHandle(client->thread);
        }
        talk_close(&client->talk);
        must(client->wrong[0] == '\0', "client %d: %s", i, client->wrong);
        must(is_watcher(i) || client->done > 0, "client %d was never answered", i);
        watcher_stop(&crowd->watchers[i]);
    }
}

static void every_one_of_64_clients_gets_everything_once_in_order(void **state)
{
    static struct crowd crowd;
    static struct holder holder;
    (void)state;
    gather(&crowd);
    holder_open(&holder, NULL);
    for (LONG round = 0; round < ROUNDS; round++) {
        holder_take(&holder);
        must_become(all_were_told(&crowd, 2 * round + 1));
        holder_release(&holder);
        must_become(all_were_told(&crowd, 2 * round + 2));
    }
    for (int i = 0; i < CLIENTS; i++) {
        if (is_watcher(i)) {
            check_watcher(&crowd.watchers[i], i);
        }
    }
    dismiss(&crowd);
    holder_close(&holder);
    struct talk talk;
    must_open(&talk);
    struct gaps gaps = must_ask_gaps(&talk);
    gaps_print(&gaps);
    talk_close(&talk);
}

static int begin(void **state)
{
    (void)state;
    msiserver_must_be(STANDIN_STOP_SHUTDOWN);
    service_must_begin("--flapping 1000");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_one_of_64_clients_gets_everything_once_in_order),
    };
    return cmocka_run_group_tests(tests, begin, service_end);
}
