/* records.c: what the event log says of installations, from the record to the event: four records
 * each, in a busy period of its own. No client, no socket. */
#include "cost.h"
#include "decide/correlator.h"

#include <stdio.h>
#include <string.h>

#define WALL_MS INT64_C(1700000000000)
#define WITHIN_MS 100u /* from a record to the next */
#define APART_MS 3000u /* fewer a minute than are reported one by one */

static struct {
    struct correlator *correlator;
    uint64_t now_ms, position, order;
    unsigned events;
} serving;

static void put(unsigned id, const char *const *strings, size_t count)
{
    struct event_record event = {
        .record_id = ++serving.order,
        .event_id = id,
        .provider = "MsiInstaller",
        .at_ms = WALL_MS + (int64_t)serving.now_ms,
        .arrived_ms = serving.now_ms,
        .writer_pid = 700,
        .writer = WRITER_SERVICE,
        .user_sid = "S-1-5-18",
        .string_count = count,
    };
    struct install_record record;
    memcpy(event.strings, strings, count * sizeof *strings);
    if (install_record_of(&event, &record) != RECORD_READ) {
        cost_fail("a record is not read");
    }
    correlator_record(serving.correlator, &record, serving.now_ms);
    serving.now_ms += WITHIN_MS;
}

static void change(bool busy)
{
    struct event event = {
        .kind = EVENT_TRANSITION,
        .at_ms = WALL_MS + (int64_t)serving.now_ms,
        .from = busy ? VERDICT_IDLE : VERDICT_BUSY,
        .to = busy ? VERDICT_BUSY : VERDICT_IDLE,
    };
    correlator_transition(serving.correlator, &event, ++serving.position, serving.now_ms);
}

static void one_installation(void)
{
    static const char *const transaction[] = {"C:\\P1.msi", "4711",   "(NULL)",
                                              "(NULL)",     "(NULL)", "(NULL)"};
    static const char *const sentence[] = {"Product: P1 -- Installation completed successfully.",
                                           "(NULL)", "(NULL)", "(NULL)", "(NULL)"};
    static const char *const outcome[] = {"P1", "1.1", "1033", "0", "Nobody", "(NULL)"};
    struct event event;
    struct install install;
    bool again;
    change(true);
    put(1040, transaction, sizeof transaction / sizeof transaction[0]);
    put(11707, sentence, sizeof sentence / sizeof sentence[0]);
    put(1033, outcome, sizeof outcome / sizeof outcome[0]);
    put(1042, transaction, sizeof transaction / sizeof transaction[0]);
    change(false);
    serving.now_ms += APART_MS;
    while (correlator_next(serving.correlator, serving.now_ms, &event, &install, &again)) {
        serving.events += install.result == RESULT_SUCCESS && event.of != 0;
    }
}

void cost_records(unsigned records)
{
    serving.now_ms = 1000;
    if (correlator_new(&serving.correlator, &(struct correlator_config){.done = NULL}) != 0) {
        cost_fail("no correlator");
    }
    for (unsigned n = 0; n < records; n += 4) {
        one_installation();
    }
    if (serving.events != (records + 3) / 4) {
        cost_fail("not every installation is one event of its period");
    }
    correlator_free(serving.correlator);
}
