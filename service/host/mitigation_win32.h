/* mitigation_win32.h: what the process gives up before it does anything else.
 *
 * To be called as main's first acts, before any thread and any library is loaded. What the system
 * does not know is left out; nothing here fails, and mitigation_read says what came of it.
 */
#ifndef MSIWATCH_SERVICE_MITIGATION_WIN32_H
#define MSIWATCH_SERVICE_MITIGATION_WIN32_H

#include "config/mitigations.h"

#include <windows.h>

/* The system's two calls, so that tests can play them. */
struct mitigation_api {
    BOOL(WINAPI *set)(PROCESS_MITIGATION_POLICY policy, PVOID buffer, SIZE_T size);
    BOOL(WINAPI *get)(HANDLE process, PROCESS_MITIGATION_POLICY policy, PVOID buffer, SIZE_T size);
};

extern const struct mitigation_api mitigation_api_windows;

/* DLLs come from System32 alone, whatever the current folder and PATH. For every command. */
void mitigation_search_path(void);

/* For the process that serves, before it has read its settings: no child processes, no images from
 * the network or of low integrity, no extension points, and a broken heap ends it. Errors are kept
 * in *results. */
void mitigation_lock_down(const struct mitigation_api *api, struct mitigation_results *results);

/* Once it has: no dynamic code, and an invalid handle ends it; neither of them with
 * MITIGATIONS_COMPATIBLE. Then reads what is in force, whoever asked for it, into *results. */
void mitigation_complete(const struct mitigation_api *api, enum mitigations mitigations,
                         struct mitigation_results *results);

#endif
