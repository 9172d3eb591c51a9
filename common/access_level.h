/* access_level.h: who may see what of a status or an event (service/SECURITY.md has the table).
 *
 * Administrators and SYSTEM see everything. Others see that, when and what is installed, but no
 * path, no user and no SID: of a path or a URL they get the file's name, and a text from outside
 * that looks as if it named a place or a person is withheld. What is withheld is as if it were not
 * known. Pure functions, any thread.
 */
#ifndef MSIWATCH_COMMON_ACCESS_LEVEL_H
#define MSIWATCH_COMMON_ACCESS_LEVEL_H

#include "common/wire.h"

/* The lesser one is 0, so that what was not decided sees less. */
enum access_level { ACCESS_STANDARD, ACCESS_ADMINISTRATOR };
#define ACCESS_LEVELS 2

/* Leaves in it what this access level may see. */
void access_level_cut_status(enum access_level access_level, struct status *status);
void access_level_cut_turn(enum access_level access_level, struct turn_info *turn);
void access_level_cut_install(enum access_level access_level, struct install *install);
void access_level_cut_owner(enum access_level access_level, struct event_owner *owner);

#endif
