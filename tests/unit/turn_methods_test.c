/* turn_methods_test.c: turns on connections: answers, notifications and records. The test controls
 * the clock, the samples and the processes; turns_test.c tests the queue's own rules. */
#include "ask.h"

#include "api/self_wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000u
#define MINUTE (60 * SECOND)

/* ---- simulated processes ---- */

static struct process played[8];

static bool read_played(void *arg, uint32_t pid, struct process *out)
{
    (void)arg;
    for (size_t i = 0; i < COUNT(played); i++) {
        if (played[i].pid == pid && pid != 0) {
            *out = played[i];
            return true;
        }
    }
    return false;
}

static void play_image(void *arg, uint32_t pid, char out[MSIWATCH_STRING_BYTES])
{
    (void)arg;
    snprintf(out, MSIWATCH_STRING_BYTES, "C:\\Users\\jo\\tool%u.exe", (unsigned)pid);
}

static const struct processes processes = {read_played, play_image, NULL};

static void play(size_t place, uint32_t pid, uint32_t parent)
{
    played[place] = (struct process){.pid = pid,
                                     .parent = parent,
                                     .created = 10 + place,
                                     .session = 1,
                                     .user_size = 1,
                                     .user = {'a'}};
}

/* 100 started 200, which started 300, which started 400; 500 belongs to another user. */
static int enter(void **state)
{
    int error = fixture_enter(state);
    struct server_fixture *fixture = *state;
    if (error == 0) {
        memset(played, 0, sizeof played);
        play(0, 100, 0);
        play(1, 200, 100);
        play(2, 300, 200);
        play(3, 400, 300);
        play(4, 500, 100);
        fixture->server.api.turns.config.processes = &processes;
    }
    return error;
}

#define IN_LINE(test) cmocka_unit_test_setup_teardown(test, enter, fixture_leave)

static void be(struct test_client *client, uint32_t pid, char user, enum access_level access_level)
{
    struct client_process *process = &client->connection.client;
    process->known = true;
    process->pid = pid;
    process->user_size = 1;
    process->user[0] = (unsigned char)user;
    client->access_level = access_level;
    client->connection.access_level = access_level;
}

static void join(struct server_fixture *fixture, struct test_client *client, uint32_t pid,
                 char user)
{
    client_init(&fixture->server, client);
    be(client, pid, user, ACCESS_STANDARD);
}

static void leave(struct test_client *client)
{
    client_end(client, UV_ECONNRESET);
    assert_true(client->released);
    client_release(client);
}

/* Time passes, with samples of the current state. */
static void pass(struct server_fixture *fixture, unsigned ms, unsigned interval)
{
    for (unsigned i = 0; i < ms; i += interval) {
        server_pass(&fixture->server, interval);
        server_sample(&fixture->server);
    }
}

#define GRANTED(number)                                                                            \
    "{'turn':" #number ",'journal':'$uuid','waited_ms':'$uint','blind':false,'nested':false,"      \
    "'status':'$any'}"

static void must_be_told(struct test_client *client, const char *params)
{
    char text[2048];
    snprintf(text, sizeof text, "{'jsonrpc':'2.0','method':'turn','params':%s}", params);
    must_hear(client, text);
}

/* Ignores everything received so far. */
static void forget(struct test_client *client)
{
    size_t size;
    while (client_line(client, &size) != NULL) {
    }
}

/* ---- who gets a turn ---- */

static void it_is_granted_when_idle(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "turn.acquire", "{'label':'winget'}");
    must_hear_result(&fixture->client, "1",
                     "{'turn':1,'journal':'$uuid','waited_ms':0,'blind':false,'nested':false,"
                     "'status':{'state':'idle','turns':{'holder':{'turn':1,'label':'winget',"
                     "'pid':null,'image':null,'class':'normal','since':'$time'},'waiting':0,"
                     "'hold':null},'...':0}}");
    ask(&fixture->client, "2", "turn.release", NULL);
    must_hear_result(&fixture->client, "2", "true");
    ask(&fixture->client, "3", "status", NULL);
    must_hear_result(&fixture->client, "3", "{'state':'idle','turns':null,'...':0}");
}

static void an_old_sample_is_not_believed(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    test_clock_add(1);
    ask(&fixture->client, "1", "turn.acquire", NULL);
    must_hear_nothing(&fixture->client);
    assert_true(fixture->server.look_wanted);
    fixture->server.machine.mutex.state = MUTEX_HELD;
    server_sample(&fixture->server);
    must_hear_nothing(&fixture->client);
    test_clock_add(30);
    server_set_mutex(&fixture->server, MUTEX_FREE);
    must_hear_result(&fixture->client, "1", GRANTED(1));
}

static void the_next_one_goes_on_when_the_last_one_ends(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client second, third;
    join(fixture, &second, 200, 'b');
    join(fixture, &third, 300, 'c');
    ask(&fixture->client, "1", "turn.acquire", NULL);
    must_hear_result(&fixture->client, "1", GRANTED(1));
    ask(&second, "1", "turn.acquire", NULL);
    ask(&third, "1", "turn.acquire", NULL);
    must_hear_nothing(&second);
    ask(&fixture->client, "2", "turn.release", "[3010]");
    must_hear_result(&fixture->client, "2", "true");
    must_hear_result(&second, "1", GRANTED(2));
    must_hear_nothing(&third);
    leave(&second);
    must_hear_result(&third, "1", GRANTED(3));
    leave(&third);
    assert_false(fixture->server.api.turns.queue.out);
    assert_int_equal(fixture->server.metrics.turns_total, 3);
    assert_int_equal(fixture->server.metrics.turns_ended_total[TURN_END_RELEASED], 1);
    assert_int_equal(fixture->server.metrics.turns_ended_total[TURN_END_DISCONNECTED], 2);
}

static void it_settles(void **state)
{
    struct server_fixture *fixture = *state;
    server_set_mutex(&fixture->server, MUTEX_HELD);
    ask(&fixture->client, "1", "turn.acquire", "{'settle_ms':500}");
    server_set_mutex(&fixture->server, MUTEX_FREE);
    server_pass(&fixture->server, 499);
    unsigned looks = fixture->server.looks;
    forget(&fixture->client);
    server_pass(&fixture->server, 1); /* no sample comes by itself: one is requested now */
    assert_int_equal(fixture->server.looks, looks + 1);
    must_hear_result(&fixture->client, "1",
                     "{'turn':1,'waited_ms':500,'status':{'state':'idle','...':0},'...':0}");
}

static void it_times_out(void **state)
{
    struct server_fixture *fixture = *state;
    server_set_mutex(&fixture->server, MUTEX_HELD);
    ask(&fixture->client, "1", "turn.acquire", "{'timeout_ms':90}");
    server_pass(&fixture->server, 89);
    must_hear_nothing(&fixture->client);
    server_pass(&fixture->server, 1);
    must_hear_error(&fixture->client, "1", WIRE_TIMED_OUT, STATUS("busy"));
    assert_int_equal(fixture->server.api.turns.queue.count, 0);
    server_set_mutex(&fixture->server, MUTEX_FREE);
    ask(&fixture->client, "2", "turn.acquire", "{'timeout_ms':0}");
    must_hear_result(&fixture->client, "2", GRANTED(2));
}

static void it_is_cancelled(void **state)
{
    struct server_fixture *fixture = *state;
    server_set_mutex(&fixture->server, MUTEX_HELD);
    assert_true(!fixture->server.waited);
    ask(&fixture->client, "1", "turn.acquire", NULL);
    assert_true(fixture->server.waited); /* so that samples are more frequent */
    ask(&fixture->client, "2", "cancel", "[1]");
    must_hear_error(&fixture->client, "1", WIRE_CANCELLED, NULL);
    must_hear_result(&fixture->client, "2", "true");
    assert_false(fixture->server.waited);
    ask(&fixture->client, "3", "turn.release", NULL);
    must_hear_error(&fixture->client, "3", WIRE_NO_TURN, "{'ended':null}");
}

static void a_connection_has_one(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "turn.acquire", NULL);
    must_hear_result(&fixture->client, "1", GRANTED(1));
    ask(&fixture->client, "2", "turn.acquire", NULL);
    must_hear_error(&fixture->client, "2", WIRE_OVER_LIMIT, "{'limit':'turns_connection'}");
    server_pass(&fixture->server, CONNECTION_REST_MS);
    server_set_mutex(&fixture->server, MUTEX_HELD);
    ask(&fixture->client, "3", "turn.release", NULL);
    must_hear_result(&fixture->client, "3", "true");
    ask(&fixture->client, "4", "turn.acquire", NULL);
    ask(&fixture->client, "5", "turn.acquire", NULL);
    must_hear_error(&fixture->client, "5", WIRE_OVER_LIMIT, "{'limit':'turns_connection'}");
}

static void a_batch_may_release_and_ask_again(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "turn.acquire", NULL);
    must_hear_result(&fixture->client, "1", GRANTED(1));
    say(&fixture->client, "[{'jsonrpc':'2.0','id':2,'method':'turn.release'},"
                          "{'jsonrpc':'2.0','id':3,'method':'turn.acquire'}]");
    must_hear(&fixture->client, "[{'jsonrpc':'2.0','id':2,'result':true},"
                                "{'jsonrpc':'2.0','id':3,'result':" GRANTED(2) "}]");
}

static void unknown_is_an_error_for_who_must_know(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client second;
    join(fixture, &second, 200, 'b');
    server_set_mutex(&fixture->server, MUTEX_DENIED);
    ask(&fixture->client, "1", "turn.acquire", "{'require_known':true}");
    ask(&second, "1", "turn.acquire", NULL);
    pass(fixture, MINUTE - SECOND, SECOND);
    forget(&fixture->client);
    forget(&second);
    pass(fixture, SECOND, SECOND);
    must_hear_error(&fixture->client, "1", WIRE_UNKNOWN, STATUS("unknown"));
    must_hear_result(&second, "1",
                     "{'turn':2,'blind':true,'nested':false,'waited_ms':60000,'...':0}");
    leave(&second);
}

/* ---- notifications to those that wait ---- */

static void those_that_wait_are_told_who_is_ahead(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client second, third;
    join(fixture, &second, 200, 'b');
    join(fixture, &third, 300, 'c');
    ask(&fixture->client, "1", "turn.acquire", "{'label':'first'}");
    forget(&fixture->client);
    ask(&second, "1", "turn.acquire", "{'label':'second','class':'background'}");
    ask(&third, "1", "turn.acquire", "{'label':'third','class':'background'}");
    must_hear_nothing(&third);
    server_pass(&fixture->server, 100);
    must_be_told(&second, "{'turn':2,'state':'waiting','position':1,'ahead':[],'holder':"
                          "{'turn':1,'label':'first','pid':null,'image':null,'class':'normal',"
                          "'since':'$time'},'hold':null}");
    must_be_told(&third, "{'turn':3,'state':'waiting','position':2,'ahead':[{'turn':2,"
                         "'label':'second','pid':200,'image':'tool200.exe',"
                         "'class':'background','since':'$time'}],'holder':{'turn':1,'...':0},"
                         "'hold':null}");
    pass(fixture, 5 * SECOND, 100);
    must_hear_nothing(&second); /* nothing changed */
    must_hear_nothing(&third);
    leave(&second);
    server_pass(&fixture->server, 100);
    must_be_told(&third, "{'turn':3,'state':'waiting','position':1,'ahead':[],'...':0}");
    leave(&third);
}

static void they_are_told_once_a_second_at_most(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client waiting;
    unsigned told = 0;
    size_t size;
    join(fixture, &waiting, 200, 'b');
    server_set_mutex(&fixture->server, MUTEX_HELD);
    ask(&waiting, "1", "turn.acquire", "{'class':'background'}");
    for (int i = 0; i < 300; i++) { /* an administrator comes and goes */
        ask(&fixture->client, "1", "turn.acquire", NULL);
        server_pass(&fixture->server, 17);
        ask(&fixture->client, "2", "cancel", "[1]");
        server_pass(&fixture->server, 17);
    }
    while (client_line(&waiting, &size) != NULL) {
        told++;
    }
    assert_in_range(told, 5, 12);
    leave(&waiting);
}

static void who_does_not_read_gets_only_the_last_notice(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client waiting;
    join(fixture, &waiting, 200, 'b');
    server_set_mutex(&fixture->server, MUTEX_HELD);
    ask(&fixture->client, "1", "turn.acquire", NULL);
    waiting.hold = true;
    ask(&waiting, "1", "turn.acquire", NULL);
    for (int i = 0; i < 5; i++) {
        pass(fixture, SECOND, 100);
        ask(&fixture->client, "2", "cancel", "[1]");
        pass(fixture, SECOND, 100);
        ask(&fixture->client, "1", "turn.acquire", NULL);
    }
    pass(fixture, 2 * SECOND, 100);
    assert_in_range(waiting.most_unread, 1, 2048);
    waiting.hold = false;
    client_take(&waiting, 0);
    must_be_told(&waiting, "{'turn':2,'state':'waiting','position':2,'...':0}");
    must_be_told(&waiting, "{'turn':2,'state':'waiting','position':2,'...':0}");
    must_hear_nothing(&waiting);
    leave(&waiting);
}

static void a_holder_is_notified_that_its_turn_expires_and_ended(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client holder;
    join(fixture, &holder, 200, 'b');
    ask(&holder, "1", "turn.acquire", NULL);
    must_hear_result(&holder, "1", GRANTED(1));
    ask(&fixture->client, "1", "turn.acquire", NULL); /* an administrator */
    server_pass(&fixture->server, 100);
    must_be_told(&holder, "{'turn':1,'state':'expiring','ends_at':'2026-11-22T00:17:10.000Z'}");
    server_pass(&fixture->server, SECOND);
    server_set_mutex(&fixture->server, MUTEX_HELD);
    pass(fixture, 2 * SECOND, 100);
    must_be_told(&holder, "{'turn':1,'state':'out'}");
    server_set_mutex(&fixture->server, MUTEX_FREE);
    pass(fixture, SECOND, 100);
    must_be_told(&holder, "{'turn':1,'state':'expiring','ends_at':'$time'}");
    forget(&fixture->client);
    pass(fixture, 29 * SECOND, 100);
    must_be_told(&holder, "{'turn':1,'state':'ended','ended':'expired'}");
    must_hear_result(&fixture->client, "1", GRANTED(2));
    ask(&holder, "2", "turn.release", NULL);
    must_hear_error(&holder, "2", WIRE_NO_TURN, "{'ended':'expired'}");
    leave(&holder);
    assert_true(fixture->server.api.turns.queue.out);
}

/* ---- administrators ---- */

static void only_administrators_may_revoke_and_hold(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client other;
    join(fixture, &other, 200, 'b');
    ask(&fixture->client, "1", "turn.acquire", NULL);
    forget(&fixture->client);
    ask(&other, "1", "turn.revoke", "[1]");
    must_hear_error(&other, "1", WIRE_NOT_ALLOWED, NULL);
    ask(&other, "2", "hold", NULL);
    must_hear_error(&other, "2", WIRE_NOT_ALLOWED, NULL);
    ask(&other, "3", "hold", "{'lift':true}");
    must_hear_error(&other, "3", WIRE_NOT_ALLOWED, NULL);
    ask(&other, "4", "turn.release", NULL); /* it can release only its own turn, and has none */
    must_hear_error(&other, "4", WIRE_NO_TURN, "{'ended':null}");
    ask(&other, "5", "turn.acquire", "{'ignore_hold':true}");
    must_hear_error(&other, "5", WIRE_NOT_ALLOWED, NULL);
    assert_true(fixture->server.api.turns.queue.out);
    leave(&other);
}

static void a_turn_is_revoked(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client holder, waiting;
    join(fixture, &holder, 200, 'b');
    join(fixture, &waiting, 500, 'c');
    ask(&holder, "1", "turn.acquire", NULL);
    forget(&holder);
    ask(&waiting, "1", "turn.acquire", NULL);
    ask(&fixture->client, "1", "turn.revoke", "[2]");
    must_hear_result(&fixture->client, "1", "true");
    must_hear_error(&waiting, "1", WIRE_CANCELLED, NULL);
    ask(&fixture->client, "2", "turn.revoke", "{'turn':1}");
    must_hear_result(&fixture->client, "2", "true");
    must_be_told(&holder, "{'turn':1,'state':'ended','ended':'revoked'}");
    ask(&fixture->client, "3", "turn.revoke", "{'turn':1}");
    must_hear_error(&fixture->client, "3", WIRE_INVALID_PARAMS, "{'param':'turn','takes':'$text'}");
    ask(&holder, "2", "turn.acquire", NULL); /* it may ask again */
    must_hear_result(&holder, "2", GRANTED(3));
    ask(&holder, "3", "turn.release", NULL);
    must_hear_result(&holder, "3", "true");
    ask(&holder, "4", "turn.release", NULL); /* nothing is left of the first turn */
    must_hear_error(&holder, "4", WIRE_NO_TURN, "{'ended':null}");
    leave(&holder);
    leave(&waiting);
}

/* The turn that ends in the meantime is an event, which cannot be written to the client that
 * cancels. */
static void a_connection_may_end_while_it_leaves_the_queue(void **state)
{
    struct server_fixture *fixture = *state;
    for (int deadline = 0; deadline < 2; deadline++) {
        struct test_client holder, waiting;
        join(fixture, &holder, 400, 'a');
        join(fixture, &waiting, 500, 'c');
        ask(&holder, "1", "turn.acquire", "{'for_pid':300}");
        forget(&holder);
        ask(&waiting, "1", "subscribe", NULL);
        ask(&waiting, "2", "turn.acquire", deadline ? "{'timeout_ms':1000}" : NULL);
        forget(&waiting);
        play(2, 0, 0); /* 300 ends */
        waiting.refuse = UV_EPIPE;
        if (deadline) {
            test_clock_add(1000);
            connection_timeout(&waiting.connection);
            server_settle(&fixture->server);
        } else {
            ask(&waiting, "3", "cancel", "{'id':2}");
        }
        assert_true(waiting.released);
        client_release(&waiting);
        play(2, 300, 200);
        leave(&holder);
    }
}

static void a_hold_grants_nothing_and_is_shown(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client other;
    join(fixture, &other, 200, 'b');
    ask(&fixture->client, "1", "hold",
        "{'until':'2026-11-22T00:26:40Z','why':'month\\u202e end\\u0007'}");
    must_hear_result(&fixture->client, "1",
                     "{'hold':{'until':'2026-11-22T00:26:40.000Z','why':'month end'}}");
    ask(&other, "1", "turn.acquire", NULL);
    server_pass(&fixture->server, 100);
    must_be_told(&other, "{'turn':1,'state':'waiting','position':1,'ahead':[],'holder':null,"
                         "'hold':{'until':'2026-11-22T00:26:40.000Z','why':'month end'}}");
    ask(&other, "2", "status", NULL);
    must_hear_result(&other, "2",
                     "{'turns':{'holder':null,'waiting':1,'hold':{'until':'$time',"
                     "'why':'month end'}},'...':0}");
    ask(&fixture->client, "2", "turn.acquire", "{'ignore_hold':true}");
    must_hear_result(&fixture->client, "2", GRANTED(2));
    ask(&fixture->client, "3", "turn.release", NULL);
    pass(fixture, 10 * MINUTE - SECOND, SECOND);
    forget(&other);
    pass(fixture, 2 * SECOND, SECOND);
    must_hear_result(&other, "1", GRANTED(1));
    assert_false(fixture->server.api.turns.brief.held);
    leave(&other);
}

static void a_hold_without_end_is_lifted(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "hold", NULL);
    must_hear_result(&fixture->client, "1", "{'hold':{'until':null,'why':null}}");
    ask(&fixture->client, "2", "turn.acquire", NULL);
    pass(fixture, 60 * MINUTE, MINUTE);
    forget(&fixture->client);
    ask(&fixture->client, "3", "hold", "{'lift':true}");
    must_hear_result(&fixture->client, "2", GRANTED(1));
    must_hear_result(&fixture->client, "3", "{'hold':null}");
}

static void the_list_shows_everybody_what_they_may_see(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client other;
    join(fixture, &other, 200, 'b');
    ask(&other, "1", "turn.acquire", "{'label':'C:\\\\Users\\\\jo','why':'because'}");
    forget(&other);
    ask(&other, "2", "turn.list", NULL);
    must_hear_result(&other, "2",
                     "{'holder':{'turn':1,'label':null,'pid':200,'image':'tool200.exe',"
                     "'class':'normal','since':'$time','why':null},'waiting_count':0,"
                     "'waiting':[],'hold':null}");
    ask(&fixture->client, "1", "turn.acquire", "{'class':'background'}");
    ask(&fixture->client, "2", "turn.list", NULL);
    must_hear_result(&fixture->client, "2",
                     "{'holder':{'turn':1,'label':'C:\\\\Users\\\\jo','pid':200,"
                     "'image':'C:\\\\Users\\\\jo\\\\tool200.exe','class':'normal',"
                     "'since':'$time','why':'because'},'waiting_count':1,'waiting':[{'turn':2,"
                     "'label':null,'pid':null,'image':null,'class':'background',"
                     "'since':'$time','why':null}],'hold':null}");
    leave(&other);
}

static void a_list_asked_for_again_is_not_put_into_order_again(void **state)
{
    struct server_fixture *fixture = *state;
    const uint64_t *arranged_ms = &fixture->server.api.turns.arranged_ms;
    struct test_client holder, waiting;
    join(fixture, &holder, 200, 'b');
    join(fixture, &waiting, 500, 'c');
    ask(&holder, "1", "turn.acquire", NULL);
    ask(&waiting, "1", "turn.acquire", NULL);
    ask(&fixture->client, "1", "turn.list", NULL);
    uint64_t first_ms = *arranged_ms;
    test_clock_add(1);
    ask(&fixture->client, "2", "turn.list", NULL);
    assert_int_equal(*arranged_ms, first_ms);
    leave(&holder); /* the other one has it now */
    ask(&fixture->client, "3", "turn.list", NULL);
    assert_true(*arranged_ms > first_ms);
    forget(&fixture->client);
    leave(&waiting);
}

/* ---- processes ---- */

static void who_descends_from_the_holder_passes_through(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client child, stranger;
    char params[256];
    const char *journal = journal_info(fixture->server.journal)->id;
    be(&fixture->client, 200, 'a', ACCESS_ADMINISTRATOR);
    join(fixture, &child, 400, 'a');
    join(fixture, &stranger, 500, 'a');
    snprintf(params, sizeof params, "{'inside':'%s:1'}", journal);
    ask(&child, "0", "turn.acquire", params); /* the outer turn is not granted yet: a turn of its
                                               * own */
    must_hear_result(&child, "0", GRANTED(1));
    ask(&child, "1", "turn.release", NULL);
    forget(&child);
    ask(&fixture->client, "1", "turn.acquire", NULL);
    must_hear_result(&fixture->client, "1", GRANTED(2));
    snprintf(params, sizeof params, "{'inside':'%s:2'}", journal);
    ask(&child, "2", "turn.acquire", params);
    must_hear_result(&child, "2",
                     "{'turn':2,'journal':'$uuid','waited_ms':0,'blind':false,'nested':true,"
                     "'status':'$any'}");
    ask(&child, "3", "turn.release", NULL); /* the child may not release it */
    must_hear_error(&child, "3", WIRE_NO_TURN, "{'ended':null}");
    ask(&stranger, "1", "turn.acquire", params); /* the token alone is not enough */
    must_hear_nothing(&stranger);
    ask(&child, "4", "turn.acquire", NULL); /* without the token, it would wait for itself */
    must_hear_error(&child, "4", WIRE_WAITS_FOR_ITSELF, "{'of':'turn','pid':200}");
    ask(&child, "5", "turn.acquire", "{'even_if_nested':true}");
    must_hear_nothing(&child);
    leave(&child);
    leave(&stranger);
}

static void who_would_wait_for_itself_gets_an_error(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client child;
    join(fixture, &child, 400, 'a');
    fixture->server.machine.mutex.owner_known = true;
    fixture->server.machine.mutex.owner_pid = 200;
    server_set_mutex(&fixture->server, MUTEX_HELD);
    ask(&child, "1", "turn.acquire", NULL);
    must_hear_error(&child, "1", WIRE_WAITS_FOR_ITSELF, "{'of':'mutex','pid':200}");
    ask(&child, "2", "wait", NULL);
    must_hear_error(&child, "2", WIRE_WAITS_FOR_ITSELF, "{'of':'mutex','pid':200}");
    ask(&child, "3", "wait", "{'for':'busy'}");
    must_hear_result(&child, "3", "{'waited_ms':0,'...':0}");
    ask(&child, "4", "wait", "{'even_if_nested':true}");
    must_hear_nothing(&child);
    fixture->server.machine.mutex.owner_pid = 201; /* of another program */
    server_sample(&fixture->server);
    ask(&child, "5", "wait", NULL);
    must_hear_nothing(&child);
    struct install install = {.client_pid = 300};
    api_listener(&fixture->server.api)
        .learnt(&fixture->server.api, &install, ROLE_UNKNOWN,
                &(struct restart){.reboot = REBOOT_UNKNOWN});
    ask(&child, "6", "wait", NULL);
    must_hear_error(&child, "6", WIRE_WAITS_FOR_ITSELF, "{'of':'install','pid':300}");
    ask(&child, "7", "turn.acquire", NULL);
    must_hear_error(&child, "7", WIRE_WAITS_FOR_ITSELF, "{'of':'install','pid':300}");
    install.trusted = TRUST_NO; /* a forged record keeps nobody from waiting */
    api_listener(&fixture->server.api)
        .learnt(&fixture->server.api, &install, ROLE_UNKNOWN,
                &(struct restart){.reboot = REBOOT_UNKNOWN});
    ask(&child, "8", "wait", NULL);
    must_hear_nothing(&child);
    leave(&child);
}

/* Its installation began after the last sample, or its record comes after the request. */
static void who_would_wait_for_itself_is_found_by_the_next_samples(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client waiting, queued, stranger;
    join(fixture, &waiting, 400, 'a');
    join(fixture, &queued, 400, 'a');
    join(fixture, &stranger, 500, 'a');
    fixture->server.slow = true;
    fixture->server.machine.mutex.state = MUTEX_HELD;
    fixture->server.machine.mutex.owner_known = true;
    fixture->server.machine.mutex.owner_pid = 200;
    test_clock_add(API_WAIT_FRESH_MS + 1);
    ask(&waiting, "1", "wait", NULL);
    ask(&queued, "1", "turn.acquire", NULL);
    ask(&stranger, "1", "turn.acquire", NULL);
    forget(&queued);
    must_hear_nothing(&waiting);
    assert_true(fixture->server.look_wanted);
    server_sample(&fixture->server);
    must_hear_error(&waiting, "1", WIRE_WAITS_FOR_ITSELF, "{'of':'mutex','pid':200}");
    must_hear_error(&queued, "1", WIRE_WAITS_FOR_ITSELF, "{'of':'mutex','pid':200}");
    fixture->server.slow = false;
    forget(&stranger);
    server_set_mutex(&fixture->server, MUTEX_FREE);
    must_hear_result(&stranger, "1", GRANTED(2));
    leave(&stranger);
    fixture->server.machine.mutex.state = MUTEX_HELD;
    fixture->server.machine.mutex.owner_pid = 201; /* the log has not named its client yet */
    server_sample(&fixture->server);
    ask(&waiting, "2", "wait", NULL);
    ask(&queued, "2", "turn.acquire", NULL);
    pass(fixture, SELF_WAIT_AGAIN_MS / 2, 20);
    struct install install = {.client_pid = 300};
    api_listener(&fixture->server.api)
        .learnt(&fixture->server.api, &install, ROLE_UNKNOWN,
                &(struct restart){.reboot = REBOOT_UNKNOWN});
    forget(&queued);
    must_hear_nothing(&waiting);
    pass(fixture, SELF_WAIT_AGAIN_MS / 2 + 20, 20);
    must_hear_error(&waiting, "2", WIRE_WAITS_FOR_ITSELF, "{'of':'install','pid':300}");
    must_hear_error(&queued, "2", WIRE_WAITS_FOR_ITSELF, "{'of':'install','pid':300}");
    leave(&waiting);
    leave(&queued);
}

static void one_process_may_wait_for_its_own_turn(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client first, second;
    join(fixture, &first, 200, 'b');
    join(fixture, &second, 200, 'b');
    ask(&first, "1", "turn.acquire", NULL);
    must_hear_result(&first, "1", GRANTED(1));
    ask(&second, "1", "turn.acquire", NULL); /* for example another thread of it */
    must_hear_nothing(&second);
    leave(&first);
    must_hear_result(&second, "1", GRANTED(2));
    leave(&second);
}

static void a_turn_is_for_an_ancestor_and_ends_with_it(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client client;
    join(fixture, &client, 400, 'a');
    ask(&client, "1", "turn.acquire", "{'for_pid':500}"); /* it runs, but is not above the client */
    must_hear_error(&client, "1", WIRE_INVALID_PARAMS, "{'param':'for_pid','takes':'$text'}");
    played[2].user[0] = 'b'; /* of another user */
    ask(&client, "2", "turn.acquire", "{'for_pid':300}");
    must_hear_error(&client, "2", WIRE_INVALID_PARAMS, "{'param':'for_pid','takes':'$text'}");
    played[2].user[0] = 'a';
    ask(&client, "3", "turn.acquire", "{'for_pid':200}");
    must_hear_result(&client, "3", GRANTED(1));
    ask(&fixture->client, "1", "turn.list", NULL);
    must_hear_result(&fixture->client, "1",
                     "{'holder':{'turn':1,'pid':200,'image':'C:\\\\Users\\\\jo\\\\tool200.exe',"
                     "'...':0},'...':0}");
    server_pass(&fixture->server, SECOND);
    must_hear_nothing(&client);
    played[1].created++; /* it ended, and another process got its id immediately */
    server_pass(&fixture->server, 50);
    must_be_told(&client, "{'turn':1,'state':'ended','ended':'gone'}");
    leave(&client);
}

/* ---- the event ---- */

/* The correlator reports an installation that was refused in that period, with a record of that
 * time. */
static void report_collision(struct server_fixture *fixture, uint64_t of, int64_t at_ms)
{
    struct install install = {.result = RESULT_COLLISION, .status_known = true, .status = 1618};
    struct event event = {.kind = EVENT_INSTALL, .of = of, .at_ms = at_ms, .install = &install};
    turns_listener(&fixture->server.api).installed(&fixture->server.api, &event, false);
}

/* Checks the last turn's event. */
static void must_have_collided(struct server_fixture *fixture, unsigned turn, unsigned collisions)
{
    char pattern[256];
    snprintf(pattern, sizeof pattern,
             "{'events':[{'turn':{'turn':%u,'collisions':%u,'...':0},'...':0}],'...':0}", turn,
             collisions);
    forget(&fixture->client);
    ask(&fixture->client, "9", "history", "{'limit':1,'order':'desc'}");
    must_hear_result(&fixture->client, "9", pattern);
}

static void what_is_refused_while_it_is_out_is_a_collision(void **state)
{
    struct server_fixture *fixture = *state;
    struct monitor_listener listener = turns_listener(&fixture->server.api);
    ask(&fixture->client, "1", "turn.acquire", NULL);
    must_hear_result(&fixture->client, "1", GRANTED(1));
    report_collision(fixture, 1, clock_wall_ms() - 1); /* it was refused before the turn */
    report_collision(fixture, 0, clock_wall_ms());     /* nobody knows why it was refused */
    struct install install = {.result = RESULT_FAILURE, .status_known = true, .status = 1603};
    struct event event = {
        .kind = EVENT_INSTALL, .of = 1, .at_ms = clock_wall_ms(), .install = &install};
    listener.installed(listener.arg, &event, false);
    install = (struct install){.result = RESULT_COLLISION, .trusted = TRUST_NO};
    listener.installed(listener.arg, &event, false);
    install.trusted = TRUST_YES;
    listener.installed(listener.arg, &event, true);
    ask(&fixture->client, "2", "turn.release", NULL);
    must_have_collided(fixture, 1, 0);
    report_collision(fixture, 1, clock_wall_ms()); /* no turn is granted */
    ask(&fixture->client, "3", "turn.acquire", NULL);
    report_collision(fixture, 1, clock_wall_ms());
    report_collision(fixture, 1, clock_wall_ms());
    ask(&fixture->client, "4", "turn.release", "{'exit_code':1618}");
    must_have_collided(fixture, 2, 2);
    ask(&fixture->client, "5", "turn.acquire", NULL);
    ask(&fixture->client, "6", "turn.release", "{'exit_code':1618}"); /* no record yet */
    must_have_collided(fixture, 3, 1);
    assert_int_equal(fixture->server.metrics.turn_collisions_total, 3);
}

static void its_end_is_an_event(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client reader;
    join(fixture, &reader, 500, 'b');
    be(&fixture->client, 200, 'a', ACCESS_ADMINISTRATOR);
    ask(&fixture->client, "1", "turn.acquire", "{'label':'nightly','class':'background'}");
    must_hear_result(&fixture->client, "1", GRANTED(1));
    server_pass(&fixture->server, 1500);
    report_collision(fixture, 1, clock_wall_ms());
    ask(&fixture->client, "2", "turn.release", "{'exit_code':3010}");
    must_hear_result(&fixture->client, "2", "true");
    ask(&fixture->client, "3", "history", "{'after':1}");
    must_hear_result(
        &fixture->client, "3",
        "{'events':[{'seq':2,'kind':'turn','at':'$time','turn':{'turn':1,'label':'nightly',"
        "'pid':200,'image':'C:\\\\Users\\\\jo\\\\tool200.exe','class':'background',"
        "'since':'$time','waited_ms':0,'held_ms':1500,'ended':'released','exit_code':3010,"
        "'collisions':1,'blind':false}}],'...':0}");
    ask(&reader, "1", "history", "{'after':1}");
    must_hear_result(&reader, "1",
                     "{'events':[{'seq':2,'turn':{'image':'tool200.exe','...':0},'...':0}],"
                     "'...':0}");
    leave(&reader);
}

static void beyond_the_acquires_an_hour_nothing_is_recorded(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client flood;
    join(fixture, &flood, 200, 'b');
    for (int i = 0; i < 200; i++) {
        ask(&flood, "1", "turn.acquire", NULL);
        ask(&flood, "2", "turn.release", NULL);
    }
    forget(&flood);
    assert_int_equal(fixture->server.metrics.turns_total, 200);
    assert_int_equal(journal_info(fixture->server.journal)->last_seq, 1 + 20);
    leave(&flood);
}

/* ---- bounds and ends ---- */

static void bounds_are_named(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client many[9];
    server_set_mutex(&fixture->server, MUTEX_HELD);
    for (int i = 0; i < 9; i++) {
        join(fixture, &many[i], 200, 'b');
        ask(&many[i], "1", "turn.acquire", NULL);
    }
    must_hear_error(&many[8], "1", WIRE_OVER_LIMIT, "{'limit':'turns_process'}");
    be(&many[8], 201, 'b', ACCESS_STANDARD);
    server_pass(&fixture->server, CONNECTION_REST_MS);
    fixture->server.api.turns.queue.limits.user = 8;
    ask(&many[8], "2", "turn.acquire", NULL);
    must_hear_error(&many[8], "2", WIRE_OVER_LIMIT, "{'limit':'turns_user'}");
    fixture->server.api.turns.queue.limits.total = 8;
    ask(&fixture->client, "1", "turn.acquire", NULL);
    must_hear_error(&fixture->client, "1", WIRE_OVER_LIMIT, "{'limit':'turns'}");
    server_pass(&fixture->server, CONNECTION_REST_MS);
    for (int i = 0; i < 9; i++) {
        leave(&many[i]);
    }
    assert_int_equal(fixture->server.metrics.over_limit_total, 3);
}

static void bad_parameters_are_named(void **state)
{
    static const struct {
        const char *params, *named;
    } cases[] = {
        {"{'label':1}", "label"},
        {"{'why':[]}", "why"},
        {"{'class':'fast'}", "class"},
        {"{'settle_ms':60001}", "settle_ms"},
        {"{'timeout_ms':-1}", "timeout_ms"},
        {"{'for_pid':0}", "for_pid"},
        {"{'inside':7}", "inside"},
        {"{'require_known':1}", "require_known"},
        {"{'ignore_hold':'yes'}", "ignore_hold"},
        {"{'even_if_nested':{}}", "even_if_nested"},
    };
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char data[128];
        ask(&fixture->client, "1", "turn.acquire", cases[i].params);
        snprintf(data, sizeof data, "{'param':'%s','takes':'$text'}", cases[i].named);
        must_hear_error(&fixture->client, "1", WIRE_INVALID_PARAMS, data);
    }
    ask(&fixture->client, "2", "turn.release", "{'exit_code':4294967296}");
    must_hear_error(&fixture->client, "2", WIRE_INVALID_PARAMS,
                    "{'param':'exit_code','takes':'$text'}");
    ask(&fixture->client, "3", "hold", "{'until':'soon'}");
    must_hear_error(&fixture->client, "3", WIRE_INVALID_PARAMS,
                    "{'param':'until','takes':'$text'}");
    assert_int_equal(fixture->server.api.turns.queue.numbers, 0);
}

static void hostile_labels_are_cut_and_cleaned(void **state)
{
    struct server_fixture *fixture = *state;
    char params[1024], label[600] = "", wanted[600] = "";
    for (int i = 0; i < 100; i++) {
        strcat(label, "\xF0\x9F\xA6\x86");
        strcat(wanted, i < 64 ? "\xF0\x9F\xA6\x86" : "");
    }
    snprintf(params, sizeof params, "{'label':'\\u001b\\u202e\\n%s'}", label);
    ask(&fixture->client, "1", "turn.acquire", params);
    forget(&fixture->client);
    ask(&fixture->client, "2", "turn.list", NULL);
    snprintf(params, sizeof params, "{'holder':{'label':'%s','...':0},'...':0}", wanted);
    must_hear_result(&fixture->client, "2", params);
}

static void a_thousand_leave_while_one_is_granted(void **state)
{
    struct server_fixture *fixture = *state;
    enum { MANY = 1000 };
    struct test_client *many = calloc(MANY, sizeof *many);
    struct turns_limits *limits = &fixture->server.api.turns.queue.limits;
    assert_non_null(many);
    limits->total = limits->user = limits->process = 2 * MANY;
    server_set_mutex(&fixture->server, MUTEX_HELD);
    for (int i = 0; i < MANY; i++) {
        join(fixture, &many[i], 200, 'b');
        ask(&many[i], "1", "turn.acquire", NULL);
        /* every second answer cannot be written: the grant itself ends the connection */
        many[i].refuse = i % 2 == 0 ? UV_EPIPE : 0;
    }
    server_set_mutex(&fixture->server, MUTEX_FREE);
    for (int i = 0; i < MANY; i++) {
        struct test_client *holder = NULL;
        for (int k = 0; k < MANY; k++) {
            if (!many[k].released && seat_of(&many[k].connection) != NULL &&
                seat_of(&many[k].connection)->state == SEAT_OUT) {
                assert_null(holder);
                holder = &many[k];
            }
        }
        if (holder == NULL) {
            break;
        }
        client_end(holder, UV_ECONNRESET);
    }
    assert_false(fixture->server.api.turns.queue.out);
    assert_int_equal(fixture->server.api.turns.queue.count, 0);
    assert_int_equal(fixture->server.metrics.turns_total, MANY);
    assert_int_equal(fixture->server.metrics.turns_wedged_total, 0);
    for (int i = 0; i < MANY; i++) {
        if (!many[i].released) {
            client_end(&many[i], UV_ECONNRESET);
        }
        client_release(&many[i]);
    }
    free(many);
}

static void nothing_is_granted_while_the_service_stops(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client waiting;
    join(fixture, &waiting, 200, 'b');
    ask(&fixture->client, "1", "turn.acquire", NULL);
    must_hear_result(&fixture->client, "1", GRANTED(1));
    ask(&waiting, "1", "turn.acquire", NULL);
    rpc_server_stop(&fixture->server.rpc, NULL, NULL);
    server_settle(&fixture->server);
    must_hear_error(&waiting, "1", WIRE_SHUTTING_DOWN, NULL);
    must_hear_closing(&waiting, "shutdown", NULL);
    must_hear_closing(&fixture->client, "shutdown", NULL);
    assert_int_equal(fixture->server.metrics.turns_total, 1);
    assert_int_equal(fixture->server.metrics.turns_ended_total[TURN_END_SHUTDOWN], 1);
    client_release(&waiting);
}

int turn_methods_tests(void)
{
    static const struct CMUnitTest tests[] = {
        IN_LINE(it_is_granted_when_idle),
        IN_LINE(an_old_sample_is_not_believed),
        IN_LINE(the_next_one_goes_on_when_the_last_one_ends),
        IN_LINE(it_settles),
        IN_LINE(it_times_out),
        IN_LINE(it_is_cancelled),
        IN_LINE(a_connection_has_one),
        IN_LINE(a_batch_may_release_and_ask_again),
        IN_LINE(unknown_is_an_error_for_who_must_know),
        IN_LINE(those_that_wait_are_told_who_is_ahead),
        IN_LINE(they_are_told_once_a_second_at_most),
        IN_LINE(who_does_not_read_gets_only_the_last_notice),
        IN_LINE(a_holder_is_notified_that_its_turn_expires_and_ended),
        IN_LINE(only_administrators_may_revoke_and_hold),
        IN_LINE(a_turn_is_revoked),
        IN_LINE(a_connection_may_end_while_it_leaves_the_queue),
        IN_LINE(a_hold_grants_nothing_and_is_shown),
        IN_LINE(a_hold_without_end_is_lifted),
        IN_LINE(the_list_shows_everybody_what_they_may_see),
        IN_LINE(a_list_asked_for_again_is_not_put_into_order_again),
        IN_LINE(who_descends_from_the_holder_passes_through),
        IN_LINE(who_would_wait_for_itself_gets_an_error),
        IN_LINE(who_would_wait_for_itself_is_found_by_the_next_samples),
        IN_LINE(one_process_may_wait_for_its_own_turn),
        IN_LINE(a_turn_is_for_an_ancestor_and_ends_with_it),
        IN_LINE(what_is_refused_while_it_is_out_is_a_collision),
        IN_LINE(its_end_is_an_event),
        IN_LINE(beyond_the_acquires_an_hour_nothing_is_recorded),
        IN_LINE(bounds_are_named),
        IN_LINE(bad_parameters_are_named),
        IN_LINE(hostile_labels_are_cut_and_cleaned),
        IN_LINE(a_thousand_leave_while_one_is_granted),
        IN_LINE(nothing_is_granted_while_the_service_stops),
    };
    return cmocka_run_group_tests_name("turn_methods", tests, NULL, NULL);
}
