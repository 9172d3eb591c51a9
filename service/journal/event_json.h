/* event_json.h: an event as JSON text, and the checksum of that text, which the database stores.
 * Any thread.
 */
#ifndef MSIWATCH_SERVICE_EVENT_JSON_H
#define MSIWATCH_SERVICE_EVENT_JSON_H

#include "common/access_level.h"

/* Returns the Event object as PROTOCOL.md defines it, without a line end. The caller frees it with
 * free(). NULL if there is not enough memory. */
char *event_json(const struct event *event, size_t *size);

/* Returns the part of a text made by event_json that a standard user may see. The caller frees it
 * with free(). NULL if there is not enough memory, or, with *same set, if a standard user may see
 * all of it. */
char *event_json_for_standard(const char *json, size_t json_size, size_t *size, bool *same);

/* 64-bit FNV-1a of the text, to recognize it when it is read back from a disk. */
uint64_t event_checksum(const char *json, size_t size);

/* Returns whether a text that was read back is the event with this seq, as it was written. */
bool event_is_sound(const char *json, size_t size, uint64_t seq, uint64_t checksum);

#endif
