/* wire_activity.c: who began an installation and what it does <-> JSON. */
#include "common/wire_activity.h"

#include "common/utf8.h"
#include "common/wire_text.h"

static bool put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, yyjson_mut_val *value)
{
    return value != NULL && yyjson_mut_obj_add(object, yyjson_mut_str(doc, key), value);
}

static bool put_uint(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, uint64_t value)
{
    return put(doc, object, key, yyjson_mut_uint(doc, value));
}

static bool put_text(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *text)
{
    return put(doc, object, key, text[0] == '\0' ? yyjson_mut_null(doc) : wire_text(doc, text));
}

/* ---- who ---- */

yyjson_mut_val *wire_process(yyjson_mut_doc *doc, const struct chain_process *process)
{
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool ok = put_uint(doc, object, "pid", process->pid) &&
              put_text(doc, object, "image", process->image) &&
              put(doc, object, "session",
                  process->session_known ? yyjson_mut_uint(doc, process->session)
                                         : yyjson_mut_null(doc));
    return ok ? object : NULL;
}

static bool put_chain(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *starter_key,
                      const char *chain_key, const struct chain *chain,
                      const struct chain_process *starter)
{
    yyjson_mut_val *array = chain->count == 0 ? yyjson_mut_null(doc) : yyjson_mut_arr(doc);
    for (uint32_t i = 0; i < chain->count; i++) {
        if (!yyjson_mut_arr_append(array, wire_process(doc, &chain->processes[i]))) {
            return false;
        }
    }
    return put(doc, object, starter_key,
               starter == NULL ? yyjson_mut_null(doc) : wire_process(doc, starter)) &&
           put(doc, object, chain_key, array);
}

bool wire_put_chain(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct chain *chain)
{
    return put_chain(doc, object, "started_by", "chain", chain, chain_starter(chain, 0));
}

bool wire_put_owner_chain(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct chain *chain)
{
    return chain->count == 0 || put_chain(doc, object, "owner_started_by", "owner_chain", chain,
                                          chain_starter(chain, 1));
}

yyjson_mut_val *wire_in_use(yyjson_mut_doc *doc, const struct install *install)
{
    uint32_t pid = install->in_use_pid;
    if (install->in_use_by[0] == '\0' && pid == 0) {
        return yyjson_mut_null(doc);
    }
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool ok = put_text(doc, object, "process", install->in_use_by) &&
              put(doc, object, "pid", pid == 0 ? yyjson_mut_null(doc) : yyjson_mut_uint(doc, pid));
    return ok ? object : NULL;
}

/* ---- what it does ---- */

bool wire_put_activity(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct activity *activity)
{
    return put(doc, object, "stalled", yyjson_mut_bool(doc, activity->stalled)) &&
           put(doc, object, "last_at",
               activity->last_known ? wire_time(doc, activity->last_ms) : yyjson_mut_null(doc)) &&
           put_uint(doc, object, "still_ms", activity->still_ms) &&
           put_uint(doc, object, "processes", activity->processes);
}

yyjson_mut_val *wire_activity(yyjson_mut_doc *doc, const struct activity *activity)
{
    if (!activity->known) {
        return yyjson_mut_null(doc);
    }
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool ok = wire_put_activity(doc, object, activity) &&
              put_uint(doc, object, "cpu_ms", activity->cpu_ms) &&
              put_uint(doc, object, "io_bytes", activity->io_bytes);
    return ok ? object : NULL;
}

/* ---- reading ---- */

static bool read_u32(yyjson_val *object, const char *key, uint32_t *out)
{
    yyjson_val *value = yyjson_obj_get(object, key);
    bool known = yyjson_is_uint(value) && yyjson_get_uint(value) <= UINT32_MAX;
    *out = known ? (uint32_t)yyjson_get_uint(value) : 0;
    return known;
}

static uint64_t read_uint(yyjson_val *object, const char *key)
{
    return yyjson_get_uint(yyjson_obj_get(object, key));
}

bool wire_process_read(yyjson_val *object, struct chain_process *out)
{
    bool known = read_u32(object, "pid", &out->pid);
    if (known) {
        out->session_known = read_u32(object, "session", &out->session);
        utf8_copy(out->image, sizeof out->image, yyjson_get_str(yyjson_obj_get(object, "image")));
    }
    return known;
}

void wire_chain_read(yyjson_val *array, struct chain *out)
{
    size_t index, count;
    yyjson_val *one;
    yyjson_arr_foreach(array, index, count, one)
    {
        if (out->count == MSIWATCH_CHAIN || !wire_process_read(one, &out->processes[out->count])) {
            break;
        }
        out->count++;
    }
}

void wire_in_use_read(yyjson_val *object, struct install *out)
{
    utf8_copy(out->in_use_by, sizeof out->in_use_by,
              yyjson_get_str(yyjson_obj_get(object, "process")));
    read_u32(object, "pid", &out->in_use_pid);
}

void wire_activity_read(yyjson_val *object, struct activity *out)
{
    const char *last = yyjson_get_str(yyjson_obj_get(object, "last_at"));
    out->known = yyjson_is_obj(object);
    out->stalled = yyjson_get_bool(yyjson_obj_get(object, "stalled"));
    out->last_known = last != NULL && time_parse(last, &out->last_ms);
    out->still_ms = read_uint(object, "still_ms");
    out->cpu_ms = read_uint(object, "cpu_ms");
    out->io_bytes = read_uint(object, "io_bytes");
    read_u32(object, "processes", &out->processes);
}
