/* activity_test.c: an installer that computes is distinguished from one that stands still, whether
 * it does so itself or in a child: after the set time, give or take 10 s, and within 10 s when it
 * moves again. Wine counts no I/O: what is read and written only real Windows shows.
 *
 * Twice; MSIWATCH_TEST_LONG=1: 20 times.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AFTER_MS 20000
#define GIVE_MS 10000

static struct {
    HANDLE own, child, ends;
    struct talk talk;
    struct holder holder;
    unsigned wrong;
} fixture;

static HANDLE make_event(const char *name)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, name);
    must(event != NULL, "CreateEvent %s: error %lu", name, GetLastError());
    return event;
}

static int begin(void **state)
{
    (void)state;
    fixture.own = make_event(RIG_WORKS);
    fixture.child = make_event(RIG_CHILD_WORKS);
    fixture.ends = make_event(RIG_WORK_ENDS);
    msiserver_must_be(STANDIN_SHUTDOWN);
    must(standin_work() == ERROR_SUCCESS, "the stand-in does not work");
    service_must_begin("--stalled-after 20");
    must_open(&fixture.talk);
    holder_open(&fixture.holder, NULL);
    return 0;
}

static int end(void **state)
{
    SetEvent(fixture.ends);
    holder_close(&fixture.holder);
    talk_close(&fixture.talk);
    standin_stop();
    return service_end(state);
}

struct activity {
    bool known, stalled;
    int64_t processes, cpu_ms;
};

static struct activity ask(void)
{
    yyjson_doc *reply = talk_ask(&fixture.talk, "status", NULL, LIMIT_MS);
    must(reply != NULL, "no status: error %lu", fixture.talk.error);
    yyjson_val *value = yyjson_doc_ptr_get(reply, "/result/activity");
    struct activity activity = {
        .known = yyjson_is_obj(value),
        .stalled = yyjson_get_bool(yyjson_obj_get(value, "stalled")),
        .processes = yyjson_get_sint(yyjson_obj_get(value, "processes")),
        .cpu_ms = yyjson_get_sint(yyjson_obj_get(value, "cpu_ms")),
    };
    yyjson_doc_free(reply);
    return activity;
}

/* How long until it is so; LIMIT as the most. */
static int64_t until(bool stalled, int64_t most_ms)
{
    int64_t begun = rig_now_ms();
    while (ask().stalled != stalled && rig_now_ms() - begun < most_ms) {
        Sleep(100);
    }
    return rig_now_ms() - begun;
}

static void check(const char *what, int64_t took, int64_t least, int64_t most)
{
    print_message("%s after %.1f s\n", what, (double)took / 1000);
    if (took < least || took > most) {
        print_error("%s: not between %.0f and %.0f s\n", what, (double)least / 1000,
                    (double)most / 1000);
        fixture.wrong++;
    }
}

/* How many events of kind activity the journal has, each of the busy period's transition. */
static unsigned count_events(void)
{
    unsigned count = 0;
    int64_t busy = 0;
    bool stalled = false;
    yyjson_doc *reply = talk_ask(&fixture.talk, "history", "{\"limit\":256}", LIMIT_MS);
    must(reply != NULL, "no history: error %lu", fixture.talk.error);
    yyjson_val *events = yyjson_doc_ptr_get(reply, "/result/events"), *event;
    size_t index, events_count;
    yyjson_arr_foreach(events, index, events_count, event)
    {
        if (yyjson_equals_str(yyjson_obj_get(event, "to"), "busy")) {
            busy = yyjson_get_sint(yyjson_obj_get(event, "seq"));
        }
        if (yyjson_equals_str(yyjson_obj_get(event, "kind"), "activity")) {
            bool begins = yyjson_get_bool(yyjson_obj_get(event, "stalled"));
            must(yyjson_get_sint(yyjson_obj_get(event, "of")) == busy, "of another period");
            must(begins != stalled, "twice the same");
            stalled = begins;
            count++;
        }
    }
    yyjson_doc_free(reply);
    return count;
}

static void what_stands_still_is_distinguished_from_what_computes(void **state)
{
    unsigned rounds = fixture_number("MSIWATCH_TEST_LONG", 0) != 0 ? 20 : 2;
    (void)state;
    SetEvent(fixture.own);
    holder_take(&fixture.holder);
    must_become(ask().known);
    struct activity activity = ask();
    must(activity.processes >= 2, "%d processes, not the stand-in and its child",
         (int)activity.processes);
    for (unsigned i = 0; i < rounds; i++) {
        HANDLE works = i % 2 == 0 ? fixture.own : fixture.child;
        const char *who = i % 2 == 0 ? "by itself" : "in a child";
        SetEvent(works);
        check("moves", until(false, 3 * AFTER_MS), 0, GIVE_MS);
        Sleep(6000); /* it has worked until now */
        ResetEvent(fixture.own);
        ResetEvent(fixture.child);
        print_message("%u: %s\n", i + 1, who);
        check("stalls", until(true, 3 * AFTER_MS), AFTER_MS - GIVE_MS, AFTER_MS + GIVE_MS);
    }
    SetEvent(fixture.child);
    check("moves", until(false, 3 * AFTER_MS), 0, GIVE_MS);
    holder_release(&fixture.holder);
    must_become(!ask().known);
    must_become(count_events() == 2 * rounds);
    print_message("%u wrong of %u\n", fixture.wrong, 2 * rounds);
    assert_int_equal(fixture.wrong, 0);
}

static void what_computes_all_the_time_never_stalls(void **state)
{
    (void)state;
    SetEvent(fixture.child);
    holder_take(&fixture.holder);
    int64_t begun = rig_now_ms();
    while (rig_now_ms() - begun < 2 * AFTER_MS) {
        must(!ask().stalled, "it stalls");
        Sleep(200);
    }
    must(ask().cpu_ms >= 250, "it has not worked");
    holder_release(&fixture.holder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_still_is_distinguished_from_what_computes),
        cmocka_unit_test(what_computes_all_the_time_never_stalls),
    };
    return cmocka_run_group_tests_name("activity", tests, begin, end);
}
