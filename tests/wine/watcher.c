/* watcher.c: a subscriber that collects its events in a thread. */
#include "watcher.h"

#include "common/model.h"
#include "rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from);
}

static bool read_event(yyjson_doc *doc, struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    seen->arrived_ms = rig_now_ms();
    seen->seq = talk_number(doc, "/params/event/seq");
    seen->after_ms = talk_number(doc, "/params/event/after_ms");
    copy_text(seen->from, sizeof seen->from, talk_text(doc, "/params/event/from"));
    copy_text(seen->to, sizeof seen->to, talk_text(doc, "/params/event/to"));
    talk_words(doc, "/params/event/reasons", seen->reasons, sizeof seen->reasons);
    return strcmp(talk_text(doc, "/method"), "event") == 0 &&
           strcmp(talk_text(doc, "/params/event/kind"), "transition") == 0 &&
           time_parse(talk_text(doc, "/params/event/at"), &seen->at_ms);
}

static void take(struct watcher *watcher, yyjson_doc *doc)
{
    struct seen seen;
    bool is_event = read_event(doc, &seen);
    EnterCriticalSection(&watcher->lock);
    if (is_event && watcher->count < WATCHER_EVENTS) {
        watcher->wrong = watcher->wrong || seen.seq != watcher->next_seq;
        watcher->next_seq = seen.seq + 1;
        watcher->events[watcher->count++] = seen;
    } else if (strcmp(talk_text(doc, "/method"), "closing") == 0) {
        watcher->closing = true;
    } else {
        watcher->wrong = true;
    }
    LeaveCriticalSection(&watcher->lock);
}

static DWORD WINAPI collect(void *arg)
{
    struct watcher *watcher = arg;
    while (!watcher->stop) {
        yyjson_doc *doc = talk_read(&watcher->talk, 100);
        if (doc != NULL) {
            take(watcher, doc);
            yyjson_doc_free(doc);
        } else if (watcher->talk.error != WAIT_TIMEOUT) {
            break;
        }
    }
    EnterCriticalSection(&watcher->lock);
    watcher->ended = true;
    LeaveCriticalSection(&watcher->lock);
    return 0;
}

bool watcher_start(struct watcher *watcher, int64_t after)
{
    char params[64] = "{}";
    memset(watcher, 0, sizeof *watcher);
    InitializeCriticalSection(&watcher->lock);
    watcher->events = calloc(WATCHER_EVENTS, sizeof *watcher->events);
    if (watcher->events == NULL || !talk_open(&watcher->talk, 10000)) {
        return false;
    }
    if (after >= 0) {
        snprintf(params, sizeof params, "{\"after\":%" PRId64 "}", after);
    }
    yyjson_doc *reply = talk_ask(&watcher->talk, "subscribe", params, 10000);
    bool yes = reply != NULL && talk_number(reply, "/result/subscription") >= 0;
    if (yes) {
        watcher->next_seq = (after >= 0 ? after : talk_number(reply, "/result/status/seq")) + 1;
        copy_text(watcher->state, sizeof watcher->state, talk_text(reply, "/result/status/state"));
        watcher->thread = CreateThread(NULL, 0, collect, watcher, 0, NULL);
    }
    yyjson_doc_free(reply);
    return watcher->thread != NULL;
}

size_t watcher_count(struct watcher *watcher)
{
    EnterCriticalSection(&watcher->lock);
    size_t count = watcher->count;
    LeaveCriticalSection(&watcher->lock);
    return count;
}

struct seen watcher_event(struct watcher *watcher, size_t index)
{
    EnterCriticalSection(&watcher->lock);
    struct seen seen = watcher->events[index];
    LeaveCriticalSection(&watcher->lock);
    return seen;
}

bool watcher_await(struct watcher *watcher, size_t from, const char *state, uint32_t limit_ms,
                   size_t *index)
{
    ULONGLONG end = GetTickCount64() + limit_ms;
    for (;;) {
        /* Read before looking, so that what came by then has been looked at. */
        bool late = GetTickCount64() >= end;
        for (; from < watcher_count(watcher); from++) {
            struct seen seen = watcher_event(watcher, from);
            if (strcmp(seen.to, state) == 0) {
                *index = from;
                return true;
            }
        }
        if (late) {
            return false;
        }
        Sleep(2);
    }
}

bool watcher_is_whole(struct watcher *watcher)
{
    EnterCriticalSection(&watcher->lock);
    bool whole = !watcher->wrong;
    LeaveCriticalSection(&watcher->lock);
    return whole;
}

bool watcher_await_closing(struct watcher *watcher, uint32_t limit_ms)
{
    return WaitForSingleObject(watcher->thread, limit_ms) == WAIT_OBJECT_0 && watcher->closing;
}

void watcher_stop(struct watcher *watcher)
{
    if (watcher->events == NULL) {
        return;
    }
    if (watcher->thread != NULL) {
        InterlockedExchange(&watcher->stop, 1);
        WaitForSingleObject(watcher->thread, INFINITE);
        CloseHandle(watcher->thread);
    }
    talk_close(&watcher->talk);
    DeleteCriticalSection(&watcher->lock);
    free(watcher->events);
    memset(watcher, 0, sizeof *watcher);
}
