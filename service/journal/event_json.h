/* event_json.h: an event as text: its JSON, and the checksum that the database keeps of it.
 * Any thread.
 */
#ifndef MSIWATCH_SERVICE_EVENT_JSON_H
#define MSIWATCH_SERVICE_EVENT_JSON_H

#include "common/access_level.h"

/* The Event object in the words of PROTOCOL.md, without a line end; the caller's to free(). NULL
 * when memory is out. */
char *event_json(const struct event *event, size_t *size);

/* What a standard caller may see of a text that event_json made: the caller's to free(). NULL when
 * memory is out. *same, and nothing made: all of it. */
char *event_json_for_standard(const char *json, size_t json_size, size_t *size, bool *same);

/* 64-bit FNV-1a of the text, to know it again when it was read back from a disk. */
uint64_t event_checksum(const char *json, size_t size);

/* Whether a text read back is the event of that seq that was written. */
bool event_is_sound(const char *json, size_t size, uint64_t seq, uint64_t checksum);

#endif
