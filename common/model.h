/* model.h: what service and client agree on: observation, verdict, event, status.
 *
 * Plain structs and pure functions; no allocation, no OS calls, no threads of its own. Every
 * function may be called from any thread on data that no other thread is changing.
 *
 * Units: *_ms are milliseconds. A "mono" time is read from a monotonic clock whose zero means
 * nothing outside this process; a "wall" time is milliseconds since 1970-01-01 UTC.
 */
#ifndef MSIWATCH_COMMON_MODEL_H
#define MSIWATCH_COMMON_MODEL_H

#include "common/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings that come from outside are cut to this many characters (PROTOCOL.md). A character of
 * UTF-8 is at most 4 bytes. */
#define MSIWATCH_STRING_CHARS 256
#define MSIWATCH_STRING_BYTES (MSIWATCH_STRING_CHARS * 4 + 1)

/* A SID as text is at most 184 characters; a product's version is four numbers. */
#define MSIWATCH_USER_BYTES 192
#define MSIWATCH_VERSION_BYTES 129

/* What Global\_MSIExecute was found to be. "absent": no such object. "abandoned": not owned, and
 * its last owner ended without releasing it. "not_a_mutex": an object of another kind has the
 * name. */
enum mutex_state {
    MUTEX_ABSENT,
    MUTEX_FREE,
    MUTEX_HELD,
    MUTEX_ABANDONED,
    MUTEX_DENIED,
    MUTEX_ERROR,
    MUTEX_NOT_A_MUTEX,
};

/* What the service control manager says of msiserver: its seven states, or why there is none. */
enum msiserver_state {
    MSISERVER_STOPPED,
    MSISERVER_START_PENDING,
    MSISERVER_STOP_PENDING,
    MSISERVER_RUNNING,
    MSISERVER_CONTINUE_PENDING,
    MSISERVER_PAUSE_PENDING,
    MSISERVER_PAUSED,
    MSISERVER_MISSING,
    MSISERVER_DENIED,
    MSISERVER_ERROR,
};

/* SERVICE_ACCEPT_SHUTDOWN of winsvc.h. Rule 2 compares with exactly this value. */
#define MSISERVER_ACCEPT_SHUTDOWN 0x4u

enum health { HEALTH_OK, HEALTH_UNAVAILABLE, HEALTH_DENIED };

/* A client of Windows Installer, or the mutex's owner, and those that began it, itself first: each
 * began before the next one nearer to it. A path that is longer is its file's name. */
#define MSIWATCH_CHAIN 6
#define MSIWATCH_IMAGE_BYTES 256
struct chain {
    uint32_t count; /* 0: not known */
    struct chain_process {
        uint32_t pid;
        bool session_known;
        uint32_t session;
        char image[MSIWATCH_IMAGE_BYTES]; /* UTF-8, "" when not known */
    } processes[MSIWATCH_CHAIN];
};

/* Who began it: the first of a chain, or of those from `first` on, that is no msiexec and no shell;
 * NULL: not known, as when the chain ends with a shell. A client may be that itself (0); the owner,
 * which is named beside, may not (1). */
const struct chain_process *chain_starter(const struct chain *chain, uint32_t first);

/* What the sensors read at one instant. */
struct observation {
    uint64_t mono_ms;
    int64_t wall_ms;
    struct {
        enum mutex_state state;
        bool owner_known;   /* pid and tid below were read from the system */
        uint32_t owner_pid; /* 0 when not known */
        uint32_t owner_tid;
        bool owner_foreign;        /* the image is known and is not Windows' own msiexec.exe */
        uint32_t owner_parent_pid; /* of the process that began it; 0 when not known */
        char owner_image[MSIWATCH_STRING_BYTES]; /* UTF-8, "" when not known */
        char owner_user[MSIWATCH_USER_BYTES];    /* a SID, "" when not known */
        struct chain owner_chain; /* of one that is neither msiserver nor begun by it */
        /* Whose object it is that cannot be read as a mutex: a SID, "" when not known. */
        char object_owner[MSIWATCH_USER_BYTES];
    } mutex;
    struct {
        enum msiserver_state state;
        uint32_t controls; /* dwControlsAccepted; 0 unless the state was read */
        uint32_t pid;      /* 0 when it does not run */
    } msiserver;
    bool registry_known;
    bool in_progress;   /* the key ...\Installer\InProgress exists */
    int32_t ui_clients; /* msiexec processes other than the service; -1 when not known */
    /* What the processes that work at an installation have done: msiserver, the client, the mutex's
     * owner, and all that they began. */
    struct {
        bool known;
        uint64_t looked_ms; /* when that was counted; monotonic */
        uint32_t processes;
        uint64_t cpu_ms, io_bytes; /* counted by the sensors so far: they only grow */
    } work;
};

/* Whether an installation does anything. */
struct activity {
    bool known;                /* something is busy, and the processes that work at it are known */
    bool stalled;              /* it has done nothing for as long as the settings say */
    bool last_known;           /* work was seen, */
    int64_t last_ms;           /* last then; wall */
    uint64_t still_ms;         /* so long ago, or since the period began; time slept is not in it */
    uint64_t cpu_ms, io_bytes; /* of the last half minute */
    uint32_t processes;
};

enum verdict_state { VERDICT_UNKNOWN, VERDICT_IDLE, VERDICT_BUSY };

/* Why the verdict is busy; a set. */
enum { REASON_MUTEX = 1u, REASON_MSISERVER = 2u, REASON_FLAPPING = 4u };

/* Whether msiserver's word counts (ARCHITECTURE.md, rule 2). */
enum signals { SIGNALS_AUTO, SIGNALS_MUTEX, SIGNALS_MUTEX_MSISERVER };

/* What an installation was to do, how it went, and whether the system must restart for it.
 * ACTION_CHECK: a product was examined, not installed (queries of Win32_Product do that).
 * RESULT_COLLISION: another installation was running (1618). RESULT_LOST: it began, and the log
 * has no end of it although its busy period is over. */
enum install_action {
    ACTION_UNKNOWN,
    ACTION_INSTALL,
    ACTION_REMOVE,
    ACTION_CHANGE,
    ACTION_UPDATE,
    ACTION_CHECK,
};
enum install_result {
    RESULT_UNKNOWN,
    RESULT_SUCCESS,
    RESULT_FAILURE,
    RESULT_COLLISION,
    RESULT_LOST,
};
enum install_reboot { REBOOT_UNKNOWN, REBOOT_NONE, REBOOT_REQUIRED, REBOOT_INITIATED };

/* Whether the system must restart, as said by installations since it was booted. */
struct restart {
    enum install_reboot reboot;
    char by[MSIWATCH_STRING_BYTES]; /* the product, or its code; "" when not known */
    bool at_known;
    int64_t at_ms; /* wall */
};

/* Whether those who wrote the records of an installation are Windows Installer: TRUST_NO is
 * certain, TRUST_UNKNOWN is the rule on Windows builds that do not name the writer. */
enum install_trust { TRUST_UNKNOWN, TRUST_YES, TRUST_NO };

/* Who the mutex's owner is in the installation that runs. */
enum owner_role {
    ROLE_UNKNOWN,
    ROLE_SERVICE, /* msiserver, or a child of it */
    ROLE_CLIENT,  /* the process that asked for the installation */
    ROLE_OTHER,
};

/* "{8-4-4-4-12}" of a product or a patch, with its end. */
#define MSIWATCH_CODE_BYTES 39

/* A program that has a file open, as the event log names it. */
#define MSIWATCH_HOLDER_BYTES 64

/* What the event log tells of one installation. Hearsay: any interactive user may write there, so
 * it is shown with its source and never is an input to a verdict. Texts are UTF-8, "" when not
 * known. */
struct install {
    char product[MSIWATCH_STRING_BYTES];
    char version[MSIWATCH_VERSION_BYTES];
    char package[MSIWATCH_STRING_BYTES]; /* a path, a URL or a product code */
    char user[MSIWATCH_USER_BYTES];      /* a SID */
    uint32_t client_pid;                 /* the process that asked for it; 0 when not known */
    bool started_known;
    int64_t started_ms; /* wall */
    enum install_action action;
    enum install_result result;
    bool status_known;
    uint32_t status; /* a Win32 code */
    enum install_reboot reboot;
    uint32_t further; /* more outcomes, for which this one stands */
    char product_code[MSIWATCH_CODE_BYTES];
    char patch_code[MSIWATCH_CODE_BYTES];
    enum install_trust trusted;
    char in_use_by[MSIWATCH_HOLDER_BYTES]; /* has a file open that is to be changed */
    uint32_t in_use_pid;                   /* 0 when not known */
    struct chain chain; /* of its client: not from the log, but as the system tells it */
};

/* Who owned the mutex when a busy period began. */
struct event_owner {
    uint32_t pid;
    bool foreign; /* as in an observation */
    char image[MSIWATCH_STRING_BYTES];
    char user[MSIWATCH_USER_BYTES];  /* a SID */
    struct chain_process started_by; /* pid 0: not known */
};

/* A turn's label is cut to this many characters. */
#define MSIWATCH_LABEL_CHARS 64
#define MSIWATCH_LABEL_BYTES (MSIWATCH_LABEL_CHARS * 4 + 1)

/* A turn that waits or is out, as others see it. */
struct turn_info {
    uint64_t number;
    char label[MSIWATCH_LABEL_BYTES]; /* its holder's own words, "" when it has none */
    char image[MSIWATCH_STRING_BYTES];
    uint32_t pid; /* 0 when not known */
    bool background;
    int64_t since_ms; /* wall: granted, or asked for */
};

/* How a turn ended. "gone": the process that it was for. */
enum turn_end {
    TURN_END_RELEASED,
    TURN_END_DISCONNECTED,
    TURN_END_GONE,
    TURN_END_EXPIRED,
    TURN_END_REVOKED,
    TURN_END_SHUTDOWN,
};

/* A turn that was out and ended. */
struct turn_record {
    struct turn_info turn;
    uint64_t waited_ms, held_ms;
    enum turn_end end;
    bool blind; /* granted although the verdict was unknown */
    bool exit_known;
    int64_t exit_code;
    uint32_t collisions; /* installations that were refused with 1618 meanwhile */
};

/* The queue of turns, in a status. */
struct turns_brief {
    bool out;
    struct turn_info holder;
    uint32_t waiting;
    bool held, held_until_known;
    int64_t held_until_ms; /* wall */
    char held_why[MSIWATCH_STRING_BYTES];
};

enum event_kind { EVENT_TRANSITION, EVENT_INSTALL, EVENT_TURN, EVENT_ACTIVITY };

/* An entry of the journal. The seq is given by the journal. */
struct event {
    uint64_t seq;
    enum event_kind kind;
    int64_t at_ms; /* wall */
    /* EVENT_TRANSITION. From busy to busy: another owner thread, so one installation ended and
     * the next began between two observations. */
    enum verdict_state from, to;
    unsigned reasons;
    bool after_known;
    uint64_t after_ms; /* how long `from` lasted, by the monotonic clock */
    uint64_t folded;   /* of the end of flapping: the changes that were not recorded */
    const struct event_owner *owner; /* NULL: not known; whoever made the event owns it */
    /* EVENT_INSTALL, EVENT_ACTIVITY. `of`: the seq of the transition to busy that it belongs to, 0
     * when there is none. The journal counts it in places, as it does all (tail.h). */
    uint64_t of;
    const struct install *install;  /* whoever made the event owns it */
    const struct turn_record *turn; /* EVENT_TURN; likewise */
    /* EVENT_ACTIVITY: it stalls, or no longer does, and then still_ms is how long it did nothing.
     */
    struct activity activity;
};

/* The protocol's words for the enums above, and back: verdict_state_name, verdict_state_parse, ...;
 * the parsers give -1 for no such word. Of the last four the first value is "not known": NULL. */
WORDS(mutex_state);
WORDS(msiserver_state);
WORDS(verdict_state);
WORDS(signals);
WORDS(health);
WORDS(turn_end);
WORDS(event_kind);
WORDS(install_action);
WORDS(install_result);
WORDS(install_reboot);
WORDS(owner_role);

/* It is not known whether the mutex is owned. */
bool mutex_unreadable(enum mutex_state state);

/* Rule 2: RUNNING with exactly SERVICE_ACCEPT_SHUTDOWN. */
bool msiserver_says_busy(const struct observation *seen);

/* Whether two observations read the same, except for the times at which they were made. */
bool observation_same(const struct observation *a, const struct observation *b);

/* RFC 3339 UTC with milliseconds: "2026-11-22T10:41:07.123Z", 24 characters for the years 0 to
 * 9999; times outside are shown as the nearest one inside. */
#define MSIWATCH_TIME_CHARS 24
void time_format(int64_t wall_ms, char out[MSIWATCH_TIME_CHARS + 1]);

/* Reads an RFC 3339 time with any offset and any number of fractional digits, or a bare date,
 * which means its midnight in UTC. False, and *wall_ms untouched, if the text is not one. */
bool time_parse(const char *text, int64_t *wall_ms);

#endif
