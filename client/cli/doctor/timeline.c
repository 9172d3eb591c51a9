/* timeline.c: turns samples into a timeline, one row per edge, and into totals. */
#include "cli/doctor/timeline.h"

#include <inttypes.h>
#include <string.h>

/* ---- words ---- */

void edges_add_controls(struct text *out, uint32_t controls)
{
    /* The names of SERVICE_ACCEPT_..., from the lowest bit on. */
    static const char *const names[] = {"stop",        "pause_continue", "shutdown",
                                        "paramchange", "netbindchange",  "hardwareprofile",
                                        "powerevent",  "sessionchange",  "preshutdown",
                                        "timechange",  "triggerevent"};
    text_addf(out, "0x%" PRIx32, controls);
    const char *before = " ";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((controls & UINT32_C(1) << i) != 0) {
            text_addf(out, "%s%s", before, names[i]);
            before = "+";
        }
    }
    if (controls == 0) {
        text_add(out, " none");
    }
}

static const char *key_name(enum key_state key)
{
    static const char *const names[] = {[KEY_ABSENT] = "absent",
                                        [KEY_QUIET] = "quiet",
                                        [KEY_CHANGING] = "changing",
                                        [KEY_DENIED] = "denied",
                                        [KEY_ERROR] = "error"};
    return names[key];
}

static const char *in_progress_name(const struct sight *sight)
{
    return !sight->seen.registry_known ? "unknown" : sight->seen.in_progress ? "exists" : "absent";
}

static void add_error(struct text *out, uint32_t error)
{
    if (error != 0) {
        text_addf(out, "Windows error %" PRIu32, error);
    }
}

static void add_owner(struct text *out, const struct sight *sight)
{
    if (sight->seen.mutex.state != MUTEX_HELD) {
        return;
    }
    if (!sight->seen.mutex.owner_known) {
        text_add(out, "owner cannot be known on this system");
        return;
    }
    text_addf(out, "owner pid %" PRIu32 " thread %" PRIu32, sight->seen.mutex.owner_pid,
              sight->seen.mutex.owner_tid);
    if (sight->seen.mutex.owner_pid == sight->seen.msiserver.pid) {
        text_add(out, ", msiserver's own process");
    }
    const char *image = sight->seen.mutex.owner_image;
    text_addf(out, ", %s%s", image[0] == '\0' ? "image not known" : image,
              sight->seen.mutex.owner_foreign ? ", not Windows' own msiexec.exe" : "");
}

/* ---- edges ---- */

static void add_row(struct edges *timeline, const struct sight *at, const char *subject,
                    const char *from, const char *to, const char *detail)
{
    struct report_row row = {
        .kind = REPORT_EDGE,
        .at_ms = at->seen.wall_ms,
        .offset_ms = at->seen.mono_ms - timeline->begun_ms,
        .subject = subject,
        .from = from,
        .to = to,
        .detail = detail,
    };
    report_row(timeline->report, &row);
    timeline->edges++;
}

void edges_add(struct edges *timeline, const char *subject, const char *from, const char *to,
               const char *detail)
{
    add_row(timeline, &timeline->last, subject, from, to, detail);
}

static bool same_owner(const struct sight *a, const struct sight *b)
{
    return a->seen.mutex.owner_pid == b->seen.mutex.owner_pid &&
           a->seen.mutex.owner_tid == b->seen.mutex.owner_tid;
}

static void take_mutex(struct edges *timeline, const struct sight *now)
{
    const struct sight *last = &timeline->last;
    struct text detail = {0};
    if (timeline->begun && last->seen.mutex.state == now->seen.mutex.state &&
        last->mutex_error == now->mutex_error && same_owner(last, now)) {
        return;
    }
    if (now->seen.mutex.state == MUTEX_HELD) {
        timeline->mutex_periods++;
    }
    add_owner(&detail, now);
    add_error(&detail, now->mutex_error);
    add_row(timeline, now, "mutex", timeline->begun ? mutex_state_name(last->seen.mutex.state) : "",
            mutex_state_name(now->seen.mutex.state), detail.data);
    text_release(&detail);
}

static void take_msiserver(struct edges *timeline, const struct sight *now)
{
    const struct sight *last = &timeline->last;
    struct text detail = {0};
    if (timeline->begun && last->seen.msiserver.state == now->seen.msiserver.state &&
        last->seen.msiserver.pid == now->seen.msiserver.pid &&
        last->msiserver_error == now->msiserver_error) {
        return;
    }
    if (now->seen.msiserver.pid != 0) {
        text_addf(&detail, "pid %" PRIu32, now->seen.msiserver.pid);
    }
    if (now->seen.msiserver.state != MSISERVER_MISSING) {
        add_error(&detail, now->msiserver_error);
    }
    add_row(timeline, now, "msiserver",
            timeline->begun ? msiserver_state_name(last->seen.msiserver.state) : "",
            msiserver_state_name(now->seen.msiserver.state), detail.data);
    text_release(&detail);
}

static void take_controls(struct edges *timeline, const struct sight *now)
{
    const struct sight *last = &timeline->last;
    struct text from = {0}, to = {0}, detail = {0};
    if (timeline->begun && last->seen.msiserver.controls == now->seen.msiserver.controls &&
        msiserver_says_busy(&last->seen) == msiserver_says_busy(&now->seen)) {
        return;
    }
    if (timeline->begun) {
        edges_add_controls(&from, last->seen.msiserver.controls);
    }
    edges_add_controls(&to, now->seen.msiserver.controls);
    if (msiserver_says_busy(&now->seen)) {
        text_add(&detail, "says busy");
    }
    add_row(timeline, now, "controls", from.data, to.data, detail.data);
    text_release(&from);
    text_release(&to);
    text_release(&detail);
}

static enum key_state key_state(struct edges *timeline, const struct sight *now)
{
    if (now->registry_error != 0) {
        return now->registry_error == 5 ? KEY_DENIED : KEY_ERROR; /* 5 is ERROR_ACCESS_DENIED */
    }
    if (!now->key_exists) {
        return KEY_ABSENT;
    }
    if (now->key_changed) {
        timeline->changed_ms = now->seen.mono_ms;
        return KEY_CHANGING;
    }
    bool settling = timeline->key == KEY_CHANGING &&
                    now->seen.mono_ms - timeline->changed_ms < EDGES_QUIET_MS;
    return settling ? KEY_CHANGING : KEY_QUIET;
}

static void take_registry(struct edges *timeline, const struct sight *now)
{
    enum key_state key = key_state(timeline, now);
    if (!timeline->begun || key != timeline->key) {
        struct text detail = {0};
        add_error(&detail, now->registry_error);
        add_row(timeline, now, "installer_key", timeline->begun ? key_name(timeline->key) : "",
                key_name(key), detail.data);
        text_release(&detail);
    }
    timeline->key = key;
    const char *is = in_progress_name(now);
    const char *was = timeline->begun ? in_progress_name(&timeline->last) : "";
    if (strcmp(is, was) != 0) {
        add_row(timeline, now, "in_progress", was, is, "");
    }
}

/* ---- totals ---- */

static bool is_together(const struct together *together, const struct observation *seen)
{
    return together->mutex == seen->mutex.state && together->msiserver == seen->msiserver.state &&
           together->controls == seen->msiserver.controls &&
           together->in_progress == seen->in_progress;
}

/* A sample counts until the next one. If there are more combinations than there is room for, the
 * rest is not counted, and the samples do not add up. */
static void count_together(struct edges *timeline, const struct observation *seen, uint64_t ms)
{
    size_t i = 0;
    while (i < timeline->together_count && !is_together(&timeline->together[i], seen)) {
        i++;
    }
    if (i == EDGES_TOGETHER) {
        return;
    }
    struct together *together = &timeline->together[i];
    if (i == timeline->together_count) {
        timeline->together_count++;
        *together = (struct together){.mutex = seen->mutex.state,
                                      .msiserver = seen->msiserver.state,
                                      .controls = seen->msiserver.controls,
                                      .in_progress = seen->in_progress};
    }
    together->samples++;
    together->ms += ms;
}

void edges_take(struct edges *timeline, const struct sight *sight, uint64_t cost_us)
{
    if (!timeline->begun) {
        timeline->begun_ms = sight->seen.mono_ms;
    } else {
        uint64_t gap_ms = sight->seen.mono_ms - timeline->last.seen.mono_ms;
        timeline->gap_max_ms = gap_ms > timeline->gap_max_ms ? gap_ms : timeline->gap_max_ms;
        count_together(timeline, &timeline->last.seen, gap_ms);
    }
    timeline->samples++;
    timeline->cost_max_us = cost_us > timeline->cost_max_us ? cost_us : timeline->cost_max_us;
    take_mutex(timeline, sight);
    take_msiserver(timeline, sight);
    take_controls(timeline, sight);
    take_registry(timeline, sight);
    timeline->last = *sight;
    timeline->begun = true;
}

static void total_number(struct edges *timeline, const char *subject, uint64_t number,
                         const char *detail)
{
    report_addf(timeline->report, REPORT_TOTAL, subject, detail, "%" PRIu64, number);
}

static void total_together(struct edges *timeline, const struct together *together)
{
    struct text controls = {0}, detail = {0};
    edges_add_controls(&controls, together->controls);
    text_addf(&detail, "%" PRIu64 " ms, %" PRIu64 " samples", together->ms, together->samples);
    report_addf(timeline->report, REPORT_TOTAL, "together", detail.data,
                "mutex %s, msiserver %s %s, in_progress %s", mutex_state_name(together->mutex),
                msiserver_state_name(together->msiserver),
                controls.data == NULL ? "" : controls.data,
                together->in_progress ? "exists" : "absent");
    text_release(&controls);
    text_release(&detail);
}

void edges_end(struct edges *timeline)
{
    if (timeline->begun) { /* the last sample counts, too, but for no time, because nobody knows how
                            * long it lasted */
        count_together(timeline, &timeline->last.seen, 0);
    }
    for (size_t i = 0; i < timeline->together_count; i++) {
        total_together(timeline, &timeline->together[i]);
    }
    total_number(timeline, "mutex_periods", timeline->mutex_periods,
                 "how often the mutex was taken, or changed its owner");
    total_number(timeline, "edges", timeline->edges, "rows of the timeline");
    total_number(timeline, "samples", timeline->samples, "");
    total_number(timeline, "gap_max_ms", timeline->gap_max_ms,
                 "the longest time between two samples: anything shorter may be missing");
    total_number(timeline, "sample_max_us", timeline->cost_max_us,
                 "the longest time that one sample took");
}
