/* quiet.c: runs a console program without a console, and reads its output line by line. */
#include "actions/quiet.h"

#include <stdbool.h>
#include <stdlib.h>

struct reader {
    quiet_line *on_line;
    void *arg;
    char line[QUIET_LINE];
    int length;
};

static void end_line(struct reader *reader)
{
    wchar_t wide[QUIET_LINE + 1];
    int length = reader->length == 0 ? 0
                                     : MultiByteToWideChar(CP_UTF8, 0, reader->line, reader->length,
                                                           wide, QUIET_LINE);
    reader->length = 0;
    if (length > 0) {
        wide[length] = L'\0';
        reader->on_line(reader->arg, wide);
    }
}

static void take_bytes(struct reader *reader, const char *bytes, DWORD count)
{
    for (DWORD i = 0; i < count; i++) {
        if (bytes[i] == '\n' || reader->length == QUIET_LINE) {
            end_line(reader);
        }
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            reader->line[reader->length++] = bytes[i];
        }
    }
}

/* Reads until the last handle of the other end is closed. */
static void read_all(HANDLE pipe, quiet_line *on_line, void *arg)
{
    struct reader reader = {.on_line = on_line, .arg = arg};
    char bytes[4096];
    DWORD count;
    while (ReadFile(pipe, bytes, sizeof bytes, &count, NULL)) {
        take_bytes(&reader, bytes, count);
    }
    end_line(&reader);
}

/* Makes a child inherit only these handles, no matter what else this process has open. */
static LPPROC_THREAD_ATTRIBUTE_LIST only_these(HANDLE *handles, size_t count)
{
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    if (list == NULL || !InitializeProcThreadAttributeList(list, 1, 0, &size)) {
        free(list);
        return NULL;
    }
    if (!UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles,
                                   count * sizeof *handles, NULL, NULL)) {
        DeleteProcThreadAttributeList(list);
        free(list);
        return NULL;
    }
    return list;
}

static DWORD start(const wchar_t *program, wchar_t *command, const wchar_t *folder, HANDLE input,
                   HANDLE output, HANDLE *process)
{
    HANDLE handles[] = {input, output};
    STARTUPINFOEXW startup = {.StartupInfo = {.cb = sizeof startup,
                                              .dwFlags = STARTF_USESTDHANDLES,
                                              .hStdInput = input,
                                              .hStdOutput = output,
                                              .hStdError = output}};
    PROCESS_INFORMATION information;
    startup.lpAttributeList = only_these(handles, 2);
    if (startup.lpAttributeList == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    BOOL started = CreateProcessW(program, command, NULL, NULL, TRUE,
                                  CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT, NULL, folder,
                                  &startup.StartupInfo, &information);
    DWORD error = started ? ERROR_SUCCESS : GetLastError();
    DeleteProcThreadAttributeList(startup.lpAttributeList);
    free(startup.lpAttributeList);
    if (started) {
        CloseHandle(information.hThread);
        *process = information.hProcess;
    }
    return error;
}

DWORD quiet_run(const wchar_t *program, wchar_t *command, const wchar_t *folder,
                quiet_line *on_line, void *arg, DWORD *code)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE process = NULL, ours, theirs;
    HANDLE input = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                               OPEN_EXISTING, 0, NULL);
    if (input == INVALID_HANDLE_VALUE) {
        return GetLastError();
    }
    DWORD error = ERROR_SUCCESS;
    if (!CreatePipe(&ours, &theirs, &inherited, 0)) {
        error = GetLastError();
        goto close_input;
    }
    SetHandleInformation(ours, HANDLE_FLAG_INHERIT, 0);
    error = start(program, command, folder, input, theirs, &process);
    CloseHandle(theirs); /* otherwise the pipe would never end */
    if (error == ERROR_SUCCESS) {
        read_all(ours, on_line, arg);
        WaitForSingleObject(process, INFINITE);
        error = GetExitCodeProcess(process, code) ? ERROR_SUCCESS : GetLastError();
        CloseHandle(process);
    }
    CloseHandle(ours);
close_input:
    CloseHandle(input);
    return error;
}
