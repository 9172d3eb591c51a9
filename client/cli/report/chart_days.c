/* chart_days.c: a bar chart of how long the machine was busy on each of many days. */
#include "cli/report/parts.h"

#include "common/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A bar is one day, or as many days as keep the number of bars below this. */
#define BARS_MOST 124
#define BAR_HIGH 1000 /* the height of the busiest bar */
#define BAR_WIDE 10
#define LABELS 6

struct bar {
    uint64_t busy_ms, known_ms;
    uint32_t count, failures;
};

struct bars {
    struct bar *items;
    size_t count;
    int64_t begin_ms, bar_ms; /* local */
    uint64_t most_ms;
    when_offset *offset;
};

static struct bar *bar_at(const struct bars *bars, int64_t local)
{
    int64_t place = (local - bars->begin_ms) / bars->bar_ms;
    return local < bars->begin_ms || place >= (int64_t)bars->count ? NULL : &bars->items[place];
}

static void add_stretch(struct bars *bars, int64_t begin_ms, int64_t end_ms, bool busy)
{
    int64_t begin = time_local(begin_ms, bars->offset), end = time_local(end_ms, bars->offset);
    while (begin < end) {
        int64_t next = begin + bars->bar_ms - (begin - bars->begin_ms) % bars->bar_ms;
        int64_t until = next < end ? next : end;
        struct bar *bar = bar_at(bars, begin);
        if (bar != NULL) {
            bar->known_ms += (uint64_t)(until - begin);
            bar->busy_ms += busy ? (uint64_t)(until - begin) : 0;
        }
        begin = until;
    }
}

static bool make_bars(struct bars *bars, const struct summary *summary)
{
    const struct stretches *stretches = &summary->stretches;
    const struct installs *installs = &summary->installs;
    bars->begin_ms = time_floor(time_local(summary->since_ms, bars->offset), DAY_MS);
    int64_t days = (time_local(summary->until_ms, bars->offset) - 1 - bars->begin_ms) / DAY_MS + 1;
    bars->bar_ms = (days + BARS_MOST - 1) / BARS_MOST * DAY_MS;
    bars->count = (size_t)((days * DAY_MS + bars->bar_ms - 1) / bars->bar_ms);
    bars->items = calloc(bars->count, sizeof *bars->items);
    if (bars->items == NULL) {
        return false;
    }
    for (size_t i = 0; i < stretches->count; i++) {
        uint32_t state = stretches->items[i].state;
        int64_t begin, end;
        if (stretches_within(stretches, i, summary->since_ms, summary->until_ms, &begin, &end) &&
            (state == MSIWATCH_BUSY || state == MSIWATCH_IDLE)) {
            add_stretch(bars, begin, end, state == MSIWATCH_BUSY);
        }
    }
    for (size_t i = 0; i < installs->count; i++) {
        struct bar *bar = bar_at(bars, time_local(installs->items[i].at_ms, bars->offset));
        if (bar != NULL && !installs->items[i].untrusted) {
            bar->count++;
            bar->failures += installs_has_failed(&installs->items[i]);
        }
    }
    for (size_t i = 0; i < bars->count; i++) {
        bars->most_ms = bars->items[i].busy_ms > bars->most_ms ? bars->items[i].busy_ms
                                                               : bars->most_ms;
    }
    return true;
}

static void add_date(struct text *out, int64_t local)
{
    char at[MSIWATCH_TIME_CHARS + 1];
    time_format(local, at);
    text_add_bytes(out, at, 10);
}

/* Below the bar, the part whose state is known is shown as idle; the rest shows the background. Any
 * busy time at all is visible. */
static void add_bar(struct text *out, const struct bars *bars, size_t i)
{
    const struct bar *bar = &bars->items[i];
    int64_t at = (int64_t)i * BAR_WIDE;
    uint64_t high = bars->most_ms == 0 ? 0 : bar->busy_ms * BAR_HIGH / bars->most_ms;
    high = bar->busy_ms > 0 && high < 20 ? 20 : high;
    uint64_t known = bar->known_ms * (BAR_WIDE - 1) / (uint64_t)bars->bar_ms;
    known = bar->known_ms > 0 && known == 0 ? 1 : known;
    if (known > 0) {
        text_addf(
            out, "<path class=i d=\"M%" PRId64 " 0h%" PRIu64 "v%dh-%" PRIu64 "z\"/>", at,
            bar->known_ms + (uint64_t)DAY_MS / 24 >= (uint64_t)bars->bar_ms ? (uint64_t)BAR_WIDE
                                                                            : known,
            BAR_HIGH,
            bar->known_ms + (uint64_t)DAY_MS / 24 >= (uint64_t)bars->bar_ms ? (uint64_t)BAR_WIDE
                                                                            : known);
    }
    if (high > 0) {
        text_addf(out, "<path class=p1 d=\"M%" PRId64 " %" PRIu64 "h%dV%dh-%dz\"/>", at + 1,
                  BAR_HIGH - high, BAR_WIDE - 2, BAR_HIGH, BAR_WIDE - 2);
    }
    if (bar->failures > 0) {
        text_addf(out, "<path class=f d=\"M%" PRId64 " 0h%dv60h-%dz\"/>", at + 1, BAR_WIDE - 2,
                  BAR_WIDE - 2);
    }
    text_addf(out, "<path class=z d=\"M%" PRId64 " 0h%dv%dh-%dz\"><title>", at, BAR_WIDE, BAR_HIGH,
              BAR_WIDE);
    add_date(out, bars->begin_ms + (int64_t)i * bars->bar_ms);
    if (bars->bar_ms > DAY_MS) {
        text_addf(out, " and %" PRId64 " days more", bars->bar_ms / DAY_MS - 1);
    }
    if (bar->known_ms == 0) {
        text_add(out, ": not known");
    } else {
        text_add(out, ": busy for ");
        text_add_duration(out, bar->busy_ms);
        text_addf(out, ", %" PRIu32 " installations, %" PRIu32 " failed", bar->count,
                  bar->failures);
    }
    text_add(out, "</title></path>");
}

bool chart_days(struct text *out, const struct summary *summary, when_offset *offset)
{
    struct bars bars = {.offset = offset};
    if (!make_bars(&bars, summary)) {
        return false;
    }
    text_add(out, "<div class=lanes>\n<div class=\"l b\"><span>");
    text_add_duration(out, bars.most_ms);
    text_addf(out,
              "</span><svg viewBox=\"0 0 %zu %d\" preserveAspectRatio=none role=img "
              "aria-label=\"busy time per day\">",
              bars.count * BAR_WIDE, BAR_HIGH);
    for (size_t i = 0; i < bars.count; i++) {
        add_bar(out, &bars, i);
    }
    text_add(out, "</svg></div>\n<div class=x><span></span><span class=t>");
    for (size_t i = 0; i < LABELS; i++) {
        text_add(out, i == 0 || i + 1 == LABELS ? "<b>" : "<b class=r>");
        int64_t days = (int64_t)(i * (bars.count - 1) / (LABELS - 1));
        add_date(out, bars.begin_ms + days * bars.bar_ms);
        text_add(out, "</b>");
    }
    text_add(out, "</span></div>\n</div>\n");
    free(bars.items);
    return true;
}
