/* dashboard.h: the data of `msiwatch top`, and how it is laid out on a screen. Pure functions:
 * cmd_top.c connects, and terminal.h paints. Not thread safe. */
#ifndef MSIWATCH_CLI_DASHBOARD_H
#define MSIWATCH_CLI_DASHBOARD_H

#include "msiwatch.h"
#include "cli/top/screen.h"
#include "cli/base/installs.h"
#include "cli/base/now.h"
#include "cli/base/spans.h"
#include "cli/base/time_text.h"
#include "common/wire.h"

#include <stdbool.h>
#include <stdint.h>

/* The timeline has one of these lengths. */
#define DASHBOARD_HOUR_MS INT64_C(3600000)
#define DASHBOARD_DAY_MS (24 * DASHBOARD_HOUR_MS)
#define DASHBOARD_WEEK_MS (7 * DASHBOARD_DAY_MS)

/* How many changes can be scrolled to, and from how many events the installations are made. */
#define DASHBOARD_CHANGES 64u
#define DASHBOARD_EVENTS 512u
#define DASHBOARD_SENSORS 8u

struct dashboard_event {
    struct msiwatch_event event;
    char *json; /* NULL for a transition that is not to busy */
};

struct sensor_health {
    char name[MSIWATCH_NAME_SIZE], health[MSIWATCH_NAME_SIZE];
};

/* All zeroes: nothing is known yet. */
struct dashboard {
    struct msiwatch_status status;
    struct status now;         /* the same, with what else the service says */
    struct told_install doing; /* what is being installed, if `busy_with`; otherwise who started the
                                * mutex's owner */
    bool busy_with;
    char waiters[NOW_WAITERS][MSIWATCH_NAME_SIZE];    /* the next one first; "": no more */
    char *status_json;                                /* NULL: no status has come yet */
    struct msiwatch_event changes[DASHBOARD_CHANGES]; /* the newest first */
    unsigned change_count;
    struct dashboard_event *events; /* a ring of DASHBOARD_EVENTS; NULL: none yet */
    unsigned event_begin, event_count;
    struct installs rows; /* made from these events; made again when it is drawn */
    bool rows_stale;
    struct stretches timeline;
    struct sensor_health sensors[DASHBOARD_SENSORS];
    unsigned sensor_count;
    bool durable;   /* the journal is on disk */
    bool away;      /* the service does not answer; the rest is what it said last */
    int64_t now_ms; /* by the service's clock */
    /* What the user looks at; dashboard_release does not change it. */
    int64_t span_ms;   /* DASHBOARD_..._MS; 0: an hour */
    unsigned scrolled; /* how many rows down the list */
    bool by_change;    /* the list shows changes, not installations */
    bool help;         /* the explanation of the keys is shown */
};

void dashboard_release(struct dashboard *dashboard);

/* Adds an event that happened now, or that was read from the history in order. `json` is the
 * event's own text. */
void dashboard_take(struct dashboard *dashboard, const struct msiwatch_event *event,
                    const char *json);

/* The same for events of the past: the status does not change. */
void dashboard_take_past(struct dashboard *dashboard, const struct msiwatch_event *event,
                         const char *json);

/* Takes over a Status and its JSON; and the result of about. */
void dashboard_take_status(struct dashboard *dashboard, const struct msiwatch_status *status,
                           const char *json);
void dashboard_take_about(struct dashboard *dashboard, const struct msiwatch_about *about,
                          const char *json);

/* Takes over the result of turn.list: who waits; "": nobody. */
void dashboard_take_turns(struct dashboard *dashboard, const char *json);

/* How long the timeline is. */
int64_t dashboard_span(const struct dashboard *dashboard);

/* How many rows the list has, for scrolling; brings them up to date. */
unsigned dashboard_rows(struct dashboard *dashboard);

/* Fills the screen, whatever its size; the rows must be up to date. */
void dashboard_draw(const struct dashboard *dashboard, struct screen *screen, when_offset *offset);

#endif
