/* examine_posix.c: without Windows there is no Windows Installer to examine. */
#include "cli/doctor/examine.h"

uint32_t examine(struct cli *cli, struct report *report, uint64_t ms)
{
    (void)report;
    (void)ms;
    return cli_error(cli, CODE_NOT_SUPPORTED,
                     "doctor reads Windows Installer's own state, which only Windows has; run it "
                     "there (\"msiwatch about\" says what the service at --pipe sees)");
}
