/* follow.c: "msiwatch-bench follow" prints when each event came here; "match" puts that beside the
 * edges that msirig printed. Two clocks must be one: both programs run on the same machine. */
#include "bench.h"
#include "client.h"
#include "common/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    uv_loop_t loop;
    struct client client;
    unsigned events, wanted;
} following;

static int64_t now_us(void)
{
    uv_timeval64_t now;
    uv_gettimeofday(&now);
    return now.tv_sec * 1000000 + now.tv_usec;
}

/* "ready", then "busy SEQ UNIX-US" and so on. */
static void on_line(struct client *client, char *line, size_t size)
{
    int64_t came_us = now_us();
    struct event event;
    yyjson_doc *doc = yyjson_read(line, size, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_val *params = yyjson_obj_get(root, "params");
    if (yyjson_obj_get(root, "result") != NULL) {
        puts("ready");
    } else if (wire_event_read(yyjson_obj_get(params, "event"), &event)) {
        printf("%s %" PRIu64 " %" PRId64 "\n", verdict_state_name(event.to), event.seq, came_us);
        following.events++;
    } else {
        bench_fail("follow: not an event", line);
    }
    fflush(stdout);
    yyjson_doc_free(doc);
    if (following.events == following.wanted) {
        client_close(client);
    }
}

static void on_open(struct client *client, int status)
{
    if (status != 0 ||
        client_say(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\"}") != 0) {
        bench_fail("follow: cannot connect", uv_strerror(status));
    }
}

static void on_end(struct client *client, int error)
{
    (void)client;
    bench_fail("follow: the service went away", uv_strerror(error));
}

int bench_follow(int argc, char **argv)
{
    const char *name = option(argc, argv, "--pipe", NULL);
    following.wanted = option_number(argc, argv, "--events", 1);
    following.client.on_open = on_open;
    following.client.on_line = on_line;
    following.client.on_end = on_end;
    if (name == NULL || uv_loop_init(&following.loop) != 0 ||
        client_open(&following.client, &following.loop, name) != 0) {
        bench_fail("follow: which --pipe?", "");
    }
    uv_run(&following.loop, UV_RUN_DEFAULT);
    uv_loop_close(&following.loop);
    return 0;
}

/* ---- match ---- */

enum { MOST = 4096, EARLY_US = 30000 };

struct moment {
    bool busy;
    int64_t us;
};

/* Lines "held MS", "free MS" of the rig, or "busy SEQ US", "idle SEQ US" of follow; others are
 * passed over. How many. */
static size_t read_moments(const char *path, struct moment moments[MOST])
{
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    char line[256];
    size_t count = 0;
    if (file == NULL) {
        bench_fail("match: cannot read", path == NULL ? "" : path);
    }
    while (count < MOST && fgets(line, sizeof line, file) != NULL) {
        char *rest = strchr(line, ' ');
        bool edge = strncmp(line, "held ", 5) == 0 || strncmp(line, "free ", 5) == 0;
        bool event = strncmp(line, "busy ", 5) == 0 || strncmp(line, "idle ", 5) == 0;
        if (rest == NULL || (!edge && !event)) {
            continue;
        }
        int64_t first = strtoll(rest, &rest, 10);
        moments[count].busy = line[0] == 'h' || line[0] == 'b';
        moments[count].us = edge ? first * 1000 : strtoll(rest, NULL, 10);
        count++;
    }
    fclose(file);
    return count;
}

int bench_match(int argc, char **argv)
{
    static struct moment edges[MOST], events[MOST];
    struct samples taken = {0}, released = {0};
    size_t edge_count = read_moments(option(argc, argv, "--edges", NULL), edges);
    size_t event_count = read_moments(option(argc, argv, "--events", NULL), events);
    size_t missed = 0, at = 0;
    for (size_t i = 0; i < edge_count; i++) {
        /* An edge is printed, to the millisecond below, after it happened; perhaps a while after.
         */
        while (at < event_count && events[at].us + EARLY_US < edges[i].us) {
            at++;
        }
        bool seen = at < event_count && events[at].busy == edges[i].busy;
        if (seen) {
            samples_add(edges[i].busy ? &taken : &released, (double)(events[at].us - edges[i].us));
            at++;
        }
        missed += !seen;
    }
    samples_print(&taken, "mutex taken -> event at a subscriber", "ms");
    samples_print(&released, "mutex released -> event at a subscriber", "ms");
    printf("%-44s %6zu of %zu\n", "edges that no event followed", missed, edge_count);
    samples_release(&taken);
    samples_release(&released);
    return missed == 0 ? 0 : 1;
}
