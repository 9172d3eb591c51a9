/* installs.c: makes installations from the journal's events. */
#include "cli/base/installs.h"

#include "common/wire.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

/* A second report about an installation comes soon after the first, so only this many are
 * searched. */
#define LOOK_BACK 64u

void installs_release(struct installs *installs)
{
    strings_release(&installs->strings);
    free(installs->items);
    free(installs->periods);
    free(installs->turns);
    memset(installs, 0, sizeof *installs);
}

/* Makes room for one more element of a growing array; NULL: out of memory. */
static void *grown(struct installs *installs, void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return items;
    }
    size_t more = *room == 0 ? 64 : *room * 2;
    void *bigger = realloc(items, more * size);
    if (bigger == NULL) {
        installs->failed = true;
        return NULL;
    }
    *room = more;
    return bigger;
}

struct installation *installs_add(struct installs *installs)
{
    void *items = grown(installs, installs->items, installs->count, &installs->room,
                        sizeof *installs->items);
    if (items == NULL) {
        return NULL;
    }
    installs->items = items;
    struct installation *one = &installs->items[installs->count++];
    memset(one, 0, sizeof *one);
    return one;
}

const char *installs_text(const struct installs *installs, uint32_t place)
{
    return place < installs->strings.count ? installs->strings.items[place] : "";
}

bool installs_has_failed(const struct installation *one)
{
    return one->result == RESULT_FAILURE;
}

bool installs_is_failure(const struct installation *one)
{
    return one->result != RESULT_UNKNOWN && one->result != RESULT_SUCCESS;
}

/* ---- busy periods ---- */

struct period *installs_open_period(const struct installs *installs)
{
    size_t count = installs->period_count;
    struct period *last = count == 0 ? NULL : &installs->periods[count - 1];
    return last != NULL && last->end == PERIOD_OPEN ? last : NULL;
}

static void end_period(struct installs *installs, const struct msiwatch_event *event, bool follows)
{
    struct period *period = installs_open_period(installs);
    if (period == NULL) {
        return;
    }
    period->end = PERIOD_NOT_SEEN;
    if (!follows) {
        return;
    }
    int64_t lasted_ms = event->at_ms > period->at_ms ? event->at_ms - period->at_ms : 0;
    period->lasted_ms = event->after_known != 0 ? event->after_ms : (uint64_t)lasted_ms;
    period->end = event->to == MSIWATCH_UNKNOWN ? PERIOD_NOT_SEEN : PERIOD_ENDED;
}

static uint32_t starter_of(struct installs *installs, yyjson_val *process)
{
    const char *image = yyjson_get_str(yyjson_obj_get(process, "image"));
    return image == NULL ? 0 : strings_place(&installs->strings, file_name(image));
}

/* Most periods belong to msiserver, and their JSON does not have this member. */
static uint32_t owner_starter(struct installs *installs, const char *json)
{
    if (strstr(json, "\"started_by\"") == NULL) {
        return 0;
    }
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    uint32_t place = starter_of(installs, yyjson_doc_ptr_get(doc, "/owner/started_by"));
    yyjson_doc_free(doc);
    return place;
}

static void begin_period(struct installs *installs, const struct msiwatch_event *event,
                         const char *json)
{
    void *periods = grown(installs, installs->periods, installs->period_count,
                          &installs->period_room, sizeof *installs->periods);
    if (periods != NULL) {
        installs->periods = periods;
        installs->periods[installs->period_count++] = (struct period){
            .seq = event->seq,
            .at_ms = event->at_ms,
            .started_by = owner_starter(installs, json),
            .end = PERIOD_OPEN};
    }
}

struct period *installs_find(const struct installs *installs, uint64_t seq)
{
    size_t begin = 0, end = installs->period_count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (installs->periods[middle].seq < seq) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return seq != 0 && begin < installs->period_count && installs->periods[begin].seq == seq
               ? &installs->periods[begin]
               : NULL;
}

/* ---- what the events say ---- */

/* Whether the event is about an installation that was reported before. */
static bool is_same(const struct installation *one, const struct installation *told)
{
    if (one->of != told->of || one->untrusted != told->untrusted) {
        return false;
    }
    if (one->started_at_ms != 0 && told->started_at_ms != 0) {
        return one->started_at_ms == told->started_at_ms && one->client_pid == told->client_pid;
    }
    return one->of != 0 && one->product_code == told->product_code &&
           (one->product == told->product || one->product == 0 || told->product == 0);
}

static struct installation *told_before(const struct installs *installs,
                                        const struct installation *told)
{
    size_t count = installs->count;
    size_t least = count > LOOK_BACK ? count - LOOK_BACK : 0;
    while (count-- > least) {
        if (is_same(&installs->items[count], told)) {
            return &installs->items[count];
        }
    }
    return NULL;
}

static struct installation from_install(struct installs *installs,
                                        const struct told_install *install, uint64_t of)
{
    struct strings *strings = &installs->strings;
    const struct install *is = &install->is;
    struct installation told = {
        .of = of,
        .started_at_ms = is->started_ms,
        .further = is->further,
        .status = is->status,
        .status_known = is->status_known,
        .untrusted = is->trusted == TRUST_NO,
        .ended = install->ended,
        .client_pid = is->client_pid,
        .chain_count = (uint8_t)is->chain.count,
        .action = is->action,
        .result = is->result,
        .reboot = is->reboot,
        .product = strings_place(strings, is->product),
        .version = strings_place(strings, is->version),
        .package = strings_place(strings, file_name(is->package)),
        .started_by = strings_place(strings, install->started_by),
        .product_code = strings_place(strings, is->product_code),
    };
    for (uint32_t i = 0; i < is->chain.count; i++) {
        told.chain[i] = is->chain.processes[i].pid;
    }
    return told;
}

/* Counts what is not an installation: true if it is a check, which is only counted. */
static bool count_others(struct installs *installs, const struct install *install)
{
    bool check = install->action == ACTION_CHECK;
    if (install->trusted == TRUST_NO) {
        installs->counts.untrusted += UINT64_C(1) + install->further;
    } else if (check) {
        installs->counts.checks += UINT64_C(1) + install->further;
    }
    return check;
}

static void take_install(struct installs *installs, const struct msiwatch_event *event,
                         yyjson_val *root)
{
    struct told_install install;
    if (!install_from(&install, root) || count_others(installs, &install.is)) {
        return;
    }
    struct installation told = from_install(installs, &install, event->first);
    struct installation *one = told_before(installs, &told);
    if (one != NULL) {
        told.told_ms = one->told_ms;
        told.first_seq = one->first_seq;
    } else {
        one = installs_add(installs);
        told.told_ms = event->at_ms;
        told.first_seq = event->seq;
    }
    told.seq = event->seq;
    struct period *period = installs_find(installs, event->first);
    if (one == NULL) {
        return;
    }
    *one = told;
    if (period != NULL && install_names_period(&install.is)) {
        period->explained = true;
        if (period->product == 0) {
            period->product = told.product != 0 ? told.product : told.package;
        }
    }
}

/* ---- turns and stalls ---- */

static struct turn_taken *add_turn(struct installs *installs, yyjson_val *turn)
{
    struct turn_record record;
    wire_turn_record_read(turn, &record);
    void *turns = record.turn.since_ms == 0 ? NULL
                                            : grown(installs, installs->turns, installs->turn_count,
                                                    &installs->turn_room, sizeof *installs->turns);
    if (turns == NULL) {
        return NULL;
    }
    const char *image = record.turn.image[0] == '\0' ? "?" : file_name(record.turn.image);
    installs->turns = turns;
    struct turn_taken *taken = &installs->turns[installs->turn_count++];
    *taken = (struct turn_taken){
        .number = record.turn.number,
        .waited_ms = record.waited_ms,
        .collisions = record.collisions,
        .pid = record.turn.pid,
        .since_ms = record.turn.since_ms,
        .until_ms = INT64_MAX,
        .who = strings_place(&installs->strings,
                             record.turn.label[0] == '\0' ? image : record.turn.label),
    };
    return taken;
}

static void take_activity(struct installs *installs, yyjson_val *root)
{
    struct period *period = installs_find(installs, yyjson_get_uint(yyjson_obj_get(root, "of")));
    if (period != NULL) {
        period->stalled = yyjson_is_true(yyjson_obj_get(root, "stalled"));
        if (!period->stalled) {
            period->stalled_ms += yyjson_get_uint(yyjson_obj_get(root, "still_ms"));
        }
    }
}

static void take_other(struct installs *installs, const struct msiwatch_event *event,
                       const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc), *kind = yyjson_obj_get(root, "kind");
    if (event->kind == MSIWATCH_EVENT_INSTALL) {
        take_install(installs, event, root);
    } else if (yyjson_equals_str(kind, "turn")) {
        struct turn_taken *turn = add_turn(installs, yyjson_obj_get(root, "turn"));
        if (turn != NULL) {
            turn->until_ms = event->at_ms;
        }
    } else if (yyjson_equals_str(kind, "activity")) {
        take_activity(installs, root);
    }
    yyjson_doc_free(doc);
}

void installs_take(struct installs *installs, const struct msiwatch_event *event, const char *json)
{
    bool follows = event->seq == installs->last_seq + 1;
    if (!follows) { /* events are missing in between */
        end_period(installs, event, false);
    }
    installs->last_seq = event->seq;
    if (event->kind != MSIWATCH_EVENT_TRANSITION) {
        take_other(installs, event, json);
        return;
    }
    end_period(installs, event, true);
    if (event->to == MSIWATCH_BUSY) {
        begin_period(installs, event, json);
    }
}

void installs_take_status(struct installs *installs, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_val *activity = yyjson_obj_get(root, "activity");
    struct period *open = installs_open_period(installs);
    struct msiwatch_event event = {
        .seq = installs->last_seq,
        .kind = MSIWATCH_EVENT_INSTALL,
        .first = open == NULL ? 0 : open->seq,
        .at_ms = open == NULL ? 0 : open->at_ms,
    };
    if (open != NULL && yyjson_get_uint(yyjson_obj_get(root, "seq")) == installs->last_seq) {
        take_install(installs, &event, root);
        if (open->started_by == 0) {
            open->started_by = starter_of(installs,
                                          yyjson_doc_ptr_get(doc, "/mutex/owner_started_by"));
        }
        open->stalled = yyjson_is_true(yyjson_obj_get(activity, "stalled"));
        open->stalled_ms += open->stalled ? yyjson_get_uint(yyjson_obj_get(activity, "still_ms"))
                                          : 0;
    }
    add_turn(installs, yyjson_obj_get(yyjson_obj_get(root, "turns"), "holder"));
    yyjson_doc_free(doc);
}
