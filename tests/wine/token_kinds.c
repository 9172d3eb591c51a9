/* token_kinds.c: the pipe, opened with tokens of twenty kinds, made of the test's own: privileges
 * and administrators taken away, restricted, write-restricted; each at four levels of integrity.
 */
#include "real_tokens.h"

#include "fixture.h"

#include <sddl.h>
#include <stdio.h>

enum { SHAPES = 5, LEVELS = 4 };

/* S-1-5-12, RESTRICTED: no entry of the pipe's descriptor is for it, so whoever is restricted to it
 * is denied what the restriction is for. */
static const char restricted[] = "S-1-5-12";

static const struct {
    const char *name;
    DWORD flags;
    bool administrators_deny, restrict_to;
    bool denied; /* whatever the level */
} shapes[SHAPES] = {
    {"as it is", 0, false, false, false},
    {"without privileges", DISABLE_MAX_PRIVILEGE, false, false, false},
    {"administrators for denials only", DISABLE_MAX_PRIVILEGE, true, false, false},
    {"restricted", 0, true, true, true},
    {"write-restricted", WRITE_RESTRICTED, true, true, true},
};

/* A pipe has no label of its own, and so Windows' default: medium, and nobody below writes. */
static const struct {
    const char *name, *sid;
    bool denied;
} levels[LEVELS] = {
    {"untrusted", "S-1-16-0", true},
    {"low", "S-1-16-4096", true},
    {"medium", "S-1-16-8192", false},
    {"high", "S-1-16-12288", false},
};

static HANDLE shape_token(HANDLE own, size_t shape)
{
    BYTE administrators[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof administrators;
    PSID restriction;
    HANDLE token;
    assert_true(CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, administrators, &size));
    assert_true(ConvertStringSidToSidA(restricted, &restriction));
    SID_AND_ATTRIBUTES deny = {administrators, 0}, only = {restriction, 0};
    BOOL made = CreateRestrictedToken(own, shapes[shape].flags, shapes[shape].administrators_deny,
                                      &deny, 0, NULL, shapes[shape].restrict_to, &only, &token);
    DWORD error = GetLastError();
    LocalFree(restriction);
    must(made, "no token %s: error %lu", shapes[shape].name, error);
    return token;
}

/* False if this system does not let the level be set. */
static bool set_level(HANDLE token, size_t level)
{
    TOKEN_MANDATORY_LABEL label = {{NULL, SE_GROUP_INTEGRITY}};
    assert_true(ConvertStringSidToSidA(levels[level].sid, &label.Label.Sid));
    BOOL set = SetTokenInformation(token, TokenIntegrityLevel, &label, sizeof label);
    LocalFree(label.Label.Sid);
    return set != 0;
}

static int open_as(HANDLE token)
{
    HANDLE impersonation;
    assert_true(DuplicateTokenEx(token, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation,
                                 TokenImpersonation, &impersonation));
    must(SetThreadToken(NULL, impersonation), "no impersonation: error %lu", GetLastError());
    int error = real_tokens_open(TALK_PIPE);
    must(RevertToSelf(), "not oneself again: error %lu", GetLastError());
    CloseHandle(impersonation);
    return error;
}

/* Wine lets anybody open any pipe. */
static bool are_rights_enforced(void)
{
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorA(
        "O:SYD:P", SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL));
    HANDLE pipe = CreateNamedPipeA("\\\\.\\pipe\\msiwatch-for-nobody", PIPE_ACCESS_DUPLEX,
                                   PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096, 4096, 0, &attributes);
    LocalFree(attributes.lpSecurityDescriptor);
    bool enforced = pipe == INVALID_HANDLE_VALUE ||
                    real_tokens_open("\\\\.\\pipe\\msiwatch-for-nobody") == ERROR_ACCESS_DENIED;
    if (pipe != INVALID_HANDLE_VALUE) {
        CloseHandle(pipe);
    }
    return enforced;
}

void real_kinds_of_tokens_open_it_or_are_denied(void **state)
{
    HANDLE own;
    unsigned tried = 0;
    (void)state;
    if (!are_rights_enforced()) {
        print_message("skipped: this system does not enforce access rights on pipes\n");
        skip();
    }
    assert_true(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &own));
    for (size_t shape = 0; shape < SHAPES; shape++) {
        for (size_t level = 0; level < LEVELS; level++) {
            HANDLE token = shape_token(own, shape);
            bool denied = shapes[shape].denied || levels[level].denied;
            must(set_level(token, level), "no level %s", levels[level].name);
            int error = open_as(token);
            CloseHandle(token);
            must(error == (denied ? ERROR_ACCESS_DENIED : ERROR_SUCCESS), "%s, %s: error %d",
                 shapes[shape].name, levels[level].name, error);
            tried++;
        }
    }
    CloseHandle(own);
    print_message("%u kinds of tokens\n", tried);
}
