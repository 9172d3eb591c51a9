/* process_win32.c: runs the command of `msiwatch run`, and knows which processes that starts.
 *
 * Where a program is searched for decides who may choose what an administrator starts, so this file
 * does the search itself: msiexec is the one in System32; a name is searched for in Windows' own
 * folders and in the full paths of PATH, and never in the current folder.
 */
#include "cli/run/process_win32.h"

#include "cli/run/command_line.h"
#include "lib/codes.h"

#include <stdlib.h>
#include <string.h>

/* The longest text of a command line and of a variable, in units, including the NUL. */
#define MOST_UNITS 32768u

struct process {
    const struct process_calls *calls;
    struct command_line command;
    wchar_t *program; /* its full path */
    wchar_t *line;    /* its command line; CreateProcess may write into it */
    HANDLE process, job;
};

static volatile LONG pressed_once;

/* ---- which program ---- */

static bool is_file(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

static DWORD find_msiexec(wchar_t *out)
{
    static const wchar_t name[] = L"\\msiexec.exe";
    UINT length = GetSystemDirectoryW(out, MAX_PATH);
    if (length == 0 || length > MAX_PATH) {
        return ERROR_PATH_NOT_FOUND;
    }
    memcpy(out + length, name, sizeof name);
    return ERROR_SUCCESS;
}

/* Finds a path; if there is no such file, tries `name` with ".exe" at its end. */
static DWORD find_path(wchar_t *name, wchar_t *out)
{
    if (!is_file(name)) {
        wcscat(name, L".exe");
    }
    DWORD length = GetFullPathNameW(name, MOST_UNITS, out, NULL);
    return length > 0 && length < MOST_UNITS && is_file(out) ? ERROR_SUCCESS : ERROR_FILE_NOT_FOUND;
}

/* Finds a name without a path. */
static DWORD find_name(const wchar_t *name, wchar_t *out)
{
    DWORD error = ERROR_OUTOFMEMORY;
    wchar_t *path = calloc(MOST_UNITS, sizeof *path);
    wchar_t *folders = calloc(MOST_UNITS + 2 * MAX_PATH, sizeof *folders);
    if (path != NULL && folders != NULL) {
        UINT length = GetSystemDirectoryW(folders, MAX_PATH);
        folders[length++] = L';';
        length += GetWindowsDirectoryW(folders + length, MAX_PATH);
        folders[length++] = L';';
        DWORD size = GetEnvironmentVariableW(L"PATH", path, MOST_UNITS);
        command_line_full_paths(size < MOST_UNITS ? path : L"", folders + length);
        DWORD found = SearchPathW(folders, name, L".exe", MOST_UNITS, out, NULL);
        error = found > 0 && found < MOST_UNITS ? ERROR_SUCCESS : ERROR_FILE_NOT_FOUND;
    }
    free(path);
    free(folders);
    return error;
}

static DWORD find_program(const struct command_line *command, wchar_t *out)
{
    if (command->kind != COMMAND_PROGRAM) {
        return find_msiexec(out);
    }
    if (command->length + sizeof ".exe" > MOST_UNITS) {
        return ERROR_FILENAME_EXCED_RANGE;
    }
    wchar_t *name = calloc(command->length + sizeof ".exe", sizeof *name);
    if (name == NULL) {
        return ERROR_OUTOFMEMORY;
    }
    wmemcpy(name, command->word, command->length);
    bool path = wcspbrk(name, L"\\/:") != NULL;
    DWORD error = path ? find_path(name, out) : find_name(name, out);
    free(name);
    return error;
}

static DWORD make_line(struct process *process)
{
    const struct command_line *command = &process->command;
    if (command->kind != COMMAND_PROGRAM) {
        return command_line_msiexec(command, process->program, process->line, MOST_UNITS)
                   ? ERROR_SUCCESS
                   : ERROR_FILENAME_EXCED_RANGE;
    }
    wcscpy(process->line, command->text); /* fits, because it is part of a whole command line */
    return ERROR_SUCCESS;
}

static void add_label(struct text *label, const struct command_line *command)
{
    char utf8[4 * MAX_PATH];
    int length = command->label_length > MAX_PATH ? MAX_PATH : (int)command->label_length;
    int size = WideCharToMultiByte(CP_UTF8, 0, command->label, length, utf8, sizeof utf8, NULL,
                                   NULL);
    text_add_bytes(label, utf8, size > 0 ? (size_t)size : 0);
}

uint32_t process_new_of(struct process **out, const wchar_t *text,
                        const struct process_calls *calls, struct text *label)
{
    *out = NULL;
    struct process *process = calloc(1, sizeof *process);
    if (process == NULL) {
        return CODE_NO_MEMORY;
    }
    process->calls = calls;
    process->program = calloc(MOST_UNITS, sizeof *process->program);
    process->line = calloc(MOST_UNITS, sizeof *process->line);
    DWORD error = process->program == NULL || process->line == NULL ? ERROR_OUTOFMEMORY
                  : !command_line_read(text, &process->command)     ? ERROR_INVALID_PARAMETER
                                                                    : ERROR_SUCCESS;
    if (error == ERROR_SUCCESS) {
        add_label(label, &process->command);
        error = find_program(&process->command, process->program);
    }
    if (error == ERROR_SUCCESS) {
        error = make_line(process);
    }
    if (error != ERROR_SUCCESS) {
        process_free(process);
        return error;
    }
    *out = process;
    return CODE_OK;
}

/* ---- starting ---- */

static BOOL create(const wchar_t *program, wchar_t *line, PROCESS_INFORMATION *out)
{
    STARTUPINFOW start = {.cb = sizeof start};
    return CreateProcessW(program, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &start,
                          out);
}

static BOOL elevate(SHELLEXECUTEINFOW *what)
{
    typedef BOOL(WINAPI * execute)(SHELLEXECUTEINFOW * what);
    HMODULE shell = LoadLibraryExW(L"shell32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    execute call = shell == NULL
                       ? NULL
                       : (execute)(void (*)(void))GetProcAddress(shell, "ShellExecuteExW");
    if (call == NULL) {
        SetLastError(CODE_NEEDS_ELEVATION);
        return FALSE;
    }
    return call(what);
}

const struct process_calls process_calls_windows = {create, elevate};

uint32_t process_new(struct process **out, int index, char **argv, struct text *label)
{
    (void)argv;
    const wchar_t *text = command_line_after(GetCommandLineW(), index);
    *out = NULL;
    return text == NULL ? CODE_BAD_PARAMETER
                        : process_new_of(out, text, &process_calls_windows, label);
}

static void close_handles(struct process *process)
{
    HANDLE *handles[] = {&process->process, &process->job};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        if (*handles[i] != NULL) {
            CloseHandle(*handles[i]);
        }
        *handles[i] = NULL;
    }
}

void process_free(struct process *process)
{
    if (process != NULL) {
        close_handles(process);
        free(process->program);
        free(process->line);
        free(process);
    }
}

static BOOL WINAPI on_control(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) {
        return FALSE;
    }
    InterlockedExchange(&pressed_once, 1); /* the command, on the same console, gets it from
                                            * Windows */
    return TRUE;
}

/* Passes on what CreateProcess got, in two parts: the program, and what follows its name in the
 * line. */
static DWORD start_elevated(struct process *process)
{
    struct command_line line;
    DWORD error = make_line(process); /* made again, because CreateProcess may have written into
                                       * it */
    if (error != ERROR_SUCCESS || !command_line_read(process->line, &line)) {
        return error == ERROR_SUCCESS ? ERROR_INVALID_PARAMETER : error;
    }
    SHELLEXECUTEINFOW what = {
        .cbSize = sizeof what,
        .fMask = SEE_MASK_NOCLOSEPROCESS | SEE_MASK_NOASYNC,
        .lpVerb = L"runas",
        .lpFile = process->program,
        .lpParameters = line.rest,
        .nShow = SW_SHOWNORMAL,
    };
    if (!process->calls->elevate(&what)) {
        return GetLastError();
    }
    process->process = what.hProcess;
    return what.hProcess == NULL ? CODE_NEEDS_ELEVATION : ERROR_SUCCESS;
}

/* Starts the command in a job without limits, which only says whether anything in it still runs.
 * Windows may not allow that (before Windows 8, if we are in a job ourselves). */
static DWORD start_in_job(struct process *process)
{
    PROCESS_INFORMATION started;
    DWORD error = make_line(process);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (!process->calls->create(process->program, process->line, &started)) {
        return GetLastError();
    }
    process->job = CreateJobObjectW(NULL, NULL);
    if (process->job != NULL && !AssignProcessToJobObject(process->job, started.hProcess)) {
        CloseHandle(process->job);
        process->job = NULL;
    }
    ResumeThread(started.hThread);
    CloseHandle(started.hThread);
    process->process = started.hProcess;
    return ERROR_SUCCESS;
}

uint32_t process_start(struct process *process, const char *turn, bool may_ask)
{
    char before[128];
    close_handles(process);
    DWORD had = GetEnvironmentVariableA("MSIWATCH_TURN", before, sizeof before);
    bool kept = had > 0 && had < sizeof before;
    if (turn != NULL) {
        SetEnvironmentVariableA("MSIWATCH_TURN", turn);
    }
    InterlockedExchange(&pressed_once, 0);
    SetConsoleCtrlHandler(on_control, TRUE);
    DWORD error = start_in_job(process);
    if (error == CODE_NEEDS_ELEVATION && may_ask) {
        error = start_elevated(process);
    }
    if (error != ERROR_SUCCESS) {
        SetConsoleCtrlHandler(on_control, FALSE);
    }
    if (turn != NULL) {
        SetEnvironmentVariableA("MSIWATCH_TURN", kept ? before : NULL);
    }
    return error;
}

uint32_t process_wait(struct process *process, uint32_t *exit_code, bool *pressed)
{
    DWORD code = 0;
    DWORD error = WaitForSingleObject(process->process, INFINITE) != WAIT_OBJECT_0 ||
                          !GetExitCodeProcess(process->process, &code)
                      ? GetLastError()
                      : ERROR_SUCCESS;
    SetConsoleCtrlHandler(on_control, FALSE);
    *exit_code = code;
    *pressed = pressed_once != 0;
    return error;
}

bool process_wait_family(struct process *process, uint64_t timeout_ms)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION job;
    uint64_t begun = GetTickCount64();
    DWORD pause = 1;
    while (process->job != NULL &&
           QueryInformationJobObject(process->job, JobObjectBasicAccountingInformation, &job,
                                     sizeof job, NULL) &&
           job.ActiveProcesses > 0) {
        if (GetTickCount64() - begun >= timeout_ms) {
            return false;
        }
        Sleep(pause);
        pause = pause < 32 ? pause * 2 : pause;
    }
    return true;
}
