/* dashboard.c: the data of `msiwatch top`. */
#include "cli/top/dashboard.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

void dashboard_release(struct dashboard *dashboard)
{
    struct dashboard looked_at = {.span_ms = dashboard->span_ms,
                                  .scrolled = dashboard->scrolled,
                                  .by_change = dashboard->by_change,
                                  .help = dashboard->help};
    stretches_release(&dashboard->timeline);
    installs_release(&dashboard->rows);
    for (unsigned i = 0; dashboard->events != NULL && i < DASHBOARD_EVENTS; i++) {
        free(dashboard->events[i].json);
    }
    free(dashboard->events);
    free(dashboard->status_json);
    *dashboard = looked_at;
}

int64_t dashboard_span(const struct dashboard *dashboard)
{
    return dashboard->span_ms == 0 ? DASHBOARD_HOUR_MS : dashboard->span_ms;
}

static void add_change(struct dashboard *dashboard, const struct msiwatch_event *event)
{
    unsigned kept = dashboard->change_count < DASHBOARD_CHANGES ? dashboard->change_count
                                                                : DASHBOARD_CHANGES - 1;
    memmove(dashboard->changes + 1, dashboard->changes, kept * sizeof *dashboard->changes);
    dashboard->changes[0] = *event;
    dashboard->change_count = kept + 1;
}

/* If memory runs out, the list is shorter, and everything else is still shown. */
static void keep_event(struct dashboard *dashboard, const struct msiwatch_event *event,
                       const char *json)
{
    if (dashboard->events == NULL) {
        dashboard->events = calloc(DASHBOARD_EVENTS, sizeof *dashboard->events);
        if (dashboard->events == NULL) {
            return;
        }
    }
    if (dashboard->event_count == DASHBOARD_EVENTS) {
        dashboard->event_begin = (dashboard->event_begin + 1) % DASHBOARD_EVENTS;
        dashboard->event_count--;
    }
    unsigned place = (dashboard->event_begin + dashboard->event_count) % DASHBOARD_EVENTS;
    struct dashboard_event *kept = &dashboard->events[place];
    free(kept->json);
    bool plain = event->kind == MSIWATCH_EVENT_TRANSITION && event->to != MSIWATCH_BUSY;
    *kept = (struct dashboard_event){*event, plain ? NULL : strdup(json)};
    dashboard->event_count++;
}

unsigned dashboard_rows(struct dashboard *dashboard)
{
    if (dashboard->rows_stale) {
        installs_release(&dashboard->rows);
        for (unsigned i = 0; i < dashboard->event_count; i++) {
            const struct dashboard_event *kept =
                &dashboard->events[(dashboard->event_begin + i) % DASHBOARD_EVENTS];
            installs_take(&dashboard->rows, &kept->event, kept->json == NULL ? "" : kept->json);
        }
        if (dashboard->status_json != NULL) {
            installs_take_status(&dashboard->rows, dashboard->status_json);
        }
        installs_finish(&dashboard->rows, dashboard->now_ms);
        dashboard->rows_stale = false;
    }
    return dashboard->by_change ? dashboard->change_count : (unsigned)dashboard->rows.count;
}

void dashboard_take_past(struct dashboard *dashboard, const struct msiwatch_event *event,
                         const char *json)
{
    if (event->kind == MSIWATCH_EVENT_TRANSITION) {
        add_change(dashboard, event);
    }
    keep_event(dashboard, event, json);
    stretches_take(&dashboard->timeline, event);
    dashboard->rows_stale = true;
}

void dashboard_take(struct dashboard *dashboard, const struct msiwatch_event *event,
                    const char *json)
{
    dashboard_take_past(dashboard, event, json);
    stretches_forget(&dashboard->timeline,
                     event->at_ms - dashboard_span(dashboard) - DASHBOARD_HOUR_MS);
    dashboard->status.seq = event->seq;
    if (event->kind == MSIWATCH_EVENT_TRANSITION) {
        /* The rest of the status is requested; until it comes, it is not known. */
        dashboard->status.state = event->to;
        dashboard->status.since_ms = event->at_ms;
        dashboard->status.reasons = event->reasons;
        dashboard->status.owner_known = 0;
        dashboard->status.owner_foreign = 0;
        dashboard->status.owner_image[0] = '\0';
        dashboard->busy_with = false;
        memset(&dashboard->doing, 0, sizeof dashboard->doing);
        dashboard->now.activity.stalled = false;
    }
}

void dashboard_take_status(struct dashboard *dashboard, const struct msiwatch_status *status,
                           const char *json)
{
    dashboard->status = *status;
    dashboard->busy_with = install_read(&dashboard->doing, json);
    now_read(&dashboard->now, json);
    free(dashboard->status_json);
    dashboard->status_json = json[0] == '\0' ? NULL : strdup(json);
    dashboard->rows_stale = true;
}

void dashboard_take_turns(struct dashboard *dashboard, const char *json)
{
    now_read_waiters(dashboard->waiters, json);
}

void dashboard_take_about(struct dashboard *dashboard, const struct msiwatch_about *about,
                          const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_obj_iter members = yyjson_obj_iter_with(
        yyjson_obj_get(yyjson_doc_get_root(doc), "sensors"));
    yyjson_val *key;
    dashboard->durable = about->durable != 0;
    dashboard->sensor_count = 0;
    while (dashboard->sensor_count < DASHBOARD_SENSORS &&
           (key = yyjson_obj_iter_next(&members)) != NULL) {
        struct sensor_health *sensor = &dashboard->sensors[dashboard->sensor_count];
        const char *name = yyjson_get_str(key);
        const char *health = yyjson_get_str(yyjson_obj_iter_get_val(key));
        if (health != NULL && strlen(name) < sizeof sensor->name &&
            strlen(health) < sizeof sensor->health) {
            memcpy(sensor->name, name, strlen(name) + 1);
            memcpy(sensor->health, health, strlen(health) + 1);
            dashboard->sensor_count++;
        }
    }
    yyjson_doc_free(doc);
}
