/* admission_test.c: how many are let in: in total, of a process, of a user, of those nobody knows,
 * and the places that are kept. Peers are made up; the count is a pure one. */
#include "unit.h"

#include "rpc/admission.h"

#include <stdlib.h>
#include <string.h>

static const struct admission_limits limits = {
    .total = 20, .kept = 4, .process = 3, .user = 7, .stranger = 2};

static struct client_process standard(uint32_t pid, char user)
{
    struct client_process peer = {.pid = pid, .known = true, .user_size = 4};
    memset(peer.user, user, peer.user_size);
    return peer;
}

static struct client_process administrator(uint32_t pid)
{
    struct client_process peer = standard(pid, 'A');
    peer.privileged = true;
    return peer;
}

static const struct client_process stranger = {.known = false};

static void begin(struct admission *admission)
{
    assert_int_equal(admission_init(admission, &limits), 0);
}

static void must_enter(struct admission *admission, struct client_process peer)
{
    assert_null(admission_enter(admission, &peer));
}

static void must_be_over(struct admission *admission, struct client_process peer, const char *limit)
{
    const char *over = admission_enter(admission, &peer);
    must(over != NULL, "let in, though over %s", limit);
    assert_string_equal(over, limit);
}

static void leave(struct admission *admission, struct client_process peer)
{
    admission_leave(admission, &peer);
}

static void must_be_empty(struct admission *admission)
{
    assert_int_equal(admission->total, 0);
    assert_int_equal(admission->standard, 0);
    assert_int_equal(admission->strangers, 0);
    assert_int_equal(admission->groups[ADMISSION_PROCESSES].count, 0);
    assert_int_equal(admission->groups[ADMISSION_USERS].count, 0);
    admission_release(admission);
}

static void a_process_has_its_cap_and_another_of_the_same_user_is_let_in(void **state)
{
    struct admission admission;
    (void)state;
    begin(&admission);
    for (int i = 0; i < 3; i++) {
        must_enter(&admission, standard(1, 'u'));
    }
    must_be_over(&admission, standard(1, 'u'), "connections_process");
    must_be_over(&admission, standard(1, 'v'), "connections_process"); /* whoever it says it is */
    must_enter(&admission, standard(2, 'u'));
    leave(&admission, standard(1, 'u'));
    must_enter(&admission, standard(1, 'u'));
    must_be_over(&admission, standard(1, 'u'), "connections_process");
    for (int i = 0; i < 3; i++) {
        leave(&admission, standard(1, 'u'));
    }
    leave(&admission, standard(2, 'u'));
    must_be_empty(&admission);
}

static void a_user_has_a_cap_over_all_processes_and_another_user_is_let_in(void **state)
{
    struct admission admission;
    (void)state;
    begin(&admission);
    for (uint32_t pid = 1; pid <= 7; pid++) {
        must_enter(&admission, standard(pid, 'u'));
    }
    must_be_over(&admission, standard(8, 'u'), "connections_user");
    must_enter(&admission, standard(8, 'v'));
    leave(&admission, standard(3, 'u'));
    must_enter(&admission, standard(9, 'u'));
    must_be_over(&admission, standard(3, 'u'), "connections_user");
    for (uint32_t pid = 1; pid <= 7; pid++) {
        leave(&admission, standard(pid == 3 ? 9 : pid, 'u'));
    }
    leave(&admission, standard(8, 'v'));
    must_be_empty(&admission);
}

/* Users whose names begin alike are not the same. */
static void a_user_is_known_by_all_of_the_name(void **state)
{
    struct admission admission;
    struct client_process one = standard(1, 'u'), longer = standard(50, 'u');
    (void)state;
    begin(&admission);
    longer.user_size = 5;
    longer.user[4] = 'u';
    for (uint32_t pid = 1; pid <= 7; pid++) {
        one.pid = pid;
        must_enter(&admission, one);
    }
    must_enter(&admission, longer);
    must_be_over(&admission, standard(9, 'u'), "connections_user");
    admission_release(&admission);
}

static void those_whose_process_cannot_be_opened_share_one_small_bucket(void **state)
{
    struct admission admission;
    (void)state;
    begin(&admission);
    must_enter(&admission, stranger);
    must_enter(&admission, stranger);
    must_be_over(&admission, stranger, "connections_user");
    must_enter(&admission, standard(1, 'u'));
    leave(&admission, stranger);
    must_enter(&admission, stranger);
    leave(&admission, stranger);
    leave(&admission, stranger);
    leave(&admission, standard(1, 'u'));
    must_be_empty(&admission);
}

static void places_are_kept_for_administrators_whatever_others_do(void **state)
{
    struct admission admission;
    (void)state;
    begin(&admission);
    for (uint32_t i = 0; i < 16; i++) {
        must_enter(&admission, standard(100 + i, (char)('a' + i / 4)));
    }
    must_be_over(&admission, standard(200, 'z'), "connections");
    must_be_over(&admission, stranger, "connections");
    for (uint32_t i = 0; i < 4; i++) {
        must_enter(&admission, administrator(1));
    }
    must_be_over(&admission, administrator(1), "connections");
    leave(&admission, standard(100, 'a'));
    must_enter(&admission, administrator(2)); /* the place that came free is anybody's */
    must_be_over(&admission, standard(100, 'a'), "connections");
    admission_release(&admission);
}

static void administrators_are_exempt_from_all_caps_but_the_total(void **state)
{
    struct admission admission;
    (void)state;
    begin(&admission);
    for (int i = 0; i < 20; i++) {
        must_enter(&admission, administrator(1));
    }
    must_be_over(&admission, administrator(1), "connections");
    must_be_over(&admission, standard(2, 'u'), "connections");
    for (int i = 0; i < 20; i++) {
        leave(&admission, administrator(1));
    }
    must_be_empty(&admission);
}

/* Administrators' connections do not fill the others' part sooner than the total says. */
static void what_administrators_take_beyond_the_kept_places_others_lack(void **state)
{
    struct admission admission;
    (void)state;
    begin(&admission);
    for (int i = 0; i < 18; i++) {
        must_enter(&admission, administrator(1));
    }
    must_enter(&admission, standard(1, 'u'));
    must_enter(&admission, standard(2, 'u'));
    must_be_over(&admission, standard(3, 'u'), "connections");
    admission_release(&admission);
}

/* As the settings allow it: few in total, and more kept than that. */
static void at_most_half_of_the_places_are_kept(void **state)
{
    static const struct admission_limits few = {
        .total = 9, .kept = 64, .process = 20, .user = 20, .stranger = 2};
    struct admission_limits more = few;
    struct admission admission;
    (void)state;
    assert_int_equal(admission_init(&admission, &few), 0);
    for (int i = 0; i < 5; i++) {
        must_enter(&admission, standard(1, 'u'));
    }
    must_be_over(&admission, standard(1, 'u'), "connections");
    for (int i = 0; i < 4; i++) {
        must_enter(&admission, administrator(1));
    }
    must_be_over(&admission, administrator(1), "connections");
    more.total = 14; /* while it runs: 7 for standard users */
    assert_int_equal(admission_set_limits(&admission, &more), 0);
    must_enter(&admission, standard(1, 'u'));
    must_enter(&admission, standard(1, 'u'));
    must_be_over(&admission, standard(1, 'u'), "connections");
    admission_release(&admission);
}

/* Nobody is turned out; of those who come, strangers, too. */
static void other_limits_hold_for_those_who_come(void **state)
{
    struct admission_limits other = {
        .total = 20, .kept = 4, .process = 1, .user = 2, .stranger = 1};
    struct admission admission;
    (void)state;
    begin(&admission);
    must_enter(&admission, standard(1, 'u'));
    must_enter(&admission, standard(1, 'u'));
    must_enter(&admission, stranger);
    assert_int_equal(admission_set_limits(&admission, &other), 0);
    must_be_over(&admission, stranger, "connections_user");
    must_be_over(&admission, standard(1, 'u'), "connections_process");
    must_be_over(&admission, standard(2, 'u'), "connections_user");
    other.stranger = 2;
    assert_int_equal(admission_set_limits(&admission, &other), 0);
    must_enter(&admission, stranger);
    must_be_over(&admission, stranger, "connections_user");
    admission_release(&admission);
}

/* Comings and goings of many, by chance, against a count of every one. */
static void the_count_holds_over_many_comings_and_goings(void **state)
{
    enum { PEERS = 12, STEPS = 20000 };
    uint32_t in[PEERS] = {0}, chance = 7;
    struct admission admission;
    (void)state;
    begin(&admission);
    for (int step = 0; step < STEPS; step++) {
        chance = chance * 1103515245u + 12345u;
        uint32_t i = (chance >> 16) % PEERS;
        struct client_process peer = standard(i, (char)('a' + i % 3));
        uint32_t of_user = 0, all = 0;
        for (uint32_t j = 0; j < PEERS; j++) {
            of_user += j % 3 == i % 3 ? in[j] : 0;
            all += in[j];
        }
        if ((chance >> 30) == 0 && in[i] > 0) {
            leave(&admission, peer);
            in[i]--;
            continue;
        }
        const char *over = admission_enter(&admission, &peer);
        assert_int_equal(over == NULL, all < 16 && in[i] < 3 && of_user < 7);
        in[i] += over == NULL;
    }
    for (uint32_t i = 0; i < PEERS; i++) {
        for (; in[i] > 0; in[i]--) {
            leave(&admission, standard(i, (char)('a' + i % 3)));
        }
    }
    must_be_empty(&admission);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_has_its_cap_and_another_of_the_same_user_is_let_in),
        cmocka_unit_test(a_user_has_a_cap_over_all_processes_and_another_user_is_let_in),
        cmocka_unit_test(a_user_is_known_by_all_of_the_name),
        cmocka_unit_test(those_whose_process_cannot_be_opened_share_one_small_bucket),
        cmocka_unit_test(places_are_kept_for_administrators_whatever_others_do),
        cmocka_unit_test(administrators_are_exempt_from_all_caps_but_the_total),
        cmocka_unit_test(what_administrators_take_beyond_the_kept_places_others_lack),
        cmocka_unit_test(at_most_half_of_the_places_are_kept),
        cmocka_unit_test(other_limits_hold_for_those_who_come),
        cmocka_unit_test(the_count_holds_over_many_comings_and_goings),
    };
    return cmocka_run_group_tests_name("attack.admission", tests, NULL, NULL);
}
