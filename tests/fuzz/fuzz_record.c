/* fuzz_record.c: fuzzes the reading of the event log's records (service/observe/install_record.c),
 * what a standard user sees of them, and what is made of many (service/decide/correlator.c).
 *
 * The input is records, each behind the byte 0 but the first; in front of a record the bytes 1 to 7
 * are transitions, time that passes, and a log that cannot be read.
 */
#include "common/access_level.h"
#include "decide/correlator.h"
#include "event_xml.h"
#include "reply_checker.h"
#include "observe/install_record.h"
#include "journal/event_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t read_count, correlated_count;

static void say_counts(void)
{
    fprintf(stderr, "%" PRIu64 " records read, %" PRIu64 " correlated\n", read_count,
            correlated_count);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return atexit(say_counts);
}

struct fuzz_run {
    struct correlator *correlator; /* made for the second record */
    struct install_record last;
    bool any, busy, blind;
    uint64_t mono_ms;
    unsigned events, turns;
};

/* UTF-8 without control characters, ended within its room. */
static void check_text(const char *text, size_t room)
{
    check_that(memchr(text, '\0', room) != NULL, "a text without an end");
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        unsigned more = *at < 0x80 ? 0 : *at < 0xE0 ? 1 : *at < 0xF0 ? 2 : 3;
        check_that(*at >= ' ' && (*at < 0x80 || (*at >= 0xC2 && *at <= 0xF4)), "no character");
        for (at++; more > 0; more--, at++) {
            check_that((*at & 0xC0u) == 0x80u, "a character that is not whole");
        }
    }
}

static void check_install(const struct install *install)
{
    check_text(install->product, sizeof install->product);
    check_text(install->version, sizeof install->version);
    check_text(install->package, sizeof install->package);
    check_text(install->user, sizeof install->user);
    check_that(install->user[0] == '\0' || strncmp(install->user, "S-1-", 4) == 0, "no SID");
}

/* What the journal holds of it, and what of that a standard caller gets. */
static void check_event(const struct install *install)
{
    struct event event = {.seq = 7, .kind = EVENT_INSTALL, .of = 3, .install = install};
    struct install cut = *install;
    size_t size, cut_size, direct_size;
    bool same;
    char *json = event_json(&event, &size);
    check_that(json != NULL && size < 16384, "an event that is too long");
    char *standard = event_json_for_standard(json, size, &cut_size, &same);
    check_that(standard != NULL && !same, "nothing is withheld");
    check_that(strstr(standard, "\\\\") == NULL, "a path is shown");
    access_level_cut_install(ACCESS_STANDARD, &cut);
    event.install = &cut;
    char *direct = event_json(&event, &direct_size);
    check_that(direct_size == cut_size && memcmp(direct, standard, cut_size) == 0,
               "from the disk it reads otherwise than from memory");
    free(direct);
    free(standard);
    free(json);
}

static void turn(struct fuzz_run *run, uint8_t how)
{
    static const uint64_t waits[] = {0, 1, 20, 100, 1000, 5000, 60000};
    struct event event = {.at_ms = (int64_t)run->mono_ms};
    run->mono_ms += waits[how - 1];
    if (run->correlator == NULL) {
        return;
    }
    if (how > 5) {
        run->blind = how == 7 && !run->blind;
        correlator_log_readable(run->correlator, !run->blind, run->mono_ms);
        if (how == 6) {
            correlator_abandoned(run->correlator, run->mono_ms);
        }
        return;
    }
    run->busy = how == 1 || !run->busy;
    event.to = run->busy ? VERDICT_BUSY : VERDICT_IDLE;
    if (run->any) {
        event.at_ms = run->last.at_ms + (int64_t)waits[how - 1];
    }
    correlator_transition(run->correlator, &event, ++run->turns, run->mono_ms);
}

static void tell(struct fuzz_run *run, uint64_t mono_ms)
{
    struct event event;
    struct install install;
    bool again;
    while (correlator_next(run->correlator, mono_ms, &event, &install, &again)) {
        check_that(event.of <= run->turns && event.install == &install, "a wrong event");
        check_install(&install);
        check_that(++run->events < 100000, "events without end");
    }
    check_that(mono_ms == UINT64_MAX || correlator_due(run->correlator) > mono_ms,
               "it is asked in vain");
}

static void begin(struct fuzz_run *run)
{
    const struct correlator_config config = {0};
    check_that(correlator_new(&run->correlator, &config) == 0, "no memory");
    correlator_record(run->correlator, &run->last, run->mono_ms);
}

static void take(struct fuzz_run *run, const uint8_t *data, size_t size)
{
    struct install_record record;
    while (size > 0 && data[0] >= 1 && data[0] <= 7) {
        turn(run, data[0]);
        data++;
        size--;
    }
    if (event_xml_install((const char *)data, size, &record) != RECORD_READ) {
        return;
    }
    read_count++;
    record.arrived_ms = run->mono_ms;
    record.replayed = record.record_id % 4 == 0;
    record.writer = (enum record_writer)(record.writer_pid % (WRITER_OTHER + 1));
    check_install(&record.install);
    if (!run->any && record.record_id % 8 == 0) { /* it is what takes long */
        check_event(&record.install);
    }
    if (run->any && run->correlator == NULL) {
        begin(run);
    }
    if (run->correlator != NULL) {
        correlated_count++;
        correlator_record(run->correlator, &record, run->mono_ms);
        tell(run, run->mono_ms);
        struct install now;
        if (correlator_current(run->correlator, run->mono_ms, &now)) {
            check_install(&now);
        }
        correlator_owner_role(run->correlator, record.writer_pid, run->mono_ms);
    }
    run->last = record;
    run->any = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_run run = {.mono_ms = 1000000};
    while (size > 0) {
        const uint8_t *end = memchr(data, '\0', size);
        size_t length = end == NULL ? size : (size_t)(end - data);
        take(&run, data, length);
        data += end == NULL ? size : length + 1;
        size -= end == NULL ? size : length + 1;
    }
    if (run.correlator != NULL) {
        tell(&run, UINT64_MAX);
    }
    correlator_free(run.correlator);
    return 0;
}
