/* access_level.h: who may see what of a status or an event (service/SECURITY.md has the table).
 *
 * Administrators and SYSTEM see everything. Others see that, when and what is installed, but no
 * path, no user and no SID: instead of a path or a URL they see the file's name, and text from
 * other programs is withheld if it looks as if it named a place or a person. A withheld value looks
 * as if it were not known. Pure functions, any thread.
 */
#ifndef MSIWATCH_COMMON_ACCESS_LEVEL_H
#define MSIWATCH_COMMON_ACCESS_LEVEL_H

#include "common/wire.h"

/* The lower level is 0, so that a level that nobody set shows less. */
enum access_level { ACCESS_STANDARD, ACCESS_ADMINISTRATOR };
#define ACCESS_LEVELS 2

/* Each removes what this access level may not see. */
void access_level_cut_status(enum access_level access_level, struct status *status);
void access_level_cut_turn(enum access_level access_level, struct turn_info *turn);
void access_level_cut_install(enum access_level access_level, struct install *install);
void access_level_cut_owner(enum access_level access_level, struct event_owner *owner);

#endif
