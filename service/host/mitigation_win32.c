/* mitigation_win32.c: what the process gives up before it does anything else. */
#include "host/mitigation_win32.h"

#include <stdbool.h>

const struct mitigation_api mitigation_api_windows = {
    .set = SetProcessMitigationPolicy,
    .get = GetProcessMitigationPolicy,
};

/* The bits of the policies' structures. Windows treats each structure as one DWORD and rejects any
 * other size. MinGW declares the structure for dynamic code with 8 bytes, so the structures are not
 * used. */
enum {
    PROHIBIT_DYNAMIC_CODE = 1,
    NO_CHILD_PROCESSES = 1,
    NO_REMOTE_IMAGES = 1,
    NO_LOW_LABEL_IMAGES = 2,
    PREFER_SYSTEM32 = 4,
    NO_EXTENSION_POINTS = 1,
    RAISE_ON_INVALID_HANDLE = 1,
    RAISE_PERMANENTLY = 2,
};

static const struct policy {
    const char *name; /* the name in `about` */
    PROCESS_MITIGATION_POLICY policy;
    DWORD bits;
    bool disputed; /* can end the process if another product loads a library into it */
} policies[] = {
    {"child_process", ProcessChildProcessPolicy, NO_CHILD_PROCESSES, false},
    {"image_load", ProcessImageLoadPolicy, NO_REMOTE_IMAGES | NO_LOW_LABEL_IMAGES | PREFER_SYSTEM32,
     false},
    {"extension_points", ProcessExtensionPointDisablePolicy, NO_EXTENSION_POINTS, false},
    {"dynamic_code", ProcessDynamicCodePolicy, PROHIBIT_DYNAMIC_CODE, true},
    {"strict_handles", ProcessStrictHandleCheckPolicy, RAISE_ON_INVALID_HANDLE | RAISE_PERMANENTLY,
     true},
};

enum { COUNT = sizeof policies / sizeof policies[0] };

_Static_assert(COUNT <= MITIGATIONS_MOST, "room for all");

void mitigation_search_path(void)
{
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
    /* Removes the current folder for callers that load libraries without flags. */
    SetDllDirectoryW(L"");
}

static void ask_for(const struct mitigation_api *api, bool disputed,
                    struct mitigation_results *results)
{
    for (size_t i = 0; i < COUNT; i++) {
        DWORD bits = policies[i].bits;
        if (policies[i].disputed == disputed && !api->set(policies[i].policy, &bits, sizeof bits)) {
            results->list[i].error = GetLastError();
        }
    }
}

void mitigation_lock_down(const struct mitigation_api *api, struct mitigation_results *results)
{
    results->count = COUNT;
    for (size_t i = 0; i < COUNT; i++) {
        results->list[i] = (struct mitigation_result){.name = policies[i].name};
    }
    ask_for(api, false, results);
    HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0);
}

static enum mitigation_state read_state(const struct mitigation_api *api,
                                        const struct policy *policy)
{
    DWORD bits = 0;
    if (!api->get(GetCurrentProcess(), policy->policy, &bits, sizeof bits)) {
        return MITIGATION_UNKNOWN;
    }
    bits &= policy->bits;
    return bits == policy->bits ? MITIGATION_ON : bits != 0 ? MITIGATION_PARTIAL : MITIGATION_OFF;
}

void mitigation_complete(const struct mitigation_api *api, enum mitigations mitigations,
                         struct mitigation_results *results)
{
    if (mitigations == MITIGATIONS_DEFAULT) {
        ask_for(api, true, results);
    }
    for (size_t i = 0; i < COUNT; i++) {
        results->list[i].state = read_state(api, &policies[i]);
    }
}
