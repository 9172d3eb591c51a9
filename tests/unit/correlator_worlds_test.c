/* correlator_worlds_test.c: generated histories ("worlds") of which everything is known: what was
 * installed, by whom, when the mutex was held, and what Windows Installer wrote about it. In every
 * one of them, nothing is reported for a wrong period or with the outcome of another installation,
 * nothing is lost, and nothing is counted twice.
 *
 * Worlds are made from what real logs show (tests/installs/README.md), not from what the correlator
 * could handle best. MSIWATCH_TEST_WORLD=N plays and prints only world N.
 */
#include "unit.h"

#include "made_records.h"

#include "decide/correlator.h"
#include "decide/decider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FACTS = 24, MOST_WRITES = 400, MOST_TURNS = 400, MOST_TOLD = 200 };
enum { SERVER_PID = 900, NO_FACT = MOST_FACTS };

enum kind {
    QUIET,
    QUIET_FAILS,
    REMOVAL,
    CHANGE,
    UPDATE, /* one to three patches */
    WITH_UI,
    WITH_UI_FAILS,
    SILENT, /* without an outcome */
    LOST,
    TRANSACTIONS, /* the number of those above */
    FAILS_EARLY = TRANSACTIONS,
    COLLIDES,
};

/* How a build of Windows writes records. */
enum form { WHOLE_SECONDS, NO_WRITER, WITH_WRITER };

/* Something that really happened. */
struct fact {
    enum kind kind;
    const char *user;
    uint32_t pid;
    unsigned status, patches;
    int64_t begin_ms, end_ms; /* when it held the mutex */
    int64_t ended_ms;         /* 1042 */
    uint64_t seen_in[3];      /* positions of the periods in which it was seen */
    size_t seen_count;
    int64_t first_seen_ms;
    bool replayed;    /* some of its records were read later */
    bool undecidable; /* nobody could tell whose outcome is in it */
    unsigned counted;
    bool outcome_told, placed;
};

struct write {
    struct made made;
    size_t serial; /* records of the same time were written in this order */
    int64_t arrives_ms;
    bool done;
    unsigned fact;
};

struct turn {
    struct event event;
    int64_t at_ms;
    uint64_t position;
};

struct world {
    uint64_t seed;
    unsigned number;
    enum form form;
    bool no_codes;
    struct fact facts[MOST_FACTS];
    size_t fact_count;
    struct write writes[MOST_WRITES];
    size_t write_count;
    struct turn turns[MOST_TURNS];
    size_t turn_count;
    unsigned checks, checks_told;
    int64_t blind_ms, sighted_ms; /* the log cannot be read between these times; INT64_MAX: it
                                   * always can */
    int64_t restart_ms, up_ms;    /* the service is down between these times; INT64_MAX: it never
                                   * is */
    uint64_t position;
};

static int pick(struct world *world, int below)
{
    uint64_t z = world->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ z >> 31) % (uint64_t)below);
}

static bool one_in(struct world *world, int count)
{
    return pick(world, count) == 0;
}

/* ---- what happens ---- */

/* Some clients call msi.dll in their own process. */
static enum record_writer writer_of(uint32_t pid)
{
    return pid == 0            ? WRITER_UNKNOWN
           : pid == SERVER_PID ? WRITER_SERVICE
           : pid % 12 == 0     ? WRITER_OTHER
                               : WRITER_MSIEXEC;
}

static void put(struct world *world, unsigned fact, unsigned id, int64_t at_ms, uint32_t writer)
{
    const struct fact *of = &world->facts[fact];
    assert_true(world->write_count < MOST_WRITES);
    world->writes[world->write_count] = (struct write){
        .made = {.id = id,
                 .at_ms = at_ms,
                 .pid = of->pid,
                 .user = of->user,
                 .product = fact + 1,
                 .no_code = world->no_codes,
                 .status = of->status,
                 .writer_pid = world->form == WITH_WRITER ? writer : 0,
                 .writer = world->form == WITH_WRITER ? writer_of(writer) : WRITER_UNKNOWN,
                 .whole_second = world->form == WHOLE_SECONDS},
        .serial = world->write_count,
        .fact = fact,
    };
    world->write_count++;
}

/* Writes the sentence and the code of an outcome, at one instant. */
static void put_outcome(struct world *world, unsigned fact, int64_t at_ms, uint32_t writer)
{
    const struct fact *of = &world->facts[fact];
    bool failed = of->status == 1603;
    switch (of->kind) {
    case REMOVAL:
        put(world, fact, failed ? 11725 : 11724, at_ms, writer);
        put(world, fact, 1034, at_ms, writer);
        break;
    case CHANGE:
        put(world, fact, failed ? 11729 : 11728, at_ms, writer);
        put(world, fact, 1035, at_ms, writer);
        break;
    case UPDATE:
        for (unsigned i = 0; i < of->patches; i++) {
            put(world, fact, 1022, at_ms - 40, writer);
            put(world, fact, 1036, at_ms - 39, writer);
        }
        put(world, fact, 11728, at_ms, writer);
        put(world, fact, 1035, at_ms, writer);
        break;
    default:
        put(world, fact, failed ? 11708 : 11707, at_ms, writer);
        put(world, fact, 1033, at_ms, writer);
        break;
    }
}

static const char *any_user(struct world *world)
{
    static const char *const users[] = {SYSTEM_SID, ALICE, ALICE, BOB};
    return users[pick(world, COUNT(users))];
}

static unsigned new_fact(struct world *world, enum kind kind, const char *user)
{
    assert_true(world->fact_count < MOST_FACTS);
    unsigned fact = (unsigned)world->fact_count++;
    world->facts[fact] = (struct fact){
        .kind = kind, .user = user, .pid = 1000 + 4 * fact, .patches = 1};
    return fact;
}

/* It failed before it began: an error whose message box stays open, and no transaction. */
static void fail_early(struct world *world, int64_t at_ms)
{
    unsigned fact = new_fact(world, FAILS_EARLY, any_user(world));
    uint32_t pid = world->facts[fact].pid;
    world->facts[fact].status = 1603;
    put(world, fact, 10005, at_ms, pid);
    put_outcome(world, fact, at_ms + pick(world, 5000), pid);
}

/* It waited three seconds for the mutex, without success. */
static void collide(struct world *world, unsigned holder)
{
    const struct fact *held = &world->facts[holder];
    int64_t lasts_ms = held->end_ms - held->begin_ms;
    if (lasts_ms < 3400) {
        return;
    }
    unsigned fact = new_fact(world, COLLIDES, any_user(world));
    world->facts[fact].status = 1618;
    put(world, fact, 1033, held->begin_ms + 3150 + pick(world, (int)lasts_ms - 3300),
        world->facts[fact].pid);
}

/* A query of Win32_Product examines all products, one after the other. */
static void examine_all(struct world *world, int64_t at_ms)
{
    unsigned count = 20 + (unsigned)pick(world, 40);
    const char *user = any_user(world);
    for (unsigned i = 0; i < count; i++) {
        put(world, 0, 1035, at_ms + 200 * (int64_t)i, SERVER_PID);
        struct write *write = &world->writes[world->write_count - 1];
        write->made.product = 1000 + i;
        write->made.user = user;
        write->made.status = 0;
        write->fact = NO_FACT;
    }
    world->checks += count;
}

static void write_transaction(struct world *world, unsigned fact)
{
    struct fact *of = &world->facts[fact];
    bool after = of->kind == WITH_UI || of->kind == WITH_UI_FAILS;
    uint32_t writer = after ? of->pid : SERVER_PID;
    of->ended_ms = of->end_ms - 30 + pick(world, 45);
    int64_t begun_ms = of->begin_ms - 15 + pick(world, 45);
    if (fact > 0 && of[-1].pid == of->pid && begun_ms <= of[-1].ended_ms) {
        begun_ms = of[-1].ended_ms + 1; /* a client does one thing after the other */
    }
    put(world, fact, 1040, begun_ms, SERVER_PID);
    for (int i = one_in(world, 8) ? 3 : 0; i > 0; i--) {
        put(world, fact, 1025, of->begin_ms + 60, SERVER_PID);
    }
    int64_t outcome_ms = of->ended_ms - pick(world, 60);
    if (after) { /* when the last dialog is closed */
        outcome_ms = of->ended_ms +
                     (one_in(world, 4) ? 100 + pick(world, 840000) : 1500 + pick(world, 3000));
    }
    if (of->kind != SILENT && of->kind != LOST) {
        put_outcome(world, fact, outcome_ms, writer);
        if (of->status == 3010) {
            put(world, fact, 1038, outcome_ms, writer);
            put(world, fact, 1029, outcome_ms, writer);
        }
    }
    if (of->kind != LOST) {
        put(world, fact, 1042, of->ended_ms, SERVER_PID);
    }
}

static unsigned make_transactions(struct world *world)
{
    static const enum kind kinds[] = {QUIET,  QUIET,   QUIET_FAILS, REMOVAL,       CHANGE,
                                      UPDATE, WITH_UI, WITH_UI,     WITH_UI_FAILS, LOST};
    static const unsigned statuses[] = {0, 0, 3010, 1641};
    unsigned count = 1 + (unsigned)pick(world, 6);
    bool chain = one_in(world, 4); /* one client installs one after the other */
    const char *user = any_user(world);
    int64_t at_ms = 20000;
    for (unsigned i = 0; i < count; i++) {
        enum kind chained = one_in(world, 10) ? SILENT : QUIET;
        enum kind kind = chain ? chained : kinds[pick(world, COUNT(kinds))];
        struct fact *of = &world->facts[new_fact(world, kind, chain ? user : any_user(world))];
        bool fails = kind == QUIET_FAILS || kind == WITH_UI_FAILS;
        of->pid = chain ? 1000 : of->pid;
        of->status = fails ? 1603 : statuses[pick(world, COUNT(statuses))];
        of->patches = 1 + (unsigned)pick(world, 3);
        at_ms += chain || one_in(world, 3) ? pick(world, 60) : 100 + pick(world, 8000);
        of->begin_ms = at_ms;
        at_ms += 250 + pick(world, one_in(world, 2) ? 700 : 6000);
        of->end_ms = at_ms;
    }
    for (unsigned i = 0; i < count; i++) {
        write_transaction(world, i);
    }
    return count;
}

/* Adds what others do at the same time. */
static void add_others(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (one_in(world, 5)) {
            collide(world, i);
        }
        if (one_in(world, 6) && !world->no_codes) { /* without codes nobody could tell whose error
                                                     * it was */
            fail_early(world, world->facts[i].begin_ms + pick(world, 3000));
        }
    }
    if (one_in(world, 10)) {
        examine_all(world, 15000 + pick(world, 15000));
    }
}

/* ---- what the service sees ---- */

static struct fact *running(struct world *world, int64_t at_ms)
{
    for (size_t i = 0; i < world->fact_count; i++) {
        struct fact *fact = &world->facts[i];
        if (fact->kind < TRANSACTIONS && at_ms >= fact->begin_ms && at_ms < fact->end_ms) {
            return fact;
        }
    }
    return NULL;
}

static void note_turn(struct world *world, const struct event *event, int64_t at_ms)
{
    assert_true(world->turn_count < MOST_TURNS);
    world->turns[world->turn_count++] = (struct turn){*event, at_ms, ++world->position};
}

static void note_seen(struct fact *fact, uint64_t position, int64_t at_ms)
{
    fact->first_seen_ms = fact->seen_count == 0 ? at_ms : fact->first_seen_ms;
    if (fact->seen_count == 0 || fact->seen_in[fact->seen_count - 1] != position) {
        assert_true(fact->seen_count < COUNT(fact->seen_in));
        fact->seen_in[fact->seen_count++] = position;
    }
}

/* Takes samples as the service does: often if it is busy or something may be about to begin, and
 * otherwise once a second. */
static void look(struct world *world, int64_t from_ms, int64_t to_ms, bool owner_known, bool calm)
{
    const struct flapping_limits limits = {240, 2000};
    struct decider decider;
    struct event transition;
    int64_t busy_ms = from_ms;
    assert_int_equal(decider_init(&decider, SIGNALS_MUTEX, &limits, true, 0, 0), 0);
    for (int64_t at = from_ms; at < to_ms; at += calm && at - busy_ms > 3000 ? 1000 : 20) {
        struct fact *now = running(world, at);
        struct observation seen = {.mono_ms = (uint64_t)at, .wall_ms = WALL + at};
        seen.mutex.state = now != NULL ? MUTEX_HELD : MUTEX_FREE;
        seen.mutex.owner_known = owner_known && now != NULL;
        seen.mutex.owner_pid = seen.mutex.owner_known ? SERVER_PID : 0;
        seen.mutex.owner_tid = seen.mutex.owner_known ? 1 + (uint32_t)(now - world->facts) : 0;
        if (decider_look(&decider, &seen, &transition)) {
            note_turn(world, &transition, at);
        }
        if (now != NULL) {
            busy_ms = at;
            note_seen(now, world->position, at);
        }
    }
    if (to_ms == world->restart_ms && decider.verdict.state != VERDICT_UNKNOWN) {
        struct event over = {
            .at_ms = WALL + to_ms, .from = decider.verdict.state, .to = VERDICT_UNKNOWN};
        note_turn(world, &over, to_ms);
    }
    decider_release(&decider);
}

static int by_time(const void *a, const void *b)
{
    const struct write *one = a, *other = b;
    return one->made.at_ms != other->made.at_ms ? (one->made.at_ms > other->made.at_ms) * 2 - 1
                                                : (one->serial > other->serial) * 2 - 1;
}

/* Records come in the order in which they were written, a little later. In some worlds the log
 * cannot be read for a while: what was written in that time is read afterwards. */
static void deliver(struct world *world)
{
    uint64_t order = 1000;
    bool outage = world->restart_ms == INT64_MAX && one_in(world, 8);
    int64_t before_ms = 0;
    world->blind_ms = outage ? 20000 + pick(world, 10000) : INT64_MAX;
    world->sighted_ms = outage ? world->blind_ms + 1000 + pick(world, 6000) : INT64_MAX;
    qsort(world->writes, world->write_count, sizeof world->writes[0], by_time);
    for (size_t i = 0; i < world->write_count; i++) {
        struct write *write = &world->writes[i];
        int64_t arrives_ms = write->made.at_ms + pick(world, 25);
        write->made.order = order += 1 + (uint64_t)pick(world, 3);
        if (arrives_ms >= world->blind_ms && arrives_ms < world->sighted_ms) {
            arrives_ms = world->sighted_ms;
            write->made.replayed = true;
        }
        if (arrives_ms >= world->restart_ms && arrives_ms < world->up_ms) {
            arrives_ms = world->up_ms;
            write->made.replayed = true;
        }
        /* What was written after a record that is read later is read later, too. */
        write->made.replayed = write->made.replayed ||
                               (arrives_ms < before_ms &&
                                (before_ms == world->sighted_ms || before_ms == world->up_ms));
        write->arrives_ms = before_ms = arrives_ms > before_ms ? arrives_ms : before_ms;
        write->made.late_ms = write->arrives_ms - write->made.at_ms;
        if (write->fact != NO_FACT && write->made.replayed) {
            world->facts[write->fact].replayed = true;
        }
    }
}

/* ---- what nobody could decide ---- */

static bool is_real_outcome(const struct write *write)
{
    unsigned id = write->made.id;
    bool coded = id >= 1033 && id <= 1037 && write->made.status != 1618;
    return coded && write->fact != NO_FACT;
}

/* Whether it has a better outcome of its own in its transaction: a success is better than a
 * failure, and otherwise the one closer to the end. */
static bool has_better(const struct fact *fact, const struct write *write)
{
    bool failed = write->made.status == 1603, before = write->made.at_ms < fact->ended_ms - 60;
    return fact->kind <= UPDATE &&
           (fact->kind == QUIET_FAILS ? failed && before : failed || before);
}

/* Marks what cannot be decided: the log does not name the writer, and an outcome of somebody else
 * with the same user stands just before the end of one that has none there, or a failure. By the
 * log alone, that is its outcome. */
static void mark_undecidable(struct world *world)
{
    for (size_t i = 0; i < world->write_count; i++) {
        const struct write *write = &world->writes[i];
        for (size_t n = 0; is_real_outcome(write) && n < world->fact_count; n++) {
            struct fact *fact = &world->facts[n];
            int64_t before_ms = fact->ended_ms - write->made.at_ms;
            bool later = fact->replayed || world->restart_ms != INT64_MAX;
            bool cut = world->form == WHOLE_SECONDS && later;
            bool near = fact->kind < LOST && before_ms >= -30 &&
                        before_ms <= CORRELATOR_NEAR_MS + (cut ? 1000 : 60);
            if (write->fact != n && near && !has_better(fact, write) &&
                world->form != WITH_WRITER && strcmp(write->made.user, fact->user) == 0) {
                fact->undecidable = world->facts[write->fact].undecidable = true;
            }
        }
    }
    /* If an outcome goes to another one, its own place is free for that of a third one of the same
     * user. */
    for (size_t i = 0; i < world->fact_count * world->fact_count; i++) {
        const struct fact *one = &world->facts[i / world->fact_count];
        struct fact *other = &world->facts[i % world->fact_count];
        bool waits = other->kind == QUIET_FAILS ||
                     (other->kind >= WITH_UI && other->kind < TRANSACTIONS);
        if (one->undecidable && waits && strcmp(one->user, other->user) == 0) {
            other->undecidable = true;
        }
    }
}

static void make_world(struct world *world)
{
    world->form = (enum form)pick(world, 3);
    world->no_codes = one_in(world, 10);
    world->restart_ms = world->up_ms = INT64_MAX;
    bool owner_known = one_in(world, 2), calm = one_in(world, 3);
    add_others(world, make_transactions(world));
    bool restarts = one_in(world, 8);
    if (restarts) {
        world->restart_ms = 18000 + pick(world, 20000);
        world->up_ms = world->restart_ms + 300 + pick(world, 4000);
    }
    look(world, 1000, restarts ? world->restart_ms : 90000, owner_known, calm);
    if (restarts) {
        look(world, world->up_ms, 90000, owner_known, calm);
    }
    deliver(world);
    mark_undecidable(world);
}

/* ---- what the correlator reports ---- */

struct told {
    struct event event;
    struct install install;
    bool again;
    int64_t at_ms;
};

struct player {
    struct world *world;
    struct correlator *correlator;
    struct told *told;
    size_t count;
    int outage; /* 1: the log cannot be read; 2: it can be read again */
};

static void note_done(void *arg, uint64_t record_id)
{
    struct world *world = arg;
    for (size_t i = 0; i < world->write_count; i++) {
        if (world->writes[i].made.order == record_id) {
            must(!world->writes[i].done, "world %u: record %u is done twice", world->number,
                 (unsigned)record_id);
            world->writes[i].done = true;
        }
    }
}

static void begin(struct player *player)
{
    struct correlator_config config = {.done = note_done, .arg = player->world};
    assert_int_equal(correlator_new(&player->correlator, &config), 0);
}

static void collect(struct player *player, uint64_t now_ms, int64_t at_ms)
{
    struct told *told = &player->told[player->count];
    while (
        correlator_next(player->correlator, now_ms, &told->event, &told->install, &told->again)) {
        told->at_ms = at_ms;
        assert_true(++player->count < MOST_TOLD);
        told++;
    }
    must(now_ms == UINT64_MAX || correlator_due(player->correlator) > now_ms,
         "world %u: it is asked in vain", player->world->number);
}

static void pass_until(struct player *player, int64_t at_ms)
{
    for (uint64_t due; (due = correlator_due(player->correlator)) <= (uint64_t)at_ms;) {
        collect(player, due, (int64_t)due);
    }
}

static void pass_outage(struct player *player, int64_t now_ms)
{
    const struct world *world = player->world;
    if (player->outage == 0 && now_ms >= world->blind_ms) {
        pass_until(player, world->blind_ms);
        correlator_log_readable(player->correlator, false, (uint64_t)world->blind_ms);
        player->outage++;
    }
    if (player->outage == 1 && now_ms >= world->sighted_ms) {
        pass_until(player, world->sighted_ms);
        correlator_log_readable(player->correlator, true, (uint64_t)world->sighted_ms);
        player->outage++;
    }
}

static void restart(struct player *player)
{
    struct world *world = player->world;
    collect(player, UINT64_MAX, world->restart_ms);
    correlator_free(player->correlator);
    begin(player);
    for (size_t i = 0; i < world->write_count; i++) {
        struct write *write = &world->writes[i];
        if (write->arrives_ms < world->restart_ms && !write->done) {
            write->made.replayed = true;
            struct install_record record = make_record(&write->made);
            correlator_record(player->correlator, &record, (uint64_t)world->up_ms);
        }
    }
}

static size_t play(struct world *world, struct told told[MOST_TOLD])
{
    struct player player = {.world = world, .told = told};
    bool restarted = false;
    size_t turn = 0, write = 0;
    begin(&player);
    while (turn < world->turn_count || write < world->write_count) {
        int64_t turn_ms = turn < world->turn_count ? world->turns[turn].at_ms : INT64_MAX;
        int64_t write_ms = write < world->write_count ? world->writes[write].arrives_ms : INT64_MAX;
        int64_t now_ms = turn_ms <= write_ms ? turn_ms : write_ms;
        if (!restarted && now_ms > world->restart_ms) {
            pass_until(&player, world->restart_ms);
            restart(&player);
            restarted = true;
        }
        pass_outage(&player, now_ms);
        pass_until(&player, now_ms);
        if (turn_ms <= write_ms) {
            const struct turn *next = &world->turns[turn++];
            correlator_transition(player.correlator, &next->event, next->position,
                                  (uint64_t)now_ms);
        } else {
            struct install_record record = make_record(&world->writes[write++].made);
            correlator_record(player.correlator, &record, (uint64_t)now_ms);
            collect(&player, (uint64_t)now_ms, now_ms);
        }
    }
    pass_outage(&player, INT64_MAX - 1);
    pass_until(&player, INT64_MAX / 2);
    collect(&player, UINT64_MAX, INT64_MAX / 2);
    correlator_free(player.correlator);
    return player.count;
}

/* ---- checks of the reports ---- */

struct score {
    unsigned worlds, facts, wrong, lost, twice, undecidable, undecidable_wrong;
    unsigned quiet, quiet_null, coded, coded_null, ui, ui_joined;
    unsigned complaints;
};

enum { MOST_COMPLAINTS = 20 };

static unsigned number_in(const char *text, const char *before)
{
    return strncmp(text, before, strlen(before)) == 0
               ? (unsigned)strtoul(text + strlen(before), NULL, 10)
               : 0;
}

static void show(const struct world *world, const struct told *told, const char *what)
{
    print_error("world %u: %s: %s of %u by %u %s, result %d, again %d, at %d\n", world->number,
                what, told->install.product, (unsigned)told->event.of, told->install.client_pid,
                told->install.package, (int)told->install.result, told->again, (int)told->at_ms);
}

static void complain(struct score *score, const struct world *world, const struct told *told,
                     const char *what)
{
    if (score->complaints++ < MOST_COMPLAINTS) {
        show(world, told, what);
    }
}

/* Whether it collided with something in the reported busy period. */
static bool is_collision_of(const struct world *world, const struct told *told)
{
    int64_t at_ms = told->event.at_ms - WALL;
    bool in = told->event.of == 0;
    for (size_t i = 0; i < world->fact_count; i++) {
        const struct fact *held = &world->facts[i];
        for (size_t n = 0; held->kind < TRANSACTIONS && n < held->seen_count; n++) {
            in = in || (held->seen_in[n] == told->event.of && at_ms >= held->begin_ms - 1000 &&
                        at_ms <= held->end_ms + 1000);
        }
    }
    return in && told->install.result == RESULT_COLLISION && told->install.client_pid == 0 &&
           told->install.package[0] == '\0';
}

/* Whether everything that is reported belongs to that one. */
static bool is_of(const struct world *world, const struct told *told, const struct fact *fact)
{
    const struct install *install = &told->install;
    unsigned product = number_in(install->product, "P");
    unsigned package = number_in(install->package, "C:\\P");
    if (fact->kind == COLLIDES) {
        return is_collision_of(world, told);
    }
    bool in = told->event.of == 0;
    for (size_t i = 0; i < fact->seen_count; i++) {
        in = in || fact->seen_in[i] == told->event.of;
    }
    return in && (product == 0 || package == 0 || product == package) &&
           (install->client_pid == 0 || install->client_pid == fact->pid) &&
           (install->user[0] == '\0' || strcmp(install->user, fact->user) == 0);
}

static void checker_told(struct world *world, const struct told *told, struct score *score)
{
    const struct install *install = &told->install;
    unsigned product = number_in(install->product, "P");
    unsigned which = product != 0 ? product : number_in(install->package, "C:\\P");
    if (install->action == ACTION_CHECK) {
        world->checks_told += 1 + install->further;
        score->wrong += told->event.of != 0;
        return;
    }
    if (which == 0 || which > world->fact_count) {
        complain(score, world, told, "nobody's");
        score->wrong++;
        return;
    }
    struct fact *fact = &world->facts[which - 1];
    if (!is_of(world, told, fact)) {
        score->undecidable_wrong += fact->undecidable;
        if (!fact->undecidable) {
            complain(score, world, told, "wrong");
            score->wrong++;
        }
    }
    fact->counted += !told->again;
    bool as_it_is = install->result == RESULT_LOST
                        ? fact->kind == LOST
                        : install->result != RESULT_UNKNOWN && install->status == fact->status;
    fact->outcome_told = fact->outcome_told || as_it_is;
    fact->placed = fact->placed || told->event.of != 0;
}

static void checker_fact(const struct world *world, size_t number, struct score *score)
{
    const struct fact *fact = &world->facts[number];
    bool lost = fact->counted == 0 || (fact->kind != SILENT && !fact->outcome_told);
    score->facts++;
    score->undecidable += fact->undecidable;
    if (fact->undecidable) {
        return;
    }
    score->lost += lost;
    score->twice += fact->counted > 1;
    if ((lost || fact->counted > 1) && score->complaints++ < MOST_COMPLAINTS) {
        print_error("world %u: fact %u (kind %d, form %d%s) is counted %u times%s\n", world->number,
                    (unsigned)number + 1, (int)fact->kind, (int)world->form,
                    fact->replayed ? ", replayed" : "", fact->counted,
                    fact->outcome_told ? "" : ", without its outcome");
    }
    /* If it was seen only for a moment, at its very end, nobody knows whether that was it. */
    if (fact->seen_count == 0 || fact->first_seen_ms > fact->ended_ms - 60) {
        return;
    }
    if (fact->kind <= UPDATE) {
        bool coded = !world->no_codes && !fact->replayed && world->restart_ms == INT64_MAX;
        score->quiet += world->form == WHOLE_SECONDS;
        score->quiet_null += world->form == WHOLE_SECONDS && !fact->placed;
        score->coded += coded;
        score->coded_null += coded && !fact->placed;
        if (coded && !fact->placed && score->complaints++ < MOST_COMPLAINTS) {
            print_error("world %u: fact %u is of no period\n", world->number, (unsigned)number + 1);
        }
    } else if (fact->kind == WITH_UI) {
        score->ui++;
        score->ui_joined += fact->placed && fact->outcome_told;
    }
}

static void checker(struct world *world, const struct told *told, size_t count, struct score *score)
{
    for (size_t i = 0; i < count; i++) {
        checker_told(world, &told[i], score);
    }
    if (world->checks_told != world->checks) {
        score->lost++;
        if (score->complaints++ < MOST_COMPLAINTS) {
            print_error("world %u: %u checks of %u\n", world->number, world->checks_told,
                        world->checks);
        }
    }
    for (size_t i = 0; i < world->fact_count; i++) {
        checker_fact(world, i, score);
    }
    score->worlds++;
}

static void print_world(const struct world *world)
{
    for (size_t i = 0; i < world->turn_count; i++) {
        print_message("turn %d at %d to %d\n", (int)world->turns[i].position,
                      (int)world->turns[i].at_ms, (int)world->turns[i].event.to);
    }
    for (size_t i = 0; i < world->write_count; i++) {
        const struct made *made = &world->writes[i].made;
        print_message("%u at %d (%d%s) id %u P%u pid %u %s status %u%s\n", (unsigned)made->order,
                      (int)made->at_ms, (int)world->writes[i].arrives_ms,
                      made->replayed ? " replayed" : "", made->id, made->product, made->pid,
                      made->user, made->status, made->whole_second ? " whole" : "");
    }
    for (size_t i = 0; i < world->fact_count; i++) {
        const struct fact *fact = &world->facts[i];
        print_message("fact %u kind %d %d..%d seen in %u%s\n", (unsigned)i + 1, (int)fact->kind,
                      (int)fact->begin_ms, (int)fact->end_ms, (unsigned)fact->seen_in[0],
                      fact->undecidable ? " undecidable" : "");
    }
}

static void whatever_happens_nothing_is_wrong_lost_or_counted_twice(void **state)
{
    static struct told told[MOST_TOLD];
    static struct world world;
    const char *only = getenv("MSIWATCH_TEST_WORLD");
    unsigned first = only == NULL ? 0 : (unsigned)strtoul(only, NULL, 10);
    unsigned last = only != NULL ? first + 1 : getenv("MSIWATCH_TEST_LONG") != NULL ? 100000 : 3000;
    struct score score = {0};
    (void)state;
    for (unsigned run = first; run < last; run++) {
        memset(&world, 0, sizeof world);
        world.seed = world.number = run;
        make_world(&world);
        size_t count = play(&world, told);
        if (only != NULL) {
            print_world(&world);
        }
        for (size_t i = 0; only != NULL && i < count; i++) {
            show(&world, &told[i], "told");
        }
        checker(&world, told, count, &score);
    }
    print_message(
        "%u worlds: %u wrong, %u lost, %u counted twice; of no period %u of %u quiet ones "
        "with whole seconds, %u of %u with a product code seen in their period; %u of %u "
        "interactive ones joined; %u of %u that nobody could decide, %u of them wrong\n",
        score.worlds, score.wrong, score.lost, score.twice, score.quiet_null, score.quiet,
        score.coded_null, score.coded, score.ui_joined, score.ui, score.undecidable, score.facts,
        score.undecidable_wrong);
    assert_int_equal(score.wrong, 0);
    assert_int_equal(score.lost, 0);
    assert_int_equal(score.twice, 0);
    assert_int_equal(score.coded_null, 0);
    assert_true(score.quiet_null * 20 <= score.quiet);
}

int correlator_worlds_tests(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_nothing_is_wrong_lost_or_counted_twice),
    };
    return cmocka_run_group_tests_name("correlator_worlds", tests, NULL, NULL);
}
