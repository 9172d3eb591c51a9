/* fuzz_record.c: fuzzes the reading of the event log's records (service/observe/install_record.c),
 * what a standard caller is told of them, and what is made of many (service/decide/correlator.c).
 *
 * The input is records, each behind the byte 0 but the first; in front of a record the bytes 1 to 7
 * are transitions, time that passes, and a log that cannot be read.
 */
#include "common/access_level.h"
#include "decide/correlator.h"
#include "event_xml.h"
#include "judge.h"
#include "observe/install_record.h"
#include "journal/event_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct correlator *correlator; /* made for the second record */
    struct install_record last;
    bool any, busy, blind;
    uint64_t mono_ms;
    unsigned events, turns;
};

/* UTF-8 without control characters, ended within its room. */
static void check_text(const char *text, size_t room)
{
    judge_that(memchr(text, '\0', room) != NULL, "a text without an end");
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        unsigned more = *at < 0x80 ? 0 : *at < 0xE0 ? 1 : *at < 0xF0 ? 2 : 3;
        judge_that(*at >= ' ' && (*at < 0x80 || (*at >= 0xC2 && *at <= 0xF4)), "no character");
        for (at++; more > 0; more--, at++) {
            judge_that((*at & 0xC0u) == 0x80u, "a character that is not whole");
        }
    }
}

static void check_install(const struct install *install)
{
    check_text(install->product, sizeof install->product);
    check_text(install->version, sizeof install->version);
    check_text(install->package, sizeof install->package);
    check_text(install->user, sizeof install->user);
    judge_that(install->user[0] == '\0' || strncmp(install->user, "S-1-", 4) == 0, "no SID");
}

/* What the journal holds of it, and what of that a standard caller gets. */
static void check_event(const struct install *install)
{
    struct event event = {.seq = 7, .kind = EVENT_INSTALL, .of = 3, .install = install};
    struct install cut = *install;
    size_t size, cut_size, direct_size;
    bool same;
    char *json = event_json(&event, &size);
    judge_that(json != NULL && size < 16384, "an event that is too long");
    char *standard = event_json_for_standard(json, size, &cut_size, &same);
    judge_that(standard != NULL && !same, "nothing is withheld");
    judge_that(strstr(standard, "\\\\") == NULL, "a path is told");
    access_level_cut_install(ACCESS_STANDARD, &cut);
    event.install = &cut;
    char *direct = event_json(&event, &direct_size);
    judge_that(direct_size == cut_size && memcmp(direct, standard, cut_size) == 0,
               "from the disk it is told otherwise than from memory");
    free(direct);
    free(standard);
    free(json);
}

static void turn(struct world *world, uint8_t how)
{
    static const uint64_t waits[] = {0, 1, 20, 100, 1000, 5000, 60000};
    struct event event = {.at_ms = (int64_t)world->mono_ms};
    world->mono_ms += waits[how - 1];
    if (world->correlator == NULL) {
        return;
    }
    if (how > 5) {
        world->blind = how == 7 && !world->blind;
        correlator_log_readable(world->correlator, !world->blind, world->mono_ms);
        if (how == 6) {
            correlator_abandoned(world->correlator, world->mono_ms);
        }
        return;
    }
    world->busy = how == 1 || !world->busy;
    event.to = world->busy ? VERDICT_BUSY : VERDICT_IDLE;
    if (world->any) {
        event.at_ms = world->last.at_ms + (int64_t)waits[how - 1];
    }
    correlator_transition(world->correlator, &event, ++world->turns, world->mono_ms);
}

static void tell(struct world *world, uint64_t mono_ms)
{
    struct event event;
    struct install install;
    bool again;
    while (correlator_next(world->correlator, mono_ms, &event, &install, &again)) {
        judge_that(event.of <= world->turns && event.install == &install, "a wrong event");
        check_install(&install);
        judge_that(++world->events < 100000, "events without end");
    }
    judge_that(mono_ms == UINT64_MAX || correlator_due(world->correlator) > mono_ms,
               "it is asked in vain");
}

static void begin(struct world *world)
{
    const struct correlator_config config = {0};
    judge_that(correlator_new(&world->correlator, &config) == 0, "no memory");
    correlator_record(world->correlator, &world->last, world->mono_ms);
}

static void take(struct world *world, const uint8_t *data, size_t size)
{
    struct install_record record;
    while (size > 0 && data[0] >= 1 && data[0] <= 7) {
        turn(world, data[0]);
        data++;
        size--;
    }
    if (event_xml_install((const char *)data, size, &record) != RECORD_READ) {
        return;
    }
    record.arrived_ms = world->mono_ms;
    record.replayed = record.fingerprint % 4 == 0;
    record.writer = (enum record_writer)(record.writer_pid % (WRITER_OTHER + 1));
    check_install(&record.install);
    if (!world->any && record.fingerprint % 8 == 0) { /* it is what takes long */
        check_event(&record.install);
    }
    if (world->any && world->correlator == NULL) {
        begin(world);
    }
    if (world->correlator != NULL) {
        correlator_record(world->correlator, &record, world->mono_ms);
        tell(world, world->mono_ms);
        struct install now;
        if (correlator_current(world->correlator, world->mono_ms, &now)) {
            check_install(&now);
        }
        correlator_owner_role(world->correlator, record.writer_pid, world->mono_ms);
    }
    world->last = record;
    world->any = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world = {.mono_ms = 1000000};
    while (size > 0) {
        const uint8_t *end = memchr(data, '\0', size);
        size_t length = end == NULL ? size : (size_t)(end - data);
        take(&world, data, length);
        data += end == NULL ? size : length + 1;
        size -= end == NULL ? size : length + 1;
    }
    if (world.correlator != NULL) {
        tell(&world, UINT64_MAX);
    }
    correlator_free(world.correlator);
    return 0;
}
