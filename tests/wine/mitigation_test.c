/* mitigation_test.c: which process mitigations are asked for, and what is reported of them: on a
 * system that plays SetProcessMitigationPolicy and GetProcessMitigationPolicy, for Wine's take
 * everything and say nothing; and in the real service, in `about`.
 */
#include "fixture.h"

#include "host/mitigation_win32.h"

#include <string.h>

/* A played system: what is in force by policy, and what it refuses. A policy is never taken back
 * [SetProcessMitigationPolicy]. */
static struct {
    DWORD in_force[64], calls[64];
    DWORD refuse;       /* a bit a policy: ERROR_ACCESS_DENIED */
    DWORD drop;         /* a bit a policy: the flags' highest bit is not taken */
    bool reads_nothing; /* ERROR_NOT_SUPPORTED, as of an unknown policy */
} played;

static BOOL WINAPI played_set(PROCESS_MITIGATION_POLICY policy, PVOID buffer, SIZE_T size)
{
    DWORD bits = *(DWORD *)buffer;
    assert_int_equal(size, sizeof bits);
    played.calls[policy]++;
    if ((played.refuse & 1u << policy) != 0) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    played.in_force[policy] |= (played.drop & 1u << policy) != 0 ? bits & 1u : bits;
    return TRUE;
}

static BOOL WINAPI played_get(HANDLE process, PROCESS_MITIGATION_POLICY policy, PVOID buffer,
                              SIZE_T size)
{
    assert_true(process == GetCurrentProcess());
    assert_int_equal(size, sizeof(DWORD));
    if (played.reads_nothing) {
        SetLastError(ERROR_NOT_SUPPORTED);
        return FALSE;
    }
    memcpy(buffer, &played.in_force[policy], size);
    return TRUE;
}

static const struct mitigation_api api = {played_set, played_get};

static struct mitigation_results ask(enum mitigations mitigations)
{
    struct mitigation_results results = {0};
    mitigation_lock_down(&api, &results);
    assert_int_equal(played.calls[ProcessDynamicCodePolicy], 0); /* not before it was asked */
    assert_int_equal(played.calls[ProcessStrictHandleCheckPolicy], 0);
    mitigation_complete(&api, mitigations, &results);
    return results;
}

static const struct mitigation_result *of(const struct mitigation_results *results,
                                          const char *name)
{
    for (size_t i = 0; i < results->count; i++) {
        if (strcmp(results->list[i].name, name) == 0) {
            return &results->list[i];
        }
    }
    must(false, "nothing is said of %s", name);
    return NULL;
}

static const char *const all[] = {"child_process", "image_load", "extension_points", "dynamic_code",
                                  "strict_handles"};

enum { ALL = sizeof all / sizeof all[0], UNDISPUTED = 3 };

static int reset(void **state)
{
    (void)state;
    memset(&played, 0, sizeof played);
    return 0;
}

static void by_default_all_are_on(void **state)
{
    (void)state;
    struct mitigation_results results = ask(MITIGATIONS_DEFAULT);
    assert_int_equal(results.count, ALL);
    for (size_t i = 0; i < ALL; i++) {
        assert_int_equal(of(&results, all[i])->state, MITIGATION_ON);
        assert_int_equal(of(&results, all[i])->error, 0);
    }
    assert_int_equal(played.in_force[ProcessImageLoadPolicy], 7);
    assert_int_equal(played.in_force[ProcessStrictHandleCheckPolicy], 3);
}

static void compatible_leaves_out_those_that_can_end_it(void **state)
{
    (void)state;
    struct mitigation_results results = ask(MITIGATIONS_COMPATIBLE);
    for (size_t i = 0; i < ALL; i++) {
        assert_int_equal(of(&results, all[i])->state,
                         i < UNDISPUTED ? MITIGATION_ON : MITIGATION_OFF);
    }
    assert_int_equal(played.calls[ProcessDynamicCodePolicy], 0);
    assert_int_equal(played.calls[ProcessStrictHandleCheckPolicy], 0);
}

/* By an image's options in the registry, or by a product. */
static void what_others_have_turned_on_is_reported_too(void **state)
{
    (void)state;
    played.in_force[ProcessDynamicCodePolicy] = 1;
    struct mitigation_results results = ask(MITIGATIONS_COMPATIBLE);
    assert_int_equal(of(&results, "dynamic_code")->state, MITIGATION_ON);
}

static void what_the_system_does_not_take_is_reported_as_it_is(void **state)
{
    (void)state;
    played.refuse = 1u << ProcessChildProcessPolicy;
    played.drop = 1u << ProcessImageLoadPolicy;
    struct mitigation_results results = ask(MITIGATIONS_DEFAULT);
    assert_int_equal(of(&results, "child_process")->state, MITIGATION_OFF);
    assert_int_equal(of(&results, "child_process")->error, ERROR_ACCESS_DENIED);
    assert_int_equal(of(&results, "image_load")->state, MITIGATION_PARTIAL);
    assert_int_equal(of(&results, "image_load")->error, 0);
    assert_int_equal(of(&results, "strict_handles")->state, MITIGATION_ON);
    reset(NULL);
    played.reads_nothing = true;
    results = ask(MITIGATIONS_DEFAULT);
    assert_int_equal(of(&results, "image_load")->state, MITIGATION_UNKNOWN);
}

/* What the real service says of dynamic code; of all there is a word. Valid until the next call. */
static const char *must_report(void)
{
    static char dynamic_code[16];
    struct talk talk;
    must_open(&talk);
    yyjson_doc *reply = talk_ask(&talk, "about", NULL, LIMIT_MS);
    must(reply != NULL, "no answer to about: error %lu", talk.error);
    for (size_t i = 0; i < ALL; i++) {
        char pointer[64];
        snprintf(pointer, sizeof pointer, "/result/mitigations/%s", all[i]);
        const char *now = talk_text(reply, pointer);
        print_message("%s %s\n", all[i], now);
        assert_true(strcmp(now, "on") == 0 || strcmp(now, "off") == 0 ||
                    strcmp(now, "partial") == 0 || strcmp(now, "unknown") == 0);
        if (strcmp(all[i], "dynamic_code") == 0) {
            snprintf(dynamic_code, sizeof dynamic_code, "%s", now);
        }
    }
    yyjson_doc_free(reply);
    talk_close(&talk);
    return dynamic_code;
}

static void the_service_says_what_is_in_force(void **state)
{
    (void)state;
    service_must_begin("");
    bool on = strcmp(must_report(), "on") == 0;
    service_end(NULL);
    service_must_begin("--mitigations compatible");
    assert_string_not_equal(must_report(), "on");
    if (!on) {
        print_message("skipped: this system takes every policy and has none in force\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(by_default_all_are_on, reset),
        cmocka_unit_test_setup(compatible_leaves_out_those_that_can_end_it, reset),
        cmocka_unit_test_setup(what_others_have_turned_on_is_reported_too, reset),
        cmocka_unit_test_setup(what_the_system_does_not_take_is_reported_as_it_is, reset),
        cmocka_unit_test_teardown(the_service_says_what_is_in_force, service_end),
    };
    return cmocka_run_group_tests_name("mitigations", tests, NULL, NULL);
}
