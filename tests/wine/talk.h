/* talk.h: a connection to the service as the author of a tool would write it: CreateFile, ReadFile,
 * WriteFile, and one line of JSON in each direction. Overlapped, so that every read has a time
 * limit. One thread at a time. */
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
    DWORD error; /* why the last call failed; ERROR_BROKEN_PIPE: the service closed the pipe */
};

/* Connects, and waits while the pipe is busy, for at most limit_ms. False: see talk->error. */
bool talk_open(struct talk *talk, uint32_t limit_ms);
void talk_close(struct talk *talk);

/* Sends the text and a line end. */
bool talk_send(struct talk *talk, const char *text);

/* Sends only these bytes; false: they were not all accepted within limit_ms. */
bool talk_send_bytes(struct talk *talk, const char *bytes, size_t size, uint32_t limit_ms);

/* Returns the next line from the service, which the caller frees. NULL: see talk->error, which is
 * WAIT_TIMEOUT if none came within limit_ms, ERROR_INVALID_DATA if it is not JSON. */
yyjson_doc *talk_read(struct talk *talk, uint32_t limit_ms);

/* Sends a request ("params" are JSON, or NULL for none) and returns its id, or 0. */
int64_t talk_request(struct talk *talk, const char *method, const char *params);

/* Calls talk_request, then talk_read until the reply comes; skips everything else. */
yyjson_doc *talk_ask(struct talk *talk, const char *method, const char *params, uint32_t limit_ms);

/* Read a value of a reply by JSON pointer; "" or INT64_MIN if there is none. */
const char *talk_text(yyjson_doc *doc, const char *pointer);
int64_t talk_number(yyjson_doc *doc, const char *pointer);

/* Reads an array of words, joined by commas. */
void talk_words(yyjson_doc *doc, const char *pointer, char *to, size_t size);

#endif
