/* about.h: what the service says of itself: version, journal, limits, sensors, settings that were
 * not taken. Loop thread only. */
#ifndef MSIWATCH_SERVICE_ABOUT_H
#define MSIWATCH_SERVICE_ABOUT_H

#include "rpc/server.h"

#include <yyjson.h>

/* The result of `about`, the document's. NULL when memory is out. */
yyjson_mut_val *about_wire(yyjson_mut_doc *doc, const struct hub *hub);

/* Adds first_seq and last_seq; false when memory is out. */
bool about_add_span(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct journal_info *info);

#endif
