/* event_log_api.h: the functions of wevtapi.dll that we call, as a table.
 *
 * It is a table so that tests can put a simulated event log in its place. It uses the plain types
 * of Windows' ABI (DWORD is uint32_t, BOOL int, WCHAR uint16_t, a handle void *), so that this also
 * works without Windows. common/win32/wevtapi.h fills it in from the system. Microsoft's "Windows
 * Event Log Functions" says what each function does. One thread at a time calls them.
 */
#ifndef MSIWATCH_COMMON_EVENT_LOG_API_H
#define MSIWATCH_COMMON_EVENT_LOG_API_H

#include <stdint.h>

#ifdef _WIN32
#define EVENT_LOG_CALL __stdcall
#else
#define EVENT_LOG_CALL
#endif

/* From winevt.h. */
enum {
    EVENT_SUBSCRIBE_FUTURE = 1,
    EVENT_SUBSCRIBE_OLDEST = 2,
    EVENT_SUBSCRIBE_AFTER_BOOKMARK = 3,
    EVENT_SUBSCRIBE_STRICT = 0x10000, /* if the bookmark's record is missing, the result is
                                       * ERROR_NOT_FOUND */
    EVENT_QUERY_CHANNEL = 0x1,
    EVENT_QUERY_REVERSE = 0x200,
    EVENT_CONTEXT_SYSTEM = 1,
    EVENT_CONTEXT_USER = 2,
    EVENT_RENDER_VALUES = 0
};

typedef void *(EVENT_LOG_CALL *event_subscribe_call)(void *session, void *signal,
                                                     const uint16_t *channel, const uint16_t *query,
                                                     void *bookmark, void *context, void *callback,
                                                     uint32_t flags);
typedef void *(EVENT_LOG_CALL *event_query_call)(void *session, const uint16_t *channel,
                                                 const uint16_t *query, uint32_t flags);
typedef int(EVENT_LOG_CALL *event_next_call)(void *set, uint32_t size, void **events,
                                             uint32_t timeout_ms, uint32_t flags, uint32_t *count);
typedef void *(EVENT_LOG_CALL *event_context_call)(uint32_t count, const uint16_t *const *paths,
                                                   uint32_t flags);
typedef int(EVENT_LOG_CALL *event_render_call)(void *context, void *event, uint32_t flags,
                                               uint32_t size, void *memory, uint32_t *used,
                                               uint32_t *count);
typedef void *(EVENT_LOG_CALL *event_bookmark_call)(const uint16_t *xml);
typedef int(EVENT_LOG_CALL *event_close_call)(void *object);

struct event_log_api {
    event_subscribe_call subscribe;
    event_query_call query;
    event_next_call next;
    event_context_call create_context;
    event_render_call render;
    event_bookmark_call create_bookmark;
    event_close_call close;
    /* Like GetLastError and SetLastError, for the calling thread. */
    uint32_t(EVENT_LOG_CALL *last_error)(void);
    void(EVENT_LOG_CALL *set_last_error)(uint32_t error);
};

#endif
