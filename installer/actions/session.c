/* session.c: a custom action's properties, and its messages. */
#include "actions/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#include <msiquery.h>

bool session_property(MSIHANDLE session, const wchar_t *name, wchar_t *out, size_t room)
{
    DWORD length = (DWORD)room;
    if (MsiGetPropertyW(session, name, out, &length) != ERROR_SUCCESS) {
        out[0] = L'\0';
    }
    return out[0] != L'\0';
}

bool session_set(MSIHANDLE session, const wchar_t *name, const wchar_t *value)
{
    return MsiSetPropertyW(session, name, value) == ERROR_SUCCESS;
}

void session_text(wchar_t *out, size_t room, const wchar_t *format, ...)
{
    va_list arguments;
    out[0] = L'\0';
    va_start(arguments, format);
    if (vswprintf(out, room, format, arguments) < 0) {
        out[room - 1] = L'\0'; /* cut off */
    }
    va_end(arguments);
}

void session_say(MSIHANDLE session, const wchar_t *line)
{
    MSIHANDLE record = MsiCreateRecord(1);
    if (record == 0) {
        return;
    }
    /* The text is a field: in the template in field 0, brackets would stand for fields. */
    MsiRecordSetStringW(record, 0, L"MsiWatch: [1]");
    MsiRecordSetStringW(record, 1, line);
    MsiProcessMessage(session, INSTALLMESSAGE_INFO, record);
    MsiCloseHandle(record);
}

void session_fail(MSIHANDLE session, enum session_error error, const wchar_t *why)
{
    MSIHANDLE record = MsiCreateRecord(2);
    if (record == 0) {
        return;
    }
    MsiRecordSetInteger(record, 1, (int)error);
    MsiRecordSetStringW(record, 2, why);
    MsiProcessMessage(session, (INSTALLMESSAGE)(INSTALLMESSAGE_ERROR | MB_OK | MB_ICONERROR),
                      record);
    MsiCloseHandle(record);
}

void session_words(DWORD error, wchar_t *out, size_t room)
{
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                  error, 0, out, (DWORD)room, NULL);
    while (length > 0 && wcschr(L"\r\n .", out[length - 1]) != NULL) {
        length--;
    }
    if (length > 0) {
        out[length] = L'\0';
    } else {
        session_text(out, room, L"error %lu", error);
    }
}
