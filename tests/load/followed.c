/* followed.c: checks what a subscriber hears. */
#include "followed.h"

#include <string.h>

void followed_begin(struct followed *followed, const struct status *status)
{
    *followed = (struct followed){.state = status->state, .seq = status->seq};
}

static const char *take_event(struct followed *followed, yyjson_val *value)
{
    struct event event;
    if (!wire_event_read(value, &event)) {
        return "not an event";
    }
    if (event.seq != followed->seq + 1) {
        return "not the next event";
    }
    bool after_gap = followed->state == VERDICT_UNKNOWN && followed->missed > 0;
    if (event.kind == EVENT_TRANSITION && event.from != followed->state && !after_gap) {
        return "an event that does not go on from the one before";
    }
    followed->seq = event.seq;
    followed->events++;
    followed->state = event.kind == EVENT_TRANSITION ? event.to : followed->state;
    return NULL;
}

static const char *take_gap(struct followed *followed, yyjson_val *params)
{
    uint64_t from = yyjson_get_uint(yyjson_obj_get(params, "from"));
    uint64_t to = yyjson_get_uint(yyjson_obj_get(params, "to"));
    if (from != followed->seq + 1 || to < from) {
        return "a gap at another place";
    }
    followed->missed += to - from + 1;
    followed->seq = to;
    followed->state = VERDICT_UNKNOWN; /* nobody said */
    return NULL;
}

const char *followed_take(struct followed *followed, const char *method, yyjson_val *params)
{
    if (!yyjson_is_uint(yyjson_obj_get(params, "subscription"))) {
        return "no subscription";
    }
    if (method != NULL && strcmp(method, "event") == 0) {
        return take_event(followed, yyjson_obj_get(params, "event"));
    }
    if (method != NULL && strcmp(method, "gap") == 0) {
        return take_gap(followed, params);
    }
    return "not a notification that is known";
}
