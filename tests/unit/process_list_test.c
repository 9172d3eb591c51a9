/* process_list_test.c: all processes at one instant: the layout, a buffer that is too small or
 * invalid, who started whom, and chains. */
#include "unit.h"

#include "played_processes.h"

#include <stdio.h>
#include <string.h>

static struct played_processes machine;
static struct process_list list;

static int set_up(void **state)
{
    (void)state;
    played_processes_init(&machine);
    process_list_init(&list, &machine.calls);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    process_list_release(&list);
    return 0;
}

static void a_process_is_read_as_it_is_laid_out(void **state)
{
    (void)state;
    struct played_process *made = played_process(&machine, 4242, 4, 1000, "msiexec.exe");
    made->cpu_ms = 125;
    made->io_bytes = 70001;
    made->session = 2;
    assert_int_equal(process_list_look(&list), 0);
    assert_int_equal(list.count, 3);
    const struct process_entry *read = process_list_find(&list, 4242);
    assert_non_null(read);
    assert_int_equal(read->parent, 4);
    assert_int_equal(read->created, 1000);
    assert_int_equal(read->session, 2);
    assert_int_equal(read->cpu, 1250000);
    assert_int_equal(read->io_bytes, 70001);
    assert_true(process_named(read, "msiexec.exe"));
    assert_true(process_named(read, "MSIEXEC.EXE"));
    assert_false(process_named(read, "msiexec.ex"));
    assert_false(process_named(read, "msiexec.exe2"));
    assert_false(process_named(process_list_find(&list, 4), "msiexec.exe"));
    assert_null(process_list_find(&list, 0)); /* the idle process is nobody */
    assert_null(process_list_find(&list, 4243));
}

static void a_buffer_that_is_too_small_grows(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        played_process(&machine, 1000 + 4 * i, 4, 1000 + i, "svchost.exe")->threads = 12;
    }
    machine.grows = 5; /* more have begun when it is asked again */
    assert_int_equal(process_list_look(&list), 0);
    assert_int_equal(list.count, 1007);
    assert_int_equal(machine.snapshots, 2);
    assert_int_equal(process_list_look(&list), 0); /* it stays that large */
    assert_int_equal(machine.snapshots, 3);
}

static void what_is_no_snapshot_is_refused(void **state)
{
    (void)state;
    static const uint32_t missing[] = {1, 8, sizeof(struct process_information), 400};
    for (size_t i = 0; i < COUNT(missing); i++) {
        machine.short_by = missing[i];
        uint32_t status = process_list_look(&list);
        /* If names are cut off, there are no names; if a process is cut off, there is none. */
        must(status == 0 ? list.count == 2 : list.count == 0, "short by %u: %x, %u", missing[i],
             status, (unsigned)list.count);
    }
    machine.short_by = 0;
    machine.fails = 0xC0000022u;
    assert_int_equal(process_list_look(&list), 0xC0000022u);
    assert_int_equal(list.count, 0);
    machine.fails = PROCESS_LIST_TOO_SMALL; /* forever */
    assert_int_not_equal(process_list_look(&list), 0);
    machine.fails = 0;
    assert_int_equal(process_list_look(&list), 0);
}

static void a_parent_counts_only_if_it_was_created_before_its_child(void **state)
{
    (void)state;
    played_process(&machine, 100, 4, 50, "a.exe");
    played_process(&machine, 101, 100, 60, "b.exe");
    played_process(&machine, 102, 101, 59, "c.exe"); /* by now another process has the id 101 */
    played_process(&machine, 103, 999, 70, "d.exe"); /* its parent has ended */
    played_process(&machine, 104, 104, 70, "e.exe");
    assert_int_equal(process_list_look(&list), 0);
    const struct process_entry *parent = process_list_parent(&list, process_list_find(&list, 101));
    assert_non_null(parent);
    assert_int_equal(parent->pid, 100);
    assert_null(process_list_parent(&list, process_list_find(&list, 102)));
    assert_null(process_list_parent(&list, process_list_find(&list, 103)));
    assert_null(process_list_parent(&list, process_list_find(&list, 104)));
    assert_null(process_list_parent(&list, process_list_find(&list, 4)));
}

static void the_first_of_a_name_is_the_systems_own(void **state)
{
    (void)state;
    assert_int_equal(process_list_look(&list), 0);
    assert_null(process_list_first(&list, "services.exe"));
    played_process(&machine, 100, 4, 134350000000000000, "services.exe.exe");
    played_process(&machine, 101, 4, 134360000000001234, "Services.exe");
    played_process(&machine, 102, 4, 134350000000000000,
                   "services.exe"); /* the clock was set back */
    played_process(&machine, 103, 4, 0, "services.exe");
    assert_int_equal(process_list_look(&list), 0);
    const struct process_entry *first = process_list_first(&list, "services.exe");
    assert_non_null(first);
    assert_int_equal(first->pid, 101);
    assert_int_equal(process_began_ms(first), INT64_C(1791526400000));
    assert_int_equal(process_began_ms(process_list_find(&list, 103)), 0);
}

/* ---- chains ---- */

static struct chain chain_of(uint32_t pid)
{
    struct chain chain;
    assert_int_equal(process_list_look(&list), 0);
    process_list_chain(&list, process_list_find(&list, pid), &chain);
    return chain;
}

static void who_began_it_is_the_first_that_is_no_installer_and_no_shell(void **state)
{
    (void)state;
    played_process(&machine, 600, 4, 10, "services.exe");
    played_process(&machine, 700, 600, 20, "CcmExec.exe")->session = 0;
    snprintf(played_process(&machine, 800, 700, 30, "cmd.exe")->path, 160,
             "C:\\Windows\\System32\\cmd.exe");
    snprintf(played_process(&machine, 900, 800, 40, "msiexec.exe")->path, 160,
             "C:\\Windows\\System32\\msiexec.exe");
    machine.processes[machine.count - 1].session = 3;
    struct chain chain = chain_of(900);
    assert_int_equal(chain.count, 5);
    assert_int_equal(chain.processes[0].pid, 900);
    assert_int_equal(chain.processes[0].session, 3);
    assert_string_equal(chain.processes[0].image, "C:\\Windows\\System32\\msiexec.exe");
    assert_string_equal(chain.processes[1].image, "C:\\Windows\\System32\\cmd.exe");
    assert_string_equal(chain.processes[2].image, "CcmExec.exe"); /* cannot be opened */
    assert_string_equal(chain.processes[4].image, "System");
    assert_non_null(chain_starter(&chain, 0));
    assert_int_equal(chain_starter(&chain, 0)->pid, 700);
}

static void a_broken_chain_gives_null_and_never_the_last_one_found(void **state)
{
    (void)state;
    played_process(&machine, 800, 700, 30, "PowerShell.exe"); /* 700 has ended */
    played_process(&machine, 900, 800, 40, "msiexec.exe");
    struct chain chain = chain_of(900);
    assert_int_equal(chain.count, 2);
    assert_null(chain_starter(&chain, 0));

    played_process(&machine, 700, 4, 35, "explorer.exe"); /* and its id belongs to another
                                                           * process */
    chain = chain_of(900);
    assert_int_equal(chain.count, 2);
    assert_null(chain_starter(&chain, 0));

    chain = (struct chain){.count = 2,
                           .processes = {{.pid = 1, .image = "msiexec.exe"}, {.pid = 2}}};
    assert_null(chain_starter(&chain, 0)); /* the second one may be a shell */
    chain = (struct chain){.count = 0};
    assert_null(chain_starter(&chain, 0));
}

static void a_chain_is_the_client_and_five_above_it(void **state)
{
    static const char *const shells[] = {"msiexec.exe", "cmd.exe",     "powershell.exe",
                                         "pwsh.exe",    "wscript.exe", "CSCRIPT.EXE"};
    (void)state;
    played_process(&machine, 100, 4, 10, "agent.exe");
    for (uint32_t i = 0; i < COUNT(shells); i++) {
        played_process(&machine, 101 + i, 100 + i, 11 + i, shells[i]);
    }
    struct chain chain = chain_of(106);
    assert_int_equal(chain.count, 6);
    assert_int_equal(chain.processes[5].pid, 101);
    assert_null(chain_starter(&chain, 0));
    chain = chain_of(105);
    assert_int_equal(chain.count, 6);
    assert_int_equal(chain_starter(&chain, 0)->pid, 100);
    chain = (struct chain){.count = 0};
    process_list_chain(&list, NULL, &chain);
    assert_int_equal(chain.count, 0);
}

static void a_path_that_is_longer_is_its_files_name(void **state)
{
    (void)state;
    struct process_calls calls = machine.calls;
    static char name[] = "setup.exe";
    played_process(&machine, 100, 4, 10, name);
    assert_int_equal(process_list_look(&list), 0);
    memset(machine.processes[machine.count - 1].path, 'x', 159);
    assert_string_equal(chain_of(100).processes[0].image, machine.processes[2].path);
    calls.image = NULL;
    list.calls = &calls;
    assert_string_equal(chain_of(100).processes[0].image, "setup.exe");
    list.calls = &machine.calls;
}

int process_list_tests(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_process_is_read_as_it_is_laid_out),
        TEST(a_buffer_that_is_too_small_grows),
        TEST(the_first_of_a_name_is_the_systems_own),
        TEST(what_is_no_snapshot_is_refused),
        TEST(a_parent_counts_only_if_it_was_created_before_its_child),
        TEST(who_began_it_is_the_first_that_is_no_installer_and_no_shell),
        TEST(a_broken_chain_gives_null_and_never_the_last_one_found),
        TEST(a_chain_is_the_client_and_five_above_it),
        TEST(a_path_that_is_longer_is_its_files_name),
#undef TEST
    };
    return cmocka_run_group_tests_name("process_list", tests, NULL, NULL);
}
