/* session_test.c: what `msiwatch run` does in simulated situations: some written by hand, step by
 * step, and then every situation with a few surprises. */
#include "client_test.h"

#include "cli/run/session.h"
#include "lib/codes.h"

#include <stdio.h>
#include <string.h>

static const uint32_t collisions[] = {1618, 0x80070652};

static const struct session_options usual = {.timeout_ms = 600000,
                                             .linger_ms = 30000,
                                             .retries = 4,
                                             .retry_on = collisions,
                                             .retry_count = COUNT(collisions)};

/* ---- situations that are written by hand ---- */

struct step {
    const char *what;
    uint32_t code;
    uint32_t value; /* wait_end: the exit code */
    uint64_t takes_ms;
    bool flag; /* acquire: passes; wait_idle: over; wait_end: pressed */
};

struct played {
    const struct step *next;
    uint64_t now;
    bool interrupted;
    char said[256];
    uint32_t released; /* the exit code; UINT32_MAX: not known */
    bool told_turn;
    uint64_t timeout_ms; /* of the last step */
};

static const struct step *play(struct played *played, const char *what)
{
    const struct step *step = played->next;
    must(step->what != NULL && strcmp(step->what, what) == 0, "%s instead of %s", what,
         step->what == NULL ? "the end" : step->what);
    played->next++;
    played->now += step->takes_ms;
    played->interrupted = played->interrupted || step->code == CODE_CANCELLED;
    return step;
}

static uint64_t played_now(void *arg)
{
    return ((struct played *)arg)->now;
}

static bool played_interrupted(void *arg)
{
    return ((struct played *)arg)->interrupted;
}

static uint32_t played_connect(void *arg, uint64_t timeout_ms)
{
    ((struct played *)arg)->timeout_ms = timeout_ms;
    return play(arg, "connect")->code;
}

static uint32_t played_acquire(void *arg, uint64_t timeout_ms, bool *passes)
{
    ((struct played *)arg)->timeout_ms = timeout_ms;
    const struct step *step = play(arg, "acquire");
    *passes = step->flag;
    return step->code;
}

static uint32_t played_wait_idle(void *arg, uint64_t timeout_ms, bool *turn_over)
{
    ((struct played *)arg)->timeout_ms = timeout_ms;
    const struct step *step = play(arg, "idle");
    *turn_over = step->flag;
    return step->code;
}

static uint32_t played_release(void *arg, uint32_t exit_code, bool exit_known)
{
    ((struct played *)arg)->released = exit_known ? exit_code : UINT32_MAX;
    return play(arg, "release")->code;
}

static uint32_t played_pause(void *arg, uint64_t ms)
{
    struct played *played = arg;
    played->timeout_ms = ms;
    played->now += ms;
    return play(arg, "pause")->code;
}

static uint32_t played_start(void *arg, bool turn)
{
    ((struct played *)arg)->told_turn = turn;
    return play(arg, "start")->code;
}

static uint32_t played_wait_end(void *arg, uint32_t *exit_code, bool *pressed)
{
    const struct step *step = play(arg, "end");
    *exit_code = step->value;
    *pressed = step->flag;
    return step->code;
}

static void played_wait_family(void *arg, uint64_t timeout_ms)
{
    ((struct played *)arg)->timeout_ms = timeout_ms;
    play(arg, "family");
}

static const char *const words[] = {[SESSION_NO_SERVICE] = "no service ",
                                    [SESSION_OLD_SERVICE] = "old service ",
                                    [SESSION_AWAY] = "away ",
                                    [SESSION_CROWDED] = "crowded ",
                                    [SESSION_AGAIN] = "again ",
                                    [SESSION_NOT_AGAIN] = "not again ",
                                    [SESSION_TURN_LOST] = "lost "};

static void played_say(void *arg, enum session_news news, uint32_t number)
{
    struct played *played = arg;
    size_t used = strlen(played->said);
    (void)number;
    snprintf(played->said + used, sizeof played->said - used, "%s", words[news]);
}

static const struct session_system played_system = {
    played_now,       played_interrupted, played_connect, played_acquire,
    played_wait_idle, played_release,     played_pause,   played_start,
    played_wait_end,  played_wait_family, played_say};

static struct session_result run_steps(struct played *played, const struct session_options *options,
                                       const struct step *steps)
{
    memset(played, 0, sizeof *played);
    played->next = steps;
    struct session_result result = session_run(options, &played_system, played);
    must(played->next->what == NULL, "not all was played: %s", played->next->what);
    return result;
}

static void must_end(struct session_result result, uint32_t code)
{
    must(result.ended && result.code == code, "%s, %u instead of %u",
         result.ended ? "ended" : "not ended", (unsigned)result.code, (unsigned)code);
}

static void must_fail(struct session_result result, bool started, uint32_t code)
{
    must(!result.ended && result.started == started && result.code == code, "%s, %u instead of %u",
         result.ended ? "ended" : "not ended", (unsigned)result.code, (unsigned)code);
}

static void the_exit_code_is_the_commands(void **state)
{
    (void)state;
    static const uint32_t codes[] = {0, 1, 1602, 1603, 1641, 3010, 0xC0000005u, 0xFFFFFFFFu};
    struct played played;
    for (size_t i = 0; i < COUNT(codes); i++) {
        const struct step steps[] = {{.what = "connect"},
                                     {.what = "acquire"},
                                     {.what = "start"},
                                     {.what = "end", .value = codes[i]},
                                     {.what = "family", .takes_ms = 1000},
                                     {.what = "idle"},
                                     {.what = "release"},
                                     {0}};
        must_end(run_steps(&played, &usual, steps), codes[i]);
        assert_int_equal(played.released, codes[i]);
        assert_true(played.told_turn);
        assert_string_equal(played.said, "");
    }
}

static void a_collision_is_tried_again_and_the_turn_kept(void **state)
{
    (void)state;
    static const struct step steps[] = {{.what = "connect"},
                                        {.what = "acquire"},
                                        {.what = "start"},
                                        {.what = "end", .value = 1618},
                                        {.what = "idle", .takes_ms = 5000},
                                        {.what = "start"},
                                        {.what = "end", .value = 0x80070652},
                                        {.what = "idle"},
                                        {.what = "start"},
                                        {.what = "end", .value = 3010},
                                        {.what = "family"},
                                        {.what = "idle"},
                                        {.what = "release"},
                                        {0}};
    struct played played;
    must_end(run_steps(&played, &usual, steps), 3010);
    assert_string_equal(played.said, "again again ");
}

static void it_is_not_tried_for_ever(void **state)
{
    (void)state;
    static const struct step once[] = {{.what = "connect"}, {.what = "acquire"},
                                       {.what = "start"},   {.what = "end", .value = 1618},
                                       {.what = "family"},  {.what = "idle"},
                                       {.what = "release"}, {0}};
    static const struct step thrice[] = {{.what = "connect"},
                                         {.what = "acquire"},
                                         {.what = "start"},
                                         {.what = "end", .value = 1618},
                                         {.what = "idle"},
                                         {.what = "start"},
                                         {.what = "end", .value = 1618},
                                         {.what = "idle"},
                                         {.what = "start"},
                                         {.what = "end", .value = 1618},
                                         {.what = "family"},
                                         {.what = "idle"},
                                         {.what = "release"},
                                         {0}};
    static const struct step no_time[] = {{.what = "connect"},
                                          {.what = "acquire"},
                                          {.what = "start"},
                                          {.what = "end", .value = 1618},
                                          {.what = "idle", .code = CODE_TIMEOUT},
                                          {.what = "release"},
                                          {0}};
    struct played played;
    struct session_options options = usual;
    options.retries = 0;
    must_end(run_steps(&played, &options, once), 1618);
    options.retries = 2;
    must_end(run_steps(&played, &options, thrice), 1618);
    must_end(run_steps(&played, &options, no_time), 1618);
    assert_string_equal(played.said, "again not again ");
}

static void the_commands_own_time_is_no_waiting(void **state)
{
    (void)state;
    static const struct step steps[] = {{.what = "connect"},
                                        {.what = "acquire", .takes_ms = 100000},
                                        {.what = "start"},
                                        {.what = "end", .value = 1618, .takes_ms = 3600000},
                                        {.what = "idle", .takes_ms = 50000},
                                        {.what = "start"},
                                        {.what = "end", .value = 1618, .takes_ms = 3600000},
                                        {.what = "idle", .code = CODE_TIMEOUT, .takes_ms = 450000},
                                        {.what = "release"},
                                        {0}};
    struct played played;
    must_end(run_steps(&played, &usual, steps), 1618);
    assert_int_equal(played.timeout_ms, 450000); /* what was left of ten minutes */
    assert_string_equal(played.said, "again again not again ");
}

static void a_turn_that_ended_meanwhile_is_asked_for_again(void **state)
{
    (void)state;
    static const struct step expired[] = {{.what = "connect"},
                                          {.what = "acquire"},
                                          {.what = "start"},
                                          {.what = "end", .value = 1618},
                                          {.what = "idle", .flag = true},
                                          {.what = "acquire"},
                                          {.what = "start"},
                                          {.what = "end"},
                                          {.what = "family"},
                                          {.what = "idle"},
                                          {.what = "release", .code = CODE_NOT_OWNER},
                                          {0}};
    static const struct step killed[] = {{.what = "connect"},
                                         {.what = "acquire"},
                                         {.what = "start"},
                                         {.what = "end", .value = 1618},
                                         {.what = "idle", .code = CODE_LOST},
                                         {.what = "acquire", .code = CODE_NOT_CONNECTED},
                                         {.what = "connect"},
                                         {.what = "acquire"},
                                         {.what = "start"},
                                         {.what = "end"},
                                         {.what = "family"},
                                         {.what = "idle", .code = CODE_LOST},
                                         {.what = "release", .code = CODE_NOT_CONNECTED},
                                         {0}};
    struct played played;
    must_end(run_steps(&played, &usual, expired), 0);
    assert_string_equal(played.said, "again lost lost ");
    must_end(run_steps(&played, &usual, killed), 0);
    assert_string_equal(played.said, "again lost away lost ");
}

static void without_a_service_it_starts_and_tries_again_later(void **state)
{
    (void)state;
    static const struct step steps[] = {{.what = "connect", .code = CODE_NOT_ACTIVE},
                                        {.what = "start"},
                                        {.what = "end", .value = 1618},
                                        {.what = "connect", .code = CODE_NOT_ACTIVE},
                                        {.what = "pause"},
                                        {.what = "start"},
                                        {.what = "end", .value = 1618},
                                        {.what = "connect"}, /* it is running now */
                                        {.what = "acquire"},
                                        {.what = "start"},
                                        {.what = "end"},
                                        {.what = "family"},
                                        {.what = "idle"},
                                        {.what = "release"},
                                        {0}};
    struct played played;
    must_end(run_steps(&played, &usual, steps), 0);
    assert_string_equal(played.said, "no service again again ");
}

static void with_require_service_nothing_is_started_without(void **state)
{
    (void)state;
    static const struct step none[] = {{.what = "connect", .code = CODE_NOT_ACTIVE}, {0}};
    static const struct step old[] = {
        {.what = "connect"}, {.what = "acquire", .code = CODE_NOT_SUPPORTED}, {0}};
    static const struct step gone[] = {
        {.what = "connect"},
        {.what = "acquire", .code = CODE_LOST},
        {.what = "connect", .code = CODE_NOT_ACTIVE, .takes_ms = 600000},
        {0}};
    struct played played;
    struct session_options options = usual;
    options.require_service = true;
    options.start_timeout_ms = 77;
    must_fail(run_steps(&played, &options, none), false, CODE_NOT_ACTIVE);
    assert_int_equal(played.timeout_ms, 77);
    must_fail(run_steps(&played, &options, old), false, CODE_NOT_SUPPORTED);
    must_fail(run_steps(&played, &options, gone), false, CODE_TIMEOUT);
    assert_int_equal(played.timeout_ms, 600000);
}

static void a_service_that_goes_away_in_the_queue(void **state)
{
    (void)state;
    static const struct step back[] = {{.what = "connect"},
                                       {.what = "acquire", .code = CODE_LOST, .takes_ms = 60000},
                                       {.what = "connect", .takes_ms = 500},
                                       {.what = "acquire"},
                                       {.what = "start"},
                                       {.what = "end"},
                                       {.what = "family"},
                                       {.what = "idle"},
                                       {.what = "release"},
                                       {0}};
    static const struct step gone[] = {
        {.what = "connect"},
        {.what = "acquire", .code = CODE_LOST},
        {.what = "connect", .code = CODE_NOT_ACTIVE, .takes_ms = 60000},
        {.what = "start"},
        {.what = "end"},
        {.what = "family"},
        {0}};
    struct played played;
    must_end(run_steps(&played, &usual, back), 0);
    assert_string_equal(played.said, "away ");
    must_end(run_steps(&played, &usual, gone), 0);
    assert_string_equal(played.said, "away no service ");
    assert_false(played.told_turn);
}

static void an_older_service_is_asked_to_wait(void **state)
{
    (void)state;
    static const struct step steps[] = {{.what = "connect"},
                                        {.what = "acquire", .code = CODE_NOT_SUPPORTED},
                                        {.what = "idle"},
                                        {.what = "start"},
                                        {.what = "end", .value = 1618},
                                        {.what = "idle"},
                                        {.what = "start"},
                                        {.what = "end"},
                                        {.what = "family"},
                                        {0}};
    struct played played;
    must_end(run_steps(&played, &usual, steps), 0);
    assert_string_equal(played.said, "old service again ");
}

static void what_passes_through_gives_nothing_back(void **state)
{
    (void)state;
    static const struct step steps[] = {{.what = "connect"},
                                        {.what = "acquire", .flag = true},
                                        {.what = "start"},
                                        {.what = "end", .value = 1618},
                                        {.what = "idle", .code = CODE_DEADLOCK},
                                        {0}};
    struct played played;
    must_end(run_steps(&played, &usual, steps), 1618);
    assert_false(played.told_turn);
}

static void what_cannot_be_started_gives_the_turn_back(void **state)
{
    (void)state;
    static const struct step steps[] = {{.what = "connect"},
                                        {.what = "acquire"},
                                        {.what = "start", .code = CODE_NEEDS_ELEVATION},
                                        {.what = "release"},
                                        {0}};
    struct played played;
    must_fail(run_steps(&played, &usual, steps), true, CODE_NEEDS_ELEVATION);
    assert_int_equal(played.released, UINT32_MAX);
}

static void ctrl_c_leaves_the_queue_or_is_the_commands(void **state)
{
    (void)state;
    static const struct step queue[] = {
        {.what = "connect"}, {.what = "acquire", .code = CODE_CANCELLED}, {0}};
    static const struct step command[] = {
        {.what = "connect"}, {.what = "acquire"},
        {.what = "start"},   {.what = "end", .value = 1618, .flag = true},
        {.what = "release"}, {0}};
    static const struct step between[] = {{.what = "connect"},
                                          {.what = "acquire"},
                                          {.what = "start"},
                                          {.what = "end", .value = 1618},
                                          {.what = "idle", .code = CODE_CANCELLED},
                                          {.what = "release", .code = CODE_CANCELLED},
                                          {0}};
    struct played played;
    must_fail(run_steps(&played, &usual, queue), false, CODE_CANCELLED);
    must_end(run_steps(&played, &usual, command), 1618);
    must_end(run_steps(&played, &usual, between), 1618);
    assert_string_equal(played.said, "again ");
}

static void the_linger_is_one_time_for_both(void **state)
{
    (void)state;
    static const struct step long_family[] = {{.what = "connect"},
                                              {.what = "acquire"},
                                              {.what = "start"},
                                              {.what = "end"},
                                              {.what = "family", .takes_ms = 30000},
                                              {.what = "release"},
                                              {0}};
    struct played played;
    must_end(run_steps(&played, &usual, long_family), 0);
}

/* ---- every situation ---- */

#define DEPTH 13u

/* A row of numbers chooses what happens; the test counts through all rows. */
struct chosen {
    unsigned choice[DEPTH], of[DEPTH], count;
    uint64_t now;
    const struct session_options *options;
    bool turn, passes, alone, interrupted, pressed, running;
    unsigned starts, acquires;
    uint32_t last_code;
    bool ended;
};

static unsigned choose(struct chosen *chosen, unsigned of)
{
    if (chosen->count == DEPTH) {
        return 0; /* what succeeds */
    }
    chosen->of[chosen->count] = of;
    return chosen->choice[chosen->count++];
}

static uint32_t cancel(struct chosen *chosen)
{
    chosen->interrupted = true;
    return CODE_CANCELLED;
}

static uint64_t chosen_now(void *arg)
{
    return ((struct chosen *)arg)->now++;
}

static bool chosen_interrupted(void *arg)
{
    return ((struct chosen *)arg)->interrupted;
}

static uint32_t chosen_connect(void *arg, uint64_t timeout_ms)
{
    struct chosen *chosen = arg;
    chosen->turn = chosen->passes = false; /* they belonged to the other connection */
    chosen->now += timeout_ms < 1000 ? timeout_ms : 1000;
    switch (chosen->interrupted ? 3 : choose(chosen, 4)) {
    case 0:
        chosen->alone = false;
        return CODE_OK;
    case 1:
        chosen->alone = true;
        return CODE_NOT_ACTIVE;
    case 2:
        chosen->alone = true;
        return CODE_DENIED;
    default:
        return cancel(chosen);
    }
}

static uint32_t chosen_acquire(void *arg, uint64_t timeout_ms, bool *passes)
{
    struct chosen *chosen = arg;
    must(!chosen->turn, "a second turn");
    chosen->acquires++;
    *passes = false;
    switch (chosen->interrupted ? 7 : choose(chosen, 8)) {
    case 0:
        chosen->turn = true;
        return CODE_OK;
    case 1:
        *passes = chosen->passes = true;
        return CODE_OK;
    case 2:
        chosen->alone = true;
        return CODE_LOST;
    case 3:
        chosen->now += timeout_ms;
        return CODE_TIMEOUT;
    case 4:
        return CODE_OVER_LIMIT;
    case 5:
        chosen->alone = true;
        return CODE_NOT_SUPPORTED;
    case 6:
        return CODE_DEADLOCK;
    default:
        return cancel(chosen);
    }
}

static uint32_t chosen_wait_idle(void *arg, uint64_t timeout_ms, bool *turn_over)
{
    struct chosen *chosen = arg;
    switch (chosen->interrupted ? 4 : choose(chosen, 5)) {
    case 0:
        return CODE_OK;
    case 1:
        *turn_over = chosen->turn;
        chosen->turn = false;
        return CODE_OK;
    case 2:
        chosen->turn = chosen->passes = false;
        chosen->alone = true;
        return CODE_LOST;
    case 3:
        chosen->now += timeout_ms;
        return CODE_TIMEOUT;
    default:
        return cancel(chosen);
    }
}

static uint32_t chosen_release(void *arg, uint32_t exit_code, bool exit_known)
{
    struct chosen *chosen = arg;
    must(!exit_known || exit_code == chosen->last_code, "released with %u", (unsigned)exit_code);
    bool had = chosen->turn;
    chosen->turn = false;
    return had ? CODE_OK : CODE_NOT_OWNER;
}

static uint32_t chosen_pause(void *arg, uint64_t ms)
{
    struct chosen *chosen = arg;
    chosen->now += ms;
    return chosen->interrupted || choose(chosen, 2) == 1 ? cancel(chosen) : CODE_OK;
}

static uint32_t chosen_start(void *arg, bool turn)
{
    struct chosen *chosen = arg;
    must(!chosen->interrupted && !chosen->pressed, "started after Ctrl-C");
    must(turn == chosen->turn, "told a turn that there is not, or not told");
    must(chosen->turn || chosen->passes || (chosen->alone && !chosen->options->require_service),
         "started without a turn");
    must(chosen->starts == 0 || (chosen->ended && chosen->last_code == 1618),
         "started again after %u", (unsigned)chosen->last_code);
    must(chosen->starts++ <= chosen->options->retries, "started too often");
    chosen->ended = false;
    return choose(chosen, 2) == 1 ? CODE_NO_FILE : CODE_OK;
}

static uint32_t chosen_wait_end(void *arg, uint32_t *exit_code, bool *pressed)
{
    static const uint32_t codes[] = {0, 1618, 1603, 1618};
    struct chosen *chosen = arg;
    unsigned choice = choose(chosen, 4);
    *exit_code = chosen->last_code = codes[choice];
    *pressed = chosen->pressed = choice == 3;
    chosen->ended = true;
    return CODE_OK;
}

static void chosen_wait_family(void *arg, uint64_t timeout_ms)
{
    struct chosen *chosen = arg;
    chosen->now += choose(chosen, 2) == 1 ? timeout_ms : 1;
}

static void chosen_say(void *arg, enum session_news news, uint32_t number)
{
    (void)arg;
    (void)news;
    (void)number;
}

static const struct session_system chosen_system = {
    chosen_now,       chosen_interrupted, chosen_connect, chosen_acquire,
    chosen_wait_idle, chosen_release,     chosen_pause,   chosen_start,
    chosen_wait_end,  chosen_wait_family, chosen_say};

/* Moves to the next row; false after the last one. */
static bool count_on(struct chosen *chosen)
{
    while (chosen->count > 0) {
        unsigned last = chosen->count - 1;
        if (++chosen->choice[last] < chosen->of[last]) {
            return true;
        }
        chosen->choice[last] = 0;
        chosen->count--;
    }
    return false;
}

static void run_every_world(const struct session_options *options, unsigned *worlds)
{
    struct chosen row = {0};
    do {
        struct chosen world = {.options = options};
        memcpy(world.choice, row.choice, sizeof world.choice);
        struct session_result result = session_run(options, &chosen_system, &world);
        must(!world.turn, "a turn was left out");
        must(result.started == (world.starts > 0), "not what was started");
        must(!result.ended || result.code == world.last_code, "not the command's code");
        must(result.ended == world.ended, "ended, or not");
        must(result.ended || result.code != CODE_OK, "neither run nor failed");
        row = world;
        (*worlds)++;
    } while (count_on(&row));
}

static void whatever_happens_the_promises_hold(void **state)
{
    (void)state;
    struct session_options options = usual;
    unsigned worlds = 0;
    for (unsigned i = 0; i < 4; i++) {
        options.require_service = i % 2 == 1;
        options.retries = i < 2 ? 2 : 0;
        run_every_world(&options, &worlds);
    }
    print_message("%u worlds\n", worlds);
    assert_true(worlds > 50000);
}

int session_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exit_code_is_the_commands),
        cmocka_unit_test(a_collision_is_tried_again_and_the_turn_kept),
        cmocka_unit_test(it_is_not_tried_for_ever),
        cmocka_unit_test(the_commands_own_time_is_no_waiting),
        cmocka_unit_test(a_turn_that_ended_meanwhile_is_asked_for_again),
        cmocka_unit_test(without_a_service_it_starts_and_tries_again_later),
        cmocka_unit_test(with_require_service_nothing_is_started_without),
        cmocka_unit_test(a_service_that_goes_away_in_the_queue),
        cmocka_unit_test(an_older_service_is_asked_to_wait),
        cmocka_unit_test(what_passes_through_gives_nothing_back),
        cmocka_unit_test(what_cannot_be_started_gives_the_turn_back),
        cmocka_unit_test(ctrl_c_leaves_the_queue_or_is_the_commands),
        cmocka_unit_test(the_linger_is_one_time_for_both),
        cmocka_unit_test(whatever_happens_the_promises_hold),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
