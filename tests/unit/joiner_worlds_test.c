/* joiner_worlds_test.c: whatever really happened, and in whatever order and number the event log
 * tells of it, nothing is joined to a wrong busy period, and no outcome is lost.
 */
#include "unit.h"

#include "made_records.h"

#include "decide/decider.h"
#include "decide/joiner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- any order ---- */

enum { MOST_INSTALLS = 4, MOST_THINGS = 400, MOST_EVENTS = 64, SAMPLE_MS = 20 };
enum { MOST_LEAD_MS = 400, MOST_LAG_MS = 800 }; /* of msiserver, around an installation */

/* One thing that happens to the joiner. */
struct thing {
    int64_t at_ms;
    bool is_record;
    struct install_record record;
    enum verdict_state to;
    uint64_t place;
};

/* A world: what really happened, what was seen of it, and what was told. */
struct world {
    uint64_t seed;
    unsigned installs;
    int64_t begin[MOST_INSTALLS], end[MOST_INSTALLS];
    int64_t lead[MOST_INSTALLS], lag[MOST_INSTALLS];
    uint64_t place[MOST_INSTALLS]; /* the period it was seen in; 0: it was not */
    unsigned status[MOST_INSTALLS];
    bool outcome_given[MOST_INSTALLS], complete;
    struct thing *things;
    size_t count;
    unsigned joined, joinable;
};

static int pick(struct world *world, int below)
{
    uint64_t z = world->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ z >> 31) % (uint64_t)below);
}

static struct thing *add(struct world *world, int64_t at_ms)
{
    assert_true(world->count < MOST_THINGS);
    struct thing *thing = &world->things[world->count++];
    memset(thing, 0, sizeof *thing);
    thing->at_ms = at_ms;
    return thing;
}

/* It was written at that time; it comes a little later, or much, or twice, or never. */
static bool give(struct world *world, struct install_record record)
{
    int64_t written_ms = record.at_ms - WALL;
    if (!world->complete && pick(world, 4) == 0) {
        return false;
    }
    int64_t late = pick(world, 30);
    late += !world->complete && pick(world, 4) == 0 ? pick(world, 1000) : 0;
    for (int times = pick(world, 5) == 0 ? 2 : 1; times > 0; times--) {
        struct thing *thing = add(world, written_ms + late);
        thing->is_record = true;
        thing->record = record;
        late += pick(world, 100);
    }
    return true;
}

static void make_records(struct world *world, unsigned i)
{
    char product[16];
    uint32_t pid = 100 + i;
    int64_t end = world->end[i], begin = world->begin[i];
    int64_t waited = pick(world, 2) == 0 ? pick(world, 20) : pick(world, 3000);
    snprintf(product, sizeof product, "P%u", i);
    give(world, make_record(1040, begin - waited, pid, ""));
    give(world, make_record(1042, end - 15 + pick(world, 75), pid, ""));
    struct install_record outcome = make_record(1033, end - 40 + pick(world, 70), 0, product);
    outcome.install.status = world->status[i];
    outcome.install.result = world->status[i] == 1603 ? RESULT_FAILURE : RESULT_SUCCESS;
    outcome.install.reboot = world->status[i] == 3010 ? REBOOT_REQUIRED : REBOOT_NONE;
    world->outcome_given[i] = give(world, outcome);
    struct install_record text = make_record(world->status[i] == 1603 ? 11708 : 11707,
                                             outcome.at_ms - WALL, 0, "");
    if (world->complete && pick(world, 2) == 0) {
        give(world, text);
    }
}

/* What runs at that time; MOST_INSTALLS: nothing. */
static unsigned running(const struct world *world, int64_t at_ms)
{
    for (unsigned i = 0; i < world->installs; i++) {
        if (at_ms >= world->begin[i] && at_ms < world->end[i]) {
            return i;
        }
    }
    return MOST_INSTALLS;
}

/* msiserver says busy from before an installation has the mutex until after it. */
static bool service_says_busy(const struct world *world, int64_t at_ms)
{
    for (unsigned i = 0; i < world->installs; i++) {
        if (at_ms >= world->begin[i] - world->lead[i] && at_ms < world->end[i] + world->lag[i]) {
            return true;
        }
    }
    return false;
}

static struct observation observe(const struct world *world, int64_t at_ms, bool owner_known)
{
    struct observation seen = {.mono_ms = (uint64_t)(10000 + at_ms), .wall_ms = WALL + at_ms};
    unsigned now = running(world, at_ms);
    seen.mutex.state = now != MOST_INSTALLS ? MUTEX_HELD : MUTEX_FREE;
    seen.mutex.owner_known = owner_known && now != MOST_INSTALLS;
    seen.mutex.owner_pid = seen.mutex.owner_known ? 4000 : 0;
    seen.mutex.owner_tid = seen.mutex.owner_known ? 1 + now : 0;
    seen.msiserver.state = MSISERVER_RUNNING;
    seen.msiserver.controls = MSISERVER_ACCEPT_SHUTDOWN;
    seen.msiserver.controls |= service_says_busy(world, at_ms) ? 0u : 1u; /* STOP, too */
    return seen;
}

/* Looks every 20 ms, and decides as the service does: by the mutex alone, or by msiserver, too. */
static void look(struct world *world)
{
    bool owner_known = pick(world, 2) == 0;
    enum signals signals = pick(world, 2) == 0 ? SIGNALS_MUTEX : SIGNALS_MUTEX_MSISERVER;
    struct decider decider;
    struct event transition;
    uint64_t place = 10;
    int64_t last = world->end[world->installs - 1] + MOST_LAG_MS + 2 * SAMPLE_MS;
    assert_int_equal(decider_init(&decider, signals, 240, true, 0, 0), 0);
    for (int64_t at = -5000 + pick(world, SAMPLE_MS); at < last; at += SAMPLE_MS) {
        struct observation seen = observe(world, at, owner_known);
        if (decider_look(&decider, &seen, &transition)) {
            struct thing *thing = add(world, at);
            thing->to = transition.to;
            thing->place = ++place;
        }
        if (seen.mutex.state == MUTEX_HELD) {
            world->place[running(world, at)] = place;
        }
    }
    decider_release(&decider);
}

static void add_transition(struct world *world, int64_t at_ms, enum verdict_state to)
{
    struct thing *thing = add(world, at_ms);
    thing->to = to;
    thing->place = 1 + world->count;
}

static int by_time(const void *a, const void *b)
{
    const struct thing *one = a, *other = b;
    return (one->at_ms > other->at_ms) - (one->at_ms < other->at_ms);
}

static void make_world(struct world *world)
{
    static const unsigned statuses[] = {0, 1603, 3010};
    world->installs = 1 + (unsigned)pick(world, MOST_INSTALLS);
    world->complete = pick(world, 3) == 0;
    int64_t at = 0;
    for (unsigned i = 0; i < world->installs; i++) {
        at += pick(world, 2) == 0 ? pick(world, 51) : 100 + pick(world, 8000);
        world->begin[i] = at;
        at += 2 * JOINER_NEAR_MS + pick(world, pick(world, 2) == 0 ? 400 : 3000);
        world->end[i] = at;
        world->lead[i] = pick(world, MOST_LEAD_MS + 1);
        world->lag[i] = pick(world, MOST_LAG_MS + 1);
        world->status[i] = statuses[pick(world, 3)];
        make_records(world, i);
    }
    look(world);
    for (size_t i = 0; i < world->count; i++) {
        world->things[i].at_ms += 10000; /* monotonic time begins at 0 */
    }
    qsort(world->things, world->count, sizeof world->things[0], by_time);
}

struct told {
    struct event event;
    struct install install;
    bool again;
};

static size_t play(struct world *world, struct told told[MOST_EVENTS])
{
    struct joiner *joiner;
    size_t count = 0, next = 0;
    assert_int_equal(joiner_new(&joiner), 0);
    int64_t last = world->things[world->count - 1].at_ms;
    for (int64_t at = 0; at <= last + 700000; at += at < last + 5000 ? 10 : 1000) {
        for (; next < world->count && world->things[next].at_ms <= at; next++) {
            const struct thing *thing = &world->things[next];
            struct event event = {.at_ms = WALL - 10000 + thing->at_ms, .to = thing->to};
            if (thing->is_record) {
                joiner_record(joiner, &thing->record, (uint64_t)at);
            } else {
                joiner_transition(joiner, &event, thing->place, (uint64_t)at);
            }
        }
        while (joiner_due(joiner) <= (uint64_t)at) {
            assert_true(count < MOST_EVENTS);
            if (!joiner_next(joiner, (uint64_t)at, &told[count].event, &told[count].install,
                             &told[count].again)) {
                break;
            }
            count++;
        }
        assert_true(joiner_due(joiner) > (uint64_t)at); /* it is not asked in vain */
    }
    assert_int_equal(joiner_due(joiner), UINT64_MAX); /* nothing is left */
    assert_int_equal(joiner_dropped(joiner), 0);
    joiner_free(joiner);
    return count;
}

static void judge(struct world *world, const struct told *told, size_t count, unsigned run)
{
    unsigned further = 0, missing = 0, outcomes = 0;
    bool failure_told = false;
    for (size_t n = 0; n < count; n++) {
        const struct install *install = &told[n].install;
        uint64_t of = told[n].event.of;
        unsigned events = 0, i;
        for (size_t m = 0; m < count; m++) {
            events += of != 0 && told[m].event.of == of;
        }
        must(events <= JOINER_EVENTS, "run %u: %u events of a period", run, events);
        further += install->further;
        outcomes += install->further + (!told[n].again && install->result != RESULT_UNKNOWN);
        failure_told = failure_told || install->result == RESULT_FAILURE;
        if (of != 0 && install->client_pid != 0) {
            i = install->client_pid - 100;
            must(i < world->installs && world->place[i] == of,
                 "run %u: client %u is put into period %u, and was in %u", run, install->client_pid,
                 (unsigned)of, (unsigned)world->place[i]);
        }
        if (of != 0 && install->product[0] != '\0') {
            i = (unsigned)(install->product[1] - '0');
            must(world->place[i] == of, "run %u: %s is put into period %u, and was in %u", run,
                 install->product, (unsigned)of, (unsigned)world->place[i]);
        }
    }
    for (unsigned i = 0; i < world->installs; i++) {
        bool found = false, joined = false;
        for (size_t n = 0; n < count; n++) {
            const struct install *install = &told[n].install;
            bool this_one = install->product[0] != '\0' &&
                            (unsigned)(install->product[1] - '0') == i;
            found = found || (this_one && install->status == world->status[i]);
            joined = joined || (this_one && install->client_pid == 100 + i &&
                                told[n].event.of == world->place[i]);
        }
        missing += world->outcome_given[i] && !found;
        must(!world->outcome_given[i] || found || world->status[i] != 1603 || failure_told,
             "run %u: a failure is lost", run);
        if (world->complete && world->place[i] != 0) {
            world->joinable++;
            world->joined += joined;
        }
    }
    must(!world->complete || outcomes == world->installs, "run %u: %u outcomes are told of, of %u",
         run, outcomes, world->installs);
    must(missing <= further, "run %u: %u outcomes are lost, and %u told of", run, missing, further);
}

static void whatever_comes_in_whatever_order_nothing_is_put_wrongly_or_lost(void **state)
{
    static struct told told[MOST_EVENTS];
    unsigned runs = getenv("MSIWATCH_TEST_LONG") != NULL ? 200000 : 2000;
    unsigned joined = 0, joinable = 0;
    struct thing *things = calloc(MOST_THINGS, sizeof *things);
    (void)state;
    assert_non_null(things);
    for (unsigned run = 0; run < runs; run++) {
        struct world world = {.seed = run, .things = things};
        make_world(&world);
        judge(&world, told, play(&world, told), run);
        joined += world.joined;
        joinable += world.joinable;
    }
    free(things);
    print_message("%u of %u installations of which all is known are joined, in %u runs\n", joined,
                  joinable, runs);
    must(joined >= joinable / 100 * 95, "only %u of %u are joined", joined, joinable);
}

/* One after the other, seen as one busy period, as one each, or not at all; each record comes, if
 * up to 2.9 s late, and with texts or without. */
static void make_late_world(struct world *world)
{
    enum { ONE, EACH, NOT_SEEN } seen = (unsigned)pick(world, 3);
    int latest = pick(world, 2) == 0 ? 600 : 2900;
    bool texts = pick(world, 2) == 0;
    int64_t at = 10000;
    world->installs = 1 + (unsigned)pick(world, MOST_INSTALLS);
    for (unsigned i = 0; i < world->installs; i++) {
        char product[16];
        int64_t end = at + 300 + pick(world, 1500);
        snprintf(product, sizeof product, "P%u", i);
        struct install_record records[] = {
            make_record(1040, at + 5, 100 + i, ""), make_record(1042, end - 5, 100 + i, ""),
            make_record(1033, end - 12, 0, product), make_record(11707, end - 14, 0, "")};
        for (size_t n = 0; n < COUNT(records) - !texts; n++) {
            int late = pick(world, pick(world, 3) != 0 ? 20 : latest);
            struct thing *thing = add(world, records[n].at_ms - WALL + late);
            thing->is_record = true;
            thing->record = records[n];
            thing->record.at_ms -= 10000; /* as play has it */
        }
        if (seen == EACH || (seen == ONE && i == 0)) {
            add_transition(world, at - 10, VERDICT_BUSY);
        }
        if (seen == EACH || (seen == ONE && i + 1 == world->installs)) {
            add_transition(world, end, VERDICT_IDLE);
        }
        at = end + 11 + pick(world, pick(world, 2) == 0 ? 50 : 3000);
    }
    qsort(world->things, world->count, sizeof world->things[0], by_time);
}

static void however_late_its_records_come_an_installation_is_counted_once(void **state)
{
    static struct told told[MOST_EVENTS];
    static struct thing things[MOST_THINGS];
    unsigned runs = getenv("MSIWATCH_TEST_LONG") != NULL ? 200000 : 500;
    unsigned twice = 0;
    (void)state;
    for (unsigned run = 0; run < runs; run++) {
        struct world world = {.seed = run, .things = things};
        unsigned operations = 0;
        make_late_world(&world);
        size_t count = play(&world, told);
        for (size_t i = 0; i < count; i++) {
            operations += !told[i].again + told[i].install.further;
        }
        must(operations >= world.installs, "run %u: %u installations are counted, of %u", run,
             operations, world.installs);
        twice += operations > world.installs;
    }
    /* A text that was told of with another's coded record stays there, and leaves its own behind.
     */
    must(twice <= runs / 10000, "in %u of %u runs one is counted twice", twice, runs);
    print_message("in %u of %u runs an installation is counted twice\n", twice, runs);
}

/* ---- many ---- */

enum { MOST_OUTCOMES = 2000 };

/* A flood: what was given, and what was told of it. */
struct flood {
    struct world dice; /* its seed */
    struct joiner *joiner;
    int64_t mono_ms, set_by_ms; /* the wall clock was set by so much */
    bool busy, others, texts;
    uint64_t place;
    unsigned given, told, further, operations;
    bool was_told[MOST_OUTCOMES];
};

/* What is no outcome. */
static void pour_other(struct flood *flood)
{
    uint32_t pid = 1 + (uint32_t)pick(&flood->dice, 5);
    int64_t at_ms = flood->mono_ms + flood->set_by_ms - pick(&flood->dice, 2000);
    char product[16];
    snprintf(product, sizeof product, "%d", pick(&flood->dice, (int)flood->given + 1));
    struct install_record record = pick(&flood->dice, 5) == 0
                                       ? make_restart(at_ms, product)
                                       : make_record(1040 + 2 * (unsigned)pick(&flood->dice, 2),
                                                     at_ms, pid, "");
    joiner_record(flood->joiner, &record, (uint64_t)flood->mono_ms);
}

/* Somewhat late, and each of another product. */
static void pour(struct flood *flood, int outcomes)
{
    if (flood->others && pick(&flood->dice, 2) == 0) {
        pour_other(flood);
    }
    for (; outcomes > 0 && flood->given < MOST_OUTCOMES; outcomes--, flood->given++) {
        char product[16];
        int late = pick(&flood->dice, pick(&flood->dice, 4) == 0 ? 4000 : 200);
        snprintf(product, sizeof product, "%u", flood->given);
        struct install_record record = make_record(1033, flood->mono_ms + flood->set_by_ms - late,
                                                   0, product);
        joiner_record(flood->joiner, &record, (uint64_t)flood->mono_ms);
        if (flood->texts && pick(&flood->dice, 2) == 0) {
            record = make_record(11707, record.at_ms - WALL - 2, 0, "");
            joiner_record(flood->joiner, &record, (uint64_t)flood->mono_ms);
        }
    }
}

static void turn_over(struct flood *flood)
{
    if (pick(&flood->dice, 10) == 0) {
        flood->set_by_ms -= pick(&flood->dice, 100000);
    }
    flood->busy = !flood->busy || pick(&flood->dice, 8) == 0;
    struct event event = {.at_ms = WALL + flood->mono_ms + flood->set_by_ms,
                          .to = flood->busy ? VERDICT_BUSY : VERDICT_IDLE};
    joiner_transition(flood->joiner, &event, ++flood->place, (uint64_t)flood->mono_ms);
}

static void collect(struct flood *flood, uint64_t mono_ms, unsigned events_of[])
{
    bool again;
    struct event event;
    struct install install;
    while (joiner_next(flood->joiner, mono_ms, &event, &install, &again)) {
        events_of[event.of]++;
        flood->further += install.further;
        flood->operations += !again + install.further;
        if (!install.status_known) { /* it stands for those that had to make room, if for any */
            bool is_other = install.client_pid != 0 || install.reboot != REBOOT_UNKNOWN;
            flood->told += !is_other;
            continue;
        }
        unsigned product = (unsigned)strtoul(install.product, NULL, 10);
        must(again || flood->texts || !flood->was_told[product], "%u is told twice", product);
        flood->told += !again;
        flood->was_told[product] = true;
    }
    assert_true(mono_ms == UINT64_MAX || joiner_due(flood->joiner) > mono_ms);
}

static void pass(struct flood *flood)
{
    static const int longest[] = {1, 50, 500, 5000, 70000};
    flood->mono_ms += pick(&flood->dice, longest[pick(&flood->dice, 5)]);
}

static void however_many_come_each_outcome_is_told_or_counted(void **state)
{
    unsigned runs = getenv("MSIWATCH_TEST_LONG") != NULL ? 5000 : 50;
    uint64_t dropped = 0;
    (void)state;
    for (unsigned run = 0; run < runs; run++) {
        unsigned events_of[512] = {0};
        struct flood flood = {.dice = {.seed = run},
                              .mono_ms = 1000000,
                              .others = run % 2 != 0,
                              .texts = run % 4 >= 2};
        assert_int_equal(joiner_new(&flood.joiner), 0);
        int often = 1 + pick(&flood.dice, 8), most = 1 + pick(&flood.dice, 200);
        for (int step = 0; step < 400; step++) {
            pass(&flood);
            switch (pick(&flood.dice, 3)) {
            case 0:
                pour(&flood, pick(&flood.dice, 4) == 0 ? pick(&flood.dice, most) : 1);
                break;
            case 1:
                turn_over(&flood);
                break;
            default:
                if (pick(&flood.dice, often) == 0) {
                    collect(&flood, (uint64_t)flood.mono_ms, events_of);
                }
            }
        }
        collect(&flood, UINT64_MAX, events_of);
        unsigned known = flood.told + flood.further;
        must(known == flood.given || flood.texts || (flood.others && known < flood.given),
             "run %u: of %u outcomes %u are told and %u counted", run, flood.given, flood.told,
             flood.further);
        /* One that was told of without its outcome is told again with it, and counts once. */
        must(flood.operations >= flood.given, "run %u: %u operations, %u outcomes", run,
             flood.operations, flood.given);
        /* A text may outlive its coded record, which made room; that is rare. */
        must(flood.others || flood.operations <= flood.given + 2,
             "run %u: %u operations, %u outcomes", run, flood.operations, flood.given);
        for (uint64_t of = 1; of <= flood.place; of++) {
            must(events_of[of] <= JOINER_EVENTS, "run %u: %u events of a period", run,
                 events_of[of]);
        }
        assert_int_equal(joiner_due(flood.joiner), UINT64_MAX);
        dropped += joiner_dropped(flood.joiner);
        joiner_free(flood.joiner);
    }
    assert_true(dropped > runs); /* room was made, too */
}

int joiner_worlds_tests(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_comes_in_whatever_order_nothing_is_put_wrongly_or_lost),
        cmocka_unit_test(however_late_its_records_come_an_installation_is_counted_once),
        cmocka_unit_test(however_many_come_each_outcome_is_told_or_counted),
    };
    return cmocka_run_group_tests_name("joiner_worlds", tests, NULL, NULL);
}
