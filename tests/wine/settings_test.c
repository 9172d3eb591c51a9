/* settings_test.c: the real registry: read at the start, policy over the machine's key, followed
 * while the service runs, and bad values told. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define MACHINE "SOFTWARE\\MsiWatch"
#define POLICY "SOFTWARE\\Policies\\MsiWatch"

static void set(const char *key, const char *name, DWORD type, const void *data, DWORD size)
{
    HKEY handle;
    LSTATUS error = RegCreateKeyExA(HKEY_LOCAL_MACHINE, key, 0, NULL, 0,
                                    KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &handle, NULL);
    must(error == ERROR_SUCCESS, "making %s: error %ld", key, (long)error);
    error = RegSetValueExA(handle, name, 0, type, data, size);
    must(error == ERROR_SUCCESS, "setting %s: error %ld", name, (long)error);
    RegCloseKey(handle);
}

static void set_number(const char *key, const char *name, DWORD number)
{
    set(key, name, REG_DWORD, &number, sizeof number);
}

static void set_text(const char *key, const char *name, const char *text)
{
    set(key, name, REG_SZ, text, (DWORD)strlen(text) + 1);
}

static int clean_up(void **state)
{
    service_end(state);
    RegDeleteKeyExA(HKEY_LOCAL_MACHINE, MACHINE, KEY_WOW64_64KEY, 0);
    RegDeleteKeyExA(HKEY_LOCAL_MACHINE, POLICY, KEY_WOW64_64KEY, 0);
    return 0;
}

/* A number in the answer to `about`. */
static int64_t about_number(const char *pointer)
{
    struct talk talk;
    must_open(&talk);
    yyjson_doc *reply = talk_ask(&talk, "about", NULL, LIMIT_MS);
    must(reply != NULL, "no answer to about: error %lu", talk.error);
    int64_t number = talk_number(reply, pointer);
    yyjson_doc_free(reply);
    talk_close(&talk);
    return number;
}

/* How many values were rejected, and the first. */
static size_t about_rejected(char name[64], char key[64])
{
    struct talk talk;
    must_open(&talk);
    yyjson_doc *reply = talk_ask(&talk, "about", NULL, LIMIT_MS);
    must(reply != NULL, "no answer to about: error %lu", talk.error);
    size_t count = yyjson_arr_size(yyjson_doc_ptr_get(reply, "/result/settings_rejected"));
    snprintf(name, 64, "%s", talk_text(reply, "/result/settings_rejected/0/name"));
    snprintf(key, 64, "%s", talk_text(reply, "/result/settings_rejected/0/key"));
    yyjson_doc_free(reply);
    talk_close(&talk);
    return count;
}

static void values_are_read_when_it_starts(void **state)
{
    uint64_t wide = 33;
    (void)state;
    set_number(MACHINE, "Requests", 11);
    set_number(MACHINE, "Subscriptions", 7);
    set(MACHINE, "Line", REG_QWORD, &(uint64_t){1234}, sizeof wide);
    set_number(POLICY, "Requests", 22);
    service_must_begin("--subscriptions 5 --requests 6");
    assert_int_equal(about_number("/result/limits/requests"), 22);     /* policy over all */
    assert_int_equal(about_number("/result/limits/subscriptions"), 5); /* options over machine */
    assert_int_equal(about_number("/result/limits/line"), 1234);
}

/* The keys do not exist at first, are made, changed, removed, and made again. */
static void changes_are_followed(void **state)
{
    (void)state;
    service_must_begin("");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(about_number("/result/limits/requests"), 64);
        set_number(MACHINE, "Requests", 11);
        must_become(about_number("/result/limits/requests") == 11);
        set_number(POLICY, "Requests", 22);
        must_become(about_number("/result/limits/requests") == 22);
        set_number(POLICY, "Requests", 23);
        must_become(about_number("/result/limits/requests") == 23);
        RegDeleteKeyExA(HKEY_LOCAL_MACHINE, POLICY, KEY_WOW64_64KEY, 0);
        /* That a key goes need not be announced; asked to, it reads again. */
        SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
        SC_HANDLE service = OpenServiceA(manager, "MsiWatch", SERVICE_PAUSE_CONTINUE);
        SERVICE_STATUS status;
        must(ControlService(service, SERVICE_CONTROL_PARAMCHANGE, &status), "PARAMCHANGE: %lu",
             GetLastError());
        must_become(about_number("/result/limits/requests") == 11);
        RegDeleteKeyExA(HKEY_LOCAL_MACHINE, MACHINE, KEY_WOW64_64KEY, 0);
        must(ControlService(service, SERVICE_CONTROL_PARAMCHANGE, &status), "PARAMCHANGE: %lu",
             GetLastError());
        must_become(about_number("/result/limits/requests") == 64);
        CloseServiceHandle(service);
        CloseServiceHandle(manager);
    }
}

static void bad_values_are_named_and_the_default_is_used(void **state)
{
    char name[64], key[64], text[2048];
    (void)state;
    set_number(MACHINE, "Requests", 11);
    set_text(POLICY, "Requests", "12");
    service_must_begin("");
    assert_int_equal(about_number("/result/limits/requests"), 64);
    assert_int_equal(about_rejected(name, key), 1);
    assert_string_equal(name, "Requests");
    assert_string_equal(key, "HKLM\\" POLICY);
    set_number(POLICY, "Requests", 0);
    Sleep(300);
    assert_int_equal(about_rejected(name, key), 1);
    set_number(POLICY, "Requests", 12);
    must_become(about_number("/result/limits/requests") == 12);
    assert_int_equal(about_rejected(name, key), 0);
    memset(text, 'x', sizeof text); /* longer than what is read */
    set(POLICY, "PipeSddl", REG_SZ, text, sizeof text);
    must_become(about_rejected(name, key) == 1);
    assert_string_equal(name, "PipeSddl");
    set(POLICY, "PipeSddl", REG_BINARY, text, 3);
    Sleep(300);
    assert_int_equal(about_rejected(name, key), 1);
}

/* Also the pipe itself, and `msiwatchd query` knows. */
static void the_pipe_may_be_set_there(void **state)
{
    (void)state;
    set(MACHINE, "Pipe", REG_SZ, "settings-test", 13); /* without its zero */
    service_must_begin("");
    must(WaitNamedPipeA("\\\\.\\pipe\\settings-test", 1000), "no such pipe: error %lu",
         GetLastError());
    assert_non_null(strstr(run_well("msiwatchd query")->out, "\\\\.\\pipe\\settings-test"));
}

/* A service that did not start could tell nobody why. */
static void a_bad_name_of_the_pipe_does_not_keep_it_from_starting(void **state)
{
    static const char *const names[] = {"a/b", "a\\b"};
    char name[64], key[64];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        set_text(POLICY, "Pipe", names[i]);
        service_must_begin("");
        assert_int_equal(about_rejected(name, key), 1);
        assert_string_equal(name, "Pipe");
        assert_string_equal(key, "HKLM\\" POLICY);
        service_end(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(values_are_read_when_it_starts, clean_up),
        cmocka_unit_test_teardown(changes_are_followed, clean_up),
        cmocka_unit_test_teardown(bad_values_are_named_and_the_default_is_used, clean_up),
        cmocka_unit_test_teardown(the_pipe_may_be_set_there, clean_up),
        cmocka_unit_test_teardown(a_bad_name_of_the_pipe_does_not_keep_it_from_starting, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
