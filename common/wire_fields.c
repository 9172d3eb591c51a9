/* wire_fields.c: writes structs as JSON, and reads them, by tables. */
#include "common/wire_fields.h"

#include "common/model.h"
#include "common/utf8.h"
#include "common/wire_text.h"

#include <string.h>

/* Tables contain tables, so the functions call each other; they go as deep as the tables, which are
 * constants. NOLINTBEGIN(misc-no-recursion) */

/* ---- writing ---- */

static uint64_t uint_at(const struct wire_field *field, const void *at)
{
    return field->size == sizeof(uint32_t) ? *(const uint32_t *)at : *(const uint64_t *)at;
}

static const char *word_of(const struct wire_field *field, const void *at)
{
    return words_name(field->of, *(const unsigned *)at);
}

static bool is_known(const struct wire_field *field, const char *from, const void *at)
{
    if ((field->known != 0 && from[field->known - 1] == 0) ||
        (field->is_known != NULL && !field->is_known(from))) {
        return false;
    }
    switch (field->kind) {
    case WIRE_UINT:
        return field->when == WIRE_ALWAYS || uint_at(field, at) != 0;
    case WIRE_COUNT:
        return *(const int32_t *)at >= 0;
    case WIRE_TEXT:
        return *(const char *)at != '\0';
    case WIRE_WORD:
        return word_of(field, at) != NULL;
    case WIRE_TRUST:
        return *(const enum install_trust *)at != TRUST_UNKNOWN;
    case WIRE_CHAIN:
        return ((const struct chain *)at)->count > 0;
    case WIRE_STARTER:
        return chain_starter(at, field->first) != NULL;
    case WIRE_POINTED:
        return *(const void *const *)at != NULL;
    default:
        return true;
    }
}

static yyjson_mut_val *reasons_of(yyjson_mut_doc *doc, unsigned reasons)
{
    yyjson_mut_val *array = yyjson_mut_arr(doc);
    for (size_t i = 0; i < reason_table.count; i++) {
        if ((reasons & 1u << i) != 0 &&
            !yyjson_mut_arr_add_str(doc, array, reason_table.words[i])) {
            return NULL;
        }
    }
    return array;
}

static yyjson_mut_val *chain_of(yyjson_mut_doc *doc, const struct wire_field *fields,
                                const struct chain *chain)
{
    yyjson_mut_val *array = yyjson_mut_arr(doc);
    for (uint32_t i = 0; i < chain->count; i++) {
        if (!yyjson_mut_arr_append(array, wire_object(doc, fields, &chain->processes[i]))) {
            return NULL;
        }
    }
    return array;
}

static yyjson_mut_val *value_of(yyjson_mut_doc *doc, const struct wire_field *field, const void *at)
{
    switch (field->kind) {
    case WIRE_UINT:
        return yyjson_mut_uint(doc, uint_at(field, at));
    case WIRE_SINT:
        return yyjson_mut_sint(doc, *(const int64_t *)at);
    case WIRE_COUNT:
        return yyjson_mut_sint(doc, *(const int32_t *)at);
    case WIRE_BOOL:
        return yyjson_mut_bool(doc, *(const bool *)at);
    case WIRE_TEXT:
        return wire_text(doc, at);
    case WIRE_TIME:
        return wire_time(doc, *(const int64_t *)at);
    case WIRE_WORD:
        return yyjson_mut_str(doc, word_of(field, at));
    case WIRE_CLASS:
        return yyjson_mut_str(doc, *(const bool *)at ? "background" : "normal");
    case WIRE_TRUST:
        return yyjson_mut_bool(doc, *(const enum install_trust *)at == TRUST_YES);
    case WIRE_REASONS:
        return reasons_of(doc, *(const unsigned *)at);
    case WIRE_CHAIN:
        return chain_of(doc, field->of, at);
    case WIRE_STARTER:
        return wire_object(doc, field->of, chain_starter(at, field->first));
    case WIRE_OBJECT:
        return wire_object(doc, field->of, at);
    case WIRE_POINTED:
        return wire_object(doc, field->of, *(const void *const *)at);
    default: /* WIRE_SOURCE */
        return yyjson_mut_str(doc, field->of);
    }
}

bool wire_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct wire_field *fields,
              const void *from)
{
    for (const struct wire_field *field = fields; field->name != NULL; field++) {
        const void *at = (const char *)from + field->at;
        bool known = is_known(field, from, at);
        if (field->kind == WIRE_INLINE) {
            if (known && !wire_put(doc, object, field->of, at)) {
                return false;
            }
            continue;
        }
        if (!known && field->when == WIRE_OR_ABSENT) {
            continue;
        }
        yyjson_mut_val *value = known ? value_of(doc, field, at) : yyjson_mut_null(doc);
        if (value == NULL || !yyjson_mut_obj_add(object, yyjson_mut_str(doc, field->name), value)) {
            return false;
        }
    }
    return true;
}

yyjson_mut_val *wire_object(yyjson_mut_doc *doc, const struct wire_field *fields, const void *from)
{
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    return wire_put(doc, object, fields, from) ? object : NULL;
}

/* ---- reading ---- */

static bool get_uint(yyjson_val *value, const struct wire_field *field, void *at)
{
    bool narrow = field->size == sizeof(uint32_t);
    bool known = yyjson_is_uint(value) && (!narrow || yyjson_get_uint(value) <= UINT32_MAX);
    if (known && narrow) {
        *(uint32_t *)at = (uint32_t)yyjson_get_uint(value);
    } else if (known) {
        *(uint64_t *)at = yyjson_get_uint(value);
    }
    return known;
}

static bool get_count(yyjson_val *value, int32_t *out)
{
    bool known = yyjson_is_uint(value) && yyjson_get_uint(value) <= INT32_MAX;
    *out = known ? (int32_t)yyjson_get_uint(value) : -1;
    return known;
}

static bool get_time(yyjson_val *value, int64_t *out)
{
    const char *text = yyjson_get_str(value);
    return text != NULL && time_parse(text, out);
}

static bool get_word(yyjson_val *value, const struct wire_field *field, unsigned *out)
{
    const char *word = yyjson_get_str(value);
    int known = word == NULL ? -1 : words_parse(field->of, word);
    *out = known < 0 ? field->first : (unsigned)known;
    return known >= 0;
}

static bool get_trust(yyjson_val *value, enum install_trust *out)
{
    *out = !yyjson_is_bool(value) ? TRUST_UNKNOWN : yyjson_get_bool(value) ? TRUST_YES : TRUST_NO;
    return yyjson_is_bool(value);
}

static bool get_reasons(yyjson_val *array, unsigned *out)
{
    size_t index, count;
    yyjson_val *word;
    yyjson_arr_foreach(array, index, count, word)
    {
        const char *text = yyjson_get_str(word);
        int bit = text == NULL ? -1 : words_parse(&reason_table, text);
        *out |= bit < 0 ? 0 : 1u << bit;
    }
    return yyjson_is_arr(array);
}

static bool get_chain(yyjson_val *array, const struct wire_field *field, struct chain *out)
{
    size_t index, count;
    yyjson_val *one;
    yyjson_arr_foreach(array, index, count, one)
    {
        if (out->count == MSIWATCH_CHAIN ||
            !wire_get(one, field->of, &out->processes[out->count])) {
            break;
        }
        out->count++;
    }
    return yyjson_is_arr(array);
}

static bool get_value(yyjson_val *value, const struct wire_field *field, void *at)
{
    switch (field->kind) {
    case WIRE_UINT:
        return get_uint(value, field, at);
    case WIRE_SINT:
        *(int64_t *)at = yyjson_get_sint(value);
        return yyjson_is_int(value);
    case WIRE_COUNT:
        return get_count(value, at);
    case WIRE_BOOL:
        *(bool *)at = yyjson_get_bool(value);
        return yyjson_is_bool(value);
    case WIRE_TEXT:
        utf8_copy(at, field->size, yyjson_get_str(value));
        return yyjson_is_str(value);
    case WIRE_TIME:
        return get_time(value, at);
    case WIRE_WORD:
        return get_word(value, field, at);
    case WIRE_CLASS:
        *(bool *)at = yyjson_equals_str(value, "background");
        return yyjson_is_str(value);
    case WIRE_TRUST:
        return get_trust(value, at);
    case WIRE_REASONS:
        return get_reasons(value, at);
    case WIRE_CHAIN:
        return get_chain(value, field, at);
    case WIRE_OBJECT:
        return wire_get(value, field->of, at) && yyjson_is_obj(value);
    default:
        return true;
    }
}

bool wire_get(yyjson_val *object, const struct wire_field *fields, void *to)
{
    bool whole = true;
    for (const struct wire_field *field = fields; field->name != NULL; field++) {
        void *at = (char *)to + field->at;
        bool inside = field->kind == WIRE_INLINE;
        bool known = inside ? wire_get(object, field->of, at)
                            : get_value(yyjson_obj_get(object, field->name), field, at);
        if (field->known != 0 && field->kind != WIRE_BOOL) {
            *((bool *)to + field->known - 1) = known;
        }
        whole = whole && (known || !(inside || field->required));
    }
    return whole;
}

/* NOLINTEND(misc-no-recursion) */
