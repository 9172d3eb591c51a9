/* examine_posix.c: without Windows there is no Windows Installer to examine. */
#include "cli/doctor/examine.h"

uint32_t examine(struct cli *cli, struct report *report, uint64_t ms)
{
    (void)report;
    (void)ms;
    return cli_error(cli, CODE_NOT_SUPPORTED,
                     "doctor examines Windows Installer, which only Windows has; run it there "
                     "(\"msiwatch about\" shows what the service at --pipe sees)");
}
