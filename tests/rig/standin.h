/* standin.h: a stand-in for Windows' service msiserver, controlled through the real SCM.
 *
 * Wine's own MSIServer accepts other controls than Windows' does, and a test cannot make it start
 * slowly or change what it accepts. The stand-in is msirig.exe itself; user-defined controls change
 * what it accepts. Only for scratch machines and Wine prefixes, because it replaces the real
 * service.
 *
 * Every function returns a Win32 error code. It succeeds only when the SCM shows the requested
 * state; otherwise it returns ERROR_TIMEOUT after 10 s.
 */
#ifndef MSIWATCH_TESTS_STANDIN_H
#define MSIWATCH_TESTS_STANDIN_H

#include <stdint.h>
#include <windows.h>

#define STANDIN_SERVICE "msiserver"

/* What it accepts, each with the user-defined control that sets it. */
enum standin_controls {
    STANDIN_STOP_SHUTDOWN = 128,
    STANDIN_SHUTDOWN,
    STANDIN_STOP,
    STANDIN_NONE,
    STANDIN_CONTROLS_END,
};

/* The control that ends it, whatever it accepts. */
#define STANDIN_END 140u

/* The control that starts its work (rig_work_begin). */
#define STANDIN_WORK 141u
DWORD standin_work(void);

/* The protocol's words: "stop+shutdown", "shutdown", "stop", "none". */
const char *standin_controls_name(enum standin_controls controls);
DWORD standin_controls_value(enum standin_controls controls);

/* Creates the service, which must not exist yet, to run `image` (NULL: this process's program). */
DWORD standin_create(const char *image);

/* Stops it and marks it for deletion, whoever created it. It is gone when nobody has it open. */
DWORD standin_delete(void);

/* Calls standin_delete if it exists, then standin_create, repeatedly until that succeeds. */
DWORD standin_install(const char *image);

/* Starts it. It stays START_PENDING for pending_ms. When this returns, it has been seen
 * START_PENDING; if pending_ms is 0, RUNNING. */
DWORD standin_start(enum standin_controls controls, uint32_t pending_ms);

/* Changes what it accepts while it runs. */
DWORD standin_set(enum standin_controls controls);

/* Ends it. It need not be running. */
DWORD standin_stop(void);

DWORD standin_query(SERVICE_STATUS *status);

/* The service itself: called from the SCM's command line, returns when the service has ended. */
DWORD standin_run(void);

#endif
