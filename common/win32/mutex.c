/* mutex.c: reads Global\_MSIExecute once. */
#include "common/win32/mutex.h"

#include "common/win32/ntdll.h"
#include "common/win32/sid.h"

#include <ntsecapi.h>
#include <string.h>

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

/* If the system does not name an owner, that is no error: older systems lack this query. */
static void read_owner(HANDLE mutex, struct observation *into)
{
    struct mutant_owner_information ids = {NULL, NULL};
    if (NtQueryMutant(mutex, MUTANT_OWNER_INFORMATION, &ids, sizeof ids, NULL) >= 0 &&
        ids.pid != NULL) {
        into->mutex.owner_known = true;
        into->mutex.owner_pid = (uint32_t)(uintptr_t)ids.pid;
        into->mutex.owner_tid = (uint32_t)(uintptr_t)ids.tid;
    }
}

static DWORD read_state(HANDLE mutex, struct observation *into)
{
    struct mutant_basic_information basic;
    LONG status = NtQueryMutant(mutex, MUTANT_BASIC_INFORMATION, &basic, sizeof basic, NULL);
    if (status < 0) {
        into->mutex.state = MUTEX_ERROR;
        return LsaNtStatusToWinError(status);
    }
    if (basic.current_count <= 0) { /* first: an owned one can have been abandoned before */
        into->mutex.state = MUTEX_HELD;
        read_owner(mutex, into);
    } else {
        into->mutex.state = basic.abandoned ? MUTEX_ABANDONED : MUTEX_FREE;
    }
    return ERROR_SUCCESS;
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

static void find_object_owner(struct observation *into)
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
        sid_to_text(owner, into->mutex.object_owner);
    }
    CloseHandle(object);
}

static void resolve_owner(struct observation *into, struct owner *owner)
{
    owner_look(owner, into->mutex.owner_pid, into->mutex.owner_tid);
    into->mutex.owner_foreign = owner->foreign;
    into->mutex.owner_parent_pid = owner->parent_pid;
    memcpy(into->mutex.owner_image, owner->image, sizeof owner->image);
    memcpy(into->mutex.owner_user, owner->user, sizeof owner->user);
}

DWORD mutex_look(struct observation *into, struct owner *owner, const char **what)
{
    memset(&into->mutex, 0, sizeof into->mutex);
    HANDLE mutex = OpenMutexW(MUTANT_QUERY_STATE, FALSE, INSTALLER_MUTEX);
    if (mutex != NULL) {
        DWORD error = read_state(mutex, into);
        *what = "NtQueryMutant on";
        CloseHandle(mutex); /* first, because the rest takes longer */
        if (into->mutex.owner_known) {
            resolve_owner(into, owner);
        }
        return error;
    }
    DWORD error = GetLastError();
    if (error == ERROR_FILE_NOT_FOUND) {
        into->mutex.state = MUTEX_ABSENT;
        return ERROR_SUCCESS;
    }
    *what = "cannot open";
    into->mutex.state = error == ERROR_ACCESS_DENIED    ? MUTEX_DENIED
                        : error == ERROR_INVALID_HANDLE ? MUTEX_NOT_A_MUTEX /* of another kind */
                                                        : MUTEX_ERROR;
    find_object_owner(into);
    return error;
}
