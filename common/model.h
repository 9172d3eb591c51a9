/* model.h: the data that service and client share: observation, verdict, event, status.
 *
 * Plain structs and pure functions; no allocation, no OS calls, no threads. Every function may be
 * called from any thread on data that no other thread is changing.
 *
 * Units: *_ms are milliseconds. A "mono" time is read from a monotonic clock, and its zero means
 * nothing outside this process; a "wall" time is milliseconds since 1970-01-01 UTC.
 */
#ifndef MSIWATCH_COMMON_MODEL_H
#define MSIWATCH_COMMON_MODEL_H

#include "common/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings that come from outside are cut to this many characters (PROTOCOL.md). A UTF-8 character
 * has at most 4 bytes. */
#define MSIWATCH_STRING_CHARS 256
#define MSIWATCH_STRING_BYTES (MSIWATCH_STRING_CHARS * 4 + 1)

/* A SID as text is at most 184 characters; a product's version is four numbers. */
#define MSIWATCH_USER_BYTES 192
#define MSIWATCH_VERSION_BYTES 129

/* The state of the mutex Global\_MSIExecute. "absent": no such object. "abandoned": not owned, and
 * its last owner ended without releasing it. "not_a_mutex": an object of another kind has the name.
 */
enum mutex_state {
    MUTEX_ABSENT,
    MUTEX_FREE,
    MUTEX_HELD,
    MUTEX_ABANDONED,
    MUTEX_DENIED,
    MUTEX_ERROR,
    MUTEX_NOT_A_MUTEX,
};

/* msiserver's state, as the service control manager reports it: one of its seven states, or why the
 * state is not known. */
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

/* A client of Windows Installer, or the mutex's owner, and the processes above it: the process
 * itself first, then its parent, and so on. Each was created before the one that precedes it here.
 * If a path is too long, only the file's name is kept. */
#define MSIWATCH_CHAIN 6
#define MSIWATCH_IMAGE_BYTES 256
struct chain {
    uint32_t count; /* 0: not known */
    struct chain_process {
        uint32_t pid;
        bool session_known;
        uint32_t session;
        char image[MSIWATCH_IMAGE_BYTES]; /* UTF-8, "" if not known */
    } processes[MSIWATCH_CHAIN];
};

/* Finds who started an installation: the first process in the chain, from index `first` on, that is
 * neither msiexec nor a shell. NULL: not known, for example if the chain ends with a shell. Use 0
 * for a client, which may be that process itself; 1 for the mutex's owner, which is reported
 * separately. */
const struct chain_process *chain_starter(const struct chain *chain, uint32_t first);

/* The last part of a path. */
const char *file_name(const char *path);

/* One reading of all sensors. */
struct observation {
    uint64_t mono_ms;
    int64_t wall_ms;
    struct {
        enum mutex_state state;
        bool owner_known;   /* pid and tid below were read from the system */
        uint32_t owner_pid; /* 0 if not known */
        uint32_t owner_tid;
        bool owner_foreign;        /* its image is known and is not Windows' own msiexec.exe */
        uint32_t owner_parent_pid; /* of the process that started it; 0 if not known */
        char owner_image[MSIWATCH_STRING_BYTES]; /* UTF-8, "" if not known */
        char owner_user[MSIWATCH_USER_BYTES];    /* a SID, "" if not known */
        struct chain owner_chain; /* if it is neither msiserver nor was started by it */
        /* Who owns the object, if it cannot be read as a mutex: a SID, "" if not known. */
        char object_owner[MSIWATCH_USER_BYTES];
    } mutex;
    struct {
        enum msiserver_state state;
        uint32_t controls; /* dwControlsAccepted; 0 unless the state was read */
        uint32_t pid;      /* 0 if it is not running */
    } msiserver;
    bool registry_known;
    bool in_progress;   /* the key ...\Installer\InProgress exists */
    int32_t ui_clients; /* msiexec processes other than the service; -1 if not known */
    /* The work of an installation's processes: msiserver, the client, the mutex's owner, and
     * everything that these started. */
    struct {
        bool known;
        uint64_t looked_ms; /* when it was measured; monotonic */
        uint32_t processes;
        uint64_t cpu_ms, io_bytes; /* since the sensors began to count: they only grow */
    } work;
};

/* Whether an installation works or has stalled. */
struct activity {
    bool known;                /* something is busy, and its processes are known */
    bool stalled;              /* no work for as long as the setting says */
    bool last_known;           /* work was seen, and last_ms is valid */
    int64_t last_ms;           /* when work was last seen; wall */
    uint64_t still_ms;         /* how long ago that was, or how long the period has lasted; does not
                                * count time asleep */
    uint64_t cpu_ms, io_bytes; /* in the last half minute */
    uint32_t processes;
};

enum verdict_state { VERDICT_UNKNOWN, VERDICT_IDLE, VERDICT_BUSY };

/* Why the verdict is busy; a set. reason_table has the protocol's word for each, from the lowest
 * bit on. */
enum { REASON_MUTEX = 1u, REASON_MSISERVER = 2u, REASON_FLAPPING = 4u };
extern const struct words reason_table;

/* Whether it counts that msiserver reports busy (ARCHITECTURE.md, rule 2). */
enum signals { SIGNALS_AUTO, SIGNALS_MUTEX, SIGNALS_MUTEX_MSISERVER };

/* What an installation was meant to do, how it ended, and whether it needs a restart. ACTION_CHECK:
 * a product was examined, not installed (queries of Win32_Product do that). RESULT_COLLISION:
 * another installation was running (1618). RESULT_LOST: it began, and its busy period is over, but
 * the log does not say how it ended. */
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

/* Whether Windows must restart, according to the installations since the last boot. */
struct restart {
    enum install_reboot reboot;
    char by[MSIWATCH_STRING_BYTES]; /* the product, or its code; "" if not known */
    bool at_known;
    int64_t at_ms; /* wall */
};

/* Whether Windows Installer wrote the records of an installation. TRUST_NO is certain.
 * TRUST_UNKNOWN is normal on builds of Windows that do not name the writer. */
enum install_trust { TRUST_UNKNOWN, TRUST_YES, TRUST_NO };

/* What part the mutex's owner has in the running installation. */
enum owner_role {
    ROLE_UNKNOWN,
    ROLE_SERVICE, /* msiserver, or a child of it */
    ROLE_CLIENT,  /* the process that asked for the installation */
    ROLE_OTHER,
};

/* Size of "{8-4-4-4-12}", the code of a product or a patch, including the NUL. */
#define MSIWATCH_CODE_BYTES 39

/* Size of the name of a program that has a file open, as the event log names it. */
#define MSIWATCH_HOLDER_BYTES 64

/* What the event log says about one installation. It is hearsay: any interactive user may write
 * there, so it is shown with its source and is never an input to a verdict. Texts are UTF-8, "" if
 * not known. */
struct install {
    char product[MSIWATCH_STRING_BYTES];
    char version[MSIWATCH_VERSION_BYTES];
    char package[MSIWATCH_STRING_BYTES]; /* a path, a URL or a product code */
    char user[MSIWATCH_USER_BYTES];      /* a SID */
    uint32_t client_pid;                 /* the process that asked for it; 0 if not known */
    bool started_known;
    int64_t started_ms; /* wall */
    enum install_action action;
    enum install_result result;
    bool status_known;
    uint32_t status; /* a Win32 code */
    enum install_reboot reboot;
    uint32_t further; /* how many other outcomes this one stands for */
    char product_code[MSIWATCH_CODE_BYTES];
    char patch_code[MSIWATCH_CODE_BYTES];
    enum install_trust trusted;
    char in_use_by[MSIWATCH_HOLDER_BYTES]; /* the program that keeps open a file that must be
                                            * changed */
    uint32_t in_use_pid;                   /* 0 if not known */
    struct chain chain; /* of its client; not from the log, but read from Windows */
};

/* Who owned the mutex when a busy period began. */
struct event_owner {
    uint32_t pid;
    bool foreign; /* as in struct observation */
    char image[MSIWATCH_STRING_BYTES];
    char user[MSIWATCH_USER_BYTES];  /* a SID */
    struct chain_process started_by; /* pid 0: not known */
};

/* A turn's label is cut to this many characters. */
#define MSIWATCH_LABEL_CHARS 64
#define MSIWATCH_LABEL_BYTES (MSIWATCH_LABEL_CHARS * 4 + 1)

/* A turn that is waiting or was granted, as other clients see it. */
struct turn_info {
    uint64_t number;
    char label[MSIWATCH_LABEL_BYTES]; /* what its holder calls it, "" if nothing */
    char image[MSIWATCH_STRING_BYTES];
    uint32_t pid; /* 0 if not known */
    bool background;
    int64_t since_ms; /* wall; when it was granted, or asked for */
};

/* How a turn ended. "gone": the process that it was for has ended. */
enum turn_end {
    TURN_END_RELEASED,
    TURN_END_DISCONNECTED,
    TURN_END_GONE,
    TURN_END_EXPIRED,
    TURN_END_REVOKED,
    TURN_END_SHUTDOWN,
};

/* A turn that was granted and has ended. */
struct turn_record {
    struct turn_info turn;
    uint64_t waited_ms, held_ms;
    enum turn_end end;
    bool blind; /* granted although the verdict was unknown */
    bool exit_known;
    int64_t exit_code;
    uint32_t collisions; /* installations that were refused with 1618 during the turn */
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

/* An entry of the journal. The journal assigns the seq. */
struct event {
    uint64_t seq;
    enum event_kind kind;
    int64_t at_ms; /* wall */
    /* EVENT_TRANSITION. A transition from busy to busy means that the mutex has another owner
     * thread: one installation ended and the next began between two observations. */
    enum verdict_state from, to;
    unsigned reasons;
    bool after_known;
    uint64_t after_ms; /* how long `from` lasted, by the monotonic clock */
    uint64_t folded;   /* at the end of flapping: the changes that were not recorded */
    const struct event_owner *owner; /* NULL: not known; owned by whoever made the event */
    /* EVENT_INSTALL, EVENT_ACTIVITY. `of` is the seq of the transition to busy that it belongs to,
     * 0 if there is none. The journal uses positions instead of seqs here, too (tail.h). */
    uint64_t of;
    const struct install *install;  /* owned by whoever made the event */
    const struct turn_record *turn; /* EVENT_TURN; owned by whoever made the event */
    /* EVENT_ACTIVITY: it has stalled, or no longer is stalled; then still_ms is how long it was. */
    struct activity activity;
};

/* The protocol's words for the enums above, and back: verdict_state_name, verdict_state_parse, ...
 * A parser returns -1 if there is no such word. In the last four enums the first value means "not
 * known": its name is NULL. */
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

/* True: nobody can tell whether the mutex is owned. */
bool mutex_unreadable(enum mutex_state state);

/* Rule 2 of ARCHITECTURE.md: RUNNING with exactly SERVICE_ACCEPT_SHUTDOWN. */
bool msiserver_says_busy(const struct observation *seen);

/* Whether two observations are the same, apart from the times at which they were made. */
bool observation_same(const struct observation *a, const struct observation *b);

/* Formats a time as RFC 3339 in UTC with milliseconds: "2026-11-22T10:41:07.123Z", 24 characters. A
 * time outside the years 0 to 9999 is shown as the nearest one inside. */
#define MSIWATCH_TIME_CHARS 24
void time_format(int64_t wall_ms, char out[MSIWATCH_TIME_CHARS + 1]);

/* Reads an RFC 3339 time with any offset and any number of fractional digits, or a bare date, which
 * means its midnight in UTC. If the text is neither, returns false and does not change *wall_ms. */
bool time_parse(const char *text, int64_t *wall_ms);

/* Windows' FILETIME counts 100 ns since 1601. */
static inline int64_t time_from_filetime(uint64_t filetime)
{
    return (int64_t)(filetime - UINT64_C(116444736000000000)) / 10000;
}

static inline uint64_t time_to_filetime(int64_t wall_ms)
{
    return (uint64_t)(wall_ms + INT64_C(11644473600000)) * 10000;
}

#endif
