/* now.c: reads what the service says about the present. */
#include "cli/base/now.h"

#include "common/utf8.h"

#include <string.h>

void now_read(struct status *now, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    wire_status_read(yyjson_doc_get_root(doc), now);
    yyjson_doc_free(doc);
}

const char *now_turn_name(const struct turn_info *turn)
{
    return turn->label[0] != '\0' ? turn->label : file_name(turn->image);
}

const char *now_held_until(const struct turns_brief *turns, char at[MSIWATCH_TIME_CHARS + 1])
{
    at[0] = '\0';
    if (turns->held_until_known) {
        time_format(turns->held_until_ms, at);
    }
    return at;
}

void now_read_waiters(char names[NOW_WAITERS][MSIWATCH_NAME_SIZE], const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *list = yyjson_obj_get(yyjson_doc_get_root(doc), "waiting");
    for (unsigned i = 0; i < NOW_WAITERS; i++) {
        yyjson_val *one = yyjson_arr_get(list, i);
        struct turn_record waits;
        wire_turn_record_read(one, &waits);
        const char *name = now_turn_name(&waits.turn);
        utf8_copy(names[i], MSIWATCH_NAME_SIZE, one == NULL || name[0] != '\0' ? name : "?");
    }
    yyjson_doc_free(doc);
}
