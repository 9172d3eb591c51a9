/* mitigation_win32.c: what the process gives up before it does anything else. */
#include "host/mitigation_win32.h"

#include <windows.h>

void mitigation_search_path(void)
{
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
    SetDllDirectoryW(L""); /* for those who load without flags: not the current folder */
}

void mitigation_lock_down(void)
{
    PROCESS_MITIGATION_DYNAMIC_CODE_POLICY code = {.ProhibitDynamicCode = 1};
    PROCESS_MITIGATION_CHILD_PROCESS_POLICY child = {.NoChildProcessCreation = 1};
    PROCESS_MITIGATION_IMAGE_LOAD_POLICY image = {
        .NoRemoteImages = 1, .NoLowMandatoryLabelImages = 1, .PreferSystem32Images = 1};
    PROCESS_MITIGATION_EXTENSION_POINT_DISABLE_POLICY extension = {.DisableExtensionPoints = 1};
    PROCESS_MITIGATION_STRICT_HANDLE_CHECK_POLICY handle = {
        .RaiseExceptionOnInvalidHandleReference = 1, .HandleExceptionsPermanentlyEnabled = 1};
    SetProcessMitigationPolicy(ProcessDynamicCodePolicy, &code, sizeof code);
    SetProcessMitigationPolicy(ProcessChildProcessPolicy, &child, sizeof child);
    SetProcessMitigationPolicy(ProcessImageLoadPolicy, &image, sizeof image);
    SetProcessMitigationPolicy(ProcessExtensionPointDisablePolicy, &extension, sizeof extension);
    SetProcessMitigationPolicy(ProcessStrictHandleCheckPolicy, &handle, sizeof handle);
    HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0);
}
