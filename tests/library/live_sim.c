/* live_sim.c: msiwatch-sim as the service. */
#include "live.h"

#include "client_test.h"
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct sim sim;
static bool runs;
static char data[] = "/tmp/msiwatch-library-XXXXXX";
static char setting[64];

void live_find(int argc, char **argv)
{
    sim_find(argc, argv);
    must(mkdtemp(data) != NULL, "no folder: %s", data);
    snprintf(setting, sizeof setting, "--data=%s/data", data);
}

const char *live_pipe(void)
{
    return sim.path;
}

void live_start(void)
{
    const char *const settings[] = {setting, NULL};
    if (sim.path[0] == '\0') {
        sim_start(&sim, settings);
    } else {
        sim_start_again(&sim, settings);
    }
    runs = true;
}

void live_stop(void)
{
    runs = false;
    must(sim_stop(&sim), "the simulator did not end well");
}

void live_hold(void)
{
    sim_command(&sim, "mutex held");
}

void live_free(void)
{
    sim_command(&sim, "mutex free");
}

void live_end(void)
{
    char command[96];
    if (runs) {
        live_stop();
    }
    snprintf(command, sizeof command, "rm -rf %s", data);
    must(system(command) == 0, "%s", command); // NOLINT(cert-env33-c): our own folder
}

const uint64_t live_prompt_ms = 50;

bool live_is_long(void)
{
    return true;
}
