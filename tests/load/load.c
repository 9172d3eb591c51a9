/* load.c: msiwatch-load, many clients at once, each checking what it hears.
 *
 *   msiwatch-load --pipe NAME [--clients N] [--mix KINDS] [--deaf N] [--refused N]
 * KINDS: letters, dealt to the clients in turn:
 *   s   asks for the status, again and again
 *   w   waits for the state that is not, again and again
 *   f   follows the journal; --deaf: this many of them do not read before the end
 *   q   is quiet, with a `wait` in flight that has 10,000 days to settle
 * --refused: this many clients must be told that there are too many.
 *
 * Prints "ready" once everybody was answered, then "idle SEQ" or "busy SEQ" for each event that the
 * first client gets. "finish" on standard input, or its end, ends it: everybody who follows must
 * then reach the seq that the status says. If the service ends the connections first, each request
 * in flight must be answered with -32002, and then everybody be told `closing`. The last line is
 * "ok" and what was counted; anything that is not right is said on stderr, and exits with 1.
 */
#include "client.h"
#include "followed.h"
#include "input.h"

#ifndef _WIN32
#include <signal.h>
#include <sys/resource.h>
#endif
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTING_AT_ONCE 32u  /* a listener's backlog is finite */
#define SETTLE_MS "31622400000" /* the most there may be */

struct member {
    struct client client; /* the first, so that one is the other */
    unsigned number;      /* the id of all its requests, too */
    char kind;
    unsigned in_flight, cut_off; /* requests, and how many were answered with -32002 */
    bool told_closing, told_too_many, wants_busy;
    uint64_t answers;
    struct followed followed;
};

/* The process is about one crowd. */
static struct {
    uv_loop_t loop;
    const char *pipe, *mix;
    unsigned clients, deaf, refused;
    struct member control, *members;
    unsigned opened, opening, ready, too_many, ended;
    bool announced, finishing, closing;
    uint64_t final_seq, first_closing_ns;
} crowd = {.mix = "swf", .clients = 64};

static _Noreturn void fail_with(const struct member *member, const char *what, const char *line)
{
    fprintf(stderr, "msiwatch-load: client %u (%c): %s: %.2000s\n", member->number, member->kind,
            what, line);
    exit(1);
}

static void announce_if_ready(void)
{
    if (!crowd.announced && crowd.too_many == crowd.refused &&
        crowd.ready + crowd.too_many == crowd.clients) {
        crowd.announced = true;
        puts("ready");
        fflush(stdout);
    }
}

static void close_all(void)
{
    crowd.closing = true;
    client_close(&crowd.control.client);
    for (unsigned i = 0; i < crowd.opened; i++) {
        client_close(&crowd.members[i].client);
    }
    input_stop();
}

/* ---- what they ask ---- */

static void ask(struct member *member, const char *method, const char *params)
{
    int error = client_say(&member->client,
                           "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"%s\",\"params\":%s}",
                           member->number, method, params);
    if (error != 0) {
        fail_with(member, "cannot ask", uv_strerror(error));
    }
    member->in_flight++;
}

static void ask_next(struct member *member)
{
    switch (member->kind) {
    case 's':
        ask(member, "status", "[]");
        break;
    case 'w':
        ask(member, "wait", member->wants_busy ? "[\"busy\"]" : "[\"idle\"]");
        break;
    default:
        break;
    }
}

static void ask_first(struct member *member)
{
    switch (member->kind) {
    case 'f':
        ask(member, "subscribe", "[]");
        break;
    case 'q':
        ask(member, "wait", "[\"idle\"," SETTLE_MS "]");
        ask(member, "about", "[]"); /* is answered, and then the wait was taken */
        break;
    case 'w':
        ask(member, "status", "[]");
        break;
    default:
        ask_next(member);
        break;
    }
}

/* ---- what they get ---- */

/* Everybody who follows must get all that the journal has. */
static void close_if_all_followed(void)
{
    for (unsigned i = 0; crowd.final_seq > 0 && i < crowd.clients; i++) {
        const struct member *member = &crowd.members[i];
        if (member->kind == 'f' && !member->told_too_many &&
            member->followed.seq < crowd.final_seq) {
            return;
        }
    }
    if (crowd.final_seq > 0) {
        close_all();
    }
}

static void open_more(void);

/* The first client comes when a service that has just begun has looked, so that its first look
 * makes no event that some get and others do not. */
static void take_control(const struct status *status)
{
    if (crowd.finishing) {
        crowd.final_seq = status->seq;
        close_if_all_followed();
    } else if (status->state == VERDICT_UNKNOWN) {
        ask(&crowd.control, "status", "[]");
    } else {
        open_more();
    }
}

static void take_status(struct member *member, yyjson_val *value, const char *line)
{
    struct status status;
    if (!wire_status_read(value, &status) ||
        (status.state == VERDICT_BUSY) != (status.seen.mutex.state == MUTEX_HELD)) {
        fail_with(member, "not a status, or one that contradicts itself", line);
    }
    if (member == &crowd.control) {
        take_control(&status);
        return;
    }
    if (member->kind == 'f') {
        followed_begin(&member->followed, &status);
    } else if (member->kind == 'w') {
        if (member->answers > 1 && (status.state == VERDICT_BUSY) != member->wants_busy) {
            fail_with(member, "not what it waited for", line);
        }
        member->wants_busy = status.state != VERDICT_BUSY;
    }
}

static void take_result(struct member *member, yyjson_val *result, const char *line)
{
    bool first = member->answers++ == 0;
    bool within = yyjson_obj_get(result, "status") != NULL;
    if (member->kind != 'q') {
        take_status(member, within ? yyjson_obj_get(result, "status") : result, line);
    } else if (!first) {
        fail_with(member, "an answer to a wait that cannot be over", line);
    }
    if (first && member != &crowd.control) {
        if (member->kind == 'f' && crowd.deaf > 0 && member->number > 1) {
            crowd.deaf--;
            client_listen(&member->client, false);
        }
        crowd.ready++;
        announce_if_ready();
    }
    if (!crowd.finishing) {
        ask_next(member);
    }
}

static void take_reply(struct member *member, yyjson_val *root, const char *line)
{
    yyjson_val *error = yyjson_obj_get(root, "error");
    if (yyjson_get_uint(yyjson_obj_get(root, "id")) != member->number || member->in_flight == 0) {
        fail_with(member, "an answer to nothing that was asked", line);
    }
    member->in_flight--;
    if (error == NULL) {
        take_result(member, yyjson_obj_get(root, "result"), line);
    } else if (yyjson_get_int(yyjson_obj_get(error, "code")) == WIRE_SHUTTING_DOWN) {
        member->cut_off++;
    } else {
        fail_with(member, "an error", line);
    }
}

static void take_closing(struct member *member, yyjson_val *params, const char *line)
{
    if (yyjson_equals_str(yyjson_obj_get(params, "reason"), "shutdown")) {
        /* What was sent last may never have been read. */
        if (member->in_flight > (strchr("sw", member->kind) != NULL)) {
            fail_with(member, "heard of the end before its answers", line);
        }
    } else if (yyjson_equals_str(yyjson_obj_get(params, "limit"), "connections") &&
               crowd.too_many < crowd.refused) {
        crowd.too_many++;
        member->told_too_many = true;
    } else {
        fail_with(member, "an end that was not expected", line);
    }
    if (crowd.first_closing_ns == 0) {
        crowd.first_closing_ns = uv_hrtime();
    }
    member->told_closing = true;
    announce_if_ready();
}

static void on_line(struct client *client, char *line, size_t size)
{
    struct member *member = (struct member *)client;
    yyjson_doc *doc = yyjson_read(line, size, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    const char *method = yyjson_get_str(yyjson_obj_get(root, "method"));
    yyjson_val *params = yyjson_obj_get(root, "params");
    if (doc == NULL || member->told_closing) {
        fail_with(member, "no JSON, or a word after the last", line);
    } else if (method == NULL) {
        take_reply(member, root, line);
    } else if (strcmp(method, "closing") == 0) {
        take_closing(member, params, line);
    } else {
        const char *wrong = followed_take(&member->followed, method, params);
        if (wrong != NULL) {
            fail_with(member, wrong, line);
        }
        if (member == &crowd.members[0]) {
            printf("%s %" PRIu64 "\n", verdict_state_name(member->followed.state),
                   member->followed.seq);
            fflush(stdout);
        }
        close_if_all_followed();
    }
    yyjson_doc_free(doc);
}

/* ---- connections ---- */

static void on_end(struct client *client, int error)
{
    struct member *member = (struct member *)client;
    if (!member->told_closing) {
        fail_with(member, "the connection broke", uv_strerror(error));
    }
    client_close(client);
    if (++crowd.ended == crowd.clients + 1) {
        close_all();
    }
}

static void on_open(struct client *client, int status);

static void open_one(struct member *member, unsigned number, char kind)
{
    member->number = number;
    member->kind = kind;
    member->client.on_open = on_open;
    member->client.on_line = on_line;
    member->client.on_end = on_end;
    int error = client_open(&member->client, &crowd.loop, crowd.pipe);
    if (error != 0) {
        fail_with(member, "cannot make a pipe", uv_strerror(error));
    }
}

static void open_more(void)
{
    while (crowd.opened < crowd.clients && crowd.opening < CONNECTING_AT_ONCE) {
        unsigned i = crowd.opened++;
        crowd.opening++;
        open_one(&crowd.members[i], i + 1, crowd.mix[i % strlen(crowd.mix)]);
    }
}

static void on_open(struct client *client, int status)
{
    struct member *member = (struct member *)client;
    if (status != 0) {
        fail_with(member, "cannot connect", uv_strerror(status));
    }
    if (member == &crowd.control) {
        ask(member, "status", "[]");
    } else {
        crowd.opening--;
        ask_first(member);
        open_more();
    }
}

/* ---- the end ---- */

/* Whatever comes on standard input means "finish". */
static void on_input(void)
{
    if (crowd.closing) {
        return;
    }
    crowd.finishing = true;
    for (unsigned i = 0; i < crowd.opened; i++) {
        if (crowd.members[i].client.deaf) {
            client_listen(&crowd.members[i].client, true);
        }
    }
    ask(&crowd.control, "status", "[]");
}

static int report(void)
{
    uint64_t answers = 0, events = 0, missed = 0, least = UINT64_MAX, cut_off = 0;
    unsigned followers = 0;
    for (unsigned i = 0; i < crowd.clients; i++) {
        const struct member *member = &crowd.members[i];
        answers += member->answers;
        cut_off += member->cut_off;
        events += member->followed.events;
        missed += member->followed.missed;
        if (member->kind == 'f' && !member->told_too_many) {
            followers++;
            least = member->followed.events < least ? member->followed.events : least;
        }
    }
    printf("ok %u clients, %" PRIu64 " answers, %" PRIu64 " of them cut off; %u followers, "
           "%" PRIu64 " events, %" PRIu64 " at least, %" PRIu64 " in gaps",
           crowd.clients, answers, cut_off, followers, events, followers == 0 ? 0 : least, missed);
    if (!crowd.finishing) {
        printf("; from the first farewell to the last end %" PRIu64 " ms",
               (uv_hrtime() - crowd.first_closing_ns) / 1000000);
    }
    putchar('\n');
    return 0;
}

static bool read_arguments(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        unsigned number = (unsigned)strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--pipe") == 0) {
            crowd.pipe = argv[i + 1];
        } else if (strcmp(argv[i], "--mix") == 0 && argv[i + 1][0] != '\0') {
            crowd.mix = argv[i + 1];
        } else if (strcmp(argv[i], "--clients") == 0 && number > 0) {
            crowd.clients = number;
        } else if (strcmp(argv[i], "--deaf") == 0) {
            crowd.deaf = number;
        } else if (strcmp(argv[i], "--refused") == 0) {
            crowd.refused = number;
        } else {
            return false;
        }
    }
    return crowd.pipe != NULL && argc % 2 == 1;
}

int main(int argc, char **argv)
{
    if (!read_arguments(argc, argv)) {
        fputs("usage: msiwatch-load --pipe NAME [--clients N] [--mix KINDS] [--deaf N] "
              "[--refused N]\n",
              stderr);
        return 87;
    }
#ifndef _WIN32
    struct rlimit files;
    signal(SIGPIPE, SIG_IGN); /* who is refused may still be writing */
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
#endif
    crowd.members = calloc(crowd.clients, sizeof *crowd.members);
    if (crowd.members == NULL || uv_loop_init(&crowd.loop) != 0 ||
        input_start(&crowd.loop, on_input) != 0) {
        return 1;
    }
    open_one(&crowd.control, 0, '-');
    uv_run(&crowd.loop, UV_RUN_DEFAULT);
    int result = report();
    uv_loop_close(&crowd.loop);
    free(crowd.members);
    return result;
}
