/* fake.h: a service that follows a script, in a thread, and the program that talks to it.
 *
 * A script is steps, carried out in order. What it says is written with ' for ", and with words for
 * what tests say often:
 *   $I  the id of the request read last       $R  'jsonrpc':'2.0'
 *   $IDLE $BUSY $UNKNOWN  a Status            $J  the id of the journal, $K of another
 *   $SUB  the result of subscribe: number 7, journal $J, no reset, $IDLE with seq 5
 * Nothing that the fake finds wrong fails the test at once, because it runs in a thread of its own:
 * fake_finish says it.
 */
#ifndef MSIWATCH_TESTS_FAKE_H
#define MSIWATCH_TESTS_FAKE_H

#include "sys.h"

#define JOURNAL_J "6f1c2a52-0000-4000-8000-00000000000a"
#define JOURNAL_K "6f1c2a52-0000-4000-8000-00000000000b"

/* What the service says of turn 7: the answer to turn.acquire, and that it ended. */
#define GRANTED_AS(nested)                                                                         \
    "{$R,'id':$I,'result':{'turn':7,'journal':'$J','waited_ms':42,'blind':false,'nested':" nested  \
    ",'status':$IDLE}}"
#define GRANTED GRANTED_AS("false")
#define ENDED(how) "{$R,'method':'turn','params':{'turn':7,'state':'ended','ended':'" how "'}}"

enum step_kind {
    STEP_END,
    STEP_ACCEPT,    /* the next client, within `number` ms */
    STEP_NO_CLIENT, /* nobody comes for `number` ms */
    STEP_EXPECT,    /* a request with `text` in it */
    STEP_SAY,       /* a line */
    STEP_RAW,       /* these bytes, not a line */
    STEP_FLOOD,     /* that line, `number` times, or until the client goes */
    STEP_DRIBBLE,   /* a line, a byte at a time */
    STEP_HANG_UP,
    STEP_GONE,    /* the client hangs up */
    STEP_CLOSE,   /* the name is gone */
    STEP_OPEN,    /* and back */
    STEP_PAUSE,   /* ms */
    STEP_PRINTED, /* until the program has printed `number` bytes more than at the last such step */
    STEP_INTERRUPT, /* Ctrl-C to the program */
    STEP_DEAF,      /* nobody reads the program's output any more */
    STEP_REMOVE     /* the file `text` */
};

struct step {
    const char *text;
    enum step_kind kind;
    unsigned number;
};

/* Far more than anything takes: what a step ends with when it fails. */
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
#define CLOSE_DOOR STEP(STEP_CLOSE, NULL, 0)
#define OPEN_DOOR STEP(STEP_OPEN, NULL, 0)
#define PAUSE(ms) STEP(STEP_PAUSE, NULL, ms)
#define PRINTED STEP(STEP_PRINTED, NULL, 1)
#define INTERRUPT STEP(STEP_INTERRUPT, NULL, 0)
#define DEAF STEP(STEP_DEAF, NULL, 0)
#define REMOVE(path) STEP(STEP_REMOVE, path, 0)

struct fake;

/* Listens at once, unless the script begins by closing the door; follows it from fake_go on.
 * `script` must stay. */
struct fake *fake_new(const struct step *script);
const char *fake_name(const struct fake *fake);
void fake_go(struct fake *fake, struct sys_process *program);

/* Waits until the script is done. What was wrong, or ""; lives until fake_free. */
const char *fake_finish(struct fake *fake);

/* A request's line, counted from 0, as it came; "" if there were not so many. After fake_finish. */
const char *fake_request(const struct fake *fake, unsigned number);
void fake_free(struct fake *fake);

/* ---- the program and the fake together ---- */

/* What became of a run of msiwatch. */
struct run {
    int64_t code;
    bool json; /* --json was given */
    char *out, *err;
    struct fake *fake; /* its requests can be asked for; NULL without a script */
};

/* Runs `msiwatch --pipe NAME` and the arguments, which NULL ends. Fails the test if the fake finds
 * anything wrong. run_free afterwards. */
#define run_with(run, script, ...)                                                                 \
    run_with_arguments(run, script, (const char *const[]){__VA_ARGS__})
void run_with_arguments(struct run *run, const struct step *script, const char *const *arguments);

/* The same without a fake, and without --pipe. */
#define run_alone(run, pipe_variable, ...)                                                         \
    run_alone_arguments(run, pipe_variable, (const char *const[]){__VA_ARGS__})
void run_alone_arguments(struct run *run, const char *pipe_variable, const char *const *arguments);
void run_free(struct run *run);

/* Fails the test unless the program ended with that code, the part of it that the system keeps. */
void must_end_with(const struct run *run, uint32_t code);

/* Fails the test unless `part` is in what was printed; NULL: unless nothing was printed. */
void must_print(const struct run *run, const char *part);

/* Fails the test unless standard error has one line that begins with "msiwatch: ", or with --json
 * is an object with that line and the exit code; says what to do after a semicolon; and has `part`
 * in it. */
void must_complain(const struct run *run, const char *part);

/* main.c: the program under test. */
extern const char *msiwatch_program;

/* This program; with --child it is what is started by another one. */
extern const char *tests_program;

#endif
