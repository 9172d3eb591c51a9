/* event_json.c: an event as JSON text. */
#include "journal/event_json.h"

#include "common/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *event_json(const struct event *event, size_t *size)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    if (doc == NULL) {
        return NULL;
    }
    yyjson_mut_val *root = wire_event(doc, event);
    char *json = root == NULL
                     ? NULL
                     : yyjson_mut_val_write_opts(root, YYJSON_WRITE_NOFLAG, NULL, size, NULL);
    yyjson_mut_doc_free(doc);
    return json;
}

/* Every event begins with its seq, followed by its kind. An activity contains nothing that a
 * standard user may not see. */
static bool is_activity(const char *json, size_t size)
{
    static const char head[] = ",\"kind\":\"activity\",";
    const char *comma = memchr(json, ',', size);
    size_t left = comma == NULL ? 0 : size - (size_t)(comma - json);
    return left >= sizeof head && memcmp(comma, head, sizeof head - 1) == 0;
}

char *event_json_for_standard(const char *json, size_t json_size, size_t *size, bool *same)
{
    struct event event;
    struct install install;
    struct turn_record turn;
    struct event_owner owner;
    *same = is_activity(json, json_size);
    if (*same) {
        return NULL;
    }
    yyjson_doc *doc = yyjson_read(json, json_size, YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc);
    bool read = wire_event_read(root, &event);
    bool owned = wire_event_read_owner(root, &owner);
    wire_event_read_install(root, &install);
    wire_turn_record_read(yyjson_obj_get(root, "turn"), &turn);
    yyjson_doc_free(doc);
    *same = read && event.kind == EVENT_TRANSITION && !owned;
    if (!read || *same) {
        return NULL;
    }
    access_level_cut_install(ACCESS_STANDARD, &install);
    access_level_cut_turn(ACCESS_STANDARD, &turn.turn);
    access_level_cut_owner(ACCESS_STANDARD, &owner);
    event.install = &install;
    event.turn = &turn;
    event.owner = owned ? &owner : NULL;
    return event_json(&event, size);
}

uint64_t event_checksum(const char *json, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)json[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

bool event_is_sound(const char *json, size_t size, uint64_t seq, uint64_t checksum)
{
    char head[40];
    int length = snprintf(head, sizeof head, "{\"seq\":%" PRIu64 ",", seq);
    return size > (size_t)length && memcmp(json, head, (size_t)length) == 0 &&
           event_checksum(json, size) == checksum;
}
