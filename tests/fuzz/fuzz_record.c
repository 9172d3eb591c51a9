/* fuzz_record.c: fuzzes the reading of the event log's records (service/observe/install_record.c),
 * what a standard caller is told of them, and the joining of many (service/decide/joiner.c).
 *
 * The input is records, each behind the byte 0 but the first; in front of a record the bytes 1 to 7
 * are transitions and time that passes.
 */
#include "common/access_level.h"
#include "decide/joiner.h"
#include "judge.h"
#include "observe/install_record.h"
#include "journal/event_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct joiner *joiner; /* made for the second record */
    struct install_record last;
    bool any, busy;
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
    if (world->joiner == NULL || how > 5) {
        return;
    }
    world->busy = how == 1 || !world->busy;
    event.to = world->busy ? VERDICT_BUSY : VERDICT_IDLE;
    if (world->any) {
        event.at_ms = world->last.at_ms + (int64_t)waits[how - 1];
    }
    joiner_transition(world->joiner, &event, ++world->turns, world->mono_ms);
}

static void tell(struct world *world, uint64_t mono_ms)
{
    struct event event;
    struct install install;
    bool again;
    while (joiner_next(world->joiner, mono_ms, &event, &install, &again)) {
        judge_that(event.of <= world->turns && event.install == &install, "a wrong event");
        check_install(&install);
        judge_that(++world->events < 100000, "events without end");
    }
    judge_that(mono_ms != UINT64_MAX || joiner_due(world->joiner) == UINT64_MAX, "some are left");
}

static void take(struct world *world, const uint8_t *data, size_t size)
{
    struct install_record record;
    while (size > 0 && data[0] >= 1 && data[0] <= 7) {
        turn(world, data[0]);
        data++;
        size--;
    }
    if (install_record_read((const char *)data, size, &record) != RECORD_READ) {
        return;
    }
    check_install(&record.install);
    if (!world->any && record.fingerprint % 8 == 0) { /* it is what takes long */
        check_event(&record.install);
    }
    if (world->any && world->joiner == NULL) {
        judge_that(joiner_new(&world->joiner) == 0, "no memory");
        joiner_record(world->joiner, &world->last, world->mono_ms);
    }
    if (world->joiner != NULL) {
        joiner_record(world->joiner, &record, world->mono_ms);
        tell(world, world->mono_ms);
        joiner_current(world->joiner, world->mono_ms, &record.install);
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
    if (world.joiner != NULL) {
        tell(&world, UINT64_MAX);
    }
    joiner_free(world.joiner);
    return 0;
}
