/* admission.c: how many connections there may be. */
#include "rpc/admission.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Few connections in total must not leave standard users none. */
static void take_limits(struct admission *admission, const struct admission_limits *limits)
{
    uint32_t half = limits->total / 2;
    admission->limits = *limits;
    admission->limits.kept = limits->kept < half ? limits->kept : half;
}

int admission_init(struct admission *admission, const struct admission_limits *limits)
{
    memset(admission, 0, sizeof *admission);
    take_limits(admission, limits);
    admission->processes = calloc(limits->total, sizeof *admission->processes);
    admission->users = calloc(limits->total, sizeof *admission->users);
    admission->room = limits->total;
    if (admission->processes == NULL || admission->users == NULL) {
        admission_release(admission);
        return UV_ENOMEM;
    }
    return 0;
}

void admission_release(struct admission *admission)
{
    free(admission->processes);
    free(admission->users);
    admission->processes = admission->users = NULL;
}

static bool grow(struct admission_count **counts, uint32_t room)
{
    struct admission_count *grown = realloc(*counts, room * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    *counts = grown;
    return true;
}

int admission_set_limits(struct admission *admission, const struct admission_limits *limits)
{
    /* Never smaller: there may be as many as before. */
    if (limits->total > admission->room) {
        if (!grow(&admission->processes, limits->total) ||
            !grow(&admission->users, limits->total)) {
            return UV_ENOMEM;
        }
        admission->room = limits->total;
    }
    take_limits(admission, limits);
    return 0;
}

static bool same_process(const struct client_process *a, const struct client_process *b)
{
    return a->pid == b->pid;
}

static bool same_user(const struct client_process *a, const struct client_process *b)
{
    return a->user_size == b->user_size && memcmp(a->user, b->user, a->user_size) == 0;
}

typedef bool same_peer(const struct client_process *a, const struct client_process *b);

static struct admission_count *find(struct admission_count *counts, size_t count,
                                    const struct client_process *client, same_peer *same)
{
    for (size_t i = 0; i < count; i++) {
        if (same(&counts[i].client, client)) {
            return &counts[i];
        }
    }
    return NULL;
}

static uint32_t connections_of(struct admission_count *counts, size_t count,
                               const struct client_process *client, same_peer *same)
{
    const struct admission_count *found = find(counts, count, client, same);
    return found == NULL ? 0 : found->connections;
}

static void count_in(struct admission_count *counts, size_t *count,
                     const struct client_process *client, same_peer *same)
{
    struct admission_count *found = find(counts, *count, client, same);
    if (found == NULL) {
        /* There is room: everybody counted has a connection, and these are at most the total. */
        found = &counts[(*count)++];
        found->client = *client;
        found->connections = 0;
    }
    found->connections++;
}

static void count_out(struct admission_count *counts, size_t *count,
                      const struct client_process *client, same_peer *same)
{
    struct admission_count *found = find(counts, *count, client, same);
    if (found != NULL && --found->connections == 0) {
        *found = counts[--*count];
    }
}

const char *admission_enter(struct admission *admission, const struct client_process *client)
{
    const struct admission_limits *limits = &admission->limits;
    if (admission->total >= limits->total) {
        return "connections";
    }
    if (client->privileged) {
        admission->total++;
        return NULL;
    }
    if (admission->standard + limits->kept >= limits->total) {
        return "connections";
    }
    if (!client->known) {
        if (admission->strangers >= limits->stranger) {
            return "connections_user";
        }
        admission->strangers++;
    } else if (connections_of(admission->processes, admission->process_count, client,
                              same_process) >= limits->process) {
        return "connections_process";
    } else if (connections_of(admission->users, admission->user_count, client, same_user) >=
               limits->user) {
        return "connections_user";
    } else {
        count_in(admission->processes, &admission->process_count, client, same_process);
        count_in(admission->users, &admission->user_count, client, same_user);
    }
    admission->standard++;
    admission->total++;
    return NULL;
}

void admission_leave(struct admission *admission, const struct client_process *client)
{
    admission->total--;
    if (client->privileged) {
        return;
    }
    admission->standard--;
    if (!client->known) {
        admission->strangers--;
    } else {
        count_out(admission->processes, &admission->process_count, client, same_process);
        count_out(admission->users, &admission->user_count, client, same_user);
    }
}
