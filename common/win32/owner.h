/* owner.h: which program a process runs, and whether it is Windows' own msiexec.exe. Windows only;
 * one thread per struct. */
#ifndef MSIWATCH_COMMON_OWNER_H
#define MSIWATCH_COMMON_OWNER_H

#include "common/event_record.h"
#include "common/model.h"

/* The process of one thread that owns the mutex. All zeroes is a valid start: no owner. */
struct owner {
    uint32_t pid, tid;
    uint64_t created;    /* of the process: distinguishes it from a later one with the same id; 0:
                          * not known */
    uint32_t parent_pid; /* 0: not known */
    bool foreign;        /* the image is known and is not Windows' own msiexec.exe */
    char image[MSIWATCH_STRING_BYTES]; /* UTF-8, "" if not known */
    char user[MSIWATCH_USER_BYTES];    /* the SID of its user, "" if not known */
};

/* Fills in *owner for that thread. Asks Windows for the image only if the owner has changed since
 * the last call. Keeps no handle. */
void owner_look(struct owner *owner, uint32_t pid, uint32_t tid);

/* The id of the process that started the given one. `process` is a handle with
 * PROCESS_QUERY_LIMITED_INFORMATION. 0: not known. By now another process may have that id. */
uint32_t owner_parent(void *process);

/* Who wrote a record: `pid` is the writer's process, which must have begun by `written_ms` (wall);
 * `service_pid` is msiserver's. If that is 0 (not known), any msiexec.exe counts as msiserver,
 * which writes for everybody: so a record that may be msiserver's is not held against anybody. */
enum record_writer owner_writer(uint32_t pid, int64_t written_ms, uint32_t service_pid);

#endif
