/* attackers.c: hostile and broken clients of the real pipe; a tenth as many, or as fast, as those
 * of tests/attack, and as many as the protocol's caps where it is those that they try. */
#include "attackers.h"

#include "hostile.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void is_ready(void)
{
    printf("ready\n");
    fflush(stdout);
}

static void for_ever(void)
{
    is_ready();
    Sleep(INFINITE);
}

/* Connects unless it is; false while nobody listens. */
static bool come(struct talk *talk)
{
    return talk->pipe != NULL || talk_open(talk, 1000);
}

/* Until nothing more is taken for this long; false then, or when the pipe broke. */
static bool say(struct talk *talk, const char *text, uint32_t limit_ms)
{
    return talk_send_bytes(talk, text, strlen(text), limit_ms);
}

/* ---- too many, too often, too slow ---- */

static void silent(void)
{
    static struct talk talks[100];
    for (size_t i = 0; i < 100; i++) {
        come(&talks[i]);
    }
    is_ready();
    for (size_t i = 0;; i = (i + 1) % 100) {
        yyjson_doc *doc = talks[i].pipe == NULL ? NULL : talk_read(&talks[i], 0);
        yyjson_doc_free(doc); /* "closing" */
        if (doc == NULL && talks[i].error != WAIT_TIMEOUT) {
            talk_close(&talks[i]);
            come(&talks[i]); /* again, whenever it is turned out */
        }
        if (i % 10 == 0) {
            Sleep(5);
        }
    }
}

/* 100 a second: some of them here, or gone, before an instance listens (acceptor_test.c sees to it
 * that they are). */
static void come_and_go(void)
{
    static const char *const words[] = {"", REQUEST("1", "status"), "", "{\"jsonrpc\":"};
    is_ready();
    for (size_t i = 0;; i++) {
        struct talk talk = {0};
        if (come(&talk)) {
            say(&talk, words[i % 4], 0);
            talk_close(&talk);
        }
        if (i % 5 == 4) { /* five at once, so that one comes while another is taken */
            Sleep(50);
        }
    }
}

static void never_read(void)
{
    static struct talk talks[8];
    for (size_t i = 0; i < 8; i++) {
        come(&talks[i]);
        for (int j = 0; j < 8; j++) {
            say(&talks[i], REQUEST_WITH("1", "subscribe", "[0]"), 50);
        }
        while (say(&talks[i], REQUEST_WITH("2", "history", "{\"limit\":256}"), 50)) {
        }
    }
    for_ever();
}

static void dribble(void)
{
    static struct talk talks[10];
    static const char line[] = REQUEST("1", "status");
    is_ready();
    for (size_t at = 0;; at = (at + 1) % (sizeof line - 1)) {
        for (size_t i = 0; i < 10; i++) {
            if (come(&talks[i]) && !talk_send_bytes(&talks[i], line + at, 1, 0)) {
                talk_close(&talks[i]);
            }
        }
        Sleep(1000);
    }
}

static void wait_in_masses(void)
{
    static struct talk talks[20];
    for (size_t i = 0; i < 20; i++) {
        come(&talks[i]);
        for (int j = 0; j < 64; j++) {
            say(&talks[i], REQUEST_WITH("1", "wait", "[\"busy\",3600000]"), 1000);
        }
    }
    for_ever();
}

/* ---- too long, and not what it should be ---- */

/* Sends, listens for an answer, and comes again if that was the end. */
static void send_and_hear(struct talk *talk, const char *text, size_t size)
{
    if (!come(talk)) {
        return;
    }
    talk_send_bytes(talk, text, size, 100);
    yyjson_doc *doc = talk_read(talk, 200);
    if (doc == NULL && talk->error != WAIT_TIMEOUT) {
        talk_close(talk);
    }
    yyjson_doc_free(doc);
}

static void long_lines(void)
{
    static char line[HOSTILE_LINE + 1];
    struct talk talk = {0};
    is_ready();
    for (size_t i = 0;; i++) {
        size_t size = HOSTILE_LINE - 1 + i % 3;
        hostile_fill(line, size);
        send_and_hear(&talk, line, size);
        Sleep(5);
    }
}

/* As much of 100 MB as is taken, and again. */
static void endless_lines(void)
{
    static char block[64 * 1024];
    memset(block, 'x', sizeof block);
    is_ready();
    for (;;) {
        struct talk talk = {0};
        size_t left = come(&talk) ? (size_t)100 * 1024 * 1024 : 0;
        while (left > 0 && talk_send_bytes(&talk, block, sizeof block, 1000)) {
            left -= sizeof block;
        }
        talk_close(&talk);
        Sleep(100);
    }
}

static void garbage(void)
{
    struct talk talk = {0};
    is_ready();
    for (size_t i = 0;; i++) {
        size_t size;
        const char *text = hostile_text(i, &size);
        send_and_hear(&talk, text, size);
        Sleep(5);
    }
}

/* ---- gone in the middle ---- */

void attackers_die(unsigned number)
{
    struct talk talk = {0};
    if (come(&talk)) {
        if (number % 2 == 0) {
            say(&talk, "{\"jsonrpc\":\"2.0\",\"id\":1,\"meth", 1000);
        } else {
            char byte;
            OVERLAPPED operation = {.hEvent = talk.done};
            say(&talk, REQUEST_WITH("1", "history", "{\"limit\":256}"), 1000);
            if (!ReadFile(talk.pipe, &byte, 1, NULL, &operation)) {
                WaitForSingleObject(talk.done, 1000); /* the beginning of the reply */
            }
        }
    }
    TerminateProcess(GetCurrentProcess(), 0);
}

static void be_killed(void)
{
    char self[MAX_PATH], command[MAX_PATH + 32];
    GetModuleFileNameA(NULL, self, sizeof self);
    is_ready();
    for (unsigned i = 0;; i++) {
        STARTUPINFOA startup = {.cb = sizeof startup};
        PROCESS_INFORMATION made;
        snprintf(command, sizeof command, "\"%s\" die %u", self, i);
        if (CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made)) {
            WaitForSingleObject(made.hProcess, 5000);
            CloseHandle(made.hThread);
            CloseHandle(made.hProcess);
        }
        Sleep(20);
    }
}

const struct attacker attackers[] = {
    {"100 silent connections", silent, false, "connections_total"},
    {"100 connections a second", come_and_go, false, "connections_total"},
    {"readers that never read", never_read, true, "requests_total"},
    {"a byte a second", dribble, false, "connections_total"},
    {"1,280 waits", wait_in_masses, false, "requests_total"},
    {"lines about as long as may be", long_lines, false, "over_limit_total"},
    {"lines without an end", endless_lines, false, "over_limit_total"},
    {"lines that are no requests", garbage, false, "errors_total"},
    {"killed in the middle", be_killed, false, "connections_total"},
    {NULL, NULL, false, NULL},
};
