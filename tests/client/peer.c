/* peer.c: a handle of the library, and a fake service for it. */
#include "peer.h"

#include "client_test.h"
#include "lib/codes.h"

void peer_begin(struct peer *peer, const struct step *script)
{
    peer->fake = fake_new(script);
    assert_non_null(peer->fake);
    struct msiwatch_options options = {
        .size = sizeof options, .flags = MSIWATCH_OPEN_UNCONNECTED, .pipe = fake_name(peer->fake)};
    assert_int_equal(msiwatch_open(&options, &peer->handle), CODE_OK);
    fake_go(peer->fake, NULL);
}

void peer_connect(struct peer *peer, const struct step *script)
{
    peer_begin(peer, script);
    assert_int_equal(msiwatch_connect(peer->handle, FAKE_LIMIT_MS), CODE_OK);
}

void peer_end(struct peer *peer)
{
    msiwatch_close(peer->handle);
    const char *wrong = fake_finish(peer->fake);
    must(wrong[0] == '\0', "the fake service: %s", wrong);
    fake_free(peer->fake);
}

void cancel_later(void *arg)
{
    struct canceller *canceller = arg;
    sys_sleep(canceller->after_ms);
    msiwatch_cancel(canceller->handle);
}

struct msiwatch_error peer_error(const struct peer *peer)
{
    struct msiwatch_error error = {.size = sizeof error};
    assert_int_equal(msiwatch_get_error(peer->handle, &error), CODE_OK);
    return error;
}
