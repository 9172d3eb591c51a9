/* followed.h: checks what a subscriber hears: each event once, in order, nothing left out. */
#ifndef MSIWATCH_TESTS_FOLLOWED_H
#define MSIWATCH_TESTS_FOLLOWED_H

#include "common/wire.h"

struct followed {
    enum verdict_state state; /* as of seq */
    uint64_t seq;             /* the last that it was told */
    uint64_t events, missed;  /* missed: announced by a gap */
};

/* The reply to `subscribe`, which began behind its status. */
void followed_begin(struct followed *followed, const struct status *status);

/* A notification `event` or `gap`. NULL, or what is wrong with it. */
const char *followed_take(struct followed *followed, const char *method, yyjson_val *params);

#endif
