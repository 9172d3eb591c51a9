/* history.c: how long a page of `history` takes, by each filter, with a million events.
 *
 *   msiwatch-bench-history [EVENTS [PAGES]]      1000000 and 300
 *
 * The whole service answers, over its socket, in a process of its own. Printed: the median and the
 * 99th percentile of so many pages of 64 at random places, and the median as a multiple of that of
 * the plainest question, events after a seq. 1 when a median is above 5 ms; where no index
 * leads to what matches, for each 4,096 events that are searched.
 */
#include "sim_process.h"

#include "fill.h"
#include "journal/read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_US 5000u

struct history_bench {
    struct sim_process sim;
    struct sim_client client;
    uint64_t events;
    int64_t last_ms;
};

static uint64_t random_seq(const struct history_bench *bench)
{
    return 1 + fixture_random((unsigned)bench->events);
}

static void random_time(const struct history_bench *bench, char out[MSIWATCH_TIME_CHARS + 1],
                        uint64_t seq)
{
    time_format(bench->last_ms - (int64_t)(bench->events - seq) * FILL_STEP_MS, out);
}

/* The params of one question, at a random place. */
enum question {
    AFTER,
    BEFORE,
    FIRST,
    LAST,
    SINCE,
    SINCE_DOWN,
    UNTIL,
    UNTIL_DOWN,
    BETWEEN,
    BETWEEN_DOWN,
    SINCE_AFTER,
    NOTHING,
    QUESTIONS
};
static const char *const names[QUESTIONS] = {"after",           "before, desc",
                                             "first page",      "last page, desc",
                                             "since",           "since, desc",
                                             "until",           "until, desc",
                                             "since and until", "since and until, desc",
                                             "since and after", "since and until, nothing there"};

static void ask(const struct history_bench *bench, enum question question, char out[256])
{
    uint64_t seq = random_seq(bench), later = seq + 3600 < bench->events ? seq + 3600 : seq;
    char since[MSIWATCH_TIME_CHARS + 1], until[MSIWATCH_TIME_CHARS + 1];
    random_time(bench, since, seq);
    random_time(bench, until, later);
    switch (question) {
    case AFTER:
        snprintf(out, 256, "{\"after\":%" PRIu64 "}", seq);
        break;
    case BEFORE:
        snprintf(out, 256, "{\"before\":%" PRIu64 ",\"order\":\"desc\"}", seq);
        break;
    case FIRST:
        snprintf(out, 256, "{}");
        break;
    case LAST:
        snprintf(out, 256, "{\"order\":\"desc\"}");
        break;
    case SINCE:
        snprintf(out, 256, "{\"since\":\"%s\"}", since);
        break;
    case SINCE_DOWN:
        snprintf(out, 256, "{\"since\":\"%s\",\"order\":\"desc\"}", since);
        break;
    case UNTIL:
        snprintf(out, 256, "{\"until\":\"%s\"}", until);
        break;
    case UNTIL_DOWN:
        snprintf(out, 256, "{\"until\":\"%s\",\"order\":\"desc\"}", until);
        break;
    case BETWEEN:
        snprintf(out, 256, "{\"since\":\"%s\",\"until\":\"%s\"}", since, until);
        break;
    case BETWEEN_DOWN:
        snprintf(out, 256, "{\"since\":\"%s\",\"until\":\"%s\",\"order\":\"desc\"}", since, until);
        break;
    case SINCE_AFTER:
        random_time(bench, since, seq / 2 + 1);
        snprintf(out, 256, "{\"since\":\"%s\",\"after\":%" PRIu64 "}", since, seq);
        break;
    case NOTHING:
    case QUESTIONS:
        snprintf(out, 256,
                 "{\"since\":\"1999-01-01T00:00:00Z\",\"until\":\"2001-01-01T00:00:00Z\"}");
        break;
    }
}

static int by_size(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return one < other ? -1 : one > other;
}

static uint64_t time_one(struct history_bench *bench, const char *params)
{
    uint64_t begun = uv_hrtime();
    client_send(&bench->client, "history", params);
    char *line = client_line(&bench->client, 30000);
    must(line != NULL && strstr(line, "\"events\":[") != NULL, "history was not answered");
    return (uv_hrtime() - begun) / 1000;
}

static uint64_t limit_us(const struct history_bench *bench, enum question question)
{
    bool searches = question == UNTIL_DOWN || question == BETWEEN_DOWN || question == NOTHING;
    return LIMIT_US * (searches ? 1 + bench->events / JOURNAL_LOOK_MOST : 1);
}

/* True if no median is too long. */
static bool measure(struct history_bench *bench, unsigned pages)
{
    uint64_t *us = calloc(pages, sizeof *us), plain = 0;
    bool ok = us != NULL;
    printf("%-32s %10s %10s %8s\n", "a page of 64", "median us", "p99 us", "ratio");
    for (int question = 0; ok && question < QUESTIONS; question++) {
        char params[256];
        for (unsigned i = 0; i < pages; i++) {
            ask(bench, (enum question)question, params);
            us[i] = time_one(bench, params);
        }
        qsort(us, pages, sizeof *us, by_size);
        uint64_t median = us[pages / 2];
        plain = question == AFTER ? median : plain;
        printf("%-32s %10" PRIu64 " %10" PRIu64 " %8.2f\n", names[question], median,
               us[pages - 1 - pages / 100], (double)median / (double)plain);
        ok = ok && median <= limit_us(bench, (enum question)question);
    }
    free(us);
    return ok;
}

int main(int argc, char **argv)
{
    /* A million events take more than the 64 MiB that are kept by default; then most of the random
     * times would be before the oldest event, and a page up to such a time is a search. */
    static const char *const options[] = {"--retention-size", "4096", "--retention-days", "3650",
                                          NULL};
    struct history_bench bench = {.events = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000};
    unsigned pages = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 300;
    uv_timeval64_t now;
    uv_gettimeofday(&now);
    bench.last_ms = now.tv_sec * 1000;
    sim_begin(&bench.sim);
    uint64_t begun = now_ms();
    if (!fill_folder(bench.sim.data, bench.events, bench.last_ms)) {
        return 1;
    }
    printf("%" PRIu64 " events written in %" PRIu64 " ms\n", bench.events, now_ms() - begun);
    begun = now_ms();
    sim_start(&bench.sim, options);
    printf("answers %" PRIu64 " ms after the start\n", now_ms() - begun);
    client_begin(&bench.client, &bench.sim);
    bool ok = measure(&bench, pages);
    client_end(&bench.client);
    sim_end(&bench.sim);
    if (!ok) {
        fprintf(stderr, "a median is above %u us, or above that for each %d events searched\n",
                LIMIT_US, JOURNAL_LOOK_MOST);
    }
    return ok ? 0 : 1;
}
