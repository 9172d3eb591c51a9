/* acceptor_win32.c: the pipe's listening instances, and the thread that waits for their clients.
 */
#include "pipe/acceptor_win32.h"

#include "pipe/security_win32.h"
#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>
#include <windows.h>

enum {
    LISTENERS = 8,
    QUEUE = 64,
    PAUSE_MS = 100,  /* before trying again what the system had no resources for */
    IN_BYTES = 8192, /* the pipe's quota for requests: two of the longest */
    OUT_BYTES = 32768,
    BUSY_WAIT_MS = 1000, /* what a client waits that leaves it to us */
    COMPLAIN_MS = 60000,
    FLEETING = 16, /* clients in a row that came and went before we could listen */
};

/* What the thread waits for: two events, then those of the listeners. */
enum { STOP, ROOM, FIRST_LISTENER };

enum listener_state {
    LISTENER_NONE,      /* no instance */
    LISTENER_IDLE,      /* not yet listening: a client may connect all the same */
    LISTENER_LISTENING, /* `connect` is pending */
    LISTENER_CONNECTED,
};

struct listener {
    enum listener_state state;
    HANDLE pipe;
    OVERLAPPED connect; /* the system's while listening; its event is made once */
};

struct listeners {
    struct listeners_config config;
    wchar_t *name;
    void *access;
    HANDLE stop;
    HANDLE room; /* auto-reset: the queue was full and is not any more */
    uv_thread_t thread;
    struct listener all[LISTENERS]; /* the thread's, once it runs */
    bool complained;
    ULONGLONG complained_ms;

    SRWLOCK lock;        /* guards all below */
    HANDLE queue[QUEUE]; /* a ring */
    size_t first, count;
};

/* ---- an instance ---- */

static HANDLE create_instance(struct listeners *listeners, DWORD flags)
{
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, listeners->access, FALSE};
    HANDLE pipe = CreateNamedPipeW(
        listeners->name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | flags,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
        PIPE_UNLIMITED_INSTANCES, OUT_BYTES, IN_BYTES, BUSY_WAIT_MS, &attributes);
    return pipe == INVALID_HANDLE_VALUE ? NULL : pipe;
}

/* A shortage: said when it begins, and once a minute while it lasts or comes and goes. */
static void complain(struct listeners *listeners, DWORD error, const char *what)
{
    ULONGLONG now = GetTickCount64();
    if (!listeners->complained || now - listeners->complained_ms >= COMPLAIN_MS) {
        listeners->complained = true;
        listeners->complained_ms = now;
        log_win32(listeners->config.log, LOG_WARN, error, "%s %s; clients may have to wait", what,
                  listeners->config.name);
    }
}

static HANDLE create_another(struct listeners *listeners)
{
    HANDLE pipe = create_instance(listeners, 0);
    if (pipe == NULL) {
        complain(listeners, GetLastError(), "cannot create another instance of");
    }
    return pipe;
}

/* From idle to listening or connected; stays idle when the system is short of something. */
static void start_listening(struct listeners *listeners, struct listener *listener)
{
    for (int i = 0; i < FLEETING; i++) {
        DWORD error = ConnectNamedPipe(listener->pipe, &listener->connect) ? ERROR_PIPE_CONNECTED
                                                                           : GetLastError();
        switch (error) {
        case ERROR_IO_PENDING:
            listener->state = LISTENER_LISTENING;
            return;
        case ERROR_PIPE_CONNECTED: /* it came between creation and now */
            listener->state = LISTENER_CONNECTED;
            return;
        case ERROR_NO_DATA: /* it came and went */
            DisconnectNamedPipe(listener->pipe);
            break;
        default:
            complain(listeners, error, "cannot listen on an instance of");
            return;
        }
    }
}

/* Its event is set: what became of the connect? */
static void finish_listening(struct listener *listener)
{
    DWORD bytes;
    if (GetOverlappedResult(listener->pipe, &listener->connect, &bytes, FALSE)) {
        listener->state = LISTENER_CONNECTED;
    } else if (GetLastError() != ERROR_IO_INCOMPLETE) {
        DisconnectNamedPipe(listener->pipe); /* it came and went */
        listener->state = LISTENER_IDLE;
    }
}

static void cancel_listening(struct listener *listener)
{
    DWORD bytes;
    CancelIoEx(listener->pipe, &listener->connect);
    /* Until this returns, the system may write into `connect`. Whoever connected meanwhile is
     * turned away like all who come later. */
    GetOverlappedResult(listener->pipe, &listener->connect, &bytes, TRUE);
    listener->state = LISTENER_IDLE;
}

/* ---- the queue ---- */

static bool has_room(struct listeners *listeners)
{
    AcquireSRWLockExclusive(&listeners->lock);
    bool room = listeners->count < QUEUE;
    ReleaseSRWLockExclusive(&listeners->lock);
    return room;
}

static void push(struct listeners *listeners, HANDLE pipe)
{
    AcquireSRWLockExclusive(&listeners->lock);
    listeners->queue[(listeners->first + listeners->count) % QUEUE] = pipe;
    listeners->count++;
    ReleaseSRWLockExclusive(&listeners->lock);
    listeners->config.arrived(listeners->config.arg);
}

void *listeners_take(struct listeners *listeners)
{
    HANDLE pipe = NULL;
    AcquireSRWLockExclusive(&listeners->lock);
    bool full = listeners->count == QUEUE;
    if (listeners->count > 0) {
        pipe = listeners->queue[listeners->first];
        listeners->first = (listeners->first + 1) % QUEUE;
        listeners->count--;
    }
    ReleaseSRWLockExclusive(&listeners->lock);
    if (full) {
        SetEvent(listeners->room);
    }
    return pipe;
}

/* ---- the thread ---- */

static bool is_last(const struct listeners *listeners, const struct listener *listener)
{
    for (size_t i = 0; i < LISTENERS; i++) {
        const struct listener *other = &listeners->all[i];
        if (other != listener &&
            (other->state == LISTENER_IDLE || other->state == LISTENER_LISTENING)) {
            return false;
        }
    }
    return true;
}

/* Queues its client, and has another instance listen in its place. */
static void hand_over(struct listeners *listeners, struct listener *listener)
{
    HANDLE client = listener->pipe;
    HANDLE next = create_another(listeners);
    if (next == NULL && is_last(listeners, listener)) {
        /* Better one client turned away than a door that nobody answers any more: its instance
         * listens again. */
        DisconnectNamedPipe(client);
        listener->state = LISTENER_IDLE;
    } else {
        listener->pipe = next;
        listener->state = next != NULL ? LISTENER_IDLE : LISTENER_NONE;
        push(listeners, client);
    }
}

/* Does what can be done for one listener. */
static void tend(struct listeners *listeners, struct listener *listener)
{
    if (listener->state == LISTENER_NONE) {
        listener->pipe = create_another(listeners);
        listener->state = listener->pipe != NULL ? LISTENER_IDLE : LISTENER_NONE;
    }
    if (listener->state == LISTENER_LISTENING) {
        finish_listening(listener);
    }
    /* The queue ends this, should each next instance be connected at once. */
    for (;;) {
        if (listener->state == LISTENER_IDLE) {
            start_listening(listeners, listener);
        }
        if (listener->state != LISTENER_CONNECTED || !has_room(listeners)) {
            return;
        }
        hand_over(listeners, listener);
    }
}

static bool wait_for_something(struct listeners *listeners)
{
    HANDLE handles[FIRST_LISTENER + LISTENERS];
    DWORD count = FIRST_LISTENER;
    DWORD timeout = INFINITE;
    handles[STOP] = listeners->stop;
    handles[ROOM] = listeners->room;
    for (size_t i = 0; i < LISTENERS; i++) {
        struct listener *listener = &listeners->all[i];
        if (listener->state == LISTENER_LISTENING) {
            handles[count++] = listener->connect.hEvent;
        } else if (listener->state != LISTENER_CONNECTED) { /* those wait for room */
            timeout = PAUSE_MS;
        }
    }
    DWORD result = WaitForMultipleObjects(count, handles, FALSE, timeout);
    if (result == WAIT_FAILED) { /* only a broken handle does that; do not spin */
        Sleep(PAUSE_MS);
    }
    return WaitForSingleObject(listeners->stop, 0) == WAIT_TIMEOUT;
}

static void run(void *arg)
{
    struct listeners *listeners = arg;
    do {
        for (size_t i = 0; i < LISTENERS; i++) {
            tend(listeners, &listeners->all[i]);
        }
    } while (wait_for_something(listeners));
    /* Here, not in listeners_free: what a thread has pending is cancelled when it ends. */
    for (size_t i = 0; i < LISTENERS; i++) {
        if (listeners->all[i].state == LISTENER_LISTENING) {
            cancel_listening(&listeners->all[i]);
        }
    }
}

/* ---- from outside ---- */

/* Both "somebody has it" and "you may not" are error 5: tell them apart by whether it exists. */
static int say_why_not(const struct listeners *listeners, DWORD error)
{
    struct log *log = listeners->config.log;
    const char *name = listeners->config.name;
    if (error == ERROR_ACCESS_DENIED || error == ERROR_PIPE_BUSY) {
        if (WaitNamedPipeW(listeners->name, 1) || GetLastError() != ERROR_FILE_NOT_FOUND) {
            log_line(log, LOG_ERROR,
                     "%s exists already: another msiwatchd serves it, or another program took the "
                     "name; end that, or use --pipe NAME",
                     name);
            return UV_EADDRINUSE;
        }
        log_win32(log, LOG_ERROR, error,
                  "cannot create %s; names like this one are for administrators: run elevated, or "
                  "use --pipe NAME",
                  name);
        return UV_EACCES;
    }
    return log_win32(log, LOG_ERROR, error, "cannot create %s", name);
}

static int create_events(struct listeners *listeners)
{
    listeners->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    listeners->room = CreateEventW(NULL, FALSE, FALSE, NULL);
    bool all = listeners->stop != NULL && listeners->room != NULL;
    for (size_t i = 0; i < LISTENERS && all; i++) {
        OVERLAPPED *connect = &listeners->all[i].connect;
        connect->hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
        all = connect->hEvent != NULL;
    }
    return all ? 0
               : log_win32(listeners->config.log, LOG_ERROR, GetLastError(),
                           "cannot create the events for %s", listeners->config.name);
}

static int create_pipe(struct listeners *listeners)
{
    struct listener *all = listeners->all;
    all[0].pipe = create_instance(listeners, FILE_FLAG_FIRST_PIPE_INSTANCE);
    if (all[0].pipe == NULL) {
        return say_why_not(listeners, GetLastError());
    }
    all[0].state = LISTENER_IDLE;
    /* One is enough to begin with; the thread keeps trying for the others. But not if it may not:
     * that will not change. */
    for (size_t i = 1; i < LISTENERS; i++) {
        all[i].pipe = create_instance(listeners, 0);
        if (all[i].pipe == NULL && GetLastError() == ERROR_ACCESS_DENIED) {
            log_line(listeners->config.log, LOG_ERROR,
                     "the descriptor of %s keeps the service itself from creating instances; add "
                     "(A;;GA;;;SY)(A;;GA;;;BA) to pipe-sddl",
                     listeners->config.name);
            return UV_EACCES;
        }
        all[i].state = all[i].pipe != NULL ? LISTENER_IDLE : LISTENER_NONE;
    }
    return 0;
}

static void close_if(HANDLE handle)
{
    if (handle != NULL) {
        CloseHandle(handle);
    }
}

/* Everything but the thread. */
static void release(struct listeners *listeners)
{
    for (HANDLE pipe; (pipe = listeners_take(listeners)) != NULL;) {
        CloseHandle(pipe);
    }
    for (size_t i = 0; i < LISTENERS; i++) {
        close_if(listeners->all[i].pipe);
        close_if(listeners->all[i].connect.hEvent);
    }
    close_if(listeners->room);
    close_if(listeners->stop);
    LocalFree(listeners->access);
    free(listeners->name);
    free(listeners);
}

int listeners_new(struct listeners **out, const struct listeners_config *config)
{
    struct listeners *listeners = calloc(1, sizeof *listeners);
    if (listeners == NULL) {
        return UV_ENOMEM;
    }
    listeners->config = *config;
    InitializeSRWLock(&listeners->lock);
    int error = 0;
    listeners->name = wide_from_utf8(config->name);
    if (listeners->name == NULL) {
        error = log_win32(config->log, LOG_ERROR, GetLastError(), "'%s' is no name for a pipe",
                          config->name);
    }
    if (error == 0) {
        error = pipe_access_new(&listeners->access, config->access, config->log);
    }
    if (error == 0) {
        error = create_events(listeners);
    }
    if (error == 0) {
        error = create_pipe(listeners);
    }
    if (error == 0) {
        error = uv_thread_create(&listeners->thread, run, listeners);
        if (error != 0) {
            log_line(config->log, LOG_ERROR, "cannot start a thread for %s: %s", config->name,
                     uv_strerror(error));
        }
    }
    if (error != 0) {
        release(listeners);
        return error;
    }
    *out = listeners;
    return 0;
}

void listeners_free(struct listeners *listeners)
{
    SetEvent(listeners->stop);
    uv_thread_join(&listeners->thread);
    release(listeners);
}
