/* found_test.c: what fuzzing and the attacks found in connections, each as a test of its own; what
 * they found with memory running out is in tests/oom. */
#include "api/self_wait.h"

#include "unit.h"

#include "fuzz_server.h"

#define WAIT(id, params)                                                                           \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"wait\",\"params\":" params "}\n"

static struct fuzz_server server;

static void begin(void)
{
    struct rpc_limits limits = fuzz_limits();
    assert_int_equal(fuzz_begin(&server, &limits, 16), 0);
    fuzz_connect(&server, 0);
    fuzz_connect(&server, 1);
    fuzz_observe(&server, VERDICT_IDLE);
}

/* The list of those who wait was aside while the first of them was told, so it seemed empty, and
 * sampling slowed down for all others. */
static void the_sampler_knows_that_others_still_wait_when_one_wait_is_over(void **state)
{
    (void)state;
    begin();
    fuzz_send_text(&server, 0, WAIT("1", "[\"busy\"]"));
    fuzz_send_text(&server, 1, WAIT("1", "[\"busy\",5000]"));
    assert_true(server.waited);
    fuzz_observe(&server, VERDICT_BUSY);
    assert_int_equal(server.clients[0].checker.results, 1);
    assert_int_equal(server.clients[1].checker.results, 0);
    assert_true(server.waited);
    fuzz_advance(&server, 5000);
    fuzz_observe(&server, VERDICT_BUSY);
    assert_int_equal(server.clients[1].checker.results, 1);
    assert_false(server.waited);
    fuzz_end(&server);
}

/* Each sample looked at every wait, so 16,000 of one user made every `status` of others take 20 ms.
 * Whoever looks at a wait sets its connection's timer. */
static void a_sample_that_ends_no_wait_looks_at_none(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 60; i++) {
        fuzz_send_text(&server, 0, WAIT("1", "[\"busy\"]"));
        fuzz_send_text(&server, 1, WAIT("1", "[\"idle\",3600000]"));
    }
    fuzz_advance(&server, SELF_WAIT_AGAIN_MS + 10); /* who asks is not looked at any more */
    fuzz_observe(&server, VERDICT_IDLE);
    uint64_t before = server.clients[0].timers + server.clients[1].timers;
    for (int i = 0; i < 100; i++) {
        fuzz_advance(&server, 10);
        fuzz_observe(&server, VERDICT_IDLE);
    }
    assert_int_equal(server.clients[0].timers + server.clients[1].timers, before);
    fuzz_observe(&server, VERDICT_BUSY);
    assert_int_equal(server.clients[0].checker.results, 60);
    assert_int_equal(server.api.waits, 60);
    fuzz_end(&server);
}

/* And yet none is forgotten: one that settles while another settles later, one that came when the
 * last sample was old, and one whose state came, went and came again. */
static void every_wait_is_over_with_the_first_sample_that_says_so(void **state)
{
    (void)state;
    begin();
    fuzz_advance(&server, 1000);
    fuzz_send_text(&server, 0, WAIT("1", "[\"idle\",5000]") WAIT("2", "[\"idle\",1500]"));
    fuzz_observe(&server, VERDICT_IDLE);
    assert_int_equal(server.clients[0].checker.results, 0);
    fuzz_advance(&server, 500);
    fuzz_observe(&server, VERDICT_IDLE);
    assert_int_equal(server.clients[0].checker.results, 1);
    fuzz_observe(&server, VERDICT_BUSY);
    fuzz_observe(&server, VERDICT_IDLE);
    fuzz_advance(&server, 4999);
    fuzz_observe(&server, VERDICT_IDLE);
    assert_int_equal(server.clients[0].checker.results, 1);
    fuzz_advance(&server, 1);
    fuzz_observe(&server, VERDICT_IDLE);
    assert_int_equal(server.clients[0].checker.results, 2);
    fuzz_end(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sampler_knows_that_others_still_wait_when_one_wait_is_over),
        cmocka_unit_test(a_sample_that_ends_no_wait_looks_at_none),
        cmocka_unit_test(every_wait_is_over_with_the_first_sample_that_says_so),
    };
    return cmocka_run_group_tests_name("fuzz.found", tests, NULL, NULL);
}
