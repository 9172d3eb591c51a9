/* processes_test.c: which process is above which, in a simulated table, and on the real system. */
#include "unit.h"

#include "pipe/processes.h"

#include <string.h>
#include <uv.h>

static const struct {
    uint32_t pid, parent;
    uint64_t created;
} played[] = {
    {100, 0, 10}, /* the one above all */
    {200, 100, 20}, {300, 200, 30}, {400, 300, 40},
    {500, 600, 50}, {600, 100, 60}, /* the parent of 500 has ended, and another process has its
                                     * id */
    {700, 700, 70},                 /* its own parent */
    {801, 802, 80}, {802, 801, 80}, /* a circle */
    {900, 999, 90},                 /* an orphan */
};

static bool read_played(void *arg, uint32_t pid, struct process *out)
{
    unsigned *reads = arg;
    (*reads)++;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < COUNT(played); i++) {
        if (played[i].pid == pid) {
            out->pid = pid;
            out->parent = played[i].parent;
            out->created = played[i].created;
            return true;
        }
    }
    return false;
}

static unsigned reads;
static const struct processes processes = {read_played, NULL, &reads};

static bool is_above(uint32_t pid, uint32_t wanted)
{
    struct process found;
    reads = 0;
    bool is = process_find_above(&processes, pid, wanted, &found);
    assert_true(!is || found.pid == wanted);
    assert_in_range(reads, 0, 65);
    return is;
}

static void ancestors_stand_above(void **state)
{
    (void)state;
    assert_true(is_above(400, 400));
    assert_true(is_above(400, 300));
    assert_true(is_above(400, 100));
    assert_false(is_above(300, 400));
    assert_false(is_above(400, 600));
}

static void a_number_that_is_anothers_by_now_is_no_parent(void **state)
{
    (void)state;
    assert_false(is_above(500, 600));
    assert_false(is_above(500, 100));
    struct process was = {.pid = 200, .created = 19};
    assert_false(process_descends(&processes, 400, &was));
    assert_false(process_runs(&processes, &was));
    was.created = 20;
    assert_true(process_descends(&processes, 400, &was));
    assert_true(process_runs(&processes, &was));
}

static void circles_and_orphans_end(void **state)
{
    (void)state;
    assert_false(is_above(700, 100));
    assert_false(is_above(801, 100));
    assert_false(is_above(900, 100));
    assert_false(is_above(900, 999));
    assert_false(is_above(0, 0));
    assert_false(is_above(12345, 100));
}

static void users_are_the_same_only_if_known(void **state)
{
    (void)state;
    struct process a = {.session = 1}, b = {.session = 1};
    assert_false(process_same_user(&a, &b));
    a.user_size = b.user_size = 1;
    assert_true(process_same_user(&a, &b));
    b.session = 2;
    assert_false(process_same_user(&a, &b));
    b.session = 1;
    b.user[0] = 'b';
    assert_false(process_same_user(&a, &b));
}

static void the_system_tells_who_began_us(void **state)
{
    (void)state;
    const struct processes *system = processes_of_system();
    struct process self, parent;
    char image[MSIWATCH_STRING_BYTES];
    assert_true(system->read(system->arg, (uint32_t)uv_os_getpid(), &self));
    assert_int_equal(self.parent, uv_os_getppid());
    assert_true(self.user_size > 0);
    assert_true(process_runs(system, &self));
    assert_false(system->read(system->arg, 0x7FFFFFF0u, &parent));
    system->image(system->arg, self.pid, image);
    must(strstr(image, "unit-tests") != NULL, "image: %s", image);
    if (system->read(system->arg, self.parent, &parent)) {
        assert_true(parent.created <= self.created);
        assert_true(process_descends(system, self.pid, &parent));
    }
}

int processes_tests(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ancestors_stand_above),
        cmocka_unit_test(a_number_that_is_anothers_by_now_is_no_parent),
        cmocka_unit_test(circles_and_orphans_end),
        cmocka_unit_test(users_are_the_same_only_if_known),
        cmocka_unit_test(the_system_tells_who_began_us),
    };
    return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
