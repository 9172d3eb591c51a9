/* wire_turn.c: turns <-> JSON. */
#include "common/wire_turn.h"

#include "common/utf8.h"
#include "common/wire_text.h"

#include <string.h>

static bool put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, yyjson_mut_val *value)
{
    return value != NULL && yyjson_mut_obj_add(object, yyjson_mut_str(doc, key), value);
}

static yyjson_mut_val *text_or_null(yyjson_mut_doc *doc, const char *text)
{
    return text[0] == '\0' ? yyjson_mut_null(doc) : wire_text(doc, text);
}

static bool put_turn(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct turn_info *turn)
{
    return put(doc, object, "turn", yyjson_mut_uint(doc, turn->number)) &&
           put(doc, object, "label", text_or_null(doc, turn->label)) &&
           put(doc, object, "pid",
               turn->pid == 0 ? yyjson_mut_null(doc) : yyjson_mut_uint(doc, turn->pid)) &&
           put(doc, object, "image", text_or_null(doc, turn->image)) &&
           put(doc, object, "class",
               yyjson_mut_str(doc, turn->background ? "background" : "normal")) &&
           put(doc, object, "since", wire_time(doc, turn->since_ms));
}

yyjson_mut_val *wire_turn(yyjson_mut_doc *doc, const struct turn_info *turn)
{
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    return put_turn(doc, object, turn) ? object : NULL;
}

yyjson_mut_val *wire_hold(yyjson_mut_doc *doc, const struct turns_brief *turns)
{
    if (!turns->held) {
        return yyjson_mut_null(doc);
    }
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool ok = put(doc, object, "until",
                  turns->held_until_known ? wire_time(doc, turns->held_until_ms)
                                          : yyjson_mut_null(doc)) &&
              put(doc, object, "why", text_or_null(doc, turns->held_why));
    return ok ? object : NULL;
}

yyjson_mut_val *wire_turns(yyjson_mut_doc *doc, const struct turns_brief *turns)
{
    if (!turns->out && turns->waiting == 0 && !turns->held) {
        return yyjson_mut_null(doc);
    }
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    bool ok = put(doc, object, "holder",
                  turns->out ? wire_turn(doc, &turns->holder) : yyjson_mut_null(doc)) &&
              put(doc, object, "waiting", yyjson_mut_uint(doc, turns->waiting)) &&
              put(doc, object, "hold", wire_hold(doc, turns));
    return ok ? object : NULL;
}

yyjson_mut_val *wire_turn_record(yyjson_mut_doc *doc, const struct turn_record *record)
{
    yyjson_mut_val *object = wire_turn(doc, &record->turn);
    bool ok = put(doc, object, "waited_ms", yyjson_mut_uint(doc, record->waited_ms)) &&
              put(doc, object, "held_ms", yyjson_mut_uint(doc, record->held_ms)) &&
              put(doc, object, "ended", yyjson_mut_str(doc, turn_end_name(record->end))) &&
              put(doc, object, "exit_code",
                  record->exit_known ? yyjson_mut_sint(doc, record->exit_code)
                                     : yyjson_mut_null(doc)) &&
              put(doc, object, "collisions", yyjson_mut_uint(doc, record->collisions)) &&
              put(doc, object, "blind", yyjson_mut_bool(doc, record->blind));
    return ok ? object : NULL;
}

/* ---- reading ---- */

static void read_text(yyjson_val *object, const char *key, char *out, size_t size)
{
    utf8_copy(out, size, yyjson_get_str(yyjson_obj_get(object, key)));
}

static bool read_time(yyjson_val *object, const char *key, int64_t *out)
{
    const char *text = yyjson_get_str(yyjson_obj_get(object, key));
    return text != NULL && time_parse(text, out);
}

static uint32_t read_u32(yyjson_val *object, const char *key)
{
    uint64_t value = yyjson_get_uint(yyjson_obj_get(object, key));
    return value <= UINT32_MAX ? (uint32_t)value : 0;
}

static bool read_turn(yyjson_val *value, struct turn_info *out)
{
    memset(out, 0, sizeof *out);
    if (!yyjson_is_obj(value)) {
        return false;
    }
    out->number = yyjson_get_uint(yyjson_obj_get(value, "turn"));
    read_text(value, "label", out->label, sizeof out->label);
    read_text(value, "image", out->image, sizeof out->image);
    out->pid = read_u32(value, "pid");
    out->background = yyjson_equals_str(yyjson_obj_get(value, "class"), "background");
    read_time(value, "since", &out->since_ms);
    return true;
}

void wire_turns_read(yyjson_val *value, struct turns_brief *out)
{
    yyjson_val *hold = yyjson_obj_get(value, "hold");
    memset(out, 0, sizeof *out);
    out->out = read_turn(yyjson_obj_get(value, "holder"), &out->holder);
    out->waiting = read_u32(value, "waiting");
    out->held = yyjson_is_obj(hold);
    out->held_until_known = read_time(hold, "until", &out->held_until_ms);
    read_text(hold, "why", out->held_why, sizeof out->held_why);
}

void wire_turn_record_read(yyjson_val *value, struct turn_record *out)
{
    yyjson_val *exit_code = yyjson_obj_get(value, "exit_code");
    memset(out, 0, sizeof *out);
    read_turn(value, &out->turn);
    out->waited_ms = yyjson_get_uint(yyjson_obj_get(value, "waited_ms"));
    out->held_ms = yyjson_get_uint(yyjson_obj_get(value, "held_ms"));
    const char *end = yyjson_get_str(yyjson_obj_get(value, "ended"));
    int known = end == NULL ? -1 : turn_end_parse(end);
    out->end = known < 0 ? TURN_END_DISCONNECTED : (enum turn_end)known;
    out->exit_known = yyjson_is_int(exit_code);
    out->exit_code = yyjson_get_sint(exit_code);
    out->collisions = read_u32(value, "collisions");
    out->blind = yyjson_get_bool(yyjson_obj_get(value, "blind"));
}
