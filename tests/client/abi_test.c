/* abi_test.c: callers that were compiled with another version of the header, or that make
 * mistakes. */
#include "client_test.h"
#include "peer.h"

#include "lib/codes.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

#define SOON_MS 5000u

static void the_version_is_the_projects(void **state)
{
    (void)state;
    char text[32];
    uint32_t version = msiwatch_version();
    snprintf(text, sizeof text, "%u.%u.%u", version >> 16, version >> 8 & 0xFF, version & 0xFF);
    assert_string_equal(text, MSIWATCH_VERSION);
}

/* A caller of a later version has a larger struct. */
struct later_status {
    struct msiwatch_status known;
    uint64_t more[2];
};

static void what_only_a_newer_caller_knows_is_cleared(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("status"),
                                         SAY("{$R,'id':$I,'result':$BUSY}"), GONE, END_OF_SCRIPT};
    struct peer peer;
    struct later_status status;
    peer_connect(&peer, script);
    memset(&status, 0xAA, sizeof status);
    status.known.size = sizeof status;
    assert_int_equal(msiwatch_get_status(peer.handle, SOON_MS, &status.known), CODE_OK);
    assert_int_equal(status.known.state, MSIWATCH_BUSY);
    assert_int_equal(status.known.size, sizeof status);
    assert_true(status.more[0] == 0 && status.more[1] == 0);
    peer_end(&peer);
}

static void structs_of_an_impossible_size_are_refused_untouched(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, offsetof(struct msiwatch_status, owner_role) - 1,
                                     0xAAAAAAAAu};
    static const struct step script[] = {ACCEPT, GONE, END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct msiwatch_status status = {.size = sizes[i], .state = 77};
        assert_int_equal(msiwatch_get_status(peer.handle, SOON_MS, &status), CODE_BAD_PARAMETER);
        assert_int_equal(msiwatch_wait(peer.handle, MSIWATCH_IDLE, 0, 0, &status, NULL),
                         CODE_BAD_PARAMETER);
        assert_int_equal(status.state, 77);
    }
    struct msiwatch_event event = {0};
    struct msiwatch_about about = {0};
    struct msiwatch_error error = {0};
    struct msiwatch_subscription subscription = {0};
    struct msiwatch_history_query query = {0};
    assert_int_equal(msiwatch_next(peer.handle, 0, &event), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_history_next(peer.handle, 0, &event), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_get_about(peer.handle, 0, &about), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_get_error(peer.handle, &error), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_history_begin(peer.handle, &query, 0), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_subscribe(peer.handle, NULL, 0, 0, &subscription, NULL),
                     CODE_BAD_PARAMETER);
    peer_end(&peer);
}

static void no_handle_is_an_error_and_no_crash(void **state)
{
    (void)state;
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_error error = {.size = sizeof error};
    const char *result = NULL;
    assert_int_equal(msiwatch_open(NULL, NULL), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_connect(NULL, 0), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_reconnect(NULL, 0), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_get_status(NULL, 0, &status), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_unsubscribe(NULL, 0), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_call(NULL, "about", NULL, 0, &result), CODE_BAD_PARAMETER);
    assert_string_equal(result, "");
    assert_string_equal(msiwatch_get_json(NULL), "");
    assert_string_equal(msiwatch_get_pipe(NULL), "");
    assert_int_equal(msiwatch_get_error(NULL, &error), CODE_BAD_PARAMETER);
    msiwatch_rearm(NULL);
    msiwatch_close(NULL);
}

static void wrong_arguments_are_refused_without_asking_the_service(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, GONE, END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    assert_int_equal(msiwatch_wait(peer.handle, MSIWATCH_UNKNOWN, 0, 0, NULL, NULL),
                     CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_wait(peer.handle, 3, 0, 0, NULL, NULL), CODE_BAD_PARAMETER);
    static const char *const params[] = {"", "nonsense", "1", "\"x\"", "null", "{} {}", "{'a':1}"};
    for (size_t i = 0; i < COUNT(params); i++) {
        must(msiwatch_call(peer.handle, "about", params[i], SOON_MS, NULL) == CODE_BAD_PARAMETER,
             "%s", params[i]);
    }
    assert_int_equal(msiwatch_call(peer.handle, NULL, NULL, SOON_MS, NULL), CODE_BAD_PARAMETER);
    assert_int_equal(msiwatch_call(peer.handle, "\xFF", NULL, SOON_MS, NULL), CODE_BAD_PARAMETER);
    peer_end(&peer);
}

static void a_request_over_the_protocols_line_is_not_sent(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("about"), SAY("{$R,'id':$I,'result':[]}"),
                                         GONE, END_OF_SCRIPT};
    struct peer peer;
    char params[5000] = "[\"";
    memset(params + 2, 'x', 4096);
    memcpy(params + 4098, "\"]", 3);
    peer_connect(&peer, script);
    assert_int_equal(msiwatch_call(peer.handle, "about", params, SOON_MS, NULL), CODE_OVER_LIMIT);
    assert_string_equal(peer_error(&peer).limit, "line");
    assert_int_equal(msiwatch_call(peer.handle, "about", NULL, SOON_MS, NULL), CODE_OK);
    peer_end(&peer);
}

static void names_that_cannot_be_a_pipes_are_refused(void **state)
{
    (void)state;
    char longest[600];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const names[] = {"",
                                 longest,
#ifdef _WIN32
                                 "a/b",
                                 "\\\\.\\pipe\\",
                                 "\\\\.\\pipe\\a/b",
                                 "\\\\server\\pipe\\x",
                                 "\\\\?\\pipe\\x",
                                 "C:\\x",
                                 "a\\b",
                                 "\xFF"
#endif
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct msiwatch_options options = {
            .size = sizeof options, .flags = MSIWATCH_OPEN_UNCONNECTED, .pipe = names[i]};
        struct msiwatch *handle = (struct msiwatch *)&options;
        must(msiwatch_open(&options, &handle) == CODE_BAD_PARAMETER && handle == NULL, "%s",
             names[i]);
    }
    struct msiwatch *handle;
    struct msiwatch_options options = {.size = sizeof options, .flags = 0x80000000u, .pipe = "x"};
    assert_int_equal(msiwatch_open(&options, &handle), CODE_BAD_PARAMETER);
}

#ifdef _WIN32
static void check_name(const char *given, const char *wanted)
{
    struct msiwatch *handle;
    struct msiwatch_options options = {
        .size = sizeof options, .flags = MSIWATCH_OPEN_UNCONNECTED, .pipe = given};
    assert_int_equal(msiwatch_open(&options, &handle), CODE_OK);
    assert_string_equal(msiwatch_get_pipe(handle), wanted);
    msiwatch_close(handle);
}

static void a_bare_name_is_one_below_the_pipes_prefix(void **state)
{
    (void)state;
    check_name(NULL, "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\msiwatch");
    check_name("mine", "\\\\.\\pipe\\mine");
    check_name("\\\\.\\PIPE\\a\\b", "\\\\.\\pipe\\a\\b");
    check_name("n\xC3\xA4me", "\\\\.\\pipe\\n\xC3\xA4me");
}

static void a_name_that_leads_out_of_the_pipes_is_not_opened(void **state)
{
    (void)state;
    struct msiwatch *handle;
    struct msiwatch_options options = {.size = sizeof options,
                                       .pipe = "\\\\.\\pipe\\..\\C:\\windows\\win.ini"};
    uint32_t code = msiwatch_open(&options, &handle);
    must(code == CODE_BAD_PARAMETER || code == CODE_NOT_ACTIVE, "code %u", (unsigned)code);
}
#endif

int abi_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_version_is_the_projects),
        cmocka_unit_test(what_only_a_newer_caller_knows_is_cleared),
        cmocka_unit_test(structs_of_an_impossible_size_are_refused_untouched),
        cmocka_unit_test(no_handle_is_an_error_and_no_crash),
        cmocka_unit_test(wrong_arguments_are_refused_without_asking_the_service),
        cmocka_unit_test(a_request_over_the_protocols_line_is_not_sent),
        cmocka_unit_test(names_that_cannot_be_a_pipes_are_refused),
#ifdef _WIN32
        cmocka_unit_test(a_bare_name_is_one_below_the_pipes_prefix),
        cmocka_unit_test(a_name_that_leads_out_of_the_pipes_is_not_opened),
#endif
    };
    return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
