/* msiwatch.h: asks the MsiWatch service whether Windows Installer is busy.
 *
 * The service knows whether an installation is running, and says so over a local pipe; this library
 * wraps that pipe in C functions. They block, start no thread, keep no global state, and use only
 * Windows' own libraries. It comes as msiwatch.dll and as a static library.
 *
 * Handles. A `struct msiwatch` is one client: a connection, and what it takes to make it again when
 * it is lost. msiwatch_open makes one and msiwatch_close releases it.
 *
 * Threads. Different handles are independent. One handle is used by one thread at a time; a second
 * thread that calls in the meantime gets ERROR_BUSY, at once and without harm. msiwatch_cancel
 * alone may be called by any thread at any time between open and close.
 *
 * Results. Functions return a Win32 error code: 0 (ERROR_SUCCESS) when they succeeded.
 * These have the same meaning everywhere:
 *
 *      5  ERROR_ACCESS_DENIED       may not connect, may not ask this, or another program than
 *                                   the service answers under its name
 *     13  ERROR_INVALID_DATA        the answer was not understood; the connection is closed
 *     14  ERROR_OUTOFMEMORY         no memory
 *     21  ERROR_NOT_READY           a turn was asked for with a known state, and it is unknown
 *     50  ERROR_NOT_SUPPORTED       the service does not know this method (it is older)
 *     87  ERROR_INVALID_PARAMETER   an argument is wrong, or the service says that one is
 *    109  ERROR_BROKEN_PIPE         the connection ended, most often because the service stopped;
 *                                   msiwatch_reconnect makes it again
 *    170  ERROR_BUSY                another thread is in a call on this handle
 *    231  ERROR_PIPE_BUSY           all connections of the pipe were in use until the timeout
 *    288  ERROR_NOT_OWNER           the handle has no turn
 *   1062  ERROR_SERVICE_NOT_ACTIVE  the service is not running
 *   1131  ERROR_POSSIBLE_DEADLOCK   the caller was started by what it would wait for
 *   1223  ERROR_CANCELLED           msiwatch_cancel was called
 *   1359  ERROR_INTERNAL_ERROR      the service could not do it
 *   1460  ERROR_TIMEOUT             the timeout passed
 *   1816  ERROR_NOT_ENOUGH_QUOTA    over a limit of the service (msiwatch_get_error says which)
 *   2250  ERROR_NOT_CONNECTED       the handle has no connection now; msiwatch_reconnect makes one
 *
 * Other codes are those of Windows' own calls that open, read or write the pipe.
 *
 * Times are milliseconds since 1970-01-01 UTC. Durations and timeouts are milliseconds; a timeout
 * of 0 takes what is there and does not wait, MSIWATCH_FOREVER waits without limit. Text is
 * UTF-8 and ends with a NUL. Text that the service sends comes from outside: before you print it to
 * a terminal, remove its control characters.
 *
 * Structs begin with their size. Set it to sizeof the struct before every call (the rest need not
 * be set, except where the struct is an argument: then set everything to zero except what you
 * want). A newer library fills in only the members that you know; an older one clears those that it
 * does not know. Structs grow at their end; members never move or change their meaning. No function
 * is ever removed or gets other arguments. The calling convention is C's (cdecl).
 */
#ifndef MSIWATCH_H
#define MSIWATCH_H

#include <stdint.h>

#if defined(_WIN32) && defined(MSIWATCH_USE_DLL) /* saves a jump; the DLL also works without */
#define MSIWATCH_API __declspec(dllimport)
#else
#define MSIWATCH_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct msiwatch;

#define MSIWATCH_FOREVER UINT64_MAX

/* For `after` of msiwatch_subscribe: from now on. */
#define MSIWATCH_SEQ_LAST UINT64_MAX

/* Bytes of the text members, their NUL included. */
#define MSIWATCH_ID_SIZE 40
#define MSIWATCH_NAME_SIZE 64
#define MSIWATCH_TEXT_SIZE 1032

/* The verdict. Zero is "unknown", so that a struct nobody filled in claims nothing. */
enum {
    MSIWATCH_UNKNOWN = 0, /* the service cannot tell */
    MSIWATCH_IDLE = 1,    /* no installation is running */
    MSIWATCH_BUSY = 2     /* one is; another would get ERROR_INSTALL_ALREADY_RUNNING (1618) */
};

/* For `wanted` of msiwatch_wait, in addition to the state. */
#define MSIWATCH_EVEN_IF_NESTED 0x100u

/* Why it is busy; a set. */
enum {
    MSIWATCH_REASON_MUTEX = 1,     /* the mutex Global\_MSIExecute is owned */
    MSIWATCH_REASON_MSISERVER = 2, /* the Windows Installer service says so */
    MSIWATCH_REASON_FLAPPING = 4   /* the mutex changes hands too fast to follow */
};

/* What the mutex was found to be. */
enum {
    MSIWATCH_MUTEX_ABSENT = 0,
    MSIWATCH_MUTEX_FREE = 1,
    MSIWATCH_MUTEX_HELD = 2,
    MSIWATCH_MUTEX_ABANDONED = 3, /* free; its last owner ended without releasing it */
    MSIWATCH_MUTEX_DENIED = 4,
    MSIWATCH_MUTEX_ERROR = 5,
    MSIWATCH_MUTEX_NOT_A_MUTEX = 6 /* an object of another kind has the name */
};

/* What the service control manager says of msiserver. */
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

/* Who the mutex's owner is. */
enum {
    MSIWATCH_ROLE_UNKNOWN = 0,
    MSIWATCH_ROLE_SERVICE = 1, /* msiserver, or a child of it */
    MSIWATCH_ROLE_CLIENT = 2,  /* the process that asked for the running installation */
    MSIWATCH_ROLE_OTHER = 3
};

/* What an installation was to do, and how it ended. */
enum {
    MSIWATCH_ACTION_UNKNOWN = 0,
    MSIWATCH_ACTION_INSTALL = 1,
    MSIWATCH_ACTION_REMOVE = 2,
    MSIWATCH_ACTION_CHANGE = 3,
    MSIWATCH_ACTION_UPDATE = 4,
    MSIWATCH_ACTION_CHECK = 5 /* it was only examined (Win32_Product) */
};
enum {
    MSIWATCH_RESULT_UNKNOWN = 0,
    MSIWATCH_RESULT_SUCCESS = 1,
    MSIWATCH_RESULT_FAILURE = 2,
    MSIWATCH_RESULT_COLLISION = 3, /* it did not begin: another one was running (1618) */
    MSIWATCH_RESULT_LOST = 4       /* it began, and its end was never seen */
};

/* Whether Windows Installer wrote what the event log says of an installation. */
enum { MSIWATCH_TRUST_UNKNOWN = 0, MSIWATCH_TRUST_YES = 1, MSIWATCH_TRUST_NO = 2 };

/* What msiwatch_next and msiwatch_history_next give. */
enum {
    MSIWATCH_EVENT_OTHER = 0,      /* a kind this library does not know: see msiwatch_get_json */
    MSIWATCH_EVENT_TRANSITION = 1, /* the verdict changed */
    MSIWATCH_EVENT_INSTALL = 2,    /* an installation, and how it ended */
    MSIWATCH_EVENT_GAP = 3,        /* events that the journal no longer holds */
    MSIWATCH_EVENT_RESET = 4,      /* another journal begins here */
    MSIWATCH_EVENT_ACTIVITY = 5    /* an installation stands still, or no longer does */
};

struct msiwatch_options {
    uint32_t size;
    uint32_t flags;      /* MSIWATCH_OPEN_* */
    const char *pipe;    /* the pipe's name; NULL: MSIWATCH_PIPE of the environment, which an
                          * elevated process ignores, or else the service's own. A bare name stands
                          * for \\.\pipe\NAME. Copied. */
    uint64_t timeout_ms; /* for connecting; 0: 5,000 */
};

/* Make the handle, but do not connect it. msiwatch_connect does that, and, unlike msiwatch_open,
 * can be cancelled by another thread, through the handle. */
#define MSIWATCH_OPEN_UNCONNECTED 1u

struct msiwatch_status {
    uint32_t size;
    uint32_t state;        /* MSIWATCH_IDLE, _BUSY or _UNKNOWN */
    uint64_t seq;          /* of the last event in the journal; 0: there is none */
    int64_t since_ms;      /* when the state began */
    int64_t sampled_at_ms; /* when the service last looked */
    uint32_t reasons;      /* a set of MSIWATCH_REASON_* */
    uint32_t mutex;        /* MSIWATCH_MUTEX_* */
    uint32_t owner_known;  /* not 0: the mutex is held and owner_pid was read */
    uint32_t owner_pid;
    uint32_t owner_foreign;      /* not 0: the owner is known and is not Windows' own msiexec.exe */
    uint32_t msiserver;          /* MSIWATCH_MSISERVER_* */
    uint32_t msiserver_controls; /* dwControlsAccepted */
    uint32_t msiserver_pid;      /* 0: it is not running */
    uint32_t msiserver_says_busy; /* not 0: whether or not that counts */
    int32_t ui_clients;           /* msiexec processes other than the service; -1: not known */
    uint32_t suspended;           /* not 0: an incomplete installation left remnants */
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
    char journal[MSIWATCH_ID_SIZE]; /* RESET: the new journal's id; else "" */
    /* Added after the first layout. INSTALL: from the event log; msiwatch_get_json has the rest. */
    uint32_t action;                     /* MSIWATCH_ACTION_* */
    uint32_t result;                     /* MSIWATCH_RESULT_* */
    uint32_t trusted;                    /* MSIWATCH_TRUST_* */
    uint32_t further;                    /* how many more the event stands for */
    char product_code[MSIWATCH_ID_SIZE]; /* "" when not known */
};

struct msiwatch_subscription {
    uint32_t size;
    uint32_t reset;  /* not 0: the requested journal is not the present one; delivery starts at
                      * the first event of the present one */
    uint64_t number; /* the service's number for it */
    char journal[MSIWATCH_ID_SIZE]; /* the present journal */
};

/* With everything but `size` zero, it asks for everything, oldest first. */
struct msiwatch_history_query {
    uint32_t size;
    uint32_t newest_first; /* not 0: from the newest back */
    uint64_t limit;        /* at most this many events; 0: all of them */
    uint64_t after;        /* only events of a higher seq */
    uint64_t before;       /* only events of a lower seq; 0: no such bound */
    int64_t since_ms;      /* only events at this time or later; 0: no such bound */
    int64_t until_ms;      /* only events before or at this time; 0: no such bound */
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
#define MSIWATCH_TURN_BACKGROUND 1u     /* after everybody who does not set this */
#define MSIWATCH_TURN_REQUIRE_KNOWN 2u  /* ERROR_NOT_READY (21) when the state stays unknown */
#define MSIWATCH_TURN_IGNORE_HOLD 4u    /* administrators: even if the queue is held */
#define MSIWATCH_TURN_EVEN_IF_NESTED 8u /* even if it seems to wait for itself */

/* With everything but `size` zero, it asks for a turn as soon as the state is idle. Text is
 * copied. */
struct msiwatch_turn_options {
    uint32_t size;
    uint32_t flags;         /* a set of MSIWATCH_TURN_* */
    uint32_t for_pid;       /* the process that the turn is for, which started this one, directly or
                             * indirectly: the turn also ends with it. 0: this one */
    uint32_t tell_every_ms; /* `told` is called with NULL after this long without news; 0: never */
    uint64_t settle_ms;     /* the state must have been idle for this long; at most 60,000 */
    const char *label;      /* what the turn is for, in a few words that others see; NULL: none */
    const char *why;        /* more about it, which administrators see; NULL: none */
    const char *inside;     /* the turn inside which this happens (struct msiwatch_turn's `id`).
                             * NULL: MSIWATCH_TURN of the environment; "": none. It counts if the
                             * service finds that the caller descends from the turn's holder. */
    /* Called with what the service says about the turn, the params of the protocol's notification
     * `turn` (JSON): while waiting for it, and later, while it is out, from any call on the handle
     * that reads, in the thread that makes the call. It must not make calls on this handle, except
     * msiwatch_cancel. NULL: it is not called. A call that fails is through with it: what
     * was to be called before is called again. */
    void (*told)(void *arg, const char *json);
    void *arg;
};

/* The longest `id` of a turn, its NUL included. */
#define MSIWATCH_TURN_ID_SIZE 64

struct msiwatch_turn {
    uint32_t size;
    uint32_t nested; /* not 0: it passes through inside another one; nothing to release */
    uint32_t blind;  /* not 0: granted although the state is unknown */
    uint32_t reserved;
    uint64_t number; /* the service's number for it */
    uint64_t waited_ms;
    char id[MSIWATCH_TURN_ID_SIZE]; /* the value of the environment variable MSIWATCH_TURN
                                     * for programs that are started in this turn */
};

struct msiwatch_error {
    uint32_t size;
    int32_t code; /* the JSON-RPC code of the service's answer; 0: there was none */
    char limit[MSIWATCH_NAME_SIZE]; /* with ERROR_NOT_ENOUGH_QUOTA: which limit; "" when unknown */
    char message[MSIWATCH_TEXT_SIZE]; /* the service's text; "" if there is none */
};

/* The library's version: major << 16 | minor << 8 | patch. */
MSIWATCH_API uint32_t msiwatch_version(void);

/* Makes a handle and connects it (unless MSIWATCH_OPEN_UNCONNECTED is set). `options`
 * may be NULL. *handle is NULL when this fails; else msiwatch_close releases it.
 *
 * Connecting waits, until the timeout, for a free connection, but not for the service to start:
 * that is ERROR_SERVICE_NOT_ACTIVE at once. The service can find out who asks, but cannot act on
 * the caller's behalf. When the service's own pipe name is used, the process that answers must be
 * the one that runs as the service MsiWatch; if another one does, twice in a row, this is
 * ERROR_ACCESS_DENIED. */
MSIWATCH_API uint32_t msiwatch_open(const struct msiwatch_options *options,
                                    struct msiwatch **handle);

/* Closes the connection and releases the handle; NULL is allowed. No other call on the handle,
 * not even msiwatch_cancel, may be running or be made later. */
MSIWATCH_API void msiwatch_close(struct msiwatch *handle);

/* Connects. Drops the present connection, if there is one, with its subscription and the events
 * that were not read yet. Tries once, as msiwatch_open does. */
MSIWATCH_API uint32_t msiwatch_connect(struct msiwatch *handle, uint64_t timeout_ms);

/* Like msiwatch_connect, but tries again while the service is not running or has no free
 * connection, after pauses of 100 ms at first and up to 2 s later, which are randomized so that not
 * all clients come at once. The pauses grow from call to call until the service has answered
 * something, so that a service that accepts connections and drops them is not tried in a tight
 * loop. At the timeout, the error of the last try. */
MSIWATCH_API uint32_t msiwatch_reconnect(struct msiwatch *handle, uint64_t timeout_ms);

/* Makes the call that another thread is in on this handle return ERROR_CANCELLED, and every later
 * call that would wait too, until msiwatch_rearm, so a cancel that comes just before the call is
 * not lost. A call that already has its answer may still return it. On systems with signals
 * it may be called from a signal handler. */
MSIWATCH_API void msiwatch_cancel(struct msiwatch *handle);

/* Undoes a cancel: from now on calls wait again. The connection is as it was before, unless
 * a call returned ERROR_NOT_CONNECTED or ERROR_BROKEN_PIPE. The caller makes sure that no
 * msiwatch_cancel comes meanwhile that was meant for an earlier call. */
MSIWATCH_API void msiwatch_rearm(struct msiwatch *handle);

/* The state now. */
MSIWATCH_API uint32_t msiwatch_get_status(struct msiwatch *handle, uint64_t timeout_ms,
                                          struct msiwatch_status *status);

/* Waits until the state is `wanted` (MSIWATCH_IDLE or MSIWATCH_BUSY) and has been for `settle_ms`
 * without a break; time that passed before the call counts. The service waits, not this process:
 * nothing is polled. A caller that was started by the installation that it would wait for gets an
 * error of the service at once, unless `wanted` is MSIWATCH_IDLE | MSIWATCH_EVEN_IF_NESTED.
 * *waited_ms, if not NULL, is how long it took, by the service's clock. *status, if not NULL, is
 * the state at the end; it is also filled in with ERROR_TIMEOUT if the service answered (then its
 * sampled_at_ms is not 0). If the service does not answer within 5 s of the timeout, this is
 * ERROR_TIMEOUT and nothing is filled in. */
MSIWATCH_API uint32_t msiwatch_wait(struct msiwatch *handle, uint32_t wanted, uint64_t settle_ms,
                                    uint64_t timeout_ms, struct msiwatch_status *status,
                                    uint64_t *waited_ms);

/* Follows the journal from the event after `after`, or, with MSIWATCH_SEQ_LAST, from now on; then
 * msiwatch_next gives the events. `journal`, if not NULL, is the id of the journal that `after`
 * belongs to: keep both to continue there later. *status, if not NULL, is the state when the
 * subscription began; with MSIWATCH_SEQ_LAST the first event has the seq after status->seq.
 * A handle has at most one subscription (else ERROR_ALREADY_EXISTS, 183); it ends with the
 * connection, and also when this call times out or is cancelled, and the connection with it. */
MSIWATCH_API uint32_t msiwatch_subscribe(struct msiwatch *handle, const char *journal,
                                         uint64_t after, uint64_t timeout_ms,
                                         struct msiwatch_subscription *subscription,
                                         struct msiwatch_status *status);

/* Ends the subscription; events that were not read yet are dropped. */
MSIWATCH_API uint32_t msiwatch_unsubscribe(struct msiwatch *handle, uint64_t timeout_ms);

/* The next event of the subscription, in order, each once. What the journal no longer holds is
 * announced by MSIWATCH_EVENT_GAP, another journal by MSIWATCH_EVENT_RESET.
 * Events that come while another call waits for its answer are kept for this one, up to 1 MiB;
 * beyond that the connection is closed with ERROR_NOT_ENOUGH_QUOTA, and subscribing again after
 * the last event that you read loses nothing. Without a subscription: ERROR_INVALID_FUNCTION (1).
 */
MSIWATCH_API uint32_t msiwatch_next(struct msiwatch *handle, uint64_t timeout_ms,
                                    struct msiwatch_event *event);

/* Begins to read the history; fetches its first page. Ends a reading that was begun earlier. */
MSIWATCH_API uint32_t msiwatch_history_begin(struct msiwatch *handle,
                                             const struct msiwatch_history_query *query,
                                             uint64_t timeout_ms);

/* The next event of the history; fetches another page when needed. ERROR_NO_MORE_ITEMS (259) at the
 * end. If another journal has replaced the one being read, this is ERROR_RETRY (1237): the reading
 * cannot be continued, begin again. */
MSIWATCH_API uint32_t msiwatch_history_next(struct msiwatch *handle, uint64_t timeout_ms,
                                            struct msiwatch_event *event);

/* Who answers at the pipe: version, process, journal. */
MSIWATCH_API uint32_t msiwatch_get_about(struct msiwatch *handle, uint64_t timeout_ms,
                                         struct msiwatch_about *about);

/* Any method of the protocol. `params` is a JSON object or array, or NULL for none; anything else
 * is ERROR_INVALID_PARAMETER, and a request over the protocol's 4,096 bytes is
 * ERROR_NOT_ENOUGH_QUOTA. *result, if not NULL, is the result as msiwatch_get_json gives it.
 * For `subscribe` use msiwatch_subscribe: events of other subscriptions are dropped. */
MSIWATCH_API uint32_t msiwatch_call(struct msiwatch *handle, const char *method, const char *params,
                                    uint64_t timeout_ms, const char **result);

/* Waits for a turn: of all who ask for one, only one at a time has it, and it gets it when the
 * state has been idle for the settle time. It belongs to the connection: a handle has at most one
 * (else ERROR_NOT_ENOUGH_QUOTA), and it ends with msiwatch_turn_release or with the connection.
 * What was started in it may continue: the next one is granted when the state is idle again.
 * `options` may be NULL. *status, if not NULL, is the state at that time.
 * ERROR_TIMEOUT when it was not granted in time; ERROR_POSSIBLE_DEADLOCK (1131), within
 * about a second, when the caller was started by what it would wait for; ERROR_NOT_READY (21) with
 * MSIWATCH_TURN_REQUIRE_KNOWN. When this is cancelled, or the service does not answer within 5 s of
 * the timeout, the connection is closed, so that no turn stays out. */
MSIWATCH_API uint32_t msiwatch_turn_acquire(struct msiwatch *handle,
                                            const struct msiwatch_turn_options *options,
                                            uint64_t timeout_ms, struct msiwatch_turn *turn,
                                            struct msiwatch_status *status);

/* Waits until the handle's turn ends without being released: 0, and msiwatch_get_json says
 * how ({"state":"ended","ended":"expired",...}). ERROR_TIMEOUT: it had not by then. */
MSIWATCH_API uint32_t msiwatch_turn_watch(struct msiwatch *handle, uint64_t timeout_ms);

/* Ends the turn. *exit_code, if not NULL, is the exit code of what was done in it, for the journal.
 * ERROR_NOT_OWNER (288): the handle has none any more; msiwatch_get_json says how it ended. */
MSIWATCH_API uint32_t msiwatch_turn_release(struct msiwatch *handle, const uint32_t *exit_code,
                                            uint64_t timeout_ms);

/* The JSON text, on one line, of what the last call on the handle returned: the protocol's result
 * object; from msiwatch_next and msiwatch_history_next the Event, or for a gap or a reset the whole
 * notification; after an error answer of the service the error object. "" when there is none.
 * Valid until the next call on the handle other than this, msiwatch_get_error and msiwatch_cancel,
 * whichever thread makes it. To be called by the thread that uses the handle. */
MSIWATCH_API const char *msiwatch_get_json(struct msiwatch *handle);

/* What the service said when the last call failed. ERROR_INVALID_PARAMETER if `error` is NULL or
 * its size is wrong, else 0. To be called by the thread that uses the handle. */
MSIWATCH_API uint32_t msiwatch_get_error(const struct msiwatch *handle,
                                         struct msiwatch_error *error);

/* The name of the pipe that the handle connects to, in full; "" when no name was given and there
 * is no default (systems other than Windows). Lives as long as the handle. */
MSIWATCH_API const char *msiwatch_get_pipe(const struct msiwatch *handle);

#ifdef __cplusplus
}
#endif

#endif
