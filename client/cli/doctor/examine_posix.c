/* examine_posix.c: there is no Windows Installer here. */
#include "cli/doctor/examine.h"

uint32_t examine(struct cli *cli, struct report *report, uint64_t seconds)
{
    struct text line = {0};
    (void)cli;
    (void)report;
    (void)seconds;
    text_add(&line, "doctor reads Windows Installer's own state, which only Windows has; run it "
                    "there (\"msiwatch about\" says what the service at --pipe sees)");
    cli_say(&line);
    text_release(&line);
    return CODE_NOT_SUPPORTED;
}
