/* opening.h: from a data folder to an open journal in it, whatever lies there.
 *
 * Makes the folder safe, takes its lock, puts into quarantine what is not a sound history.db of
 * ours, makes a new one if need be, brings an older one forward, and records the end of a run that
 * did not record its own. May block on the disk: worker thread only.
 */
#ifndef MSIWATCH_SERVICE_OPENING_H
#define MSIWATCH_SERVICE_OPENING_H

#include "journal/quarantine.h"
#include "journal/database.h"

struct log;

struct opening {
    /* what is wished; filled in by the caller */
    const char *folder;
    struct log *log;
    uint32_t checkpoint_pages;
    bool may_quarantine;  /* or else what is damaged stays, and the outcome says so */
    const char *distrust; /* why what is there is not to be used, whatever it is; NULL: it may be */
    /* The journal that this process writes, if it has one: it neither needs the long check again
     * nor an end of the watch. "" if it has none. */
    char present_id[37];
    struct files_lock **lock; /* the folder's; taken if it is NULL, and the caller's to release */

    /* what was found */
    struct problem problem;
    struct database *database; /* NULL unless OUTCOME_OK */
    char path[FILES_PATH];     /* of history.db */
    struct quarantine_list quarantined;

    /* while it opens */
    char real[FILES_PATH]; /* the folder, without links */
    bool made;
    char why[128]; /* what is there is not to be used; "": it may be */
};

void opening_run(struct opening *opening);

#endif
