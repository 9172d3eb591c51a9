/* access_level.c: who may see what. */
#include "common/access_level.h"

#include "common/ascii.h"

#include <string.h>

static bool holds(const char *text, const char *lower_case)
{
    for (; *text != '\0'; text++) {
        if (ascii_begins_with(text, lower_case)) {
            return true;
        }
    }
    return false;
}

/* The length in bytes of a separator between the parts of a path or a URL that begins here, in a
 * URL's escaped form, too; 0: there is none here. */
static size_t separator(const char *text)
{
    static const char *const escapes[] = {"%5c", "%2f", "%3a"};
    if (*text == '\\' || *text == '/' || *text == ':') {
        return 1;
    }
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        if (ascii_begins_with(text, escapes[i])) {
            return 3;
        }
    }
    return 0;
}

/* Empties a text that names a drive, a share, a URL or a SID. Product names and versions contain
 * none of these. */
static void withhold_telling(char *text)
{
    if (strchr(text, '\\') != NULL || holds(text, "%5c") || holds(text, "://") ||
        holds(text, ":/") || ascii_begins_with(text, "//") || holds(text, "s-1-")) {
        text[0] = '\0';
    }
}

static bool was_cut(const char *text)
{
    size_t characters = 0;
    for (; *text != '\0'; text++) {
        characters += ((unsigned char)*text & 0xC0u) != 0x80u;
    }
    return characters >= MSIWATCH_STRING_CHARS;
}

static void keep_file_name(char *path)
{
    if (was_cut(path)) { /* then the last part is a folder's name, not the file's */
        path[0] = '\0';
        return;
    }
    if (holds(path, "://")) { /* the query or fragment of a URL may contain a secret */
        path[strcspn(path, "?#")] = '\0';
    }
    const char *name = path;
    for (const char *at = path; *at != '\0'; at++) {
        size_t parts = separator(at);
        if (parts > 0) {
            at += parts - 1;
            name = at + 1;
        }
    }
    memmove(path, name, strlen(name) + 1);
    withhold_telling(path);
}

static void cut_process(struct chain_process *process)
{
    keep_file_name(process->image);
    process->session_known = false;
}

static void cut_chain(struct chain *chain)
{
    for (uint32_t i = 0; i < chain->count && i < MSIWATCH_CHAIN; i++) {
        cut_process(&chain->processes[i]);
    }
}

void access_level_cut_install(enum access_level access_level, struct install *install)
{
    if (access_level == ACCESS_ADMINISTRATOR) {
        return;
    }
    withhold_telling(install->product);
    withhold_telling(install->version);
    keep_file_name(install->package);
    install->user[0] = '\0';
    withhold_telling(install->in_use_by);
    cut_chain(&install->chain);
}

void access_level_cut_turn(enum access_level access_level, struct turn_info *turn)
{
    if (access_level == ACCESS_STANDARD) {
        withhold_telling(turn->label);
        keep_file_name(turn->image);
    }
}

void access_level_cut_owner(enum access_level access_level, struct event_owner *owner)
{
    if (access_level == ACCESS_ADMINISTRATOR) {
        return;
    }
    keep_file_name(owner->image);
    owner->user[0] = '\0';
    cut_process(&owner->started_by);
    if (owner->started_by.image[0] == '\0') {
        owner->started_by.pid = 0;
    }
}

void access_level_cut_status(enum access_level access_level, struct status *status)
{
    if (access_level == ACCESS_ADMINISTRATOR) {
        return;
    }
    keep_file_name(status->seen.mutex.owner_image);
    status->seen.mutex.object_owner[0] = '\0';
    cut_chain(&status->seen.mutex.owner_chain);
    access_level_cut_install(access_level, &status->install);
    access_level_cut_turn(access_level, &status->turns.holder);
    withhold_telling(status->turns.held_why);
    withhold_telling(status->restart.by);
}
