/* found_test.c: what fuzzing and the attacks found in sessions, each as a test of its own; what
 * they found with memory running out is in tests/oom. */
#include "unit.h"

#include "world.h"

#define WAIT(id, params)                                                                           \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"wait\",\"params\":" params "}\n"

static struct world world;

static void begin(void)
{
    struct rpc_limits limits = world_limits();
    assert_int_equal(world_begin(&world, &limits, 16), 0);
    world_connect(&world, 0);
    world_connect(&world, 1);
    world_observe(&world, VERDICT_IDLE);
}

/* The list of those who wait was aside while the first of them was told, so it seemed empty, and
 * sampling slowed down for all others. */
static void the_sampler_is_told_that_others_still_wait_when_one_wait_is_over(void **state)
{
    (void)state;
    begin();
    world_send_text(&world, 0, WAIT("1", "[\"busy\"]"));
    world_send_text(&world, 1, WAIT("1", "[\"busy\",5000]"));
    assert_true(world.waited);
    world_observe(&world, VERDICT_BUSY);
    assert_int_equal(world.clients[0].judge.results, 1);
    assert_int_equal(world.clients[1].judge.results, 0);
    assert_true(world.waited);
    world_advance(&world, 5000);
    world_observe(&world, VERDICT_BUSY);
    assert_int_equal(world.clients[1].judge.results, 1);
    assert_false(world.waited);
    world_end(&world);
}

/* Each sample looked at every wait, so 16,000 of one user made every `status` of others take 20 ms.
 * Whoever looks at a wait sets its session's timer. */
static void a_sample_that_ends_no_wait_looks_at_none(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 60; i++) {
        world_send_text(&world, 0, WAIT("1", "[\"busy\"]"));
        world_send_text(&world, 1, WAIT("1", "[\"idle\",3600000]"));
    }
    world_advance(&world, 10);
    world_observe(&world, VERDICT_IDLE);
    uint64_t before = world.clients[0].timers + world.clients[1].timers;
    for (int i = 0; i < 100; i++) {
        world_advance(&world, 10);
        world_observe(&world, VERDICT_IDLE);
    }
    assert_int_equal(world.clients[0].timers + world.clients[1].timers, before);
    world_observe(&world, VERDICT_BUSY);
    assert_int_equal(world.clients[0].judge.results, 60);
    assert_int_equal(world.api.waits, 60);
    world_end(&world);
}

/* And yet none is forgotten: one that settles while another settles later, one that came when the
 * last sample was old, and one whose state came, went and came again. */
static void every_wait_is_over_with_the_first_sample_that_says_so(void **state)
{
    (void)state;
    begin();
    world_advance(&world, 1000);
    world_send_text(&world, 0, WAIT("1", "[\"idle\",5000]") WAIT("2", "[\"idle\",1500]"));
    world_observe(&world, VERDICT_IDLE);
    assert_int_equal(world.clients[0].judge.results, 0);
    world_advance(&world, 500);
    world_observe(&world, VERDICT_IDLE);
    assert_int_equal(world.clients[0].judge.results, 1);
    world_observe(&world, VERDICT_BUSY);
    world_observe(&world, VERDICT_IDLE);
    world_advance(&world, 4999);
    world_observe(&world, VERDICT_IDLE);
    assert_int_equal(world.clients[0].judge.results, 1);
    world_advance(&world, 1);
    world_observe(&world, VERDICT_IDLE);
    assert_int_equal(world.clients[0].judge.results, 2);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sampler_is_told_that_others_still_wait_when_one_wait_is_over),
        cmocka_unit_test(a_sample_that_ends_no_wait_looks_at_none),
        cmocka_unit_test(every_wait_is_over_with_the_first_sample_that_says_so),
    };
    return cmocka_run_group_tests_name("fuzz.found", tests, NULL, NULL);
}
