/* crowd_test.c: who asks for a page of history does not wait for all that others ask.
 *
 * 64 connections of one user ask for times that nothing has, each as much at once as it may, 256
 * times in all (all but four at once are refused),
 * of a journal of 100,000 events with an install event in each period and a clock that is set back
 * in each. Another user asks for a page and for the status, again and again, until they are done;
 * or, unless MSIWATCH_TEST_LONG is set, until it has had its share of answers. To be two users, it
 * must run as root.
 */
#include "sim_process.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 100000, CROWD = 64, ASKS = 256, IN_FLIGHT = 60, PAGES = 40, MOST_MS = 1000 };
enum { CROWDS_USER = 4711, STATUSES = 400 };

static const char *const nothing[] = {
    "{\"since\":\"1999-01-01T00:00:00Z\",\"until\":\"2001-01-01T00:00:00Z\"}",
    "{\"since\":\"1999-01-01T00:00:00Z\",\"until\":\"2001-01-01T00:00:00Z\",\"order\":\"desc\"}",
    "{\"until\":\"2001-01-01T00:00:00Z\"}",
    "{\"until\":\"2001-01-01T00:00:00Z\",\"order\":\"desc\"}",
};

struct member {
    struct sim_client client;
    unsigned asked, answered, refused;
};

/* Three events a period, ten seconds apart, with a clock that is set back by 15 s in each. */
static void fill(const char *folder)
{
    static const char *const members[] = {
        "\"kind\":\"transition\",\"from\":\"idle\",\"to\":\"busy\",\"reasons\":[\"mutex\"],"
        "\"after_ms\":10000",
        "\"kind\":\"install\",\"of\":null,\"install\":{\"source\":\"eventlog\",\"product\":"
        "\"Example\",\"version\":\"1.2.3\",\"package\":\"example.msi\",\"result\":\"success\","
        "\"status\":0,\"reboot\":\"none\"}",
        "\"kind\":\"transition\",\"from\":\"busy\",\"to\":\"idle\",\"reasons\":[],\"after_ms\":"
        "null",
        "\"kind\":\"transition\",\"from\":\"idle\",\"to\":\"unknown\",\"reasons\":[],"
        "\"after_ms\":null",
    };
    char command[1024];
    int64_t at_ms = wall_ms() - EVENTS * INT64_C(10000);
    snprintf(command, sizeof command, "%s %s", JOURNAL_FILL, folder);
    FILE *to = popen(command, "w");
    assert_non_null(to);
    for (unsigned seq = 1; seq <= EVENTS; seq++) {
        at_ms += seq % 3 == 0 ? -15000 : 10000;
        fprintf(to, "%" PRId64 " %s\n", at_ms, members[seq == EVENTS ? 3 : (seq - 1) % 3]);
    }
    assert_int_equal(pclose(to), 0);
}

static void ask_on(struct member *member)
{
    while (member->asked < ASKS && member->asked - member->answered < IN_FLIGHT) {
        client_send(&member->client, "history", nothing[member->asked++ % 4]);
    }
}

/* Takes what came; false: the connection has ended. */
static void take(struct member *member)
{
    char *line;
    assert_true(client_fill(&member->client));
    while ((line = client_next(&member->client)) != NULL) {
        bool refused = strstr(line, "\"limit\":\"history_reads\"") != NULL;
        must(refused || strstr(line, "\"events\":[]") != NULL, "not an empty page: %s", line);
        member->refused += refused;
        member->answered++;
    }
    ask_on(member);
}

struct bystander {
    struct sim_client client;
    uint64_t asked_ms, longest_ms;
    unsigned pages;
};

static void ask_page(struct bystander *bystander)
{
    client_send(&bystander->client, "history", "{\"after\":50000,\"limit\":64}");
    bystander->asked_ms = now_ms();
}

static void take_page(struct bystander *bystander)
{
    assert_true(client_fill(&bystander->client));
    char *line = client_next(&bystander->client);
    if (line == NULL) {
        return;
    }
    must(strstr(line, "{\"seq\":50001,") != NULL, "not the page: %s", line);
    uint64_t waited_ms = now_ms() - bystander->asked_ms;
    bystander->longest_ms = waited_ms > bystander->longest_ms ? waited_ms : bystander->longest_ms;
    bystander->pages++;
    ask_page(bystander);
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Who asks for the status again and again. */
struct watcher {
    struct sim_client client;
    uint64_t asked_us, took_us[STATUSES];
    unsigned answered;
};

static void ask_status(struct watcher *watcher)
{
    client_send(&watcher->client, "status", NULL);
    watcher->asked_us = uv_hrtime() / 1000;
}

static void take_status(struct watcher *watcher)
{
    assert_true(client_fill(&watcher->client));
    char *line = client_next(&watcher->client);
    if (line != NULL) {
        must(strstr(line, "\"state\"") != NULL, "not a status: %s", line);
        watcher->took_us[watcher->answered++ % STATUSES] = uv_hrtime() / 1000 - watcher->asked_us;
        ask_status(watcher);
    }
}

/* What 99 of a hundred of its statuses took at most; begins again. */
static uint64_t p99_us(struct watcher *watcher)
{
    size_t count = watcher->answered < STATUSES ? watcher->answered : STATUSES;
    qsort(watcher->took_us, count, sizeof watcher->took_us[0], compare);
    watcher->answered = 0;
    return watcher->took_us[count * 99 / 100];
}

static uint64_t p99_us_alone(struct watcher *watcher)
{
    struct pollfd source = {.fd = watcher->client.fd, .events = POLLIN};
    ask_status(watcher);
    while (watcher->answered < STATUSES && poll(&source, 1, 1000) > 0) {
        take_status(watcher);
    }
    assert_int_equal(watcher->answered, STATUSES);
    return p99_us(watcher);
}

static void a_page_waits_a_second_at_most_whatever_others_ask(void **state)
{
    static const char *const options[] = {"--connections-process", "200", NULL};
    static struct member crowd[CROWD];
    struct pollfd sources[CROWD + 2];
    struct bystander bystander = {.pages = 0};
    struct sim_process sim;
    static struct watcher watcher;
    unsigned answered = 0, refused = 0, patience_ms = fixture_setting("MSIWATCH_CROWD_MS", 20000);
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root can be two users\n");
        skip();
    }
    sim_begin(&sim);
    assert_int_equal(chmod(sim.folder, 0711), 0);
    fill(sim.data);
    sim_start(&sim, options);
    client_begin(&bystander.client, &sim);
    client_begin(&watcher.client, &sim);
    assert_int_equal(chmod(sim.pipe, 0666), 0);
    uint64_t alone_us = p99_us_alone(&watcher);
    assert_int_equal(seteuid(CROWDS_USER), 0);
    for (unsigned i = 0; i < CROWD; i++) {
        client_begin(&crowd[i].client, &sim);
        sources[i] = (struct pollfd){.fd = crowd[i].client.fd, .events = POLLIN};
        ask_on(&crowd[i]);
    }
    assert_int_equal(seteuid(0), 0);
    sources[CROWD] = (struct pollfd){.fd = bystander.client.fd, .events = POLLIN};
    sources[CROWD + 1] = (struct pollfd){.fd = watcher.client.fd, .events = POLLIN};
    uv_sleep(100); /* so that all of that waits */
    uint64_t begun_ms = now_ms();
    ask_page(&bystander);
    while (answered < CROWD * ASKS && (is_long() || bystander.pages < PAGES)) {
        must(now_ms() - bystander.asked_ms < patience_ms,
             "a page was not there after %u ms, behind %u others", patience_ms, answered);
        assert_true(poll(sources, CROWD + 2, 100) >= 0);
        answered = refused = 0;
        for (unsigned i = 0; i < CROWD; i++) {
            if (sources[i].revents != 0) {
                take(&crowd[i]);
            }
            answered += crowd[i].answered;
            refused += crowd[i].refused;
        }
        if (sources[CROWD].revents != 0) {
            take_page(&bystander);
        }
        if (sources[CROWD + 1].revents != 0) {
            take_status(&watcher);
        }
    }
    assert_true(watcher.answered > 0);
    uint64_t crowded_us = p99_us(&watcher);
    print_message("%u queries that match nothing in %" PRIu64 " ms; of %u pages one waited %" PRIu64
                  " ms at most\n",
                  answered, now_ms() - begun_ms, bystander.pages, bystander.longest_ms);
    print_message("%u were refused\n", refused);
    assert_true(bystander.pages > 0);
    assert_true(refused > 0 && refused < answered);
    must(bystander.longest_ms <= MOST_MS, "a page waited %" PRIu64 " ms", bystander.longest_ms);
    for (unsigned i = 0; i < CROWD; i++) {
        client_end(&crowd[i].client);
    }
    print_message("99 of 100 statuses took %" PRIu64 " us, alone %" PRIu64 " us\n", crowded_us,
                  alone_us);
    client_end(&watcher.client);
    client_end(&bystander.client);
    sim_end(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_waits_a_second_at_most_whatever_others_ask),
    };
    return cmocka_run_group_tests_name("record.crowd", tests, NULL, NULL);
}
