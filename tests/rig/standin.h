/* standin.h: a stand-in for Windows' service msiserver, driven through the real SCM.
 *
 * Wine's own MSIServer accepts other controls than Windows' does, and a test cannot make it slow
 * to start or change what it accepts. This one is msirig.exe itself; what it accepts changes on
 * user-defined controls. Only for scratch machines and Wine prefixes: it replaces the real one.
 *
 * Every function returns a Win32 error code, and only when the SCM shows what was asked for; or
 * ERROR_TIMEOUT after 10 s.
 */
#ifndef MSIWATCH_TESTS_STANDIN_H
#define MSIWATCH_TESTS_STANDIN_H

#include <stdint.h>
#include <windows.h>

#define STANDIN_SERVICE "msiserver"

/* What it accepts, and the user-defined control that makes it so. */
enum standin_controls {
    STANDIN_STOP_SHUTDOWN = 128,
    STANDIN_SHUTDOWN,
    STANDIN_STOP,
    STANDIN_NONE,
    STANDIN_CONTROLS_END,
};

/* The control that ends it, whatever it accepts. */
#define STANDIN_END 140u

/* The control that makes it work (rig_work_begin). */
#define STANDIN_WORK 141u
DWORD standin_work(void);

/* The protocol's words: "stop+shutdown", "shutdown", "stop", "none". */
const char *standin_controls_name(enum standin_controls controls);
DWORD standin_controls_value(enum standin_controls controls);

/* Creates the service, which must not exist, to run `image` (NULL: this process's own). */
DWORD standin_create(const char *image);

/* Stops it and marks it for deletion, whoever's it is. It is gone once nobody has it open. */
DWORD standin_delete(void);

/* standin_delete, if it exists, then standin_create, tried until it can be. */
DWORD standin_install(const char *image);

/* Starts it. It stays START_PENDING for pending_ms; with 0 it has been seen RUNNING when this
 * returns, otherwise START_PENDING. */
DWORD standin_start(enum standin_controls controls, uint32_t pending_ms);

/* Changes what it accepts while it runs. */
DWORD standin_set(enum standin_controls controls);

/* Ends it. Fine if it does not run. */
DWORD standin_stop(void);

DWORD standin_query(SERVICE_STATUS *status);

/* The service itself: called by the SCM's command line, returns when it has ended. */
DWORD standin_run(void);

#endif
