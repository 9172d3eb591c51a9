/* dashboard.c: what `msiwatch top` knows. */
#include "cli/top/dashboard.h"

#include "cli/base/install.h"

#include <string.h>
#include <yyjson.h>

void dashboard_release(struct dashboard *dashboard)
{
    stretches_release(&dashboard->timeline);
    memset(dashboard, 0, sizeof *dashboard);
}

static void add_change(struct dashboard *dashboard, const struct msiwatch_event *event)
{
    unsigned kept = dashboard->change_count < DASHBOARD_CHANGES ? dashboard->change_count
                                                                : DASHBOARD_CHANGES - 1;
    memmove(dashboard->changes + 1, dashboard->changes, kept * sizeof *dashboard->changes);
    dashboard->changes[0] = (struct change){.event = *event};
    dashboard->change_count = kept + 1;
}

static void name_change(struct dashboard *dashboard, const struct msiwatch_event *event,
                        const char *json)
{
    struct told_install install;
    if (event->first == 0 || !install_read(&install, json) || !install_names_period(&install)) {
        return;
    }
    for (unsigned i = 0; i < dashboard->change_count; i++) {
        if (dashboard->changes[i].event.seq == event->first) {
            install_name(&install, dashboard->changes[i].product);
            return;
        }
    }
}

void dashboard_take_past(struct dashboard *dashboard, const struct msiwatch_event *event,
                         const char *json)
{
    if (event->kind == MSIWATCH_EVENT_TRANSITION) {
        add_change(dashboard, event);
    } else if (event->kind == MSIWATCH_EVENT_INSTALL) {
        name_change(dashboard, event, json);
    }
    stretches_take(&dashboard->timeline, event);
}

void dashboard_take(struct dashboard *dashboard, const struct msiwatch_event *event,
                    const char *json)
{
    dashboard_take_past(dashboard, event, json);
    stretches_forget(&dashboard->timeline, event->at_ms - 2 * DASHBOARD_HOUR_MS);
    dashboard->status.seq = event->seq;
    if (event->kind == MSIWATCH_EVENT_TRANSITION) {
        /* What else the status says is asked for; until then it is not known. */
        dashboard->status.state = event->to;
        dashboard->status.since_ms = event->at_ms;
        dashboard->status.reasons = event->reasons;
        dashboard->status.owner_known = 0;
        dashboard->status.owner_foreign = 0;
        dashboard->status.owner_image[0] = '\0';
        dashboard->product[0] = '\0';
    }
}

void dashboard_take_status(struct dashboard *dashboard, const struct msiwatch_status *status,
                           const char *json)
{
    struct told_install install;
    dashboard->status = *status;
    dashboard->product[0] = '\0';
    if (install_read(&install, json)) {
        install_name(&install, dashboard->product);
        dashboard->doing = install_doing(&install);
        dashboard->untrusted = install.untrusted;
    }
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
