/* child.c: programs that tests run and read. */
#include "child.h"

#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_OUT, STREAM_ERR, STREAMS };

struct child {
    HANDLE process;
    char command[16384];
    char path[STREAMS][MAX_PATH];
    char *text[STREAMS];
    struct child_result result;
};

static HANDLE make_file(char path[MAX_PATH])
{
    char folder[MAX_PATH];
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    must(GetTempPathA(sizeof folder, folder) != 0 && GetTempFileNameA(folder, "mw", 0, path) != 0,
         "no file for a program's output: error %lu", GetLastError());
    HANDLE file = CreateFileA(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                              CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    must(file != INVALID_HANDLE_VALUE, "%s: error %lu", path, GetLastError());
    return file;
}

/* Puts the folder of our programs before the command if the program is ours. */
static void complete(char *command, size_t size)
{
    char folder[MAX_PATH], path[MAX_PATH + 64], whole[16384];
    size_t word = strcspn(command, " ");
    must(GetModuleFileNameA(NULL, folder, sizeof folder) != 0, "no name of my own");
    *strrchr(folder, '\\') = '\0';
    snprintf(path, sizeof path, "%s\\%.*s.exe", folder, (int)word, command);
    if (GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES) {
        snprintf(whole, sizeof whole, "\"%s\"%s", path, command + word);
        snprintf(command, size, "%s", whole);
    }
}

static wchar_t *widen(const char *text)
{
    int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *wide = malloc((size_t)size * sizeof *wide);
    must(wide != NULL, "out of memory");
    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size);
    return wide;
}

static struct child *start(const char *format, va_list arguments)
{
    struct child *child = calloc(1, sizeof *child);
    HANDLE file[STREAMS];
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION made;
    must(child != NULL, "out of memory");
    vsnprintf(child->command, sizeof child->command, format, arguments);
    complete(child->command, sizeof child->command);
    for (int i = 0; i < STREAMS; i++) {
        file[i] = make_file(child->path[i]);
    }
    startup.hStdOutput = file[STREAM_OUT];
    startup.hStdError = file[STREAM_ERR];
    wchar_t *line = widen(child->command);
    BOOL ok = CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &made);
    DWORD error = GetLastError();
    free(line);
    for (int i = 0; i < STREAMS; i++) {
        CloseHandle(file[i]);
    }
    must(ok, "%s: not started: error %lu", child->command, error);
    CloseHandle(made.hThread);
    child->process = made.hProcess;
    return child;
}

struct child *child_must_start(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct child *child = start(format, arguments);
    va_end(arguments);
    return child;
}

static const char *output(struct child *child, int stream)
{
    HANDLE file = CreateFileA(child->path[stream], GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                              NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    must(file != INVALID_HANDLE_VALUE, "%s: error %lu", child->path[stream], GetLastError());
    DWORD size = GetFileSize(file, NULL), got = 0, kept = 0;
    free(child->text[stream]);
    char *text = child->text[stream] = malloc(size + 1u);
    BOOL ok = text != NULL && ReadFile(file, text, size, &got, NULL);
    CloseHandle(file);
    must(ok, "%s: not read", child->path[stream]);
    for (DWORD i = 0; i < got; i++) {
        if (text[i] != '\r') {
            text[kept++] = text[i];
        }
    }
    text[kept] = '\0';
    return text;
}

const char *child_output(struct child *child)
{
    return output(child, STREAM_OUT);
}

void child_must_print(struct child *child, const char *text)
{
    int64_t end = rig_now_ms() + LIMIT_MS;
    while (strstr(child_output(child), text) == NULL) {
        if (rig_now_ms() >= end || WaitForSingleObject(child->process, 5) == WAIT_OBJECT_0) {
            must(strstr(child_output(child), text) != NULL, "%s: did not print '%s', but:\n%s%s",
                 child->command, text, child_output(child), output(child, STREAM_ERR));
        }
    }
}

const struct child_result *child_must_end(struct child *child)
{
    must(WaitForSingleObject(child->process, LIMIT_MS) == WAIT_OBJECT_0,
         "%s: did not end; it printed:\n%s%s", child->command, child_output(child),
         output(child, STREAM_ERR));
    GetExitCodeProcess(child->process, &child->result.exit_code);
    child->result.out = output(child, STREAM_OUT);
    child->result.err = output(child, STREAM_ERR);
    return &child->result;
}

const struct child_result *child_must_exit(struct child *child, DWORD exit_code)
{
    const struct child_result *result = child_must_end(child);
    must(result->exit_code == exit_code, "%s: exit code %lu instead of %lu; it printed:\n%s%s",
         child->command, result->exit_code, exit_code, result->out, result->err);
    return result;
}

void child_must_stand_still(struct child *child)
{
    typedef LONG(NTAPI * suspend)(HANDLE process);
    suspend call = (suspend)(void (*)(void))GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                           "NtSuspendProcess");
    must(call != NULL && call(child->process) == 0, "%s: not suspended", child->command);
}

void child_free(struct child *child)
{
    if (child == NULL) {
        return;
    }
    if (WaitForSingleObject(child->process, 0) != WAIT_OBJECT_0) {
        TerminateProcess(child->process, ERROR_CANCELLED);
        WaitForSingleObject(child->process, LIMIT_MS);
    }
    CloseHandle(child->process);
    for (int i = 0; i < STREAMS; i++) {
        DeleteFileA(child->path[i]);
        free(child->text[i]);
    }
    free(child);
}

/* The child of the last run, kept for its result. */
static struct child *last_run;

static struct child *run_once(const char *format, va_list arguments)
{
    child_free(last_run);
    last_run = NULL;
    return last_run = start(format, arguments);
}

const struct child_result *run(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct child *child = run_once(format, arguments);
    va_end(arguments);
    return child_must_end(child);
}

const struct child_result *run_well(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct child *child = run_once(format, arguments);
    va_end(arguments);
    return child_must_exit(child, ERROR_SUCCESS);
}
