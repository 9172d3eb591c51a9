/* resume_test.c: the whole service with many events, and clients that come back from far behind.
 *
 * MSIWATCH_TEST_LONG=1 is the long form.
 */
#include "sim_process.h"

#include "fill.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static void with_100000_events_it_answers_within_a_second(void **state)
{
    struct sim_process sim;
    (void)state;
    sim_begin(&sim);
    assert_true(fill_folder(sim.data, 100000, wall_ms()));
    uint64_t begun = now_ms();
    sim_start(&sim, NULL);
    assert_true(sim_number(&sim, "about", "journal/last_seq") >= 100000);
    uint64_t took = now_ms() - begun;
    print_message("answered %" PRIu64 " ms after it was started\n", took);
    must(took < 1000 || getenv("MSIWATCH_TEST_SLOW") != NULL, "it took %" PRIu64 " ms", took);
    sim_end(&sim);
}

struct client {
    struct sim_client client;
    uint64_t last;
    char journal[37]; /* that its reply named */
    bool replied, ended;
};

enum { CLIENTS = 200 };
static struct client clients[CLIENTS];

static uint64_t least(void)
{
    uint64_t last = UINT64_MAX;
    for (unsigned i = 0; i < CLIENTS; i++) {
        last = clients[i].last < last ? clients[i].last : last;
    }
    return last;
}

static void take_reply(struct client *client, const char *line)
{
    static const char key[] = "\"journal\":\"";
    const char *journal = strstr(line, key);
    must(journal != NULL && strstr(line, "\"reset\":false") != NULL, "%s", line);
    journal += sizeof key - 1;
    must(client->journal[0] == '\0' || strncmp(client->journal, journal, 36) == 0,
         "another journal: %s", line);
    memcpy(client->journal, journal, 36);
    client->replied = true;
}

/* The next event is the next seq, or the client fails. */
static void take_lines(struct client *client)
{
    char *line;
    uint64_t seq;
    size_t size;
    client->ended = !client_fill(&client->client);
    while ((line = client_next(&client->client)) != NULL) {
        if (event_in(line, &size, &seq) != NULL) {
            must(seq == client->last + 1, "seq %" PRIu64 " after %" PRIu64, seq, client->last);
            client->last = seq;
        } else {
            must(!client->replied, "neither a reply nor an event: %s", line);
            take_reply(client, line);
        }
    }
}

/* All of them, at once, each behind the last event that it has. */
static void subscribe_all(const struct sim_process *sim)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct client *client = &clients[i];
        char params[128];
        int size = snprintf(params, sizeof params, "{\"after\":%" PRIu64, client->last);
        snprintf(params + size, sizeof params - (size_t)size,
                 client->journal[0] == '\0' ? "}" : ",\"journal\":\"%s\"}", client->journal);
        client->replied = client->ended = false;
        client_begin(&client->client, sim);
        client_send(&client->client, "subscribe", params);
    }
}

/* Reads until the least of them has that event, or all connections have ended. The number of events
 * that came. */
static uint64_t read_until(uint64_t last)
{
    static struct pollfd sources[CLIENTS];
    uint64_t events = 0;
    unsigned ended = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
        sources[i] = (struct pollfd){clients[i].client.fd, POLLIN, 0};
    }
    while (least() < last && ended < CLIENTS) {
        must(poll(sources, CLIENTS, 20000) > 0, "nothing comes any more");
        for (unsigned i = 0; i < CLIENTS; i++) {
            if (sources[i].revents == 0) {
                continue;
            }
            uint64_t before = clients[i].last;
            take_lines(&clients[i]);
            events += clients[i].last - before;
            if (clients[i].ended) {
                must(last == UINT64_MAX, "a connection has ended at %" PRIu64, clients[i].last);
                sources[i].fd = -1;
                ended++;
            }
        }
    }
    return events;
}

static void end_all(void)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        client_end(&clients[i].client);
    }
}

/* They are killed off in the middle of it, each somewhere else. */
static void two_hundred_clients_come_back_at_once_after_a_kill(void **state)
{
    uint64_t events = is_long() ? 10000 : 1500;
    struct sim_process sim;
    static const char *const options[] = {"--connections-process", "1800", NULL};
    (void)state;
    memset(clients, 0, sizeof clients);
    sim_begin(&sim);
    assert_true(fill_folder(sim.data, events, wall_ms()));
    sim_start(&sim, options);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i].last = i * 37 % events;
    }
    subscribe_all(&sim);
    read_until(events / 4);
    sim_send(&sim, "steps 1000 1"); /* and things go on */
    read_until(events / 3);
    sim_kill(&sim);
    read_until(UINT64_MAX); /* what had been sent */
    end_all();
    uint64_t first = least(), caught_up = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
        caught_up += clients[i].last >= events;
        must(clients[i].replied, "client %u was never answered", i);
    }

    sim_start(&sim, options);
    uint64_t begun = now_ms();
    subscribe_all(&sim);
    sim_do(&sim, "steps 5 5");
    uint64_t last = sim_number(&sim, "about", "journal/last_seq");
    assert_true(last > events + 10);
    uint64_t came = read_until(last);
    print_message("%d clients were killed off at %" PRIu64 " or later, %" PRIu64
                  " of them caught up; and had %" PRIu64 " more events, up to %" PRIu64 ", %" PRIu64
                  " ms after they came back\n",
                  CLIENTS, first, caught_up, came, last, now_ms() - begun);
    for (unsigned i = 0; i < CLIENTS; i++) {
        assert_true(clients[i].replied);
    }
    end_all();
    sim_end(&sim);
}

/* How long it takes from a transition until a subscriber knows, a few times. */
static void measure(struct sim_process *sim, struct sim_client *client, uint64_t us[],
                    unsigned times)
{
    struct seen seen;
    for (unsigned i = 0; i < times; i++) {
        uint64_t begun = uv_hrtime();
        sim_send(sim, i % 2 == 0 ? "mutex held" : "mutex free");
        client_next_event(client, &seen);
        us[i] = (uv_hrtime() - begun) / 1000;
        uv_sleep(3);
    }
}

static int by_size(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return one < other ? -1 : one > other;
}

static uint64_t p99(uint64_t us[], unsigned times)
{
    qsort(us, times, sizeof *us, by_size);
    return us[times - 1 - times / 100];
}

/* A subscriber that comes back from far behind as soon as it has caught up, again and again. */
struct lagger {
    const struct sim_process *sim;
    uint64_t last;
    unsigned rounds;
    _Atomic bool stop;
};

static void lag(void *arg)
{
    struct lagger *lagger = arg;
    while (!lagger->stop) {
        struct client client = {0};
        client_begin(&client.client, lagger->sim);
        client_send(&client.client, "subscribe", "{\"after\":0}");
        while (client.last < lagger->last && !lagger->stop) {
            const char *line = client_line(&client.client, 20000);
            uint64_t seq;
            size_t size;
            if (line != NULL && event_in(line, &size, &seq) != NULL) {
                client.last = seq;
            }
        }
        client_end(&client.client);
        lagger->rounds++;
    }
}

/* What others notice of one that catches up, and of one that never reads what it asked for. A
 * machine that is busy shows more than the service does: so the comparison is with the same load on
 * another service, turn by turn. */
static void others_notice_nothing(struct sim_process *sim, struct sim_client *other, uint64_t last)
{
    enum { TURN = 50, MOST = 1000 };
    static uint64_t apart_us[MOST], together_us[MOST];
    unsigned times = is_long() ? MOST : TURN * 2, rounds = 0;
    struct sim_process elsewhere;
    struct sim_client deaf;
    sim_begin(&elsewhere);
    assert_true(fill_folder(elsewhere.data, last - 1, wall_ms()));
    sim_start(&elsewhere, NULL);
    client_begin(&deaf, sim);
    client_send(&deaf, "subscribe", "{\"after\":0}");
    for (unsigned i = 0; i < times * 2; i += TURN) {
        bool apart = i / TURN % 2 == 0;
        struct lagger lagger = {.sim = apart ? &elsewhere : sim, .last = last};
        uv_thread_t thread;
        assert_int_equal(uv_thread_create(&thread, lag, &lagger), 0);
        measure(sim, other, (apart ? apart_us : together_us) + i / TURN / 2 * TURN, TURN);
        lagger.stop = true;
        uv_thread_join(&thread);
        rounds += apart ? 0 : lagger.rounds;
    }
    client_end(&deaf);
    sim_end(&elsewhere);
    uint64_t apart = p99(apart_us, times), together = p99(together_us, times);
    print_message("p99 of a subscriber while another catches up (%u times): %" PRIu64
                  " us, on another service: %" PRIu64 " us, %.2f times\n",
                  rounds, together, apart, (double)together / (double)apart);
    must(!is_long() || together <= apart * 3 / 2, "others waited for it");
}

/* `kept`: of the `events`, or 0 for all. */
static void resume_after_standing_still(uint64_t events, const char *const options[], uint64_t kept)
{
    struct sim_process sim;
    struct client still = {0};
    struct sim_client other;
    uint64_t got = 0, last = events + 1;
    unsigned gaps = 0;
    sim_begin(&sim);
    assert_true(fill_folder(sim.data, events, wall_ms()));
    sim_start(&sim, options);
    sim_wait_for_seq(&sim, last);
    if (kept != 0) {
        uint64_t until = now_ms() + 20000;
        while (sim_number(&sim, "about", "journal/first_seq") != last - kept + 1) {
            assert_true(now_ms() < until);
        }
    }
    client_begin(&still.client, &sim);
    client_send(&still.client, "subscribe", "{\"after\":0}");
    while (still.last < last) {
        char *line = client_line(&still.client, 20000);
        uint64_t seq;
        size_t size;
        must(line != NULL, "nothing comes any more at %" PRIu64, still.last);
        if (event_in(line, &size, &seq) != NULL) {
            must(seq == still.last + 1, "seq %" PRIu64 " after %" PRIu64, seq, still.last);
            still.last = seq;
            got++;
        } else if (strstr(line, "\"method\":\"gap\"") != NULL) {
            assert_non_null(strstr(line, "\"from\":1,"));
            still.last = strtoull(strstr(line, "\"to\":") + 5, NULL, 10);
            gaps++;
        }
    }
    print_message("%" PRIu64 " events and %u gaps\n", got, gaps);
    assert_int_equal(got, kept == 0 ? last : kept);
    assert_int_equal(gaps, kept == 0 ? 0 : 1);
    client_end(&still.client);

    client_begin(&other, &sim);
    client_subscribe(&other, NULL);
    others_notice_nothing(&sim, &other, last);
    client_end(&other);
    sim_end(&sim);
}

static void a_subscriber_that_stood_still_gets_all_in_order(void **state)
{
    (void)state;
    resume_after_standing_still(10000, NULL, 0);
}

static void what_is_no_longer_kept_is_one_gap(void **state)
{
    static const char *const options[] = {"--retention-rows", "5000", NULL};
    (void)state;
    resume_after_standing_still(10000, options, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_100000_events_it_answers_within_a_second),
        cmocka_unit_test(two_hundred_clients_come_back_at_once_after_a_kill),
        cmocka_unit_test(a_subscriber_that_stood_still_gets_all_in_order),
        cmocka_unit_test(what_is_no_longer_kept_is_one_gap),
    };
    return cmocka_run_group_tests_name("record.resume", tests, NULL, NULL);
}
