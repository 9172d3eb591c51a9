/* sys_win32.c: named pipes, threads, CreateProcess. */
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* Windows gives out the lowest free handle, so a program that leaks handles fills these first. */
#define MOST_HANDLES 4096u

const uint32_t sys_code_mask = 0xFFFFFFFFu;
const bool sys_can_interrupt = false;

static void need(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "sys: %s: error %lu\n", what, GetLastError());
        abort();
    }
}

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    need(memory != NULL, "memory");
    return memory;
}

static wchar_t *widen(const char *text)
{
    int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *wide = allocate((size_t)size * sizeof *wide);
    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size);
    return wide;
}

uint64_t sys_now(void)
{
    return GetTickCount64();
}

void sys_sleep(uint64_t ms)
{
    Sleep((DWORD)ms);
}

/* ---- doors and links ---- */

struct sys_door {
    HANDLE pipe; /* the instance that the next client gets */
    HANDLE event;
    wchar_t *name;
};

struct sys_link {
    HANDLE pipe, event;
};

void sys_name(char out[SYS_NAME_SIZE])
{
    static int count;
    snprintf(out, SYS_NAME_SIZE, "\\\\.\\pipe\\msiwatch-client-test.%lu.%d", GetCurrentProcessId(),
             ++count);
}

static HANDLE new_event(void)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    need(event != NULL, "event");
    return event;
}

static HANDLE new_instance(const wchar_t *name)
{
    HANDLE pipe = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                   PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
                                   PIPE_UNLIMITED_INSTANCES, 65536, 65536, 0, NULL);
    need(pipe != INVALID_HANDLE_VALUE, "pipe");
    return pipe;
}

struct sys_door *sys_listen(const char *name, int places)
{
    (void)places;
    struct sys_door *door = allocate(sizeof *door);
    door->name = widen(name);
    door->pipe = new_instance(door->name);
    door->event = new_event();
    return door;
}

/* Waits, then gives up; false: it did not end in time, or it failed. */
static bool finish(HANDLE pipe, OVERLAPPED *operation, uint64_t timeout_ms, DWORD *moved)
{
    if (WaitForSingleObject(operation->hEvent, (DWORD)timeout_ms) != WAIT_OBJECT_0) {
        CancelIoEx(pipe, operation);
    }
    return GetOverlappedResult(pipe, operation, moved, TRUE) != 0;
}

struct sys_link *sys_accept(struct sys_door *door, uint64_t timeout_ms)
{
    OVERLAPPED operation = {.hEvent = door->event};
    DWORD moved;
    bool came = ConnectNamedPipe(door->pipe, &operation) ||
                GetLastError() == ERROR_PIPE_CONNECTED || GetLastError() == ERROR_NO_DATA;
    if (!came && !finish(door->pipe, &operation, timeout_ms, &moved)) {
        return NULL;
    }
    struct sys_link *link = allocate(sizeof *link);
    link->pipe = door->pipe;
    link->event = new_event();
    door->pipe = new_instance(door->name);
    return link;
}

void sys_unlisten(struct sys_door *door)
{
    CloseHandle(door->pipe);
    CloseHandle(door->event);
    free(door->name);
    free(door);
}

int sys_read(struct sys_link *link, char *buffer, size_t size, uint64_t timeout_ms)
{
    OVERLAPPED operation = {.hEvent = link->event};
    DWORD moved = 0;
    if (!ReadFile(link->pipe, buffer, (DWORD)size, NULL, &operation) &&
        GetLastError() != ERROR_IO_PENDING) {
        return 0;
    }
    if (finish(link->pipe, &operation, timeout_ms, &moved)) {
        return (int)moved;
    }
    return GetLastError() == ERROR_OPERATION_ABORTED ? -1 : 0;
}

bool sys_write(struct sys_link *link, const char *data, size_t size, uint64_t timeout_ms)
{
    while (size > 0) {
        OVERLAPPED operation = {.hEvent = link->event};
        DWORD moved = 0, want = size < 32768 ? (DWORD)size : 32768;
        if ((!WriteFile(link->pipe, data, want, NULL, &operation) &&
             GetLastError() != ERROR_IO_PENDING) ||
            !finish(link->pipe, &operation, timeout_ms, &moved)) {
            return false;
        }
        data += moved;
        size -= moved;
    }
    return true;
}

void sys_hang_up(struct sys_link *link)
{
    CloseHandle(link->pipe);
    CloseHandle(link->event);
    free(link);
}

/* ---- threads ---- */

struct sys_thread {
    HANDLE thread;
    void (*run)(void *arg);
    void *arg;
};

static DWORD WINAPI run_thread(void *arg)
{
    struct sys_thread *thread = arg;
    thread->run(thread->arg);
    return 0;
}

struct sys_thread *sys_start(void (*run)(void *arg), void *arg)
{
    struct sys_thread *thread = allocate(sizeof *thread);
    thread->run = run;
    thread->arg = arg;
    thread->thread = CreateThread(NULL, 0, run_thread, thread, 0, NULL);
    need(thread->thread != NULL, "thread");
    return thread;
}

void sys_join(struct sys_thread *thread)
{
    WaitForSingleObject(thread->thread, INFINITE);
    CloseHandle(thread->thread);
    free(thread);
}

/* ---- programs ---- */

struct collector {
    struct sys_thread *thread;
    HANDLE pipe;
    CRITICAL_SECTION lock;
    volatile LONG stop;
    char *text;
    size_t size;
};

struct sys_process {
    HANDLE process;
    struct collector out, err;
};

static void collect(void *arg)
{
    struct collector *collector = arg;
    while (collector->stop == 0) {
        char buffer[4096];
        DWORD there = 0, count;
        if (!PeekNamedPipe(collector->pipe, NULL, 0, NULL, &there, NULL)) {
            break;
        }
        if (there == 0) {
            Sleep(2);
            continue;
        }
        if (!ReadFile(collector->pipe, buffer, sizeof buffer, &count, NULL)) {
            break;
        }
        EnterCriticalSection(&collector->lock);
        collector->text = realloc(collector->text, collector->size + count + 1);
        need(collector->text != NULL, "memory");
        memcpy(collector->text + collector->size, buffer, count);
        collector->size += count;
        collector->text[collector->size] = '\0';
        LeaveCriticalSection(&collector->lock);
    }
    CloseHandle(collector->pipe);
}

static HANDLE collector_start(struct collector *collector)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE write_end;
    need(CreatePipe(&collector->pipe, &write_end, &inherited, 65536) != 0, "pipe");
    SetHandleInformation(collector->pipe, HANDLE_FLAG_INHERIT, 0);
    collector->text = allocate(1);
    InitializeCriticalSection(&collector->lock);
    collector->thread = sys_start(collect, collector);
    return write_end;
}

static char *collector_take(struct collector *collector)
{
    if (collector->thread != NULL) {
        sys_join(collector->thread);
    }
    DeleteCriticalSection(&collector->lock);
    return collector->text;
}

/* Adds an argument in quotes, with a backslash before each quote. None of ours ends in a
 * backslash. */
static void add_argument(char *line, size_t size, const char *argument)
{
    size_t at = strlen(line);
    at += (size_t)snprintf(line + at, size - at, at == 0 ? "\"" : " \"");
    for (; *argument != '\0' && at + 4 < size; argument++) {
        if (*argument == '"') {
            line[at++] = '\\';
        }
        line[at++] = *argument;
    }
    line[at++] = '"';
    line[at] = '\0';
}

struct sys_process *sys_spawn(const char *program, const char *const *arguments,
                              const char *pipe_variable)
{
    struct sys_process *process = allocate(sizeof *process);
    char line[4096] = "";
    add_argument(line, sizeof line, program);
    for (; *arguments != NULL; arguments++) {
        add_argument(line, sizeof line, *arguments);
    }
    wchar_t *variable = pipe_variable == NULL ? NULL : widen(pipe_variable);
    SetEnvironmentVariableW(L"MSIWATCH_PIPE", variable);
    free(variable);
    STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
    start.hStdOutput = collector_start(&process->out);
    start.hStdError = collector_start(&process->err);
    PROCESS_INFORMATION information;
    wchar_t *wide = widen(line);
    need(CreateProcessW(NULL, wide, NULL, NULL, TRUE, 0, NULL, NULL, &start, &information) != 0,
         program);
    free(wide);
    CloseHandle(start.hStdOutput);
    CloseHandle(start.hStdError);
    CloseHandle(information.hThread);
    process->process = information.hProcess;
    return process;
}

bool sys_has_service(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    need(manager != NULL, "the service manager");
    SC_HANDLE service = OpenServiceW(manager, L"MsiWatch", SERVICE_QUERY_STATUS);
    bool missing = service == NULL && GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST;
    if (service != NULL) {
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
    return !missing;
}

bool sys_is_elevated(void)
{
    HANDLE token;
    TOKEN_ELEVATION elevation;
    DWORD size;
    need(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) != 0, "own token");
    need(GetTokenInformation(token, TokenElevation, &elevation, sizeof elevation, &size) != 0,
         "own elevation");
    CloseHandle(token);
    return elevation.TokenIsElevated != 0;
}

void sys_close_output(struct sys_process *process)
{
    InterlockedExchange(&process->out.stop, 1);
    sys_join(process->out.thread);
    process->out.thread = NULL;
}

size_t sys_printed(struct sys_process *process)
{
    EnterCriticalSection(&process->out.lock);
    size_t size = process->out.size;
    LeaveCriticalSection(&process->out.lock);
    return size;
}

void sys_leave_behind(unsigned ms)
{
    char path[MAX_PATH], line[2 * MAX_PATH];
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION made;
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --sleep %u", path, ms);
    need(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &made) != 0, path);
}

void sys_interrupt(struct sys_process *process)
{
    (void)process; /* it would reach this program, too, because they share a console, or have
                    * none */
}

int64_t sys_reap(struct sys_process *process, uint64_t timeout_ms, char **out, char **err)
{
    int64_t code = -1;
    DWORD told;
    if (WaitForSingleObject(process->process, (DWORD)timeout_ms) != WAIT_OBJECT_0) {
        TerminateProcess(process->process, 1);
        WaitForSingleObject(process->process, INFINITE);
    } else if (GetExitCodeProcess(process->process, &told)) {
        code = told;
    }
    CloseHandle(process->process);
    *out = collector_take(&process->out);
    *err = collector_take(&process->err);
    free(process);
    return code;
}

void *sys_load(const char *path)
{
    wchar_t *wide = widen(path);
    HMODULE library = LoadLibraryW(wide);
    if (library == NULL) {
        fprintf(stderr, "%s: error %lu\n", path, GetLastError());
    }
    free(wide);
    return library;
}

void *sys_symbol(void *library, const char *name)
{
    FARPROC function = GetProcAddress(library, name);
    void *symbol;
    memcpy(&symbol, &function, sizeof symbol);
    return symbol;
}

/* For a system that does not count handles and reports 0: tests each possible handle. */
static unsigned count_handles(void)
{
    unsigned count = 0;
    DWORD flags;
    for (uintptr_t handle = 4; handle < (uintptr_t)MOST_HANDLES * 4; handle += 4) {
        count += GetHandleInformation((HANDLE)handle, &flags) ? 1u : 0u;
    }
    return count;
}

unsigned sys_open_handles(void)
{
    DWORD count = 0;
    GetProcessHandleCount(GetCurrentProcess(), &count);
    return count != 0 ? count : count_handles();
}
