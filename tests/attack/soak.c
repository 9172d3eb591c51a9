/* soak.c: random good and bad clients, transitions and reconnects against the simulator, for long;
 * then looks whether anything grew. tests/soak.sh runs it.
 *
 *   attack-soak MSIWATCH-SIM SECONDS [SEED] [SETTING...]
 * Followers check what they get: every event once, in order, over reconnects. Exits with 1
 * when something was lost, or handles, threads or memory are not at the end what they were after
 * the first tenth of the time, when no client was there either. In runs of five minutes or longer,
 * memory holds as many events then as it ever will.
 */
#include "hostile.h"
#include "raw_client.h"
#include "sim.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACTORS 120
#define FOLLOWERS 20 /* the first of them */
#define GROWTH_PERCENT 25
/* What the events in memory take in a short run, which begins with few. */
#define JOURNAL_KIB 1024
#define EVENTS_HELD 4096 /* JOURNAL_HELD of service.c */

struct actor {
    struct raw_client client;
    bool there;
    bool subscribed;
    uint64_t seq; /* the last one a follower was told */
    bool known;
};

static struct {
    struct sim sim;
    struct actor actors[ACTORS];
    uint64_t chance;
    uint64_t connects, bad, events, gaps, answers, lost;
} soak;

static uint32_t chance(uint32_t below)
{
    soak.chance = soak.chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(soak.chance >> 33) % below;
}

static void leave(struct actor *actor)
{
    if (actor->there) {
        raw_close(&actor->client);
    }
    actor->there = actor->subscribed = false;
}

static bool come(struct actor *actor)
{
    if (!actor->there) {
        actor->there = raw_connect(&actor->client, soak.sim.path);
        soak.connects += actor->there;
    }
    return actor->there;
}

static void say(struct actor *actor, const char *text, size_t size)
{
    if (!raw_send(&actor->client, text, size, 0)) {
        leave(actor);
    }
}

/* ---- followers ---- */

static bool number_behind(const char *line, const char *key, uint64_t *out)
{
    const char *found = strstr(line, key);
    if (found != NULL) {
        *out = strtoull(found + strlen(key), NULL, 10);
    }
    return found != NULL;
}

static void lost(const struct actor *actor, const char *line)
{
    fprintf(stderr, "soak: after event %" PRIu64 " a follower was told: %s\n", actor->seq, line);
    soak.lost++;
}

static void take_line(struct actor *actor, const char *line)
{
    uint64_t seq, to;
    if (strstr(line, "\"method\":\"event\"") != NULL && number_behind(line, "\"seq\":", &seq)) {
        if (actor->known && seq != actor->seq + 1) {
            lost(actor, line);
        }
        soak.events++;
        actor->seq = seq;
        actor->known = true;
    } else if (strstr(line, "\"method\":\"gap\"") != NULL &&
               number_behind(line, "\"from\":", &seq) && number_behind(line, "\"to\":", &to)) {
        if (actor->known && seq != actor->seq + 1) {
            lost(actor, line);
        }
        soak.gaps++;
        actor->seq = to;
        actor->known = true;
    } else if (strstr(line, "\"result\":") == NULL) {
        lost(actor, line);
    } else {
        soak.answers++;
    }
}

/* False when nothing more is there. */
static bool listen_once(struct actor *actor, unsigned ms)
{
    bool ended = false;
    const char *line = actor->there ? raw_hear(&actor->client, ms, &ended) : NULL;
    if (line != NULL) {
        take_line(actor, line);
    } else if (ended) {
        leave(actor);
        lost(actor, "nothing: the connection ended");
    }
    return line != NULL;
}

static void follow(struct actor *actor)
{
    char request[160];
    if (!come(actor)) {
        return;
    }
    if (!actor->subscribed) {
        int size = snprintf(request, sizeof request,
                            REQUEST_WITH("1", "subscribe", "[%" PRIu64 "]"), actor->seq);
        say(actor, request, (size_t)size);
        actor->subscribed = true;
    }
    for (int i = 0; i < 300 && listen_once(actor, 0); i++) {
    }
    if (chance(60) == 0) {
        leave(actor); /* and comes back where it was */
    }
}

/* ---- everybody else ---- */

#define WORD(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
static const struct {
    const char *text;
    size_t size;
} words[] = {
    WORD("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n"),
    WORD("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"about\"}\n"),
    WORD("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"metrics\"}\n"),
    WORD(REQUEST_WITH("1", "history", "{\"limit\":256,\"order\":\"desc\"}")),
    WORD(REQUEST_WITH("\"w\"", "wait", "[\"busy\",0,300]")),
    WORD(REQUEST_WITH("\"w\"", "wait", "[\"idle\",20]")),
    WORD(REQUEST_WITH("2", "cancel", "[\"w\"]")),
    WORD(REQUEST_WITH("1", "subscribe", "[]")),
    WORD(REQUEST_WITH("1", "subscribe", "[0]")),
    WORD(REQUEST_WITH("1", "unsubscribe", "[1]")),
    WORD("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"},1,"
         "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"wait\",\"params\":[\"busy\"]}]\n"),
    WORD("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]\n"),
    WORD("{\"jsonrpc\":\"2.0\",\"id\":\"\xed\xa0\x80\"}\n"),
    WORD("not json\n"),
    WORD("\0\0\0\n"),
    WORD("\n\r\n \n"),
    WORD("{\"jsonrpc\":\"2.0\",\"id\":1,\"met"),
    WORD("["),
};

static void send_endless_line(struct actor *actor)
{
    static char block[8192];
    memset(block, 'x', sizeof block);
    say(actor, block, sizeof block);
}

static void read_or_not(struct actor *actor)
{
    bool ended = false;
    for (int i = 0; i < 50 && raw_hear(&actor->client, 0, &ended) != NULL; i++) {
        soak.answers++;
    }
    if (ended) {
        leave(actor);
    }
}

static void misbehave(struct actor *actor)
{
    soak.bad++;
    if (!come(actor)) {
        return;
    }
    switch (chance(24)) {
    case 0:
        leave(actor);
        break;
    case 1:
        shutdown(actor->client.fd, chance(2) == 0 ? SHUT_WR : SHUT_RDWR);
        break;
    case 2:
        send_endless_line(actor);
        break;
    case 3:
    case 4:
    case 5:
    case 6:
        read_or_not(actor);
        break;
    default: {
        size_t word = chance(sizeof words / sizeof words[0]);
        for (uint32_t times = chance(8) == 0 ? 1 + chance(80) : 1; times > 0 && actor->there;
             times--) {
            say(actor, words[word].text, words[word].size);
        }
        break;
    }
    }
}

/* ---- the whole ---- */

static void everybody_leaves(void)
{
    uint64_t until = raw_now_ms() + 5000;
    for (size_t i = 0; i < ACTORS; i++) {
        leave(&soak.actors[i]);
    }
    while (sim_metric(&soak.sim, "connections") > 1 && raw_now_ms() < until) {
        poll(NULL, 0, 10);
    }
    poll(NULL, 0, 100); /* the one who asked leaves, too */
}

static void run_until(uint64_t until)
{
    uint64_t next_toggle = 0;
    bool toggling = false;
    while (raw_now_ms() < until) {
        uint32_t i = chance(ACTORS);
        if (i < FOLLOWERS) {
            follow(&soak.actors[i]);
        } else {
            misbehave(&soak.actors[i]);
        }
        if (raw_now_ms() >= next_toggle) {
            char command[32];
            if (toggling) {
                sim_command_end(&soak.sim);
            }
            snprintf(command, sizeof command, "toggle %u %u", 1 + chance(20), 1 + chance(3));
            sim_command_begin(&soak.sim, command);
            toggling = true;
            next_toggle = raw_now_ms() + 100 + chance(900);
        }
        if (chance(8) == 0) {
            usleep(500 + chance(1000));
        }
    }
    if (toggling) {
        sim_command_end(&soak.sim);
    }
}

/* Followers hear the end of it: the same last event, all of them. */
static void followers_catch_up(void)
{
    uint64_t last = 0;
    for (size_t i = 0; i < FOLLOWERS; i++) {
        struct actor *actor = &soak.actors[i];
        do {
            follow(actor);
        } while (!actor->there); /* it left by chance */
        while ((i == 0 || actor->seq != last) && listen_once(actor, 1000)) {
        }
        last = i == 0 ? actor->seq : last;
        if (actor->seq != last) {
            fprintf(stderr, "soak: a follower ends at %" PRIu64 ", another at %" PRIu64 "\n",
                    actor->seq, last);
            soak.lost++;
        }
    }
}

static struct sim_usage report(const char *when, uint64_t begun)
{
    struct sim_usage usage = sim_usage(&soak.sim);
    printf("%6" PRIu64 " s  %-12s connects %8" PRIu64 "  steps of bad ones %9" PRIu64
           "  answers %9" PRIu64 "  events %9" PRIu64 "  gaps %" PRIu64 "  |  resident %6" PRIu64
           " KiB  threads %" PRIu64 "  handles %" PRIu64 "\n",
           (raw_now_ms() - begun) / 1000, when, soak.connects, soak.bad, soak.answers, soak.events,
           soak.gaps, usage.rss_kib, usage.threads, usage.descriptors);
    fflush(stdout);
    return usage;
}

static bool is_flat(const struct sim_usage *warm, const struct sim_usage *end)
{
    uint64_t most = warm->rss_kib * (100 + GROWTH_PERCENT) / 100 + JOURNAL_KIB;
    return end->descriptors == warm->descriptors && end->threads == warm->threads &&
           (end->rss_kib <= most || !sim_memory_tells());
}

/* The journal opens its file for reading when first somebody asks for what memory lacks, and keeps
 * it open: that belongs to what a warm service has. */
static void read_from_disk(void)
{
    struct raw_client client;
    bool heard = raw_connect(&client, soak.sim.path) &&
                 raw_say(&client, "{\"jsonrpc\":\"2.0\",\"id\":\"old\",\"method\":\"history\","
                                  "\"params\":{\"after\":0,\"limit\":1}}\n") &&
                 raw_hears(&client, "\"old\"", 10000);
    if (!heard) {
        printf("no page of history\n");
    }
    raw_close(&client);
}

/* So that what they take is not mistaken for growth: a slow machine would need an hour for them. */
static void fill_memory(void)
{
    uint64_t until = raw_now_ms() + 120000;
    while (sim_metric(&soak.sim, "transitions_total") <= EVENTS_HELD && raw_now_ms() < until) {
        sim_command(&soak.sim, "steps 200 1");
    }
}

static bool run(uint64_t seconds)
{
    uint64_t begun = raw_now_ms(), end = begun + seconds * 1000, minute = 60000;
    report("start", begun);
    if (seconds >= 300) {
        fill_memory();
    }
    run_until(raw_now_ms() + seconds * 100);
    read_from_disk();
    everybody_leaves();
    struct sim_usage warm = report("warm, empty", begun);
    while (raw_now_ms() < end) {
        uint64_t next = raw_now_ms() + minute;
        run_until(next < end ? next : end);
        report("", begun);
    }
    followers_catch_up();
    everybody_leaves();
    struct sim_usage cold = report("end, empty", begun);
    return is_flat(&warm, &cold);
}

int main(int argc, char **argv)
{
    struct rlimit files = {4096, 4096};
    /* All of its clients come from this process, and from this user, who may be any. */
    const char *settings[16] = {"--flapping=10000", "--first-request=2000",
                                "--connections-process=1800", "--connections-user=1800"};
    if (argc < 3) {
        fprintf(stderr, "usage: attack-soak MSIWATCH-SIM SECONDS [SEED] [SETTING...]\n");
        return 2;
    }
    sim_find(argc, argv);
    for (int i = 4; i < argc && i < 15; i++) {
        settings[i] = argv[i];
    }
    soak.chance = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    sim_start(&soak.sim, settings);
    bool flat = run(strtoull(argv[2], NULL, 10));
    bool stopped = sim_stop(&soak.sim);
    printf("%s, %" PRIu64 " lost, %s\n", flat ? "flat" : "GREW", soak.lost,
           stopped ? "stopped as it should" : "DID NOT STOP");
    return flat && soak.lost == 0 && stopped ? 0 : 1;
}
