/* kill_test.c: the service is killed without warning, again and again, while transitions happen.
 * What a subscriber was told is in history, to the byte; no seq is given twice; the file is sound.
 *
 * MSIWATCH_KILLS is how often (20).
 */
#include "sim_process.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Everything that was ever delivered. */
struct told {
    char **events; /* of seq n at n */
    uint64_t last, room, count;
    char journal[37];
};

static void remember(struct told *told, const char *event, size_t size, uint64_t seq)
{
    if (seq >= told->room) {
        uint64_t room = seq * 2 + 64;
        told->events = realloc(told->events, room * sizeof *told->events);
        assert_non_null(told->events);
        memset(told->events + told->room, 0, (room - told->room) * sizeof *told->events);
        told->room = room;
    }
    must(seq == told->last + 1, "seq %" PRIu64 " was told after %" PRIu64, seq, told->last);
    told->events[seq] = strndup(event, size);
    told->last = seq;
    told->count++;
}

/* Takes every line there is, until the connection ends or that much time has passed. */
static void listen_for(struct sim_client *client, struct told *told, unsigned ms)
{
    uint64_t until = now_ms() + ms;
    for (;;) {
        uint64_t now = now_ms(), seq;
        size_t size;
        char *line = now > until ? NULL : client_line(client, (unsigned)(until - now));
        if (line == NULL) {
            return;
        }
        const char *event = event_in(line, &size, &seq);
        if (event != NULL) {
            remember(told, event, size, seq);
        }
        must(strstr(line, "\"method\":\"gap\"") == NULL && strstr(line, "\"reset\":true") == NULL &&
                 strstr(line, "\"method\":\"reset\"") == NULL,
             "%s", line);
    }
}

static void resume(struct sim_client *client, struct told *told)
{
    char params[96] = "{\"after\":0}";
    if (told->journal[0] != '\0') {
        snprintf(params, sizeof params, "{\"after\":%" PRIu64 ",\"journal\":\"%s\"}", told->last,
                 told->journal);
    }
    yyjson_doc *reply = client_ask(client, "subscribe", params);
    yyjson_val *result = result_of(reply);
    assert_false(yyjson_get_bool(yyjson_obj_get(result, "reset")));
    snprintf(told->journal, sizeof told->journal, "%s",
             yyjson_get_str(yyjson_obj_get(result, "journal")));
    yyjson_doc_free(reply);
}

/* As it was left, before anything opens it but the check. */
static void must_be_in_the_file(const struct sim_process *sim, const struct told *told)
{
    struct journal_fixture fixture = sim_desk(sim), copy;
    fixture_begin(&copy);
    fixture_copy(&fixture, &copy); /* or the check would recover it for the service */
    fixture_check_file(&copy);
    if (told->last > 0) {
        char query[96], *text = malloc(65536);
        assert_non_null(text);
        uint64_t first = told->last > 100 ? told->last - 100 : 1;
        snprintf(query, sizeof query,
                 "SELECT json FROM events WHERE seq BETWEEN %" PRIu64 " AND %" PRIu64
                 " ORDER BY seq",
                 first, told->last);
        fixture_query(&copy, query, text, 65536);
        char *line = text;
        for (uint64_t seq = first; seq <= told->last; seq++) {
            char *end = strchr(line, '\n');
            must(end != NULL, "event %" PRIu64 " is not in the file", seq);
            *end = '\0';
            assert_string_equal(line, told->events[seq]);
            line = end + 1;
        }
        free(text);
    }
    fixture_end(&copy);
}

/* All of it, as `history` tells it. */
static void must_be_in_history(struct sim_process *sim, const struct told *told)
{
    struct sim_client client;
    uint64_t seq = 0;
    client_begin(&client, sim);
    while (seq < told->last) {
        char params[64];
        snprintf(params, sizeof params, "{\"after\":%" PRIu64 ",\"limit\":256}", seq);
        client_send(&client, "history", params);
        char *line = client_line(&client, 10000);
        assert_non_null(line);
        const char *at = strstr(line, "\"events\":[") + strlen("\"events\":[");
        for (; *at == '{' || *at == ','; at++) {
            at += *at == ',';
            seq++;
            size_t size = seq <= told->last ? strlen(told->events[seq]) : 0;
            must(size == 0 || strncmp(at, told->events[seq], size) == 0,
                 "told: %s, in history: %.200s", told->events[seq], at);
            at = strchr(at, '}');
        }
    }
    client_end(&client);
}

static void nothing_told_is_lost_however_often_it_is_killed(void **state)
{
    struct sim_process sim;
    struct told told = {0};
    unsigned kills = fixture_setting("MSIWATCH_KILLS", 20), early = 0;
    unsigned seed = fixture_setting("MSIWATCH_SEED", (unsigned)uv_hrtime());
    (void)state;
    print_message("MSIWATCH_SEED=%u\n", seed);
    fixture_seed(seed);
    sim_begin(&sim);
    for (unsigned i = 0; i < kills; i++) {
        sim_launch(&sim, NULL);
        if (fixture_random(5) == 0) {
            uv_sleep(fixture_random(30)); /* perhaps while it starts */
            sim_kill(&sim);
            early++;
            continue;
        }
        assert_true(sim_is_ready(&sim));
        struct sim_client client;
        client_begin(&client, &sim);
        resume(&client, &told);
        sim_send(&sim, "toggle 100000 1");
        listen_for(&client, &told, fixture_random(120));
        sim_kill(&sim);
        listen_for(&client, &told, 1000); /* what was on its way */
        client_end(&client);
        must_be_in_the_file(&sim, &told);
    }
    sim_start(&sim, NULL);
    must_be_in_history(&sim, &told);
    assert_int_equal(sim_stop(&sim, 5000), 0);
    print_message("%u kills, %u of them early; %" PRIu64 " events told, and all in history\n",
                  kills, early, told.count);
    struct journal_fixture fixture = sim_desk(&sim);
    fixture_check_file(&fixture);
    for (uint64_t seq = 0; seq < told.room; seq++) {
        free(told.events[seq]);
    }
    free(told.events);
    sim_end(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_told_is_lost_however_often_it_is_killed),
    };
    return cmocka_run_group_tests_name("record.kill", tests, NULL, NULL);
}
