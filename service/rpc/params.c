/* params.c: reads the parameters of a request. */
#include "rpc/params.h"

#include "common/model.h"

#include <errno.h>
#include <stdlib.h>

bool params_fit(const struct params *params)
{
    size_t most = 0;
    while (params->all != NULL && params->all[most].name != NULL) {
        most++;
    }
    return !yyjson_is_arr(params->value) || yyjson_arr_size(params->value) <= most;
}

static bool read_number(const struct param *param, const char *text, uint64_t *out)
{
    char *end;
    if (text == NULL || *text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    *out = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0 && *out >= param->least && *out <= param->most;
}

static bool read_one(const struct param *param, yyjson_val *value, void *at)
{
    switch (param->kind) {
    case PARAM_NUMBER:
        return read_number(param, yyjson_get_raw(value), at);
    case PARAM_TIME:
        return yyjson_is_str(value) && time_parse(yyjson_get_str(value), at);
    case PARAM_FLAG:
        *(bool *)at = yyjson_get_bool(value);
        return yyjson_is_bool(value);
    case PARAM_WORD:
        *(bool *)at = yyjson_equals_str(value, param->other);
        return *(bool *)at || yyjson_equals_str(value, param->first);
    case PARAM_TEXT:
        *(yyjson_val **)at = value;
        return yyjson_is_str(value);
    default:
        return true;
    }
}

const struct param *params_read(const struct params *params, void *to)
{
    for (const struct param *param = params->all; param->name != NULL; param++) {
        yyjson_val *value = yyjson_is_arr(params->value)
                                ? yyjson_arr_get(params->value, (size_t)(param - params->all))
                                : yyjson_obj_get(params->value, param->name);
        if (value != NULL && !yyjson_is_null(value) &&
            !read_one(param, value, (char *)to + param->at)) {
            return param;
        }
    }
    return NULL;
}
