/* event_dump.c: event-dump, what common/event_log reads of MsiInstaller's records: a JSON object a
 * line, for event_log_values.ps1 to compare with what Windows itself renders as XML.
 *
 *   event-dump RECORD      those after this record of the log Application
 * Exits with a Win32 code.
 */
#include "common/event_log.h"
#include "common/win32/wevtapi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const uint16_t query[] = u"*[System[Provider[@Name='MsiInstaller']]]";

/* In ASCII, so that no code page matters. The text is UTF-8 by event_values.h. */
static void print_text(const char *text)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        uint32_t code = *at++;
        int more = code >= 0xF0 ? 3 : code >= 0xE0 ? 2 : code >= 0xC0 ? 1 : 0;
        code &= more == 0 ? 0x7Fu : 0x3Fu >> more;
        for (; more > 0; more--) {
            code = code << 6 | (*at++ & 0x3Fu);
        }
        if (code >= 0x10000) {
            printf("\\u%04x\\u%04x", (unsigned)(0xD800 + ((code - 0x10000) >> 10)),
                   (unsigned)(0xDC00 + ((code - 0x10000) & 0x3FF)));
        } else if (code < ' ' || code > '~' || code == '"' || code == '\\') {
            printf("\\u%04x", (unsigned)code);
        } else {
            putchar((int)code);
        }
    }
    putchar('"');
}

static void print_record(void *arg, struct event_record *record)
{
    (void)arg;
    printf("{\"record_id\":%" PRIu64 ",\"event_id\":%" PRIu32 ",\"at_ms\":%" PRId64
           ",\"old_form\":%s,\"writer_pid\":%" PRIu32 ",\"user\":",
           record->record_id, record->event_id, record->at_ms, record->old_form ? "true" : "false",
           record->writer_pid);
    print_text(record->user_sid);
    printf(",\"strings\":[");
    for (size_t i = 0; i < record->string_count; i++) {
        printf("%s", i == 0 ? "" : ",");
        print_text(record->strings[i]);
    }
    printf("],\"binary\":\"");
    for (size_t i = 0; i < record->binary_size; i++) {
        printf("%02X", record->binary[i]);
    }
    printf("\"}\n");
}

static DWORD dump(const struct event_log_api *api, HANDLE signal, uint64_t after)
{
    struct event_log_fetched fetched;
    struct event_log *log;
    DWORD error = event_log_new(&log, api, query);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    error = event_log_subscribe(log, signal, after);
    do {
        fetched.count = 0;
        if (error == ERROR_SUCCESS) {
            error = event_log_fetch(log, 64, print_record, NULL, &fetched);
        }
    } while (error == ERROR_SUCCESS && fetched.count > 0);
    if (event_log_dropped(log) > 0) {
        fprintf(stderr, "event-dump: %" PRIu64 " records were dropped\n", event_log_dropped(log));
    }
    event_log_free(log);
    return error;
}

int main(int argc, char **argv)
{
    struct event_log_api api;
    HMODULE library;
    char *end = NULL;
    uint64_t after = argc == 2 ? strtoull(argv[1], &end, 10) : 0;
    if (argc != 2 || *end != '\0') {
        fprintf(stderr, "usage: event-dump RECORD\n");
        return ERROR_BAD_ARGUMENTS;
    }
    DWORD error = wevtapi_load(&api, &library);
    if (error == ERROR_SUCCESS) {
        HANDLE signal = CreateEventW(NULL, TRUE, TRUE, NULL);
        error = signal == NULL ? GetLastError() : dump(&api, signal, after);
        if (signal != NULL) {
            CloseHandle(signal);
        }
        FreeLibrary(library);
    }
    if (error != ERROR_SUCCESS) {
        fprintf(stderr, "event-dump: error %lu\n", error);
    }
    return (int)error;
}
