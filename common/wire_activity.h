/* wire_activity.h: who began an installation and what it does <-> JSON, in the words of
 * PROTOCOL.md; as wire.h. */
#ifndef MSIWATCH_COMMON_WIRE_ACTIVITY_H
#define MSIWATCH_COMMON_WIRE_ACTIVITY_H

#include "common/model.h"

#include <yyjson.h>

/* Adds an install's `started_by` and `chain`. */
bool wire_put_chain(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct chain *chain);

/* Adds the same of the mutex's owner, as `owner_started_by` and `owner_chain`, if they are known.
 */
bool wire_put_owner_chain(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct chain *chain);

/* One process of a chain. */
yyjson_mut_val *wire_process(yyjson_mut_doc *doc, const struct chain_process *process);

/* An install's `in_use`; null if there is none. */
yyjson_mut_val *wire_in_use(yyjson_mut_doc *doc, const struct install *install);

/* Adds what both a status and an event tell. */
bool wire_put_activity(yyjson_mut_doc *doc, yyjson_mut_val *object,
                       const struct activity *activity);

/* A status's `activity`; null if it is not known. */
yyjson_mut_val *wire_activity(yyjson_mut_doc *doc, const struct activity *activity);

/* Back; what is missing or wrong is not known. What they fill in was zeroed. */
bool wire_process_read(yyjson_val *object, struct chain_process *out);
void wire_chain_read(yyjson_val *array, struct chain *out);
void wire_in_use_read(yyjson_val *object, struct install *out);
void wire_activity_read(yyjson_val *object, struct activity *out);

#endif
