/* msiwatch.h: asks the MsiWatch service whether Windows Installer is busy.
 *
 * The service knows whether an installation is running, and says so over a local pipe; this library
 * wraps that pipe in C functions. They block, start no thread, keep no global state, and use only
 * Windows' own libraries. The library comes as msiwatch.dll and as a static library.
 *
 * Handles. A `struct msiwatch` is one client: a connection, and what is needed to connect again
 * when it is lost. msiwatch_open makes one and msiwatch_close releases it.
 *
 * Threads. Different handles are independent. One handle is used by one thread at a time; if a
 * second thread calls in the meantime, it gets ERROR_BUSY immediately, without harm. Only
 * msiwatch_cancel may be called by any thread at any time between open and close.
 *
 * Results. Functions return a Win32 error code: 0 (ERROR_SUCCESS) when they succeeded. These have
 * the same meaning everywhere:
 *
 *      5  ERROR_ACCESS_DENIED       the caller may not connect, or may not ask this; or a program
 *                                   other than the service answers under the service's pipe name
 *     13  ERROR_INVALID_DATA        the answer was not understood; the connection is closed
 *     14  ERROR_OUTOFMEMORY         no memory
 *     21  ERROR_NOT_READY           the turn required a known state, and the state is unknown
 *     50  ERROR_NOT_SUPPORTED       the service does not know this method (it is older)
 *     87  ERROR_INVALID_PARAMETER   an argument is wrong, or the service says that one is
 *    109  ERROR_BROKEN_PIPE         the connection ended, most often because the service stopped;
 *                                   msiwatch_reconnect connects again
 *    170  ERROR_BUSY                another thread is in a call on this handle
 *    231  ERROR_PIPE_BUSY           all connections of the pipe were in use until the timeout
 *    288  ERROR_NOT_OWNER           the handle has no turn
 *   1062  ERROR_SERVICE_NOT_ACTIVE  the service is not running
 *   1131  ERROR_POSSIBLE_DEADLOCK   what the caller would wait for has started the caller itself
 *   1223  ERROR_CANCELLED           msiwatch_cancel was called
 *   1359  ERROR_INTERNAL_ERROR      the service could not do it
 *   1460  ERROR_TIMEOUT             the timeout passed
 *   1816  ERROR_NOT_ENOUGH_QUOTA    over a limit of the service (msiwatch_get_error says which)
 *   2250  ERROR_NOT_CONNECTED       the handle has no connection now; msiwatch_reconnect makes one
 *
 * Other codes come from the Windows calls that open, read or write the pipe.
 *
 * Times are milliseconds since 1970-01-01 UTC. Durations and timeouts are milliseconds. With a
 * timeout of 0 a call does not wait: it returns what is already there. MSIWATCH_FOREVER waits
 * without limit. Text is UTF-8 and ends with a NUL. Text from the service can contain what other
 * programs wrote: before you print it to a terminal, remove its control characters.
 *
 * Structs begin with their size. Set it to sizeof the struct before every call. If the struct is an
 * argument, set everything else to zero except what you want; if it is a result, nothing else needs
 * to be set. A newer library fills in only the members that you know; an older one clears those
 * that it does not know. Structs grow at their end; members never move or change their meaning. No
 * function is ever removed or gets other arguments. The calling convention is C's (cdecl).
 */
#ifndef MSIWATCH_H
#define MSIWATCH_H

#include <stdint.h>

#if defined(_WIN32) && defined(MSIWATCH_USE_DLL) /* saves a jump; the DLL works without it, too */
#define MSIWATCH_API __declspec(dllimport)
#else
#define MSIWATCH_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct msiwatch;

#define MSIWATCH_FOREVER UINT64_MAX

/* For `after` of msiwatch_subscribe: only events from now on. */
#define MSIWATCH_SEQ_LAST UINT64_MAX

/* Sizes of the text members in bytes, including the NUL. */
#define MSIWATCH_ID_SIZE 40
#define MSIWATCH_NAME_SIZE 64
#define MSIWATCH_TEXT_SIZE 1032

/* The verdict. Zero is "unknown", so a struct that nobody filled in claims nothing. */
enum {
    MSIWATCH_UNKNOWN = 0, /* the service cannot tell */
    MSIWATCH_IDLE = 1,    /* no installation is running */
    MSIWATCH_BUSY = 2     /* one is running; another would get ERROR_INSTALL_ALREADY_RUNNING
                           * (1618) */
};

/* For `wanted` of msiwatch_wait, with the state: even if the caller seems to wait for itself. */
#define MSIWATCH_EVEN_IF_NESTED 0x100u

/* Why the state is busy; a set of these bits. */
enum {
    MSIWATCH_REASON_MUTEX = 1,     /* the mutex Global\_MSIExecute is owned */
    MSIWATCH_REASON_MSISERVER = 2, /* msiserver, the Windows Installer service, reports busy */
    MSIWATCH_REASON_FLAPPING = 4   /* the mutex changes hands too fast to follow */
};

/* The state of the mutex Global\_MSIExecute. */
enum {
    MSIWATCH_MUTEX_ABSENT = 0,
    MSIWATCH_MUTEX_FREE = 1,
    MSIWATCH_MUTEX_HELD = 2,
    MSIWATCH_MUTEX_ABANDONED = 3, /* free; its last owner ended without releasing it */
    MSIWATCH_MUTEX_DENIED = 4,
    MSIWATCH_MUTEX_ERROR = 5,
    MSIWATCH_MUTEX_NOT_A_MUTEX = 6 /* an object of another kind has the name */
};

/* The state of msiserver, as the service control manager reports it. */
enum {
    MSIWATCH_MSISERVER_STOPPED = 0,
    MSIWATCH_MSISERVER_START_PENDING = 1,
    MSIWATCH_MSISERVER_STOP_PENDING = 2,
    MSIWATCH_MSISERVER_RUNNING = 3,
    MSIWATCH_MSISERVER_CONTINUE_PENDING = 4,
    MSIWATCH_MSISERVER_PAUSE_PENDING = 5,
    MSIWATCH_MSISERVER_PAUSED = 6,
    MSIWATCH_MSISERVER_MISSING = 7,
    MSIWATCH_MSISERVER_DENIED = 8,
    MSIWATCH_MSISERVER_ERROR = 9
};

/* What part the mutex's owner has in the running installation. */
enum {
    MSIWATCH_ROLE_UNKNOWN = 0,
    MSIWATCH_ROLE_SERVICE = 1, /* msiserver, or a child of it */
    MSIWATCH_ROLE_CLIENT = 2,  /* the process that asked for the running installation */
    MSIWATCH_ROLE_OTHER = 3
};

/* What an installation was meant to do, and how it ended. */
enum {
    MSIWATCH_ACTION_UNKNOWN = 0,
    MSIWATCH_ACTION_INSTALL = 1,
    MSIWATCH_ACTION_REMOVE = 2,
    MSIWATCH_ACTION_CHANGE = 3,
    MSIWATCH_ACTION_UPDATE = 4,
    MSIWATCH_ACTION_CHECK = 5 /* a product was only examined (by a query of Win32_Product) */
};
enum {
    MSIWATCH_RESULT_UNKNOWN = 0,
    MSIWATCH_RESULT_SUCCESS = 1,
    MSIWATCH_RESULT_FAILURE = 2,
    MSIWATCH_RESULT_COLLISION = 3, /* it did not begin, because another one was running (1618) */
    MSIWATCH_RESULT_LOST = 4       /* it began, and its end was never seen */
};

/* Whether Windows Installer wrote what the event log says about an installation. */
enum { MSIWATCH_TRUST_UNKNOWN = 0, MSIWATCH_TRUST_YES = 1, MSIWATCH_TRUST_NO = 2 };

/* The kinds of event that msiwatch_next and msiwatch_history_next return. */
enum {
    MSIWATCH_EVENT_OTHER = 0,      /* a kind this library does not know: see msiwatch_get_json */
    MSIWATCH_EVENT_TRANSITION = 1, /* the verdict changed */
    MSIWATCH_EVENT_INSTALL = 2,    /* an installation, and how it ended */
    MSIWATCH_EVENT_GAP = 3,        /* events that the journal no longer holds */
    MSIWATCH_EVENT_RESET = 4,      /* another journal begins here */
    MSIWATCH_EVENT_ACTIVITY = 5    /* an installation has stalled, or no longer is stalled */
};

struct msiwatch_options {
    uint32_t size;
    uint32_t flags;      /* MSIWATCH_OPEN_* */
    const char *pipe;    /* the pipe's name; a bare NAME stands for \\.\pipe\NAME. NULL: the
                          * environment variable MSIWATCH_PIPE (an elevated process ignores it), or
                          * else the service's own name. Copied. */
    uint64_t timeout_ms; /* for connecting; 0: 5,000 */
};

/* Makes the handle without connecting it. Use msiwatch_connect then: because the handle already
 * exists, another thread can cancel it, which is not possible with msiwatch_open. */
#define MSIWATCH_OPEN_UNCONNECTED 1u

struct msiwatch_status {
    uint32_t size;
    uint32_t state;        /* MSIWATCH_IDLE, _BUSY or _UNKNOWN */
    uint64_t seq;          /* of the last event in the journal; 0: there is none */
    int64_t since_ms;      /* when the state began */
    int64_t sampled_at_ms; /* when the service last took a sample */
    uint32_t reasons;      /* a set of MSIWATCH_REASON_* */
    uint32_t mutex;        /* MSIWATCH_MUTEX_* */
    uint32_t owner_known;  /* not 0: the mutex is held, and owner_pid is its owner */
    uint32_t owner_pid;
    uint32_t owner_foreign;      /* not 0: the owner is known and is not Windows' own msiexec.exe */
    uint32_t msiserver;          /* MSIWATCH_MSISERVER_* */
    uint32_t msiserver_controls; /* dwControlsAccepted */
    uint32_t msiserver_pid;      /* 0: it is not running */
    uint32_t msiserver_says_busy; /* not 0: it reports busy, whether or not that counts for
                                   * `state` */
    int32_t ui_clients;           /* msiexec processes other than the service; -1: not known */
    uint32_t suspended;           /* not 0: an installation was left incomplete */
    uint32_t reserved;
    char owner_image[MSIWATCH_TEXT_SIZE]; /* path; "" if not known or not visible to you */
    /* Added after the first layout. */
    uint32_t owner_role; /* MSIWATCH_ROLE_* */
};

struct msiwatch_event {
    uint32_t size;
    uint32_t kind;                  /* MSIWATCH_EVENT_* */
    uint64_t seq;                   /* GAP: the last missing seq. RESET: the next event has seq + 1;
                                     * MSIWATCH_SEQ_LAST if that is not known */
    int64_t at_ms;                  /* when it happened; 0 for GAP and RESET */
    uint32_t from, to;              /* TRANSITION: MSIWATCH_IDLE, _BUSY, _UNKNOWN */
    uint32_t reasons;               /* TRANSITION: a set of MSIWATCH_REASON_* */
    uint32_t after_known;           /* TRANSITION: not 0: after_ms is known */
    uint64_t after_ms;              /* TRANSITION: how long `from` lasted */
    uint64_t first;                 /* GAP: the first missing seq. INSTALL, ACTIVITY: the seq of the
                                     * transition to busy that it belongs to; 0: to none */
    char journal[MSIWATCH_ID_SIZE]; /* RESET: the new journal's id; otherwise "" */
    /* Added after the first layout. INSTALL: from the event log; msiwatch_get_json has the rest. */
    uint32_t action;                     /* MSIWATCH_ACTION_* */
    uint32_t result;                     /* MSIWATCH_RESULT_* */
    uint32_t trusted;                    /* MSIWATCH_TRUST_* */
    uint32_t further;                    /* how many others the event also stands for */
    char product_code[MSIWATCH_ID_SIZE]; /* "" if not known */
};

struct msiwatch_subscription {
    uint32_t size;
    uint32_t reset;  /* not 0: the requested journal is not the current one; delivery starts at the
                      * first event of the current one */
    uint64_t number; /* the service's number for the subscription */
    char journal[MSIWATCH_ID_SIZE]; /* the current journal */
};

/* If everything but `size` is zero, the query returns all events, oldest first. */
struct msiwatch_history_query {
    uint32_t size;
    uint32_t newest_first; /* not 0: from the newest event back */
    uint64_t limit;        /* at most this many events; 0: all of them */
    uint64_t after;        /* only events with a higher seq */
    uint64_t before;       /* only events with a lower seq; 0: no such bound */
    int64_t since_ms;      /* only events at this time or later; 0: no such bound */
    int64_t until_ms;      /* only events before this time; 0: no such bound */
};

struct msiwatch_about {
    uint32_t size;
    uint32_t protocol;     /* the version of the pipe's protocol: 1 */
    uint32_t pid;          /* the service's process */
    uint32_t durable;      /* not 0: the journal is on disk */
    int64_t started_at_ms; /* when the service started */
    uint64_t first_seq;    /* the oldest event in the journal; 0: there is none */
    uint64_t last_seq;     /* the newest event; 0: there is none */
    char journal[MSIWATCH_ID_SIZE];
    char version[MSIWATCH_NAME_SIZE]; /* the service's */
};

/* ---- turns ---- */

/* Flags of msiwatch_turn_options. */
#define MSIWATCH_TURN_BACKGROUND 1u     /* goes after those without it, for at most 15 minutes */
#define MSIWATCH_TURN_REQUIRE_KNOWN 2u  /* ERROR_NOT_READY (21) if the state stays unknown */
#define MSIWATCH_TURN_IGNORE_HOLD 4u    /* for administrators: even if there is a hold */
#define MSIWATCH_TURN_EVEN_IF_NESTED 8u /* even if the caller seems to wait for itself */

/* If everything but `size` is zero, this asks for a turn as soon as the state is idle. The library
 * copies the text. */
struct msiwatch_turn_options {
    uint32_t size;
    uint32_t flags;         /* a set of MSIWATCH_TURN_* */
    uint32_t for_pid;       /* the process that the turn is for, which started this one, directly or
                             * indirectly: the turn also ends with it. 0: this one */
    uint32_t tell_every_ms; /* `told` is called with NULL after this long without news; 0: never */
    uint64_t settle_ms;     /* the state must have been idle for this long; at most 60,000 */
    const char *label;      /* what the turn is for, in a few words that others see; NULL: none */
    const char *why;        /* more about it, which only administrators see; NULL: none */
    const char *inside;     /* the `id` (struct msiwatch_turn) of the turn that this happens
                             * in. NULL: the environment variable MSIWATCH_TURN; "": none. It
                             * counts if the service finds that the caller descends from the holder
                             * of that turn. */
    /* Called with what the service says about the turn: `json` is the params of the protocol's
     * notification `turn`. It is called while msiwatch_turn_acquire waits, and later, while the
     * handle has the turn, by any call on the handle that reads, in the thread that makes that
     * call. It must not make calls on this handle, except msiwatch_cancel. NULL: nothing is called.
     * If msiwatch_turn_acquire fails, `told` is not called any more; what was set before that call
     * is used again. */
    void (*told)(void *arg, const char *json);
    void *arg;
};

/* The size of a turn's `id` in bytes, including the NUL. */
#define MSIWATCH_TURN_ID_SIZE 64

struct msiwatch_turn {
    uint32_t size;
    uint32_t nested; /* not 0: it runs inside another turn; there is nothing to release */
    uint32_t blind;  /* not 0: granted although the state is unknown */
    uint32_t reserved;
    uint64_t number; /* the service's number for the turn */
    uint64_t waited_ms;
    char id[MSIWATCH_TURN_ID_SIZE]; /* the value of the environment variable MSIWATCH_TURN for
                                     * programs that are started in this turn */
};

struct msiwatch_error {
    uint32_t size;
    int32_t code; /* the JSON-RPC code of the service's answer; 0: there was none */
    char limit[MSIWATCH_NAME_SIZE]; /* with ERROR_NOT_ENOUGH_QUOTA: which limit; "" if not known */
    char message[MSIWATCH_TEXT_SIZE]; /* the service's text; "" if there is none */
};

/* The library's version: major << 16 | minor << 8 | patch. */
MSIWATCH_API uint32_t msiwatch_version(void);

/* Makes a handle and connects it (unless MSIWATCH_OPEN_UNCONNECTED is set). `options` may be NULL.
 * If this fails, *handle is NULL; otherwise msiwatch_close releases it.
 *
 * Connecting waits, until the timeout, for a free connection. It does not wait for the service to
 * start: if the service is not running, the result is ERROR_SERVICE_NOT_ACTIVE immediately. The
 * service can find out who asks, but cannot act on the caller's behalf. With the service's own pipe
 * name, the process that answers must be the one that runs as the service MsiWatch; if another
 * process answers, twice in a row, the result is ERROR_ACCESS_DENIED. */
MSIWATCH_API uint32_t msiwatch_open(const struct msiwatch_options *options,
                                    struct msiwatch **handle);

/* Closes the connection and releases the handle; NULL is allowed. No other call on the handle, not
 * even msiwatch_cancel, may be running or be made later. */
MSIWATCH_API void msiwatch_close(struct msiwatch *handle);

/* Connects. Drops the current connection, if there is one, with its subscription and the events
 * that were not read yet. Tries once, as msiwatch_open does. */
MSIWATCH_API uint32_t msiwatch_connect(struct msiwatch *handle, uint64_t timeout_ms);

/* Like msiwatch_connect, but tries again while the service is not running or has no free
 * connection. The pauses between the tries are 100 ms at first and up to 2 s later; they are
 * randomized so that not all clients come at the same time. They grow from call to call until the
 * service has answered something, so that a service that accepts connections and drops them is not
 * tried in a tight loop. At the timeout, the result is the error of the last try. */
MSIWATCH_API uint32_t msiwatch_reconnect(struct msiwatch *handle, uint64_t timeout_ms);

/* If another thread is in a call on this handle, makes that call return ERROR_CANCELLED. Every
 * later call that would wait returns ERROR_CANCELLED, too, until msiwatch_rearm, so a cancel that
 * comes just before the call is not lost. A call that already has its answer may still return it.
 * On systems with signals this may be called from a signal handler. */
MSIWATCH_API void msiwatch_cancel(struct msiwatch *handle);

/* Undoes a cancel: from now on calls wait again. The connection is as it was before, unless a call
 * returned ERROR_NOT_CONNECTED or ERROR_BROKEN_PIPE. The caller makes sure that no msiwatch_cancel
 * that was meant for an earlier call comes in the meantime. */
MSIWATCH_API void msiwatch_rearm(struct msiwatch *handle);

/* Gets the current state. */
MSIWATCH_API uint32_t msiwatch_get_status(struct msiwatch *handle, uint64_t timeout_ms,
                                          struct msiwatch_status *status);

/* Waits until the state is `wanted` (MSIWATCH_IDLE or MSIWATCH_BUSY) and has been for `settle_ms`
 * without a break; time that passed before the call counts. The service waits, not this process:
 * nothing is polled. ERROR_POSSIBLE_DEADLOCK, within about a second: the installation that the
 * caller would wait for has started the caller, and `wanted` is not MSIWATCH_IDLE |
 * MSIWATCH_EVEN_IF_NESTED. *waited_ms, if not NULL, is how long it took, by the service's clock.
 * *status, if not NULL, is the state at the end; it is also filled in with ERROR_TIMEOUT if the
 * service answered (then its sampled_at_ms is not 0). If the service does not answer within 5 s
 * after the timeout, the result is ERROR_TIMEOUT and nothing is filled in. */
MSIWATCH_API uint32_t msiwatch_wait(struct msiwatch *handle, uint32_t wanted, uint64_t settle_ms,
                                    uint64_t timeout_ms, struct msiwatch_status *status,
                                    uint64_t *waited_ms);

/* Follows the journal from the event after `after`, or, with MSIWATCH_SEQ_LAST, from now on; then
 * msiwatch_next returns the events. `journal`, if not NULL, is the id of the journal that `after`
 * belongs to: keep both to continue there later. *status, if not NULL, is the state when the
 * subscription began; with MSIWATCH_SEQ_LAST, the first event has the seq after status->seq. A
 * handle has at most one subscription (otherwise ERROR_ALREADY_EXISTS, 183). It ends with the
 * connection. If this call times out or is cancelled, the connection is closed. */
MSIWATCH_API uint32_t msiwatch_subscribe(struct msiwatch *handle, const char *journal,
                                         uint64_t after, uint64_t timeout_ms,
                                         struct msiwatch_subscription *subscription,
                                         struct msiwatch_status *status);

/* Ends the subscription; events that were not read yet are dropped. */
MSIWATCH_API uint32_t msiwatch_unsubscribe(struct msiwatch *handle, uint64_t timeout_ms);

/* Returns the next event of the subscription: each event once, in order. If the journal no longer
 * holds some events, MSIWATCH_EVENT_GAP stands for them; MSIWATCH_EVENT_RESET says that another
 * journal begins. Events that come while another call waits for its answer are kept for this one,
 * up to 1 MiB. Beyond that the connection is closed with ERROR_NOT_ENOUGH_QUOTA; if you then
 * subscribe again after the last event that you read, you lose nothing. Without a subscription, the
 * result is ERROR_INVALID_FUNCTION (1). */
MSIWATCH_API uint32_t msiwatch_next(struct msiwatch *handle, uint64_t timeout_ms,
                                    struct msiwatch_event *event);

/* Begins to read the history, and fetches its first page. If an earlier history is still being
 * read, this ends it. */
MSIWATCH_API uint32_t msiwatch_history_begin(struct msiwatch *handle,
                                             const struct msiwatch_history_query *query,
                                             uint64_t timeout_ms);

/* Returns the next event of the history; fetches another page when needed. At the end, the result
 * is ERROR_NO_MORE_ITEMS (259). If another journal has replaced the one being read, the result is
 * ERROR_RETRY (1237): you cannot continue, so begin again. */
MSIWATCH_API uint32_t msiwatch_history_next(struct msiwatch *handle, uint64_t timeout_ms,
                                            struct msiwatch_event *event);

/* Gets information about the service that answers: its version, process and journal. */
MSIWATCH_API uint32_t msiwatch_get_about(struct msiwatch *handle, uint64_t timeout_ms,
                                         struct msiwatch_about *about);

/* Calls any method of the protocol. `params` is a JSON object or array, or NULL for none; anything
 * else is ERROR_INVALID_PARAMETER, and a request over the protocol's 4,096 bytes is
 * ERROR_NOT_ENOUGH_QUOTA. *result, if not NULL, is the result as msiwatch_get_json returns it. To
 * subscribe, use msiwatch_subscribe: events of other subscriptions are dropped. */
MSIWATCH_API uint32_t msiwatch_call(struct msiwatch *handle, const char *method, const char *params,
                                    uint64_t timeout_ms, const char **result);

/* Waits for a turn. Of all clients that ask for one, only one at a time has it; it gets the turn
 * when the state has been idle for the settle time. The turn belongs to the connection: a handle
 * has at most one (otherwise ERROR_NOT_ENOUGH_QUOTA), and it ends with msiwatch_turn_release or
 * with the connection. What was started in it may continue: the next turn is granted when the state
 * is idle again. `options` may be NULL. *status, if not NULL, is the state at that time.
 * ERROR_TIMEOUT: the turn was not granted in time. ERROR_POSSIBLE_DEADLOCK (1131), within about a
 * second: what the caller would wait for has started the caller itself. ERROR_NOT_READY (21): only
 * with MSIWATCH_TURN_REQUIRE_KNOWN. If this call is cancelled, or the service does not answer
 * within 5 s after the timeout, the connection is closed, so that nobody has a turn without knowing
 * it. */
MSIWATCH_API uint32_t msiwatch_turn_acquire(struct msiwatch *handle,
                                            const struct msiwatch_turn_options *options,
                                            uint64_t timeout_ms, struct msiwatch_turn *turn,
                                            struct msiwatch_status *status);

/* Waits until the handle's turn ends without being released. Then the result is 0, and
 * msiwatch_get_json says how it ended ({"state":"ended","ended":"expired",...}). ERROR_TIMEOUT: it
 * had not ended by then. */
MSIWATCH_API uint32_t msiwatch_turn_watch(struct msiwatch *handle, uint64_t timeout_ms);

/* Ends the turn. *exit_code, if not NULL, is the exit code of what was done in it, for the journal.
 * ERROR_NOT_OWNER (288): the handle no longer has a turn; msiwatch_get_json says how it ended. */
MSIWATCH_API uint32_t msiwatch_turn_release(struct msiwatch *handle, const uint32_t *exit_code,
                                            uint64_t timeout_ms);

/* Returns the JSON text, on one line, of what the last call on the handle returned: the protocol's
 * result object; after msiwatch_next and msiwatch_history_next the Event, or for a gap or a reset
 * the whole notification; after an error answer of the service the error object. "" if there is
 * none. Valid until the next call on the handle, by any thread, other than this, msiwatch_get_error
 * and msiwatch_cancel. Call it from the thread that uses the handle. */
MSIWATCH_API const char *msiwatch_get_json(struct msiwatch *handle);

/* Fills in what the service said when the last call failed. ERROR_INVALID_PARAMETER if `error` is
 * NULL or its size is wrong, otherwise 0. Call it from the thread that uses the handle. */
MSIWATCH_API uint32_t msiwatch_get_error(const struct msiwatch *handle,
                                         struct msiwatch_error *error);

/* Returns the full name of the pipe that the handle connects to; "" if no name was given and there
 * is no default (systems other than Windows). Lives as long as the handle. */
MSIWATCH_API const char *msiwatch_get_pipe(const struct msiwatch *handle);

#ifdef __cplusplus
}
#endif

#endif
