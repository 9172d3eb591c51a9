/* now.c: reads what a Status says besides the state. */
#include "cli/base/now.h"

#include "cli/base/show.h"
#include "common/utf8.h"
#include "common/wire_fields.h"

#include <string.h>
#include <yyjson.h>

static const struct wire_field holder_fields[] = {
    {"label", WIRE_TEXT, WIRE_AT(now, holder)},
    {"image", WIRE_TEXT, WIRE_AT(now, program)},
    {"pid", WIRE_UINT, WIRE_AT(now, holder_pid)},
    {"since", WIRE_TIME, WIRE_AT(now, holder_since_ms)},
    {0}};

static const struct wire_field hold_fields[] = {{"until", WIRE_TEXT, WIRE_AT(now, held_until)},
                                                {"why", WIRE_TEXT, WIRE_AT(now, held_why)},
                                                {0}};

static const struct wire_field turns_fields[] = {
    {"holder", WIRE_OBJECT, .of = holder_fields},
    {"waiting", WIRE_UINT, WIRE_AT(now, waiting)},
    {"hold", WIRE_OBJECT, .of = hold_fields, WIRE_KNOWN(now, held)},
    {0}};

static const struct wire_field activity_fields[] = {{"stalled", WIRE_BOOL, WIRE_AT(now, stalled)},
                                                    {"still_ms", WIRE_UINT, WIRE_AT(now, still_ms)},
                                                    {0}};

static const struct wire_field now_fields[] = {{"reboot", WIRE_TEXT, WIRE_AT(now, reboot)},
                                               {"reboot_by", WIRE_TEXT, WIRE_AT(now, reboot_by)},
                                               {"reboot_at", WIRE_TIME, WIRE_AT(now, reboot_at_ms)},
                                               {"activity", WIRE_OBJECT, .of = activity_fields},
                                               {"turns", WIRE_OBJECT, .of = turns_fields},
                                               {0}};

/* Who has no label is called by the program. */
static void read_now(struct now *now, yyjson_val *value, const struct wire_field *fields)
{
    memset(now, 0, sizeof *now);
    wire_get(value, fields, now);
    show_keep_base_name(now->program);
    if (now->holder[0] == '\0') {
        utf8_copy(now->holder, sizeof now->holder, now->program);
    }
}

void now_read(struct now *now, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    read_now(now, yyjson_doc_get_root(doc), now_fields);
    yyjson_doc_free(doc);
}

void now_read_waiters(char names[NOW_WAITERS][MSIWATCH_NAME_SIZE], const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *list = yyjson_obj_get(yyjson_doc_get_root(doc), "waiting");
    for (unsigned i = 0; i < NOW_WAITERS; i++) {
        yyjson_val *one = yyjson_arr_get(list, i);
        struct now waits;
        read_now(&waits, one, holder_fields);
        bool named = one == NULL || waits.holder[0] != '\0';
        utf8_copy(names[i], MSIWATCH_NAME_SIZE, named ? waits.holder : "?");
    }
    yyjson_doc_free(doc);
}

bool now_wants_restart(const struct now *now)
{
    return now->reboot[0] != '\0' && strcmp(now->reboot, "none") != 0;
}
