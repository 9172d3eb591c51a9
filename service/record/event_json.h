/* event_json.h: an event as text: its JSON, and the checksum that the database keeps of it.
 * Any thread.
 */
#ifndef MSIWATCH_SERVICE_EVENT_JSON_H
#define MSIWATCH_SERVICE_EVENT_JSON_H

#include "model.h"

/* The Event object in the words of PROTOCOL.md, without a line end; the caller's to free(). NULL
 * when memory is out. */
char *event_json(const struct event *event, size_t *size);

/* 64-bit FNV-1a of the text, to know it again when it was read back from a disk. */
uint64_t event_checksum(const char *json, size_t size);

/* Whether a text read back is the event of that seq that was written. */
bool event_is_sound(const char *json, size_t size, uint64_t seq, uint64_t checksum);

#endif
