/* actions.c: the package's custom actions, in the DLL in its table Binary.
 *
 * A program instead of the DLL would show a console window on the desktop, and its output would be
 * lost. These actions have no window, and Windows Installer's log gets all their output. An action
 * that fails the installation reports one of the package's own errors, with a sentence; the event
 * log gets that error, too.
 *
 * ../msiwatch.sql says when each runs; none runs at a repair.
 */
#include "actions/quiet.h"
#include "actions/session.h"

enum { WORDS = 256, COMMAND = SESSION_PATH + 128 };

#define EXPORT __declspec(dllexport) UINT WINAPI

EXPORT Configure(MSIHANDLE session);
EXPORT RemoveLogs(MSIHANDLE session);
EXPORT RemoveJournal(MSIHANDLE session);

/* ---- msiwatchd.exe, run quietly; CustomActionData is its folder, with a backslash at the end ----
 */

struct run {
    MSIHANDLE session;
    wchar_t last[SESSION_LINE]; /* its last line: if it failed, the reason */
};

static void on_line(void *arg, const wchar_t *line)
{
    struct run *run = arg;
    session_text(run->last, SESSION_LINE, L"%ls", line);
    session_say(run->session, line);
}

/* Logs the exit code; it is the reason if the program failed without printing one. */
static void say_code(struct run *run, DWORD code)
{
    wchar_t line[SESSION_LINE];
    session_text(line, SESSION_LINE, L"msiwatchd.exe ended with exit code %lu", code);
    session_say(run->session, line);
    if (run->last[0] == L'\0') {
        wchar_t words[WORDS];
        session_words(code, words, WORDS);
        session_text(run->last, SESSION_LINE, L"%ls (error %lu)", words, code);
    }
}

/* Runs msiwatchd.exe with the arguments. Returns 0, or its exit code, or the error why it did not
 * start; run->last then has the reason in words. */
static DWORD run_program(struct run *run, const wchar_t *arguments)
{
    wchar_t folder[SESSION_PATH], program[COMMAND], command[COMMAND], line[SESSION_LINE];
    DWORD code = ERROR_SUCCESS;
    if (!session_property(run->session, L"CustomActionData", folder, SESSION_PATH)) {
        session_text(run->last, SESSION_LINE, L"the package does not say where msiwatchd.exe is");
        return ERROR_INVALID_PARAMETER;
    }
    session_text(program, COMMAND, L"%lsmsiwatchd.exe", folder);
    session_text(command, COMMAND, L"\"%ls\" %ls", program, arguments);
    session_text(line, SESSION_LINE, L"running %ls", command);
    session_say(run->session, line);
    DWORD error = quiet_run(program, command, folder, on_line, run, &code);
    if (error != ERROR_SUCCESS) {
        wchar_t words[WORDS];
        session_words(error, words, WORDS);
        session_text(run->last, SESSION_LINE, L"cannot run %ls: %ls (error %lu)", program, words,
                     error);
        return error;
    }
    if (code != ERROR_SUCCESS) {
        say_code(run, code);
    }
    return code;
}

/* Sets restarts, SID, privilege, access and data folder. The package's tables for some of these
 * fail on real systems; for the others there are no tables. */
UINT WINAPI Configure(MSIHANDLE session)
{
    struct run run = {.session = session};
    if (run_program(&run, L"install --configure") == ERROR_SUCCESS) {
        return ERROR_SUCCESS;
    }
    session_fail(session, SESSION_NOT_CONFIGURED, run.last);
    return ERROR_INSTALL_FAILURE;
}

/* If the logs cannot be removed, they stay; the service is removed anyway. */
UINT WINAPI RemoveLogs(MSIHANDLE session)
{
    struct run run = {.session = session};
    if (run_program(&run, L"uninstall --data-only") != ERROR_SUCCESS) {
        wchar_t line[SESSION_LINE];
        session_text(line, SESSION_LINE, L"the logs could not be removed: %ls", run.last);
        session_say(session, line);
    }
    return ERROR_SUCCESS;
}

UINT WINAPI RemoveJournal(MSIHANDLE session)
{
    struct run run = {.session = session};
    if (run_program(&run, L"uninstall --data-only --purge") == ERROR_SUCCESS) {
        return ERROR_SUCCESS;
    }
    session_fail(session, SESSION_NOT_PURGED, run.last);
    return ERROR_INSTALL_FAILURE;
}
