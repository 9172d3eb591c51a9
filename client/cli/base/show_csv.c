/* show_csv.c: events as CSV. */
#include "cli/base/show.h"

#include "common/model.h"

#include <inttypes.h>
#include <string.h>
#include <yyjson.h>

void show_csv_head(struct text *out)
{
    text_add(out, "seq,kind,at,from,to,reasons,after_ms,of,product,version,package,result,status,"
                  "reboot,action,product_code,trusted,source,client_pid\n");
}

#define CSV_NO_INSTALL ",,,,,,,,,,,,\n"

/* Adds a string, a number or a truth value; nothing for what is not known. */
static void add_csv_value(struct text *out, yyjson_val *value)
{
    text_add(out, ",");
    if (yyjson_is_str(value)) {
        text_add_csv(out, yyjson_get_str(value));
    } else if (yyjson_is_uint(value)) {
        text_addf(out, "%" PRIu64, yyjson_get_uint(value));
    } else if (yyjson_is_bool(value)) {
        text_add(out, yyjson_get_bool(value) ? "true" : "false");
    }
}

static void add_csv_install(struct text *out, const struct msiwatch_event *event, const char *json)
{
    static const char *const columns[] = {"product", "version", "package",   "result",
                                          "status",  "reboot",  "action",    "product_code",
                                          "trusted", "source",  "client_pid"};
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *install = yyjson_obj_get(yyjson_doc_get_root(doc), "install");
    text_add(out, ",");
    if (event->first != 0) {
        text_addf(out, "%" PRIu64, event->first);
    }
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        add_csv_value(out, yyjson_obj_get(install, columns[i]));
    }
    text_add(out, "\n");
    yyjson_doc_free(doc);
}

/* after_ms is how long it was stalled. */
static void add_csv_activity(struct text *out, const struct msiwatch_event *event, const char *at,
                             const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc);
    text_addf(out, "%" PRIu64 ",activity,%s,,,,%" PRIu64 ",", event->seq, at,
              yyjson_get_uint(yyjson_obj_get(root, "still_ms")));
    if (event->first != 0) {
        text_addf(out, "%" PRIu64, event->first);
    }
    text_addf(out, ",,,,%s,,,,,,,\n",
              yyjson_get_bool(yyjson_obj_get(root, "stalled")) ? "stalled" : "moving");
    yyjson_doc_free(doc);
}

void show_csv_now(struct text *out, const struct msiwatch_status *status)
{
    char at[MSIWATCH_TIME_CHARS + 1];
    time_format(status->sampled_at_ms, at);
    text_addf(out, "%" PRIu64 ",now,%s,,%s,", status->seq, at, show_state_name(status->state));
    show_reasons(out, status->reasons, "+");
    if (status->sampled_at_ms >= status->since_ms) {
        text_addf(out, ",%" PRIu64, (uint64_t)(status->sampled_at_ms - status->since_ms));
    } else {
        text_add(out, ",");
    }
    text_add(out, CSV_NO_INSTALL);
}

void show_csv_event(struct text *out, const struct msiwatch_event *event, const char *json)
{
    char at[MSIWATCH_TIME_CHARS + 1];
    if (event->kind == MSIWATCH_EVENT_GAP) {
        text_addf(out, ",gap,,%" PRIu64 ",%" PRIu64 ",," CSV_NO_INSTALL, event->first, event->seq);
        return;
    }
    if (event->kind == MSIWATCH_EVENT_RESET) {
        text_add(out, ",reset,,,");
        text_add_csv(out, event->journal);
        text_add(out, ",," CSV_NO_INSTALL);
        return;
    }
    time_format(event->at_ms, at);
    bool transition = event->kind == MSIWATCH_EVENT_TRANSITION;
    bool install = event->kind == MSIWATCH_EVENT_INSTALL;
    if (event->kind == MSIWATCH_EVENT_ACTIVITY) {
        add_csv_activity(out, event, at, json);
        return;
    }
    text_addf(out, "%" PRIu64 ",%s,%s,%s,%s,", event->seq,
              transition ? "transition"
              : install  ? "install"
                         : "other",
              at, transition ? show_state_name(event->from) : "",
              transition ? show_state_name(event->to) : "");
    show_reasons(out, event->reasons, "+");
    text_add(out, ",");
    if (event->after_known != 0) {
        text_addf(out, "%" PRIu64, event->after_ms);
    }
    if (install) {
        add_csv_install(out, event, json);
    } else {
        text_add(out, CSV_NO_INSTALL);
    }
}
