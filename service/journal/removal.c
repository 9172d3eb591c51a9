/* removal.c: removes the data folder's contents when the product is removed. */
#include "journal/removal.h"

#include "files/secure_files.h"

#include <string.h>
#include <uv.h>

#define LOCK "msiwatchd.lock"

struct removing {
    const char *folder;
    bool journal_too;
    int error; /* the first error */
};

/* Logs and lock files that were moved aside stay, because they belong to somebody else. */
static bool is_to_be_removed(const char *name, bool journal_too)
{
    return strcmp(name, "msiwatchd.log") == 0 || strcmp(name, "msiwatchd.log.1") == 0 ||
           strcmp(name, LOCK) == 0 || strcmp(name, "msiwatchd.hold") == 0 ||
           strcmp(name, "msiwatchd.hold.new") == 0 || (journal_too && files_is_journal(name));
}

static void remove_one(void *arg, const char *name)
{
    struct removing *removing = arg;
    char path[FILES_PATH];
    int error = UV_ENAMETOOLONG;
    if (!is_to_be_removed(name, removing->journal_too)) {
        return;
    }
    if (files_join(path, removing->folder, name)) {
        error = files_remove(path); /* if it is a link, removes only the link */
    }
    if (removing->error == 0) {
        removing->error = error;
    }
}

/* Returns UV_EBUSY if a service uses the folder. */
static int check_unused(const char *folder)
{
    char path[FILES_PATH];
    struct files_lock *lock;
    if (!files_join(path, folder, LOCK)) {
        return UV_ENAMETOOLONG;
    }
    int error = files_lock(path, &lock);
    if (error == 0) {
        files_unlock(lock);
    }
    return error;
}

/* Removes the selected files from our folder, and the folder if it is then empty. */
static int remove_contents(const char *folder, bool journal_too)
{
    struct removing removing = {folder, journal_too, 0};
    uv_fs_t request;
    int error = files_list(folder, remove_one, &removing);
    if (error != 0 || removing.error != 0) {
        return error != 0 ? error : removing.error;
    }
    error = uv_fs_rmdir(NULL, &request, folder, NULL);
    uv_fs_req_cleanup(&request);
    /* What is left is the journal, or belongs to somebody else. */
    return error == UV_ENOTEMPTY || error == UV_EEXIST ? 0 : error;
}

int removal_of_data(const char *folder, bool journal_too, enum files_defect *defect)
{
    struct files_facts facts;
    *defect = FILES_MISSING;
    int error = files_look(folder, &facts);
    if (error != 0) {
        return error;
    }
    *defect = files_judge_folder(&facts);
    if (*defect == FILES_FINE || *defect == FILES_OPEN) {
        error = files_close_folder(folder, defect);
    }
    if (error != 0 || *defect != FILES_FINE) {
        return error;
    }
    error = check_unused(folder);
    return error != 0 ? error : remove_contents(folder, journal_too);
}
