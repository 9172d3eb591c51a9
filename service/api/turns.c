/* turns.c: drives the queue of turns, and ends them. */
#include "api/turns.h"

#include "api/api.h"
#include "api/self_wait.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define NEVER UINT64_MAX
#define CHECK_MS UINT64_C(10000)
#define PROCESS_POLL_MS UINT64_C(50)
#define ALREADY_RUNNING 1618 /* ERROR_INSTALL_ALREADY_RUNNING */

void turns_begin(struct api *api, const struct turns_config *config)
{
    struct api_turns *all = &api->turns;
    all->config = *config;
    turns_init(&all->queue, &config->limits, clock_mono_ms());
    list_init(&all->waiting);
    all->timer_ms = NEVER;
    all->self_ms = NEVER;
}

void turns_end_all(struct api *api)
{
    turns_release(&api->turns.queue);
}

/* ---- the end of a turn ---- */

static void record(const struct seat *seat, const int64_t *exit_code, uint64_t now_ms)
{
    struct turn_record record = {
        .turn = seat->info,
        .waited_ms = seat->waited_ms,
        .held_ms = now_ms - seat->granted_ms,
        .end = seat->end,
        .blind = seat->blind,
        .exit_known = exit_code != NULL,
        .exit_code = exit_code == NULL ? 0 : *exit_code,
        .collisions = seat->collisions,
    };
    struct event event = {.kind = EVENT_TURN, .at_ms = clock_wall_ms(), .turn = &record};
    journal_append(seat->api->config.journal, &event);
}

/* The queue no longer has the turn. Recording its end may flush the client's connection and so end
 * it; then the seat, if it was attached, is already freed when this returns. Turns beyond a user's
 * limit per hour are only counted; otherwise one user could push everything else out of the
 * journal. */
static void finish(struct seat *seat, enum turn_end end, const int64_t *exit_code)
{
    struct api_turns *all = &seat->api->turns;
    struct metrics *metrics = seat->api->config.metrics;
    /* The record of a collision comes after the installer has ended, mostly too late for this
     * turn. */
    if (exit_code != NULL && *exit_code == ALREADY_RUNNING && seat->collisions == 0) {
        seat->collisions = 1;
    }
    all->holder = NULL;
    all->changed = true;
    seat->state = SEAT_ENDED;
    seat->end = end;
    seat->stale = end != TURN_END_RELEASED;
    metrics->turns_ended_total[end]++;
    metrics->turn_collisions_total += seat->collisions;
    if (!seat->over) {
        record(seat, exit_code, clock_mono_ms());
    }
}

static void free_seat(struct seat *seat)
{
    connection_detach(seat->connection, &seat->base);
    list_remove(&seat->node);
    list_remove(&seat->telling);
    free(seat);
}

void seat_leave(struct seat *seat)
{
    struct api *api = seat->api;
    turns_end(&api->turns.queue, seat->info.number, clock_mono_ms());
    api->turns.changed = true;
    free_seat(seat);
    turns_pump(api);
}

/* Ends a granted turn, without deciding what comes next. */
static void end_out(struct seat *seat, enum turn_end end, const int64_t *exit_code)
{
    struct connection *connection = seat->connection;
    turns_end(&seat->api->turns.queue, seat->info.number, clock_mono_ms());
    finish(seat, end, exit_code);
    seat = seat_of(connection);
    if (seat != NULL && end == TURN_END_RELEASED) {
        free_seat(seat);
    } else {
        connection_flush(connection);
    }
}

void seat_end(struct seat *seat, enum turn_end end, const int64_t *exit_code)
{
    struct api *api = seat->api;
    end_out(seat, end, exit_code);
    turns_pump(api);
}

/* ---- the attachment ---- */

static void on_drained(struct connection *connection, struct attachment *attachment)
{
    struct seat *seat = (struct seat *)attachment;
    if (seat->stale) {
        seat->stale = false;
        seat_tell(connection, seat); /* this may end the connection, and with it the seat */
    }
}

/* A turn that still waits has already left the queue, with its request. */
static void on_closed(struct connection *connection, struct attachment *attachment)
{
    struct seat *seat = (struct seat *)attachment;
    struct api *api = seat->api;
    if (seat->state != SEAT_ENDED) {
        bool stopping = rpc_server_of(connection)->stopping;
        turns_end(&api->turns.queue, seat->info.number, clock_mono_ms());
        finish(seat, stopping ? TURN_END_SHUTDOWN : TURN_END_DISCONNECTED, NULL);
    }
    list_remove(&seat->node);
    list_remove(&seat->telling);
    free(seat);
    turns_pump(api);
}

static const struct attachment_type seat_type = {on_drained, NULL, on_closed, false};

struct seat *seat_of(const struct connection *connection)
{
    return (struct seat *)connection_attachment(connection, &seat_type);
}

enum turn_refusal seat_enter(struct seat *seat, const struct turn_wish *wish)
{
    struct api_turns *all = &seat->api->turns;
    struct seat *ended = seat_of(seat->connection);
    enum turn_refusal refusal = turns_acquire(&all->queue, wish, seat->asked_ms,
                                              &seat->info.number);
    if (refusal != TURN_WAITS) {
        return refusal;
    }
    if (ended != NULL) {
        free_seat(ended);
    }
    seat->base.type = &seat_type;
    seat->state = SEAT_WAITING;
    seat->over = all->queue.waiting[all->queue.count - 1].over;
    list_init(&seat->node);
    list_init(&seat->telling);
    list_add(&all->waiting, &seat->node);
    if (seat->self_wait.due_ms < all->self_ms) {
        all->self_ms = seat->self_wait.due_ms;
    }
    connection_attach(seat->connection, &seat->base);
    all->changed = true;
    return TURN_WAITS;
}

struct seat *seat_find(const struct api *api, uint64_t number)
{
    const struct turns *queue = &api->turns.queue;
    if (queue->out && queue->holder.number == number) {
        return queue->holder.owner;
    }
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->waiting[i].number == number) {
            return queue->waiting[i].owner;
        }
    }
    return NULL;
}

/* ---- the next steps of the queue ---- */

static void fill_brief(struct api *api)
{
    struct api_turns *all = &api->turns;
    all->brief.out = all->holder != NULL;
    if (all->holder != NULL) {
        all->brief.holder = all->holder->info;
    }
    all->brief.waiting = (uint32_t)all->queue.count;
    api->status.turns = all->brief;
    api_say_waited(api);
}

static yyjson_mut_val *build_granted(struct request *request, yyjson_mut_doc *doc)
{
    const struct seat *seat = seat_of(request->connection);
    return seat_answer(doc, api_of(request), seat, request->connection->access_level,
                       seat->waited_ms, false);
}

/* Takes the request from the seat, because it is about to be answered. */
static struct request *take_request(struct seat *seat)
{
    struct request *request = seat->request;
    seat->request = NULL;
    request->on_cancel = NULL;
    request->on_deadline = NULL;
    return request;
}

static void grant(struct api *api, struct seat *seat, bool blind)
{
    struct connection *connection = seat->connection;
    uint64_t now = clock_mono_ms();
    list_remove(&seat->node);
    seat->state = SEAT_OUT;
    seat->blind = blind;
    seat->granted_ms = now;
    seat->waited_ms = now - seat->asked_ms;
    seat->info.since_ms = clock_wall_ms();
    seat->stale = false;
    api->turns.holder = seat;
    api->turns.changed = true;
    api->config.metrics->turns_total++;
    fill_brief(api);
    request_answer(take_request(seat), build_granted);
    connection_flush(connection);
    connection_rearm(connection);
}

static void refuse_unknown(struct api *api, struct seat *seat)
{
    struct connection *connection = seat->connection;
    struct request *request = take_request(seat);
    struct status status = api_status(api, connection->access_level);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    free_seat(seat);
    request_error_data(request, WIRE_UNKNOWN, "the state is unknown", doc,
                       doc == NULL ? NULL : wire_status(doc, &status));
    connection_flush(connection);
    connection_rearm(connection);
}

static void take_news(struct api *api, const struct turn_news *news)
{
    struct seat *seat = news->turn.owner;
    switch (news->step) {
    case TURN_NOTHING:
        break;
    case TURN_GRANTED:
        grant(api, seat, news->blind);
        break;
    case TURN_EXPIRING:
    case TURN_KEPT:
        seat->state = news->step == TURN_KEPT ? SEAT_OUT : SEAT_EXPIRING;
        seat->ends_ms = news->ends_ms;
        seat->news = true;
        api->turns.changed = true;
        break;
    case TURN_EXPIRED:
        end_out(seat, TURN_END_EXPIRED, NULL);
        break;
    case TURN_UNKNOWN:
        refuse_unknown(api, seat);
        break;
    }
}

static void set_hold(struct api *api, const struct turns_brief *hold)
{
    struct api_turns *all = &api->turns;
    struct turns_brief *brief = &all->brief;
    brief->held = hold->held;
    brief->held_until_known = hold->held_until_known;
    brief->held_until_ms = hold->held_until_ms;
    memcpy(brief->held_why, hold->held_why, sizeof brief->held_why);
    all->changed = true;
    all->arranged_ms = 0;
    if (!hold->held) {
        turns_hold(&all->queue, 0);
    }
    if (all->config.keep_hold != NULL) {
        all->config.keep_hold(api->config.arg, hold->held ? hold : NULL);
    }
}

/* Lifts a hold whose time is over; that is a time of the wall clock. */
static void watch_hold(struct api *api, uint64_t now_ms)
{
    struct api_turns *all = &api->turns;
    struct turns_brief *brief = &all->brief;
    if (!brief->held) {
        return;
    }
    int64_t left = brief->held_until_ms - clock_wall_ms();
    if (brief->held_until_known && left <= 0) {
        struct turns_brief none = {.held = false};
        set_hold(api, &none);
    } else {
        turns_hold(&all->queue, brief->held_until_known ? now_ms + (uint64_t)left : NEVER);
    }
}

static void watch_holder(struct api *api)
{
    struct seat *holder = api->turns.holder;
    if (holder != NULL && holder->for_other &&
        !process_runs(api_processes(api), &holder->process)) {
        end_out(holder, TURN_END_GONE, NULL);
    }
}

static void check(struct api *api, uint64_t now_ms)
{
    struct api_turns *all = &api->turns;
    if (now_ms - all->checked_ms < CHECK_MS) {
        return;
    }
    all->checked_ms = now_ms;
    bool two = (all->holder != NULL) != all->queue.out;
    if (two || turns_wedged(&all->queue, now_ms)) {
        api->config.metrics->turns_wedged_total++;
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Sets when turns_on_time is called. If a sample is needed now, the sample leads to the next
 * call. */
static void set_timer(struct api *api, uint64_t told_ms, uint64_t now_ms)
{
    struct api_turns *all = &api->turns;
    const struct seat *holder = all->holder;
    uint64_t due = turns_due(&all->queue);
    if (due <= now_ms) {
        api->config.look(api->config.arg);
        due = NEVER;
    }
    if (all->self_ms <= now_ms) {
        api->config.look(api->config.arg);
    } else {
        due = earlier(due, all->self_ms);
    }
    due = earlier(due, told_ms);
    if (holder != NULL && holder->for_other) {
        due = earlier(due, now_ms + PROCESS_POLL_MS);
    }
    if (due != all->timer_ms && all->config.set_timer != NULL) {
        all->timer_ms = due;
        all->config.set_timer(api->config.arg, due);
    }
}

static uint64_t follow(struct api *api)
{
    struct api_turns *all = &api->turns;
    watch_hold(api, clock_mono_ms());
    watch_holder(api);
    if (all->self_ms <= clock_mono_ms()) {
        all->self_ms = self_wait_watch_turns(api);
    }
    struct turn_news news = turns_next(&all->queue, clock_mono_ms());
    while (news.step != TURN_NOTHING) {
        take_news(api, &news);
        news = turns_next(&all->queue, clock_mono_ms());
    }
    check(api, clock_mono_ms());
    fill_brief(api);
    return turns_tell(api, clock_mono_ms());
}

/* The functions that it calls may end connections, and with them turns, and so call this again;
 * then it runs once more. Nothing is granted once the service stops. */
void turns_pump(struct api *api)
{
    struct api_turns *all = &api->turns;
    uint64_t told = NEVER;
    all->again = true;
    if (all->pumping || api->config.server->stopping) {
        return;
    }
    all->pumping = true;
    while (all->again) {
        all->again = false;
        told = follow(api);
    }
    all->pumping = false;
    set_timer(api, told, clock_mono_ms());
}

/* ---- what comes from outside ---- */

static void on_looked(void *arg, const struct monitor_look *look)
{
    struct api *api = arg;
    turns_look(&api->turns.queue, look->status->state, look->since_mono_ms,
               look->status->seen.mono_ms);
    turns_pump(api);
}

void turns_on_time(struct api *api)
{
    api->turns.timer_ms = NEVER;
    turns_pump(api);
}

/* A collision is an installation that Windows Installer refused with 1618 because another one was
 * running. It counts if the correlator is sure of its busy period and its record was written during
 * the turn. It does not matter who was refused: the holder, because somebody installs without a
 * turn, or somebody else, because the holder installs. An installation does not count if it is
 * known to be forged, or if it is reported again. */
static void on_installed(void *arg, const struct event *event, bool again)
{
    struct api *api = arg;
    struct seat *holder = api->turns.holder;
    const struct install *install = event->install;
    if (holder != NULL && install->result == RESULT_COLLISION && install->trusted != TRUST_NO &&
        !again && event->of != 0 && event->at_ms >= holder->info.since_ms) {
        holder->collisions++;
    }
}

struct monitor_listener turns_listener(struct api *api)
{
    return (struct monitor_listener){.looked = on_looked, .installed = on_installed, .arg = api};
}

void turns_set(struct api *api, const struct turns_limits *limits)
{
    turns_set_limits(&api->turns.queue, limits);
    turns_pump(api);
}

void turns_set_hold(struct api *api, const struct turns_brief *hold)
{
    set_hold(api, hold);
    turns_pump(api);
}
