/* actions.c: the package's custom actions, in the DLL that its table Binary holds.
 *
 * A program in their place would show a console window on the desktop, and what it printed would be
 * lost. These run without one, and all they have to say is in Windows Installer's log; what fails
 * an installation is an error of the package's own, with a sentence, which the event log gets too.
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
    wchar_t last[SESSION_LINE]; /* what it said last: why it failed, if it did */
};

static void on_line(void *arg, const wchar_t *line)
{
    struct run *run = arg;
    session_text(run->last, SESSION_LINE, L"%ls", line);
    session_say(run->session, line);
}

/* A program that ended without success and did not say why. */
static void say_code(struct run *run, DWORD code)
{
    wchar_t line[SESSION_LINE];
    session_text(line, SESSION_LINE, L"it ended with exit code %lu", code);
    session_say(run->session, line);
    if (run->last[0] == L'\0') {
        wchar_t words[WORDS];
        session_words(code, words, WORDS);
        session_text(run->last, SESSION_LINE, L"%ls (error %lu)", words, code);
    }
}

/* Runs msiwatchd.exe with the arguments. 0; or its exit code, or why it did not start, and the
 * words for it in run->last. */
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

/* Restarts, SID, privilege, access and data folder: the tables for some of them fail on real
 * systems, and for the others there are none. */
UINT WINAPI Configure(MSIHANDLE session)
{
    struct run run = {.session = session};
    if (run_program(&run, L"install --configure") == ERROR_SUCCESS) {
        return ERROR_SUCCESS;
    }
    session_fail(session, SESSION_NOT_CONFIGURED, run.last);
    return ERROR_INSTALL_FAILURE;
}

/* What cannot be removed stays, and is no reason to keep a service. */
UINT WINAPI RemoveLogs(MSIHANDLE session)
{
    struct run run = {.session = session};
    if (run_program(&run, L"uninstall --data-only") != ERROR_SUCCESS) {
        wchar_t line[SESSION_LINE];
        session_text(line, SESSION_LINE, L"the logs stay: %ls", run.last);
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
