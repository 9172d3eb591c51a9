/* timeline.h: makes samples into the rows of a timeline, one row per edge, and into totals. Pure
 * except for the text that the report adds to. */
#ifndef MSIWATCH_CLI_TIMELINE_H
#define MSIWATCH_CLI_TIMELINE_H

#include "common/model.h"
#include "cli/doctor/report.h"

/* Windows Installer's key in the registry. "changing": values or keys in it have changed within the
 * last EDGES_QUIET_MS; an installation changes hundreds in a row, which are one edge. */
enum key_state { KEY_ABSENT, KEY_QUIET, KEY_CHANGING, KEY_DENIED, KEY_ERROR };
#define EDGES_QUIET_MS 100u

/* One sample. Each error is a Win32 code, 0 where the thing was read. */
struct sight {
    struct observation seen; /* except for ui_clients */
    uint32_t mutex_error, msiserver_error, registry_error;
    bool key_exists;
    bool key_changed; /* since the sample before */
};

/* What was seen at the same time, and for how long. */
struct together {
    enum mutex_state mutex;
    enum msiserver_state msiserver;
    uint32_t controls;
    bool in_progress;
    uint64_t samples, ms;
};

#define EDGES_TOGETHER 32u

/* Zeroed except for the report is a valid start. */
struct edges {
    struct report *report;
    bool begun;
    uint64_t begun_ms; /* mono, as all times here */
    struct sight last;
    enum key_state key;
    uint64_t changed_ms; /* when the key was last seen to change */
    uint64_t samples, edges, gap_max_ms, cost_max_us;
    uint64_t mutex_periods; /* how often the mutex came to be held */
    struct together together[EDGES_TOGETHER];
    size_t together_count;
};

/* Adds a row for everything that is other than in the sample before; of the first, for everything.
 * `cost_us`: how long taking the sample took. */
void edges_take(struct edges *timeline, const struct sight *sight, uint64_t cost_us);

/* Adds a row that is not read by sampling, at the time of the last sample. */
void edges_add(struct edges *timeline, const char *subject, const char *from, const char *to,
               const char *detail);

/* The totals. */
void edges_end(struct edges *timeline);

/* "0x5 stop+shutdown": the controls that a service accepts, by the names of winsvc.h. */
void edges_add_controls(struct text *out, uint32_t controls);

#endif
