/* model.c: looks at everything that can happen to a queue of turns in a small world.
 *
 *   turns-model [--states N] [--no-order] [WORLD...]
 *
 * The worlds are below; without any named, all but "all", which takes minutes and --states
 * 30000000.
 * --no-order leaves out the check of the order, so that starving is found by itself.
 *
 * Breadth first, from every state that can be reached, through every event that can happen in it:
 * somebody asks, cancels or disconnects, the holder releases or is gone, samples of every verdict,
 * also late ones, a hold begins and ends, the clock ticks, and the queue's own next step, which
 * events may come before. It drives decide/turns itself; what must hold is written down here once
 * more, in other words:
 *   - there are never two turns out, and none is granted against the rules (must_be_allowed);
 *   - no wake-up is lost: whatever could happen next by time and samples alone, turns_due is not
 *     after it (must_wake);
 *   - once no administrator asks any more, everyone that waits is granted a turn, whether the
 *     others ask again and again and hold their turns or release them at once (must_be_served);
 *   - a turn ends by the queue's own doing only when others wait, or it lasted for the most, and
 *     always after notice (must_be_allowed_to_end).
 * States are compared by what the rules can tell apart: the ages of things, each up to the longest
 * that any rule asks for. Prints the states and transitions. Exits with 1, after the events that
 * lead there, if something does not hold; with 2 if there are more than N states (16,000,000).
 */
#include "decide/turns.h"
#include "decide/turns_users.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 4
#define USERS 3
#define BASE UINT64_C(1000) /* now, in every state that is looked at */
#define NEVER UINT64_MAX

/* The times of this world, in ticks. */
enum {
    AGE = 3,
    IDLE = 3,
    IDLE_STANDARD = 2,
    EXPIRING = 1,
    BREAK = 1,
    YIELD_IDLE = 1,
    YIELD = 3,
    MOST = 5,
    BLIND_AFTER = 2,
    BLIND_GAP = 1,
    HOLD = 2,
    HOUR = 2,
    SETTLE_MOST = 2,
    SEEN_MOST = 2, /* a sample comes at least so often */
    DRAIN = 400,   /* within so many ticks everyone is served */
};

struct client {
    const char *user; /* "": an administrator */
    bool background, ignore_hold, require_known;
    unsigned settle;
};

struct world {
    const char *name;
    struct client clients[CLIENTS];
    unsigned client_count;
    bool holds, unknowns, late; /* `late`: samples that were begun before now, too */
    unsigned acquires;          /* within HOUR; 0: any number */
};

static const struct world worlds[] = {
    {.name = "three",
     .clients = {{.user = "", .settle = 1},
                 {.user = "a", .settle = SETTLE_MOST},
                 {.user = "a", .background = true}},
     .client_count = 3,
     .late = true},
    {.name = "unknown",
     .clients = {{.user = ""}, {.user = "a", .settle = 1}, {.user = "a", .require_known = true}},
     .client_count = 3,
     .unknowns = true},
    {.name = "hold",
     .clients = {{.user = "", .ignore_hold = true}, {.user = ""}, {.user = "a"}},
     .client_count = 3,
     .holds = true},
    {.name = "users",
     .clients = {{.user = ""}, {.user = "a"}, {.user = "b"}, {.user = "b", .background = true}},
     .client_count = 3,
     .late = false},
    {.name = "quota",
     .clients = {{.user = "a"}, {.user = "b", .background = true}, {.user = "a"}},
     .client_count = 3,
     .acquires = 1},
    {.name = "four",
     .clients = {{.user = ""},
                 {.user = "", .background = true},
                 {.user = "a"},
                 {.user = "a", .background = true}},
     .client_count = 4},
    {.name = "all",
     .clients = {{.user = "", .ignore_hold = true},
                 {.user = "", .background = true, .settle = 1},
                 {.user = "a", .settle = 1},
                 {.user = "a", .background = true, .require_known = true}},
     .client_count = 4,
     .holds = true,
     .unknowns = true,
     .late = true},
};

/* ---- a state, and what it is packed into ---- */

struct state {
    struct turns turns; /* whose arrays are the two below */
    struct turn waiting[CLIENTS];
    struct turn_user users[USERS];
    uint64_t now;
    bool polled; /* turns_next said TURN_NOTHING, and nothing happened since */
};

struct key {
    uint64_t words[2];
};

static const struct world *world;
static bool check_order = true;
static uint32_t user_count;

static uint32_t user_of(const struct client *client)
{
    return client->user[0] == '\0' ? 0 : client->user[0] == 'a' ? 1 : 2;
}

static unsigned client_at(const struct turn *turn)
{
    return (unsigned)((const struct client *)turn->owner - world->clients);
}

/* How long ago, up to the longest that a rule asks for. */
static uint64_t age(const struct state *state, uint64_t at, uint64_t most)
{
    uint64_t ago = at > state->now ? 0 : state->now - at;
    return ago < most ? ago : most;
}

struct bits {
    struct key key;
    unsigned at;
};

static void put(struct bits *bits, uint64_t value, unsigned count)
{
    if (value >> count != 0 || bits->at + count > 128) {
        fprintf(stderr, "turns-model: a state does not fit its key\n");
        exit(3);
    }
    unsigned word = bits->at / 64, shift = bits->at % 64;
    bits->key.words[word] |= value << shift;
    if (shift + count > 64) {
        bits->key.words[word + 1] |= value >> (64 - shift);
    }
    bits->at += count;
}

static uint64_t get(struct bits *bits, unsigned count)
{
    unsigned word = bits->at / 64, shift = bits->at % 64;
    uint64_t value = bits->key.words[word] >> shift;
    if (shift + count > 64) {
        value |= bits->key.words[word + 1] << (64 - shift);
    }
    bits->at += count;
    return value & ((UINT64_C(1) << count) - 1);
}

/* Of two users' last turns only which was later counts. */
static uint64_t rank(const struct state *state, uint32_t user)
{
    uint64_t below = 0;
    for (uint32_t i = 0; i < user_count; i++) {
        below += state->users[i].served < state->users[user].served;
    }
    return state->users[user].served == 0 ? 0 : below + 1;
}

static struct key pack(const struct state *state)
{
    const struct turns *turns = &state->turns;
    struct bits bits = {.at = 0};
    put(&bits, turns->count, 3);
    for (size_t i = 0; i < turns->count; i++) {
        put(&bits, client_at(&state->waiting[i]), 2);
        put(&bits, age(state, state->waiting[i].asked_ms, IDLE + EXPIRING), 3);
        put(&bits, state->waiting[i].over, 1);
    }
    put(&bits, turns->out ? client_at(&turns->holder) + 1 : 0, 3);
    uint64_t granted = age(state, turns->granted_ms, MOST + EXPIRING);
    if (turns->out) {
        uint64_t row = age(state, turns->row_ms, IDLE + EXPIRING);
        put(&bits, granted, 3);
        put(&bits, row < granted ? row : granted, 3);
        put(&bits, turns->blind, 1);
        put(&bits, turns->expiring, 1);
        put(&bits, turns->expiring ? age(state, turns->told_ms, EXPIRING) : 0, 2);
    } else {
        put(&bits, age(state, turns->ended_ms, SEEN_MOST + 1), 2);
    }
    put(&bits, age(state, turns->broken_ms, BREAK), 1);
    put(&bits, turns->verdict, 2);
    put(&bits,
        turns->verdict == VERDICT_BUSY ? 0 : age(state, turns->since_ms, SEEN_MOST + SETTLE_MOST),
        3);
    put(&bits, age(state, turns->seen_ms, SEEN_MOST), 2);
    put(&bits, turns->last_user == UINT32_MAX ? USERS : turns->last_user, 2);
    for (uint32_t i = 0; i < user_count; i++) {
        put(&bits, rank(state, i), 2);
        put(&bits, world->acquires == 0 ? 0 : state->users[i].acquires, 2);
        put(&bits, world->acquires == 0 ? 0 : age(state, state->users[i].hour_began_ms, HOUR), 2);
    }
    put(&bits, turns->held, 1);
    put(&bits,
        !turns->held                        ? 0
        : turns->held_until_ms == NEVER     ? HOLD + 1
        : turns->held_until_ms < state->now ? 0
                                            : turns->held_until_ms - state->now,
        2);
    put(&bits, turns->changed, 1);
    put(&bits, state->polled, 1);
    put(&bits,
        turns->changed                ? 0
        : turns->due_ms == NEVER      ? 15
        : turns->due_ms <= state->now ? 0
                                      : turns->due_ms - state->now,
        4);
    return bits.key;
}

static void point_home(struct state *state)
{
    state->turns.waiting = state->waiting;
    state->turns.users = state->users;
}

static struct turn turn_of(unsigned client, uint64_t asked_ms)
{
    const struct client *of = &world->clients[client];
    return (struct turn){
        .number = client + 1,
        .owner = (void *)(uintptr_t)of,
        .asked_ms = asked_ms,
        .settle_ms = of->settle,
        .pid = client,
        .user = user_of(of),
        .administrator = user_of(of) == 0,
        .background = of->background,
        .require_known = of->require_known,
        .ignore_hold = of->ignore_hold,
    };
}

static void begin(struct state *state)
{
    memset(state, 0, sizeof *state);
    struct turns *turns = &state->turns;
    point_home(state);
    turns->limits = (struct turns_limits){
        .process = CLIENTS,
        .user = CLIENTS,
        .total = CLIENTS,
        .acquires = world->acquires == 0 ? UINT32_MAX : world->acquires,
        .hour_ms = HOUR,
        .age_ms = AGE,
        .idle_ms = IDLE,
        .idle_standard_ms = IDLE_STANDARD,
        .expiring_ms = EXPIRING,
        .break_ms = BREAK,
        .yield_idle_ms = YIELD_IDLE,
        .yield_ms = YIELD,
        .most_ms = MOST,
        .blind_after_ms = BLIND_AFTER,
        .blind_gap_ms = BLIND_GAP,
    };
    turns->room = CLIENTS;
    turns->user_count = user_count;
    turns->user_room = USERS;
    for (uint32_t i = 1; i < user_count; i++) {
        state->users[i].name[0] = (unsigned char)('a' + i - 1);
        state->users[i].name_size = 1;
    }
    state->now = BASE;
    turns->last_user = UINT32_MAX;
    turns->verdict = VERDICT_UNKNOWN;
    turns->since_ms = turns->ended_ms = turns->seen_ms = BASE;
    turns->due_ms = NEVER;
    turns->numbers = turns->grants = 100;
}

static void unpack(struct key key, struct state *state)
{
    struct bits bits = {key, 0};
    struct turns *turns = &state->turns;
    begin(state);
    turns->users = state->users;
    turns->count = get(&bits, 3);
    for (size_t i = 0; i < turns->count; i++) {
        unsigned client = (unsigned)get(&bits, 2);
        state->waiting[i] = turn_of(client, BASE - get(&bits, 3));
        state->waiting[i].over = get(&bits, 1);
        turns_count_in(turns, &state->waiting[i]);
    }
    unsigned holder = (unsigned)get(&bits, 3);
    turns->out = holder > 0;
    turns->ended_ms = BASE - SEEN_MOST - 1;
    if (turns->out) {
        turns->holder = turn_of(holder - 1, BASE - 9);
        turns->granted_ms = BASE - get(&bits, 3);
        turns->row_ms = BASE - get(&bits, 3);
        turns->blind = get(&bits, 1);
        turns->expiring = get(&bits, 1);
        turns->told_ms = BASE - get(&bits, 2);
    } else {
        turns->ended_ms = BASE - get(&bits, 2);
        turns->row_ms = BASE - 9;
    }
    turns->broken_ms = BASE - get(&bits, 1);
    turns->verdict = (enum verdict_state)get(&bits, 2);
    turns->since_ms = BASE - get(&bits, 3);
    turns->seen_ms = BASE - get(&bits, 2);
    uint32_t last = (uint32_t)get(&bits, 2);
    turns->last_user = last == USERS ? UINT32_MAX : last;
    for (uint32_t i = 0; i < user_count; i++) {
        state->users[i].served = get(&bits, 2);
        state->users[i].acquires = (uint32_t)get(&bits, 2);
        state->users[i].hour_began_ms = BASE - get(&bits, 2);
    }
    turns->held = get(&bits, 1);
    uint64_t until = get(&bits, 2);
    turns->held_until_ms = !turns->held ? 0 : until == HOLD + 1 ? NEVER : BASE + until;
    turns->changed = get(&bits, 1);
    state->polled = get(&bits, 1);
    uint64_t due = get(&bits, 4);
    turns->due_ms = due == 15 ? NEVER : BASE + due;
}

/* ---- what happens ---- */

enum event_kind_of_model { ASK, LEAVE, RELEASE, LOOK, HOLD_ON, STEP, TICK };

struct happening {
    uint8_t kind, with, ago;
};

static const char *const holds_in_words[] = {"for a while", "until it is lifted", "no more"};

static void print_happening(struct happening event)
{
    static const char *const words[] = {"ask", "leave", "release", "look", "hold", "step", "tick"};
    printf("  %s", words[event.kind]);
    if (event.kind == ASK || event.kind == LEAVE) {
        const struct client *client = &world->clients[event.with];
        printf(" client %u (%s, %s)", event.with,
               client->user[0] == '\0' ? "administrator" : client->user,
               client->background ? "background" : "normal");
    } else if (event.kind == LOOK) {
        printf(": %s, begun %u ago", verdict_state_name((enum verdict_state)event.with), event.ago);
    } else if (event.kind == HOLD_ON) {
        printf(" %s", holds_in_words[event.with]);
    }
    putchar('\n');
}

static bool is_held(const struct state *state)
{
    return state->turns.held && state->turns.held_until_ms > state->now;
}

static bool may_go(const struct state *state, const struct turn *turn)
{
    return !is_held(state) || (turn->administrator && turn->ignore_hold);
}

static const struct turn *find(const struct state *state, unsigned client)
{
    for (size_t i = 0; i < state->turns.count; i++) {
        if (client_at(&state->waiting[i]) == client) {
            return &state->waiting[i];
        }
    }
    return NULL;
}

static bool is_out(const struct state *state, unsigned client)
{
    return state->turns.out && client_at(&state->turns.holder) == client;
}

static void ask(struct state *state, unsigned client)
{
    const struct client *of = &world->clients[client];
    struct turn_wish wish = {
        .owner = (void *)(uintptr_t)of,
        .pid = client,
        .administrator = user_of(of) == 0,
        .user = {(unsigned char)of->user[0]},
        .user_size = 1,
        .background = of->background,
        .require_known = of->require_known,
        .ignore_hold = of->ignore_hold,
        .settle_ms = of->settle,
    };
    uint64_t number;
    if (turns_acquire(&state->turns, &wish, state->now, &number) != TURN_WAITS) {
        fprintf(stderr, "turns-model: it does not fit\n");
        exit(3);
    }
}

static void look(struct state *state, enum verdict_state verdict, uint64_t seen_ms)
{
    bool same = verdict == state->turns.verdict;
    turns_look(&state->turns, verdict, same ? state->turns.since_ms : seen_ms, seen_ms);
}

/* False: it cannot happen now. A step is taken by the caller. */
static bool happen(struct state *state, struct happening event)
{
    struct turns *turns = &state->turns;
    const struct turn *waits = event.kind <= LEAVE ? find(state, event.with) : NULL;
    state->polled = state->polled && event.kind == STEP;
    switch (event.kind) {
    case ASK:
        if (waits != NULL || is_out(state, event.with)) {
            return false;
        }
        ask(state, event.with);
        return true;
    case LEAVE:
        return waits != NULL && turns_end(turns, waits->number, state->now);
    case RELEASE:
        return turns->out && turns_end(turns, turns->holder.number, state->now);
    case LOOK:
        if (state->now - event.ago < turns->seen_ms) {
            return false;
        }
        look(state, (enum verdict_state)event.with, state->now - event.ago);
        return true;
    case HOLD_ON:
        turns_hold(turns, event.with == 0 ? state->now + HOLD : event.with == 1 ? NEVER : 0);
        return true;
    default:
        return true;
    }
}

/* ---- what must hold ---- */

static char problem[256];

__attribute__((format(printf, 2, 3))) static bool must(bool holds, const char *format, ...)
{
    if (!holds && problem[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(problem, sizeof problem, format, arguments);
        va_end(arguments);
    }
    return holds;
}

/* Whether `a` goes before `b`: the rules of the order once more, in pairs. */
static bool goes_before(const struct state *state, const struct turn *a, const struct turn *b)
{
    bool others = false;
    for (size_t i = 0; i < state->turns.count; i++) {
        const struct turn *turn = &state->waiting[i];
        others |= may_go(state, turn) && turn->user != state->turns.last_user;
    }
    bool a_twice = others && a->user == state->turns.last_user;
    bool b_twice = others && b->user == state->turns.last_user;
    if (a->administrator != b->administrator) {
        return a->administrator ? !a_twice : b_twice;
    }
    bool a_aged = state->now - a->asked_ms >= AGE && !a_twice;
    bool b_aged = state->now - b->asked_ms >= AGE && !b_twice;
    if (a_aged != b_aged) {
        return a_aged;
    }
    if (!a_aged && a->over != b->over) {
        return b->over;
    }
    if (!a_aged && a->background != b->background) {
        return b->background;
    }
    if (a->user != b->user) {
        return state->users[a->user].served < state->users[b->user].served;
    }
    return a < b;
}

static void must_be_allowed(const struct state *before, const struct turn_news *news)
{
    const struct turns *turns = &before->turns;
    const struct turn *turn = find(before, client_at(&news->turn));
    if (!must(!turns->out, "two are out") ||
        !must(turn != NULL, "one is granted that does not wait")) {
        return;
    }
    must(may_go(before, turn), "one is granted against the hold");
    if (turns->verdict == VERDICT_IDLE) {
        must(turns->seen_ms >= turns->since_ms + turn->settle_ms, "it had not settled");
        must(turns->seen_ms >= turns->ended_ms, "no sample since the last turn");
        must(turns->seen_ms >= turn->asked_ms, "no sample since it asked");
        must(!news->blind, "it is not blind");
    } else {
        must(turns->verdict == VERDICT_UNKNOWN, "granted while busy");
        must(before->now >= turns->since_ms + BLIND_AFTER, "not unknown for long enough");
        must(before->now >= turns->ended_ms + BLIND_GAP, "too soon after the last one");
        must(news->step == TURN_UNKNOWN ? turn->require_known : news->blind,
             "it does not say that it is blind");
    }
    must(news->step == TURN_UNKNOWN || !turn->require_known || turns->verdict == VERDICT_IDLE,
         "blind although it asked for a known verdict");
    for (size_t i = 0; i < turns->count; i++) {
        const struct turn *other = &before->waiting[i];
        must(!check_order || other == turn || !may_go(before, other) ||
                 !goes_before(before, other, turn),
             "client %u goes before client %u", client_at(turn), client_at(other));
    }
}

/* Since when others wait, or administrators, that may go on. */
static uint64_t waits_since(const struct state *state, bool administrators)
{
    uint64_t since = NEVER;
    for (size_t i = 0; i < state->turns.count; i++) {
        const struct turn *turn = &state->waiting[i];
        bool counts = may_go(state, turn) && (turn->administrator || !administrators);
        since = counts && turn->asked_ms < since ? turn->asked_ms : since;
    }
    return since;
}

static uint64_t latest(uint64_t a, uint64_t b, uint64_t c)
{
    return a > b ? (a > c ? a : c) : (b > c ? b : c);
}

/* Whether the turn that is out has lasted for as long as it may, except for the notice. */
static bool is_over(const struct state *state)
{
    const struct turns *turns = &state->turns;
    uint64_t others = waits_since(state, false), administrators = waits_since(state, true);
    bool idle = turns->verdict == VERDICT_IDLE || state->now < turns->broken_ms + BREAK;
    bool standard = !turns->holder.administrator;
    uint64_t limit = standard ? IDLE_STANDARD : IDLE;
    if (state->now >= turns->granted_ms + MOST) {
        return true;
    }
    if (idle && others != NEVER &&
        state->now >= latest(turns->granted_ms, turns->row_ms, others) + limit + EXPIRING) {
        return true;
    }
    if (!standard || administrators == NEVER) {
        return false;
    }
    return (idle &&
            state->now >= latest(turns->granted_ms, turns->row_ms, administrators) + YIELD_IDLE) ||
           state->now >= latest(turns->granted_ms + YIELD, administrators + EXPIRING, 0);
}

static void must_be_allowed_to_end(const struct state *before)
{
    const struct turns *turns = &before->turns;
    must(turns->out, "one ends that is not out");
    must(turns->expiring && before->now >= turns->told_ms + EXPIRING, "it ends without notice");
    must(is_over(before), "it ends before its time");
}

/* No wake-up is lost: as time passes, with samples that show the same, nothing happens before
 * turns_due says that it could. The queue is made to look, whether or not it thinks it need. */
static void must_wake(const struct state *quiet)
{
    struct state state = *quiet;
    uint64_t due = turns_due(&quiet->turns);
    point_home(&state);
    for (unsigned later = 0; later <= MOST + EXPIRING + BLIND_AFTER; later++) {
        look(&state, state.turns.verdict, state.now);
        state.turns.changed = true;
        struct turn_news news = turns_next(&state.turns, state.now);
        if (news.step != TURN_NOTHING) {
            must(due <= state.now, "a lost wake-up: step %d in %u ticks, due in %d", (int)news.step,
                 later, due == NEVER ? -1 : (int)(due - quiet->now));
            return;
        }
        state.now++;
    }
}

/* Whether `client` has its turn in the end, when no administrator asks any more, the verdict stays
 * idle, and the others ask again and again. */
static void must_be_served(const struct state *quiet, unsigned client, bool release)
{
    struct state state = *quiet;
    point_home(&state);
    turns_hold(&state.turns, 0);
    for (unsigned ticks = 0; ticks < DRAIN; ticks++) {
        look(&state, VERDICT_IDLE, state.now);
        for (unsigned i = 0; i < world->client_count; i++) {
            bool asks = i != client && user_of(&world->clients[i]) != 0;
            if (asks && find(&state, i) == NULL && !is_out(&state, i)) {
                ask(&state, i);
            }
        }
        struct turn_news news = turns_next(&state.turns, state.now);
        while (news.step != TURN_NOTHING) {
            if (news.step == TURN_GRANTED && client_at(&news.turn) == client) {
                return;
            }
            news = turns_next(&state.turns, state.now);
        }
        if (release && state.turns.out) {
            turns_end(&state.turns, state.turns.holder.number, state.now);
        }
        state.now++;
    }
    must(false, "client %u waits for ever%s", client, release ? "" : ", others hold on");
}

/* What holds whenever there is nothing to do. */
static void must_rest(const struct state *state)
{
    const struct turns *turns = &state->turns;
    must(!turns_wedged(turns, state->now), "the check says that it is wedged");
    if (turns->out && !world->holds && !world->late) {
        must(!is_over(state) || state->now < turns->told_ms + EXPIRING, "it goes on for too long");
    }
    must(!turns->out || !is_over(state) || turns->expiring, "it is over and was not told");
    must_wake(state);
    for (size_t i = 0; i < turns->count; i++) {
        must_be_served(state, client_at(&state->waiting[i]), true);
        must_be_served(state, client_at(&state->waiting[i]), false);
    }
}

static void step(struct state *state)
{
    struct state before = *state;
    point_home(&before);
    struct turn_news news = turns_next(&state->turns, state->now);
    switch (news.step) {
    case TURN_NOTHING:
        state->polled = true;
        must_rest(state);
        return;
    case TURN_GRANTED:
    case TURN_UNKNOWN:
        must_be_allowed(&before, &news);
        break;
    case TURN_EXPIRED:
        must_be_allowed_to_end(&before);
        break;
    case TURN_EXPIRING:
        must(before.turns.out && !before.turns.expiring, "it was told already");
        break;
    case TURN_KEPT:
        must(before.turns.out && before.turns.expiring, "it was not told");
        break;
    }
    state->polled = false;
}

/* ---- all of them ---- */

static struct space {
    struct key *keys;
    uint32_t *parents;
    struct happening *events;
    uint32_t *table; /* places in `keys`, each one more; 0: none */
    size_t count, most, slots;
    uint64_t transitions;
} space;

static size_t slot_of(struct key key)
{
    uint64_t hash = (key.words[0] ^ (key.words[1] * UINT64_C(0x9E3779B97F4A7C15))) *
                    UINT64_C(0xD6E8FEB86659FD93);
    return (size_t)((hash ^ (hash >> 32)) & (space.slots - 1));
}

/* Adds a state unless it is known. */
static void add(struct key key, uint32_t parent, struct happening event)
{
    size_t slot = slot_of(key);
    while (space.table[slot] != 0) {
        if (memcmp(&space.keys[space.table[slot] - 1], &key, sizeof key) == 0) {
            return;
        }
        slot = (slot + 1) & (space.slots - 1);
    }
    if (space.count == space.most) {
        fprintf(stderr, "turns-model: %s: more than %zu states\n", world->name, space.most);
        exit(2);
    }
    space.keys[space.count] = key;
    space.parents[space.count] = parent;
    space.events[space.count] = event;
    space.table[slot] = (uint32_t)++space.count;
}

static void print_way(uint32_t place)
{
    if (place != 0) {
        print_way(space.parents[place]);
        print_happening(space.events[place]);
    }
}

static void try(uint32_t place, struct happening event)
{
    struct state state;
    unpack(space.keys[place], &state);
    if (!happen(&state, event)) {
        return;
    }
    if (event.kind == STEP) {
        step(&state);
    } else if (event.kind == TICK) {
        state.now++;
    }
    space.transitions++;
    if (problem[0] != '\0') {
        printf("turns-model: %s: %s, after:\n", world->name, problem);
        print_way(place);
        print_happening(event);
        exit(1);
    }
    add(pack(&state), place, event);
}

static void try_all(uint32_t place)
{
    struct state state;
    unpack(space.keys[place], &state);
    for (uint8_t i = 0; i < world->client_count; i++) {
        try(place, (struct happening){ASK, i, 0});
        try(place, (struct happening){LEAVE, i, 0});
    }
    try(place, (struct happening){RELEASE, 0, 0});
    for (uint8_t ago = 0; ago <= (world->late ? 1 : 0); ago++) {
        try(place, (struct happening){LOOK, VERDICT_IDLE, ago});
        try(place, (struct happening){LOOK, VERDICT_BUSY, ago});
        if (world->unknowns) {
            try(place, (struct happening){LOOK, VERDICT_UNKNOWN, ago});
        }
    }
    for (uint8_t hold = 0; world->holds && hold < 3; hold++) {
        try(place, (struct happening){HOLD_ON, hold, 0});
    }
    if (!state.polled) {
        try(place, (struct happening){STEP, 0, 0});
    } else if (state.now - state.turns.seen_ms < SEEN_MOST) {
        try(place, (struct happening){TICK, 0, 0});
    }
}

static void explore(void)
{
    struct state first;
    user_count = 0;
    for (unsigned i = 0; i < world->client_count; i++) {
        uint32_t user = user_of(&world->clients[i]);
        user_count = user >= user_count ? user + 1 : user_count;
    }
    memset(space.table, 0, space.slots * sizeof *space.table);
    space.count = 0;
    space.transitions = 0;
    begin(&first);
    add(pack(&first), 0, (struct happening){0, 0, 0});
    for (uint32_t place = 0; place < space.count; place++) {
        try_all(place);
    }
    printf("turns-model: %s: %zu states, %llu transitions\n", world->name, space.count,
           (unsigned long long)space.transitions);
    fflush(stdout);
}

static bool make_space(size_t most)
{
    space.most = most;
    space.slots = 1024;
    while (space.slots < most * 2) {
        space.slots *= 2;
    }
    space.keys = malloc(most * sizeof *space.keys);
    space.parents = malloc(most * sizeof *space.parents);
    space.events = malloc(most * sizeof *space.events);
    space.table = malloc(space.slots * sizeof *space.table);
    return space.keys != NULL && space.parents != NULL && space.events != NULL &&
           space.table != NULL;
}

int main(int argc, char **argv)
{
    size_t most = 16000000, worlds_count = sizeof worlds / sizeof worlds[0];
    int first = 1;
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (strcmp(argv[first], "--no-order") == 0) {
            check_order = false;
        } else if (strcmp(argv[first], "--states") == 0 && first + 1 < argc) {
            most = strtoull(argv[++first], NULL, 10);
        }
    }
    if (!make_space(most)) {
        fprintf(stderr, "turns-model: out of memory\n");
        return 3;
    }
    for (size_t i = 0; i < worlds_count; i++) {
        bool wanted = first == argc && i + 1 < worlds_count;
        for (int k = first; k < argc; k++) {
            wanted |= strcmp(argv[k], worlds[i].name) == 0;
        }
        if (wanted) {
            world = &worlds[i];
            explore();
        }
    }
    free(space.keys);
    free(space.parents);
    free(space.events);
    free(space.table);
    return 0;
}
