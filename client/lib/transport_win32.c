/* transport_win32.c: the named pipe, and all other system calls of the client library.
 *
 * Every read and write is overlapped, because only then can it be abandoned, and only then can a
 * write be sent while a read waits. To abandon one: cancel it, wait until it is over, and only then
 * release its memory, because the system writes to it until that moment.
 */
#include "lib/transport.h"

#include "common/default_pipe.h"
#include "lib/codes.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#define PREFIX L"\\\\.\\pipe\\"
#define PREFIX_LENGTH 9u
#define DEFAULT_NAME PREFIX DEFAULT_PIPE
#define SERVICE_NAME L"MsiWatch"

/* The longest name of a pipe, according to Windows' documentation of CreateNamedPipe. */
#define NAME_CHARS 256u

/* WaitNamedPipe cannot be cancelled, so it is called for only this long at a time. */
#define WAIT_SLICE_MS 50u

/* The most bytes of one read or write. */
#define CHUNK_BYTES 0x10000u

/* The pause before looking again who answers: a service that restarts needs a moment. */
#define SECOND_LOOK_MS 250u

struct transport {
    HANDLE pipe;      /* INVALID_HANDLE_VALUE: not connected */
    HANDLE done;      /* the current operation is over; manual reset */
    HANDLE cancelled; /* manual reset */
    LONG entered;
    bool is_default;
    wchar_t name[NAME_CHARS + 1];
    char name_utf8[NAME_CHARS * 3 + 1];
};

void transport_variable(const char *name, char *out, size_t size)
{
    DWORD length = GetEnvironmentVariableA(name, out, (DWORD)size);
    out[length < size ? length : 0] = '\0';
}

uint64_t transport_now(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    uint64_t ticks = (uint64_t)count.QuadPart, second = (uint64_t)frequency.QuadPart;
    return ticks / second * 1000 + ticks % second * 1000 / second;
}

/* The timeout for one wait of Windows. FOREVER is not INFINITE here: such a wait ends after some
 * weeks and is begun again, which costs nothing. */
static DWORD left_until(uint64_t deadline)
{
    uint64_t now = transport_now();
    uint64_t left = deadline > now ? deadline - now : 0;
    return left < INFINITE - 1 ? (DWORD)left : INFINITE - 1;
}

/* ---- the name ---- */

/* If this cannot be found out, the process counts as elevated, and the environment is ignored. */
static bool is_elevated(void)
{
    HANDLE token;
    TOKEN_ELEVATION elevation;
    DWORD size;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        return true;
    }
    bool elevated = !GetTokenInformation(token, TokenElevation, &elevation, sizeof elevation,
                                         &size) ||
                    elevation.TokenIsElevated != 0;
    CloseHandle(token);
    return elevated;
}

/* Gets the name: from the argument, the environment, or the default. False: it is too long, or not
 * UTF-8. */
static bool given_name(const char *name, wchar_t out[NAME_CHARS + 1])
{
    if (name != NULL) {
        return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, out, NAME_CHARS + 1) >
               0;
    }
    DWORD length = is_elevated() ? 0
                                 : GetEnvironmentVariableW(L"MSIWATCH_PIPE", out, NAME_CHARS + 1);
    if (length == 0) {
        memcpy(out, DEFAULT_NAME, sizeof DEFAULT_NAME);
    }
    return length <= NAME_CHARS;
}

/* Makes the full name. A bare name stands for one under \\.\pipe\. It must not contain a backslash,
 * because then it could lead anywhere: a pipe on another machine would learn who we are. */
static bool full_name(struct transport *transport, const char *name)
{
    wchar_t given[NAME_CHARS + 1];
    if (!given_name(name, given)) {
        return false;
    }
    bool full = _wcsnicmp(given, PREFIX, PREFIX_LENGTH) == 0;
    const wchar_t *rest = full ? given + PREFIX_LENGTH : given;
    size_t length = wcslen(rest);
    if (length == 0 || length > NAME_CHARS - PREFIX_LENGTH || wcschr(rest, L'/') != NULL ||
        (!full && wcschr(rest, L'\\') != NULL)) {
        return false;
    }
    memcpy(transport->name, PREFIX, PREFIX_LENGTH * sizeof(wchar_t));
    memcpy(transport->name + PREFIX_LENGTH, rest, (length + 1) * sizeof(wchar_t));
    transport->is_default = _wcsicmp(transport->name, DEFAULT_NAME) == 0;
    return WideCharToMultiByte(CP_UTF8, 0, transport->name, -1, transport->name_utf8,
                               sizeof transport->name_utf8, NULL, NULL) > 0;
}

const char *transport_name(const struct transport *transport)
{
    return transport->name_utf8;
}

/* ---- life ---- */

uint32_t transport_new(struct transport **out, const char *name)
{
    *out = NULL;
    struct transport *transport = calloc(1, sizeof *transport);
    if (transport == NULL) {
        return CODE_NO_MEMORY;
    }
    uint32_t code = CODE_OK;
    transport->pipe = INVALID_HANDLE_VALUE;
    if (!full_name(transport, name)) {
        code = CODE_BAD_PARAMETER;
        goto fail_name;
    }
    transport->done = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (transport->done == NULL) {
        code = GetLastError();
        goto fail_name;
    }
    transport->cancelled = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (transport->cancelled == NULL) {
        code = GetLastError();
        goto fail_done;
    }
    *out = transport;
    return CODE_OK;

fail_done:
    CloseHandle(transport->done);
fail_name:
    free(transport);
    return code;
}

void transport_free(struct transport *transport)
{
    if (transport == NULL) {
        return;
    }
    transport_disconnect(transport);
    CloseHandle(transport->cancelled);
    CloseHandle(transport->done);
    free(transport);
}

void transport_cancel(struct transport *transport)
{
    SetEvent(transport->cancelled);
}

void transport_rearm(struct transport *transport)
{
    ResetEvent(transport->cancelled);
}

bool transport_is_cancelled(struct transport *transport)
{
    return WaitForSingleObject(transport->cancelled, 0) == WAIT_OBJECT_0;
}

bool transport_enter(struct transport *transport)
{
    return InterlockedCompareExchange(&transport->entered, 1, 0) == 0;
}

void transport_leave(struct transport *transport)
{
    InterlockedExchange(&transport->entered, 0);
}

uint32_t transport_sleep(struct transport *transport, uint64_t deadline)
{
    for (;;) {
        if (WaitForSingleObject(transport->cancelled, left_until(deadline)) == WAIT_OBJECT_0) {
            return CODE_CANCELLED;
        }
        if (transport_now() >= deadline) {
            return CODE_OK;
        }
    }
}

/* ---- connecting ---- */

/* The process that the SCM names for the service; false if it cannot be asked. */
static bool service_process(DWORD *pid)
{
    SERVICE_STATUS_PROCESS status;
    DWORD size;
    bool known = false;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        return false;
    }
    SC_HANDLE service = OpenServiceW(manager, SERVICE_NAME, SERVICE_QUERY_STATUS);
    if (service != NULL) {
        known = QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status,
                                     sizeof status, &size) != 0;
        *pid = known ? status.dwProcessId : 0;
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
    return known;
}

/* Whether the process at the other end runs as the service. If that cannot be asked, or there is no
 * such service (the service runs in a console), it must be enough that only an administrator can
 * have created a pipe with this prefix. */
static bool server_is_service(HANDLE pipe)
{
    ULONG server;
    DWORD service;
    return !GetNamedPipeServerProcessId(pipe, &server) || !service_process(&service) ||
           server == service;
}

static uint32_t open_error(DWORD error)
{
    switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
        return CODE_NOT_ACTIVE;
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
        return CODE_BAD_PARAMETER;
    default:
        return error;
    }
}

/* Opens the pipe; waits for a free instance. The server may find out who we are, and no more
 * (SECURITY_IDENTIFICATION). The rights are listed one by one, because GENERIC_WRITE contains the
 * right to create instances of the pipe. */
static uint32_t open_pipe(struct transport *transport, uint64_t deadline)
{
    for (;;) {
        if (transport_is_cancelled(transport)) {
            return CODE_CANCELLED;
        }
        HANDLE pipe = CreateFileW(
            transport->name, FILE_READ_DATA | FILE_WRITE_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
            0, NULL, OPEN_EXISTING,
            FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
        DWORD error = pipe == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
        if (error == ERROR_SUCCESS) {
            if (GetFileType(pipe) != FILE_TYPE_PIPE) { /* "..\" in the name leads elsewhere */
                CloseHandle(pipe);
                return CODE_BAD_PARAMETER;
            }
            transport->pipe = pipe;
            return CODE_OK;
        }
        DWORD left = left_until(deadline);
        if (error != ERROR_PIPE_BUSY || left == 0) {
            return open_error(error);
        }
        /* The next try shows whatever the result would say. But where WaitNamedPipe cannot wait, it
         * fails immediately; the pause below keeps this loop from spinning then. A timeout of 0
         * would mean the pipe's own default. */
        left = left < WAIT_SLICE_MS ? left : WAIT_SLICE_MS;
        if (!WaitNamedPipeW(transport->name, left) && GetLastError() != ERROR_SEM_TIMEOUT) {
            WaitForSingleObject(transport->cancelled, left);
        }
    }
}

uint32_t transport_connect(struct transport *transport, uint64_t deadline)
{
    for (int look = 1;; look++) {
        uint32_t code = open_pipe(transport, deadline);
        if (code != CODE_OK || !transport->is_default || server_is_service(transport->pipe)) {
            return code;
        }
        transport_disconnect(transport);
        if (look == 2) {
            return CODE_DENIED;
        }
        code = transport_sleep(transport, transport_now() + SECOND_LOOK_MS);
        if (code != CODE_OK) {
            return code;
        }
    }
}

void transport_disconnect(struct transport *transport)
{
    if (transport->pipe != INVALID_HANDLE_VALUE) {
        CloseHandle(transport->pipe);
        transport->pipe = INVALID_HANDLE_VALUE;
    }
}

/* ---- reading and writing ---- */

static uint32_t stream_error(DWORD error)
{
    switch (error) {
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
    case ERROR_PIPE_NOT_CONNECTED:
    case ERROR_HANDLE_EOF:
        return CODE_LOST;
    default:
        return error;
    }
}

/* Waits for the operation, and cancels it at the deadline or when the transport is cancelled; in
 * every case waits until it is over. If the result is CODE_OK, *moved is how many bytes it moved.
 */
static uint32_t finish(struct transport *transport, OVERLAPPED *operation, uint64_t deadline,
                       DWORD *moved)
{
    HANDLE events[2] = {operation->hEvent, transport->cancelled};
    DWORD woke;
    do {
        woke = WaitForMultipleObjects(2, events, FALSE, left_until(deadline));
    } while (woke == WAIT_TIMEOUT && transport_now() < deadline);
    if (woke != WAIT_OBJECT_0) {
        CancelIoEx(transport->pipe, operation);
    }
    if (GetOverlappedResult(transport->pipe, operation, moved, TRUE)) {
        return CODE_OK;
    }
    DWORD error = GetLastError();
    if (error == ERROR_OPERATION_ABORTED) {
        return woke == WAIT_OBJECT_0 + 1 ? CODE_CANCELLED : CODE_TIMEOUT;
    }
    return stream_error(error);
}

uint32_t transport_read(struct transport *transport, char *buffer, size_t size, size_t *got,
                        uint64_t deadline)
{
    *got = 0;
    do {
        if (transport_is_cancelled(transport)) {
            return CODE_CANCELLED;
        }
        OVERLAPPED operation = {.hEvent = transport->done};
        DWORD moved = 0, want = size < CHUNK_BYTES ? (DWORD)size : CHUNK_BYTES;
        if (!ReadFile(transport->pipe, buffer, want, NULL, &operation) &&
            GetLastError() != ERROR_IO_PENDING) {
            return stream_error(GetLastError());
        }
        uint32_t code = finish(transport, &operation, deadline, &moved);
        if (code != CODE_OK) {
            return code;
        }
        *got = moved;
    } while (*got == 0); /* the other end wrote zero bytes */
    return CODE_OK;
}

uint32_t transport_write(struct transport *transport, const char *data, size_t size, bool *begun,
                         uint64_t deadline)
{
    *begun = false;
    while (size > 0) {
        if (transport_is_cancelled(transport)) {
            return CODE_CANCELLED;
        }
        OVERLAPPED operation = {.hEvent = transport->done};
        DWORD moved = 0, want = size < CHUNK_BYTES ? (DWORD)size : CHUNK_BYTES;
        if (!WriteFile(transport->pipe, data, want, NULL, &operation) &&
            GetLastError() != ERROR_IO_PENDING) {
            return stream_error(GetLastError());
        }
        /* An abandoned write may have been read in part, and Windows does not say how much. */
        *begun = true;
        uint32_t code = finish(transport, &operation, deadline, &moved);
        if (code != CODE_OK) {
            return code;
        }
        data += moved;
        size -= moved;
    }
    return CODE_OK;
}
