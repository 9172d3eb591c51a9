/* bystander.h: well-behaved clients that keep asking for `status`, and how long they wait. */
#ifndef MSIWATCH_TESTS_BYSTANDER_H
#define MSIWATCH_TESTS_BYSTANDER_H

#include "raw_client.h"

#define BYSTANDERS 4

struct bystanders {
    const char *path;
    struct raw_client clients[BYSTANDERS];
};

struct latency {
    uint64_t asked, failed; /* not answered within 2 s, or not with a result */
    uint64_t p50_us, p99_us, most_us;
};

void bystanders_come(struct bystanders *all, const char *path);
void bystanders_go(struct bystanders *all);

/* For `ms`, one client asks after the other, a millisecond or two apart. Now and then a client that
 * has just connected asks, too; that counts only if it fails. */
struct latency bystanders_watch(struct bystanders *all, unsigned ms);

#endif
