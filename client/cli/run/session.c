/* session.c: the steps of `msiwatch run`. */
#include "cli/run/session.h"

#include "lib/codes.h"

/* How long to wait for a service that went away while a turn was waited for: by then it has
 * restarted, or it will not. */
#define AWAY_MS 60000u

/* The pause between two tries when the service is over a limit. */
#define CROWDED_MS 5000u

/* The pause before the second try without a service; doubles before each further one. */
#define ALONE_MS 5000u

enum mode {
    BY_TURNS,
    BY_IDLE, /* the service is too old for turns */
    ALONE
};

struct session {
    const struct session_options *options;
    const struct session_system *system;
    void *arg;
    enum mode mode;
    bool turn;   /* there is a turn to release */
    bool passes; /* it runs inside another turn */
    bool away_said, crowded_said;
    uint64_t until;
    uint64_t alone_ms;
};

static uint64_t add_time(uint64_t now, uint64_t ms)
{
    return ms < SESSION_FOREVER - now ? now + ms : SESSION_FOREVER;
}

static uint64_t left_until(const struct session *session, uint64_t until)
{
    uint64_t now = session->system->now(session->arg);
    return until == SESSION_FOREVER ? SESSION_FOREVER : until > now ? until - now : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void say(const struct session *session, enum session_news news, uint32_t number)
{
    session->system->say(session->arg, news, number);
}

/* Whether to continue without the service. Nothing that is wrong with the service may keep software
 * from being installed, but a mistake of the caller may. */
static bool goes_alone(const struct session *session, uint32_t code)
{
    if (session->options->require_service || code == CODE_CANCELLED || code == CODE_NO_MEMORY ||
        code == CODE_BAD_PARAMETER) {
        return false;
    }
    say(session, SESSION_NO_SERVICE, code);
    return true;
}

static uint32_t find_service(struct session *session)
{
    uint32_t code = session->system->connect(session->arg, session->options->start_timeout_ms);
    if (code != CODE_OK && goes_alone(session, code)) {
        session->mode = ALONE;
        code = CODE_OK;
    }
    return code;
}

/* The service has gone away, and with it our place in its queue. */
static uint32_t come_back(struct session *session)
{
    uint64_t left = left_until(session, session->until);
    bool required = session->options->require_service;
    if (!session->away_said) {
        say(session, SESSION_AWAY, 0);
        session->away_said = true;
    }
    uint32_t code = session->system->connect(session->arg, required ? left : least(left, AWAY_MS));
    if (code == CODE_OK) {
        session->mode = BY_TURNS; /* the new service may be a newer version */
    }
    if (!code_is_lost(code)) {
        return code;
    }
    if (left_until(session, session->until) == 0) {
        return CODE_TIMEOUT;
    }
    if (!required) {
        say(session, SESSION_NO_SERVICE, code);
        session->mode = ALONE;
    }
    return CODE_OK;
}

static uint32_t let_others(struct session *session)
{
    uint64_t left = left_until(session, session->until);
    if (left == 0) {
        return CODE_TIMEOUT;
    }
    if (!session->crowded_said) {
        say(session, SESSION_CROWDED, 0);
        session->crowded_said = true;
    }
    return session->system->pause(session->arg, least(left, CROWDED_MS));
}

static uint32_t old_service(struct session *session)
{
    if (session->options->require_service) {
        return CODE_NOT_SUPPORTED;
    }
    say(session, SESSION_OLD_SERVICE, 0);
    session->mode = BY_IDLE;
    return CODE_OK;
}

/* Waits until the command may start. */
static uint32_t get_turn(struct session *session)
{
    uint32_t code = CODE_OK;
    while (code == CODE_OK && session->mode != ALONE) {
        uint64_t left = left_until(session, session->until);
        bool over = false;
        code = session->mode == BY_TURNS
                   ? session->system->acquire(session->arg, left, &session->passes)
                   : session->system->wait_idle(session->arg, left, &over);
        if (code == CODE_OK) {
            session->turn = session->mode == BY_TURNS && !session->passes;
            return CODE_OK;
        }
        code = code == CODE_NOT_SUPPORTED ? old_service(session)
               : code == CODE_OVER_LIMIT  ? let_others(session)
               : code_is_lost(code)       ? come_back(session)
                                          : code;
    }
    return code;
}

static void give_back(struct session *session, uint32_t exit_code, bool known)
{
    if (session->turn) {
        uint32_t code = session->system->release(session->arg, exit_code, known);
        if (code != CODE_OK && code != CODE_CANCELLED) {
            say(session, SESSION_TURN_LOST, code);
        }
        session->turn = false;
    }
}

/* After the end of the command, waits for what it started. */
static void linger(struct session *session)
{
    uint64_t until = add_time(session->system->now(session->arg), session->options->linger_ms);
    session->system->wait_family(session->arg, session->options->linger_ms);
    bool over = false;
    uint64_t left = left_until(session, until);
    if (session->turn && left > 0) {
        session->system->wait_idle(session->arg, left, &over);
    }
}

static bool is_collision(const struct session *session, uint32_t code)
{
    for (size_t i = 0; i < session->options->retry_count; i++) {
        if (session->options->retry_on[i] == code) {
            return true;
        }
    }
    return false;
}

static uint32_t wait_alone(struct session *session)
{
    if (session->system->connect(session->arg, 0) == CODE_OK) {
        session->mode = BY_TURNS; /* the service is running now */
        return get_turn(session);
    }
    uint64_t left = left_until(session, session->until), ms = session->alone_ms;
    session->alone_ms *= 2;
    return left < ms ? CODE_TIMEOUT : session->system->pause(session->arg, ms);
}

/* Waits after a collision: somebody installs without a turn. The turn is kept, because the next
 * clients in the queue would collide, too. */
static uint32_t wait_again(struct session *session)
{
    if (session->mode == ALONE) {
        return wait_alone(session);
    }
    if (session->turn || session->passes) {
        bool over = false;
        uint64_t left = left_until(session, session->until);
        uint32_t code = session->system->wait_idle(session->arg, left, &over);
        if (!over && !code_is_lost(code)) {
            return code;
        }
        session->turn = false;
        say(session, SESSION_TURN_LOST, code);
    }
    return get_turn(session);
}

/* Runs the command once; the time that takes does not count as waiting. True: it ended, and *result
 * says how. */
static bool run_once(struct session *session, struct session_result *result, bool *pressed)
{
    const struct session_system *system = session->system;
    uint64_t begun = system->now(session->arg);
    result->started = true;
    result->code = system->start(session->arg, session->turn);
    result->ended = false;
    if (result->code == CODE_OK) {
        uint32_t exit_code = 0;
        uint32_t code = system->wait_end(session->arg, &exit_code, pressed);
        result->ended = code == CODE_OK;
        result->code = result->ended ? exit_code : code;
    }
    session->until = add_time(session->until, system->now(session->arg) - begun);
    return result->ended;
}

/* Runs the command until it must not be tried again. */
static void run_all(struct session *session, struct session_result *result)
{
    for (unsigned tries = 0;; tries++) {
        bool pressed = false;
        if (!run_once(session, result, &pressed) || pressed) {
            return;
        }
        bool again = tries < session->options->retries && is_collision(session, result->code);
        if (!again) {
            linger(session);
            return;
        }
        say(session, SESSION_AGAIN, result->code);
        uint32_t code = wait_again(session);
        if (code == CODE_OK && session->system->interrupted(session->arg)) {
            code = CODE_CANCELLED;
        }
        if (code != CODE_OK) { /* then the result is the collision */
            if (code != CODE_CANCELLED) {
                say(session, SESSION_NOT_AGAIN, code);
            }
            return;
        }
    }
}

struct session_result session_run(const struct session_options *options,
                                  const struct session_system *system, void *arg)
{
    struct session session = {.options = options,
                              .system = system,
                              .arg = arg,
                              .mode = BY_TURNS,
                              .until = add_time(system->now(arg), options->timeout_ms),
                              .alone_ms = ALONE_MS};
    struct session_result result = {0};
    result.code = find_service(&session);
    if (result.code == CODE_OK) {
        result.code = get_turn(&session);
    }
    if (result.code == CODE_OK && system->interrupted(arg)) {
        result.code = CODE_CANCELLED;
    }
    if (result.code == CODE_OK) {
        run_all(&session, &result);
    }
    give_back(&session, result.code, result.ended);
    return result;
}
