/* startup.c: "msiwatch-bench startup", what `msiwatch status` costs, the whole process, against an
 * empty program and one round trip, in the same run, in turn.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static struct {
    uv_loop_t loop;
    uv_process_t process;
    int64_t status;
} child;

static void on_exit_of(uv_process_t *process, int64_t status, int signal)
{
    child.status = signal != 0 ? -1 : status;
    uv_close((uv_handle_t *)process, NULL);
}

/* From before it is made until its end is known. */
static double time_us(char *const arguments[], bool any_status)
{
    uv_stdio_container_t none[3] = {
        {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_IGNORE}};
    uv_process_options_t options = {
        .exit_cb = on_exit_of,
        .file = arguments[0],
        .args = (char **)(uintptr_t)arguments,
        .stdio = none,
        .stdio_count = 3,
        .flags = UV_PROCESS_WINDOWS_HIDE,
    };
    uint64_t begun = uv_hrtime();
    int error = uv_spawn(&child.loop, &child.process, &options);
    if (error != 0) {
        bench_fail(arguments[0], uv_strerror(error));
    }
    uv_run(&child.loop, UV_RUN_DEFAULT);
    if (child.status != 0 && !any_status) {
        bench_fail(arguments[0], "did not end well");
    }
    return (double)(uv_hrtime() - begun) / 1000.0;
}

int bench_startup(int argc, char **argv)
{
    char *empty[] = {(char *)(uintptr_t)option(argc, argv, "--empty", NULL), NULL};
    char *client[] = {(char *)(uintptr_t)option(argc, argv, "--client", NULL), "--pipe",
                      (char *)(uintptr_t)option(argc, argv, "--pipe", NULL), "status", NULL};
    unsigned rounds = option_number(argc, argv, "--rounds", 100);
    struct samples times[2] = {{0}, {0}}, ratios = {0};
    if (empty[0] == NULL || client[0] == NULL || client[2] == NULL) {
        bench_fail("startup: which --pipe, --empty and --client?", "");
    }
    uv_loop_init(&child.loop);
    for (unsigned i = 0; i < rounds + 2; i++) {
        /* Its exit code says whether an installation runs. */
        double of_empty = time_us(empty, false), of_client = time_us(client, true);
        if (i >= 2) {
            samples_add(&times[0], of_empty);
            samples_add(&times[1], of_client);
            samples_add(&ratios, of_client / of_empty);
        }
    }
    uv_loop_close(&child.loop);
    samples_print(&times[0], "an empty program", "ms");
    samples_print(&times[1], "msiwatch status", "ms");
    samples_print_values(&ratios, "msiwatch status to an empty program", "x");
    samples_release(&times[0]);
    samples_release(&times[1]);
    samples_release(&ratios);
    return 0;
}
