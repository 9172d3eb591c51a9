/* page_write.c: a report as one HTML file. */
#include "cli/report/page.h"

#include "cli/report/html.h"
#include "common/model.h"
#include "version.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_CHARS 10u

/* Products that are listed by name. */
#define PRODUCTS_LISTED 20u

/* What is after the list of busy periods. */
#define PAGE_REST 4096u

/* Nothing may be loaded, whatever stands in the page. The colours: of products first. */
static const char head[] =
    "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:\">\n"
    "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
    "<meta name=color-scheme content=\"light dark\">\n<link rel=icon href=\"data:,\">\n";

/* On paper the list is there whole, closed days, too. Browsers older than Chromium 131, Safari 18.4
 * and Firefox 143 do not know ::details-content: what is open is printed. */
static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#5c6670;--line:#d8dee4;"
    "--idle:#e3ece6;--gap:#b9c0c8;--unk:#e6b84a;--p0:#5b6570;--px:#98a2ad;--p1:#1f6fd6;"
    "--p2:#c8372d;--p3:#2b8a3e;--p4:#8a3fc4;--p5:#c46a0a;--p6:#0b8a94;--p7:#b8327e;--p8:#6b6a12}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e4e8ec;--dim:#9aa5b1;"
    "--line:#333b45;--idle:#22302a;--gap:#4a535e;--unk:#b08a2c;--p0:#a9b3be;--px:#6d7782;"
    "--p1:#5aa2ff;--p2:#ff7a70;--p3:#5fce77;--p4:#c48aff;--p5:#ffa64d;--p6:#4dd0da;--p7:#ff7cc0;"
    "--p8:#cfcd55}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--bg);color:var(--fg);"
    "font:15px/1.45 system-ui,\"Segoe UI\",sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.1rem;margin:2rem 0 .6rem}\n"
    ".n{color:var(--dim);margin:.3rem 0}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem;"
    "margin:1rem 0}\n"
    ".cards div{border:1px solid var(--line);border-radius:6px;padding:.5rem .7rem}\n"
    ".cards b{display:block;font-size:1.25rem}.cards span{color:var(--dim);font-size:.85rem}\n"
    ".l,.x{display:grid;grid-template-columns:6.2rem 1fr;align-items:center;margin:2px 0}\n"
    ".l span,.x{font-size:.8rem;color:var(--dim);white-space:nowrap}\n"
    ".l svg{width:100%;height:18px;display:block;background:repeating-linear-gradient(135deg,"
    "var(--gap) 0 2px,var(--bg) 2px 6px)}\n"
    ".h svg{height:22px}.h path{stroke:var(--bg);stroke-width:1px;vector-effect:non-scaling-stroke}"
    "\n.t{display:flex;justify-content:space-between}.t b{font-weight:400}\n"
    ".o{fill:var(--bg)}.i{fill:var(--idle)}.u{fill:var(--unk);fill-opacity:.75}.w{fill:var(--p1)}\n"
    "path.p0{fill:var(--p0)}path.px{fill:var(--px)}path.p1{fill:var(--p1)}path.p2{fill:var(--p2)}"
    "path.p3{fill:var(--p3)}path.p4{fill:var(--p4)}path.p5{fill:var(--p5)}path.p6{fill:var(--p6)}"
    "path.p7{fill:var(--p7)}path.p8{fill:var(--p8)}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.85rem;margin:.6rem 0;padding:0;"
    "list-style:none}\n"
    ".legend li{unicode-bidi:isolate}\n"
    ".k{display:inline-block;width:.9em;height:.9em;margin-inline-end:.4em;vertical-align:-1px;"
    "background:var(--c)}\n"
    ".k.p0,td.p0{--c:var(--p0)}.k.px,td.px{--c:var(--px)}.k.p1,td.p1{--c:var(--p1)}"
    ".k.p2,td.p2{--c:var(--p2)}.k.p3,td.p3{--c:var(--p3)}.k.p4,td.p4{--c:var(--p4)}"
    ".k.p5,td.p5{--c:var(--p5)}.k.p6,td.p6{--c:var(--p6)}.k.p7,td.p7{--c:var(--p7)}"
    ".k.p8,td.p8{--c:var(--p8)}.k.i{--c:var(--idle)}.k.u{--c:var(--unk)}\n"
    ".k.g{background:repeating-linear-gradient(135deg,var(--gap) 0 2px,var(--bg) 2px 5px)}\n"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}\n"
    "th,td{text-align:left;padding:.15rem .5rem;border-bottom:1px solid var(--line);"
    "vertical-align:top}\n"
    "th{color:var(--dim);font-weight:600;white-space:nowrap}\n"
    "td{unicode-bidi:plaintext}td[class]{border-inline-start:4px solid var(--c)}\n"
    ".d td:nth-child(-n+2){white-space:nowrap;width:1%}.d td:last-child{width:22%}\n"
    ".s td:nth-child(n+2){white-space:nowrap;width:1%}\n"
    "em{font-style:normal;font-weight:600;color:var(--p2)}\n"
    "details{border:1px solid var(--line);border-radius:6px;margin:.4rem 0;padding:.3rem .6rem}\n"
    "summary{cursor:pointer}summary span{color:var(--dim)}\n"
    "@media(max-width:30rem){body{padding:.6rem}.l,.x{grid-template-columns:4.4rem 1fr}"
    ".l span{font-size:.7rem}th,td{padding:.15rem .25rem}.s .r{display:none}}\n"
    "@media print{body{max-width:none;padding:0;font-size:10pt}*{print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}details{border:0;padding:0}"
    "details::details-content{content-visibility:visible;display:block;height:auto}"
    "tr,.l,.cards div{break-inside:avoid}h2,summary{break-after:avoid}}\n"
    "</style>\n";

struct page {
    struct text *out;
    const struct summary *summary;
    when_offset *offset;
};

/* ---- times ---- */

static void add_local(struct page *page, int64_t at_ms, size_t from, size_t to)
{
    char at[MSIWATCH_TIME_CHARS + 1];
    time_format(at_ms + page->offset(at_ms) * MINUTE_MS, at);
    at[10] = ' ';
    text_add_bytes(page->out, at + from, to - from);
}

/* The local day, as a number that differs from day to day. */
static int64_t day_of(const struct page *page, int64_t at_ms)
{
    int64_t local = at_ms + page->offset(at_ms) * MINUTE_MS;
    return local / (1440 * MINUTE_MS) - (local % (1440 * MINUTE_MS) < 0);
}

/* ---- the parts ---- */

static void add_title(struct page *page, const char *machine)
{
    const struct summary *summary = page->summary;
    text_add(page->out, "<title>Windows Installer");
    if (machine[0] != '\0') {
        text_add(page->out, " on ");
        html_add_outside(page->out, machine);
    }
    text_add(page->out, "</title>\n");
    text_add(page->out, style);
    text_add(page->out, "</head>\n<body>\n<h1>Windows Installer");
    if (machine[0] != '\0') {
        text_add(page->out, " on ");
        html_add_outside(page->out, machine);
    }
    text_add(page->out, "</h1>\n<p class=n>");
    text_add_time(page->out, summary->since_ms, page->offset, false);
    text_add(page->out, " to ");
    text_add_time(page->out, summary->until_ms, page->offset, false);
    text_add(page->out, ", local time</p>\n");
}

static void begin_card(struct page *page)
{
    text_add(page->out, "<div><b>");
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

static void add_count(struct page *page, uint64_t count, const char *what)
{
    if (count > 0) {
        begin_card(page);
        text_addf(page->out, "%" PRIu64, count);
        end_card(page, what);
    }
}

/* What did not install anything; left out if there was none. */
static void add_counts(struct page *page)
{
    const struct summary_counts *counts = &page->summary->counts;
    add_count(page, counts->collisions, "collisions with another installation (1618)");
    add_count(page, counts->lost, "installations that were never seen to end");
    add_count(page, counts->checks, "products examined (Win32_Product)");
    add_count(page, counts->untrusted, "log entries that Windows Installer did not write");
}

static void add_cards(struct page *page)
{
    const struct summary *summary = page->summary;
    const struct summary_sums *sums = &summary->sums;
    uint64_t known_ms = sums->busy_ms + sums->idle_ms;
    const struct period *longest = summary_longest(summary);
    text_add(page->out, "<div class=cards>\n");
    begin_card(page);
    text_addf(page->out, "%zu", summary->period_count);
    end_card(page, "busy periods");
    begin_card(page);
    text_add_duration(page->out, sums->busy_ms);
    end_card(page, "busy");
    begin_card(page);
    add_share(page->out, sums->busy_ms, known_ms);
    end_card(page, "of the time that is known");
    begin_card(page);
    if (longest == NULL) {
        text_add(page->out, "none");
    } else {
        text_add_duration(page->out, longest->lasted_ms);
    }
    text_add(page->out, "</b><span>longest busy period");
    if (longest != NULL) {
        text_add(page->out, ", ");
        add_local(page, longest->at_ms, 0, 16);
        if (longest->product != 0) {
            text_add(page->out, ": <bdi>");
            html_add_outside(page->out, summary->products[longest->product].name);
            text_add(page->out, "</bdi>");
        }
    }
    text_add(page->out, "</span></div>\n");
    begin_card(page);
    text_add_duration(page->out, sums->unknown_ms);
    end_card(page, "unknown: not watched, or could not be determined");
    begin_card(page);
    text_add_duration(page->out, sums->missing_ms);
    end_card(page, "not in the journal");
    add_counts(page);
    text_add(page->out, "</div>\n");
}

/* The class of a product's colour. */
static void add_colour(struct text *out, const struct summary *summary, uint32_t product)
{
    unsigned colour = summary->products[product].colour;
    if (product != 0 && colour == 0) {
        text_add(out, "px");
    } else {
        text_addf(out, "p%u", product == 0 ? 0 : colour);
    }
}

static void add_legend(struct page *page)
{
    const struct summary *summary = page->summary;
    text_add(page->out, "<ul class=legend>");
    for (size_t i = 0; i < summary->ranking_count && i < SUMMARY_COLOURS; i++) {
        text_addf(page->out, "<li><i class=\"k p%zu\"></i>", i + 1);
        html_add_outside(page->out, summary->ranking[i]->name);
        text_add(page->out, "</li>");
    }
    if (summary->ranking_count > SUMMARY_COLOURS) {
        text_add(page->out, "<li><i class=\"k px\"></i>other products</li>");
    }
    text_add(page->out, "<li><i class=\"k p0\"></i>busy, product not known</li>"
                        "<li><i class=\"k i\"></i>idle</li><li><i class=\"k u\"></i>unknown</li>"
                        "<li><i class=\"k g\"></i>gap: not in the journal</li></ul>\n"
                        "<p class=n>The higher, the more of that time it was busy.</p>\n");
}

static void add_product(struct page *page, const struct product *product)
{
    size_t place = (size_t)(product - page->summary->products);
    text_add(page->out, "<tr><td class=");
    add_colour(page->out, page->summary, (uint32_t)place);
    text_add(page->out, ">");
    if (place == 0) {
        text_add(page->out, "not known");
    } else {
        html_add_outside(page->out, product->name);
    }
    text_addf(page->out, "<td>%" PRIu32 "<td>", product->periods);
    text_add_duration(page->out, product->busy_ms);
    text_add(page->out, "<td class=r>");
    text_add_duration(page->out, product->longest_ms);
    text_addf(page->out, product->failures > 0 ? "<td><em>%" PRIu32 "</em>\n" : "<td>%" PRIu32 "\n",
              product->failures);
}

static void add_products(struct page *page)
{
    const struct summary *summary = page->summary;
    text_add(page->out,
             "<h2>Products</h2>\n<table class=s><thead><tr><th>Product<th>Periods<th>Busy<th "
             "class=r>Longest<th>Failed</thead><tbody>\n");
    for (size_t i = 0; i < summary->ranking_count && i < PRODUCTS_LISTED; i++) {
        add_product(page, summary->ranking[i]);
    }
    if (summary->products[0].periods > 0) {
        add_product(page, summary->products);
    }
    text_add(page->out, "</tbody></table>\n<p class=n>Names and outcomes are what the event log "
                        "says; any user can write there.</p>\n");
    if (summary->ranking_count > PRODUCTS_LISTED) {
        text_addf(page->out, "<p class=n>and %zu more products</p>\n",
                  summary->ranking_count - PRODUCTS_LISTED);
    }
}

/* ---- the list ---- */

static void add_outcome(struct page *page, const struct period *period)
{
    const char *outcome = page->summary->words.items[period->outcome];
    const char *action = page->summary->words.items[period->action];
    bool failed = summary_is_failure(outcome);
    /* What is not an installation says what it is. */
    if (action[0] != '\0' && strcmp(action, "install") != 0) {
        html_add_outside(page->out, action);
        text_add(page->out, outcome[0] != '\0' ? ": " : " ");
    }
    text_add(page->out, failed ? "<em>" : "");
    html_add_outside(page->out, outcome);
    text_add(page->out, failed ? "</em>" : "");
    const char *end = period->end == PERIOD_OPEN       ? "not over"
                      : period->end == PERIOD_NOT_SEEN ? "end not seen"
                                                       : "";
    text_addf(page->out, "%s%s", outcome[0] != '\0' && end[0] != '\0' ? ", " : "", end);
}

static void add_period(struct page *page, const struct period *period)
{
    const struct summary *summary = page->summary;
    text_add(page->out, "<tr><td>");
    add_local(page, period->at_ms, 11, 19);
    text_add(page->out, "<td>");
    text_add_duration(page->out, period->lasted_ms);
    text_add(page->out, "<td class=");
    add_colour(page->out, summary, period->product);
    text_add(page->out, period->product == 0 ? ">\xE2\x80\x93" : ">"); /* a dash */
    if (period->product != 0) {
        html_add_outside(page->out, summary->products[period->product].name);
        if (period->version != 0) {
            text_add(page->out, " ");
            html_add_outside(page->out, summary->words.items[period->version]);
        }
        if (period->more > 0) {
            text_addf(page->out, " and %u more", period->more);
        }
    }
    text_add(page->out, "<td>");
    add_outcome(page, period);
    text_add(page->out, "\n");
}

/* The periods [begin, end) are those of one day. *listed: how many of them there was room for. */
static void add_day(struct page *page, size_t begin, size_t end, bool open, size_t *listed)
{
    const struct summary *summary = page->summary;
    uint64_t busy_ms = 0;
    for (size_t i = begin; i < end; i++) {
        busy_ms += summary->periods[i].lasted_ms;
    }
    text_addf(page->out, "<details%s><summary>", open ? " open" : "");
    add_local(page, summary->periods[begin].at_ms, 0, DAY_CHARS);
    text_addf(page->out, " <span>%zu busy period%s, ", end - begin, end - begin == 1 ? "" : "s");
    text_add_duration(page->out, busy_ms);
    text_add(page->out, "</span></summary>\n<table class=d><thead><tr><th>Began<th>Lasted<th>"
                        "Product<th>Outcome</thead><tbody>\n");
    for (size_t i = end; i-- > begin && page->out->size < PAGE_MOST - PAGE_REST;) {
        size_t before = page->out->size;
        add_period(page, &summary->periods[i]);
        if (page->out->size > PAGE_MOST - PAGE_REST) {
            page->out->size = before;
            page->out->data[before] = '\0';
            break;
        }
        ++*listed;
    }
    text_add(page->out, "</tbody></table></details>\n");
}

static void add_periods(struct page *page)
{
    const struct summary *summary = page->summary;
    size_t listed = 0, end = summary->period_count;
    text_add(page->out, "<h2>Busy periods</h2>\n");
    if (end == 0) {
        text_add(page->out, "<p>There were none.</p>\n");
    }
    for (bool open = true; end > 0 && page->out->size < PAGE_MOST - PAGE_REST; open = false) {
        size_t begin = end - 1;
        int64_t day = day_of(page, summary->periods[begin].at_ms);
        while (begin > 0 && day_of(page, summary->periods[begin - 1].at_ms) == day) {
            begin--;
        }
        add_day(page, begin, end, open, &listed);
        end = begin;
    }
    if (listed < summary->period_count) {
        text_addf(page->out,
                  "<p class=n>%zu earlier busy periods are in the sums above and not listed here: "
                  "there are too many. <code>msiwatch history --csv</code> lists them all.</p>\n",
                  summary->period_count - listed);
    }
}

void page_write(struct text *out, const struct summary *summary, const char *machine,
                when_offset *offset)
{
    struct page page = {out, summary, offset};
    text_add(out, head);
    add_title(&page, machine);
    add_cards(&page);
    text_add(out, "<h2>When it was busy</h2>\n");
    out->failed = !chart_timeline(out, summary, offset) || out->failed;
    add_legend(&page);
    text_add(out, "<h2>At which hours</h2>\n");
    out->failed = !chart_hours(out, summary, offset) || out->failed;
    add_products(&page);
    add_periods(&page);
    text_add(out, "<p class=n>MsiWatch " MSIWATCH_VERSION "</p>\n</body>\n</html>\n");
}
