/* held_handles_test.c: 20 subscribers and a program that never closes its handle, over a stop, a
 * kill, a restart and another PipeSddl: the service answers within 10 s each time.
 *
 * Wine does not refuse a name that is kept; claim_test.c plays that. What both show is here: that a
 * stop parts the service from whoever is connected, and that whoever starts is asked and answers.
 */
#include "fixture.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <string.h>

enum { SUBSCRIBERS = 20, WITHIN_MS = 10000 };

#define SETTINGS "SOFTWARE\\MsiWatch"
#define OTHER "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;IU)"

static struct talk subscribers[SUBSCRIBERS];
static HANDLE held[8]; /* never closed, one a service */
static size_t held_count;

static void must_hold(void)
{
    struct talk talk;
    must_open(&talk);
    held[held_count++] = talk.pipe; /* and the rest of it with it */
}

static void must_subscribe(void)
{
    for (int i = 0; i < SUBSCRIBERS; i++) {
        must_open(&subscribers[i]);
        yyjson_doc *reply = talk_ask(&subscribers[i], "subscribe", NULL, LIMIT_MS);
        must(talk_number(reply, "/result/subscription") >= 0, "not subscribed");
        yyjson_doc_free(reply);
    }
    must_serve(0, SUBSCRIBERS);
}

/* They read what there is, the end last, and close. */
static void leave(void)
{
    for (int i = 0; i < SUBSCRIBERS; i++) {
        yyjson_doc *doc;
        while ((doc = talk_read(&subscribers[i], LIMIT_MS)) != NULL) {
            yyjson_doc_free(doc);
        }
        must(subscribers[i].error != WAIT_TIMEOUT, "subscriber %d is not at the end", i);
        talk_close(&subscribers[i]);
    }
}

/* The service that begins answers everybody who comes, within the time. */
static void must_answer(int64_t began)
{
    struct talk talk;
    must_open(&talk);
    must_ask_status(&talk);
    talk_close(&talk);
    must_subscribe();
    int64_t took = rig_now_ms() - began;
    print_message("answered %d ms after it was started\n", (int)took);
    assert_in_range(took, 0, WITHIN_MS);
}

static void must_be_parted(HANDLE pipe)
{
    char byte;
    DWORD size;
    OVERLAPPED read = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    BOOL done = ReadFile(pipe, &byte, 1, NULL, &read) || GetLastError() == ERROR_IO_PENDING;
    DWORD error = done && GetOverlappedResult(pipe, &read, &size, TRUE) ? ERROR_SUCCESS
                                                                        : GetLastError();
    CloseHandle(read.hEvent);
    /* Not ERROR_BROKEN_PIPE, with which an instance that was only closed ends. */
    assert_int_equal(error, ERROR_PIPE_NOT_CONNECTED);
}

static void a_stop_parts_the_service_from_whoever_holds_on(void **state)
{
    struct talk talk;
    (void)state;
    must_hold();
    must_subscribe();
    for (int i = 0; i < 2; i++) {
        run_well("msiwatchd stop");
        must_be_parted(held[held_count - 1]);
        assert_false(talk_open(&talk, 0));
        assert_int_equal(talk.error, ERROR_FILE_NOT_FOUND);
        leave();
        int64_t began = rig_now_ms();
        run_well("msiwatchd start");
        must_answer(began);
        must_hold();
    }
}

/* The DACL's last entry, as text. */
static void read_last_entry(char *out, size_t size)
{
    struct talk talk;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    char *text = NULL;
    must_open(&talk);
    DWORD error = GetSecurityInfo(talk.pipe, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL,
                                  NULL, NULL, NULL, &descriptor);
    must(error == ERROR_SUCCESS, "reading the pipe's descriptor: error %lu", error);
    talk_close(&talk);
    assert_true(ConvertSecurityDescriptorToStringSecurityDescriptorA(
        descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL));
    snprintf(out, size, "%s", strrchr(text, '('));
    LocalFree(text);
    LocalFree(descriptor);
}

static void set_access(const char *sddl)
{
    HKEY key;
    LSTATUS error = RegCreateKeyExA(HKEY_LOCAL_MACHINE, SETTINGS, 0, NULL, 0,
                                    KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
    must(error == ERROR_SUCCESS, "making " SETTINGS ": error %ld", (long)error);
    error = sddl == NULL ? RegDeleteValueA(key, "PipeSddl")
                         : RegSetValueExA(key, "PipeSddl", 0, REG_SZ, (const BYTE *)sddl,
                                          (DWORD)strlen(sddl) + 1);
    must(error == ERROR_SUCCESS, "setting PipeSddl: error %ld", (long)error);
    RegCloseKey(key);
}

static void other_access_rights_are_in_force_after_a_restart(void **state)
{
    char entry[128];
    (void)state;
    set_access(OTHER);
    run_well("msiwatchd stop");
    leave();
    int64_t began = rig_now_ms();
    run_well("msiwatchd start");
    must_answer(began);
    read_last_entry(entry, sizeof entry);
    assert_non_null(strstr(entry, ";;;IU)"));
    must_hold();
    set_access(NULL);
    run_well("msiwatchd stop");
    leave();
}

/* In a console: Wine's manager does not find out that a process is gone, and would not start it
 * again. */
static struct child *must_run(void)
{
    struct child *service = child_must_start("msiwatchd run");
    child_must_print(service, "listening");
    return service;
}

static void a_kill_keeps_nobody_from_starting_it_again(void **state)
{
    char entry[128];
    (void)state;
    struct child *service = must_run();
    must_hold();
    must_subscribe();
    for (int i = 0; i < 2; i++) {
        child_free(service); /* by force */
        leave();
        set_access(i == 0 ? OTHER : NULL);
        int64_t began = rig_now_ms();
        service = must_run();
        must_answer(began);
        read_last_entry(entry, sizeof entry);
        must(strstr(entry, i == 0 ? ";;;IU)" : ";;;AU)") != NULL, "%d: it has %s", i, entry);
        must_hold();
    }
    child_free(service);
    leave();
}

static int begin(void **state)
{
    (void)state;
    msiserver_must_be(0);
    service_must_begin("");
    return 0;
}

static int clean_up(void **state)
{
    service_end(state);
    RegDeleteKeyExA(HKEY_LOCAL_MACHINE, SETTINGS, KEY_WOW64_64KEY, 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_parts_the_service_from_whoever_holds_on),
        cmocka_unit_test(other_access_rights_are_in_force_after_a_restart),
        cmocka_unit_test(a_kill_keeps_nobody_from_starting_it_again),
    };
    return cmocka_run_group_tests_name("held handles", tests, begin, clean_up);
}
