/* service.c: "msirig service": the command line of the stand-in msiserver (standin.h). Prints what
 * happened as "WHAT UNIX-MS". */
#include "rig.h"
#include "standin.h"

#include <stdio.h>
#include <string.h>

static DWORD query(int argc, char **argv)
{
    static const char *const states[] = {
        "",        "stopped",          "start_pending", "stop_pending",
        "running", "continue_pending", "pause_pending", "paused"};
    SERVICE_STATUS status;
    DWORD error = standin_query(&status);
    (void)argc;
    (void)argv;
    if (error == ERROR_SUCCESS)
        printf("%s, accepts 0x%lx, now ", states[status.dwCurrentState & 7u],
               status.dwControlsAccepted);
    return error;
}

static bool find_controls(const char *name, enum standin_controls *out)
{
    for (int c = STANDIN_STOP_SHUTDOWN; c < STANDIN_CONTROLS_END; ++c)
        if (strcmp(name, standin_controls_name((enum standin_controls)c)) == 0) {
            *out = (enum standin_controls)c;
            return true;
        }
    return false;
}

static DWORD start(int argc, char **argv)
{
    uint32_t pending_ms = 0;
    const char *accepts = standin_controls_name(STANDIN_STOP_SHUTDOWN);
    const struct rig_option options[] = {
        {NULL, .text = &accepts, .help = "what it accepts: stop+shutdown, shutdown, stop or none"},
        {"--pending", .number = &pending_ms, .help = "ms to stay START_PENDING (0)"},
        {0},
    };
    enum standin_controls controls;
    if (!rig_options(options, argc, argv) || !find_controls(accepts, &controls))
        return ERROR_INVALID_PARAMETER;
    return standin_start(controls, pending_ms);
}

static DWORD set(int argc, char **argv)
{
    enum standin_controls controls;
    if (argc != 1 || !find_controls(argv[0], &controls))
        return ERROR_INVALID_PARAMETER;
    return standin_set(controls);
}

static DWORD install(int argc, char **argv)
{
    (void)argv;
    return argc > 0 ? ERROR_INVALID_PARAMETER : standin_install(NULL);
}

static DWORD create(int argc, char **argv)
{
    (void)argv;
    return argc > 0 ? ERROR_INVALID_PARAMETER : standin_create(NULL);
}

static DWORD delete (int argc, char **argv)
{
    (void)argv;
    return argc > 0 ? ERROR_INVALID_PARAMETER : standin_delete();
}

static DWORD stop(int argc, char **argv)
{
    (void)argv;
    return argc > 0 ? ERROR_INVALID_PARAMETER : standin_stop();
}

int rig_service(int argc, char **argv)
{
    static const struct {
        const char *name, *did, *usage;
        DWORD (*run)(int argc, char **argv);
    } verbs[] = {
        {"install", "installed", "replace msiserver by the stand-in", install},
        {"create", "created", "create it where there is none", create},
        {"delete", "deleted", "stop it and mark it for deletion", delete},
        {"start", "started", "[stop+shutdown|shutdown|stop|none] [--pending MS]", start},
        {"set", "set", "stop+shutdown|shutdown|stop|none: what it accepts from now on", set},
        {"stop", "stopped", "end it", stop},
        {"query", "at", "its state", query},
    };
    if (argc == 1 && strcmp(argv[0], "run") == 0)
        return (int)standin_run();
    for (size_t i = 0; argc > 0 && i < sizeof verbs / sizeof *verbs; ++i)
        if (strcmp(argv[0], verbs[i].name) == 0) {
            DWORD error = verbs[i].run(argc - 1, argv + 1);
            if (error != ERROR_SUCCESS)
                return (int)rig_failed(verbs[i].name, error);
            rig_edge(verbs[i].did);
            return ERROR_SUCCESS;
        }
    fputs("usage: msirig service COMMAND\n", stderr);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; ++i)
        fprintf(stderr, "  %-8s %s\n", verbs[i].name, verbs[i].usage);
    return ERROR_INVALID_PARAMETER;
}
