/* json_match.c: compares JSON with a pattern. */
#include "json_match.h"

#include "common/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

void json_quote(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            *text = '"';
        }
    }
}

static bool is_time(yyjson_val *value)
{
    int64_t ms;
    char again[MSIWATCH_TIME_CHARS + 1];
    const char *text = yyjson_get_str(value);
    if (text == NULL || !time_parse(text, &ms)) {
        return false;
    }
    time_format(ms, again);
    return strcmp(text, again) == 0;
}

static bool is_uint(yyjson_val *value)
{
    const char *text = yyjson_get_raw(value);
    return text != NULL && strspn(text, "0123456789") == strlen(text);
}

/* Version 4 and variant 1, as RFC 9562 writes them. */
static bool is_uuid(yyjson_val *value)
{
    static const char form[] = "xxxxxxxx-xxxx-4xxx-Vxxx-xxxxxxxxxxxx";
    const char *text = yyjson_get_str(value);
    if (text == NULL || strlen(text) != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; form[i] != '\0'; i++) {
        char allowed[] = {form[i], '\0'};
        const char *any_of = form[i] == 'x'   ? "0123456789abcdef"
                             : form[i] == 'V' ? "89ab"
                                              : allowed;
        if (strchr(any_of, text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* Whether `word` is a pattern's word for a kind of value; *fits: the value is of that kind. */
static bool is_kind(const char *word, yyjson_val *value, bool *fits)
{
    if (word == NULL || word[0] != '$') {
        return false;
    }
    *fits = strcmp(word, "$any") == 0    ? true
            : strcmp(word, "$time") == 0 ? is_time(value)
            : strcmp(word, "$uint") == 0 ? is_uint(value)
            : strcmp(word, "$uuid") == 0 ? is_uuid(value)
            : strcmp(word, "$text") == 0 ? yyjson_get_len(value) > 0
                                         : false;
    return true;
}

static bool matches(yyjson_val *pattern, yyjson_val *value);

/* NOLINTNEXTLINE(misc-no-recursion): as deep as a pattern is nested */
static bool object_matches(yyjson_val *pattern, yyjson_val *value)
{
    size_t index, count, named = 0;
    yyjson_val *key, *wanted;
    yyjson_obj_foreach(pattern, index, count, key, wanted)
    {
        if (yyjson_equals_str(key, "...")) {
            continue;
        }
        yyjson_val *got = yyjson_obj_getn(value, yyjson_get_str(key), yyjson_get_len(key));
        if (got == NULL || !matches(wanted, got)) {
            return false;
        }
        named++;
    }
    return named == yyjson_obj_size(value) || yyjson_obj_get(pattern, "...") != NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as a pattern is nested */
static bool array_matches(yyjson_val *pattern, yyjson_val *value)
{
    size_t index, count;
    yyjson_val *wanted;
    if (yyjson_arr_size(pattern) != yyjson_arr_size(value)) {
        return false;
    }
    yyjson_arr_foreach(pattern, index, count, wanted)
    {
        if (!matches(wanted, yyjson_arr_get(value, index))) {
            return false;
        }
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as a pattern is nested */
static bool matches(yyjson_val *pattern, yyjson_val *value)
{
    bool fits;
    if (is_kind(yyjson_get_str(pattern), value, &fits)) {
        return fits;
    }
    if (yyjson_get_type(pattern) != yyjson_get_type(value)) {
        return false;
    }
    return yyjson_is_obj(pattern)   ? object_matches(pattern, value)
           : yyjson_is_arr(pattern) ? array_matches(pattern, value)
                                    : yyjson_equals(pattern, value);
}

bool json_matches(const char *json, size_t size, const char *pattern)
{
    size_t pattern_size = strlen(pattern);
    char *text = malloc(pattern_size + 1);
    if (text == NULL) {
        return false;
    }
    memcpy(text, pattern, pattern_size + 1);
    json_quote(text);
    yyjson_doc *wanted = yyjson_read(text, pattern_size, YYJSON_READ_NUMBER_AS_RAW);
    yyjson_doc *got = yyjson_read(json, size, YYJSON_READ_NUMBER_AS_RAW);
    if (wanted == NULL) {
        fprintf(stderr, "not a pattern: %s\n", pattern);
    }
    bool fits = wanted != NULL && got != NULL &&
                matches(yyjson_doc_get_root(wanted), yyjson_doc_get_root(got));
    yyjson_doc_free(got);
    yyjson_doc_free(wanted);
    free(text);
    return fits;
}
