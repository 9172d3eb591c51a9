/* timeline.h: turns samples into the rows of a timeline, one row per edge (a change between two
 * samples), and into totals. Pure, except for the text that the report adds to. */
#ifndef MSIWATCH_CLI_TIMELINE_H
#define MSIWATCH_CLI_TIMELINE_H

#include "common/model.h"
#include "cli/doctor/report.h"

/* The state of Windows Installer's key in the registry. "changing": values or keys in it have
 * changed within the last EDGES_QUIET_MS. An installation makes hundreds of changes in a row; they
 * are one edge. */
enum key_state { KEY_ABSENT, KEY_QUIET, KEY_CHANGING, KEY_DENIED, KEY_ERROR };
#define EDGES_QUIET_MS 100u

/* One sample. Each error is a Win32 code, 0 if the value was read. */
struct sight {
    struct observation seen; /* all but ui_clients */
    uint32_t mutex_error, msiserver_error, registry_error;
    bool key_exists;
    bool key_changed; /* since the previous sample */
};

/* A combination of states, and how long it was seen. */
struct together {
    enum mutex_state mutex;
    enum msiserver_state msiserver;
    uint32_t controls;
    bool in_progress;
    uint64_t samples, ms;
};

#define EDGES_TOGETHER 32u

/* All zeroes except for the report is a valid start. */
struct edges {
    struct report *report;
    bool begun;
    uint64_t begun_ms; /* mono, like all times here */
    struct sight last;
    enum key_state key;
    uint64_t changed_ms; /* when the key was last seen to change */
    uint64_t samples, edges, gap_max_ms, cost_max_us;
    uint64_t mutex_periods; /* how often the mutex became held */
    struct together together[EDGES_TOGETHER];
    size_t together_count;
};

/* Adds a row for everything that differs from the previous sample; for the first one, for
 * everything. `cost_us`: how long taking the sample took. */
void edges_take(struct edges *timeline, const struct sight *sight, uint64_t cost_us);

/* Adds a row that does not come from a sample, at the time of the last sample. */
void edges_add(struct edges *timeline, const char *subject, const char *from, const char *to,
               const char *detail);

/* Adds the totals. */
void edges_end(struct edges *timeline);

/* Adds "0x5 stop+shutdown": the controls that a service accepts, by the names of winsvc.h. */
void edges_add_controls(struct text *out, uint32_t controls);

#endif
