/* console_win32.c: the command line's system calls on Windows.
 *
 * Output does not go through the C library. A console gets UTF-16, which it shows correctly with
 * any code page; everything else gets the bytes unchanged, with lines that end in \n.
 */
#include "cli/base/console.h"
#include "lib/codes.h"
#include "common/model.h"
#include "common/text.h"
#include "common/win32/ntdll.h"
#include "common/win32/own_service.h"
#include "common/win32/wide.h"

#include <stdlib.h>
#include <windows.h>

/* A console handler gets no argument from us, so these are global. */
static void (*interrupt_call)(void *arg);
static void *interrupt_arg;
static LONG interrupted_once;

static HANDLE output_file; /* NULL: standard output */

/* The C library must not expand wildcards in arguments. */
extern int _dowildcard;
int _dowildcard = 0;

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    /* Before anything else is loaded: load libraries only from Windows, not from our own folder. */
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
    char **utf8 = calloc((size_t)argc + 1, sizeof *utf8);
    uint32_t code = ERROR_OUTOFMEMORY;
    int i;
    for (i = 0; utf8 != NULL && i < argc; i++) {
        int size = WideCharToMultiByte(CP_UTF8, 0, argv[i], -1, NULL, 0, NULL, NULL);
        utf8[i] = malloc((size_t)size);
        if (utf8[i] == NULL) {
            break;
        }
        WideCharToMultiByte(CP_UTF8, 0, argv[i], -1, utf8[i], size, NULL, NULL);
    }
    if (utf8 != NULL && i == argc) {
        code = msiwatch_main(argc, utf8);
    }
    for (i = 0; utf8 != NULL && i < argc; i++) {
        free(utf8[i]);
    }
    free(utf8);
    return (int)code;
}

/* ---- output ---- */

static DWORD write_console(HANDLE console, const char *text, size_t size)
{
    wchar_t wide[512];
    while (size > 0) {
        /* Do not cut in the middle of a character, unless the text is not UTF-8 at all. */
        size_t part = size < 500 ? size : 500;
        while (part < size && part > 496 && ((unsigned char)text[part] & 0xC0u) == 0x80u) {
            part--;
        }
        DWORD written;
        int count = MultiByteToWideChar(CP_UTF8, 0, text, (int)part, wide, 512);
        if (!WriteConsoleW(console, wide, (DWORD)count, &written, NULL)) {
            return GetLastError();
        }
        text += part;
        size -= part;
    }
    return ERROR_SUCCESS;
}

static DWORD write_all(HANDLE output, const char *text, size_t size)
{
    DWORD mode, written;
    if (GetConsoleMode(output, &mode)) {
        return write_console(output, text, size);
    }
    while (size > 0) {
        if (!WriteFile(output, text, size < 0x10000u ? (DWORD)size : 0x10000u, &written, NULL)) {
            return GetLastError();
        }
        text += written;
        size -= written;
    }
    return ERROR_SUCCESS;
}

bool console_write(const char *text, size_t size, bool *gone)
{
    /* NULL or an invalid handle: the process that started us has given us no output. */
    HANDLE output = output_file != NULL ? output_file : GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD error = output == NULL ? ERROR_INVALID_HANDLE : write_all(output, text, size);
    *gone = error == ERROR_NO_DATA || error == ERROR_BROKEN_PIPE ||
            error == ERROR_PIPE_NOT_CONNECTED || error == ERROR_INVALID_HANDLE;
    return error == ERROR_SUCCESS;
}

/* From winternl.h and ntifs.h: the state of a pipe whose other end is closed. */
#define PIPE_LOCAL_INFORMATION 24
#define PIPE_CLOSING 4

bool console_is_unread(void)
{
    struct {
        ULONG type, configuration, most, now, in_quota, in, out_quota, out, state, end;
    } pipe;
    ULONG_PTR status[2];
    return NtQueryInformationFile(GetStdHandle(STD_OUTPUT_HANDLE), status, &pipe, sizeof pipe,
                                  PIPE_LOCAL_INFORMATION) >= 0 &&
           pipe.state == PIPE_CLOSING;
}

bool console_has_service(void)
{
    SERVICE_STATUS_PROCESS status;
    return own_service_query(&status) != ERROR_SERVICE_DOES_NOT_EXIST;
}

static DWORD write_file(const wchar_t *path, const char *text, size_t size)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL,
                              NULL);
    if (file == INVALID_HANDLE_VALUE) {
        return GetLastError();
    }
    DWORD error = write_all(file, text, size);
    CloseHandle(file);
    return error;
}

bool console_has_file(const char *path)
{
    wchar_t *wide = wide_from_utf8(path);
    bool there = wide == NULL || GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
    if (!there) {
        DWORD error = GetLastError();
        there = error != ERROR_FILE_NOT_FOUND && error != ERROR_PATH_NOT_FOUND;
    }
    free(wide);
    return there;
}

uint32_t console_save(const char *path, const char *text, size_t size)
{
    struct text name = {0};
    text_addf(&name, "%s.%08lx.tmp", path, GetCurrentProcessId());
    wchar_t *wide = wide_from_utf8(path);
    wchar_t *aside = name.failed ? NULL : wide_from_utf8(name.data);
    DWORD error = ERROR_OUTOFMEMORY;
    if (wide != NULL && aside != NULL) {
        DWORD there = GetFileAttributesW(wide);
        bool folder = there != INVALID_FILE_ATTRIBUTES && (there & FILE_ATTRIBUTE_DIRECTORY) != 0;
        error = folder ? CODE_IS_FOLDER : write_file(aside, text, size);
        if (error == ERROR_SUCCESS && !MoveFileExW(aside, wide, MOVEFILE_REPLACE_EXISTING)) {
            error = GetLastError();
        }
        if (error != ERROR_SUCCESS && error != ERROR_FILE_EXISTS && !folder) {
            DeleteFileW(aside);
        }
    }
    text_release(&name);
    free(wide);
    free(aside);
    return error;
}

uint32_t console_redirect(const char *path)
{
    wchar_t *wide = wide_from_utf8(path);
    HANDLE file = wide == NULL ? INVALID_HANDLE_VALUE
                               : CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ, NULL,
                                             CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    DWORD error = wide == NULL                   ? ERROR_OUTOFMEMORY
                  : file == INVALID_HANDLE_VALUE ? GetLastError()
                                                 : ERROR_SUCCESS;
    output_file = error == ERROR_SUCCESS ? file : NULL;
    free(wide);
    return error;
}

void console_machine(char *name, size_t size)
{
    wchar_t wide[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD count = MAX_COMPUTERNAME_LENGTH + 1;
    if (!GetComputerNameW(wide, &count) ||
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, name, (int)size, NULL, NULL) == 0) {
        name[0] = '\0';
    }
}

void console_complain(const char *text, size_t size)
{
    write_all(GetStdHandle(STD_ERROR_HANDLE), text, size);
}

unsigned console_error_width(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    HANDLE error = GetStdHandle(STD_ERROR_HANDLE);
    return GetConsoleScreenBufferInfo(error, &info) && info.dwSize.X > 0 ? (unsigned)info.dwSize.X
                                                                         : 0;
}

void console_sleep(uint32_t ms)
{
    Sleep(ms);
}

/* ---- time ---- */

uint64_t console_now(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    uint64_t ticks = (uint64_t)count.QuadPart, second = (uint64_t)frequency.QuadPart;
    return ticks / second * 1000 + ticks % second * 1000 / second;
}

static int64_t from_filetime(FILETIME time)
{
    return time_from_filetime((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime);
}

int64_t console_wall(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return from_filetime(now);
}

int console_offset(int64_t wall_ms)
{
    SYSTEMTIME utc, local;
    FILETIME time;
    uint64_t ticks = time_to_filetime(wall_ms);
    time.dwLowDateTime = (DWORD)(ticks & 0xFFFFFFFFu);
    time.dwHighDateTime = (DWORD)(ticks >> 32);
    if (!FileTimeToSystemTime(&time, &utc) ||
        !SystemTimeToTzSpecificLocalTime(NULL, &utc, &local) ||
        !SystemTimeToFileTime(&local, &time)) {
        return 0;
    }
    return (int)((from_filetime(time) - wall_ms) / 60000);
}

/* ---- Ctrl-C ---- */

static BOOL WINAPI on_control(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) {
        return FALSE;
    }
    if (InterlockedExchange(&interrupted_once, 1) != 0) {
        return FALSE; /* a second Ctrl-C ends the process */
    }
    interrupt_call(interrupt_arg);
    return TRUE;
}

void console_on_interrupt(void (*interrupted)(void *arg), void *arg)
{
    interrupt_call = interrupted;
    interrupt_arg = arg;
    SetConsoleCtrlHandler(on_control, TRUE);
}
