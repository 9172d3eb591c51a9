/* process_tree_test.c: the processes of an installation: which ones belong to it, how much they
 * have done in all, ids that are used again, and parents that have ended. */
#include "unit.h"

#include "observe/process_tree.h"
#include "played_processes.h"

static struct played_processes machine;
static struct process_list list;
static struct process_tree tree;
static struct process_root roots[2];
static uint64_t since;

static int set_up(void **state)
{
    (void)state;
    played_processes_init(&machine);
    process_list_init(&list, &machine.calls);
    tree = (struct process_tree){.count = 0};
    roots[0] = (struct process_root){600, 0};
    roots[1] = (struct process_root){0, 0};
    since = 500;
    played_process(&machine, 600, 4, 100, "msiexec.exe")->cpu_ms = 5000;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    process_list_release(&list);
    return 0;
}

static void look(void)
{
    assert_int_equal(process_list_look(&list), 0);
    process_tree_look(&tree, &list, roots, COUNT(roots), since);
    since += 500;
}

static struct played_process *at(uint32_t pid)
{
    for (size_t i = 0; i < machine.count; i++) {
        if (machine.processes[i].pid == pid) {
            return &machine.processes[i];
        }
    }
    fail();
    return NULL;
}

#define assert_done(cpu_ms_, bytes, members)                                                       \
    assert_int_equal(tree.cpu / 10000, cpu_ms_);                                                   \
    assert_int_equal(tree.io_bytes, bytes);                                                        \
    assert_int_equal(tree.count, members)

static void what_was_done_before_the_first_look_does_not_count(void **state)
{
    (void)state;
    look();
    assert_done(0, 0, 1);
    at(600)->cpu_ms += 40;
    at(600)->io_bytes += 4096;
    look();
    assert_done(40, 4096, 1);
    look();
    assert_done(40, 4096, 1);
}

static void who_began_since_the_last_look_counts_from_its_begin(void **state)
{
    (void)state;
    look();
    played_process(&machine, 700, 600, 1500, "rundll32.exe")->cpu_ms = 300;
    played_process(&machine, 701, 700, 1600, "custom.exe")->io_bytes = 70000;
    look();
    assert_done(300, 70000, 3);
    at(701)->cpu_ms = 11;
    look();
    assert_done(311, 70000, 3);
}

static void a_child_may_stand_before_its_parent(void **state)
{
    (void)state;
    played_process_ends(&machine, 600);
    played_process(&machine, 702, 701, 140, "c.exe");
    played_process(&machine, 701, 700, 130, "b.exe");
    played_process(&machine, 700, 600, 120, "a.exe");
    played_process(&machine, 600, 4, 100, "msiexec.exe");
    look();
    assert_done(0, 0, 4);
}

static void others_do_not_count(void **state)
{
    (void)state;
    played_process(&machine, 700, 4, 120, "other.exe");
    look();
    at(700)->cpu_ms = 100000;
    at(4)->io_bytes = 1 << 20;
    look();
    assert_done(0, 0, 1);
}

static void a_child_stays_one_when_its_parent_has_ended(void **state)
{
    (void)state;
    played_process(&machine, 700, 600, 120, "cmd.exe");
    played_process(&machine, 701, 700, 130, "setup.exe");
    look();
    played_process_ends(&machine, 700);
    look();
    at(701)->cpu_ms += 250;
    look();
    assert_done(250, 0, 2);
}

/* Between two looks it started another one and ended. */
static void so_does_one_that_was_never_seen_with_its_parent(void **state)
{
    (void)state;
    played_process(&machine, 700, 600, 120, "cmd.exe");
    look();
    played_process_ends(&machine, 700);
    played_process(&machine, 701, 700, 1130, "setup.exe")->cpu_ms = 70;
    look();
    assert_done(70, 0, 2);
}

static void a_number_that_is_given_again_is_another_process(void **state)
{
    (void)state;
    played_process(&machine, 700, 600, 120, "a.exe")->cpu_ms = 10;
    look();
    /* 700 ends, and another process gets its id, uses CPU time, and starts a child. */
    played_process(&machine, 700, 4, 1500, "other.exe")->cpu_ms = 9000;
    played_process(&machine, 701, 700, 1600, "others.exe")->cpu_ms = 9000;
    look();
    assert_done(0, 0, 1);
    look();
    assert_done(0, 0, 1);
}

/* The process that has its parent's id is younger than it, so it is not its parent: the id is used
 * again. */
static void a_parent_that_is_younger_is_none(void **state)
{
    (void)state;
    played_process(&machine, 700, 600, 99, "older.exe");
    look();
    at(700)->cpu_ms = 1000;
    look();
    assert_done(0, 0, 1);
}

static void a_root_with_a_time_is_that_process_and_no_other(void **state)
{
    (void)state;
    roots[1] = (struct process_root){800, 130};
    played_process(&machine, 800, 4, 130, "client.exe");
    look();
    assert_done(0, 0, 2);
    played_process(&machine, 800, 4, 1700, "other.exe")->cpu_ms = 1000;
    look();
    assert_done(0, 0, 1);
}

static void counters_that_fall_count_nothing(void **state)
{
    (void)state;
    look();
    at(600)->cpu_ms = 10;
    look();
    assert_done(0, 0, 1);
    at(600)->cpu_ms = 20;
    look();
    assert_done(10, 0, 1);
}

static void there_are_no_more_than_there_is_room_for(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PROCESS_TREE_MOST + 50; i++) {
        played_process(&machine, 1000 + i, 600, 200 + i, "child.exe");
    }
    look();
    assert_int_equal(tree.count, PROCESS_TREE_MOST);
}

int process_tree_tests(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(what_was_done_before_the_first_look_does_not_count),
        TEST(who_began_since_the_last_look_counts_from_its_begin),
        TEST(a_child_may_stand_before_its_parent),
        TEST(others_do_not_count),
        TEST(a_child_stays_one_when_its_parent_has_ended),
        TEST(so_does_one_that_was_never_seen_with_its_parent),
        TEST(a_number_that_is_given_again_is_another_process),
        TEST(a_parent_that_is_younger_is_none),
        TEST(a_root_with_a_time_is_that_process_and_no_other),
        TEST(counters_that_fall_count_nothing),
        TEST(there_are_no_more_than_there_is_room_for),
#undef TEST
    };
    return cmocka_run_group_tests_name("process_tree", tests, NULL, NULL);
}
