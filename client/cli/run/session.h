/* session.h: the steps of `msiwatch run`: get a turn, run the command, wait for its end; if it
 * collided with another installation, run it again; release the turn. Everything outside is behind
 * a table of functions, so that tests can play any situation. */
#ifndef MSIWATCH_CLI_SESSION_H
#define MSIWATCH_CLI_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_FOREVER UINT64_MAX

/* The news that are worth a line to the user. */
enum session_news {
    SESSION_NO_SERVICE,  /* no turns are available (`number` is the reason): starts without one */
    SESSION_OLD_SERVICE, /* the service knows no turns: waits for idle instead */
    SESSION_AWAY,        /* the service went away while a turn was waited for */
    SESSION_CROWDED,     /* over a limit of the service; will ask again */
    SESSION_AGAIN,       /* the command ended with `number`, and will be run again */
    SESSION_NOT_AGAIN,   /* or will not be, because the wait for that ended with the code
                          * `number` */
    SESSION_TURN_LOST    /* the turn ended before the command did */
};

/* Everything that session.c needs from outside. Times are milliseconds; a timeout of
 * SESSION_FOREVER never ends. Codes are those of codes.h. */
struct session_system {
    uint64_t (*now)(void *arg);
    /* Whether Ctrl-C was pressed while no command ran. From then on everything that waits returns
     * CODE_CANCELLED immediately. */
    bool (*interrupted)(void *arg);
    /* Connects to the service: at least once, and repeatedly until the timeout. */
    uint32_t (*connect)(void *arg, uint64_t timeout_ms);
    /* Waits for a turn. *passes: it runs inside another turn, and there is nothing to release. */
    uint32_t (*acquire)(void *arg, uint64_t timeout_ms, bool *passes);
    /* Waits until idle has lasted for the settle time. *turn_over is false before; true: the turn
     * is known to have ended. */
    uint32_t (*wait_idle)(void *arg, uint64_t timeout_ms, bool *turn_over);
    /* Releases the turn: CODE_OK, or why it had ended before. */
    uint32_t (*release)(void *arg, uint32_t exit_code, bool exit_known);
    uint32_t (*pause)(void *arg, uint64_t ms);
    /* Starts the command. `turn`: it has a turn, and gets that turn's id. */
    uint32_t (*start)(void *arg, bool turn);
    /* Waits for its end, whatever keys are pressed. *pressed: Ctrl-C was. */
    uint32_t (*wait_end)(void *arg, uint32_t *exit_code, bool *pressed);
    /* Waits for the processes that it started. */
    void (*wait_family)(void *arg, uint64_t timeout_ms);
    void (*say)(void *arg, enum session_news news, uint32_t number);
};

struct session_options {
    uint64_t timeout_ms;       /* for all waiting together, for the turn and for trying again */
    uint64_t start_timeout_ms; /* for the service to start */
    uint64_t linger_ms;
    unsigned retries;
    const uint32_t *retry_on; /* exit codes after which the command is tried again */
    size_t retry_count;
    bool require_service;
};

struct session_result {
    bool ended;    /* the command ended by itself, and `code` is its exit code */
    uint32_t code; /* otherwise why it was not started, or how the waiting ended */
    bool started;  /* there was an attempt to start it */
};

struct session_result session_run(const struct session_options *options,
                                  const struct session_system *system, void *arg);

#endif
