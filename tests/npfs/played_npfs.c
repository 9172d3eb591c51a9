/* played_npfs.c: Windows' named pipe file system in memory. */
#include "played_npfs.h"

#include <sddl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { MOST = 64, ANY_NUMBER = PIPE_UNLIMITED_INSTANCES };

/* As in NTSTATUS, for OVERLAPPED.Internal. */
#define PENDING 0x103u
#define CANCELLED 0xc0000120u

enum state {
    NO_INSTANCE,
    FREE_INSTANCE, /* without a client; ConnectNamedPipe may be pending */
    CONNECTED_INSTANCE,
    LEFT_INSTANCE,   /* the client came and went */
    PARTED_INSTANCE, /* disconnected: not for clients until it listens again */
    ORPHAN_END,      /* no instance: what a client holds of one that was disconnected */
};

struct instance {
    enum state state;
    HANDLE server, client; /* NULL: closed */
    DWORD server_access;   /* what it was opened with, besides read and write */
    OVERLAPPED *pending;
};

struct played_npfs played_npfs;

static struct {
    SRWLOCK lock;
    struct instance all[MOST];
    uintptr_t last_handle;
    wchar_t name[MAX_PATH];
    DWORD access, type, most, timeout_ms; /* the first instance's */
    PSECURITY_DESCRIPTOR descriptor;      /* self-relative */
} npfs;

static void misused(const char *what, HANDLE handle)
{
    fprintf(stderr, "played_npfs: %s: %p is no such handle\n", what, handle);
    fflush(stderr);
    abort();
}

static HANDLE new_handle(void)
{
    npfs.last_handle += 4;
    return (HANDLE)(0x50000000u + npfs.last_handle);
}

static struct instance *find(HANDLE handle, bool server)
{
    for (size_t i = 0; handle != NULL && i < MOST; i++) {
        if ((server ? npfs.all[i].server : npfs.all[i].client) == handle) {
            return &npfs.all[i];
        }
    }
    return NULL;
}

static struct instance *must_find_server(HANDLE handle, const char *what)
{
    struct instance *instance = find(handle, true);
    if (instance == NULL) {
        misused(what, handle);
    }
    return instance;
}

static struct instance *find_state(enum state state)
{
    for (size_t i = 0; i < MOST; i++) {
        if (npfs.all[i].state == state) {
            return &npfs.all[i];
        }
    }
    return NULL;
}

static size_t count(bool served)
{
    size_t n = 0;
    for (size_t i = 0; i < MOST; i++) {
        enum state state = npfs.all[i].state;
        n += state != NO_INSTANCE && state != ORPHAN_END && (!served || npfs.all[i].server != NULL);
    }
    return n;
}

static bool is_there(LPCWSTR name)
{
    return count(false) > 0 && _wcsicmp(npfs.name, name) == 0;
}

/* The instance that is meant may have been the last. */
static void forget_unused(void)
{
    if (count(false) == 0) {
        LocalFree(npfs.descriptor);
        npfs.descriptor = NULL;
    }
}

static void finish(struct instance *instance, uintptr_t status)
{
    if (instance->pending != NULL) {
        instance->pending->InternalHigh = 0;
        instance->pending->Internal = status;
        SetEvent(instance->pending->hEvent);
        instance->pending = NULL;
    }
}

/* Called under the lock; the last error is what the played call leaves. */
static BOOL leave(DWORD error)
{
    ReleaseSRWLockExclusive(&npfs.lock);
    SetLastError(error);
    return error == ERROR_SUCCESS;
}

static void enter(void)
{
    AcquireSRWLockExclusive(&npfs.lock);
}

/* ---- descriptors ---- */

/* SDDL of the descriptor's DACL; the caller's to LocalFree. */
static char *dacl_text(PSECURITY_DESCRIPTOR descriptor)
{
    char *text = NULL;
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorA(
            descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL)) {
        misused("a descriptor", descriptor);
    }
    return text;
}

/* With an owner, as a name has, and generic rights mapped, as the system does. */
static PSECURITY_DESCRIPTOR own(PSECURITY_DESCRIPTOR given, const char *owner)
{
    char sddl[1024], *dacl = dacl_text(given);
    PSECURITY_DESCRIPTOR made = NULL;
    snprintf(sddl, sizeof sddl, "O:%sG:SY%s", owner, dacl);
    LocalFree(dacl);
    PACL acl = NULL;
    BOOL present, defaulted;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorA(sddl, SDDL_REVISION_1, &made, NULL) ||
        !GetSecurityDescriptorDacl(made, &present, &acl, &defaulted)) {
        misused(sddl, NULL);
    }
    GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                               FILE_ALL_ACCESS};
    for (DWORD i = 0; acl != NULL && i < acl->AceCount; i++) {
        ACCESS_ALLOWED_ACE *ace;
        if (GetAce(acl, i, (void **)&ace)) {
            MapGenericMask(&ace->Mask, &mapping);
        }
    }
    return made;
}

static bool grants(DWORD wanted)
{
    HANDLE token = NULL, copy = NULL;
    GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                               FILE_ALL_ACCESS};
    PRIVILEGE_SET privileges;
    DWORD size = sizeof privileges, granted = 0;
    BOOL yes = FALSE;
    MapGenericMask(&wanted, &mapping);
    bool asked = OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_QUERY, &token) &&
                 DuplicateTokenEx(token, TOKEN_QUERY, NULL, SecurityIdentification,
                                  TokenImpersonation, &copy) &&
                 AccessCheck(npfs.descriptor, copy, wanted, &mapping, &privileges, &size, &granted,
                             &yes);
    if (!asked) {
        fprintf(stderr, "played_npfs: AccessCheck: error %lu\n", GetLastError());
        abort();
    }
    CloseHandle(copy);
    CloseHandle(token);
    return yes != FALSE;
}

/* ---- the server's calls ---- */

static void begin_name(LPCWSTR name, DWORD access, DWORD type, DWORD most, DWORD timeout_ms,
                       PSECURITY_DESCRIPTOR descriptor)
{
    swprintf(npfs.name, MAX_PATH, L"%ls", name);
    npfs.access = access;
    npfs.type = type;
    npfs.most = most;
    npfs.timeout_ms = timeout_ms;
    npfs.descriptor = own(descriptor, played_npfs.owner);
}

static HANDLE WINAPI create(LPCWSTR name, DWORD open_mode, DWORD pipe_mode, DWORD most,
                            DWORD out_bytes, DWORD in_bytes, DWORD timeout_ms,
                            LPSECURITY_ATTRIBUTES attributes)
{
    (void)out_bytes;
    (void)in_bytes;
    DWORD access = open_mode & PIPE_ACCESS_DUPLEX, type = pipe_mode & PIPE_TYPE_MESSAGE;
    DWORD rights = open_mode & (WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY);
    DWORD error = ERROR_SUCCESS;
    enter();
    played_npfs.created++;
    if (!is_there(name)) {
        begin_name(name, access, type, most, timeout_ms, attributes->lpSecurityDescriptor);
    } else if ((open_mode & FILE_FLAG_FIRST_PIPE_INSTANCE) != 0 ||
               !grants(FILE_CREATE_PIPE_INSTANCE | GENERIC_READ | GENERIC_WRITE | rights) ||
               access != npfs.access || type != npfs.type || most != npfs.most ||
               timeout_ms != npfs.timeout_ms) {
        error = ERROR_ACCESS_DENIED;
    } else if (npfs.most != ANY_NUMBER && count(false) >= npfs.most) {
        error = ERROR_PIPE_BUSY;
    }
    struct instance *instance = find_state(NO_INSTANCE);
    if (error != ERROR_SUCCESS || instance == NULL) {
        leave(error != ERROR_SUCCESS ? error : ERROR_NO_SYSTEM_RESOURCES);
        return INVALID_HANDLE_VALUE;
    }
    *instance = (struct instance){
        .state = FREE_INSTANCE, .server = new_handle(), .server_access = rights | READ_CONTROL};
    HANDLE made = instance->server;
    leave(ERROR_SUCCESS);
    return made;
}

static BOOL WINAPI connect(HANDLE pipe, LPOVERLAPPED overlapped)
{
    enter();
    struct instance *instance = must_find_server(pipe, "ConnectNamedPipe");
    switch (instance->state) {
    case CONNECTED_INSTANCE:
        return leave(ERROR_PIPE_CONNECTED);
    case LEFT_INSTANCE:
        return leave(ERROR_NO_DATA);
    default:
        break;
    }
    instance->state = FREE_INSTANCE;
    instance->pending = overlapped;
    overlapped->Internal = PENDING;
    ResetEvent(overlapped->hEvent);
    return leave(ERROR_IO_PENDING);
}

static BOOL WINAPI disconnect(HANDLE pipe)
{
    enter();
    struct instance *instance = must_find_server(pipe, "DisconnectNamedPipe");
    if (instance->state == FREE_INSTANCE) {
        return leave(ERROR_PIPE_LISTENING);
    }
    struct instance *orphan = instance->client != NULL ? find_state(NO_INSTANCE) : NULL;
    if (orphan != NULL) {
        *orphan = (struct instance){.state = ORPHAN_END, .client = instance->client};
    }
    instance->client = NULL;
    instance->state = PARTED_INSTANCE;
    return leave(ERROR_SUCCESS);
}

static BOOL WINAPI cancel(HANDLE pipe, LPOVERLAPPED pending)
{
    enter();
    struct instance *instance = must_find_server(pipe, "CancelIoEx");
    if (instance->pending == NULL || (pending != NULL && pending != instance->pending)) {
        return leave(ERROR_NOT_FOUND);
    }
    finish(instance, CANCELLED);
    return leave(ERROR_SUCCESS);
}

static void close_server(struct instance *instance)
{
    finish(instance, CANCELLED);
    instance->server = NULL;
    if (instance->client == NULL) {
        instance->state = NO_INSTANCE;
    }
}

static void close_client(struct instance *instance)
{
    instance->client = NULL;
    instance->state = instance->server == NULL ? NO_INSTANCE : LEFT_INSTANCE;
}

static BOOL WINAPI close(HANDLE handle)
{
    enter();
    struct instance *instance = find(handle, true);
    if (instance != NULL) {
        close_server(instance);
    } else {
        instance = find(handle, false);
        if (instance == NULL) {
            misused("CloseHandle", handle);
        }
        close_client(instance);
    }
    forget_unused();
    return leave(ERROR_SUCCESS);
}

static DWORD WINAPI get_security(HANDLE pipe, SE_OBJECT_TYPE type, SECURITY_INFORMATION what,
                                 PSID *owner, PSID *group, PACL *dacl, PACL *sacl,
                                 PSECURITY_DESCRIPTOR *descriptor)
{
    enter();
    struct instance *instance = must_find_server(pipe, "GetSecurityInfo");
    if (owner != NULL || group != NULL || dacl != NULL || sacl != NULL || descriptor == NULL ||
        type != SE_KERNEL_OBJECT ||
        what != (OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION)) {
        misused("GetSecurityInfo asked in another way", pipe);
    }
    if ((instance->server_access & READ_CONTROL) == 0) {
        leave(ERROR_ACCESS_DENIED);
        return ERROR_ACCESS_DENIED;
    }
    DWORD size = GetSecurityDescriptorLength(npfs.descriptor);
    *descriptor = LocalAlloc(LMEM_FIXED, size);
    memcpy(*descriptor, npfs.descriptor, size);
    leave(ERROR_SUCCESS);
    return ERROR_SUCCESS;
}

static DWORD set_dacl(PACL dacl)
{
    SECURITY_DESCRIPTOR given;
    char *text = NULL;
    PSID owner = NULL;
    BOOL defaulted;
    if (!InitializeSecurityDescriptor(&given, SECURITY_DESCRIPTOR_REVISION) ||
        !SetSecurityDescriptorDacl(&given, TRUE, dacl, FALSE) ||
        !GetSecurityDescriptorOwner(npfs.descriptor, &owner, &defaulted) ||
        !ConvertSidToStringSidA(owner, &text)) {
        return GetLastError();
    }
    PSECURITY_DESCRIPTOR made = own(&given, text);
    LocalFree(text);
    LocalFree(npfs.descriptor);
    npfs.descriptor = made;
    return ERROR_SUCCESS;
}

static DWORD WINAPI set_security(HANDLE pipe, SE_OBJECT_TYPE type, SECURITY_INFORMATION what,
                                 PSID owner, PSID group, PACL dacl, PACL sacl)
{
    enter();
    struct instance *instance = must_find_server(pipe, "SetSecurityInfo");
    if (owner != NULL || group != NULL || sacl != NULL || type != SE_KERNEL_OBJECT ||
        (what & ~(DWORD)PROTECTED_DACL_SECURITY_INFORMATION) != DACL_SECURITY_INFORMATION) {
        misused("SetSecurityInfo asked in another way", pipe);
    }
    played_npfs.set++;
    DWORD error = (instance->server_access & WRITE_DAC) == 0 ? ERROR_ACCESS_DENIED
                                                             : played_npfs.refuse_set;
    if (error == ERROR_SUCCESS && !played_npfs.ignore_set) {
        error = set_dacl(dacl);
    }
    leave(error);
    return error;
}

/* ---- the client's ---- */

static HANDLE WINAPI open(LPCWSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes,
                          DWORD disposition, DWORD flags, HANDLE template)
{
    (void)share;
    (void)attributes;
    (void)disposition;
    (void)flags;
    (void)template;
    enter();
    played_npfs.opened++;
    struct instance *instance = find_state(FREE_INSTANCE);
    DWORD error = !is_there(name)    ? ERROR_FILE_NOT_FOUND
                  : !grants(access)  ? ERROR_ACCESS_DENIED
                  : instance == NULL ? ERROR_PIPE_BUSY
                                     : ERROR_SUCCESS;
    if (error != ERROR_SUCCESS) {
        leave(error);
        return INVALID_HANDLE_VALUE;
    }
    instance->state = CONNECTED_INSTANCE;
    instance->client = new_handle();
    HANDLE made = instance->client;
    finish(instance, 0);
    leave(ERROR_SUCCESS);
    return made;
}

static BOOL WINAPI wait(LPCWSTR name, DWORD timeout_ms)
{
    (void)timeout_ms;
    enter();
    return leave(!is_there(name)                     ? ERROR_FILE_NOT_FOUND
                 : find_state(FREE_INSTANCE) == NULL ? ERROR_SEM_TIMEOUT
                                                     : ERROR_SUCCESS);
}

/* ---- the rest ---- */

static ULONGLONG WINAPI ticks(void)
{
    return played_npfs.now_ms;
}

static void WINAPI sleep(DWORD ms)
{
    played_npfs.now_ms += ms;
    if (played_npfs.slept != NULL) {
        played_npfs.slept();
    }
}

static DWORD service_process(DWORD *pid)
{
    played_npfs.asked_manager++;
    if (played_npfs.asked != NULL) {
        played_npfs.asked();
    }
    *pid = played_npfs.service_pid;
    return played_npfs.service_error;
}

const struct pipe_api played_npfs_api = {
    .CreateNamedPipeW = create,
    .ConnectNamedPipe = connect,
    .DisconnectNamedPipe = disconnect,
    .CancelIoEx = cancel,
    .CloseHandle = close,
    .WaitNamedPipeW = wait,
    .CreateFileW = open,
    .GetSecurityInfo = get_security,
    .SetSecurityInfo = set_security,
    .GetTickCount64 = ticks,
    .Sleep = sleep,
    .service_process = service_process,
};

void played_npfs_reset(void)
{
    LocalFree(npfs.descriptor);
    memset(&npfs, 0, sizeof npfs);
    InitializeSRWLock(&npfs.lock);
    played_npfs = (struct played_npfs){.owner = "SY"};
}

char *played_npfs_dacl(void)
{
    return npfs.descriptor == NULL ? NULL : dacl_text(npfs.descriptor);
}

size_t played_npfs_served(void)
{
    enter();
    size_t n = count(true);
    leave(ERROR_SUCCESS);
    return n;
}

size_t played_npfs_instances(void)
{
    enter();
    size_t n = count(false);
    leave(ERROR_SUCCESS);
    return n;
}

void played_npfs_serve(const wchar_t *name, const char *sddl, HANDLE *ends, size_t n)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorA(sddl, SDDL_REVISION_1, &descriptor,
                                                              NULL)) {
        misused(sddl, NULL);
    }
    for (size_t i = 0; i < n; i++) {
        ends[i] = pipe_instance_new(&played_npfs_api, name, descriptor,
                                    i == 0 ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0);
        if (ends[i] == NULL) {
            misused("another server's CreateNamedPipe", NULL);
        }
    }
    LocalFree(descriptor);
}

HANDLE played_npfs_come(const wchar_t *name)
{
    HANDLE client = open(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    return client == INVALID_HANDLE_VALUE ? NULL : client;
}
