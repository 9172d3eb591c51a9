/* opening.h: from a data folder to the open journal in it, whatever is in the folder.
 *
 * Secures the folder, takes its lock, puts everything into quarantine that is not a sound
 * history.db of ours, creates a new one if necessary, upgrades an older one, and records the end of
 * a run that did not record it itself. May block on the disk: worker thread only.
 */
#ifndef MSIWATCH_SERVICE_OPENING_H
#define MSIWATCH_SERVICE_OPENING_H

#include "journal/quarantine.h"
#include "journal/database.h"

struct log;

struct opening {
    /* The request; the caller fills it in. */
    const char *folder;
    struct log *log;
    uint32_t checkpoint_pages;
    bool may_quarantine; /* if false, a damaged file stays, and the outcome says so */
    /* Why not to use the file, whatever it contains; NULL if it may be used. */
    const char *distrust;
    /* The id of the journal that this process writes; "" if it has none yet. That journal does not
     * need the long check again, nor a recorded end. */
    char present_id[37];
    struct files_lock *lock; /* the folder's lock: taken if it is NULL; the caller releases it */

    /* The result. */
    struct problem problem;
    struct database *database; /* NULL unless OUTCOME_OK */
    char path[FILES_PATH];     /* of history.db */
    struct quarantine_list quarantined;
    struct quarantine_put_list put; /* by this attempt */

    /* While it opens. */
    char real[FILES_PATH]; /* the folder's path without links */
    bool made;
    char why[128]; /* why the file found must not be used; "" if it may be */
};

/* Does all of it; the result is in *opening. */
void opening_run(struct opening *opening);

#endif
