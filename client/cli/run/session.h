/* session.h: what `msiwatch run` does, step by step: a turn, the command, its end, once more if it
 * found somebody else installing, the turn back. It asks a table of functions for everything that
 * the world does, so that tests can play any world.
 */
#ifndef MSIWATCH_CLI_SESSION_H
#define MSIWATCH_CLI_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_FOREVER UINT64_MAX

/* What is worth a line for whoever reads along. */
enum session_news {
    SESSION_NO_SERVICE,  /* nobody gives turns (number: the code of it): starts without one */
    SESSION_OLD_SERVICE, /* it knows no turns: waits for idle instead */
    SESSION_AWAY,        /* the service went away while a turn was waited for */
    SESSION_CROWDED,     /* over a limit of the service; asks again */
    SESSION_AGAIN,       /* the command ended with `number`, and is tried again */
    SESSION_NOT_AGAIN,   /* or is not, for waiting for that ended with the code `number` */
    SESSION_TURN_LOST    /* the turn ended before the command did */
};

/* Everything that is done to the world. Times are milliseconds; a timeout of SESSION_FOREVER has no
 * end. Codes are those of codes.h. */
struct session_system {
    uint64_t (*now)(void *arg);
    /* Ctrl-C while no command runs. From then on all that waits gives CODE_CANCELLED at once. */
    bool (*interrupted)(void *arg);
    /* Connects to the service, again and again until the timeout, but at least once. */
    uint32_t (*connect)(void *arg, uint64_t timeout_ms);
    /* Waits for a turn. *passes: it is inside of another one, and there is nothing to give back. */
    uint32_t (*acquire)(void *arg, uint64_t timeout_ms, bool *passes);
    /* Waits for idle, settled. *turn_over, which is false before: the turn is known to have ended
     */
    uint32_t (*wait_idle)(void *arg, uint64_t timeout_ms, bool *turn_over);
    /* CODE_OK, or why the turn had ended before. */
    uint32_t (*release)(void *arg, uint32_t exit_code, bool exit_known);
    uint32_t (*pause)(void *arg, uint64_t ms);
    /* Starts the command. `turn`: it has one, and is given its number. */
    uint32_t (*start)(void *arg, bool turn);
    /* Waits for its end, whatever is pressed meanwhile. *pressed: Ctrl-C was. */
    uint32_t (*wait_end)(void *arg, uint32_t *exit_code, bool *pressed);
    /* Waits for what it started. */
    void (*wait_family)(void *arg, uint64_t timeout_ms);
    void (*say)(void *arg, enum session_news news, uint32_t number);
};

struct session_options {
    uint64_t timeout_ms;       /* of waiting, for the turn and for trying again, together */
    uint64_t start_timeout_ms; /* for the service to be there */
    uint64_t linger_ms;
    unsigned retries;
    const uint32_t *retry_on; /* codes that mean: try again */
    size_t retry_count;
    bool require_service;
};

struct session_result {
    bool ended;    /* the command ended by itself, and `code` is its exit code */
    uint32_t code; /* else why it was not started, or what became of the waiting */
    bool started;  /* it was tried to start it */
};

struct session_result session_run(const struct session_options *options,
                                  const struct session_system *system, void *arg);

#endif
