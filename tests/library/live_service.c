/* live_service.c: msiwatchd, as a service. */
#include "live.h"

#include "fixture.h"

static struct holder holder;
static bool installed, holds;

void live_find(int argc, char **argv)
{
    (void)argc;
    (void)argv;
}

const char *live_pipe(void)
{
    return NULL;
}

void live_start(void)
{
    if (!installed) {
        msiserver_must_be(0);
        service_must_begin("");
        installed = true;
        return;
    }
    run_well("msiwatchd start");
}

void live_stop(void)
{
    run_well("msiwatchd stop");
}

void live_hold(void)
{
    holder_open(&holder, NULL);
    holder_take(&holder);
    holds = true;
}

void live_free(void)
{
    holds = false;
    holder_close(&holder);
}

void live_end(void)
{
    if (holds) {
        live_free();
    }
    service_end(NULL);
}

const uint64_t live_prompt_ms = 250;

bool live_is_long(void)
{
    return fixture_number("MSIWATCH_TEST_LONG", 0) != 0;
}
