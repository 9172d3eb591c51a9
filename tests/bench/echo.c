/* echo.c: "msiwatch-bench echo", a bare libuv server that sends back what comes. Until it is ended.
 */
#include "bare.h"
#include "bench.h"

#include <stdio.h>

int bench_echo(int argc, char **argv)
{
    static struct bare bare;
    const char *name = option(argc, argv, "--pipe", NULL);
    if (name == NULL) {
        bench_fail("echo: which --pipe?", "");
    }
    int error = bare_open(&bare, uv_default_loop(), name);
    if (error != 0) {
        bench_fail(name, uv_strerror(error));
    }
    puts("ready");
    fflush(stdout);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
