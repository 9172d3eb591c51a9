/* params.c: reads the parameters of a request. */
#include "rpc/params.h"

#include "common/model.h"

yyjson_val *params_get(const struct params *params, size_t n)
{
    yyjson_val *value = yyjson_is_arr(params->value)
                            ? yyjson_arr_get(params->value, n)
                            : yyjson_obj_get(params->value, params->names[n]);
    return yyjson_is_null(value) ? NULL : value;
}

bool params_fit(const struct params *params)
{
    size_t most = 0;
    while (params->names != NULL && params->names[most] != NULL) {
        most++;
    }
    return !yyjson_is_arr(params->value) || yyjson_arr_size(params->value) <= most;
}

bool params_number(const struct params *params, size_t n, uint64_t least, uint64_t most,
                   uint64_t *out)
{
    yyjson_val *value = params_get(params, n);
    if (value == NULL) {
        return true;
    }
    const char *text = yyjson_get_raw(value);
    if (text == NULL) {
        return false;
    }
    uint64_t number = 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(*text - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    if (number < least || number > most) {
        return false;
    }
    *out = number;
    return true;
}

bool params_time(const struct params *params, size_t n, int64_t *out)
{
    yyjson_val *value = params_get(params, n);
    return value == NULL || (yyjson_is_str(value) && time_parse(yyjson_get_str(value), out));
}

bool params_flag(const struct params *params, size_t n, bool *out)
{
    yyjson_val *value = params_get(params, n);
    if (yyjson_is_bool(value)) {
        *out = yyjson_get_bool(value);
    }
    return value == NULL || yyjson_is_bool(value);
}

bool params_word(const struct params *params, size_t n, const char *first, const char *other,
                 bool *second)
{
    yyjson_val *value = params_get(params, n);
    if (value == NULL) {
        return true;
    }
    *second = yyjson_equals_str(value, other);
    return *second || yyjson_equals_str(value, first);
}
