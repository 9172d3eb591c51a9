/* now.c: reads what a Status says besides the state. */
#include "cli/base/now.h"

#include "cli/base/show.h"
#include "common/model.h"
#include "common/utf8.h"

#include <string.h>
#include <yyjson.h>

static const char *text_of(yyjson_val *object, const char *name)
{
    return yyjson_get_str(yyjson_obj_get(object, name));
}

static int64_t time_of(yyjson_val *object, const char *name)
{
    const char *text = text_of(object, name);
    int64_t at_ms = 0;
    if (text != NULL) {
        time_parse(text, &at_ms);
    }
    return at_ms;
}

static void read_turns(struct now *now, yyjson_val *turns)
{
    yyjson_val *holder = yyjson_obj_get(turns, "holder"), *hold = yyjson_obj_get(turns, "hold");
    const char *image = text_of(holder, "image"), *label = text_of(holder, "label");
    utf8_copy(now->program, sizeof now->program, image == NULL ? NULL : show_base_name(image));
    utf8_copy(now->holder, sizeof now->holder, label == NULL ? now->program : label);
    now->holder_pid = (uint32_t)yyjson_get_uint(yyjson_obj_get(holder, "pid"));
    now->holder_since_ms = time_of(holder, "since");
    now->waiting = yyjson_get_uint(yyjson_obj_get(turns, "waiting"));
    now->held = yyjson_is_obj(hold);
    utf8_copy(now->held_until, sizeof now->held_until, text_of(hold, "until"));
    utf8_copy(now->held_why, sizeof now->held_why, text_of(hold, "why"));
}

void now_read(struct now *now, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc), *activity = yyjson_obj_get(root, "activity");
    memset(now, 0, sizeof *now);
    utf8_copy(now->reboot, sizeof now->reboot, text_of(root, "reboot"));
    utf8_copy(now->reboot_by, sizeof now->reboot_by, text_of(root, "reboot_by"));
    now->reboot_at_ms = time_of(root, "reboot_at");
    now->stalled = yyjson_is_true(yyjson_obj_get(activity, "stalled"));
    now->still_ms = yyjson_get_uint(yyjson_obj_get(activity, "still_ms"));
    read_turns(now, yyjson_obj_get(root, "turns"));
    yyjson_doc_free(doc);
}

void now_read_waiters(char names[NOW_WAITERS][MSIWATCH_NAME_SIZE], const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *list = yyjson_obj_get(yyjson_doc_get_root(doc), "waiting");
    for (unsigned i = 0; i < NOW_WAITERS; i++) {
        yyjson_val *one = yyjson_arr_get(list, i);
        const char *label = text_of(one, "label"), *image = text_of(one, "image");
        utf8_copy(names[i], MSIWATCH_NAME_SIZE,
                  label != NULL   ? label
                  : image != NULL ? show_base_name(image)
                  : one != NULL   ? "?"
                                  : "");
    }
    yyjson_doc_free(doc);
}

bool now_wants_restart(const struct now *now)
{
    return now->reboot[0] != '\0' && strcmp(now->reboot, "none") != 0;
}
