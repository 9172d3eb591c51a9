/* dashboard.h: what `msiwatch top` shows: what it knows, and how that is laid out on a screen. Pure
 * functions: connecting and painting are others' (cmd_top.c, terminal.h). Not thread safe. */
#ifndef MSIWATCH_CLI_DASHBOARD_H
#define MSIWATCH_CLI_DASHBOARD_H

#include "msiwatch.h"
#include "cli/top/screen.h"
#include "cli/base/spans.h"
#include "cli/base/time_text.h"

#include <stdbool.h>
#include <stdint.h>

/* The timeline is this long. */
#define DASHBOARD_HOUR_MS INT64_C(3600000)

/* Changes that are kept: more than a screen has rows is of no use. */
#define DASHBOARD_CHANGES 64u
#define DASHBOARD_SENSORS 8u

struct change {
    struct msiwatch_event event;
    char product[MSIWATCH_TEXT_SIZE]; /* what was installed, if known, or "" */
};

struct sensor_health {
    char name[MSIWATCH_NAME_SIZE], health[MSIWATCH_NAME_SIZE];
};

/* All zeroes is one that knows nothing. */
struct dashboard {
    struct msiwatch_status status;
    char product[MSIWATCH_TEXT_SIZE];         /* what is being installed, or "" */
    const char *doing;                        /* "installing", "removing" it; a literal */
    bool untrusted;                           /* it is known not to be Windows Installer's word */
    struct change changes[DASHBOARD_CHANGES]; /* the newest first */
    unsigned change_count;
    struct stretches timeline;
    struct sensor_health sensors[DASHBOARD_SENSORS];
    unsigned sensor_count;
    bool durable;   /* the journal is on disk */
    bool away;      /* the service does not answer; all above is what it said last */
    int64_t now_ms; /* by the service's clock */
};

void dashboard_release(struct dashboard *dashboard);

/* Takes in an event that happened now, or that was read from the past in order: a transition or
 * what was learnt of one. `json` is the event's own text. */
void dashboard_take(struct dashboard *dashboard, const struct msiwatch_event *event,
                    const char *json);

/* The same, without letting the status be changed by it: for events of the past. */
void dashboard_take_past(struct dashboard *dashboard, const struct msiwatch_event *event,
                         const char *json);

/* Takes in a Status and its JSON; the about result. */
void dashboard_take_status(struct dashboard *dashboard, const struct msiwatch_status *status,
                           const char *json);
void dashboard_take_about(struct dashboard *dashboard, const struct msiwatch_about *about,
                          const char *json);

/* Fills the screen, whatever its size. */
void dashboard_draw(const struct dashboard *dashboard, struct screen *screen, when_offset *offset);

#endif
