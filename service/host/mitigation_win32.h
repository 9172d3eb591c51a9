/* mitigation_win32.h: what the process gives up before it does anything else.
 *
 * To be called as main's first acts, before any thread and any library is loaded. What the system
 * does not know is left out; nothing here fails.
 */
#ifndef MSIWATCH_SERVICE_MITIGATION_WIN32_H
#define MSIWATCH_SERVICE_MITIGATION_WIN32_H

/* DLLs come from System32 alone, whatever the current folder and PATH. For every command. */
void mitigation_search_path(void);

/* For the process that serves: no child processes, no dynamic code, no images from the network or
 * of low integrity, no extension points, and an invalid handle ends it. */
void mitigation_lock_down(void);

#endif
