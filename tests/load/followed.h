/* followed.h: checks the events of a subscriber: each event comes once, in order, and none is
 * missing. */
#ifndef MSIWATCH_TESTS_FOLLOWED_H
#define MSIWATCH_TESTS_FOLLOWED_H

#include "common/wire.h"

struct followed {
    enum verdict_state state; /* the state at seq */
    uint64_t seq;             /* of the last event */
    uint64_t events, missed;  /* missed: announced by a gap */
};

/* Begins with the reply to `subscribe`, which starts after its status. */
void followed_begin(struct followed *followed, const struct status *status);

/* Checks a notification `event` or `gap`. Returns NULL, or what is wrong with it. */
const char *followed_take(struct followed *followed, const char *method, yyjson_val *params);

#endif
