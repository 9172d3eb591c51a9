/* json.c: makes pieces of the protocol's JSON that the library does not return in that form. */
#include "cli/base/json.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

static void add_line(struct text *out, char *json)
{
    if (json == NULL) {
        out->failed = true;
        return;
    }
    text_add_json(out, json);
    text_add(out, "\n");
    free(json);
}

void json_add_member(struct text *out, const char *object, const char *name)
{
    yyjson_doc *doc = yyjson_read(object, strlen(object), YYJSON_READ_NOFLAG);
    yyjson_val *member = yyjson_obj_get(yyjson_doc_get_root(doc), name);
    add_line(out, yyjson_val_write(member, YYJSON_WRITE_NOFLAG, NULL));
    yyjson_doc_free(doc);
}

void json_add_string(struct text *out, const char *string)
{
    yyjson_doc *doc = yyjson_read(string, strlen(string), YYJSON_READ_NOFLAG);
    const char *at = yyjson_get_str(yyjson_doc_get_root(doc));
    char *copy = at == NULL ? NULL : strdup(at);
    out->failed = out->failed || copy == NULL;
    for (char *line = copy; line != NULL && *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        text_add_outside(out, line);
        text_add(out, "\n");
        line = end == NULL ? NULL : end + 1;
    }
    free(copy);
    yyjson_doc_free(doc);
}

void json_add_announcement(struct text *out, const struct msiwatch_event *event,
                           uint64_t subscription)
{
    bool gap = event->kind == MSIWATCH_EVENT_GAP;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc), *params = yyjson_mut_obj(doc);
    bool built = yyjson_mut_obj_add_uint(doc, params, "subscription", subscription);
    if (gap) {
        built = built && yyjson_mut_obj_add_uint(doc, params, "from", event->first) &&
                yyjson_mut_obj_add_uint(doc, params, "to", event->seq);
    } else {
        built = built && yyjson_mut_obj_add_str(doc, params, "journal", event->journal) &&
                (event->seq == MSIWATCH_SEQ_LAST
                     ? yyjson_mut_obj_add_null(doc, params, "after")
                     : yyjson_mut_obj_add_uint(doc, params, "after", event->seq));
    }
    built = built && yyjson_mut_obj_add_str(doc, root, "jsonrpc", "2.0") &&
            yyjson_mut_obj_add_str(doc, root, "method", gap ? "gap" : "reset") &&
            yyjson_mut_obj_add_val(doc, root, "params", params);
    add_line(out, built ? yyjson_mut_val_write(root, YYJSON_WRITE_NOFLAG, NULL) : NULL);
    yyjson_mut_doc_free(doc);
}

void json_add_problem(struct text *out, uint32_t code, const char *words)
{
    struct text safe = {0};
    text_add_outside(&safe, words);
    const char *message = safe.data == NULL ? "" : safe.data;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    if (code == 0) {
        yyjson_mut_obj_add_str(doc, root, "notice", message);
    } else {
        yyjson_mut_val *error = yyjson_mut_obj_add_obj(doc, root, "error");
        yyjson_mut_obj_add_uint(doc, error, "code", code);
        yyjson_mut_obj_add_str(doc, error, "message", message);
    }
    add_line(out, yyjson_mut_val_write(root, YYJSON_WRITE_NOFLAG, NULL));
    yyjson_mut_doc_free(doc);
    text_release(&safe);
}

void json_add_refusal(struct text *out, const char *error)
{
    yyjson_doc *doc = yyjson_read(error, strlen(error), YYJSON_READ_NOFLAG);
    yyjson_val *data = yyjson_obj_get(yyjson_doc_get_root(doc), "data");
    const char *param = yyjson_get_str(yyjson_obj_get(data, "param"));
    const char *takes = yyjson_get_str(yyjson_obj_get(data, "takes"));
    if (param != NULL && takes != NULL) {
        text_addf(out, ": %s takes %s", param, takes);
    }
    yyjson_doc_free(doc);
}
