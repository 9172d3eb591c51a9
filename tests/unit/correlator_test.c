/* correlator_test.c: what real logs contain, one case at a time: which installation an outcome
 * belongs to, in which busy period, and how often that is reported. correlator_worlds_test.c
 * generates all other cases. */
#include "unit.h"

#include "made_records.h"

#include "decide/correlator.h"
#include "event_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { MOST_TOLD = 512, SERVER_PID = 900, FORGER_PID = 666 };

struct told {
    struct event event;
    struct install install;
    bool again;
    int64_t at_ms; /* when it was reported */
};

/* A correlator, the time, and what was reported. */
static struct story {
    struct correlator *correlator;
    int64_t now_ms;
    uint64_t position, order;
    int64_t wall_by_ms; /* how far the wall clock was set */
    struct told told[MOST_TOLD];
    size_t count, looked_at;
    uint64_t done[256];
    size_t done_count;
} story;

static enum record_writer writer_of(uint32_t pid)
{
    return pid == 0                           ? WRITER_UNKNOWN
           : pid == SERVER_PID                ? WRITER_SERVICE
           : pid == FORGER_PID || pid == 4000 ? WRITER_OTHER
           : pid == 5000                      ? WRITER_UNKNOWN
                                              : WRITER_MSIEXEC;
}

static void note_done(void *arg, uint64_t record_id)
{
    (void)arg;
    if (story.done_count < COUNT(story.done)) {
        story.done[story.done_count++] = record_id;
    }
}

static int begin(void **state)
{
    struct correlator_config config = {.done = note_done};
    (void)state;
    memset(&story, 0, sizeof story);
    story.order = 100;
    return correlator_new(&story.correlator, &config);
}

static int end(void **state)
{
    (void)state;
    correlator_free(story.correlator);
    return 0;
}

static void collect(uint64_t mono_ms)
{
    struct told *told = &story.told[story.count];
    while (correlator_next(story.correlator, mono_ms, &told->event, &told->install, &told->again)) {
        assert_ptr_equal(told->event.install, &told->install);
        told->at_ms = story.now_ms;
        assert_true(++story.count < MOST_TOLD);
        told++;
    }
}

/* Time passes; what is due is reported when it is due. */
static void until(int64_t at_ms)
{
    for (uint64_t due; (due = correlator_due(story.correlator)) <= (uint64_t)at_ms;) {
        story.now_ms = (int64_t)due > story.now_ms ? (int64_t)due : story.now_ms;
        collect((uint64_t)story.now_ms);
    }
    story.now_ms = at_ms;
}

static void turn_from(enum verdict_state from, enum verdict_state to, int64_t at_ms)
{
    struct event event = {
        .kind = EVENT_TRANSITION, .at_ms = WALL + at_ms + story.wall_by_ms, .from = from, .to = to};
    until(at_ms);
    correlator_transition(story.correlator, &event, ++story.position, (uint64_t)at_ms);
}

static uint64_t busy(int64_t at_ms)
{
    turn_from(VERDICT_IDLE, VERDICT_BUSY, at_ms);
    return story.position;
}

static void idle(int64_t at_ms)
{
    turn_from(VERDICT_BUSY, VERDICT_IDLE, at_ms);
}

/* A record comes when it was written, or late_ms later. Records come in the order of the calls,
 * unless late_ms changes that. */
static void come(struct made made)
{
    made.order = made.order == 0 ? ++story.order : made.order;
    made.wall_by_ms = story.wall_by_ms;
    made.writer = writer_of(made.writer_pid);
    until(made.at_ms + made.late_ms);
    struct install_record record = make_record(&made);
    correlator_record(story.correlator, &record, (uint64_t)story.now_ms);
    collect((uint64_t)story.now_ms);
}

#define COME(...) come((struct made){__VA_ARGS__})

/* What an event must say; a product of 0 means none, and so does a client of 0. */
struct wanted {
    uint64_t of;
    unsigned product;
    uint32_t pid;
    enum install_action action;
    enum install_result result;
    uint32_t status;
    uint32_t further;
    bool again;
    int64_t by_ms; /* no later than this; 0: at any time */
};

static const struct told *must_tell(struct wanted wanted)
{
    char product[16] = "";
    assert_true(story.looked_at < story.count);
    const struct told *told = &story.told[story.looked_at++];
    const struct install *install = &told->install;
    if (wanted.product != 0) {
        snprintf(product, sizeof product, "P%u", wanted.product);
    }
    must(told->event.of == wanted.of && strcmp(install->product, product) == 0 &&
             install->client_pid == wanted.pid && install->action == wanted.action &&
             install->result == wanted.result && install->status == wanted.status &&
             install->further == wanted.further && told->again == wanted.again,
         "event %u: %s of %u by %u, action %d, result %d, status %u, further %u, again %d",
         (unsigned)story.looked_at, install->product, (unsigned)told->event.of, install->client_pid,
         (int)install->action, (int)install->result, install->status, install->further,
         told->again);
    must(wanted.by_ms == 0 || told->at_ms <= wanted.by_ms, "%s is reported at %d, not by %d",
         product, (int)told->at_ms, (int)wanted.by_ms);
    return told;
}

#define MUST_TELL(...) must_tell((struct wanted){__VA_ARGS__})

static void must_be_silent(void)
{
    must(story.looked_at == story.count, "%u events more: %s of %u",
         (unsigned)(story.count - story.looked_at), story.told[story.looked_at].install.product,
         (unsigned)story.told[story.looked_at].event.of);
}

/* A quiet installation by pid 1000 + product, from 1040 to 1042; its outcome comes just before the
 * end. */
static void quiet(unsigned product, const char *user, int64_t from_ms, int64_t to_ms)
{
    COME(.id = 1040, .at_ms = from_ms, .pid = 1000 + product, .product = product, .user = user);
    COME(.id = 11707, .at_ms = to_ms - 20, .product = product, .user = user);
    COME(.id = 1033, .at_ms = to_ms - 20, .product = product, .user = user);
    COME(.id = 1042, .at_ms = to_ms, .pid = 1000 + product, .product = product);
}

/* ---- quiet ---- */

static void an_installation_is_reported_when_it_is_over(void **state)
{
    struct install now;
    (void)state;
    assert_false(correlator_current(story.correlator, 0, &now));
    COME(.id = 1040, .at_ms = 990, .pid = 1007, .product = 7, .user = ALICE);
    assert_true(correlator_current(story.correlator, 990, &now)); /* before the mutex was seen */
    uint64_t of = busy(1000);
    assert_true(correlator_current(story.correlator, 1500, &now));
    assert_int_equal(now.client_pid, 1007);
    assert_string_equal(now.package, "C:\\P7.msi");
    COME(.id = 11707, .at_ms = 2000, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 2000, .product = 7, .user = ALICE);
    COME(.id = 1042, .at_ms = 2010, .pid = 1007, .product = 7);
    assert_false(correlator_current(story.correlator, 2010, &now));
    idle(2020);
    until(20000);
    const struct told *told = MUST_TELL(.of = of, .product = 7, .pid = 1007,
                                        .action = ACTION_INSTALL, .result = RESULT_SUCCESS,
                                        .by_ms = 2020 + 3000);
    assert_string_equal(told->install.user, ALICE); /* never the user of 1042, which is SYSTEM */
    assert_string_equal(told->install.product_code, "{00000000-0000-0000-0000-000000000007}");
    assert_int_equal(told->install.trusted, TRUST_UNKNOWN);
    assert_int_equal(told->install.reboot, REBOOT_NONE);
    must_be_silent();
    assert_int_equal(correlator_due(story.correlator), UINT64_MAX);
}

static void one_that_fails_is_a_failure_of_its_period(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 11708, .at_ms = 5980, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 5980, .product = 7, .status = 1603, .user = ALICE);
    COME(.id = 1042, .at_ms = 6000, .pid = 1007, .product = 7);
    idle(6010);
    until(20000);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_FAILURE, .status = 1603, .by_ms = 9010);
    must_be_silent();
}

static void an_update_is_one_event_and_several_are_further(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = SYSTEM_SID);
    for (int i = 0; i < 3; i++) {
        COME(.id = 1022, .at_ms = 2000, .product = 7, .user = SYSTEM_SID);
        COME(.id = 1036, .at_ms = 2001, .product = 7, .user = SYSTEM_SID);
    }
    COME(.id = 11728, .at_ms = 2900, .product = 7, .user = SYSTEM_SID);
    COME(.id = 1035, .at_ms = 2900, .product = 7, .user = SYSTEM_SID);
    COME(.id = 1042, .at_ms = 2950, .pid = 1007, .product = 7);
    idle(2960);
    until(20000);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_UPDATE,
              .result = RESULT_SUCCESS, .further = 2);
    must_be_silent();
}

/* All 720 orders in which the records of one transaction may come. */
static void permute(unsigned at, struct made records[6], void (*each)(struct made records[6]))
{
    if (at == 6) {
        each(records);
        return;
    }
    for (unsigned i = at; i < 6; i++) {
        struct made swapped = records[at];
        records[at] = records[i];
        records[i] = swapped;
        permute(at + 1, records, each);
        records[i] = records[at];
        records[at] = swapped;
    }
}

static void play_order(struct made records[6])
{
    begin(NULL);
    uint64_t of = busy(1000);
    for (int64_t i = 0; i < 6; i++) {
        struct made made = records[i];
        made.late_ms = 3010 + i * 10 - made.at_ms; /* they come one after the other */
        come(made);
    }
    idle(3020);
    until(20000);
    const struct told *told = MUST_TELL(.of = of, .product = 7, .pid = 1007,
                                        .action = ACTION_UPDATE, .result = RESULT_SUCCESS);
    assert_string_equal(told->install.user, SYSTEM_SID);
    assert_string_equal(told->install.package, "C:\\P7.msi");
    must_be_silent();
    end(NULL);
}

static void in_whatever_order_its_records_come_it_ends_the_same(void **state)
{
    struct made records[6] = {
        {.id = 1040, .at_ms = 1010, .order = 1, .pid = 1007, .product = 7, .user = SYSTEM_SID},
        {.id = 1022, .at_ms = 2950, .order = 2, .product = 7, .user = SYSTEM_SID},
        {.id = 1036, .at_ms = 2950, .order = 3, .product = 7, .user = SYSTEM_SID},
        {.id = 11728, .at_ms = 2990, .order = 4, .product = 7, .user = SYSTEM_SID},
        {.id = 1035, .at_ms = 2990, .order = 5, .product = 7, .user = SYSTEM_SID},
        {.id = 1042, .at_ms = 3000, .order = 6, .pid = 1007, .product = 7}};
    (void)state;
    end(NULL);
    permute(0, records, play_order);
    begin(NULL);
}

/* ---- after the end ---- */

static void the_outcome_of_an_interactive_one_is_its_own(int64_t after_ms, bool again)
{
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 1042, .at_ms = 6000, .pid = 1007, .product = 7);
    idle(6010);
    COME(.id = 11707, .at_ms = 6000 + after_ms, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 6000 + after_ms, .product = 7, .user = ALICE);
    until(2000000);
    if (again) {
        MUST_TELL(.of = of, .pid = 1007, .by_ms = 6010 + 3000);
    }
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS, .again = again, .by_ms = 6000 + after_ms + 3000);
    must_be_silent();
}

static void an_outcome_may_come_2_seconds_after_the_end(void **state)
{
    (void)state;
    the_outcome_of_an_interactive_one_is_its_own(2000, false);
}

static void or_10_seconds_and_is_not_counted_again(void **state)
{
    (void)state;
    the_outcome_of_an_interactive_one_is_its_own(10000, true);
}

static void or_10_minutes(void **state)
{
    (void)state;
    the_outcome_of_an_interactive_one_is_its_own(600000, true);
}

static void but_not_16_minutes(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 1042, .at_ms = 6000, .pid = 1007, .product = 7);
    idle(6010);
    COME(.id = 1033, .at_ms = 966000, .product = 7, .user = ALICE);
    until(2000000);
    MUST_TELL(.of = of, .pid = 1007);
    MUST_TELL(.product = 7, .action = ACTION_INSTALL, .result = RESULT_SUCCESS);
    must_be_silent();
}

static void of_one_client_it_is_the_latest_one(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 2; i++) {
        busy(1000 + 5000 * i);
        COME(.id = 1040, .at_ms = 1010 + 5000 * i, .pid = 1007, .product = 7, .user = ALICE);
        COME(.id = 1042, .at_ms = 2000 + 5000 * i, .pid = 1007, .product = 7);
        idle(2010 + 5000 * i);
    }
    COME(.id = 1033, .at_ms = 20000, .product = 7, .user = ALICE);
    until(100000);
    MUST_TELL(.of = 1, .pid = 1007);
    MUST_TELL(.of = 3, .pid = 1007);
    MUST_TELL(.of = 3, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS, .again = true);
    must_be_silent();
}

/* Nobody can tell whose dialog was closed first. */
static void of_two_clients_it_is_none_and_not_counted_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        busy(1000 + 5000 * i);
        COME(.id = 1040, .at_ms = 1010 + 5000 * i, .pid = 1007 + i, .product = 7 + i,
             .user = ALICE);
        COME(.id = 1042, .at_ms = 2000 + 5000 * i, .pid = 1007 + i, .product = 7 + i);
        idle(2010 + 5000 * i);
    }
    COME(.id = 1033, .at_ms = 20000, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 30000, .product = 8, .user = ALICE);
    until(100000);
    MUST_TELL(.of = 1, .pid = 1007);
    MUST_TELL(.of = 3, .pid = 1008);
    MUST_TELL(.product = 7, .action = ACTION_INSTALL, .result = RESULT_SUCCESS, .again = true);
    MUST_TELL(.product = 8, .action = ACTION_INSTALL, .result = RESULT_SUCCESS, .again = true);
    must_be_silent();
}

static void where_the_writer_is_named_it_is_the_right_one_of_two(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        busy(1000 + 5000 * i);
        COME(.id = 1040, .at_ms = 1010 + 5000 * i, .pid = 1007 + i, .product = 7 + i, .user = ALICE,
             .writer_pid = SERVER_PID);
        COME(.id = 1042, .at_ms = 2000 + 5000 * i, .pid = 1007 + i, .product = 7 + i,
             .writer_pid = SERVER_PID);
        idle(2010 + 5000 * i);
    }
    COME(.id = 1033, .at_ms = 20000, .product = 7, .user = ALICE, .writer_pid = 1007);
    until(100000);
    MUST_TELL(.of = 1, .pid = 1007);
    MUST_TELL(.of = 3, .pid = 1008);
    const struct told *told = MUST_TELL(.of = 1, .product = 7, .pid = 1007,
                                        .action = ACTION_INSTALL, .result = RESULT_SUCCESS,
                                        .again = true);
    assert_int_equal(told->install.trusted, TRUST_YES);
    must_be_silent();
}

/* ---- others in the same period ---- */

static void a_collision_is_of_the_period_it_ran_into_and_says_nothing_of_its_holder(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 5100, .product = 8, .status = 1618, .user = ALICE);
    COME(.id = 11707, .at_ms = 7980, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 7980, .product = 7, .user = ALICE);
    COME(.id = 1042, .at_ms = 8000, .pid = 1007, .product = 7);
    idle(8010);
    until(20000);
    const struct told *told = MUST_TELL(.of = of, .product = 8, .action = ACTION_INSTALL,
                                        .result = RESULT_COLLISION, .status = 1618, .by_ms = 8100);
    assert_string_equal(told->install.package, "");
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS, .by_ms = 11010);
    must_be_silent();
}

static void who_fails_in_his_dialogs_while_another_installs_is_of_no_period(void **state)
{
    static const char *const users[] = {ALICE, BOB};
    (void)state;
    for (size_t i = 0; i < COUNT(users); i++) {
        end(NULL);
        begin(NULL);
        uint64_t of = busy(1000);
        COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
        COME(.id = 10005, .at_ms = 3000, .product = 8, .user = users[i]);
        COME(.id = 11708, .at_ms = 5000, .product = 8, .user = users[i]);
        COME(.id = 1033, .at_ms = 5000, .product = 8, .status = 1603, .user = users[i]);
        COME(.id = 11707, .at_ms = 7980, .product = 7, .user = ALICE);
        COME(.id = 1033, .at_ms = 7980, .product = 7, .user = ALICE);
        COME(.id = 1042, .at_ms = 8000, .pid = 1007, .product = 7);
        idle(8010);
        until(20000);
        for (int n = 0; n < 2; n++) { /* the order of the two does not matter */
            if (story.told[story.looked_at].event.of == of) {
                MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
                          .result = RESULT_SUCCESS, .by_ms = 11010);
            } else {
                MUST_TELL(.product = 8, .action = ACTION_INSTALL, .result = RESULT_FAILURE,
                          .status = 1603, .by_ms = 11010);
            }
        }
        must_be_silent();
    }
}

/* The holder is interactive: its transaction contains only the other one's outcome. */
static void also_if_the_holder_has_no_outcome_there(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 10005, .at_ms = 3000, .product = 8, .user = ALICE);
    COME(.id = 11708, .at_ms = 5000, .product = 8, .user = ALICE);
    COME(.id = 1033, .at_ms = 5000, .product = 8, .status = 1603, .user = ALICE);
    COME(.id = 1042, .at_ms = 8000, .pid = 1007, .product = 7);
    idle(8010);
    COME(.id = 11707, .at_ms = 30000, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 30000, .product = 7, .user = ALICE);
    until(100000);
    MUST_TELL(.of = of, .pid = 1007, .by_ms = 11010);
    MUST_TELL(.product = 8, .action = ACTION_INSTALL, .result = RESULT_FAILURE, .status = 1603,
              .by_ms = 11010);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS, .again = true);
    must_be_silent();
}

static void who_fails_before_he_begins_is_of_no_period(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 2; i++) {
        COME(.id = 10005, .at_ms = 1000 + 20000 * i, .product = 7, .user = ALICE);
        COME(.id = 11708, .at_ms = 3000 + 20000 * i, .product = 7, .user = ALICE);
        COME(.id = 1033, .at_ms = 3000 + 20000 * i, .product = 7, .status = 1603, .user = ALICE);
    }
    until(100000);
    for (int64_t i = 0; i < 2; i++) {
        MUST_TELL(.product = 7, .action = ACTION_INSTALL, .result = RESULT_FAILURE, .status = 1603,
                  .by_ms = 6000 + 20000 * i);
    }
    must_be_silent();
}

static void two_users_at_once_have_each_their_own(void **state)
{
    (void)state;
    busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 1042, .at_ms = 2000, .pid = 1007, .product = 7);
    idle(2010); /* her last dialog is still open */
    busy(3000);
    COME(.id = 1040, .at_ms = 3010, .pid = 1008, .product = 8, .user = BOB);
    COME(.id = 11707, .at_ms = 4970, .product = 7, .user = ALICE); /* and is closed now */
    COME(.id = 1033, .at_ms = 4970, .product = 7, .user = ALICE);
    COME(.id = 11707, .at_ms = 4980, .product = 8, .user = BOB);
    COME(.id = 1033, .at_ms = 4980, .product = 8, .user = BOB);
    COME(.id = 1042, .at_ms = 5000, .pid = 1008, .product = 8);
    idle(5010);
    until(20000);
    const struct told *told = MUST_TELL(.of = 1, .pid = 1007, .by_ms = 5010);
    assert_string_equal(told->install.user, ALICE);
    MUST_TELL(.of = 1, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS, .again = true);
    told = MUST_TELL(.of = 3, .product = 8, .pid = 1008, .action = ACTION_INSTALL,
                     .result = RESULT_SUCCESS);
    assert_string_equal(told->install.user, BOB);
    must_be_silent();
}

static void of_two_products_in_a_transaction_it_is_the_one_nearest_before_the_end(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 11724, .at_ms = 3000, .product = 6, .user = ALICE); /* removes the old version */
    COME(.id = 1034, .at_ms = 3000, .product = 6, .user = ALICE);
    COME(.id = 11707, .at_ms = 7980, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 7980, .product = 7, .user = ALICE);
    COME(.id = 1042, .at_ms = 8000, .pid = 1007, .product = 7);
    idle(8010);
    until(20000);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS);
    MUST_TELL(.product = 6, .action = ACTION_REMOVE, .result = RESULT_SUCCESS);
    must_be_silent();
}

/* ---- without an end ---- */

static void what_began_and_has_no_end_is_lost_with_its_period(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    idle(5000);
    uint64_t next = busy(5100);
    quiet(8, ALICE, 5110, 7000); /* it is not its outcome */
    idle(7010);
    until(20000);
    MUST_TELL(.of = next, .product = 8, .pid = 1008, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS);
    MUST_TELL(.of = of, .pid = 1007, .result = RESULT_LOST, .by_ms = 8000);
    must_be_silent();
}

static void or_when_the_mutex_is_abandoned_though_the_period_goes_on(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    until(5000);
    correlator_abandoned(story.correlator, 5000);
    until(20000);
    MUST_TELL(.of = of, .pid = 1007, .result = RESULT_LOST, .by_ms = 8000);
    must_be_silent();
}

static void an_end_that_comes_after_all_takes_that_back(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    idle(5000);
    COME(.id = 11707, .at_ms = 4980, .product = 7, .user = ALICE, .late_ms = 15000,
         .replayed = true);
    COME(.id = 1033, .at_ms = 4980, .product = 7, .user = ALICE, .late_ms = 15000,
         .replayed = true);
    COME(.id = 1042, .at_ms = 4990, .pid = 1007, .product = 7, .late_ms = 14990, .replayed = true);
    until(40000);
    MUST_TELL(.of = of, .pid = 1007, .result = RESULT_LOST);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS, .again = true);
    must_be_silent();
}

static void while_the_log_cannot_be_read_nothing_is_lost(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    until(2000);
    correlator_log_readable(story.correlator, false, 2000);
    idle(5000);
    until(60000);
    must_be_silent();
    correlator_log_readable(story.correlator, true, 60000);
    COME(.id = 1033, .at_ms = 4980, .product = 7, .user = ALICE, .late_ms = 55030,
         .replayed = true);
    COME(.id = 1042, .at_ms = 4990, .pid = 1007, .product = 7, .late_ms = 55020, .replayed = true);
    until(100000);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS);
    must_be_silent();
}

/* ---- checks, floods, forgeries ---- */

static void a_query_of_win32_product_is_one_check(void **state)
{
    uint64_t of = 0;
    (void)state;
    for (unsigned i = 0; i < 150; i++) {
        COME(.id = 1035, .at_ms = 1000 + 200 * (int64_t)i, .product = 100 + i, .user = SYSTEM_SID);
        if (i == 50) { /* somebody installs at the same time */
            of = busy(11005);
            COME(.id = 1040, .at_ms = 11010, .pid = 1007, .product = 7, .user = SYSTEM_SID);
        } else if (i == 100) {
            COME(.id = 11707, .at_ms = 21010, .product = 7, .user = SYSTEM_SID);
            COME(.id = 1033, .at_ms = 21010, .product = 7, .user = SYSTEM_SID);
            COME(.id = 1042, .at_ms = 21020, .pid = 1007, .product = 7);
        }
    }
    idle(31000);
    until(200000);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS);
    MUST_TELL(.product = 100, .action = ACTION_CHECK, .result = RESULT_SUCCESS, .further = 149,
              .by_ms = 1000 + 200 * 149 + 4000);
    must_be_silent();
}

static void checks_without_end_are_one_event_a_minute(void **state)
{
    unsigned checks = 0;
    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        COME(.id = 1035, .at_ms = 1000 + 200 * (int64_t)i, .product = 100 + i, .user = SYSTEM_SID);
    }
    until(2000000);
    for (size_t i = 0; i < story.count; i++) {
        assert_int_equal(story.told[i].install.action, ACTION_CHECK);
        checks += 1 + story.told[i].install.further;
    }
    assert_int_equal(checks, 3000);
    assert_in_range(story.count, 9, 12);
}

static void a_flood_is_counted_and_makes_so_many_events_a_minute(void **state)
{
    unsigned outcomes = 0;
    (void)state;
    for (unsigned i = 0; i < 6000; i++) {
        COME(.id = 1033, .at_ms = 20 * (int64_t)i, .product = 10 + i, .user = ALICE);
    }
    until(2000000);
    for (size_t i = 0; i < story.count; i++) {
        outcomes += 1 + story.told[i].install.further;
    }
    assert_int_equal(outcomes, 6000);
    assert_in_range(story.count, 2 * CORRELATOR_EVENTS, 3 * CORRELATOR_EVENTS + 4);
}

/* A 1033 of a process whose pid is known and which is not msiexec. */
static void what_is_forged_says_so_is_of_no_period_and_takes_nobodys_place(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE,
         .writer_pid = SERVER_PID);
    COME(.id = 1033, .at_ms = 4985, .product = 8, .user = ALICE, .writer_pid = FORGER_PID);
    COME(.id = 1033, .at_ms = 4990, .product = 7, .user = ALICE, .writer_pid = SERVER_PID);
    COME(.id = 1042, .at_ms = 5000, .pid = 1007, .product = 7, .writer_pid = SERVER_PID);
    idle(5010);
    until(20000);
    for (int i = 0; i < 2; i++) {
        if (story.told[story.looked_at].event.of == of) {
            const struct told *told = MUST_TELL(.of = of, .product = 7, .pid = 1007,
                                                .action = ACTION_INSTALL, .result = RESULT_SUCCESS);
            assert_int_equal(told->install.trusted, TRUST_YES);
        } else {
            const struct told *told = MUST_TELL(.product = 8, .action = ACTION_INSTALL,
                                                .result = RESULT_SUCCESS);
            assert_int_equal(told->install.trusted, TRUST_NO);
        }
    }
    must_be_silent();
}

static void a_forged_transaction_is_no_real_one(void **state)
{
    struct install now;
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1005, .pid = 1, .product = 8, .user = ALICE,
         .writer_pid = FORGER_PID);
    assert_true(correlator_current(story.correlator, 1005, &now));
    assert_int_equal(now.trusted, TRUST_NO);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE,
         .writer_pid = SERVER_PID);
    assert_true(correlator_current(story.correlator, 1010, &now));
    assert_int_equal(now.client_pid, 1007);
    assert_int_equal(now.trusted, TRUST_YES);
    COME(.id = 1033, .at_ms = 4990, .product = 7, .user = ALICE, .writer_pid = SERVER_PID);
    COME(.id = 1042, .at_ms = 5000, .pid = 1007, .product = 7, .writer_pid = SERVER_PID);
    idle(5010);
    until(20000);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS);
    const struct told *told = MUST_TELL(.pid = 1, .result = RESULT_LOST);
    assert_int_equal(told->install.trusted, TRUST_NO);
    must_be_silent();
}

/* Burn and CcmExec call msi.dll in their own process. */
static void the_client_that_1040_names_may_write_though_it_is_no_msiexec(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 4000, .product = 7, .user = ALICE,
         .writer_pid = SERVER_PID);
    COME(.id = 1042, .at_ms = 5000, .pid = 4000, .product = 7, .writer_pid = SERVER_PID);
    idle(5010);
    COME(.id = 1033, .at_ms = 6000, .product = 7, .user = ALICE, .writer_pid = 4000);
    until(20000);
    const struct told *told = MUST_TELL(.of = of, .product = 7, .pid = 4000,
                                        .action = ACTION_INSTALL, .result = RESULT_SUCCESS);
    assert_int_equal(told->install.trusted, TRUST_YES); /* msiserver wrote the 1040 */
    COME(.id = 1033, .at_ms = 30000, .product = 8, .user = ALICE, .writer_pid = 5000);
    until(40000);
    told = MUST_TELL(.product = 8, .action = ACTION_INSTALL, .result = RESULT_SUCCESS);
    assert_int_equal(told->install.trusted, TRUST_UNKNOWN); /* the process has ended */
    must_be_silent();
}

static void the_owner_of_the_mutex_has_a_role(void **state)
{
    const struct correlator *c = story.correlator;
    (void)state;
    assert_int_equal(correlator_owner_role(c, 1007, 0), ROLE_UNKNOWN);
    busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    assert_int_equal(correlator_owner_role(c, 1007, 1010), ROLE_CLIENT);
    assert_int_equal(correlator_owner_role(c, 1008, 1010), ROLE_OTHER);
}

/* ---- later reports ---- */

static void what_is_learnt_later_is_said_again_and_not_counted(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    quiet(7, ALICE, 1010, 2000);
    idle(2010);
    until(6000);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS);
    COME(.id = 1038, .at_ms = 1990, .order = 103, .product = 7, .user = ALICE, .late_ms = 5000);
    until(20000);
    const struct told *told = MUST_TELL(.of = of, .product = 7, .pid = 1007,
                                        .action = ACTION_INSTALL, .result = RESULT_SUCCESS,
                                        .again = true);
    assert_int_equal(told->install.reboot, REBOOT_REQUIRED);
    COME(.id = 1038, .at_ms = 1990, .order = 103, .product = 7, .user = ALICE, .late_ms = 20000);
    until(40000);
    must_be_silent(); /* nothing new */
}

static void a_restart_is_remembered_and_told_with_its_product(void **state)
{
    (void)state;
    assert_int_equal(correlator_restart(story.correlator)->reboot, REBOOT_UNKNOWN);
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 11707, .at_ms = 4980, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 4980, .product = 7, .user = ALICE);
    assert_int_equal(correlator_restart(story.correlator)->reboot, REBOOT_NONE);
    COME(.id = 1038, .at_ms = 4980, .product = 7, .user = ALICE);
    COME(.id = 1005, .at_ms = 4980, .product = 7, .user = ALICE);
    assert_string_equal(correlator_restart(story.correlator)->by, "P7"); /* 1005: only its code */
    assert_int_equal(correlator_restart(story.correlator)->at_ms, WALL + 4980);
    COME(.id = 1042, .at_ms = 5000, .pid = 1007, .product = 7);
    assert_int_equal(correlator_restart(story.correlator)->reboot, REBOOT_INITIATED);
    idle(5010);
    until(20000);
    const struct told *told = MUST_TELL(.of = of, .product = 7, .pid = 1007,
                                        .action = ACTION_INSTALL, .result = RESULT_SUCCESS);
    assert_int_equal(told->install.reboot, REBOOT_INITIATED);
    must_be_silent();
}

static void who_asked_first_for_a_restart_is_remembered(void **state)
{
    const struct restart *restart = correlator_restart(story.correlator);
    (void)state;
    COME(.id = 1029, .at_ms = 1000, .product = 7, .user = ALICE);
    assert_int_equal(restart->reboot, REBOOT_REQUIRED);
    assert_string_equal(restart->by, "{00000000-0000-0000-0000-000000000007}");
    COME(.id = 1033, .at_ms = 1100, .product = 7, .status = 3010, .user = ALICE);
    assert_string_equal(restart->by, "P7"); /* now it has a name */
    COME(.id = 1033, .at_ms = 2000, .product = 8, .status = 3010, .user = ALICE);
    assert_string_equal(restart->by, "P7");
    assert_int_equal(restart->at_ms, WALL + 1000);
    COME(.id = 1005, .at_ms = 3000, .product = 9, .writer_pid = FORGER_PID);
    assert_int_equal(restart->reboot, REBOOT_REQUIRED); /* forged */
    COME(.id = 1005, .at_ms = 3000, .product = 8, .user = ALICE);
    assert_int_equal(restart->reboot, REBOOT_INITIATED);
    assert_string_equal(restart->by, "P8");
    assert_int_equal(restart->at_ms, WALL + 3000);
}

static void a_restart_asked_for_before_the_boot_has_been(void **state)
{
    struct correlator_config config = {.done = note_done, .booted_ms = WALL + 5500};
    (void)state;
    correlator_free(story.correlator);
    assert_int_equal(correlator_new(&story.correlator, &config), 0);
    const struct restart *restart = correlator_restart(story.correlator);
    COME(.id = 1005, .at_ms = 4000, .product = 7, .user = ALICE, .late_ms = 4000, .replayed = true);
    COME(.id = 1005, .at_ms = 4000, .product = 7, .user = ALICE, .late_ms = 4000, .replayed = true,
         .whole_second = true);
    assert_int_equal(restart->reboot, REBOOT_UNKNOWN);
    COME(.id = 1029, .at_ms = 5000, .product = 8, .user = ALICE, .late_ms = 4000, .replayed = true,
         .whole_second = true);
    assert_int_equal(restart->reboot,
                     REBOOT_REQUIRED); /* the record may be from the second of the boot */
    COME(.id = 1005, .at_ms = 4000, .product = 9, .user = ALICE, .late_ms = 6000);
    assert_int_equal(restart->reboot, REBOOT_INITIATED); /* it comes now: the clock was set back */
}

static void a_restart_that_the_last_run_knew_is_remembered_until_another_is_asked_for(void **state)
{
    const struct restart *restart = correlator_restart(story.correlator);
    struct restart kept = {.reboot = REBOOT_REQUIRED, .by = "P7"};
    (void)state;
    correlator_remember_restart(story.correlator, &kept);
    assert_int_equal(restart->reboot, REBOOT_REQUIRED);
    assert_string_equal(restart->by, "P7");
    COME(.id = 1029, .at_ms = 1000, .product = 8, .user = ALICE);
    assert_string_equal(restart->by, "P7"); /* the first one that asked for it */
    COME(.id = 1005, .at_ms = 2000, .product = 8, .user = ALICE);
    correlator_remember_restart(story.correlator, &kept);
    assert_int_equal(restart->reboot, REBOOT_INITIATED);
}

static void a_file_in_use_says_which_product_it_is(void **state)
{
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 1025, .at_ms = 2000, .product = 7, .user = ALICE);
    COME(.id = 1033, .at_ms = 4990, .product = 8, .status = 1603, .user = ALICE); /* not its own */
    COME(.id = 1042, .at_ms = 5000, .pid = 1007, .product = 7);
    idle(5010);
    until(20000);
    MUST_TELL(.product = 8, .action = ACTION_INSTALL, .result = RESULT_FAILURE, .status = 1603);
    const struct told *told = MUST_TELL(.of = of, .product = 7, .pid = 1007);
    assert_string_equal(told->install.in_use_by, "explorer.exe");
    assert_int_equal(told->install.in_use_pid, 3300);
    must_be_silent();
}

/* ---- clocks ---- */

static void a_clock_that_is_set_changes_nothing(void **state)
{
    static const int64_t steps[] = {-90000, 3600000};
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        end(NULL);
        begin(NULL);
        uint64_t first = busy(1000);
        COME(.id = 1040, .at_ms = 1010, .pid = 1007, .product = 7, .user = ALICE);
        story.wall_by_ms = steps[i];
        COME(.id = 1033, .at_ms = 4990, .product = 7, .user = ALICE);
        COME(.id = 1042, .at_ms = 5000, .pid = 1007, .product = 7);
        idle(5010);
        uint64_t second = busy(5030);
        quiet(8, ALICE, 5040, 6000);
        idle(6010);
        until(20000);
        MUST_TELL(.of = first, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
                  .result = RESULT_SUCCESS, .by_ms = 8010);
        MUST_TELL(.of = second, .product = 8, .pid = 1008, .action = ACTION_INSTALL,
                  .result = RESULT_SUCCESS, .by_ms = 9010);
        must_be_silent();
    }
}

/* ---- the service starts again ---- */

static void what_goes_on_at_a_stop_is_left_to_the_next_run(void **state)
{
    struct correlator_config config = {.done = note_done};
    (void)state;
    busy(1000);
    COME(.id = 1040, .at_ms = 1010, .order = 50, .pid = 1007, .product = 7, .user = ALICE);
    turn_from(VERDICT_BUSY, VERDICT_UNKNOWN, 2000);
    collect(UINT64_MAX);
    must_be_silent();
    assert_int_equal(story.done_count, 0);
    correlator_free(story.correlator);
    assert_int_equal(correlator_new(&story.correlator, &config), 0);
    turn_from(VERDICT_UNKNOWN, VERDICT_BUSY, 4000);
    uint64_t of = story.position;
    COME(.id = 1040, .at_ms = 1010, .order = 50, .pid = 1007, .product = 7, .user = ALICE,
         .late_ms = 3000, .replayed = true, .whole_second = true);
    COME(.id = 1033, .at_ms = 6990, .order = 51, .product = 7, .user = ALICE, .whole_second = true);
    COME(.id = 1042, .at_ms = 7000, .order = 52, .pid = 1007, .product = 7, .whole_second = true);
    idle(7010);
    until(20000);
    MUST_TELL(.of = of, .product = 7, .pid = 1007, .action = ACTION_INSTALL,
              .result = RESULT_SUCCESS, .by_ms = 10010);
    must_be_silent();
    assert_int_equal(story.done_count, 3);
}

static void what_was_reported_without_its_outcome_is_not_counted_again_by_the_next_run(void **state)
{
    struct correlator_config config = {.done = note_done};
    (void)state;
    uint64_t of = busy(1000);
    COME(.id = 1040, .at_ms = 1010, .order = 50, .pid = 1007, .product = 7, .user = ALICE);
    COME(.id = 1042, .at_ms = 2000, .order = 51, .pid = 1007, .product = 7);
    idle(2010);
    until(10000);
    MUST_TELL(.of = of, .pid = 1007);
    assert_int_equal(story.done_count, 1); /* its end is read again */
    correlator_free(story.correlator);
    assert_int_equal(correlator_new(&story.correlator, &config), 0);
    COME(.id = 1042, .at_ms = 2000, .order = 51, .pid = 1007, .product = 7, .late_ms = 9000,
         .replayed = true);
    COME(.id = 1033, .at_ms = 20000, .order = 52, .product = 7, .user = ALICE);
    until(100000);
    MUST_TELL(.product = 7, .action = ACTION_INSTALL, .result = RESULT_SUCCESS, .again = true);
    must_be_silent();
}

/* ---- real records ---- */

static size_t read_sample(const char *name, struct install_record records[], size_t most)
{
    char path[512];
    size_t count = 0, room = 65536;
    char *line = malloc(room);
    assert_non_null(line);
    snprintf(path, sizeof path, "%s/%s.xml", MSIWATCH_EVENTS, name);
    FILE *file = fopen(path, "r");
    must(file != NULL, "%s", path);
    while (fgets(line, (int)room, file) != NULL) {
        size_t size = strcspn(line, "\r\n");
        if (line[0] == '<' && line[1] == 'E' && count < most &&
            event_xml_install(line, size, &records[count]) == RECORD_READ) {
            count++;
        }
    }
    fclose(file);
    free(line);
    return count;
}

/* Office: 22 transactions of one or two clients, each with a period of its own, at true times
 * within the seconds that the records name. */
static void play_office(bool replayed, unsigned *wrong, unsigned *none)
{
    static struct install_record records[44];
    uint64_t of[22];
    assert_int_equal(read_sample("win7-office-chain", records, COUNT(records)), 44);
    int64_t first_ms = records[0].at_ms - 1000, true_ms = 0;
    for (size_t i = 0; i < 44; i++) {
        int64_t second_ms = records[i].at_ms - first_ms;
        true_ms = second_ms > true_ms ? second_ms + 100 : true_ms + (i % 2 == 0 ? 25 : 110);
        assert_in_range(true_ms - second_ms, 0, 999);
        if (i % 2 == 0) {
            of[i / 2] = busy(true_ms + 8);
        }
        records[i].at_ms += WALL - first_ms - (WALL % 1000);
        records[i].arrived_ms = (uint64_t)true_ms + 12;
        records[i].replayed = replayed;
        until(true_ms + 12);
        correlator_record(story.correlator, &records[i], (uint64_t)story.now_ms);
        collect((uint64_t)story.now_ms);
        if (i % 2 == 1) {
            idle(true_ms + 15);
        }
    }
    until(true_ms + 100000);
    assert_int_equal(story.count, 22);
    for (size_t i = 0; i < 22; i++) {
        for (size_t n = 0; n < 22; n++) {
            if (strcmp(story.told[n].install.package, records[2 * i].install.package) == 0) {
                *none += story.told[n].event.of == 0;
                *wrong += story.told[n].event.of != 0 && story.told[n].event.of != of[i];
            }
        }
    }
}

static void of_offices_chain_none_is_in_a_wrong_period(void **state)
{
    unsigned wrong = 0, none = 0;
    (void)state;
    play_office(false, &wrong, &none);
    assert_int_equal(wrong, 0);
    assert_int_equal(none, 0);
}

static void of_offices_chain_read_later_none_is_in_a_wrong_period_either(void **state)
{
    unsigned wrong = 0, none = 0;
    (void)state;
    play_office(true, &wrong, &none);
    assert_int_equal(wrong, 0);
    print_message("%u of 22 are of no period, by whole seconds alone\n", none);
}

static void two_transactions_in_one_second_have_each_their_outcome(void **state)
{
    static struct install_record records[8];
    uint64_t of[2];
    (void)state;
    assert_int_equal(read_sample("win7-two-transactions-in-one-second", records, 8), 8);
    for (size_t i = 0; i < 8; i++) {
        int64_t at_ms = 1010 + 100 * (int64_t)i;
        if (i % 4 == 0) {
            of[i / 4] = busy(at_ms - 5);
        }
        records[i].arrived_ms = (uint64_t)at_ms;
        until(at_ms);
        correlator_record(story.correlator, &records[i], (uint64_t)at_ms);
        if (i % 4 == 3) {
            idle(at_ms + 5);
        }
    }
    until(20000);
    assert_int_equal(story.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct told *told = &story.told[story.told[0].event.of == of[i] ? 0 : 1];
        assert_int_equal(told->event.of, of[i]);
        assert_int_equal(told->install.status, i == 0 ? 1638 : 0);
        assert_int_equal(told->install.client_pid, 196);
    }
}

/* ---- costs ---- */

/* CPU time that this process has used: other processes of the machine do not count. */
static uint64_t used_us(void)
{
    uv_rusage_t usage;
    assert_int_equal(uv_getrusage(&usage), 0);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* How long a correlator that is full of other installations took for 64 records of the largest
 * size. */
static uint64_t large_records_us(void)
{
    static struct install_record records[64];
    char text[MSIWATCH_STRING_BYTES];
    memset(text, 'x', MSIWATCH_STRING_CHARS);
    text[MSIWATCH_STRING_CHARS] = '\0';
    for (unsigned i = 0; i < 3 * CORRELATOR_INSTALLS; i++) { /* fill it with others */
        int64_t at_ms = 100000 * (int64_t)i;
        busy(at_ms + 5);
        quiet(10 + i, ALICE, at_ms + 10, at_ms + 1000);
        idle(at_ms + 1010);
    }
    until(100000000);
    for (unsigned i = 0; i < 64; i++) {
        struct made made = {.id = i % 4 == 0   ? 1040
                                  : i % 4 == 3 ? 1042
                                  : i % 4 == 1 ? 11707
                                               : 1033,
                            .order = ++story.order + 10000,
                            .at_ms = story.now_ms + i,
                            .pid = 5000 + i / 4,
                            .product = 5000 + i / 4,
                            .user = ALICE};
        records[i] = make_record(&made);
        struct install *install = &records[i].install;
        snprintf(install->package, sizeof install->package, "%s", text);
        snprintf(install->product, sizeof install->product, "%s", text);
        memset(install->user, '1', sizeof install->user - 1);
    }
    size_t before = story.count;
    busy(story.now_ms);
    uint64_t begun = used_us();
    for (unsigned i = 0; i < 64; i++) {
        correlator_record(story.correlator, &records[i], (uint64_t)story.now_ms);
    }
    collect((uint64_t)story.now_ms + 100000);
    uint64_t took = used_us() - begun;
    print_message("64 records: %u us, %u events\n", (unsigned)took,
                  (unsigned)(story.count - before));
    assert_true(story.count > before);
    return took;
}

/* With sanitizers a program is several times as slow, and next to other such programs even slower:
 * there, this test is only about memory. */
#if defined(__SANITIZE_ADDRESS__)
#define SLOWER 10
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOWER 10
#endif
#endif
#ifndef SLOWER
#define SLOWER 1
#endif

/* The least of three runs, because other processes of the machine take time away. */
static void as_many_large_records_as_wait_at_once_take_less_than_an_interval(void **state)
{
    enum { INTERVAL_US = 20000 * SLOWER, MOST = 3 };
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < MOST && least >= INTERVAL_US; i++) {
        uint64_t took = large_records_us();
        least = took < least ? took : least;
        end(state);
        begin(state);
    }
    assert_true(least < INTERVAL_US);
}

int correlator_tests(void)
{
#define CORRELATED(test) cmocka_unit_test_setup_teardown(test, begin, end)
    static const struct CMUnitTest tests[] = {
        CORRELATED(an_installation_is_reported_when_it_is_over),
        CORRELATED(one_that_fails_is_a_failure_of_its_period),
        CORRELATED(an_update_is_one_event_and_several_are_further),
        CORRELATED(in_whatever_order_its_records_come_it_ends_the_same),
        CORRELATED(an_outcome_may_come_2_seconds_after_the_end),
        CORRELATED(or_10_seconds_and_is_not_counted_again),
        CORRELATED(or_10_minutes),
        CORRELATED(but_not_16_minutes),
        CORRELATED(of_one_client_it_is_the_latest_one),
        CORRELATED(of_two_clients_it_is_none_and_not_counted_again),
        CORRELATED(where_the_writer_is_named_it_is_the_right_one_of_two),
        CORRELATED(a_collision_is_of_the_period_it_ran_into_and_says_nothing_of_its_holder),
        CORRELATED(who_fails_in_his_dialogs_while_another_installs_is_of_no_period),
        CORRELATED(also_if_the_holder_has_no_outcome_there),
        CORRELATED(who_fails_before_he_begins_is_of_no_period),
        CORRELATED(two_users_at_once_have_each_their_own),
        CORRELATED(of_two_products_in_a_transaction_it_is_the_one_nearest_before_the_end),
        CORRELATED(what_began_and_has_no_end_is_lost_with_its_period),
        CORRELATED(or_when_the_mutex_is_abandoned_though_the_period_goes_on),
        CORRELATED(an_end_that_comes_after_all_takes_that_back),
        CORRELATED(while_the_log_cannot_be_read_nothing_is_lost),
        CORRELATED(a_query_of_win32_product_is_one_check),
        CORRELATED(checks_without_end_are_one_event_a_minute),
        CORRELATED(a_flood_is_counted_and_makes_so_many_events_a_minute),
        CORRELATED(what_is_forged_says_so_is_of_no_period_and_takes_nobodys_place),
        CORRELATED(a_forged_transaction_is_no_real_one),
        CORRELATED(the_client_that_1040_names_may_write_though_it_is_no_msiexec),
        CORRELATED(the_owner_of_the_mutex_has_a_role),
        CORRELATED(what_is_learnt_later_is_said_again_and_not_counted),
        CORRELATED(a_restart_is_remembered_and_told_with_its_product),
        CORRELATED(a_file_in_use_says_which_product_it_is),
        CORRELATED(who_asked_first_for_a_restart_is_remembered),
        CORRELATED(a_restart_asked_for_before_the_boot_has_been),
        CORRELATED(a_restart_that_the_last_run_knew_is_remembered_until_another_is_asked_for),
        CORRELATED(a_clock_that_is_set_changes_nothing),
        CORRELATED(what_goes_on_at_a_stop_is_left_to_the_next_run),
        CORRELATED(what_was_reported_without_its_outcome_is_not_counted_again_by_the_next_run),
        CORRELATED(of_offices_chain_none_is_in_a_wrong_period),
        CORRELATED(of_offices_chain_read_later_none_is_in_a_wrong_period_either),
        CORRELATED(two_transactions_in_one_second_have_each_their_outcome),
        CORRELATED(as_many_large_records_as_wait_at_once_take_less_than_an_interval),
    };
    return cmocka_run_group_tests_name("correlator", tests, NULL, NULL);
}
