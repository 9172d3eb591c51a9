/* chart.c: a report's charts, as inline SVG that stretches with the page. */
#include "cli/report/parts.h"

#include "common/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)

#define LANE_CELLS 720

/* A cell that was busy for part of its time is painted in one of this many heights. */
#define LEVELS 4

/* How a cell is drawn: the classes of the page's style sheet. */
enum mark {
    MARK_MISSING, /* only the background */
    MARK_OUTSIDE,
    MARK_IDLE,
    MARK_UNKNOWN,
    MARK_BUSY,    /* the product is not known */
    MARK_OTHER,   /* the product has no colour of its own */
    MARK_PRODUCT, /* and SUMMARY_COLOURS - 1 more */
    MARK_COUNT = MARK_PRODUCT + SUMMARY_COLOURS
};

static const char *const mark_class[MARK_COUNT] = {"",   "o",  "i",  "u",  "p0", "px", "p1",
                                                   "p2", "p3", "p4", "p5", "p6", "p7", "p8"};

struct cell {
    int64_t mark_ms; /* how much of its time has that mark */
    int64_t busy_ms; /* how much of its time was busy, with any product */
    uint8_t mark;
};

/* ---- when it was busy ---- */

struct lanes {
    struct cell *cells; /* of all lanes, one lane after the other */
    int64_t begin_ms;   /* local */
    int64_t cell_ms;
    size_t count;
};

static uint8_t mark_of(const struct summary *summary, const struct stretch *stretch)
{
    if (stretch->state != MSIWATCH_BUSY) {
        return stretch->state == MSIWATCH_IDLE      ? MARK_IDLE
               : stretch->state == MSIWATCH_UNKNOWN ? MARK_UNKNOWN
                                                    : MARK_MISSING;
    }
    const struct period *period = installs_find(&summary->installs, stretch->seq);
    uint32_t product = period == NULL ? 0 : period->product;
    unsigned colour = summary->products[product].colour;
    return (uint8_t)(product == 0  ? MARK_BUSY
                     : colour == 0 ? MARK_OTHER
                                   : MARK_PRODUCT + colour - 1);
}

/* Decides which mark a cell shows. A busy time shows even if it was very short; of several
 * products, the one that was there longest. After that comes unknown, and then idle. */
static bool shows_over(uint8_t mark, int64_t mark_ms, const struct cell *cell)
{
    bool busy = mark >= MARK_BUSY, was_busy = cell->mark >= MARK_BUSY;
    if (busy != was_busy) {
        return busy;
    }
    return busy ? mark_ms > cell->mark_ms : mark == MARK_UNKNOWN || cell->mark != MARK_UNKNOWN;
}

static void mark_cells(struct lanes *lanes, int64_t begin_ms, int64_t end_ms, uint8_t mark)
{
    int64_t all_ms = (int64_t)lanes->count * LANE_CELLS * lanes->cell_ms;
    int64_t begin = begin_ms - lanes->begin_ms, end = end_ms - lanes->begin_ms;
    begin = begin < 0 ? 0 : begin;
    end = end > all_ms ? all_ms : end;
    if (begin == end && mark >= MARK_BUSY && end < all_ms) {
        end++; /* so that a moment is visible */
    }
    for (int64_t at = begin; at < end;) {
        int64_t place = at / lanes->cell_ms, next = (place + 1) * lanes->cell_ms;
        int64_t part_ms = (next < end ? next : end) - at;
        struct cell *cell = &lanes->cells[place];
        bool same = cell->mark == mark;
        if (same || shows_over(mark, part_ms, cell)) {
            cell->mark_ms = same ? cell->mark_ms + part_ms : part_ms;
            cell->mark = mark;
        }
        cell->busy_ms += mark >= MARK_BUSY ? part_ms : 0;
        at = next;
    }
}

static bool make_lanes(struct lanes *lanes, const struct summary *summary, when_offset *offset)
{
    int64_t until_ms = time_local(summary->until_ms, offset);
    lanes->begin_ms = time_floor(time_local(summary->since_ms, offset), DAY_MS);
    int64_t days = (until_ms - 1 - lanes->begin_ms) / DAY_MS + 1;
    lanes->count = (size_t)days;
    lanes->cell_ms = DAY_MS / LANE_CELLS;
    lanes->cells = calloc(lanes->count * LANE_CELLS, sizeof *lanes->cells);
    if (lanes->cells == NULL) {
        return false;
    }
    const struct stretches *stretches = &summary->stretches;
    for (size_t i = 0; i < stretches->count; i++) {
        const struct stretch *stretch = &stretches->items[i];
        int64_t end_ms = i + 1 < stretches->count ? stretch[1].from_ms : summary->until_ms;
        if (end_ms >= summary->since_ms && stretch->from_ms < summary->until_ms) {
            mark_cells(lanes, time_local(stretch->from_ms, offset), time_local(end_ms, offset),
                       mark_of(summary, stretch));
        }
    }
    /* The time that the report does not cover. */
    int64_t before = (time_local(summary->since_ms, offset) - lanes->begin_ms) / lanes->cell_ms;
    int64_t after = (until_ms - 1 - lanes->begin_ms) / lanes->cell_ms + 1;
    for (int64_t i = 0; i < (int64_t)lanes->count * LANE_CELLS; i++) {
        if (i < before || i >= after) {
            lanes->cells[i].mark = MARK_OUTSIDE;
        }
    }
    return true;
}

/* How high a cell is painted with that mark; 0: not at all. A cell that was busy for part of the
 * time shows idle below. */
static int level_of(const struct lanes *lanes, const struct cell *cell, uint8_t mark)
{
    bool busy = cell->mark >= MARK_BUSY;
    if (mark == MARK_IDLE) {
        return busy || cell->mark == MARK_IDLE ? LEVELS : 0;
    }
    if (cell->mark != mark) {
        return 0;
    }
    int64_t level = busy ? 1 + cell->busy_ms * LEVELS / lanes->cell_ms : LEVELS;
    return level > LEVELS ? LEVELS : (int)level;
}

/* Adds the tooltip: what the mark means, and how long that lasted on that day. */
static void add_tip(struct text *out, const struct summary *summary, const struct lanes *lanes,
                    const struct cell *cells, uint8_t mark)
{
    static const char *const words[] = {[MARK_MISSING] = "",
                                        [MARK_OUTSIDE] = "",
                                        [MARK_IDLE] = "idle",
                                        [MARK_UNKNOWN] = "unknown",
                                        [MARK_BUSY] = "busy, product not known",
                                        [MARK_OTHER] = "other products"};
    uint64_t ms = 0;
    if (mark == MARK_OUTSIDE || mark == MARK_IDLE) {
        return;
    }
    for (size_t i = 0; i < LANE_CELLS; i++) {
        ms += cells[i].mark != mark  ? 0
              : mark == MARK_UNKNOWN ? (uint64_t)lanes->cell_ms
                                     : (uint64_t)cells[i].mark_ms;
    }
    text_add(out, "<title>");
    html_add_outside(out, mark >= MARK_PRODUCT ? summary->ranking[mark - MARK_PRODUCT]->name
                                               : words[mark]);
    text_add(out, ": ");
    text_add_duration(out, ms);
    text_add(out, "</title>");
}

static void add_mark(struct text *out, const struct summary *summary, const struct lanes *lanes,
                     const struct cell *cells, uint8_t mark)
{
    size_t start = out->size;
    for (int begin = 0, end; begin < LANE_CELLS; begin = end) {
        int level = level_of(lanes, &cells[begin], mark);
        for (end = begin + 1; end < LANE_CELLS && level_of(lanes, &cells[end], mark) == level;) {
            end++;
        }
        if (level == 0) {
            continue;
        }
        if (out->size == start) {
            text_addf(out, "<path class=%s d=\"", mark_class[mark]);
        }
        text_addf(out, "M%d %dh%dv%dH%dz", begin, LEVELS - level, end - begin, level, begin);
    }
    if (out->size > start) {
        text_add(out, "\">");
        add_tip(out, summary, lanes, cells, mark);
        text_add(out, "</path>");
    }
}

static void add_day(struct text *out, int64_t day_ms, bool with_year)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    char at[MSIWATCH_TIME_CHARS + 1];
    time_format(day_ms, at);
    int64_t number = time_floor(day_ms, DAY_MS) / DAY_MS % 7;
    text_addf(out, "%s ", days[(number + 7) % 7]);
    text_add_bytes(out, with_year ? at : at + 5, with_year ? 10 : 5);
}

static void add_hours(struct text *out)
{
    text_add(out, "<div class=x><span></span><span class=t><b>00</b><b>06</b><b>12</b><b>18</b>"
                  "<b>24</b></span></div>\n");
}

bool chart_timeline(struct text *out, const struct summary *summary, when_offset *offset)
{
    struct lanes lanes;
    if (!make_lanes(&lanes, summary, offset)) {
        return false;
    }
    text_add(out, "<div class=lanes>\n");
    for (size_t i = lanes.count; i-- > 0;) { /* the newest first */
        int64_t day_ms = lanes.begin_ms + (int64_t)i * DAY_MS;
        const struct cell *cells = lanes.cells + i * LANE_CELLS;
        text_add(out, "<div class=l><span>");
        add_day(out, day_ms, false);
        text_addf(out,
                  "</span><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=none role=img "
                  "aria-label=\"",
                  LANE_CELLS, LEVELS);
        add_day(out, day_ms, true);
        text_add(out, "\">");
        for (int mark = MARK_OUTSIDE; mark < MARK_COUNT; mark++) {
            add_mark(out, summary, &lanes, cells, (uint8_t)mark);
        }
        text_add(out, "</svg></div>\n");
    }
    add_hours(out);
    text_add(out, "</div>\n");
    free(lanes.cells);
    return true;
}

/* ---- at which hours ---- */

struct week {
    uint64_t busy_ms[7][24], known_ms[7][24];
};

/* Weekday 0 is a Monday; 1970-01-01 was a Thursday. */
static void add_to_week(struct week *week, int64_t begin_ms, int64_t end_ms, bool busy,
                        when_offset *offset)
{
    while (begin_ms < end_ms) {
        int64_t local = time_local(begin_ms, offset);
        int64_t next_ms = begin_ms + HOUR_MS - (local - time_floor(local, HOUR_MS));
        int64_t part_ms = (next_ms < end_ms ? next_ms : end_ms) - begin_ms;
        int64_t day = time_floor(local, DAY_MS) / DAY_MS + 3;
        size_t weekday = (size_t)((day % 7 + 7) % 7);
        size_t hour = (size_t)((local - time_floor(local, DAY_MS)) / HOUR_MS);
        week->known_ms[weekday][hour] += (uint64_t)part_ms;
        week->busy_ms[weekday][hour] += busy ? (uint64_t)part_ms : 0;
        begin_ms += part_ms;
    }
}

static void sum_week(struct week *week, const struct summary *summary, when_offset *offset)
{
    const struct stretches *stretches = &summary->stretches;
    memset(week, 0, sizeof *week);
    for (size_t i = 0; i < stretches->count; i++) {
        uint32_t state = stretches->items[i].state;
        int64_t begin, end;
        if (stretches_within(stretches, i, summary->since_ms, summary->until_ms, &begin, &end) &&
            (state == MSIWATCH_BUSY || state == MSIWATCH_IDLE)) {
            add_to_week(week, begin, end, state == MSIWATCH_BUSY, offset);
        }
    }
}

/* A share in tenths of a percent. */
static unsigned permille(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (unsigned)(part * 1000 / whole);
}

static uint64_t busiest(const struct week *week)
{
    uint64_t most = 0;
    for (size_t i = 0; i < 7 * 24; i++) {
        unsigned share = permille(week->busy_ms[i / 24][i % 24], week->known_ms[i / 24][i % 24]);
        most = share > most ? share : most;
    }
    return most;
}

/* The busiest hour has the strongest colour, so that a quiet week shows something, too. */
bool chart_hours(struct text *out, const struct summary *summary, when_offset *offset)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    struct week week;
    sum_week(&week, summary, offset);
    uint64_t most = busiest(&week);
    text_add(out, "<div class=lanes>\n");
    for (size_t day = 0; day < 7; day++) {
        text_addf(out,
                  "<div class=\"l h\"><span>%s</span><svg viewBox=\"0 0 24 1\" "
                  "preserveAspectRatio=none role=img aria-label=\"%s\">",
                  days[day], days[day]);
        for (size_t hour = 0; hour < 24; hour++) {
            uint64_t known_ms = week.known_ms[day][hour];
            unsigned share = permille(week.busy_ms[day][hour], known_ms);
            if (known_ms == 0) {
                continue; /* the background shows it */
            }
            text_addf(out, "<path class=i d=\"M%zu 0h1v1h-1z\"/>", hour);
            text_addf(out,
                      "<path class=w fill-opacity=%u.%03u d=\"M%zu 0h1v1h-1z\"><title>%s "
                      "%02zu:00: %u.%u %% busy</title></path>",
                      most == 0 ? 0 : (unsigned)(share / most),
                      most == 0 ? 0 : (unsigned)(share * 1000 / most % 1000), hour, days[day], hour,
                      share / 10, share % 10);
        }
        text_add(out, "</svg></div>\n");
    }
    add_hours(out);
    text_addf(out,
              "</div>\n"
              "<p class=n>The strongest colour means %u.%u %% busy.</p>\n",
              (unsigned)most / 10, (unsigned)most % 10);
    return !out->failed;
}
