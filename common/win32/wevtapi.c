/* wevtapi.c: loads Windows' event log functions when they are first needed. */
#include "common/win32/wevtapi.h"

#include "common/event_values.h"

#include <stddef.h>
#include <winevt.h>

/* Checks that our declarations match those of Windows. */
_Static_assert(sizeof(DWORD) == sizeof(uint32_t) && sizeof(BOOL) == sizeof(int) &&
                   sizeof(WCHAR) == sizeof(uint16_t) && sizeof(EVT_HANDLE) == sizeof(void *),
               "the types of event_log_api.h");
_Static_assert(sizeof(EVT_VARIANT) == sizeof(struct event_value) &&
                   offsetof(EVT_VARIANT, Count) == offsetof(struct event_value, count) &&
                   offsetof(EVT_VARIANT, Type) == offsetof(struct event_value, type),
               "the layout of event_value");
_Static_assert((int)EvtVarTypeString == (int)EVENT_VALUE_STRING &&
                   (int)EvtVarTypeAnsiString == (int)EVENT_VALUE_ANSI_STRING &&
                   (int)EvtVarTypeSByte == (int)EVENT_VALUE_SBYTE &&
                   (int)EvtVarTypeUInt64 == (int)EVENT_VALUE_UINT64 &&
                   (int)EvtVarTypeBoolean == (int)EVENT_VALUE_BOOLEAN &&
                   (int)EvtVarTypeBinary == (int)EVENT_VALUE_BINARY &&
                   (int)EvtVarTypeFileTime == (int)EVENT_VALUE_FILETIME &&
                   (int)EvtVarTypeSid == (int)EVENT_VALUE_SID &&
                   (int)EvtVarTypeHexInt64 == (int)EVENT_VALUE_HEX64 &&
                   EVT_VARIANT_TYPE_ARRAY == EVENT_VALUE_ARRAY,
               "the types of event_value");
_Static_assert((int)EvtSystemProviderName == EVENT_SYSTEM_PROVIDER &&
                   (int)EvtSystemEventID == EVENT_SYSTEM_EVENT_ID &&
                   (int)EvtSystemTimeCreated == EVENT_SYSTEM_TIME_CREATED &&
                   (int)EvtSystemEventRecordId == EVENT_SYSTEM_RECORD_ID &&
                   (int)EvtSystemProcessID == EVENT_SYSTEM_PROCESS_ID &&
                   (int)EvtSystemUserID == EVENT_SYSTEM_USER_ID &&
                   (int)EvtSystemVersion == EVENT_SYSTEM_VERSION &&
                   (int)EvtSystemPropertyIdEND == EVENT_SYSTEM_COUNT,
               "the positions of the system values");
_Static_assert((int)EvtSubscribeToFutureEvents == EVENT_SUBSCRIBE_FUTURE &&
                   (int)EvtSubscribeStartAtOldestRecord == EVENT_SUBSCRIBE_OLDEST &&
                   (int)EvtSubscribeStartAfterBookmark == EVENT_SUBSCRIBE_AFTER_BOOKMARK &&
                   (int)EvtSubscribeStrict == EVENT_SUBSCRIBE_STRICT &&
                   (int)EvtQueryChannelPath == EVENT_QUERY_CHANNEL &&
                   (int)EvtQueryReverseDirection == EVENT_QUERY_REVERSE &&
                   (int)EvtRenderContextSystem == EVENT_CONTEXT_SYSTEM &&
                   (int)EvtRenderContextUser == EVENT_CONTEXT_USER &&
                   (int)EvtRenderEventValues == EVENT_RENDER_VALUES,
               "the flags");

static uint32_t EVENT_LOG_CALL last_error(void)
{
    return GetLastError();
}

static void EVENT_LOG_CALL set_last_error(uint32_t error)
{
    SetLastError(error);
}

static void (*find(HMODULE library, const char *name))(void)
{
    return (void (*)(void))GetProcAddress(library, name);
}

DWORD wevtapi_load(struct event_log_api *api, HMODULE *library)
{
    *library = NULL;
    HMODULE loaded = LoadLibraryExW(L"wevtapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (loaded == NULL) {
        return GetLastError();
    }
    struct event_log_api table = {
        .subscribe = (event_subscribe_call)find(loaded, "EvtSubscribe"),
        .query = (event_query_call)find(loaded, "EvtQuery"),
        .next = (event_next_call)find(loaded, "EvtNext"),
        .create_context = (event_context_call)find(loaded, "EvtCreateRenderContext"),
        .render = (event_render_call)find(loaded, "EvtRender"),
        .create_bookmark = (event_bookmark_call)find(loaded, "EvtCreateBookmark"),
        .close = (event_close_call)find(loaded, "EvtClose"),
        .last_error = last_error,
        .set_last_error = set_last_error,
    };
    if (table.subscribe == NULL || table.query == NULL || table.next == NULL ||
        table.create_context == NULL || table.render == NULL || table.create_bookmark == NULL ||
        table.close == NULL) {
        FreeLibrary(loaded);
        return ERROR_PROC_NOT_FOUND;
    }
    *api = table;
    *library = loaded;
    return ERROR_SUCCESS;
}
