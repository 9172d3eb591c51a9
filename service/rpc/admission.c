/* admission.c: counts connections and limits them. */
#include "rpc/admission.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Even if few connections are allowed in total, half of them stay available to standard users. */
static void take_limits(struct admission *admission, const struct admission_limits *limits)
{
    uint32_t half = limits->total / 2;
    admission->limits = *limits;
    admission->limits.kept = limits->kept < half ? limits->kept : half;
}

void admission_release(struct admission *admission)
{
    for (int i = 0; i < ADMISSION_GROUPS; i++) {
        free(admission->groups[i].counts);
        admission->groups[i].counts = NULL;
    }
}

int admission_init(struct admission *admission, const struct admission_limits *limits)
{
    memset(admission, 0, sizeof *admission);
    int error = admission_set_limits(admission, limits);
    if (error != 0) {
        admission_release(admission);
    }
    return error;
}

int admission_set_limits(struct admission *admission, const struct admission_limits *limits)
{
    /* The arrays never shrink, because as many connections as before may still exist. */
    for (int i = 0; limits->total > admission->room && i < ADMISSION_GROUPS; i++) {
        struct admission_group *group = &admission->groups[i];
        struct admission_count *grown = realloc(group->counts, limits->total * sizeof *grown);
        if (grown == NULL) {
            return UV_ENOMEM;
        }
        group->counts = grown;
    }
    admission->room = limits->total > admission->room ? limits->total : admission->room;
    take_limits(admission, limits);
    return 0;
}

static bool are_together(int group, const struct client_process *a, const struct client_process *b)
{
    return group == ADMISSION_PROCESSES
               ? a->pid == b->pid
               : a->user_size == b->user_size && memcmp(a->user, b->user, a->user_size) == 0;
}

/* NULL: the client has no connection yet. */
static struct admission_count *find(const struct admission *admission, int group,
                                    const struct client_process *client)
{
    const struct admission_group *all = &admission->groups[group];
    for (size_t i = 0; i < all->count; i++) {
        if (are_together(group, &all->counts[i].client, client)) {
            return &all->counts[i];
        }
    }
    return NULL;
}

static bool is_full(const struct admission *admission, int group,
                    const struct client_process *client, uint32_t limit)
{
    const struct admission_count *found = find(admission, group, client);
    return (found == NULL ? 0 : found->connections) >= limit;
}

static void count_in(struct admission *admission, int group, const struct client_process *client)
{
    struct admission_group *all = &admission->groups[group];
    struct admission_count *found = find(admission, group, client);
    if (found == NULL) {
        /* There is room, because every entry has a connection, and these are at most the total. */
        found = &all->counts[all->count++];
        *found = (struct admission_count){.client = *client};
    }
    found->connections++;
}

static void count_out(struct admission *admission, int group, const struct client_process *client)
{
    struct admission_group *all = &admission->groups[group];
    struct admission_count *found = find(admission, group, client);
    if (found != NULL && --found->connections == 0) {
        *found = all->counts[--all->count];
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
    } else if (is_full(admission, ADMISSION_PROCESSES, client, limits->process)) {
        return "connections_process";
    } else if (is_full(admission, ADMISSION_USERS, client, limits->user)) {
        return "connections_user";
    } else {
        count_in(admission, ADMISSION_PROCESSES, client);
        count_in(admission, ADMISSION_USERS, client);
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
        count_out(admission, ADMISSION_PROCESSES, client);
        count_out(admission, ADMISSION_USERS, client);
    }
}
