/* fake.h: a service that follows a script, in a thread, and the program that talks to it.
 *
 * A script is a list of steps, done in order. What the service says is written with ' instead of ",
 * and with words for frequent texts:
 *   $I  the id of the last request            $R  'jsonrpc':'2.0'
 *   $IDLE $BUSY $UNKNOWN  a Status            $J  the id of the journal, $K of another
 *   $SUB  the result of subscribe: number 7, journal $J, no reset, $IDLE with seq 5
 * The fake runs in a thread of its own, so what it finds wrong does not fail the test immediately:
 * fake_finish reports it.
 */
#ifndef MSIWATCH_TESTS_FAKE_H
#define MSIWATCH_TESTS_FAKE_H

#include "sys.h"

#define JOURNAL_J "6f1c2a52-0000-4000-8000-00000000000a"
#define JOURNAL_K "6f1c2a52-0000-4000-8000-00000000000b"

/* What the service says about turn 7: the answer to turn.acquire, and that the turn ended. */
#define GRANTED_AS(nested)                                                                         \
    "{$R,'id':$I,'result':{'turn':7,'journal':'$J','waited_ms':42,'blind':false,'nested':" nested  \
    ",'status':$IDLE}}"
#define GRANTED GRANTED_AS("false")
#define ENDED(how) "{$R,'method':'turn','params':{'turn':7,'state':'ended','ended':'" how "'}}"

enum step_kind {
    STEP_END,
    STEP_ACCEPT,    /* the next client comes within `number` ms */
    STEP_NO_CLIENT, /* no client comes for `number` ms */
    STEP_EXPECT,    /* a request that contains `text` */
    STEP_SAY,       /* a line */
    STEP_RAW,       /* these bytes, not a line */
    STEP_FLOOD,     /* this line, `number` times, or until the client goes */
    STEP_DRIBBLE,   /* a line, one byte at a time */
    STEP_HANG_UP,
    STEP_GONE,      /* the client closes the connection; `number` 1: without another request */
    STEP_CLOSE,     /* stop listening: the name is free */
    STEP_OPEN,      /* listen again */
    STEP_PAUSE,     /* ms */
    STEP_PRINTED,   /* wait until the program has printed `number` bytes more than at the last such
                     * step */
    STEP_INTERRUPT, /* send Ctrl-C to the program */
    STEP_DEAF,      /* nobody reads the program's output any more */
    STEP_REMOVE     /* delete the file `text` */
};

struct step {
    const char *text;
    enum step_kind kind;
    unsigned number;
};

/* Much longer than anything takes: a step that takes this long has failed. */
#define FAKE_LIMIT_MS 15000u

#define STEP(kind, text, number)                                                                   \
    {                                                                                              \
        text, kind, number                                                                         \
    }
#define END_OF_SCRIPT STEP(STEP_END, NULL, 0)
#define ACCEPT STEP(STEP_ACCEPT, NULL, FAKE_LIMIT_MS)
#define NO_CLIENT(ms) STEP(STEP_NO_CLIENT, NULL, ms)
#define EXPECT(part) STEP(STEP_EXPECT, part, 0)
#define SAY(line) STEP(STEP_SAY, line, 0)
#define RAW(bytes) STEP(STEP_RAW, bytes, 0)
#define FLOOD(line, count) STEP(STEP_FLOOD, line, count)
#define DRIBBLE(line) STEP(STEP_DRIBBLE, line, 0)
#define HANG_UP STEP(STEP_HANG_UP, NULL, 0)
#define GONE STEP(STEP_GONE, NULL, 0)
#define GONE_SILENTLY STEP(STEP_GONE, NULL, 1)
#define CLOSE_DOOR STEP(STEP_CLOSE, NULL, 0)
#define OPEN_DOOR STEP(STEP_OPEN, NULL, 0)
#define PAUSE(ms) STEP(STEP_PAUSE, NULL, ms)
#define PRINTED STEP(STEP_PRINTED, NULL, 1)
#define INTERRUPT STEP(STEP_INTERRUPT, NULL, 0)
#define DEAF STEP(STEP_DEAF, NULL, 0)
#define REMOVE(path) STEP(STEP_REMOVE, path, 0)

struct fake;

/* Listens immediately, unless the script begins with STEP_CLOSE; follows the script from fake_go
 * on. `script` must stay valid. */
struct fake *fake_new(const struct step *script);
const char *fake_name(const struct fake *fake);
void fake_go(struct fake *fake, struct sys_process *program);

/* Waits until the script is done. Returns what was wrong, or ""; valid until fake_free. */
const char *fake_finish(struct fake *fake);

/* The line of a request, counted from 0, as it came; "": there were not so many. Call it after
 * fake_finish. */
const char *fake_request(const struct fake *fake, unsigned number);
void fake_free(struct fake *fake);

/* ---- the program and the fake together ---- */

/* The result of a run of msiwatch. */
struct run {
    int64_t code;
    bool json; /* --json was given */
    char *out, *err;
    struct fake *fake; /* for its requests; NULL if there was no script */
};

/* Runs `msiwatch --pipe NAME` with the arguments, which NULL ends. Fails the test if the fake finds
 * anything wrong. Call run_free afterwards. */
#define run_with(run, script, ...)                                                                 \
    run_with_arguments(run, script, (const char *const[]){__VA_ARGS__})
void run_with_arguments(struct run *run, const struct step *script, const char *const *arguments);

/* The same without a fake, and without --pipe. */
#define run_alone(run, pipe_variable, ...)                                                         \
    run_alone_arguments(run, pipe_variable, (const char *const[]){__VA_ARGS__})
void run_alone_arguments(struct run *run, const char *pipe_variable, const char *const *arguments);
void run_free(struct run *run);

/* Fails the test unless the program ended with that code, or the part of it that the system
 * keeps. */
void must_end_with(const struct run *run, uint32_t code);

/* Fails the test unless `part` was printed; NULL: unless nothing was printed. */
void must_print(const struct run *run, const char *part);

/* Fails the test unless standard error has one line that begins with "msiwatch: ", or, with --json,
 * is an object with that line and the exit code. The line must say what to do after a semicolon,
 * and contain `part`. */
void must_complain(const struct run *run, const char *part);

/* The program under test (main.c). */
extern const char *msiwatch_program;

/* This program; with --child it is what another program starts. */
extern const char *tests_program;

#endif
