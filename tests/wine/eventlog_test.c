/* eventlog_test.c: the source in Windows' event log: entered and removed, the words of every event
 * in their DLL, and, where the system keeps events, those of a running service read back. */
#include "fixture.h"

#include "eventlog/eventlog.h"

#include <stdio.h>
#include <string.h>

#define SOURCE_KEY "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\MsiWatch"

static LSTATUS read_source(const char *name, DWORD type, void *data, DWORD size)
{
    return RegGetValueA(HKEY_LOCAL_MACHINE, SOURCE_KEY, name, type | RRF_NOEXPAND, NULL, data,
                        &size);
}

static void the_source_comes_and_goes_with_the_service(void **state)
{
    char image[MAX_PATH], own[MAX_PATH];
    DWORD types = 0;
    (void)state;
    assert_int_equal(read_source("TypesSupported", RRF_RT_REG_DWORD, &types, sizeof types),
                     ERROR_FILE_NOT_FOUND);
    run_well("msiwatchd install --unsafe-image");
    assert_int_equal(read_source("TypesSupported", RRF_RT_REG_DWORD, &types, sizeof types), 0);
    assert_int_equal(types, 7);
    assert_int_equal(read_source("EventMessageFile", RRF_RT_REG_EXPAND_SZ, image, sizeof image), 0);
    GetModuleFileNameA(NULL, own, sizeof own);
    snprintf(strrchr(own, '\\') + 1, 20, "msiwatchevents.dll");
    assert_int_equal(_stricmp(image, own), 0);
    run_well("msiwatchd uninstall");
    assert_int_equal(read_source("TypesSupported", RRF_RT_REG_DWORD, &types, sizeof types),
                     ERROR_FILE_NOT_FOUND);
}

/* As a reader of the log finds them: by number, level included, with the texts put in. */
static void the_dll_has_the_words_of_every_event(void **state)
{
    static const struct {
        enum eventlog_id id;
        const char *says;
    } events[] = {
        {EVENTLOG_STARTED, "MsiWatch one has started as process two and listens on three."},
        {EVENTLOG_STOPPED, "MsiWatch one has stopped."},
        {EVENTLOG_FAILED, "MsiWatch one has stopped because of a failure: two."},
        {EVENTLOG_DROPPED, "so one events of MsiWatch are missing here"},
        {EVENTLOG_SENSOR_DEGRADED,
         "cannot read its sensor one (two). Without mutex, the state may be"},
        {EVENTLOG_SENSOR_BACK, "can read its sensor one again"},
        {EVENTLOG_JOURNAL_DAMAGED, "renamed the file to one and created a new one."},
        {EVENTLOG_JOURNAL_VOLATILE, "keeps its journal in memory, not on disk: one."},
        {EVENTLOG_JOURNAL_DURABLE, "on disk again. The id of the journal is one."},
        {EVENTLOG_SETTING_REJECTED, "does not use the value \"one\" in two. Reason: three."},
        {EVENTLOG_IDLE, "Windows Installer has been one since three. Before that, the state was "
                        "two (for four ms). A \"-\" means that the value is not known."},
        {EVENTLOG_BUSY,
         "Windows Installer has been one since three, because of five. Before that, the state was "
         "two (for four ms). Owner of its mutex: process six, image seven, user eight. A \"-\" "
         "means that the value is not known."},
        {EVENTLOG_UNKNOWN, "the state has been one since three. Before that, it was two (for four "
                           "ms). A \"-\" means that the value is not known."},
    };
    const char *texts[] = {"one", "two", "three", "four", "five", "six", "seven", "eight"};
    char path[MAX_PATH], words[1024];
    (void)state;
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(strrchr(path, '\\') + 1, 20, "msiwatchevents.dll");
    HMODULE program = LoadLibraryExA(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
    must(program != NULL, "%s: error %lu", path, GetLastError());
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        /* the severity in the two highest bits */
        DWORD number = (DWORD)events[i].id | (DWORD)eventlog_level_of(events[i].id) << 30;
        DWORD size = FormatMessageA(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY,
                                    program, number, 0, words, sizeof words, (va_list *)texts);
        must(size > 0, "event %d: error %lu", (int)events[i].id, GetLastError());
        must(strstr(words, events[i].says) != NULL, "event %d: %s", (int)events[i].id, words);
    }
    FreeLibrary(program);
}

/* The last events of the source, newest first: their numbers. How many. */
static size_t read_back(DWORD *ids, size_t room)
{
    static BYTE buffer[65536];
    DWORD size, needed;
    size_t count = 0;
    HANDLE log = OpenEventLogA(NULL, "Application");
    must(log != NULL, "opening the log Application: error %lu", GetLastError());
    while (ReadEventLogA(log, EVENTLOG_SEQUENTIAL_READ | EVENTLOG_BACKWARDS_READ, 0, buffer,
                         sizeof buffer, &size, &needed)) {
        for (DWORD at = 0; at < size;) {
            EVENTLOGRECORD *record = (EVENTLOGRECORD *)(void *)(buffer + at);
            if (strcmp((const char *)(record + 1), "MsiWatch") == 0 && count < room) {
                ids[count++] = record->EventID & 0xFFFF;
            }
            at += record->Length;
        }
    }
    CloseEventLog(log);
    return count;
}

/* Whether anything that is written to the log can be read. */
static bool log_keeps_events(void)
{
    const char *texts[] = {"a test of whether events are kept"};
    DWORD id;
    HANDLE source = RegisterEventSourceA(NULL, "MsiWatch");
    must(source != NULL, "source: error %lu", GetLastError());
    must(ReportEventA(source, EVENTLOG_INFORMATION_TYPE, 0, 1, NULL, 1, 0, texts, NULL),
         "ReportEvent: error %lu", GetLastError());
    DeregisterEventSource(source);
    return read_back(&id, 1) == 1;
}

static void what_a_service_wrote_is_read_back(void **state)
{
    DWORD ids[64];
    (void)state;
    service_must_begin("");
    if (!log_keeps_events()) {
        print_message("skipped: ReportEvent succeeds here, and the log stays empty\n");
        skip();
    }
    struct talk talk;
    struct holder holder;
    must_open(&talk);
    holder_open(&holder, NULL);
    holder_take(&holder);
    must_become_status(&talk, "busy", NULL, NULL, NULL);
    holder_release(&holder);
    must_become_status(&talk, "idle", NULL, NULL, NULL);
    talk_close(&talk);
    holder_close(&holder);
    run_well("msiwatchd stop");
    size_t count = read_back(ids, 64);
    /* Newest first: stopped, unknown, idle, busy, ..., started. */
    assert_true(count >= 5);
    assert_int_equal(ids[0], EVENTLOG_STOPPED);
    assert_int_equal(ids[1], EVENTLOG_UNKNOWN);
    assert_int_equal(ids[2], EVENTLOG_IDLE);
    assert_int_equal(ids[3], EVENTLOG_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_source_comes_and_goes_with_the_service, service_end),
        cmocka_unit_test(the_dll_has_the_words_of_every_event),
        cmocka_unit_test_teardown(what_a_service_wrote_is_read_back, service_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
