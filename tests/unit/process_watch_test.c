/* process_watch_test.c: the sensor of processes: when it looks, which ones it counts, who started a
 * client; and that it knows the work of an installation, and no other. */
#include "unit.h"

#include "observe/process_watch.h"
#include "played_processes.h"
#include "test_clock.h"

#include <stdio.h>
#include <string.h>

#define START_MS 100000

static struct played_processes machine;
static struct process_watch *watch;
static struct observation seen;

/* When the stopped clock shows that time, in the units of a process's times. */
static uint64_t created_at(uint64_t mono_ms)
{
    return (uint64_t)(TEST_CLOCK_WALL_MS + (int64_t)mono_ms + INT64_C(11644473600000)) * 10000;
}

static struct played_process *add(uint32_t pid, uint32_t parent, uint64_t mono_ms, const char *name)
{
    return played_process(&machine, pid, parent, created_at(mono_ms), name);
}

static int set_up(void **state)
{
    (void)state;
    test_clock_stop(START_MS);
    played_processes_init(&machine);
    seen = (struct observation){.ui_clients = -1};
    seen.mutex.state = MUTEX_FREE;
    assert_int_equal(process_watch_new(&watch, &machine.calls, NULL), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    process_watch_sensor(watch)->close(process_watch_sensor(watch));
    test_clock_run();
    return 0;
}

static void sample(uint64_t later_ms)
{
    test_clock_add(later_ms);
    process_watch_sensor(watch)->read(process_watch_sensor(watch), &seen);
}

static void hold(uint32_t owner)
{
    seen.mutex.state = MUTEX_HELD;
    seen.mutex.owner_known = owner != 0;
    seen.mutex.owner_pid = owner;
}

static void it_looks_once_a_second_and_at_a_change(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        sample(20);
    }
    assert_in_range(machine.snapshots, 2, 3);
    unsigned before = machine.snapshots;
    hold(0);
    sample(20);
    assert_int_equal(machine.snapshots, before + 1);
    for (int i = 0; i < 100; i++) { /* not for each of many changes */
        seen.mutex.owner_pid++;
        sample(1);
    }
    assert_in_range(machine.snapshots, before + 2, before + 3);
    assert_int_equal(machine.opened, 0);
}

static void msiexec_counts_but_for_the_service(void **state)
{
    (void)state;
    add(500, 4, 10, "msiexec.exe");
    add(501, 4, 10, "MsiExec.exe");
    add(502, 4, 10, "msiexec.exe.exe");
    seen.msiserver.state = MSISERVER_RUNNING;
    seen.msiserver.pid = 500;
    sample(1);
    assert_int_equal(seen.ui_clients, 1);
    machine.fails = 0xC0000022u;
    sample(1000);
    assert_int_equal(seen.ui_clients, -1);
}

static void a_clients_chain_is_found_when_its_record_comes(void **state)
{
    struct chain chain;
    (void)state;
    sample(1);
    add(700, 4, START_MS, "CcmExec.exe");
    add(900, 700, START_MS + 50, "msiexec.exe");
    test_clock_add(100);
    process_watch_began(watch, 900, TEST_CLOCK_WALL_MS + START_MS + 90, &chain);
    assert_int_equal(chain.count, 3); /* and System */
    assert_int_equal(chain_starter(&chain, 0)->pid, 700);
    process_watch_began(watch, 901, TEST_CLOCK_WALL_MS + START_MS + 90, &chain);
    assert_int_equal(chain.count, 0);
    /* It was created after its record, so at that time the id belonged to another process. */
    process_watch_began(watch, 900, TEST_CLOCK_WALL_MS + START_MS + 40, &chain);
    assert_int_equal(chain.count, 0);
}

/* It was in the list a moment ago, and now the id belongs to another process. */
static void a_client_that_has_the_number_of_one_that_ended_is_not_taken_for_it(void **state)
{
    struct chain chain;
    (void)state;
    add(700, 4, 1000, "CcmExec.exe");
    add(900, 4, 2000, "old.exe");
    sample(1);
    add(900, 700, START_MS + 20, "msiexec.exe");
    test_clock_add(30);
    process_watch_began(watch, 900, TEST_CLOCK_WALL_MS + START_MS + 40, &chain);
    assert_int_equal(chain.count, 3);
    assert_string_equal(chain.processes[0].image, "msiexec.exe");
}

static void many_records_make_few_looks(void **state)
{
    struct chain chain;
    (void)state;
    sample(1);
    unsigned before = machine.snapshots;
    test_clock_add(100);
    for (uint32_t pid = 1000; pid < 2000; pid++) {
        process_watch_began(watch, pid, TEST_CLOCK_WALL_MS + START_MS, &chain);
    }
    assert_int_equal(machine.snapshots, before + 1);
    sample(920); /* and do not keep it from its own */
    assert_int_equal(machine.snapshots, before + 2);
}

/* A bootstrapper that starts the installer and ends is known if the mutex was seen before. */
static void of_an_owner_it_is_kept(void **state)
{
    struct chain chain;
    (void)state;
    add(700, 4, 1000, "bootstrapper.exe");
    add(900, 700, 2000, "msiexec.exe");
    hold(900);
    sample(1);
    played_process_ends(&machine, 700);
    sample(1000);
    process_watch_began(watch, 900, TEST_CLOCK_WALL_MS + START_MS, &chain);
    assert_int_equal(chain.count, 3);
    assert_int_equal(chain_starter(&chain, 0)->pid, 700);
    /* Another process with that id is not the same. */
    add(900, 4, START_MS + 2000, "other.exe");
    sample(2000);
    process_watch_began(watch, 900, TEST_CLOCK_WALL_MS + START_MS + 3000, &chain);
    assert_int_equal(chain.count, 2);
    assert_string_equal(chain.processes[0].image, "other.exe");
}

static void who_began_the_owner_is_said_without_a_record(void **state)
{
    (void)state;
    add(700, 4, 1000, "CcmExec.exe");
    add(800, 700, 2000, "cmd.exe");
    add(900, 800, 3000, "setup.exe");
    sample(1);
    assert_int_equal(seen.mutex.owner_chain.count, 0);
    hold(900);
    sample(10);
    assert_int_equal(seen.mutex.owner_chain.count, 4); /* and System */
    assert_int_equal(seen.mutex.owner_chain.processes[0].pid, 900);
    assert_int_equal(chain_starter(&seen.mutex.owner_chain, 1)->pid, 700);
    /* Read only once, because the one that started it may end. */
    unsigned opened = machine.opened;
    played_process_ends(&machine, 700);
    sample(1000);
    assert_int_equal(chain_starter(&seen.mutex.owner_chain, 1)->pid, 700);
    assert_int_equal(machine.opened, opened);
    seen.mutex.state = MUTEX_FREE;
    seen.mutex.owner_known = false;
    sample(1000);
    assert_int_equal(seen.mutex.owner_chain.count, 0);
    /* The chain of the first process does not count for another one with its id. */
    add(900, 0, START_MS + 2000, "other.exe");
    hold(900);
    sample(1000);
    assert_int_equal(seen.mutex.owner_chain.count, 1);
    assert_null(chain_starter(&seen.mutex.owner_chain, 1));
}

static void an_owner_of_the_last_ones_number_is_another(void **state)
{
    (void)state;
    add(700, 4, 1000, "CcmExec.exe");
    add(800, 4, 1000, "winget.exe");
    add(900, 700, 2000, "setup.exe");
    sample(1);
    hold(900);
    sample(1000);
    assert_int_equal(chain_starter(&seen.mutex.owner_chain, 1)->pid, 700);
    seen.mutex.state = MUTEX_FREE;
    seen.mutex.owner_known = false;
    sample(60);
    hold(900);
    sample(60);
    assert_int_equal(chain_starter(&seen.mutex.owner_chain, 1)->pid, 700); /* the same one */
    seen.mutex.state = MUTEX_FREE;
    seen.mutex.owner_known = false;
    sample(1);
    add(900, 800, START_MS + 1100, "setup.exe");
    hold(900);
    sample(1); /* too soon for another list */
    assert_int_equal(seen.mutex.owner_chain.count, 0);
    sample(60);
    assert_int_equal(chain_starter(&seen.mutex.owner_chain, 1)->pid, 800);
}

static void while_msiserver_is_not_known_nobody_is_named(void **state)
{
    (void)state;
    add(600, 4, 10, "services.exe");
    add(900, 600, 2000, "msiexec.exe");
    seen.msiserver.state = MSISERVER_DENIED;
    hold(900);
    sample(1000);
    assert_int_equal(seen.mutex.owner_chain.count, 0);
}

/* services.exe started it, which says nothing. */
static void an_owner_that_is_msiserver_or_begun_by_it_has_no_chain(void **state)
{
    (void)state;
    add(600, 4, 10, "services.exe");
    add(500, 600, 20, "msiexec.exe"); /* msiserver */
    add(501, 500, 30, "msiexec.exe"); /* runs custom actions */
    hold(500);
    seen.msiserver.state = MSISERVER_RUNNING;
    seen.msiserver.pid = 500;
    sample(1);
    assert_int_equal(seen.mutex.owner_chain.count, 0);
    hold(501);
    sample(1000);
    assert_int_equal(seen.mutex.owner_chain.count, 0);
}

/* Its first sample contains the chain, even if the list was made a moment ago, because a transition
 * is recorded only once. */
static void an_owners_chain_does_not_wait_for_the_next_look(void **state)
{
    (void)state;
    add(700, 4, 1000, "CcmExec.exe");
    add(900, 700, 2000, "setup.exe");
    sample(1);
    seen.mutex.state = MUTEX_ABSENT;
    sample(1000); /* the list is made for that */
    hold(900);
    sample(10);
    assert_int_equal(seen.mutex.owner_chain.count, 3);
    hold(901); /* another owner immediately: the list is made a moment later */
    sample(10);
    assert_int_equal(seen.mutex.owner_chain.count, 0);
    add(901, 700, START_MS + 1020, "setup.exe");
    sample(PROCESS_WATCH_AGAIN_MS);
    assert_int_equal(seen.mutex.owner_chain.count, 3);
    /* If it is not in the list, the search ends. */
    hold(902);
    unsigned before = machine.snapshots;
    for (int i = 0; i < 90; i++) {
        sample(10);
    }
    assert_in_range(machine.snapshots - before, 1, 2);
}

static void work_is_that_of_msiserver_the_client_and_the_owner(void **state)
{
    struct chain chain;
    (void)state;
    add(500, 4, 10, "msiexec.exe");                 /* msiserver */
    add(501, 500, 20, "custom.exe");                /* its child */
    add(900, 4, 30, "msiexec.exe")->io_bytes = 100; /* the client */
    add(950, 4, 40, "setup.exe");                   /* the owner */
    add(960, 4, 50, "other.exe");
    seen.msiserver.state = MSISERVER_RUNNING;
    seen.msiserver.pid = 500;
    sample(1);
    assert_false(seen.work.known); /* nothing is busy */
    process_watch_began(watch, 900, TEST_CLOCK_WALL_MS + START_MS, &chain);
    hold(950);
    sample(100);
    assert_true(seen.work.known);
    assert_int_equal(seen.work.processes, 4);
    for (size_t i = 0; i < machine.count; i++) {
        machine.processes[i].cpu_ms += 100;
        machine.processes[i].io_bytes += 10;
    }
    sample(1000);
    assert_int_equal(seen.work.cpu_ms, 400);
    assert_int_equal(seen.work.io_bytes, 40);
    process_watch_ended(watch, 900);
    played_process_ends(&machine, 900);
    sample(1000);
    assert_int_equal(seen.work.processes, 3);
    seen.mutex.state = MUTEX_FREE;
    sample(1000);
    assert_false(seen.work.known);
    assert_int_equal(seen.work.cpu_ms, 400); /* it never decreases */
}

static void a_list_that_cannot_be_read_is_no_standstill(void **state)
{
    (void)state;
    add(950, 4, 40, "setup.exe")->cpu_ms = 5000; /* before the very first look */
    hold(950);
    sample(1);
    assert_true(seen.work.known);
    assert_int_equal(seen.work.cpu_ms, 0);
    machine.fails = 0xC0000022u;
    sample(1000);
    assert_false(seen.work.known);
    machine.fails = 0;
    sample(1000);
    assert_true(seen.work.known);
}

static void without_a_process_nothing_is_known(void **state)
{
    (void)state;
    hold(0);
    sample(1);
    sample(1000);
    assert_false(seen.work.known);
}

int process_watch_tests(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(it_looks_once_a_second_and_at_a_change),
        TEST(msiexec_counts_but_for_the_service),
        TEST(a_clients_chain_is_found_when_its_record_comes),
        TEST(a_client_that_has_the_number_of_one_that_ended_is_not_taken_for_it),
        TEST(many_records_make_few_looks),
        TEST(of_an_owner_it_is_kept),
        TEST(who_began_the_owner_is_said_without_a_record),
        TEST(an_owner_of_the_last_ones_number_is_another),
        TEST(while_msiserver_is_not_known_nobody_is_named),
        TEST(an_owner_that_is_msiserver_or_begun_by_it_has_no_chain),
        TEST(an_owners_chain_does_not_wait_for_the_next_look),
        TEST(work_is_that_of_msiserver_the_client_and_the_owner),
        TEST(a_list_that_cannot_be_read_is_no_standstill),
        TEST(without_a_process_nothing_is_known),
#undef TEST
    };
    return cmocka_run_group_tests_name("process_watch", tests, NULL, NULL);
}
