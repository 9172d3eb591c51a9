/* tables.c: writes the tables of a report. */
#include "cli/report/parts.h"

#include "cli/base/show_installs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How many products are listed by name. */
#define PRODUCTS_LISTED 20u

/* How many turns that were waited for, and how many changes of state, are listed. */
#define WAITS_LISTED 20u
#define CHANGES_LISTED 500u

/* ---- pieces ---- */

void page_time(struct page *page, int64_t at_ms, size_t from, size_t to)
{
    text_add_local(page->out, at_ms, page->offset, from, to);
}

/* Adds how long something took; never "0 ms". */
static void add_lasted(struct page *page, uint64_t ms)
{
    if (ms == 0) {
        text_add(page->out, "&lt; 1 ms");
    } else {
        text_add_duration(page->out, ms);
    }
}

/* Adds the class of a product's colour. */
static void add_colour(struct page *page, uint32_t product)
{
    unsigned colour = page->summary->products[product].colour;
    if (product != 0 && colour == 0) {
        text_add(page->out, "px");
    } else {
        text_addf(page->out, "p%u", product == 0 ? 0 : colour);
    }
}

static void add_text(struct page *page, uint32_t place)
{
    html_add_outside(page->out, installs_text(&page->summary->installs, place));
}

/* When the local day began. */
static int64_t day_of(const struct page *page, int64_t at_ms)
{
    return time_floor(time_local(at_ms, page->offset), DAY_MS);
}

/* ---- products ---- */

static void add_product(struct page *page, const struct product *product)
{
    size_t place = (size_t)(product - page->summary->products);
    text_add(page->out, "<tr><td class=");
    add_colour(page, (uint32_t)place);
    text_add(page->out, ">");
    if (place == 0) {
        text_add(page->out, "not known");
    } else {
        html_add_outside(page->out, product->name);
    }
    text_addf(page->out, "<td>%" PRIu32 "<td>", product->count);
    if (product->busy_ms > 0) {
        text_add_duration(page->out, product->busy_ms);
    }
    text_add(page->out, "<td class=r>");
    if (product->longest_ms > 0) {
        text_add_duration(page->out, product->longest_ms);
    }
    text_addf(page->out, product->failures > 0 ? "<td><em>%" PRIu32 "</em>\n" : "<td>%" PRIu32 "\n",
              product->failures);
}

void page_products(struct page *page)
{
    const struct summary *summary = page->summary;
    bool unnamed = summary->products[0].busy_ms > 0;
    if (summary->ranking_count == 0 && !unnamed) {
        return;
    }
    text_add(page->out, "<h2>Products</h2>\n<table class=s><thead><tr><th>Product<th>Times<th>Busy"
                        "<th class=r>Longest<th>Failed</thead><tbody>\n");
    for (size_t i = 0; i < summary->ranking_count && i < PRODUCTS_LISTED; i++) {
        add_product(page, summary->ranking[i]);
    }
    if (unnamed) {
        add_product(page, summary->products);
    }
    text_add(
        page->out,
        "</tbody></table>\n"
        "<p class=n>Names and results come from the event log, where any user can write.</p>\n");
    if (summary->ranking_count > PRODUCTS_LISTED) {
        text_addf(page->out, "<p class=n>and %zu more products</p>\n",
                  summary->ranking_count - PRODUCTS_LISTED);
    }
}

/* ---- who waited for whom ---- */

static int compare_waits(const void *left, const void *right)
{
    const struct turn_taken *a = *(const struct turn_taken *const *)left;
    const struct turn_taken *b = *(const struct turn_taken *const *)right;
    if (a->waited_ms != b->waited_ms) {
        return a->waited_ms < b->waited_ms ? 1 : -1;
    }
    return a->since_ms < b->since_ms ? 1 : a->since_ms > b->since_ms ? -1 : 0;
}

/* Adds the installations that ran while it waited, up to three by name. */
static void add_waited_for(struct page *page, const struct turn_taken *turn)
{
    const struct installs *installs = &page->summary->installs;
    int64_t from_ms = turn->since_ms - (int64_t)turn->waited_ms;
    unsigned named = 0, more = 0;
    for (size_t i = 0; i < installs->count && installs->items[i].at_ms < turn->since_ms; i++) {
        const struct installation *one = &installs->items[i];
        if (one->end == PERIOD_NONE || one->at_ms + (int64_t)one->lasted_ms <= from_ms) {
            continue;
        }
        if (named == 3) {
            more++;
            continue;
        }
        text_add(page->out, named++ > 0 ? ", " : "");
        if (summary_product(one) == 0) {
            text_add(page->out, "a busy period");
        } else {
            add_text(page, summary_product(one));
        }
    }
    if (more > 0) {
        text_addf(page->out, " and %u more", more);
    }
    text_add(page->out, named == 0 ? "\xE2\x80\x93" : "");
}

void page_waits(struct page *page)
{
    const struct installs *installs = &page->summary->installs;
    const struct turn_taken **turns = calloc(installs->turn_count + 1,
                                             sizeof(const struct turn_taken *));
    size_t count = 0;
    if (turns == NULL) {
        page->out->failed = true;
        return;
    }
    for (size_t i = 0; i < installs->turn_count; i++) {
        if (installs->turns[i].waited_ms >= 1000) {
            turns[count++] = &installs->turns[i];
        }
    }
    if (count > 0) {
        qsort(turns, count, sizeof(struct turn_taken *), compare_waits);
        text_addf(page->out,
                  "<h2>Who waited for a turn</h2>\n"
                  "<p class=n>%zu waited%s</p>\n",
                  count, count > WAITS_LISTED ? "; these are the longest waits" : "");
        text_add(page->out, "<table class=q><thead><tr><th>Since<th>Who<th>Waited for<th>Waited"
                            "</thead><tbody>\n");
    }
    for (size_t i = 0; i < count && i < WAITS_LISTED; i++) {
        text_add(page->out, "<tr><td>");
        page_time(page, turns[i]->since_ms - (int64_t)turns[i]->waited_ms, 0, 16);
        text_add(page->out, "<td>");
        add_text(page, turns[i]->who);
        text_add(page->out, "<td>");
        add_waited_for(page, turns[i]);
        text_add(page->out, "<td>");
        text_add_duration(page->out, turns[i]->waited_ms);
        text_add(page->out, "\n");
    }
    text_add(page->out, count > 0 ? "</tbody></table>\n" : "");
    free(turns);
}

/* ---- installations ---- */

static void add_result(struct page *page, const struct installation *one)
{
    bool failed = installs_is_failure(one);
    /* If it was not an installation, says what it was. */
    if (one->action != ACTION_UNKNOWN && one->action != ACTION_INSTALL) {
        text_addf(page->out, "%s%s", install_action_name(one->action),
                  one->result != RESULT_UNKNOWN ? ": " : " ");
    }
    text_add(page->out, failed ? "<em>" : "");
    if (one->result != RESULT_UNKNOWN || one->status_known) {
        show_installation_result(page->out, one);
    }
    text_add(page->out, failed ? "</em>" : "");
    const char *end = one->end == PERIOD_OPEN       ? "still running"
                      : one->end == PERIOD_NOT_SEEN ? "end not seen"
                                                    : "";
    text_addf(page->out, "%s%s", one->result != RESULT_UNKNOWN && end[0] != '\0' ? ", " : "", end);
    if (one->stalled_ms > 0) {
        text_add(page->out, ", <em>stalled for ");
        text_add_duration(page->out, one->stalled_ms);
        text_add(page->out, "</em>");
    }
}

/* Adds the cells that most rows do not have; a row ends with the last one that is not empty. */
static void add_rest(struct page *page, const struct installation *one)
{
    bool restart = install_wants_restart(one->reboot);
    if (restart || one->started_by != 0 || one->turn != 0) {
        text_add(page->out, restart ? "<td><em>" : "<td>");
        if (restart) {
            text_add(page->out, install_reboot_name(one->reboot));
        }
        text_add(page->out, restart ? "</em>" : "");
    }
    if (one->started_by != 0 || one->turn != 0) {
        text_add(page->out, "<td>");
        add_text(page, one->started_by);
    }
    if (one->turn != 0) {
        text_add(page->out, "<td>");
        add_text(page, one->turn);
        if (one->waited_ms > 0) {
            text_add(page->out, ", waited ");
            text_add_duration(page->out, one->waited_ms);
        }
    }
}

static void add_installation(struct page *page, const struct installation *one)
{
    uint32_t product = summary_product(one);
    struct text name = {0};
    text_add(page->out, "<tr><td>");
    page_time(page, one->at_ms, 11, 19);
    text_add(page->out, "<td>");
    if (one->end == PERIOD_NONE || one->shared) {
        text_add(page->out, "\xE2\x80\x93"); /* a dash */
    } else {
        add_lasted(page, one->lasted_ms);
    }
    text_add(page->out, "<td class=");
    add_colour(page, product);
    text_add(page->out, product == 0 ? ">\xE2\x80\x93" : ">");
    show_installation_name(&name, &page->summary->installs, one);
    html_add_outside(page->out, name.data == NULL ? "" : name.data);
    page->out->failed = page->out->failed || name.failed;
    text_release(&name);
    text_add(page->out, "<td>");
    add_result(page, one);
    add_rest(page, one);
    text_add(page->out, "\n");
}

/* A busy period of zero length about which nothing is known has no row. */
static bool is_listed(const struct installation *one)
{
    return !one->untrusted && (one->lasted_ms > 0 || one->seq != one->of);
}

/* Adds the installations [begin, end), which are those of one day. *listed: for how many of them
 * there was room. */
static void add_day(struct page *page, size_t begin, size_t end, bool open, size_t *listed)
{
    const struct installation *items = page->summary->installs.items;
    uint64_t busy_ms = 0, failures = 0, others = 0;
    size_t count = 0;
    for (size_t i = begin; i < end; i++) {
        busy_ms += items[i].lasted_ms;
        count += is_listed(&items[i]);
        bool failed = installs_has_failed(&items[i]);
        failures += failed && !items[i].untrusted;
        others += !failed && !items[i].untrusted && installs_is_failure(&items[i]);
    }
    if (count == 0) {
        return;
    }
    text_addf(page->out, "<details%s><summary>", open ? " open" : "");
    page_time(page, items[begin].at_ms, 0, 10);
    text_addf(page->out, " <span>%zu installation%s, ", count, count == 1 ? "" : "s");
    add_lasted(page, busy_ms);
    text_add(page->out, "</span>");
    if (failures > 0) {
        text_addf(page->out, " <em>%" PRIu64 " failed</em>", failures);
    }
    if (others > 0) {
        text_addf(page->out, " <em>%" PRIu64 " refused or lost</em>", others);
    }
    text_add(page->out, "</summary>\n<table class=d><thead><tr><th data-d=");
    page_time(page, items[begin].at_ms, 0, 10);
    text_add(page->out, ">Began<th>Lasted<th>Installation<th>Result<th>Restart<th>Started by"
                        "<th>Turn of</thead><tbody>\n");
    for (size_t i = end; i-- > begin && page->out->size < PAGE_MOST - PAGE_REST;) {
        size_t before = page->out->size;
        if (!is_listed(&items[i])) {
            continue;
        }
        add_installation(page, &items[i]);
        if (page->out->size > PAGE_MOST - PAGE_REST) {
            page->out->size = before;
            page->out->data[before] = '\0';
            break;
        }
        ++*listed;
    }
    text_add(page->out, "</tbody></table></details>\n");
}

void page_installations(struct page *page)
{
    const struct installs *installs = &page->summary->installs;
    size_t listed = 0, end = installs->count, all = 0;
    for (size_t i = 0; i < end; i++) {
        all += is_listed(&installs->items[i]);
    }
    text_add(page->out, "<h2>Installations</h2>\n");
    if (all == 0) {
        text_add(page->out, "<p>There were no installations.</p>\n");
    }
    for (bool open = true; end > 0 && page->out->size < PAGE_MOST - PAGE_REST; open = false) {
        size_t begin = end - 1;
        int64_t day = day_of(page, installs->items[begin].at_ms);
        while (begin > 0 && day_of(page, installs->items[begin - 1].at_ms) == day) {
            begin--;
        }
        add_day(page, begin, end, open, &listed);
        end = begin;
    }
    if (listed < all) {
        text_addf(page->out,
                  "<p class=n>%zu earlier installations are counted above but not listed here, "
                  "because there are too many. <code>msiwatch history --installs --csv</code> "
                  "lists them all.</p>\n",
                  all - listed);
    }
}

/* ---- changes ---- */

void page_changes(struct page *page)
{
    static const char *const words[] = {"unknown", "idle", "busy", "not in the journal"};
    const struct summary *summary = page->summary;
    const struct stretches *stretches = &summary->stretches;
    size_t listed = 0;
    text_add(page->out, "<h2>Changes</h2>\n"
                        "<details><summary>Changes of state, newest first</summary>\n"
                        "<table class=q><thead><tr><th>At<th>State<th>For</thead><tbody>\n");
    for (size_t i = stretches->count; i-- > 0 && listed < CHANGES_LISTED;) {
        const struct stretch *stretch = &stretches->items[i];
        int64_t begin, end;
        if (stretches_within(stretches, i, summary->since_ms, summary->until_ms, &begin, &end)) {
            text_add(page->out, "<tr><td>");
            page_time(page, begin, 0, 19);
            text_addf(page->out, "<td>%s<td>", words[stretch->state]);
            text_add_duration(page->out, (uint64_t)(end - begin));
            text_add(page->out, "\n");
            listed++;
        }
    }
    text_add(page->out, "</tbody></table></details>\n");
}
