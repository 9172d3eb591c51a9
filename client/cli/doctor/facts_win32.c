/* facts_win32.c: reads what the doctor reads once. */
#include "cli/doctor/facts.h"

#include "common/win32/msiserver.h"
#include "common/win32/mutex.h"
#include "common/win32/ntdll.h"
#include "common/win32/wide.h"

#include <stdlib.h>
#include <windows.h>

#include <sddl.h>

#define DESCRIPTOR_PARTS                                                                           \
    (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION)

static void add_version(struct report *report, const char *subject, const DWORD version[4])
{
    report_addf(report, REPORT_FACT, subject, "", "%lu.%lu.%lu.%lu", version[0], version[1],
                version[2], version[3]);
}

/* ---- Windows ---- */

static void add_windows(struct report *report)
{
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    DWORD revision = 0, size = sizeof revision;
    /* It cannot fail. GetVersionEx returns the version that the program's manifest asks for. */
    RtlGetVersion(&version);
    RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", L"UBR",
                 RRF_RT_REG_DWORD, NULL, &revision, &size);
    const DWORD parts[4] = {version.dwMajorVersion, version.dwMinorVersion, version.dwBuildNumber,
                            revision};
    add_version(report, "windows.version", parts);
}

static void add_product(struct report *report)
{
    wchar_t name[256];
    DWORD size = sizeof name;
    LSTATUS error = RegGetValueW(HKEY_LOCAL_MACHINE,
                                 L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", L"ProductName",
                                 RRF_RT_REG_SZ, NULL, name, &size);
    char *utf8 = error == ERROR_SUCCESS ? wide_to_utf8(name) : NULL;
    if (utf8 == NULL) {
        report_unread(report, "windows.product", (uint32_t)error);
    } else {
        report_fact(report, "windows.product", utf8);
    }
    free(utf8);
}

static void add_architecture(struct report *report)
{
    SYSTEM_INFO info;
    GetNativeSystemInfo(&info);
    report_fact(report, "windows.architecture",
                info.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_AMD64   ? "x64"
                : info.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_ARM64 ? "arm64"
                : info.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_INTEL ? "x86"
                                                                              : "other");
}

/* ---- Windows Installer ---- */

typedef DWORD(WINAPI *get_size)(LPCWSTR file, DWORD *zero);
typedef BOOL(WINAPI *get_info)(LPCWSTR file, DWORD zero, DWORD size, void *data);
typedef BOOL(WINAPI *query_value)(const void *data, LPCWSTR block, void **value, UINT *size);

/* version.dll is loaded only for this, and from System32: a file with that name next to a program
 * is a well-known way to attack it. */
static DWORD read_file_version(HMODULE library, const wchar_t *path, VS_FIXEDFILEINFO *out)
{
    get_size size_of = (get_size)(void (*)(void))GetProcAddress(library, "GetFileVersionInfoSizeW");
    get_info info_of = (get_info)(void (*)(void))GetProcAddress(library, "GetFileVersionInfoW");
    query_value value_of = (query_value)(void (*)(void))GetProcAddress(library, "VerQueryValueW");
    if (size_of == NULL || info_of == NULL || value_of == NULL) {
        return ERROR_PROC_NOT_FOUND;
    }
    DWORD zero = 0, size = size_of(path, &zero), error = ERROR_SUCCESS;
    if (size == 0) {
        return GetLastError();
    }
    void *data = malloc(size), *value = NULL;
    UINT value_size = 0;
    if (data == NULL) {
        error = ERROR_NOT_ENOUGH_MEMORY;
    } else if (!info_of(path, 0, size, data) || !value_of(data, L"\\", &value, &value_size)) {
        error = GetLastError();
    } else if (value_size < sizeof *out) {
        error = ERROR_INVALID_DATA;
    } else {
        *out = *(const VS_FIXEDFILEINFO *)value;
    }
    free(data);
    return error;
}

static void add_installer(struct report *report)
{
    static const wchar_t file[] = L"\\msi.dll";
    wchar_t path[MAX_PATH];
    VS_FIXEDFILEINFO version = {0};
    UINT length = GetSystemDirectoryW(path, MAX_PATH);
    HMODULE library = LoadLibraryExW(L"version.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    DWORD error = library == NULL ? GetLastError() : ERROR_FILENAME_EXCED_RANGE;
    if (library != NULL && length > 0 && length + sizeof file / sizeof *file <= MAX_PATH) {
        wmemcpy(path + length, file, sizeof file / sizeof *file);
        error = read_file_version(library, path, &version);
    }
    if (error != ERROR_SUCCESS) {
        report_unread(report, "msi_dll.version", error);
    } else {
        const DWORD parts[4] = {HIWORD(version.dwFileVersionMS), LOWORD(version.dwFileVersionMS),
                                HIWORD(version.dwFileVersionLS), LOWORD(version.dwFileVersionLS)};
        add_version(report, "msi_dll.version", parts);
        report_fact(report, "msi_dll.controls_tell",
                    HIWORD(version.dwFileVersionMS) >= 3
                        ? "yes: 3.0 or later, msiserver's controls say whether it is busy"
                        : "no: older than 3.0");
    }
    if (library != NULL) {
        FreeLibrary(library);
    }
}

/* ---- who is asking ---- */

/* Without the user's name, because reports are shown to others. */
static void add_user(struct report *report)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    BOOL is_system = FALSE, is_administrator = FALSE;
    if (CreateWellKnownSid(WinLocalSystemSid, NULL, sid, &size)) {
        CheckTokenMembership(NULL, sid, &is_system);
    }
    size = sizeof sid;
    if (CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size)) {
        CheckTokenMembership(NULL, sid, &is_administrator);
    }
    report_fact(report, "user.is",
                is_system          ? "SYSTEM"
                : is_administrator ? "an administrator, elevated"
                                   : "a standard user, or an administrator who is not elevated");
}

void facts_add_system(struct report *report)
{
    add_product(report);
    add_windows(report);
    add_architecture(report);
    add_installer(report);
    add_user(report);
}

/* ---- security descriptors ---- */

/* GetSecurityInfo would do both, but its header includes <rpc.h>, and we have a file of that
 * name. */
static BOOL read_descriptor(HANDLE object, bool is_service, PSECURITY_DESCRIPTOR to, DWORD size,
                            DWORD *needed)
{
    return is_service
               ? QueryServiceObjectSecurity((SC_HANDLE)object, DESCRIPTOR_PARTS, to, size, needed)
               : GetKernelObjectSecurity(object, DESCRIPTOR_PARTS, to, size, needed);
}

static DWORD add_as_sddl(struct text *out, PSECURITY_DESCRIPTOR descriptor)
{
    wchar_t *wide = NULL;
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1,
                                                              DESCRIPTOR_PARTS, &wide, NULL)) {
        return GetLastError();
    }
    char *utf8 = wide_to_utf8(wide);
    DWORD error = utf8 == NULL ? GetLastError() : ERROR_SUCCESS;
    if (utf8 != NULL) {
        text_add(out, utf8);
    }
    free(utf8);
    LocalFree(wide);
    return error;
}

static DWORD add_sddl(struct text *out, HANDLE object, bool is_service)
{
    DWORD size = 0, error = ERROR_SUCCESS;
    char none; /* the call needs a valid pointer, even for 0 bytes */
    if (read_descriptor(object, is_service, &none, 0, &size)) {
        return ERROR_INVALID_DATA;
    }
    if (GetLastError() != ERROR_INSUFFICIENT_BUFFER) {
        return GetLastError();
    }
    PSECURITY_DESCRIPTOR descriptor = malloc(size);
    if (descriptor == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    if (read_descriptor(object, is_service, descriptor, size, &size)) {
        error = add_as_sddl(out, descriptor);
    } else {
        error = GetLastError();
    }
    free(descriptor);
    return error;
}

static void add_unread(struct text *out, DWORD error)
{
    text_addf(out, "cannot be read: Windows error %lu", error);
}

/* Adds whether the mutex can be opened with this right; opening it does not acquire it. */
static void add_may(struct text *out, const char *name, DWORD access)
{
    HANDLE mutex = OpenMutexW(access, FALSE, INSTALLER_MUTEX);
    text_addf(out, "%s%s ", out->size == 0 ? "" : ", ", name);
    if (mutex != NULL) {
        text_add(out, "yes");
        CloseHandle(mutex);
    } else {
        text_addf(out, "no (Windows error %lu)", GetLastError());
    }
}

void facts_read_mutex(struct text *sddl, struct text *access)
{
    HANDLE mutex = OpenMutexW(READ_CONTROL, FALSE, INSTALLER_MUTEX);
    DWORD error = mutex == NULL ? GetLastError() : add_sddl(sddl, mutex, false);
    if (mutex != NULL) {
        CloseHandle(mutex);
    }
    if (error == ERROR_FILE_NOT_FOUND) {
        return;
    }
    if (error != ERROR_SUCCESS) {
        add_unread(sddl, error);
    } else if (sddl->size == 0) {
        text_add(sddl, "has no owner, group or DACL");
    }
    add_may(access, "query", MUTANT_QUERY_STATE);
    add_may(access, "synchronize", SYNCHRONIZE);
    add_may(access, "read_control", READ_CONTROL);
}

static void report_sddl(struct report *report, const char *subject, HANDLE object, bool is_service)
{
    struct text sddl = {0};
    DWORD error = add_sddl(&sddl, object, is_service);
    if (error == ERROR_SUCCESS) {
        report_fact(report, subject, sddl.data);
    } else {
        report_unread(report, subject, error);
    }
    text_release(&sddl);
}

/* ---- msiserver ---- */

static void add_start_type(struct report *report, struct doctor_facts *facts, SC_HANDLE manager)
{
    static const char *const names[] = {"boot", "system", "auto", "demand", "disabled"};
    union {
        QUERY_SERVICE_CONFIGW config;
        BYTE room[8192]; /* the largest possible size */
    } read;
    DWORD size;
    SC_HANDLE service = OpenServiceW(manager, MSISERVER_NAME, SERVICE_QUERY_CONFIG);
    if (service == NULL || !QueryServiceConfigW(service, &read.config, sizeof read, &size)) {
        report_unread(report, "msiserver.start_type", GetLastError());
    } else {
        report_fact(report, "msiserver.start_type",
                    read.config.dwStartType < sizeof names / sizeof *names
                        ? names[read.config.dwStartType]
                        : "other");
        facts->msiserver_disabled = read.config.dwStartType == SERVICE_DISABLED;
    }
    if (service != NULL) {
        CloseServiceHandle(service);
    }
}

static void add_service_sddl(struct report *report, SC_HANDLE manager)
{
    SC_HANDLE service = OpenServiceW(manager, MSISERVER_NAME, READ_CONTROL);
    if (service == NULL) {
        report_unread(report, "msiserver.sddl", GetLastError());
        return;
    }
    report_sddl(report, "msiserver.sddl", service, true);
    CloseServiceHandle(service);
}

void facts_add_msiserver(struct report *report, struct doctor_facts *facts)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        report_unread(report, "msiserver.sddl", GetLastError());
        return;
    }
    add_start_type(report, facts, manager);
    add_service_sddl(report, manager);
    CloseServiceHandle(manager);
}

/* ---- the pipe ---- */

void facts_add_pipe(struct report *report, const char *name)
{
    wchar_t *wide = wide_from_utf8(name);
    HANDLE pipe = INVALID_HANDLE_VALUE;
    if (wide != NULL) { /* like every client: the process that answers may not act as us */
        pipe = CreateFileW(wide, READ_CONTROL, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                           OPEN_EXISTING, SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    }
    if (pipe == INVALID_HANDLE_VALUE) {
        report_unread(report, "pipe.sddl", GetLastError());
    } else {
        report_sddl(report, "pipe.sddl", pipe, false);
        CloseHandle(pipe);
    }
    free(wide);
}
