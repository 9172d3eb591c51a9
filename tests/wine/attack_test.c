/* attack_test.c: hostile clients of the real service, and what others notice of them: none of their
 * requests fails, and 2 s after the attack all that it left behind is gone.
 *
 *   wine_attack_test                 all of them, a second each; MSIWATCH_TEST_LONG=1: 30 s
 *   wine_attack_test attack NUMBER   what the test starts: one of attackers.c, until it is ended
 *   wine_attack_test die NUMBER      what that one starts
 */
#include "fixture.h"

#include "attackers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECOVERY_MS 2000

/* Clients that go on asking: one that stays, and every 16th time one that has just come. */
struct bystander {
    HANDLE thread;
    volatile LONG stop, asked, failed;
    volatile LONG slowest_ms;
    char words[128];
};

static bool ask(struct talk *talk, struct bystander *bystander)
{
    int64_t begun = rig_now_ms();
    yyjson_doc *reply = talk_ask(talk, "status", NULL, LIMIT_MS);
    bool answered = talk_text(reply, "/result/state")[0] != '\0';
    if (!answered) {
        snprintf(bystander->words, sizeof bystander->words, "error %lu, code %lld", talk->error,
                 (long long)talk_number(reply, "/error/code"));
    }
    yyjson_doc_free(reply);
    LONG took = (LONG)(rig_now_ms() - begun);
    bystander->slowest_ms = took > bystander->slowest_ms ? took : bystander->slowest_ms;
    return answered;
}

static bool ask_over_a_new_connection(struct bystander *bystander)
{
    struct talk talk;
    bool answered = false;
    if (talk_open(&talk, LIMIT_MS)) {
        answered = ask(&talk, bystander);
        talk_close(&talk);
    } else {
        snprintf(bystander->words, sizeof bystander->words, "cannot connect: error %lu",
                 talk.error);
    }
    return answered;
}

static DWORD WINAPI go_on_asking(void *arg)
{
    struct bystander *bystander = arg;
    struct talk talk;
    if (!talk_open(&talk, LIMIT_MS)) {
        snprintf(bystander->words, sizeof bystander->words, "cannot connect");
        InterlockedIncrement(&bystander->failed);
        return 0;
    }
    for (LONG i = 1; !bystander->stop; i++) {
        bool answered = i % 16 == 0 ? ask_over_a_new_connection(bystander) : ask(&talk, bystander);
        InterlockedIncrement(&bystander->asked);
        if (!answered) {
            InterlockedIncrement(&bystander->failed);
        }
        Sleep(2);
    }
    talk_close(&talk);
    return 0;
}

static int64_t must_ask_number(const char *name)
{
    struct talk talk;
    char pointer[64];
    must_open(&talk);
    yyjson_doc *metrics = talk_ask(&talk, "metrics", NULL, LIMIT_MS);
    snprintf(pointer, sizeof pointer, "/result/%s", name);
    int64_t number = talk_number(metrics, pointer);
    yyjson_doc_free(metrics);
    talk_close(&talk);
    must(number >= 0, "metrics have no %s", name);
    return number;
}

/* The one who asks is a connection, too. */
static void must_recover(void)
{
    int64_t until = rig_now_ms() + RECOVERY_MS, left, waits;
    do {
        Sleep(20);
        left = must_ask_number("connections");
        waits = must_ask_number("waits") + must_ask_number("subscriptions");
    } while ((left > 1 || waits > 0) && rig_now_ms() < until);
    must(left <= 1 && waits == 0, "%lld connections and %lld waits and subscriptions are left",
         (long long)left, (long long)waits);
}

static void let_it_run(const struct attacker *attacker, uint32_t ms)
{
    struct holder holder;
    int64_t until = rig_now_ms() + ms;
    holder_open(&holder, NULL);
    while (rig_now_ms() < until) {
        if (attacker->toggle) {
            holder_take(&holder);
        }
        Sleep(20);
        if (attacker->toggle) {
            holder_release(&holder);
        }
        Sleep(20);
    }
    holder_close(&holder);
}

/* Waits until the service has met the attack; the one who asks may be counted, too. By how much it
 * grew. */
static int64_t must_meet(const struct attacker *attacker, int64_t before)
{
    bool counts_me = strcmp(attacker->grows, "connections_total") == 0 ||
                     strcmp(attacker->grows, "requests_total") == 0;
    int64_t grown, asked = 0;
    do {
        Sleep(20);
        asked++;
        grown = must_ask_number(attacker->grows) - before - (counts_me ? asked : 0);
        must(asked < 500, "the service does not notice: %s grew by %lld", attacker->grows,
             (long long)grown);
    } while (grown < 3);
    return grown;
}

static void others_are_served(void **state)
{
    const struct attacker *attacker = *state;
    struct bystander bystander = {0};
    int64_t before = must_ask_number(attacker->grows);
    struct child *child = child_must_start("wine_attack_test attack %d",
                                           (int)(attacker - attackers));
    child_must_print(child, "ready");
    int64_t grown = must_meet(attacker, before);
    bystander.thread = CreateThread(NULL, 0, go_on_asking, &bystander, 0, NULL);
    must(bystander.thread != NULL, "no thread");
    let_it_run(attacker, fixture_number("MSIWATCH_TEST_LONG", 0) != 0 ? 30000 : 1000);
    child_free(child);
    bystander.stop = 1;
    WaitForSingleObject(bystander.thread, INFINITE);
    CloseHandle(bystander.thread);
    must_recover();
    print_message("%-30s %s grew by %lld; %ld asked, slowest %ld ms\n", attacker->name,
                  attacker->grows, (long long)grown, bystander.asked, bystander.slowest_ms);
    must(bystander.asked > 0 && bystander.failed == 0, "%ld of %ld requests of others failed: %s",
         bystander.failed, bystander.asked, bystander.words);
    assert_int_equal(service_state(), SERVICE_RUNNING);
}

static int begin(void **state)
{
    struct talk talk;
    (void)state;
    msiserver_must_be(0);
    service_must_begin("--flapping 10000");
    must_open(&talk);
    must_settle(&talk);
    talk_close(&talk);
    return 0;
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[16];
    size_t count = 0;
    if (argc == 3 && strcmp(argv[1], "attack") == 0) {
        attackers[strtoul(argv[2], NULL, 10)].run();
    }
    if (argc == 3 && strcmp(argv[1], "die") == 0) {
        attackers_die((unsigned)strtoul(argv[2], NULL, 10));
    }
    for (const struct attacker *attacker = attackers; attacker->name != NULL; attacker++) {
        tests[count++] = (struct CMUnitTest){attacker->name, others_are_served, NULL, NULL,
                                             (void *)(uintptr_t)attacker};
    }
    return _cmocka_run_group_tests("wine.attack", tests, count, begin, service_end);
}
