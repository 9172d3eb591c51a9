/* wire_turn.h: turns <-> JSON, in the words of PROTOCOL.md; as wire.h. */
#ifndef MSIWATCH_COMMON_WIRE_TURN_H
#define MSIWATCH_COMMON_WIRE_TURN_H

#include "common/model.h"

#include <yyjson.h>

/* One that waits or is out. */
yyjson_mut_val *wire_turn(yyjson_mut_doc *doc, const struct turn_info *turn);

/* A hold; null if there is none. */
yyjson_mut_val *wire_hold(yyjson_mut_doc *doc, const struct turns_brief *turns);

/* A status's `turns`: null when none is out, nobody waits and there is no hold. */
yyjson_mut_val *wire_turns(yyjson_mut_doc *doc, const struct turns_brief *turns);

/* An event's `turn`. */
yyjson_mut_val *wire_turn_record(yyjson_mut_doc *doc, const struct turn_record *record);

/* Back; what is missing or wrong is not known. */
void wire_turns_read(yyjson_val *value, struct turns_brief *out);
void wire_turn_record_read(yyjson_val *value, struct turn_record *out);

#endif
