/* main.c: msiwatch-bench, a table of commands. run.sh puts them together.
 *
 *   echo --pipe NAME                            a bare libuv server that sends back what comes
 *   roundtrip --pipe NAME --echo NAME [--rounds N] [--each N]
 *                                               `status` against that echo, in turn
 *   throughput --pipe NAME --echo NAME [--clients N] [--rounds N] [--ms N]
 *                                               the same of many clients at once
 *   startup --pipe NAME --empty PROGRAM --client PROGRAM [--rounds N]
 *                                               `msiwatch status` against an empty program
 *   fanout --pipe NAME [--clients N] [--rounds N]
 *                                               natively: an event to all against a bare broadcast
 *   follow --pipe NAME --events N               prints when each event came here
 *   match --edges FILE --events FILE            the rig's edges against what `follow` printed
 *   processes [--count N] [--looks N]           a look at all processes: natively N played ones
 *   detect --pipe NAME [--data DIR] [--edges N] natively: edges of our own against a subscriber
 *   tools --way WAY [--count N] [--hz N] [--pipe NAME] [--gate NAME]
 *                                               on Windows: N tools that want to know, until ended
 *   grab --gate NAME [--way NAME] [--rounds N] [--each N]
 *                                               on Windows: takes the mutex beside those and alone
 */
#include "bench.h"

#ifndef _WIN32
#include <signal.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"echo", bench_echo},
    {"roundtrip", bench_roundtrip},
    {"throughput", bench_throughput},
    {"follow", bench_follow},
    {"match", bench_match},
    {"startup", bench_startup},
    {"processes", bench_processes},
#ifndef _WIN32
    {"detect", bench_detect},
    {"fanout", bench_fanout},
#else
    {"tools", bench_tools},
    {"grab", bench_grab},
#endif
};

const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
    for (int i = 0; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], name) == 0) {
            return argv[i + 1];
        }
    }
    return otherwise;
}

unsigned option_number(int argc, char **argv, const char *name, unsigned otherwise)
{
    const char *text = option(argc, argv, name, NULL);
    return text == NULL ? otherwise : (unsigned)strtoul(text, NULL, 10);
}

void bench_fail(const char *what, const char *detail)
{
    fprintf(stderr, "msiwatch-bench: %s%s%s\n", what, detail[0] == '\0' ? "" : ": ", detail);
    exit(1);
}

int main(int argc, char **argv)
{
#ifndef _WIN32
    signal(SIGPIPE, SIG_IGN);
#endif
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0) {
            return commands[i].run(argc - 2, argv + 2);
        }
    }
    fputs("usage: msiwatch-bench COMMAND ...; see tests/bench/README.md\n", stderr);
    return 87;
}
