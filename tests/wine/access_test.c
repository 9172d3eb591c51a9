/* access_test.c: who may do what with the pipe: its descriptor, read back from the live pipe,
 * against callers of every kind; and the checks of descriptors that an administrator sets.
 *
 * AccessCheck answers for the two tokens that can be made here, an administrator's and the same
 * user's as a standard user. A small evaluator over sets of SIDs answers for the kinds of facts
 * that cannot be made here, and is itself checked against AccessCheck on those two. Where they can
 * be made, on Windows, they open the pipe (real_tokens.c).
 */
#include "fixture.h"

#include "files/acl_win32.h"
#include "pipe/security_win32.h"
#include "real_tokens.h"

#include <aclapi.h>
#include <sddl.h>
#include <string.h>
#include <wchar.h>

/* What a client opens the pipe with, and what only a server may do. */
#define CLIENT_RIGHTS (FILE_READ_DATA | FILE_WRITE_DATA | READ_CONTROL | SYNCHRONIZE)
#define SERVER_RIGHT FILE_CREATE_PIPE_INSTANCE
#define TAKEOVER (FILE_CREATE_PIPE_INSTANCE | WRITE_DAC | WRITE_OWNER)

static const GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                        FILE_ALL_ACCESS};

enum { MOST_SIDS = 64 };

/* A facts as the evaluator sees one. */
struct token_facts {
    const char *sids[MOST_SIDS]; /* of the user and the groups that are enabled; ends with NULL */
    const char *deny_only[MOST_SIDS];
    bool app_container; /* then `package` must be granted it too */
    const char *package[4];
};

static bool is_among(const char *const *sids, const char *sid)
{
    for (size_t i = 0; sids[i] != NULL; i++) {
        if (strcmp(sids[i], sid) == 0) {
            return true;
        }
    }
    return false;
}

/* Microsoft, "How AccessCheck Works": entries in order, until all is granted or something is
 * denied. */
static DWORD granted_by_dacl(PSECURITY_DESCRIPTOR descriptor, const char *const *sids,
                             const char *const *deny_only)
{
    PACL dacl = NULL;
    BOOL present, defaulted;
    DWORD granted = 0, denied = 0;
    assert_true(GetSecurityDescriptorDacl(descriptor, &present, &dacl, &defaulted));
    assert_true(present && dacl != NULL);
    for (DWORD i = 0; i < dacl->AceCount; i++) {
        ACCESS_ALLOWED_ACE *ace;
        char *sid;
        assert_true(GetAce(dacl, i, (void **)&ace));
        assert_true(ConvertSidToStringSidA((PSID)&ace->SidStart, &sid));
        DWORD rights = ace->Mask;
        GENERIC_MAPPING copy = mapping;
        MapGenericMask(&rights, &copy);
        bool mine = is_among(sids, sid);
        if (ace->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && mine) {
            granted |= rights & ~denied;
        } else if (ace->Header.AceType == ACCESS_DENIED_ACE_TYPE &&
                   (mine || is_among(deny_only, sid))) {
            denied |= rights & ~granted;
        }
        LocalFree(sid);
    }
    return granted;
}

static DWORD granted(PSECURITY_DESCRIPTOR descriptor, const struct token_facts *facts)
{
    DWORD rights = granted_by_dacl(descriptor, facts->sids, facts->deny_only);
    if (facts->app_container) {
        rights &= granted_by_dacl(descriptor, facts->package, facts->package);
    }
    return rights;
}

/* ---- tokens ---- */

static HANDLE own_token(void)
{
    HANDLE token;
    assert_true(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token));
    return token;
}

/* The same user with the administrators' group for denials only, as UAC makes it. */
static HANDLE standard_token(HANDLE from)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    HANDLE token;
    assert_true(CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size));
    SID_AND_ATTRIBUTES disabled = {sid, 0};
    assert_true(
        CreateRestrictedToken(from, DISABLE_MAX_PRIVILEGE, 1, &disabled, 0, NULL, 0, NULL, &token));
    return token;
}

static DWORD granted_by_system(PSECURITY_DESCRIPTOR descriptor, HANDLE token)
{
    HANDLE impersonation;
    PRIVILEGE_SET privileges;
    DWORD size = sizeof privileges, rights = 0;
    BOOL ok = FALSE;
    GENERIC_MAPPING copy = mapping;
    assert_true(DuplicateTokenEx(token, TOKEN_QUERY | TOKEN_IMPERSONATE, NULL,
                                 SecurityIdentification, TokenImpersonation, &impersonation));
    assert_true(AccessCheck(descriptor, impersonation, MAXIMUM_ALLOWED, &copy, &privileges, &size,
                            &rights, &ok));
    CloseHandle(impersonation);
    return ok ? rights : 0;
}

static void put(const char **sids, size_t *count, PSID sid)
{
    char *text;
    assert_true(*count < MOST_SIDS - 1);
    assert_true(ConvertSidToStringSidA(sid, &text));
    sids[(*count)++] = text; /* as long as the test */
}

static struct token_facts facts_of(HANDLE token)
{
    struct token_facts facts = {0};
    static BYTE bytes[16384];
    DWORD size;
    size_t enabled = 0, denying = 0;
    assert_true(GetTokenInformation(token, TokenUser, bytes, sizeof bytes, &size));
    put(facts.sids, &enabled, ((TOKEN_USER *)(void *)bytes)->User.Sid);
    assert_true(GetTokenInformation(token, TokenGroups, bytes, sizeof bytes, &size));
    TOKEN_GROUPS *groups = (TOKEN_GROUPS *)(void *)bytes;
    for (DWORD i = 0; i < groups->GroupCount; i++) {
        if ((groups->Groups[i].Attributes & SE_GROUP_USE_FOR_DENY_ONLY) != 0) {
            put(facts.deny_only, &denying, groups->Groups[i].Sid);
        } else if ((groups->Groups[i].Attributes & SE_GROUP_ENABLED) != 0) {
            put(facts.sids, &enabled, groups->Groups[i].Sid);
        }
    }
    return facts;
}

/* ---- the live pipe ---- */

/* With SYSTEM as its owner, as the service makes it on Windows: under Wine it is the user's own,
 * and an owner has rights that no entry gives. */
static PSECURITY_DESCRIPTOR live_descriptor(void)
{
    struct talk talk;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    char *text, owned[1024];
    must_open(&talk);
    DWORD error = GetSecurityInfo(talk.pipe, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL,
                                  NULL, NULL, NULL, &descriptor);
    must(error == ERROR_SUCCESS, "reading the pipe's descriptor: error %lu", error);
    talk_close(&talk);
    assert_true(ConvertSecurityDescriptorToStringSecurityDescriptorA(
        descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL));
    print_message("the live pipe: %s\n", text);
    snprintf(owned, sizeof owned, "O:SYG:SY%s", text);
    LocalFree(text);
    LocalFree(descriptor);
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorA(owned, SDDL_REVISION_1,
                                                                     &descriptor, NULL));
    return descriptor;
}

static int begin(void **state)
{
    (void)state;
    service_must_begin("");
    return 0;
}

static void the_evaluator_agrees_with_the_system(void **state)
{
    PSECURITY_DESCRIPTOR descriptor = live_descriptor();
    HANDLE administrator = own_token();
    HANDLE standard = standard_token(administrator);
    const HANDLE tokens[] = {administrator, standard};
    DWORD rights[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct token_facts facts = facts_of(tokens[i]);
        DWORD by_system = granted_by_system(descriptor, tokens[i]);
        rights[i] = granted(descriptor, &facts);
        print_message("%s: evaluator %08lx, system %08lx\n", i == 0 ? "administrator" : "standard",
                      rights[i], by_system);
        assert_int_equal(rights[i], by_system);
    }
    assert_int_equal(rights[0] & TAKEOVER, TAKEOVER);
    assert_int_equal(rights[1] & TAKEOVER, 0);
    assert_int_equal(rights[1] & CLIENT_RIGHTS, CLIENT_RIGHTS);
    CloseHandle(standard);
    CloseHandle(administrator);
    LocalFree(descriptor);
}

#define SYSTEM "S-1-5-18"
#define ADMINISTRATORS "S-1-5-32-544"
#define EVERYONE "S-1-1-0"
#define AUTHENTICATED "S-1-5-11"
#define NETWORK "S-1-5-2"
#define ANONYMOUS "S-1-5-7"
#define INTERACTIVE "S-1-5-4"
#define USER "S-1-5-21-1-2-3-1001"
#define ALL_PACKAGES "S-1-15-2-1"
#define A_PACKAGE "S-1-15-2-1-2-3-4-5-6-7"

static void each_kind_of_caller_may_do_what_it_should(void **state)
{
    static const struct {
        const char *who;
        struct token_facts facts;
        DWORD may, may_not;
    } rows[] = {
        {"SYSTEM",
         {.sids = {SYSTEM, ADMINISTRATORS, EVERYONE, AUTHENTICATED}},
         CLIENT_RIGHTS | TAKEOVER,
         0},
        {"an administrator",
         {.sids = {USER, ADMINISTRATORS, EVERYONE, AUTHENTICATED}},
         CLIENT_RIGHTS | TAKEOVER,
         0},
        {"an administrator, not elevated",
         {.sids = {USER, EVERYONE, AUTHENTICATED, INTERACTIVE}, .deny_only = {ADMINISTRATORS}},
         CLIENT_RIGHTS,
         TAKEOVER},
        {"a standard user",
         {.sids = {USER, EVERYONE, AUTHENTICATED, INTERACTIVE}},
         CLIENT_RIGHTS,
         TAKEOVER},
        {"a local process of a network logon",
         {.sids = {USER, EVERYONE, AUTHENTICATED, NETWORK}},
         CLIENT_RIGHTS,
         TAKEOVER},
        {"nobody known", {.sids = {ANONYMOUS, EVERYONE, NETWORK}}, 0, MAXIMUM_ALLOWED | 0x1f01ff},
        {"a packaged app",
         {.sids = {USER, EVERYONE, AUTHENTICATED, INTERACTIVE},
          .app_container = true,
          .package = {A_PACKAGE, ALL_PACKAGES}},
         0,
         MAXIMUM_ALLOWED | 0x1f01ff},
    };
    PSECURITY_DESCRIPTOR descriptor = live_descriptor();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        DWORD rights = granted(descriptor, &rows[i].facts);
        must((rights & rows[i].may) == rows[i].may && (rights & rows[i].may_not) == 0,
             "%s is granted %08lx", rows[i].who, rights);
    }
    LocalFree(descriptor);
}

static void the_live_descriptor_is_protected_and_passes_our_own_check(void **state)
{
    PSECURITY_DESCRIPTOR descriptor = live_descriptor();
    SECURITY_DESCRIPTOR_CONTROL control;
    DWORD revision;
    char who[ACCESS_WHO_BYTES];
    (void)state;
    assert_true(GetSecurityDescriptorControl(descriptor, &control, &revision));
    assert_int_equal(control & SE_DACL_PROTECTED, SE_DACL_PROTECTED);
    must(access_is_trusted_only(descriptor, TAKEOVER, who), "%s may take it over", who);
    LocalFree(descriptor);
}

/* ---- descriptors that are set ---- */

static int take(const char *sddl)
{
    void *access = NULL;
    int error = pipe_access_new(&access, sddl, NULL);
    LocalFree(access);
    return error;
}

static void a_descriptor_that_gives_the_door_away_is_refused(void **state)
{
    static const char *const good[] = {
        "",
        "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;AU)",
        "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;IU)",
        "D:P(D;;GA;;;AN)(A;;GA;;;SY)(A;;GA;;;BA)",
        "O:SYG:SYD:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GR;;;AU)",
    };
    static const char *const bad[] = {
        "nonsense",
        "D:(A;;GA;;;SY)(A;;GA;;;BA)",              /* not protected */
        "D:P(A;;GA;;;SY)(A;;GA;;;WD)",             /* everybody, everything */
        "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GW;;;AU)", /* GENERIC_WRITE has the right to serve in it */
        "D:P(A;;GA;;;SY)(A;;0x4;;;IU)",            /* that right alone */
        "D:P(A;;GA;;;SY)(A;;WD;;;AU)",             /* WRITE_DAC */
        "D:P(A;;GA;;;SY)(A;;WO;;;AU)",             /* WRITE_OWNER */
        "D:P(A;;GA;;;SY)(A;;FA;;;BU)",             /* file rights by name */
        "O:WDD:P(A;;GA;;;SY)(A;;GA;;;BA)",         /* an owner can always change it */
        "O:SY",                                    /* no DACL */
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        must(take(good[i]) == 0, "refused: %s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        must(take(bad[i]) != 0, "taken: %s", bad[i]);
    }
}

static void an_image_that_others_can_replace_is_found(void **state)
{
    static const struct {
        const char *sddl;
        bool safe;
    } rows[] = {
        {"O:SYG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)", true},
        {"O:BAG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;WD)", true},
        {"O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:(A;;FA;;;SY)", true},
        {"O:SYD:(A;OICIIO;GA;;;CO)(A;;0x1200a9;;;BU)", true}, /* only what is made in it */
        {"O:SYD:(A;;FA;;;SY)(A;;0x1301bf;;;AU)", false},      /* modify */
        {"O:SYD:(A;;0x2;;;WD)", false},                       /* write or add a file */
        {"O:SYD:(A;;SD;;;BU)", false},                        /* delete */
        {"O:SYD:(A;;GW;;;BU)", false},
        {"O:" USER "D:(A;;FA;;;SY)", false}, /* the owner can always change it */
    };
    (void)state;
    SECURITY_DESCRIPTOR open;
    char everybody[ACCESS_WHO_BYTES];
    assert_true(InitializeSecurityDescriptor(&open, SECURITY_DESCRIPTOR_REVISION));
    assert_true(SetSecurityDescriptorDacl(&open, TRUE, NULL, FALSE));
    assert_false(access_is_trusted_only(&open, FILE_WRITE_DATA, everybody));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        PSECURITY_DESCRIPTOR descriptor;
        char who[ACCESS_WHO_BYTES];
        assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorA(
            rows[i].sddl, SDDL_REVISION_1, &descriptor, NULL));
        bool safe = access_is_trusted_only(
            descriptor, FILE_WRITE_DATA | FILE_APPEND_DATA | DELETE | WRITE_DAC | WRITE_OWNER, who);
        must(safe == rows[i].safe, "%s: %s", rows[i].sddl, safe ? "safe" : who);
        LocalFree(descriptor);
    }
}

/* Beside the test's own program; valid until the next call. */
static const wchar_t *beside(const wchar_t *name)
{
    static wchar_t path[MAX_PATH + 32];
    assert_true(GetModuleFileNameW(NULL, path, MAX_PATH) != 0);
    wcscpy(wcsrchr(path, L'\\') + 1, name);
    return path;
}

static void what_is_asked_about_is_opened_itself(void **state)
{
    HANDLE handle;
    (void)state;
    assert_int_equal(access_open_itself(beside(L"msiwatchd.exe"), false, &handle), ERROR_SUCCESS);
    CloseHandle(handle);
    assert_int_equal(access_open_itself(beside(L""), true, &handle), ERROR_SUCCESS);
    CloseHandle(handle);
    assert_int_equal(access_open_itself(beside(L"msiwatchd.exe"), true, &handle), ERROR_DIRECTORY);
    assert_int_equal(access_open_itself(beside(L""), false, &handle), ERROR_DIRECTORY);
    assert_int_equal(access_open_itself(beside(L"nothing"), false, &handle), ERROR_FILE_NOT_FOUND);
}

static void an_image_behind_a_link_is_refused(void **state)
{
    HANDLE handle;
    wchar_t link[MAX_PATH + 32], file[MAX_PATH + 64];
    char why[512] = "";
    (void)state;
    wcscpy(link, beside(L"access_test_link"));
    if (!CreateSymbolicLinkW(link, L"C:\\Windows", SYMBOLIC_LINK_FLAG_DIRECTORY) ||
        GetFileAttributesW(link) == INVALID_FILE_ATTRIBUTES) { /* Wine says that it made one */
        print_message("skipped: this system makes no symbolic links\n");
        skip();
    }
    swprintf(file, MAX_PATH + 64, L"%ls\\explorer.exe", link);
    DWORD error = access_open_itself(link, true, &handle);
    DWORD checked = access_check_image(file, false, why, sizeof why);
    RemoveDirectoryW(link);
    assert_int_equal(error, ERROR_DIRECTORY);
    assert_int_equal(checked, ERROR_ACCESS_DENIED);
    must(strstr(why, "leads elsewhere") != NULL, "%s", why);
}

static bool is_own(const wchar_t *path)
{
    PSID owner;
    PSECURITY_DESCRIPTOR descriptor;
    if (GetNamedSecurityInfoW(path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL,
                              NULL, &descriptor) != ERROR_SUCCESS) {
        return false;
    }
    bool own = access_is_this_user(owner);
    LocalFree(descriptor);
    return own;
}

/* What `install` and `install --configure` ask: under Wine every file is the user's own. */
static void an_image_of_this_user_is_safe_for_the_package_alone(void **state)
{
    static const wchar_t file[] = L"C:\\Program Files\\image.exe";
    char why[512] = "";
    (void)state;
    HANDLE made = CreateFileW(file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    assert_true(made != INVALID_HANDLE_VALUE);
    CloseHandle(made);
    DWORD strict = access_check_image(file, false, why, sizeof why);
    DWORD own = access_check_image(file, true, why, sizeof why);
    bool users = is_own(file);
    DeleteFileW(file);
    assert_int_equal(own, ERROR_SUCCESS);
    if (!users) {
        print_message("skipped: what this user makes there is the administrators' own\n");
        skip();
    }
    assert_int_equal(strict, ERROR_ACCESS_DENIED);
}

/* Under Wine every file is the user's own, so the real check finds what it should. */
static void an_install_from_a_users_folder_is_refused(void **state)
{
    (void)state;
    const struct child_result *child = run("msiwatchd install");
    if (child->exit_code == ERROR_SUCCESS) {
        run("msiwatchd uninstall");
        print_message("skipped: this folder is the administrators' own\n");
        skip();
    }
    assert_int_equal(child->exit_code, ERROR_ACCESS_DENIED);
    assert_non_null(strstr(child->err, "--unsafe-image"));
    assert_int_equal(service_state(), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest live[] = {
        cmocka_unit_test(the_evaluator_agrees_with_the_system),
        cmocka_unit_test(each_kind_of_caller_may_do_what_it_should),
        cmocka_unit_test(the_live_descriptor_is_protected_and_passes_our_own_check),
        cmocka_unit_test(real_nobody_known_is_denied),
        cmocka_unit_test(real_packaged_app_is_denied),
        cmocka_unit_test(real_kinds_of_tokens_open_it_or_are_denied),
        cmocka_unit_test(real_network_logon_is_served),
        cmocka_unit_test(real_remote_client_is_refused),
    };
    const struct CMUnitTest checks[] = {
        cmocka_unit_test(a_descriptor_that_gives_the_door_away_is_refused),
        cmocka_unit_test(an_image_that_others_can_replace_is_found),
        cmocka_unit_test(what_is_asked_about_is_opened_itself),
        cmocka_unit_test(an_image_behind_a_link_is_refused),
        cmocka_unit_test(an_image_of_this_user_is_safe_for_the_package_alone),
        cmocka_unit_test(an_install_from_a_users_folder_is_refused),
    };
    if (argc == 3 && strcmp(argv[1], REAL_TOKENS_VERB) == 0) {
        return real_tokens_open(argv[2]);
    }
    return cmocka_run_group_tests_name("the live pipe", live, begin, service_end) +
           cmocka_run_group_tests_name("checks", checks, NULL, NULL);
}
