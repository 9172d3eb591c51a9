/* about.c: the method about: what the service says about itself. */
#include "api/api.h"
#include "api/methods.h"

#include "config/layers.h"
#include "decide/health.h"
#include "metrics/textfile.h"
#include "version.h"

#include <string.h>

static bool add_span(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct journal_info *info)
{
    return yyjson_mut_obj_add_uint(doc, object, "first_seq", info->first_seq) &&
           yyjson_mut_obj_add_uint(doc, object, "last_seq", info->last_seq);
}

static bool add_limits(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct rpc_limits *limits)
{
    return yyjson_mut_obj_add_uint(doc, object, "line", limits->line) &&
           yyjson_mut_obj_add_uint(doc, object, "reply_line", WIRE_REPLY_LINE) &&
           yyjson_mut_obj_add_uint(doc, object, "string", MSIWATCH_STRING_CHARS) &&
           yyjson_mut_obj_add_uint(doc, object, "batch", limits->batch) &&
           yyjson_mut_obj_add_uint(doc, object, "requests", limits->requests) &&
           yyjson_mut_obj_add_uint(doc, object, "subscriptions", limits->subscriptions) &&
           yyjson_mut_obj_add_uint(doc, object, "connections", limits->connections.total) &&
           yyjson_mut_obj_add_uint(doc, object, "connections_process",
                                   limits->connections.process) &&
           yyjson_mut_obj_add_uint(doc, object, "connections_user", limits->connections.user) &&
           yyjson_mut_obj_add_uint(doc, object, "first_request_ms", limits->first_request_ms) &&
           yyjson_mut_obj_add_uint(doc, object, "queued_bytes", limits->queued_bytes);
}

static bool add_sensors(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct observation *seen,
                        const struct install_log_state *install_log)
{
    for (int i = 0; i < SENSOR_COUNT; i++) {
        enum sensor_id sensor = (enum sensor_id)i;
        if (!yyjson_mut_obj_add_str(doc, object, sensor_name(sensor),
                                    health_name(sensor_health(sensor, seen)))) {
            return false;
        }
    }
    return yyjson_mut_obj_add_str(doc, object, "install_log", health_name(install_log->health));
}

/* Adds why a sensor cannot read, if more is known than its health. */
static bool add_sensor_problems(yyjson_mut_doc *doc, yyjson_mut_val *object,
                                const struct install_log_state *install_log)
{
    return object != NULL && (install_log->problem[0] == '\0' ||
                              yyjson_mut_obj_add_val(doc, object, "install_log",
                                                     wire_text(doc, install_log->problem)));
}

/* Adds why the journal is not durable, and what is in quarantine: file names without folders. */
static bool add_journal_health(yyjson_mut_doc *doc, yyjson_mut_val *object,
                               const struct journal_info *info)
{
    bool ok = info->problem[0] == '\0'
                  ? yyjson_mut_obj_add_null(doc, object, "problem")
                  : yyjson_mut_obj_add_val(doc, object, "problem", wire_text(doc, info->problem));
    yyjson_mut_val *names = yyjson_mut_obj_add_arr(doc, object, "set_aside");
    for (unsigned i = 0; ok && i < QUARANTINE_SHOWN && i < info->quarantined.count; i++) {
        ok = yyjson_mut_arr_append(names, wire_text(doc, info->quarantined.names[i]));
    }
    return ok && names != NULL;
}

/* Adds the registry values that were rejected, and why, but not the values themselves. */
static bool add_rejected(yyjson_mut_doc *doc, yyjson_mut_val *array, const struct api *api)
{
    const struct settings_rejected *rejected = api->config.rejected;
    const struct textfile_facts *textfile = api->config.textfile;
    bool ok = array != NULL;
    if (ok && textfile != NULL && textfile->problem[0] != '\0') {
        /* Without the reason, which would name folders. The log has it. */
        yyjson_mut_val *one = yyjson_mut_arr_add_obj(doc, array);
        ok = yyjson_mut_obj_add_str(doc, one, "name", "MetricsTextfile") &&
             yyjson_mut_obj_add_null(doc, one, "key") &&
             yyjson_mut_obj_add_str(doc, one, "why",
                                    "cannot be written; the service's log says why");
    }
    for (size_t i = 0; ok && rejected != NULL && i < rejected->count && i < REJECTED_MOST; i++) {
        yyjson_mut_val *one = yyjson_mut_arr_add_obj(doc, array);
        const char *name = rejected->list[i].name;
        ok = (name[0] == '\0' ? yyjson_mut_obj_add_null(doc, one, "name")
                              : yyjson_mut_obj_add_val(doc, one, "name", wire_text(doc, name))) &&
             yyjson_mut_obj_add_str(doc, one, "key", layer_key(rejected->list[i].layer)) &&
             yyjson_mut_obj_add_val(doc, one, "why", wire_text(doc, rejected->list[i].why));
    }
    return ok;
}

static bool add_pipe(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct api_process *process)
{
    return yyjson_mut_obj_add_bool(doc, object, "recovered",
                                   process != NULL && process->pipe_recovered);
}

static bool add_mitigations(yyjson_mut_doc *doc, yyjson_mut_val *object,
                            const struct api_process *process)
{
    for (size_t i = 0; process != NULL && i < process->mitigations.count; i++) {
        const struct mitigation_result *result = &process->mitigations.list[i];
        if (!yyjson_mut_obj_add_str(doc, object, result->name,
                                    mitigation_state_name(result->state))) {
            return false;
        }
    }
    return object != NULL;
}

static yyjson_mut_val *build(struct request *request, yyjson_mut_doc *doc)
{
    const struct api *api = api_of(request);
    const struct journal_info *info = journal_info(api->config.journal);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, root, "name", "msiwatch") &&
              yyjson_mut_obj_add_str(doc, root, "version", MSIWATCH_VERSION) &&
              yyjson_mut_obj_add_uint(doc, root, "protocol", 1) &&
              yyjson_mut_obj_add_uint(doc, root, "pid", (uint64_t)uv_os_getpid()) &&
              yyjson_mut_obj_add_val(doc, root, "started_at",
                                     wire_time(doc, api->config.started_ms));
    yyjson_mut_val *journal = yyjson_mut_obj_add_obj(doc, root, "journal");
    ok = ok && yyjson_mut_obj_add_str(doc, journal, "id", info->id) &&
         yyjson_mut_obj_add_bool(doc, journal, "durable", info->durable) &&
         add_span(doc, journal, info) && add_journal_health(doc, journal, info);
    ok = ok && add_limits(doc, yyjson_mut_obj_add_obj(doc, root, "limits"),
                          &api->config.server->config.limits);
    struct install_log_state log = api_install_log(api);
    ok = ok &&
         add_sensors(doc, yyjson_mut_obj_add_obj(doc, root, "sensors"), &api->status.seen, &log);
    ok = ok && add_sensor_problems(doc, yyjson_mut_obj_add_obj(doc, root, "sensor_problems"), &log);
    ok = ok && add_rejected(doc, yyjson_mut_obj_add_arr(doc, root, "settings_rejected"), api);
    ok = ok && add_pipe(doc, yyjson_mut_obj_add_obj(doc, root, "pipe"), api->config.process) &&
         add_mitigations(doc, yyjson_mut_obj_add_obj(doc, root, "mitigations"),
                         api->config.process);
    return ok ? root : NULL;
}

static void run(struct request *request, const struct params *params)
{
    (void)params;
    request_answer(request, build);
}

const struct rpc_method api_about = {.name = "about", .run = run};
