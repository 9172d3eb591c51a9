/* sid.h: a SID as text. Windows only; any thread. */
#ifndef MSIWATCH_COMMON_SID_H
#define MSIWATCH_COMMON_SID_H

#include "common/model.h"

/* "S-1-5-18"; "" if the SID is not valid or memory is out. */
void sid_to_text(void *sid, char out[MSIWATCH_USER_BYTES]);

#endif
