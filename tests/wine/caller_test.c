/* caller_test.c: what a client may see is found by impersonating it for a moment; and a service
 * that could not stop impersonating would end.
 *
 *   wine_caller_test             the tests
 *   wine_caller_test stuck       a process that must end: its RevertToSelf fails
 * Wine impersonates no client, but the server's own process, whatever token the client had; so
 * there a standard client is skipped, saying so, and who is who is shown on tokens.
 */
#include "fixture.h"

#include "pipe/client_identity_win32.h"

#include <sddl.h>
#include <stdio.h>
#include <string.h>

#define PIPE "\\\\.\\pipe\\msiwatch-caller-test"

/* With the service's own descriptor, so that a standard client may open it. */
static HANDLE make_pipe(void)
{
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorA(
        "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;AU)", SDDL_REVISION_1,
        &attributes.lpSecurityDescriptor, NULL));
    HANDLE pipe = CreateNamedPipeA(PIPE, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096,
                                   4096, 0, &attributes);
    assert_true(pipe != INVALID_HANDLE_VALUE);
    LocalFree(attributes.lpSecurityDescriptor);
    return pipe;
}

/* A client that has sent a byte, which was read. */
static HANDLE connect_client(HANDLE pipe, DWORD quality)
{
    char byte = 'x';
    DWORD size;
    HANDLE client = CreateFileA(PIPE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                                SECURITY_SQOS_PRESENT | quality, NULL);
    assert_true(client != INVALID_HANDLE_VALUE);
    assert_true(WriteFile(client, &byte, 1, &size, NULL));
    assert_true(ReadFile(pipe, &byte, 1, &size, NULL));
    return client;
}

static void must_not_impersonate(void)
{
    HANDLE token;
    assert_false(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
    assert_int_equal(GetLastError(), ERROR_NO_TOKEN);
}

static void an_administrator_sees_everything_and_the_service_is_itself_again(void **state)
{
    HANDLE pipe = make_pipe();
    HANDLE client = connect_client(pipe, SECURITY_IDENTIFICATION);
    bool known = false;
    (void)state;
    assert_int_equal(access_level_of_pipe(pipe, RevertToSelf, &known), ACCESS_ADMINISTRATOR);
    assert_true(known);
    must_not_impersonate();
    CloseHandle(client);
    CloseHandle(pipe);
}

static void a_client_that_cannot_be_impersonated_sees_the_least(void **state)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    bool known = true;
    (void)state;
    assert_int_equal(access_level_of_pipe(event, RevertToSelf, &known), ACCESS_STANDARD);
    assert_false(known); /* which is counted */
    must_not_impersonate();
    CloseHandle(event);
}

static HANDLE own_token(void)
{
    HANDLE token;
    assert_true(OpenProcessToken(GetCurrentProcess(),
                                 TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY, &token));
    return token;
}

/* That of the same user, not elevated: administrators are for denying only. */
static HANDLE standard_token(HANDLE token)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    HANDLE standard;
    SID_AND_ATTRIBUTES disabled = {sid, 0};
    assert_true(CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size));
    assert_true(CreateRestrictedToken(token, DISABLE_MAX_PRIVILEGE, 1, &disabled, 0, NULL, 0, NULL,
                                      &standard));
    return standard;
}

static void who_is_who_is_read_from_the_token(void **state)
{
    HANDLE token = own_token(), standard = standard_token(token), identified;
    bool known[4] = {false, false, false, true};
    (void)state;
    assert_true(DuplicateTokenEx(token, TOKEN_QUERY | TOKEN_DUPLICATE, NULL, SecurityIdentification,
                                 TokenImpersonation, &identified));
    assert_int_equal(access_level_of_token(token, &known[0]), ACCESS_ADMINISTRATOR);
    assert_int_equal(access_level_of_token(identified, &known[1]), ACCESS_ADMINISTRATOR);
    /* Not elevated. */
    assert_int_equal(access_level_of_token(standard, &known[2]), ACCESS_STANDARD);
    assert_true(known[0] && known[1] && known[2]);
    HANDLE blind; /* a token that may not be read */
    assert_true(DuplicateTokenEx(token, TOKEN_IMPERSONATE, NULL, SecurityIdentification,
                                 TokenImpersonation, &blind));
    assert_int_equal(access_level_of_token(blind, &known[3]), ACCESS_STANDARD);
    assert_false(known[3]);
    CloseHandle(blind);
    CloseHandle(identified);
    CloseHandle(standard);
    CloseHandle(token);
}

/* Administrators are in it, for denying only. */
static bool is_standard_token(HANDLE token)
{
    union {
        TOKEN_GROUPS groups;
        BYTE bytes[8192];
    } information;
    DWORD size;
    assert_true(GetTokenInformation(token, TokenGroups, &information, sizeof information, &size));
    for (DWORD i = 0; i < information.groups.GroupCount; i++) {
        const SID_AND_ATTRIBUTES *group = &information.groups.Groups[i];
        if (IsWellKnownSid(group->Sid, WinBuiltinAdministratorsSid) &&
            (group->Attributes & SE_GROUP_USE_FOR_DENY_ONLY) != 0) {
            return true;
        }
    }
    return false;
}

/* Whether this system gives the server the client's token. */
static bool is_impersonated_as_standard(HANDLE pipe)
{
    HANDLE token;
    assert_true(ImpersonateNamedPipeClient(pipe));
    bool opened = OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token);
    assert_true(RevertToSelf());
    assert_true(opened);
    bool standard = is_standard_token(token);
    CloseHandle(token);
    return standard;
}

static void a_client_that_is_not_elevated_sees_what_others_see(void **state)
{
    HANDLE pipe = make_pipe(), token = own_token(), standard = standard_token(token);
    (void)state;
    assert_true(is_standard_token(standard) && !is_standard_token(token));
    assert_true(ImpersonateLoggedOnUser(standard));
    HANDLE client = connect_client(pipe, SECURITY_IDENTIFICATION);
    assert_true(RevertToSelf());
    bool known;
    enum access_level access_level = access_level_of_pipe(pipe, RevertToSelf, &known);
    must_not_impersonate();
    bool can_tell = is_impersonated_as_standard(pipe);
    CloseHandle(client);
    CloseHandle(pipe);
    CloseHandle(standard);
    CloseHandle(token);
    if (!can_tell) {
        print_message("skipped: this system impersonates the server's process, not the client\n");
        skip();
    }
    assert_int_equal(access_level, ACCESS_STANDARD);
}

static BOOL WINAPI cannot_revert(void)
{
    SetLastError(ERROR_ACCESS_DENIED);
    return FALSE;
}

/* In a process of its own. */
static int be_stuck(void)
{
    HANDLE pipe = make_pipe();
    connect_client(pipe, SECURITY_IDENTIFICATION);
    printf("impersonates\n");
    fflush(stdout);
    bool known;
    access_level_of_pipe(pipe, cannot_revert, &known);
    printf("goes on\n");
    fflush(stdout);
    return 0;
}

static void a_revert_that_fails_ends_the_process(void **state)
{
    (void)state;
    const struct child_result *result = run("wine_caller_test stuck");
    assert_int_not_equal(result->exit_code, 0);
    assert_non_null(strstr(result->out, "impersonates"));
    assert_null(strstr(result->out, "goes on"));
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_administrator_sees_everything_and_the_service_is_itself_again),
        cmocka_unit_test(a_client_that_cannot_be_impersonated_sees_the_least),
        cmocka_unit_test(who_is_who_is_read_from_the_token),
        cmocka_unit_test(a_client_that_is_not_elevated_sees_what_others_see),
        cmocka_unit_test(a_revert_that_fails_ends_the_process),
    };
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    if (argc == 2 && strcmp(argv[1], "stuck") == 0) {
        return be_stuck();
    }
    return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
