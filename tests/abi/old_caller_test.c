/* old_caller_test.c: a program that was compiled with the header of version 1 (v1/msiwatch.h) and
 * meets a library of another time: it loads it as any language does, by name, and calls everything
 * that it exports.
 *
 *   old-caller-test LIBRARY
 */
#include "client_test.h"
#include "fake.h"
#include "msiwatch.h"

#include <stdio.h>
#include <string.h>

#define SOON_MS 5000u
#define LOST 109u
#define CANCELLED 1223u
#define NO_MORE 259u
#define OVER_LIMIT 1816u
#define GUARD 0x5A

/* What version 1 has: a function that a later library has no longer is not found. */
#define FUNCTIONS(X)                                                                               \
    X(version)                                                                                     \
    X(open)                                                                                        \
    X(close)                                                                                       \
    X(connect)                                                                                     \
    X(reconnect)                                                                                   \
    X(cancel)                                                                                      \
    X(rearm)                                                                                       \
    X(get_status)                                                                                  \
    X(wait)                                                                                        \
    X(subscribe)                                                                                   \
    X(unsubscribe)                                                                                 \
    X(next)                                                                                        \
    X(history_begin)                                                                               \
    X(history_next)                                                                                \
    X(get_about)                                                                                   \
    X(call)                                                                                        \
    X(get_json)                                                                                    \
    X(get_error)                                                                                   \
    X(get_pipe)

#define NUMBER(name) CALL_##name,
#define POINTER(name) __typeof__(&msiwatch_##name) name;
#define NAME(name) "msiwatch_" #name,

enum { FUNCTIONS(NUMBER) FUNCTION_COUNT };
static struct {
    FUNCTIONS(POINTER)
} loaded;
static const char *const names[] = {FUNCTIONS(NAME)};
static bool was_called[FUNCTION_COUNT];

/* A function of the library, and a note that it was called. */
#define LIB(name) (was_called[CALL_##name] = true, loaded.name)

static const char *library_path;

/* A struct of the caller's, with what lies behind it in the caller's memory. */
#define GUARDED(type, name)                                                                        \
    struct {                                                                                       \
        struct type is;                                                                            \
        unsigned char behind[256];                                                                 \
    } name;                                                                                        \
    memset(&(name), GUARD, sizeof(name));                                                          \
    (name).is.size = sizeof(name).is

#define must_be_guarded(name)                                                                      \
    do {                                                                                           \
        assert_int_equal((name).is.size, sizeof(name).is);                                         \
        for (size_t i = 0; i < sizeof(name).behind; i++) {                                         \
            assert_int_equal((name).behind[i], GUARD);                                             \
        }                                                                                          \
    } while (0)

static int load(void **state)
{
    (void)state;
    void *library = sys_load(library_path);
    for (size_t i = 0; library != NULL && i < FUNCTION_COUNT; i++) {
        void *symbol = sys_symbol(library, names[i]);
        if (symbol == NULL) {
            print_error("%s does not export %s\n", library_path, names[i]);
            return -1;
        }
        memcpy((char *)&loaded + i * sizeof(void *), &symbol, sizeof symbol);
    }
    return library == NULL ? -1 : 0;
}

static struct msiwatch *must_open(struct fake *fake)
{
    struct msiwatch *handle = NULL;
    GUARDED(msiwatch_options, options);
    options.is.flags = MSIWATCH_OPEN_UNCONNECTED;
    options.is.pipe = fake_name(fake);
    options.is.timeout_ms = 0;
    assert_int_equal(LIB(open)(&options.is, &handle), 0);
    must_be_guarded(options);
    assert_string_equal(LIB(get_pipe)(handle), fake_name(fake));
    fake_go(fake, NULL);
    assert_int_equal(LIB(connect)(handle, SOON_MS), 0);
    return handle;
}

static void must_end(struct fake *fake, struct msiwatch *handle)
{
    LIB(close)(handle);
    const char *wrong = fake_finish(fake);
    must(wrong[0] == '\0', "the fake service: %s", wrong);
    fake_free(fake);
}

static void check_status(const struct msiwatch_status *status, uint32_t state)
{
    assert_int_equal(status->state, state);
    assert_int_equal(status->seq, 5);
    assert_true(status->since_ms == INT64_C(1795344067000));
    assert_true(status->sampled_at_ms == INT64_C(1795344079123));
    assert_int_equal(status->msiserver, MSIWATCH_MSISERVER_STOPPED);
    assert_int_equal(status->ui_clients, 0);
    assert_int_equal(status->suspended, 0);
    assert_string_equal(status->owner_image, "");
}

static void questions_are_answered_into_its_structs(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'method':'status'"),
        SAY("{$R,'id':$I,'result':$BUSY}"),
        EXPECT("'method':'wait'"),
        SAY("{$R,'id':$I,'result':{'status':$IDLE,'waited_ms':7}}"),
        EXPECT("'method':'about'"),
        SAY("{$R,'id':$I,'result':{'name':'msiwatch','version':'9.8.7','protocol':1,'pid':7,"
            "'started_at':'2026-11-22T10:41:07Z','journal':{'id':'$J','durable':true,"
            "'first_seq':3,'last_seq':9}}}"),
        EXPECT("'method':'metrics'"),
        SAY("{$R,'id':$I,'result':{'uptime_ms':1}}"),
        GONE,
        END_OF_SCRIPT};
    struct fake *fake = fake_new(script);
    struct msiwatch *handle = must_open(fake);
    GUARDED(msiwatch_status, status);
    GUARDED(msiwatch_about, about);
    uint64_t waited_ms = 0;
    const char *result = NULL;
    assert_int_equal(LIB(get_status)(handle, SOON_MS, &status.is), 0);
    must_be_guarded(status);
    check_status(&status.is, MSIWATCH_BUSY);
    assert_int_equal(status.is.reasons, MSIWATCH_REASON_MUTEX);
    assert_int_equal(status.is.mutex, MSIWATCH_MUTEX_HELD);
    assert_int_equal(LIB(wait)(handle, MSIWATCH_IDLE, 0, SOON_MS, &status.is, &waited_ms), 0);
    must_be_guarded(status);
    check_status(&status.is, MSIWATCH_IDLE);
    assert_int_equal(waited_ms, 7);
    assert_int_equal(LIB(get_about)(handle, SOON_MS, &about.is), 0);
    must_be_guarded(about);
    assert_true(about.is.protocol == 1 && about.is.pid == 7 && about.is.durable == 1 &&
                about.is.first_seq == 3 && about.is.last_seq == 9);
    assert_string_equal(about.is.journal, JOURNAL_J);
    assert_string_equal(about.is.version, "9.8.7");
    assert_int_equal(LIB(call)(handle, "metrics", NULL, SOON_MS, &result), 0);
    assert_string_equal(result, "{\"uptime_ms\":1}");
    assert_string_equal(LIB(get_json)(handle), "{\"uptime_ms\":1}");
    must_end(fake, handle);
}

#define TRANSITION(seq)                                                                            \
    "{'seq':" seq ",'kind':'transition','at':'2026-11-22T10:41:07.000Z','from':'idle',"            \
    "'to':'busy','reasons':['mutex'],'after_ms':9}"

static void check_transition(const struct msiwatch_event *event, uint64_t seq)
{
    assert_int_equal(event->kind, MSIWATCH_EVENT_TRANSITION);
    assert_true(event->seq == seq && event->at_ms == INT64_C(1795344067000));
    assert_true(event->from == MSIWATCH_IDLE && event->to == MSIWATCH_BUSY);
    assert_true(event->reasons == MSIWATCH_REASON_MUTEX && event->after_known != 0);
    assert_true(event->after_ms == 9 && event->first == 0 && event->journal[0] == '\0');
}

static void events_come_into_its_structs(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'method':'subscribe'"),
        SAY("{$R,'id':$I,'result':$SUB}"),
        SAY("{$R,'method':'event','params':{'subscription':7,'event':" TRANSITION("6") "}}"),
        SAY("{$R,'method':'gap','params':{'subscription':7,'from':7,'to':8}}"),
        SAY("{$R,'method':'reset','params':{'subscription':7,'journal':'$K','after':2}}"),
        EXPECT("'method':'unsubscribe'"),
        SAY("{$R,'id':$I,'result':true}"),
        EXPECT("'method':'history'"),
        SAY("{$R,'id':$I,'result':{'journal':'$J','events':[" TRANSITION(
            "4") "],'first_seq':4,"
                 "'last_seq':4,'more':false}}"),
        GONE,
        END_OF_SCRIPT};
    struct fake *fake = fake_new(script);
    struct msiwatch *handle = must_open(fake);
    GUARDED(msiwatch_subscription, subscription);
    GUARDED(msiwatch_status, status);
    GUARDED(msiwatch_event, event);
    struct msiwatch_history_query query = {.size = sizeof query, .limit = 3};
    assert_int_equal(LIB(subscribe)(handle, NULL, 5, SOON_MS, &subscription.is, &status.is), 0);
    must_be_guarded(subscription);
    must_be_guarded(status);
    check_status(&status.is, MSIWATCH_IDLE);
    assert_true(subscription.is.number == 7 && subscription.is.reset == 0);
    assert_string_equal(subscription.is.journal, JOURNAL_J);
    assert_int_equal(LIB(next)(handle, SOON_MS, &event.is), 0);
    check_transition(&event.is, 6);
    assert_int_equal(LIB(next)(handle, SOON_MS, &event.is), 0);
    assert_true(event.is.kind == MSIWATCH_EVENT_GAP && event.is.first == 7 && event.is.seq == 8);
    assert_int_equal(LIB(next)(handle, SOON_MS, &event.is), 0);
    assert_true(event.is.kind == MSIWATCH_EVENT_RESET && event.is.seq == 2);
    assert_string_equal(event.is.journal, JOURNAL_K);
    must_be_guarded(event);
    assert_int_equal(LIB(unsubscribe)(handle, SOON_MS), 0);
    assert_int_equal(LIB(history_begin)(handle, &query, SOON_MS), 0);
    assert_int_equal(LIB(history_next)(handle, SOON_MS, &event.is), 0);
    check_transition(&event.is, 4);
    must_be_guarded(event);
    assert_int_equal(LIB(history_next)(handle, SOON_MS, &event.is), NO_MORE);
    must_end(fake, handle);
}

static void errors_losses_and_cancels_are_what_they_were(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("status"),
        HANG_UP,
        ACCEPT,
        EXPECT("status"),
        SAY("{$R,'id':$I,'error':{'code':-32000,'message':'x','data':{'limit':'requests'}}}"),
        GONE,
        END_OF_SCRIPT};
    struct fake *fake = fake_new(script);
    struct msiwatch *handle = must_open(fake);
    GUARDED(msiwatch_status, status);
    GUARDED(msiwatch_error, error);
    assert_int_equal(LIB(get_status)(handle, SOON_MS, &status.is), LOST);
    assert_int_equal(LIB(reconnect)(handle, SOON_MS), 0);
    assert_int_equal(LIB(get_status)(handle, SOON_MS, &status.is), OVER_LIMIT);
    assert_int_equal(LIB(get_error)(handle, &error.is), 0);
    must_be_guarded(error);
    assert_int_equal(error.is.code, -32000);
    assert_string_equal(error.is.limit, "requests");
    assert_string_equal(error.is.message, "x");
    LIB(cancel)(handle);
    assert_int_equal(LIB(get_status)(handle, SOON_MS, &status.is), CANCELLED);
    LIB(rearm)(handle);
    must_be_guarded(status);
    must_end(fake, handle);
}

static void everything_that_it_knows_of_was_called(void **state)
{
    (void)state;
    assert_true(LIB(version)() != 0);
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        must(was_called[i], "%s was not called", names[i]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_are_answered_into_its_structs),
        cmocka_unit_test(events_come_into_its_structs),
        cmocka_unit_test(errors_losses_and_cancels_are_what_they_were),
        cmocka_unit_test(everything_that_it_knows_of_was_called),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: old-caller-test LIBRARY\n");
        return 2;
    }
    library_path = argv[1];
    return cmocka_run_group_tests_name("old caller", tests, load, NULL);
}
