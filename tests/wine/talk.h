/* talk.h: a connection to the service as the author of a tool would write one: CreateFile,
 * ReadFile, WriteFile, and a line of JSON each way. Overlapped, so that every read has an end.
 * One thread at a time.
 */
#ifndef MSIWATCH_TESTS_TALK_H
#define MSIWATCH_TESTS_TALK_H

#include "common/lines.h"

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>
#include <yyjson.h>

#define TALK_PIPE "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\msiwatch"

struct talk {
    HANDLE pipe, done;
    struct lines lines;
    int64_t last_id;
    DWORD error; /* why the last call failed; ERROR_BROKEN_PIPE when the service closed it */
};

/* Connects, waiting while the pipe is busy, for at most limit_ms. False with talk->error. */
bool talk_open(struct talk *talk, uint32_t limit_ms);
void talk_close(struct talk *talk);

/* Sends the text and a line end. */
bool talk_send(struct talk *talk, const char *text);

/* Sends just these bytes; false when they were not all taken within limit_ms. */
bool talk_send_bytes(struct talk *talk, const char *bytes, size_t size, uint32_t limit_ms);

/* The next line the service sent; the caller's to free. NULL with talk->error: WAIT_TIMEOUT when
 * none came within limit_ms, ERROR_INVALID_DATA when it is not JSON. */
yyjson_doc *talk_read(struct talk *talk, uint32_t limit_ms);

/* Sends a request ("params" are JSON, or NULL for none) and returns its id, or 0. */
int64_t talk_request(struct talk *talk, const char *method, const char *params);

/* talk_request, then talk_read until its reply is there; what else came is passed over. */
yyjson_doc *talk_ask(struct talk *talk, const char *method, const char *params, uint32_t limit_ms);

/* Shorthands for what a reply holds: by JSON pointer; "" and INT64_MIN where there is none. */
const char *talk_text(yyjson_doc *doc, const char *pointer);
int64_t talk_number(yyjson_doc *doc, const char *pointer);

/* An array of words, joined by commas. */
void talk_words(yyjson_doc *doc, const char *pointer, char *to, size_t size);

#endif
