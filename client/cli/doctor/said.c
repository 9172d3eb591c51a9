/* said.c: reads the service's answers for the doctor's findings. */
#include "cli/doctor/findings.h"

#include "common/utf8.h"

#include <string.h>
#include <yyjson.h>

static const char *text_of(yyjson_val *object, const char *name)
{
    return yyjson_get_str(yyjson_obj_get(object, name));
}

static void add_sensors(struct said *said, yyjson_val *root)
{
    yyjson_val *name, *problems = yyjson_obj_get(root, "sensor_problems");
    yyjson_obj_iter iter = yyjson_obj_iter_with(yyjson_obj_get(root, "sensors"));
    while ((name = yyjson_obj_iter_next(&iter)) != NULL) {
        const char *health = yyjson_get_str(yyjson_obj_iter_get_val(name));
        if (health != NULL && strcmp(health, "ok") != 0 && said->sensors_out++ == 0) {
            const char *why = text_of(problems, yyjson_get_str(name));
            utf8_copy(said->sensor, sizeof said->sensor, yyjson_get_str(name));
            utf8_copy(said->sensor_problem, sizeof said->sensor_problem,
                      why == NULL ? health : why);
        }
    }
}

static void add_rejected(struct said *said, yyjson_val *list)
{
    struct text text = {0};
    yyjson_val *first = yyjson_arr_get_first(list);
    const char *name = text_of(first, "name"), *key = text_of(first, "key"),
               *why = text_of(first, "why");
    said->rejected = yyjson_arr_size(list);
    text_add(&text, name == NULL ? "the whole key" : name);
    text_addf(&text, "%s%s", key == NULL ? "" : " in ", key == NULL ? "" : key);
    text_addf(&text, "%s%s", why == NULL ? "" : ": ", why == NULL ? "" : why);
    utf8_copy(said->setting, sizeof said->setting, text.data);
    text_release(&text);
}

void said_about(struct said *said, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc), *journal = yyjson_obj_get(root, "journal");
    yyjson_val *aside = yyjson_obj_get(journal, "set_aside");
    utf8_copy(said->version, sizeof said->version, text_of(root, "version"));
    said->in_memory = yyjson_is_false(yyjson_obj_get(journal, "durable"));
    utf8_copy(said->journal_problem, sizeof said->journal_problem, text_of(journal, "problem"));
    said->quarantined = yyjson_arr_size(aside);
    utf8_copy(said->quarantine, sizeof said->quarantine,
              yyjson_get_str(yyjson_arr_get_first(aside)));
    add_sensors(said, root);
    add_rejected(said, yyjson_obj_get(root, "settings_rejected"));
    yyjson_doc_free(doc);
}

bool said_other_truth(const struct said *said, enum mutex_state before, enum mutex_state after)
{
    return before == after && !mutex_unreadable(before) &&
           !mutex_unreadable(said->now.seen.mutex.state) &&
           (before == MUTEX_HELD) != (said->now.seen.mutex.state == MUTEX_HELD);
}

void said_metrics(struct said *said, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc);
    said->wedged = yyjson_get_uint(yyjson_obj_get(root, "turns_wedged_total"));
    said->malformed = yyjson_get_uint(yyjson_obj_get(root, "install_records_malformed_total"));
    yyjson_doc_free(doc);
}
