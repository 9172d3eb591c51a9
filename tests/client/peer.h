/* peer.h: a handle of the library, and a fake service for it. */
#ifndef MSIWATCH_TESTS_PEER_H
#define MSIWATCH_TESTS_PEER_H

#include "fake.h"
#include "msiwatch.h"

struct peer {
    struct fake *fake;
    struct msiwatch *handle;
};

/* Opens a handle, not connected, to a fake that follows the script. */
void peer_begin(struct peer *peer, const struct step *script);

/* The same, connected. */
void peer_connect(struct peer *peer, const struct step *script);

/* Closes the handle; fails the test if the fake found anything wrong. */
void peer_end(struct peer *peer);

/* For sys_start: cancel_later(&canceller) cancels the call that the handle is in at that time. */
struct canceller {
    struct msiwatch *handle;
    uint64_t after_ms;
};
void cancel_later(void *canceller);

/* What the library says about the last error. */
struct msiwatch_error peer_error(const struct peer *peer);

#endif
