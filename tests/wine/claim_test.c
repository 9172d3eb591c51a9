/* claim_test.c: a service that starts while programs still hold handles of the pipe of one that has
 * ended, on a system that plays Windows' rules (tests/npfs), for Wine does not have them.
 */
#include "must.h"

#include "pipe/acceptor_win32.h"
#include "played_npfs.h"

#include <sddl.h>
#include <uv.h>

#define PROTECTED "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\claim-test"
#define PROTECTED_WIDE L"\\\\.\\pipe\\ProtectedPrefix\\Administrators\\claim-test"
#define OPEN "\\\\.\\pipe\\claim-test"
#define OPEN_WIDE L"\\\\.\\pipe\\claim-test"

/* The service's own, and what an administrator set. */
#define OURS "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;AU)"
#define OTHER "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;IU)"

enum { LISTENERS = 8, WITHIN_MS = 10000 };

static struct acceptor *acceptor;
static HANDLE kept[LISTENERS]; /* by clients of the service that has ended */

static void arrived(void *arg)
{
    (void)arg;
}

static int begin(const char *name, const char *access)
{
    const struct acceptor_config config = {
        .name = name, .access = access, .arrived = arrived, .api = &played_npfs_api};
    acceptor = NULL;
    return acceptor_new(&acceptor, &config);
}

static int reset(void **state)
{
    (void)state;
    played_npfs_reset();
    return 0;
}

/* A service served the name with this descriptor to `count` clients, and was killed; they keep
 * their handles. */
static void must_have_been_killed(const wchar_t *name, const char *sddl, size_t count)
{
    HANDLE ends[LISTENERS];
    played_npfs_serve(name, sddl, ends, LISTENERS);
    for (size_t i = 0; i < count; i++) {
        kept[i] = played_npfs_come(name);
        assert_non_null(kept[i]);
    }
    for (size_t i = 0; i < LISTENERS; i++) {
        played_npfs_api.CloseHandle(ends[i]);
    }
    assert_int_equal(played_npfs_served(), 0);
    assert_int_equal(played_npfs_instances(), count);
}

static void let_go(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        played_npfs_api.CloseHandle(kept[i]);
    }
}

/* It serves, with this descriptor, and a client that comes is queued. */
static void must_serve(const wchar_t *name, const char *sddl)
{
    HANDLE taken = NULL;
    PSECURITY_DESCRIPTOR descriptor;
    char *wanted, *has = played_npfs_dacl();
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorA(sddl, SDDL_REVISION_1,
                                                                     &descriptor, NULL));
    assert_true(ConvertSecurityDescriptorToStringSecurityDescriptorA(
        descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &wanted, NULL));
    /* The system has mapped generic rights. */
    must(strstr(has, strrchr(wanted, '(')) != NULL, "it has %s, not %s", has, wanted);
    LocalFree(wanted);
    LocalFree(has);
    LocalFree(descriptor);
    HANDLE client = played_npfs_come(name);
    must(client != NULL, "no client can connect: error %lu", GetLastError());
    must_become((taken = acceptor_take(acceptor)) != NULL);
    played_npfs_api.CloseHandle(client);
    played_npfs_api.CloseHandle(taken);
}

static void end(void)
{
    acceptor_free(acceptor);
    assert_int_equal(played_npfs_served(), 0);
}

static void a_name_that_nobody_has_is_created(void **state)
{
    (void)state;
    assert_int_equal(begin(PROTECTED, ""), 0);
    assert_false(acceptor_recovered(acceptor));
    assert_int_equal(played_npfs.now_ms, 0);
    assert_int_equal(played_npfs.asked_manager, 0);
    assert_int_equal(played_npfs.set, 0);
    must_serve(PROTECTED_WIDE, OURS);
    end();
    assert_int_equal(played_npfs_instances(), 0);
}

static void handles_that_are_kept_over_a_kill_do_not_keep_it_from_starting(void **state)
{
    (void)state;
    must_have_been_killed(PROTECTED_WIDE, OURS, 3);
    assert_int_equal(begin(PROTECTED, ""), 0);
    assert_true(acceptor_recovered(acceptor));
    assert_in_range(played_npfs.now_ms, 0, WITHIN_MS);
    assert_int_equal(played_npfs.asked_manager, 1);
    assert_int_equal(played_npfs.set, 0);
    must_serve(PROTECTED_WIDE, OURS);
    end();
    assert_int_equal(played_npfs_instances(), 3);
    let_go(3);
    assert_int_equal(played_npfs_instances(), 0);
}

static void close_kept(void)
{
    if (played_npfs.now_ms >= 1000 && kept[0] != NULL) {
        let_go(1);
        kept[0] = NULL;
    }
}

static void handles_that_are_closed_within_moments_are_waited_for(void **state)
{
    (void)state;
    must_have_been_killed(PROTECTED_WIDE, OURS, 1);
    played_npfs.slept = close_kept;
    assert_int_equal(begin(PROTECTED, ""), 0);
    assert_false(acceptor_recovered(acceptor));
    assert_in_range(played_npfs.now_ms, 1000, 1500);
    assert_int_equal(played_npfs.asked_manager, 0);
    must_serve(PROTECTED_WIDE, OURS);
    end();
}

static void close_last(void)
{
    let_go(1);
    assert_int_equal(played_npfs_instances(), 0);
}

/* "There is no such name" (2) is as little of an answer as "all instances are busy" (231). */
static void a_name_that_goes_while_it_is_probed_is_created(void **state)
{
    (void)state;
    must_have_been_killed(PROTECTED_WIDE, OTHER, 1);
    played_npfs.asked = close_last;
    assert_int_equal(begin(PROTECTED, ""), 0);
    assert_int_equal(played_npfs.asked_manager, 1);
    assert_int_equal(played_npfs.opened, 2); /* the client's own, and the probe */
    assert_int_equal(played_npfs.set, 0);
    must_serve(PROTECTED_WIDE, OURS);
    end();
}

static void access_rights_of_before_are_replaced(void **state)
{
    (void)state;
    must_have_been_killed(PROTECTED_WIDE, OTHER, 1);
    assert_int_equal(begin(PROTECTED, ""), 0);
    assert_true(acceptor_recovered(acceptor));
    assert_int_equal(played_npfs.set, 1);
    must_serve(PROTECTED_WIDE, OURS);
    end();
    let_go(1);
    /* And the other way round. */
    must_have_been_killed(PROTECTED_WIDE, OURS, 1);
    assert_int_equal(begin(PROTECTED, OTHER), 0);
    assert_int_equal(played_npfs.set, 2);
    must_serve(PROTECTED_WIDE, OTHER);
    end();
    let_go(1);
}

/* Nothing of ours is left: the clients' instances alone. */
static void must_be_refused(int error, const char *name, const char *access, size_t left)
{
    assert_int_equal(begin(name, access), error);
    assert_null(acceptor);
    assert_in_range(played_npfs.now_ms, 0, WITHIN_MS);
    assert_int_equal(played_npfs_served(), left);
}

static void access_rights_that_cannot_be_replaced_end_it(void **state)
{
    (void)state;
    must_have_been_killed(PROTECTED_WIDE, OTHER, 1);
    played_npfs.refuse_set = ERROR_ACCESS_DENIED;
    must_be_refused(UV_EACCES, PROTECTED, "", 0);
    played_npfs.refuse_set = 0;
    played_npfs.ignore_set = true; /* what is read back counts */
    must_be_refused(UV_EACCES, PROTECTED, "", 0);
    played_npfs.ignore_set = false;
    assert_int_equal(begin(PROTECTED, ""), 0);
    end();
    let_go(1);
}

static void a_name_of_which_others_are_the_owner_ends_it(void **state)
{
    (void)state;
    played_npfs.owner = "WD";
    must_have_been_killed(PROTECTED_WIDE, OURS, 1);
    must_be_refused(UV_EACCES, PROTECTED, "", 0);
    let_go(1);
}

static void who_answers_is_not_replaced(void **state)
{
    HANDLE ends[2];
    (void)state;
    played_npfs_serve(PROTECTED_WIDE, OURS, ends, 2);
    must_be_refused(UV_EADDRINUSE, PROTECTED, "", 2);
    assert_int_equal(played_npfs.asked_manager, 1);
    assert_int_equal(played_npfs.opened, 1);
    played_npfs_api.CloseHandle(ends[0]);
    played_npfs_api.CloseHandle(ends[1]);
    played_npfs_reset();
    /* Who denies us may be there as well. */
    played_npfs_serve(PROTECTED_WIDE, "D:P(D;;GA;;;WD)", ends, 1);
    must_be_refused(UV_EADDRINUSE, PROTECTED, "", 1);
    played_npfs_api.CloseHandle(ends[0]);
}

static void a_service_that_the_manager_knows_of_is_not_replaced(void **state)
{
    (void)state;
    must_have_been_killed(PROTECTED_WIDE, OURS, 1);
    played_npfs.service_pid = GetCurrentProcessId() + 4;
    must_be_refused(UV_EADDRINUSE, PROTECTED, "", 0);
    assert_int_equal(played_npfs.opened, 1); /* the client's own: it was not even tried */
    played_npfs.service_pid = 0;
    played_npfs.service_error = ERROR_ACCESS_DENIED; /* who cannot tell does not guess */
    must_be_refused(UV_EADDRINUSE, PROTECTED, "", 0);
    played_npfs.service_error = 0;
    played_npfs.service_pid = GetCurrentProcessId(); /* started by the manager */
    assert_int_equal(begin(PROTECTED, ""), 0);
    end();
    let_go(1);
}

/* Anybody can create a pipe there, and keep it. */
static void a_name_that_anybody_can_create_is_never_taken_over(void **state)
{
    (void)state;
    must_have_been_killed(OPEN_WIDE, OURS, 1);
    must_be_refused(UV_EADDRINUSE, OPEN, "", 0);
    assert_int_equal(played_npfs.asked_manager, 0);
    let_go(1);
    assert_int_equal(begin(OPEN, ""), 0);
    end();
}

/* What was connected and never taken is disconnected, or it would be in the next one's way. */
static void a_stop_leaves_no_name_behind(void **state)
{
    HANDLE clients[4];
    (void)state;
    assert_int_equal(begin(OPEN, ""), 0);
    for (size_t i = 0; i < 4; i++) {
        must_become((clients[i] = played_npfs_come(OPEN_WIDE)) != NULL);
    }
    end();
    assert_int_equal(played_npfs_instances(), 0);
    assert_int_equal(begin(OPEN, ""), 0);
    assert_false(acceptor_recovered(acceptor));
    assert_int_equal(played_npfs.now_ms, 0);
    end();
    for (size_t i = 0; i < 4; i++) {
        played_npfs_api.CloseHandle(clients[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_name_that_nobody_has_is_created, reset),
        cmocka_unit_test_setup(handles_that_are_kept_over_a_kill_do_not_keep_it_from_starting,
                               reset),
        cmocka_unit_test_setup(handles_that_are_closed_within_moments_are_waited_for, reset),
        cmocka_unit_test_setup(a_name_that_goes_while_it_is_probed_is_created, reset),
        cmocka_unit_test_setup(access_rights_of_before_are_replaced, reset),
        cmocka_unit_test_setup(access_rights_that_cannot_be_replaced_end_it, reset),
        cmocka_unit_test_setup(a_name_of_which_others_are_the_owner_ends_it, reset),
        cmocka_unit_test_setup(who_answers_is_not_replaced, reset),
        cmocka_unit_test_setup(a_service_that_the_manager_knows_of_is_not_replaced, reset),
        cmocka_unit_test_setup(a_name_that_anybody_can_create_is_never_taken_over, reset),
        cmocka_unit_test_setup(a_stop_leaves_no_name_behind, reset),
    };
    return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
