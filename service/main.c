/* main.c: msiwatchd's command line: runs in the console or as a service, and manages the
 * service. */
#include "host/command_line.h"
#include "config/registry_win32.h"
#include "host/console.h"
#include "host/mitigation_win32.h"
#include "pipe/pipe_name.h"
#include "host/scm_configure.h"
#include "host/scm_control.h"
#include "host/scm_service.h"
#include "host/scm_install.h"
#include "version.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

static DWORD bad_usage(const char *what)
{
    fprintf(stderr, "msiwatchd: %s\n", what);
    return ERROR_INVALID_PARAMETER;
}

static bool read_settings(struct settings *settings, int argc, char **argv)
{
    char error[SETTINGS_TEXT + 256];
    settings_init(settings);
    bool ok = settings_from_arguments(settings, argc, argv, error, sizeof error);
    if (!ok) {
        bad_usage(error);
    }
    return ok;
}

/* ---- the commands; argv is what follows the command ---- */

static DWORD command_run(int argc, char **argv)
{
    struct configuration configuration = {registry_source(), argc, argv, .console = true};
    return console_run(&configuration);
}

static DWORD command_service(int argc, char **argv)
{
    struct configuration configuration = {registry_source(), argc, argv, .console = false};
    return scm_host_run(&configuration);
}

/* Removes an option without a value from the arguments. Returns false if it is not there. */
static bool take_flag(int *argc, char **argv, const char *flag)
{
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], flag) == 0) {
            memmove(argv + i, argv + i + 1, (size_t)(*argc - i - 1) * sizeof *argv);
            *argc -= 1;
            return true;
        }
    }
    return false;
}

static DWORD command_install(int argc, char **argv)
{
    struct settings settings;
    if (take_flag(&argc, argv, "--configure")) {
        return argc == 0 ? scm_configure_installed()
                         : bad_usage("'install --configure' takes no other options: the service is "
                                     "already installed");
    }
    bool unsafe_image = take_flag(&argc, argv, "--unsafe-image");
    if (!read_settings(&settings, argc, argv)) {
        return ERROR_INVALID_PARAMETER;
    }
    if (settings.data[0] != '\0' && !settings_path_is_absolute(settings.data)) {
        return bad_usage("--data must be a full path, because a service starts in another folder");
    }
    char name[PIPE_NAME_BYTES], error[PIPE_NAME_BYTES + 128];
    if (!pipe_name_resolve(settings.pipe, name, error, sizeof error)) {
        return bad_usage(error);
    }
    return scm_install(argc, argv, unsafe_image);
}

static DWORD command_uninstall(int argc, char **argv)
{
    bool purge = take_flag(&argc, argv, "--purge");
    bool data_only = take_flag(&argc, argv, "--data-only");
    if (argc != 0) {
        return bad_usage("'uninstall' takes only the options --purge and --data-only");
    }
    return data_only ? scm_remove_data(purge) : scm_uninstall(purge);
}

static DWORD command_start(int argc, char **argv)
{
    (void)argv;
    return argc == 0 ? scm_start() : bad_usage("'start' takes no options; give them to 'install'");
}

static DWORD command_stop(int argc, char **argv)
{
    (void)argv;
    return argc == 0 ? scm_stop() : bad_usage("'stop' takes no options");
}

static DWORD command_query(int argc, char **argv)
{
    (void)argv;
    return argc == 0 ? scm_query() : bad_usage("'query' takes no options");
}

static const struct command {
    const char *name;
    DWORD (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"run", command_run, "run in this console until Ctrl-C"},
    {"install", command_install,
     "install this program as the service MsiWatch, with the options below"},
    {"uninstall", command_uninstall, "stop the service and remove it"},
    {"start", command_start, "start the service and wait until it is running"},
    {"stop", command_stop, "stop the service and wait until it has stopped"},
    {"query", command_query, "show the service's state, process, image path and pipe"},
    {"service", command_service, "for the service control manager only"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(void)
{
    printf("msiwatchd " MSIWATCH_VERSION
           ": the service that tells local programs whether Windows Installer is busy\n\n"
           "usage: msiwatchd COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("  %-10s %s\n", commands[i].name, commands[i].help);
    }
    printf("\n"
           "Options of run and install, as --name value or --name=value. N is a number, MS are "
           "milliseconds, S\n"
           "seconds, MiB units of 1,048,576 bytes:\n");
    settings_help(stdout);
    printf("\ninstall --unsafe-image installs the service even if users other than administrators "
           "can replace this program.\n");
    printf(
        "install --configure adds what is missing to the entry of an existing service (the "
        "package runs it).\n"
        "uninstall --purge also removes the journal and everything else that the service wrote to "
        "its data\n"
        "folder, and the folder if it is empty then. uninstall --data-only removes only the files "
        "that\n"
        "the service wrote, and the journal only with --purge (the package runs it).\n");
    printf("\n"
           "Each option is also a value in the registry (--pipe-sddl is PipeSddl). Each source in "
           "this list\n"
           "overrides those before it:\n"
           "  the defaults\n"
           "  %s\n"
           "  the options of install\n"
           "  %s\n"
           "  the options of run\n"
           "A change in the registry takes effect while the service is running; changes of pipe, "
           "pipe-sddl, data\n"
           "and mitigations take effect at its next start.\n",
           layer_key(LAYER_MACHINE), layer_key(LAYER_POLICY));
    printf("\n"
           "Exit codes are Windows error codes: 0 done, 5 access denied (run it as an "
           "administrator), 87 bad\n"
           "usage, 231 another program has the pipe, 1056 already running, 1058 disabled, 1060 not "
           "installed,\n"
           "1062 not running, 1073 already installed. For any other, see \"net helpmsg CODE\".\n");
}

/* ---- choosing the command ---- */

static DWORD dispatch(int argc, char **argv)
{
    if (argc == 0) {
        return bad_usage("no command was given; use run, install, uninstall, start, stop or query; "
                         "see msiwatchd --help");
    }
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help();
            return ERROR_SUCCESS;
        }
    }
    if (argc == 1 && strcmp(argv[0], "--version") == 0) {
        printf("msiwatchd " MSIWATCH_VERSION "\n");
        return ERROR_SUCCESS;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[0], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "msiwatchd: unknown command '%s'; see msiwatchd --help\n", argv[0]);
    return ERROR_INVALID_PARAMETER;
}

/* Not wmain, because the C library has already split its arguments. Windows' own command line is
 * split here, by the same rules everywhere. */
int main(void)
{
    mitigation_search_path(); /* first, so that nothing is loaded from the program's own folder */
    UINT code_page = GetConsoleOutputCP(); /* 0 if there is no console */
    if (code_page != 0) {
        SetConsoleOutputCP(CP_UTF8);
    }
    struct arguments arguments;
    DWORD error = arguments_init(&arguments, GetCommandLineW());
    if (error != ERROR_SUCCESS) {
        win32_error_say(error, "cannot read the command line");
    } else {
        error = dispatch(arguments.count - 1, arguments.values + 1);
        arguments_release(&arguments);
    }
    fflush(stdout);
    if (code_page != 0) {
        SetConsoleOutputCP(code_page);
    }
    return (int)error;
}
