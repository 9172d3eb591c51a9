/* talk.c: a connection to the service, a line of JSON each way. */
#include "talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SEND_MS 10000u
#define LINE_CAP ((size_t)256 * 1024)

static bool failed(struct talk *talk, DWORD error)
{
    talk->error = error;
    return false;
}

bool talk_open(struct talk *talk, uint32_t limit_ms)
{
    ULONGLONG end = GetTickCount64() + limit_ms;
    memset(talk, 0, sizeof *talk);
    lines_init(&talk->lines, LINE_CAP);
    talk->done = CreateEventA(NULL, TRUE, FALSE, NULL);
    if (talk->done == NULL) {
        return failed(talk, GetLastError());
    }
    for (;;) {
        talk->pipe = CreateFileA(
            TALK_PIPE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
            FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
        if (talk->pipe != INVALID_HANDLE_VALUE) {
            return true;
        }
        talk->error = GetLastError();
        if (talk->error != ERROR_PIPE_BUSY || GetTickCount64() >= end) {
            break;
        }
        WaitNamedPipeA(TALK_PIPE, 100);
    }
    CloseHandle(talk->done);
    lines_release(&talk->lines);
    talk->pipe = talk->done = NULL;
    return false;
}

void talk_close(struct talk *talk)
{
    if (talk->pipe == NULL) {
        return;
    }
    CloseHandle(talk->pipe);
    CloseHandle(talk->done);
    lines_release(&talk->lines);
    talk->pipe = talk->done = NULL;
}

/* Ends an operation that ReadFile or WriteFile began: the bytes moved, or 0 with talk->error. */
static DWORD finish(struct talk *talk, BOOL at_once, OVERLAPPED *operation, DWORD limit_ms)
{
    DWORD moved = 0;
    if (!at_once) {
        DWORD error = GetLastError();
        if (error != ERROR_IO_PENDING) {
            failed(talk, error);
            return 0;
        }
        if (WaitForSingleObject(talk->done, limit_ms) != WAIT_OBJECT_0) {
            CancelIoEx(talk->pipe, operation);
        }
    }
    /* Waits for the end of what was cancelled, too: the memory is ours again only then. */
    if (!GetOverlappedResult(talk->pipe, operation, &moved, TRUE)) {
        DWORD error = GetLastError();
        failed(talk, error == ERROR_OPERATION_ABORTED ? (DWORD)WAIT_TIMEOUT : error);
        return 0;
    }
    return moved;
}

bool talk_send_bytes(struct talk *talk, const char *bytes, size_t size, uint32_t limit_ms)
{
    while (size > 0) {
        OVERLAPPED operation = {.hEvent = talk->done};
        BOOL at_once = WriteFile(talk->pipe, bytes, (DWORD)size, NULL, &operation);
        DWORD moved = finish(talk, at_once, &operation, limit_ms);
        if (moved == 0) {
            return false;
        }
        bytes += moved;
        size -= moved;
    }
    return true;
}

bool talk_send(struct talk *talk, const char *text)
{
    char line[4096];
    int size = snprintf(line, sizeof line, "%s\n", text);
    if (size < 0 || (size_t)size >= sizeof line) {
        return talk_send_bytes(talk, text, strlen(text), SEND_MS) &&
               talk_send_bytes(talk, "\n", 1, SEND_MS);
    }
    return talk_send_bytes(talk, line, (size_t)size, SEND_MS);
}

yyjson_doc *talk_read(struct talk *talk, uint32_t limit_ms)
{
    ULONGLONG now = GetTickCount64(), end = now + limit_ms;
    for (;; now = GetTickCount64()) {
        char *line;
        size_t size;
        enum lines_result result = lines_next(&talk->lines, &line, &size);
        if (result == LINES_LINE) {
            yyjson_doc *doc = yyjson_read(line, size, 0);
            talk->error = doc != NULL ? ERROR_SUCCESS : ERROR_INVALID_DATA;
            return doc;
        }
        char *room = result == LINES_MORE ? lines_room(&talk->lines, &size) : NULL;
        if (room == NULL) {
            failed(talk, ERROR_INVALID_DATA);
            return NULL;
        }
        OVERLAPPED operation = {.hEvent = talk->done};
        BOOL at_once = ReadFile(talk->pipe, room, (DWORD)size, NULL, &operation);
        DWORD moved = finish(talk, at_once, &operation, now < end ? (DWORD)(end - now) : 0);
        if (moved == 0) {
            return NULL;
        }
        lines_added(&talk->lines, moved);
    }
}

int64_t talk_request(struct talk *talk, const char *method, const char *params)
{
    char line[4096];
    int size = snprintf(line, sizeof line,
                        "{\"jsonrpc\":\"2.0\",\"id\":%" PRId64 ",\"method\":\"%s\"%s%s}",
                        ++talk->last_id, method, params != NULL ? ",\"params\":" : "",
                        params != NULL ? params : "");
    if (size < 0 || (size_t)size >= sizeof line) {
        failed(talk, ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    return talk_send(talk, line) ? talk->last_id : 0;
}

yyjson_doc *talk_ask(struct talk *talk, const char *method, const char *params, uint32_t limit_ms)
{
    ULONGLONG now = GetTickCount64(), end = now + limit_ms;
    int64_t id = talk_request(talk, method, params);
    for (; id != 0; now = GetTickCount64()) {
        yyjson_doc *doc = talk_read(talk, now < end ? (uint32_t)(end - now) : 0);
        if (doc == NULL || talk_number(doc, "/id") == id) {
            return doc;
        }
        yyjson_doc_free(doc);
    }
    return NULL;
}

const char *talk_text(yyjson_doc *doc, const char *pointer)
{
    const char *text = yyjson_get_str(yyjson_doc_ptr_get(doc, pointer));
    return text != NULL ? text : "";
}

int64_t talk_number(yyjson_doc *doc, const char *pointer)
{
    yyjson_val *value = yyjson_doc_ptr_get(doc, pointer);
    return yyjson_is_int(value) ? yyjson_get_sint(value) : INT64_MIN;
}

void talk_words(yyjson_doc *doc, const char *pointer, char *to, size_t size)
{
    size_t index, count, used = 0;
    yyjson_val *word;
    to[0] = '\0';
    yyjson_arr_foreach(yyjson_doc_ptr_get(doc, pointer), index, count, word)
    {
        int more = snprintf(to + used, size - used, "%s%s", index > 0 ? "," : "",
                            yyjson_get_str(word));
        used += more > 0 ? (size_t)more : 0;
        if (used >= size) {
            return;
        }
    }
}
