/* page.c: writes a report as one HTML file. */
#include "cli/report/parts.h"

#include "cli/base/show_installs.h"
#include "version.h"

#include <inttypes.h>
#include <string.h>

/* The policy forbids the page to load anything, whatever it contains. */
static const char head[] =
    "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:\">\n"
    "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
    "<meta name=color-scheme content=\"light dark\">\n<link rel=icon href=\"data:,\">\n";

static void add_outside_text(struct page *page, uint32_t place)
{
    text_add(page->out, "<bdi>");
    html_add_outside(page->out, installs_text(&page->summary->installs, place));
    text_add(page->out, "</bdi>");
}

static void add_machine(struct page *page, const char *machine)
{
    text_add(page->out, "Windows Installer");
    if (machine[0] != '\0') {
        text_add(page->out, " on ");
        html_add_outside(page->out, machine);
    }
}

static void add_title(struct page *page, const char *machine)
{
    const struct summary *summary = page->summary;
    text_add(page->out, "<title>");
    add_machine(page, machine);
    text_add(page->out, "</title>\n");
    text_add(page->out, page_style);
    text_add(page->out, page_style_tables);
    text_add(page->out, "</head>\n<body>\n<h1>");
    add_machine(page, machine);
    text_add(page->out, "</h1>\n<p class=n>");
    text_add_time(page->out, summary->since_ms, page->offset, false);
    text_add(page->out, " to ");
    text_add_time(page->out, summary->until_ms, page->offset, false);
    text_add(page->out, ", local time</p>\n");
}

/* ---- the present ---- */

static const struct installation *running(const struct summary *summary)
{
    const struct installs *installs = &summary->installs;
    for (size_t i = installs->count; i-- > 0;) {
        if (installs->items[i].end == PERIOD_OPEN) {
            return &installs->items[i];
        }
    }
    return NULL;
}

/* Its name in bold, and its version. */
static void add_product(struct page *page, const struct installation *one)
{
    text_add(page->out, "<b>");
    add_outside_text(page, summary_product(one));
    text_add(page->out, "</b>");
    if (one->version != 0 && one->product != 0) {
        text_add(page->out, " ");
        add_outside_text(page, one->version);
    }
}

static void add_running(struct page *page)
{
    const struct summary *summary = page->summary;
    const struct installation *one = running(summary);
    text_add(page->out, "<b>busy</b>");
    if (one == NULL) {
        return;
    }
    text_add(page->out, " for ");
    text_add_duration(page->out, one->lasted_ms);
    if (summary_product(one) != 0) {
        text_add(page->out, one->action == ACTION_REMOVE ? ", removing " : ", installing ");
        add_product(page, one);
    }
    if (one->started_by != 0) {
        text_add(page->out, ", started by <b>");
        add_outside_text(page, one->started_by);
        text_add(page->out, "</b>");
    } else if (one->client_pid != 0) {
        text_addf(page->out, ", started by pid %" PRIu32, one->client_pid);
    }
    if (summary->now.activity.stalled) {
        text_add(page->out, "; <em>no CPU or I/O in the installer's own processes for ");
        text_add_duration(page->out, summary->now.activity.still_ms);
        text_add(page->out, "</em>");
    }
}

/* An older service does not say who asked for the restart, but a record of the log may. */
static uint32_t who_wants_restart(const struct summary *summary)
{
    const struct installs *installs = &summary->installs;
    for (size_t i = installs->count; i-- > 0;) {
        if (!installs->items[i].untrusted && install_wants_restart(installs->items[i].reboot)) {
            return summary_product(&installs->items[i]);
        }
    }
    return 0;
}

static void add_restart(struct page *page)
{
    const struct restart *restart = &page->summary->now.restart;
    bool wanted = install_wants_restart(restart->reboot);
    if (restart->reboot == REBOOT_NONE) {
        text_add(page->out, " No restart is pending.");
    } else if (!wanted) {
        text_add(page->out, " It is not known whether a restart is pending.");
    }
    if (!wanted) {
        return;
    }
    text_add(page->out, " <em>Windows must be restarted</em>");
    uint32_t logged = restart->by[0] == '\0' ? who_wants_restart(page->summary) : 0;
    if (logged != 0 || restart->by[0] != '\0') {
        text_add(page->out, ": requested by <b><bdi>");
        html_add_outside(page->out, logged != 0 ? installs_text(&page->summary->installs, logged)
                                                : restart->by);
        text_add(page->out, "</bdi></b>");
    }
    if (restart->at_known) {
        text_add(page->out, " at ");
        page_time(page, restart->at_ms, 0, 16);
    }
    text_add(page->out, ".");
}

static void add_since(struct page *page)
{
    text_add(page->out, " since ");
    page_time(page, page->summary->state_since_ms, 0, 16);
}

/* Adds the newest ones; the list has all. */
static void add_failures(struct page *page)
{
    enum { NAMED = 3 };
    const struct installs *installs = &page->summary->installs;
    size_t failed = 0;
    for (size_t i = installs->count; i-- > 0;) {
        const struct installation *one = &installs->items[i];
        if (!installs_has_failed(one) || one->untrusted || summary_product(one) == 0) {
            continue;
        }
        if (++failed > NAMED) {
            text_add(page->out, "; and others, see the list");
            break;
        }
        text_add(page->out, failed == 1 ? "<p class=c>Failed: " : "; ");
        add_product(page, one);
        if (one->status_known) {
            text_addf(page->out, " with %" PRIu64, one->status);
        }
        text_add(page->out, ", ");
        page_time(page, one->at_ms, 0, 16);
    }
    text_add(page->out, failed > 0 ? ".</p>\n" : "");
}

static void add_now(struct page *page)
{
    const struct summary *summary = page->summary;
    const struct turns_brief *turns = &summary->now.turns;
    if (!summary->current) {
        return;
    }
    text_add(page->out, "<p class=c>Now: ");
    if (summary->state == MSIWATCH_BUSY) {
        add_running(page);
    } else {
        bool idle = summary->state == MSIWATCH_IDLE;
        text_add(page->out, idle ? "<b>idle</b>" : "<b>unknown</b>");
        add_since(page);
        text_add(page->out, idle ? ", nothing is being installed" : "");
    }
    text_add(page->out, ".");
    if (turns->holder.pid != 0) {
        text_add(page->out, " The turn belongs to <b><bdi>");
        html_add_outside(page->out, now_turn_name(&turns->holder));
        text_addf(page->out, "</bdi></b> (pid %" PRIu32 ")", turns->holder.pid);
        if (turns->waiting > 0) {
            text_addf(page->out, "; %" PRIu32 " %s", turns->waiting,
                      turns->waiting == 1 ? "waits" : "wait");
        }
        text_add(page->out, ".");
    }
    add_restart(page);
    text_add(page->out, "</p>\n");
}

/* ---- cards ---- */

static void begin_card(struct page *page, bool alarming)
{
    text_add(page->out, alarming ? "<div class=e><b>" : "<div><b>");
}

static void end_card(struct page *page, const char *what)
{
    text_addf(page->out, "</b><span>%s</span></div>\n", what);
}

static void add_share(struct text *out, uint64_t part, uint64_t whole)
{
    uint64_t tenths = whole == 0 ? 0 : part * 1000 / whole;
    text_addf(out, "%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
}

static void add_count(struct page *page, uint64_t count, bool alarming, const char *what)
{
    begin_card(page, alarming && count > 0);
    text_addf(page->out, "%" PRIu64, count);
    end_card(page, what);
}

/* Adds a count, but nothing if it is 0. */
static void add_count_if_any(struct page *page, uint64_t count, bool alarming, const char *what)
{
    if (count > 0) {
        add_count(page, count, alarming, what);
    }
}

static void add_time_if_any(struct page *page, uint64_t ms, const char *what)
{
    if (ms > 0) {
        begin_card(page, false);
        text_add_duration(page->out, ms);
        end_card(page, what);
    }
}

static void add_longest(struct page *page)
{
    const struct period *longest = summary_longest(page->summary);
    if (longest == NULL) {
        return;
    }
    begin_card(page, false);
    text_add_duration(page->out, longest->lasted_ms);
    text_add(page->out, "</b><span>longest busy period, ");
    page_time(page, longest->at_ms, 0, 16);
    if (longest->product != 0) {
        text_add(page->out, ": ");
        add_outside_text(page, longest->product);
    }
    text_add(page->out, "</span></div>\n");
}

static void add_cards(struct page *page)
{
    const struct summary *summary = page->summary;
    const struct summary_sums *sums = &summary->sums;
    const struct install_counts *counts = &summary->installs.counts;
    uint64_t stalled = 0;
    for (size_t i = 0; i < summary->installs.period_count; i++) {
        stalled += summary->installs.periods[i].stalled_ms > 0;
    }
    text_add(page->out, "<div class=cards>\n");
    add_count(page, counts->failed, true, "failed");
    add_count(page, counts->restarts, true, "asked for a restart");
    add_count(page, summary->installs.period_count, false, "busy periods");
    begin_card(page, false);
    text_add_duration(page->out, sums->busy_ms);
    text_add(page->out, "</b><span>busy, ");
    add_share(page->out, sums->busy_ms, sums->busy_ms + sums->idle_ms);
    text_add(page->out, " of the known time</span></div>\n");
    add_longest(page);
    add_count_if_any(page, stalled, true, "stalled: no CPU or I/O for a long time");
    add_count_if_any(page, counts->collisions, true, "refused: another one was running (1618)");
    add_count_if_any(page, counts->lost, true, "installations whose end was not seen");
    add_count_if_any(page, counts->checks, false, "products examined (Win32_Product)");
    add_count_if_any(page, counts->untrusted, true,
                     "log entries that Windows Installer did not write");
    add_time_if_any(page, sums->unknown_ms, "unknown: not watched, or could not be determined");
    add_time_if_any(page, sums->missing_ms, "not in the journal");
    text_add(page->out, "</div>\n");
}

/* ---- when it was busy ---- */

static void add_legend(struct page *page, bool products)
{
    const struct summary *summary = page->summary;
    text_add(page->out, "<ul class=legend>");
    for (size_t i = 0; products && i < summary->ranking_count && i < SUMMARY_COLOURS; i++) {
        text_addf(page->out, "<li><i class=\"k p%zu\"></i>", i + 1);
        html_add_outside(page->out, summary->ranking[i]->name);
        text_add(page->out, "</li>");
    }
    if (products && summary->ranking_count > SUMMARY_COLOURS) {
        text_add(page->out, "<li><i class=\"k px\"></i>other products</li>");
    }
    text_add(page->out, products
                            ? "<li><i class=\"k p0\"></i>busy, product not known</li>"
                            : "<li><i class=\"k p1\"></i>busy</li><li><i class=\"k p2\"></i>an "
                              "installation failed</li>");
    text_add(page->out, "<li><i class=\"k i\"></i>idle</li>");
    text_add(page->out, products ? "<li><i class=\"k u\"></i>unknown</li>" : "");
    text_addf(page->out, "<li><i class=\"k g\"></i>%s</li></ul>\n<p class=n>%s</p>\n",
              products ? "gap: not covered by the journal"
                       : "unknown, or not covered by the journal",
              products ? "The taller a bar is, the longer Windows Installer was busy in that time."
                       : "The taller a bar is, the longer Windows Installer was busy that day; the "
                         "highest bar is the busiest day.");
}

static void add_pictures(struct page *page)
{
    const struct summary *summary = page->summary;
    bool lanes = summary->until_ms - summary->since_ms <= (CHART_LANES_MOST - 1) * DAY_MS;
    text_add(page->out, "<h2>When it was busy</h2>\n");
    bool drawn = (lanes ? chart_timeline : chart_days)(page->out, summary, page->offset);
    add_legend(page, lanes);
    text_add(page->out, "<h2>Busy hours of the week</h2>\n");
    drawn = chart_hours(page->out, summary, page->offset) && drawn;
    page->out->failed = page->out->failed || !drawn;
}

void page_write(struct text *out, const struct summary *summary, const char *machine,
                when_offset *offset)
{
    struct page page = {out, summary, offset};
    const struct summary_sums *sums = &summary->sums;
    text_add(out, head);
    add_title(&page, machine);
    add_now(&page);
    add_failures(&page);
    if (sums->busy_ms + sums->idle_ms + sums->unknown_ms == 0 && summary->installs.count == 0) {
        text_add(out, "<p>The journal has no events from this time, so it is not known whether "
                      "anything was installed.</p>\n");
    } else {
        add_cards(&page);
        add_pictures(&page);
        page_products(&page);
        page_waits(&page);
        if (summary->with_changes) {
            page_changes(&page);
        }
        page_installations(&page);
    }
    text_add(out, "<p class=n>MsiWatch " MSIWATCH_VERSION "</p>\n</body>\n</html>\n");
}
