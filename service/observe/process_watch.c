/* process_watch.c: finds out things from the list of all processes. */
#include "observe/process_watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "observe/process_tree.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct process_watch {
    struct sensor base;
    struct log *log;
    struct process_list list;
    struct process_tree tree;
    bool looked, changed;
    uint64_t looked_ms;  /* monotonic */
    uint64_t owner_ms;   /* when it last looked for a new owner, monotonic */
    uint32_t looked_pid; /* the owner at the last look */
    bool asked;          /* the list was made for a client at least once, */
    uint64_t asked_ms;   /* the last time then */
    uint64_t before;     /* when the previous look began, in 100 ns since 1601 */
    uint32_t last_error; /* the error that was logged last; 0 if the list could be read */
    int32_t count;
    enum mutex_state mutex; /* from here to `busy`: as read in the previous sample */
    uint32_t owner_pid;
    enum msiserver_state msiserver;
    uint32_t msiserver_pid;
    bool busy;
    struct process_root clients[PROCESS_WATCH_CLIENTS]; /* pid 0 means free */
    size_t next_client;
    /* The mutex's owner when it was first seen. Its chain is kept because the process that started
     * it may end soon. */
    struct process_root owner;
    bool owner_listed; /* the owner was in a list since the mutex was taken */
    struct chain owner_chain;
};

static void make_list(struct process_watch *watch)
{
    uint32_t error = process_list_look(&watch->list);
    if (error != 0 && error != watch->last_error) {
        log_line(watch->log, LOG_WARN, "cannot list the processes (status 0x%08lX)",
                 (unsigned long)error);
    }
    watch->last_error = error;
}

/* ---- msiexec ---- */

static int32_t count_msiexec(const struct process_watch *watch)
{
    int32_t count = 0;
    for (size_t i = 0; i < watch->list.count; i++) {
        const struct process_entry *process = &watch->list.processes[i];
        count += process->pid != watch->msiserver_pid && process_named(process, "msiexec.exe");
    }
    return watch->last_error == 0 ? count : -1;
}

/* ---- who started it ---- */

static void note_owner(struct process_watch *watch)
{
    const struct process_entry *owner = process_list_find(&watch->list, watch->owner_pid);
    bool known = owner != NULL && owner->pid != watch->msiserver_pid;
    if (known && (watch->owner.pid != owner->pid || watch->owner.created != owner->created)) {
        watch->owner = (struct process_root){owner->pid, owner->created};
        process_list_chain(&watch->list, owner, &watch->owner_chain);
    }
    watch->owner_listed = watch->owner_listed || known;
}

/* Does not report the chain of msiserver or of a custom action's process, because it only leads to
 * the system. If it is not known which process msiserver is, the owner might be msiserver. */
static void report_owner(const struct process_watch *watch, struct observation *into)
{
    static const struct chain none;
    const struct chain *chain = &watch->owner_chain;
    bool known = into->mutex.owner_known && into->mutex.owner_pid == watch->owner.pid &&
                 watch->owner_listed && watch->msiserver != MSISERVER_DENIED &&
                 watch->msiserver != MSISERVER_ERROR;
    for (uint32_t i = 0; i < chain->count && watch->msiserver_pid != 0; i++) {
        known = known && chain->processes[i].pid != watch->msiserver_pid;
    }
    into->mutex.owner_chain = known ? *chain : none;
}

void process_watch_began(void *arg, uint32_t pid, int64_t written_ms, struct chain *out)
{
    struct process_watch *watch = arg;
    uint64_t now_ms = clock_mono_ms();
    *out = (struct chain){.count = 0};
    /* Makes a new list, because the process id may have belonged to another process in the old one.
     * Limits how often, because any interactive user may write such records. */
    if (!watch->asked || now_ms - watch->asked_ms >= PROCESS_WATCH_AGAIN_MS) {
        watch->asked = true;
        watch->asked_ms = now_ms;
        make_list(watch);
    }
    const struct process_entry *client = process_list_find(&watch->list, pid);
    if (client == NULL || client->created == 0 || client->created > time_to_filetime(written_ms)) {
        return;
    }
    if (watch->owner.pid == pid && watch->owner.created == client->created) {
        *out = watch->owner_chain;
    } else {
        process_list_chain(&watch->list, client, out);
    }
    process_watch_ended(watch, pid);
    watch->clients[watch->next_client] = (struct process_root){pid, client->created};
    watch->next_client = (watch->next_client + 1) % PROCESS_WATCH_CLIENTS;
}

void process_watch_ended(void *arg, uint32_t pid)
{
    struct process_watch *watch = arg;
    for (size_t i = 0; i < PROCESS_WATCH_CLIENTS; i++) {
        if (watch->clients[i].pid == pid) {
            watch->clients[i].pid = 0;
        }
    }
}

/* ---- their work ---- */

static void follow_work(struct process_watch *watch, uint64_t since)
{
    struct process_root roots[PROCESS_TREE_ROOTS] = {{watch->msiserver_pid, 0},
                                                     {watch->owner_pid, 0}};
    memcpy(&roots[2], watch->clients, sizeof watch->clients);
    if (watch->busy && watch->last_error != 0) {
        return; /* the list is empty or old, which does not mean that processes have ended */
    }
    if (watch->busy) {
        process_tree_look(&watch->tree, &watch->list, roots, 2 + PROCESS_WATCH_CLIENTS, since);
    } else {
        watch->tree.count = 0;
    }
}

static void report_work(const struct process_watch *watch, struct observation *into)
{
    into->work.known = watch->busy && watch->last_error == 0 && watch->tree.count > 0;
    into->work.looked_ms = watch->looked_ms;
    into->work.processes = (uint32_t)watch->tree.count;
    into->work.cpu_ms = watch->tree.cpu / 10000;
    into->work.io_bytes = watch->tree.io_bytes;
}

/* ---- the sensor ---- */

static bool take_change(struct process_watch *watch, const struct observation *seen)
{
    bool same = watch->mutex == seen->mutex.state && watch->owner_pid == seen->mutex.owner_pid &&
                watch->msiserver == seen->msiserver.state &&
                watch->msiserver_pid == seen->msiserver.pid;
    if (watch->mutex != seen->mutex.state) {
        watch->owner_listed = false; /* the process id may have been reused since */
        watch->looked_pid = 0;
    }
    watch->mutex = seen->mutex.state;
    watch->owner_pid = seen->mutex.owner_pid;
    watch->msiserver = seen->msiserver.state;
    watch->msiserver_pid = seen->msiserver.pid;
    watch->busy = seen->mutex.state == MUTEX_HELD || msiserver_says_busy(seen);
    return !same;
}

/* Returns whether there is a new owner that was not looked for yet. A transition is recorded once,
 * with what is known at that time, so this must not wait. */
static bool has_new_owner(const struct process_watch *watch, uint64_t now_ms)
{
    uint32_t pid = watch->owner_pid;
    bool listed = pid == watch->owner.pid && watch->owner_listed;
    return pid != 0 && !listed && pid != watch->looked_pid && pid != watch->msiserver_pid &&
           now_ms - watch->owner_ms >= PROCESS_WATCH_AGAIN_MS;
}

static void read_processes(struct sensor *self, struct observation *into)
{
    struct process_watch *watch = (struct process_watch *)self;
    uint64_t now_ms = clock_mono_ms();
    watch->changed = take_change(watch, into) || watch->changed;
    bool owner = has_new_owner(watch, now_ms);
    if (!watch->looked || owner ||
        now_ms - watch->looked_ms >=
            (watch->changed ? PROCESS_WATCH_AGAIN_MS : PROCESS_WATCH_LOOK_MS)) {
        uint64_t now = time_to_filetime(clock_wall_ms());
        watch->looked = true;
        watch->changed = false;
        watch->owner_ms = owner ? now_ms : watch->owner_ms;
        watch->looked_pid = watch->owner_pid;
        watch->looked_ms = now_ms;
        make_list(watch);
        watch->count = count_msiexec(watch);
        note_owner(watch);
        follow_work(watch, watch->before == 0 ? UINT64_MAX : watch->before);
        watch->before = now;
    }
    into->ui_clients = watch->count;
    report_owner(watch, into);
    report_work(watch, into);
}

static void close_processes(struct sensor *self)
{
    struct process_watch *watch = (struct process_watch *)self;
    process_list_release(&watch->list);
    free(watch);
}

int process_watch_new(struct process_watch **out, const struct process_calls *calls,
                      struct log *log)
{
    struct process_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        return UV_ENOMEM;
    }
    watch->base = (struct sensor){.read = read_processes, .close = close_processes};
    watch->log = log;
    process_list_init(&watch->list, calls);
    *out = watch;
    return 0;
}

struct sensor *process_watch_sensor(struct process_watch *watch)
{
    return &watch->base;
}
