/* show_installs.c: shows installations to people, as CSV and as JSON. */
#include "cli/base/show_installs.h"

#include "common/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

/* ---- for people ---- */

void show_installation_name(struct text *out, const struct installs *installs,
                            const struct installation *one)
{
    text_add_outside(out, installs_text(installs, one->product != 0 ? one->product : one->package));
    if (one->product != 0 && one->version != 0) {
        text_add(out, " ");
        text_add_outside(out, installs_text(installs, one->version));
    }
    if (one->further > 0) {
        text_addf(out, " and %" PRIu64 " more", one->further);
    }
}

void show_installation_result(struct text *out, const struct installation *one)
{
    text_add(out, one->result == RESULT_FAILURE            ? "failed"
                  : one->result == RESULT_COLLISION        ? "refused"
                  : one->result != RESULT_UNKNOWN          ? install_result_name(one->result)
                  : one->end == PERIOD_OPEN && !one->ended ? "running"
                                                           : "-");
    if (one->status_known && one->status != 0) {
        text_addf(out, " %" PRIu64, one->status);
    }
}

void show_installs_head(struct text *out)
{
    text_add(out, "Started                         Lasted  Action   Result         What\n");
}

/* Adds what does not fit into the columns. */
static void add_rest(struct text *out, const struct installs *installs,
                     const struct installation *one)
{
    if (one->stalled_ms > 0) {
        text_add(out, ", stalled for ");
        text_add_duration(out, one->stalled_ms);
    }
    if (install_wants_restart(one->reboot)) {
        text_addf(out, ", restart %s", install_reboot_name(one->reboot));
    }
    if (one->started_by != 0) {
        text_add(out, ", started by ");
        text_add_outside(out, installs_text(installs, one->started_by));
    } else if (one->client_pid != 0) {
        text_addf(out, ", started by pid %" PRIu32, one->client_pid);
    }
    if (one->turn != 0) {
        text_add(out, ", turn of ");
        text_add_outside(out, installs_text(installs, one->turn));
    }
    if (one->waited_ms > 0) {
        text_add(out, ", waited ");
        text_add_duration(out, one->waited_ms);
    }
    text_add(out, one->untrusted ? ", not trusted" : "");
}

void show_installation(struct text *out, const struct installs *installs,
                       const struct installation *one, when_offset *offset)
{
    struct text lasted = {0};
    size_t start = out->size;
    text_add_time(out, one->at_ms, offset, false);
    if (one->end != PERIOD_NONE && !one->shared) {
        text_add_duration(&lasted, one->lasted_ms);
    } else {
        text_add(&lasted, "-");
    }
    text_pad(out, start, lasted.size < 38 ? 38 - lasted.size : 0);
    text_add(out, lasted.data == NULL ? "" : lasted.data);
    text_addf(out, "  %s", one->action == ACTION_UNKNOWN ? "" : install_action_name(one->action));
    text_pad(out, start, 49);
    show_installation_result(out, one);
    text_pad(out, start, 63);
    text_add(out, " ");
    size_t name = out->size;
    show_installation_name(out, installs, one);
    if (out->size == name) {
        text_add(out, "-");
    }
    add_rest(out, installs, one);
    text_add(out, "\n");
    out->failed = out->failed || lasted.failed;
    text_release(&lasted);
}

/* ---- for machines ---- */

struct value {
    const char *name;
    const char *text; /* NULL: the value is a number */
    uint64_t number;
    bool known;
};

enum { VALUES = 19 };

static struct value number(const char *name, uint64_t value, bool known)
{
    return (struct value){.name = name, .number = value, .known = known};
}

static struct value text(const char *name, const struct installs *installs, uint32_t place)
{
    return (struct value){
        .name = name, .text = installs_text(installs, place), .known = place != 0};
}

static struct value word(const char *name, const char *known)
{
    return (struct value){.name = name, .text = known, .known = known != NULL};
}

/* The values of the columns, in their order. `at` holds the text of the time. */
static void values_of(const struct installs *installs, const struct installation *one,
                      char at[MSIWATCH_TIME_CHARS + 1], struct value values[VALUES])
{
    const char *trusted = one->untrusted ? "false" : "";
    bool lasted = one->end != PERIOD_NONE && !one->shared;
    time_format(one->at_ms, at);
    const struct value all[VALUES] = {
        number("seq", one->seq, true),
        {.name = "started_at", .text = at, .known = true},
        number("lasted_ms", one->lasted_ms, lasted),
        text("product", installs, one->product),
        text("version", installs, one->version),
        text("package", installs, one->package),
        word("action", install_action_name(one->action)),
        word("result", install_result_name(one->result)),
        number("code", one->status, one->status_known),
        word("restart", install_reboot_name(one->reboot)),
        text("started_by", installs, one->started_by),
        number("client_pid", one->client_pid, one->client_pid != 0),
        text("turn", installs, one->turn),
        number("waited_ms", one->waited_ms, one->turn != 0),
        number("stalled_ms", one->stalled_ms, one->stalled_ms != 0),
        number("of", one->of, one->of != 0),
        number("further", one->further, true),
        text("product_code", installs, one->product_code),
        {.name = "trusted", .text = trusted, .known = one->untrusted},
    };
    memcpy(values, all, sizeof all);
}

void show_installs_csv_head(struct text *out)
{
    static const struct installs none;
    static const struct installation nothing;
    struct value values[VALUES];
    char at[MSIWATCH_TIME_CHARS + 1];
    values_of(&none, &nothing, at, values);
    for (size_t i = 0; i < VALUES; i++) {
        text_addf(out, "%s%s", i == 0 ? "" : ",", values[i].name);
    }
    text_add(out, "\n");
}

void show_installation_csv(struct text *out, const struct installs *installs,
                           const struct installation *one)
{
    struct value values[VALUES];
    char at[MSIWATCH_TIME_CHARS + 1];
    values_of(installs, one, at, values);
    for (size_t i = 0; i < VALUES; i++) {
        const struct value *value = &values[i];
        text_add(out, i == 0 ? "" : ",");
        if (value->known && value->text != NULL) {
            text_add_csv(out, value->text);
        } else if (value->known) {
            text_addf(out, "%" PRIu64, value->number);
        }
    }
    text_add(out, "\n");
}

void show_installation_json(struct text *out, const struct installs *installs,
                            const struct installation *one)
{
    struct value values[VALUES];
    char at[MSIWATCH_TIME_CHARS + 1];
    values_of(installs, one, at, values);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool built = true;
    for (size_t i = 0; i < VALUES; i++) {
        const struct value *value = &values[i];
        bool flag = strcmp(value->name, "trusted") == 0;
        built = built &&
                (!value->known || flag ? flag && value->known
                                             ? yyjson_mut_obj_add_false(doc, root, value->name)
                                             : yyjson_mut_obj_add_null(doc, root, value->name)
                 : value->text != NULL
                     ? yyjson_mut_obj_add_str(doc, root, value->name, value->text)
                     : yyjson_mut_obj_add_uint(doc, root, value->name, value->number));
    }
    yyjson_mut_doc_set_root(doc, root);
    char *json = built ? yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, NULL) : NULL;
    out->failed = out->failed || json == NULL;
    text_add_json(out, json == NULL ? "" : json);
    text_add(out, "\n");
    free(json);
    yyjson_mut_doc_free(doc);
}
