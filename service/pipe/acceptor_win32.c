/* acceptor_win32.c: the pipe's listening instances, and the thread that waits for their clients.
 */
#include "pipe/acceptor_win32.h"

#include "pipe/claim_win32.h"
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
    PAUSE_MS = 100, /* wait before a retry if the system was short of resources */
    COMPLAIN_MS = 60000,
    FLEETING = 16, /* how many clients in a row may come and leave before we can listen */
};

/* What the thread waits for: two events, then those of the instances. */
enum { STOP, ROOM, FIRST_LISTENER };

enum listener_state {
    INSTANCE_NONE,      /* there is no instance */
    INSTANCE_IDLE,      /* not listening yet, but a client can connect already */
    INSTANCE_LISTENING, /* `connect` is pending */
    INSTANCE_CONNECTED,
};

struct instance {
    enum listener_state state;
    HANDLE pipe;
    OVERLAPPED connect; /* the system uses it while listening; its event is created once */
};

struct acceptor {
    struct acceptor_config config;
    const struct pipe_api *api;
    bool recovered;
    wchar_t *name;
    void *access;
    HANDLE stop;
    HANDLE room; /* auto-reset: the queue was full and has room again */
    uv_thread_t thread;
    struct instance all[LISTENERS]; /* used only by the thread, once it runs */
    bool complained;
    ULONGLONG complained_ms;

    SRWLOCK lock;        /* guards everything below */
    HANDLE queue[QUEUE]; /* a ring */
    size_t first, count;
};

/* ---- one instance ---- */

static HANDLE create_instance(const struct acceptor *acceptor)
{
    return pipe_instance_new(acceptor->api, acceptor->name, acceptor->access, 0);
}

/* Logs a shortage when it begins, and once a minute while it lasts or recurs. */
static void complain(struct acceptor *acceptor, DWORD error, const char *what)
{
    ULONGLONG now = GetTickCount64();
    if (!acceptor->complained || now - acceptor->complained_ms >= COMPLAIN_MS) {
        acceptor->complained = true;
        acceptor->complained_ms = now;
        log_win32(acceptor->config.log, LOG_WARN, error, "%s %s; clients may have to wait", what,
                  acceptor->config.name);
    }
}

static HANDLE create_another(struct acceptor *acceptor)
{
    HANDLE pipe = create_instance(acceptor);
    if (pipe == NULL) {
        complain(acceptor, GetLastError(), "cannot create another instance of");
    }
    return pipe;
}

/* Changes an idle instance to listening or connected. It stays idle if the system is short of
 * resources. */
static void start_listening(struct acceptor *acceptor, struct instance *instance)
{
    for (int i = 0; i < FLEETING; i++) {
        BOOL connected = acceptor->api->ConnectNamedPipe(instance->pipe, &instance->connect);
        DWORD error = connected ? ERROR_PIPE_CONNECTED : GetLastError();
        switch (error) {
        case ERROR_IO_PENDING:
            instance->state = INSTANCE_LISTENING;
            return;
        case ERROR_PIPE_CONNECTED: /* a client connected after the creation */
            instance->state = INSTANCE_CONNECTED;
            return;
        case ERROR_NO_DATA: /* a client connected and left */
            acceptor->api->DisconnectNamedPipe(instance->pipe);
            break;
        default:
            complain(acceptor, error, "cannot listen on an instance of");
            return;
        }
    }
}

/* The instance's event is set: finds out the result of the connect. */
static void finish_listening(const struct acceptor *acceptor, struct instance *instance)
{
    DWORD bytes;
    if (GetOverlappedResult(instance->pipe, &instance->connect, &bytes, FALSE)) {
        instance->state = INSTANCE_CONNECTED;
    } else if (GetLastError() != ERROR_IO_INCOMPLETE) {
        acceptor->api->DisconnectNamedPipe(instance->pipe); /* a client connected and left */
        instance->state = INSTANCE_IDLE;
    }
}

static void cancel_listening(const struct acceptor *acceptor, struct instance *instance)
{
    DWORD bytes;
    acceptor->api->CancelIoEx(instance->pipe, &instance->connect);
    /* Until this returns, the system may write into `connect`. A client that has connected
     * meanwhile is disconnected like later ones. */
    GetOverlappedResult(instance->pipe, &instance->connect, &bytes, TRUE);
    instance->state = INSTANCE_IDLE;
}

/* ---- the queue ---- */

static bool has_room(struct acceptor *acceptor)
{
    AcquireSRWLockExclusive(&acceptor->lock);
    bool room = acceptor->count < QUEUE;
    ReleaseSRWLockExclusive(&acceptor->lock);
    return room;
}

static void push(struct acceptor *acceptor, HANDLE pipe)
{
    AcquireSRWLockExclusive(&acceptor->lock);
    acceptor->queue[(acceptor->first + acceptor->count) % QUEUE] = pipe;
    acceptor->count++;
    ReleaseSRWLockExclusive(&acceptor->lock);
    acceptor->config.arrived(acceptor->config.arg);
}

void *acceptor_take(struct acceptor *acceptor)
{
    HANDLE pipe = NULL;
    AcquireSRWLockExclusive(&acceptor->lock);
    bool full = acceptor->count == QUEUE;
    if (acceptor->count > 0) {
        pipe = acceptor->queue[acceptor->first];
        acceptor->first = (acceptor->first + 1) % QUEUE;
        acceptor->count--;
    }
    ReleaseSRWLockExclusive(&acceptor->lock);
    if (full) {
        SetEvent(acceptor->room);
    }
    return pipe;
}

/* ---- the thread ---- */

static bool is_last(const struct acceptor *acceptor, const struct instance *instance)
{
    for (size_t i = 0; i < LISTENERS; i++) {
        const struct instance *other = &acceptor->all[i];
        if (other != instance &&
            (other->state == INSTANCE_IDLE || other->state == INSTANCE_LISTENING)) {
            return false;
        }
    }
    return true;
}

/* Queues the instance's client, and lets another instance listen instead. */
static void hand_over(struct acceptor *acceptor, struct instance *instance)
{
    HANDLE client = instance->pipe;
    HANDLE next = create_another(acceptor);
    if (next == NULL && is_last(acceptor, instance)) {
        /* No other instance listens. Turning away one client is better than answering nobody, so
         * this instance listens again. */
        acceptor->api->DisconnectNamedPipe(client);
        instance->state = INSTANCE_IDLE;
    } else {
        instance->pipe = next;
        instance->state = next != NULL ? INSTANCE_IDLE : INSTANCE_NONE;
        push(acceptor, client);
    }
}

/* Does everything that can be done for one instance. */
static void tend(struct acceptor *acceptor, struct instance *instance)
{
    if (instance->state == INSTANCE_NONE) {
        instance->pipe = create_another(acceptor);
        instance->state = instance->pipe != NULL ? INSTANCE_IDLE : INSTANCE_NONE;
    }
    if (instance->state == INSTANCE_LISTENING) {
        finish_listening(acceptor, instance);
    }
    /* Even if each new instance is connected immediately, this ends when the queue is full. */
    for (;;) {
        if (instance->state == INSTANCE_IDLE) {
            start_listening(acceptor, instance);
        }
        if (instance->state != INSTANCE_CONNECTED || !has_room(acceptor)) {
            return;
        }
        hand_over(acceptor, instance);
    }
}

static bool wait_for_something(struct acceptor *acceptor)
{
    HANDLE handles[FIRST_LISTENER + LISTENERS];
    DWORD count = FIRST_LISTENER;
    DWORD timeout = INFINITE;
    handles[STOP] = acceptor->stop;
    handles[ROOM] = acceptor->room;
    for (size_t i = 0; i < LISTENERS; i++) {
        struct instance *instance = &acceptor->all[i];
        if (instance->state == INSTANCE_LISTENING) {
            handles[count++] = instance->connect.hEvent;
        } else if (instance->state != INSTANCE_CONNECTED) {
            /* Retry later. Connected instances wait for room in the queue instead. */
            timeout = PAUSE_MS;
        }
    }
    DWORD result = WaitForMultipleObjects(count, handles, FALSE, timeout);
    if (result == WAIT_FAILED) { /* only a broken handle causes this; do not loop without a pause */
        Sleep(PAUSE_MS);
    }
    return WaitForSingleObject(acceptor->stop, 0) == WAIT_TIMEOUT;
}

static void run(void *arg)
{
    struct acceptor *acceptor = arg;
    do {
        for (size_t i = 0; i < LISTENERS; i++) {
            tend(acceptor, &acceptor->all[i]);
        }
    } while (wait_for_something(acceptor));
    /* Not in acceptor_free, because the system cancels a thread's pending calls when the thread
     * ends. */
    for (size_t i = 0; i < LISTENERS; i++) {
        if (acceptor->all[i].state == INSTANCE_LISTENING) {
            cancel_listening(acceptor, &acceptor->all[i]);
        }
    }
}

/* ---- functions for other threads ---- */

static int create_events(struct acceptor *acceptor)
{
    acceptor->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    acceptor->room = CreateEventW(NULL, FALSE, FALSE, NULL);
    bool all = acceptor->stop != NULL && acceptor->room != NULL;
    for (size_t i = 0; i < LISTENERS && all; i++) {
        OVERLAPPED *connect = &acceptor->all[i].connect;
        connect->hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
        all = connect->hEvent != NULL;
    }
    return all ? 0
               : log_win32(acceptor->config.log, LOG_ERROR, GetLastError(),
                           "cannot create the events for %s", acceptor->config.name);
}

static int create_pipe(struct acceptor *acceptor)
{
    struct instance *all = acceptor->all;
    const struct claim claim = {
        .api = acceptor->api,
        .log = acceptor->config.log,
        .name = acceptor->config.name,
        .wide_name = acceptor->name,
        .access = acceptor->access,
    };
    int error = claim_pipe(&claim, &all[0].pipe, &acceptor->recovered);
    if (error != 0) {
        return error;
    }
    all[0].state = INSTANCE_IDLE;
    /* One instance is enough at first; the thread keeps trying to create the others. But if access
     * is denied, that will not change. */
    for (size_t i = 1; i < LISTENERS; i++) {
        all[i].pipe = create_instance(acceptor);
        if (all[i].pipe == NULL && GetLastError() == ERROR_ACCESS_DENIED) {
            log_line(acceptor->config.log, LOG_ERROR,
                     "the security descriptor of %s does not let the service itself create "
                     "instances; add (A;;GA;;;SY)(A;;GA;;;BA) to pipe-sddl",
                     acceptor->config.name);
            return UV_EACCES;
        }
        all[i].state = all[i].pipe != NULL ? INSTANCE_IDLE : INSTANCE_NONE;
    }
    return 0;
}

static void close_if(HANDLE handle)
{
    if (handle != NULL) {
        CloseHandle(handle);
    }
}

/* Nothing may be pending on the pipe. It is disconnected first, because a client that keeps its
 * handle would otherwise keep the name in use. */
static void close_pipe(const struct acceptor *acceptor, HANDLE pipe)
{
    if (pipe != NULL) {
        acceptor->api->DisconnectNamedPipe(pipe);
        acceptor->api->CloseHandle(pipe);
    }
}

/* Releases everything except the thread. */
static void release(struct acceptor *acceptor)
{
    for (HANDLE pipe; (pipe = acceptor_take(acceptor)) != NULL;) {
        close_pipe(acceptor, pipe);
    }
    for (size_t i = 0; i < LISTENERS; i++) {
        close_pipe(acceptor, acceptor->all[i].pipe);
        close_if(acceptor->all[i].connect.hEvent);
    }
    close_if(acceptor->room);
    close_if(acceptor->stop);
    LocalFree(acceptor->access);
    free(acceptor->name);
    free(acceptor);
}

int acceptor_new(struct acceptor **out, const struct acceptor_config *config)
{
    struct acceptor *acceptor = calloc(1, sizeof *acceptor);
    if (acceptor == NULL) {
        return UV_ENOMEM;
    }
    acceptor->config = *config;
    acceptor->api = config->api != NULL ? config->api : &pipe_api_windows;
    InitializeSRWLock(&acceptor->lock);
    int error;
    acceptor->name = wide_from_utf8(config->name);
    if (acceptor->name == NULL) {
        error = log_win32(config->log, LOG_ERROR, GetLastError(),
                          "'%s' is not a valid name for a pipe", config->name);
        goto failed;
    }
    error = pipe_access_new(&acceptor->access, config->access, config->log);
    if (error != 0) {
        goto failed;
    }
    error = create_events(acceptor);
    if (error != 0) {
        goto failed;
    }
    error = create_pipe(acceptor);
    if (error != 0) {
        goto failed;
    }
    error = uv_thread_create(&acceptor->thread, run, acceptor);
    if (error != 0) {
        log_line(config->log, LOG_ERROR, "cannot start a thread for %s: %s", config->name,
                 uv_strerror(error));
        goto failed;
    }
    *out = acceptor;
    return 0;

failed:
    release(acceptor);
    return error;
}

bool acceptor_recovered(const struct acceptor *acceptor)
{
    return acceptor->recovered;
}

void acceptor_free(struct acceptor *acceptor)
{
    SetEvent(acceptor->stop);
    uv_thread_join(&acceptor->thread);
    release(acceptor);
}
