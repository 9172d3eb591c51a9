/* mutex.c: reads Global\_MSIExecute once. */
#include "common/win32/mutex.h"

#include "common/win32/ntdll.h"
#include "common/win32/sid.h"

#include <ntsecapi.h>

/* Not in the SDK's headers. */
enum mutant_information_class { MUTANT_BASIC_INFORMATION, MUTANT_OWNER_INFORMATION };

struct mutant_basic_information {
    LONG current_count; /* 1: free; each acquisition takes 1 */
    BOOLEAN owned_by_caller;
    BOOLEAN abandoned;
};

struct mutant_owner_information {
    HANDLE pid, tid; /* zero if nobody owns it */
};

static void look_failed(struct mutex_look *look, DWORD error, const char *what)
{
    look->state = error == ERROR_ACCESS_DENIED    ? MUTEX_DENIED
                  : error == ERROR_INVALID_HANDLE ? MUTEX_NOT_A_MUTEX /* of another kind */
                                                  : MUTEX_ERROR;
    look->error = error;
    look->what = what;
}

/* If the system does not name an owner, that is no error: older systems lack this query. */
static void read_owner(HANDLE mutex, struct mutex_look *look)
{
    struct mutant_owner_information ids = {NULL, NULL};
    if (NtQueryMutant(mutex, MUTANT_OWNER_INFORMATION, &ids, sizeof ids, NULL) >= 0 &&
        ids.pid != NULL) {
        look->pid = (uint32_t)(uintptr_t)ids.pid;
        look->tid = (uint32_t)(uintptr_t)ids.tid;
    }
}

static void read_state(HANDLE mutex, struct mutex_look *look)
{
    struct mutant_basic_information basic;
    LONG status = NtQueryMutant(mutex, MUTANT_BASIC_INFORMATION, &basic, sizeof basic, NULL);
    if (status < 0) {
        look->state = MUTEX_ERROR;
        look->error = LsaNtStatusToWinError(status);
        look->what = "NtQueryMutant on";
    } else if (basic.current_count <= 0) { /* first: an owned one can have been abandoned before */
        look->state = MUTEX_HELD;
        read_owner(mutex, look);
    } else {
        look->state = basic.abandoned ? MUTEX_ABANDONED : MUTEX_FREE;
    }
}

/* Opens the object with only the right to read its owner, whatever kind of object it is. */
static HANDLE open_object(void)
{
    HANDLE object = OpenMutexW(READ_CONTROL, FALSE, INSTALLER_MUTEX);
    object = object != NULL ? object : OpenEventW(READ_CONTROL, FALSE, INSTALLER_MUTEX);
    object = object != NULL ? object : OpenSemaphoreW(READ_CONTROL, FALSE, INSTALLER_MUTEX);
    object = object != NULL ? object : OpenFileMappingW(READ_CONTROL, FALSE, INSTALLER_MUTEX);
    object = object != NULL ? object : OpenWaitableTimerW(READ_CONTROL, FALSE, INSTALLER_MUTEX);
    return object != NULL ? object : OpenJobObjectW(READ_CONTROL, FALSE, INSTALLER_MUTEX);
}

static void find_object_owner(struct mutex_look *look)
{
    union {
        SECURITY_DESCRIPTOR descriptor;
        BYTE bytes[sizeof(SECURITY_DESCRIPTOR) + SECURITY_MAX_SID_SIZE];
    } security;
    DWORD size;
    BOOL defaulted;
    PSID owner;
    HANDLE object = open_object();
    if (object == NULL) {
        return;
    }
    if (GetKernelObjectSecurity(object, OWNER_SECURITY_INFORMATION, &security, sizeof security,
                                &size) &&
        GetSecurityDescriptorOwner(&security, &owner, &defaulted) && owner != NULL) {
        sid_to_text(owner, look->object_owner);
    }
    CloseHandle(object);
}

void mutex_look(struct mutex_look *look)
{
    *look = (struct mutex_look){.state = MUTEX_ABSENT, .what = ""};
    HANDLE mutex = OpenMutexW(MUTANT_QUERY_STATE, FALSE, INSTALLER_MUTEX);
    if (mutex != NULL) {
        read_state(mutex, look);
        CloseHandle(mutex);
    } else if (GetLastError() != ERROR_FILE_NOT_FOUND) {
        look_failed(look, GetLastError(), "cannot open");
        find_object_owner(look);
    }
}
