/* mitigation_win32.h: what the process gives up before it does anything else.
 *
 * Call these functions first in main, before any thread starts and any library is loaded. A policy
 * that the system does not know is skipped. Nothing here fails; the results say which policies are
 * in force.
 */
#ifndef MSIWATCH_SERVICE_MITIGATION_WIN32_H
#define MSIWATCH_SERVICE_MITIGATION_WIN32_H

#include "config/mitigations.h"

#include <windows.h>

/* The system's two calls, so that tests can replace them. */
struct mitigation_api {
    BOOL(WINAPI *set)(PROCESS_MITIGATION_POLICY policy, PVOID buffer, SIZE_T size);
    BOOL(WINAPI *get)(HANDLE process, PROCESS_MITIGATION_POLICY policy, PVOID buffer, SIZE_T size);
};

extern const struct mitigation_api mitigation_api_windows;

/* Loads DLLs only from System32, whatever the current folder and PATH are. For every command. */
void mitigation_search_path(void);

/* For the process that runs the service, before it has read its settings: no child processes, no
 * images from the network or of low integrity, no extension points; a corrupted heap ends the
 * process. Errors are stored in *results. */
void mitigation_lock_down(const struct mitigation_api *api, struct mitigation_results *results);

/* After the settings were read: no dynamic code, and using an invalid handle ends the process;
 * neither of them with MITIGATIONS_COMPATIBLE. Then reads into *results which policies are in
 * force, whether or not we requested them. */
void mitigation_complete(const struct mitigation_api *api, enum mitigations mitigations,
                         struct mitigation_results *results);

#endif
