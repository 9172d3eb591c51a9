/* console.c: runs the service in the foreground of a console. */
#include "host/console.h"

#include "host/host.h"
#include "pipe/pipe_name.h"
#include "base/win32_error.h"

#include <stdio.h>

enum { CLOSING_MS = 5000 }; /* the longest time that Windows allows */

/* Windows gives a console handler no argument, so this is static; there is one console. */
static struct {
    struct host host;
    HANDLE ended; /* set at the end of console_run, when the service has ended */
} console;

static void say_ready(void *arg)
{
    const struct settings *settings = arg;
    char name[PIPE_NAME_BYTES], error[PIPE_NAME_BYTES + 128];
    if (pipe_name_resolve(settings->pipe, name, error, sizeof error)) {
        printf("msiwatchd: listening on %s\n", name);
        fflush(stdout);
    }
}

/* Called on a thread of its own. */
static BOOL WINAPI on_control(DWORD control)
{
    host_ask_stop(&console.host);
    if (control != CTRL_C_EVENT && control != CTRL_BREAK_EVENT) {
        /* Windows ends the process when this function returns, so wait for the service first. */
        WaitForSingleObject(console.ended, CLOSING_MS);
    }
    return TRUE;
}

unsigned long console_run(const struct configuration *configuration)
{
    char wrong[SETTINGS_TEXT + 256];
    if (!host_init(&console.host, configuration, wrong, sizeof wrong)) {
        fprintf(stderr, "msiwatchd: %s\n", wrong);
        return ERROR_INVALID_PARAMETER;
    }
    console.host.ready = say_ready;
    console.host.arg = &console.host.settings;
    console.ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (console.ended == NULL) {
        return GetLastError();
    }
    if (!SetConsoleCtrlHandler(NULL, FALSE) || !SetConsoleCtrlHandler(on_control, TRUE)) {
        fprintf(stderr, "msiwatchd: Ctrl-C will not work (error %lu); end the process instead\n",
                GetLastError());
    }
    host_prepare(&console.host, true);
    int error = host_run(&console.host);
    host_release(&console.host);
    /* Not closed, because the handler may wait for it until the process ends. */
    SetEvent(console.ended);
    return win32_error_from_uv(error);
}
