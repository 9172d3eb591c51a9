/* owner.h: what program a process is, and whether it is Windows' own msiexec.exe. */
#ifndef MSIWATCH_COMMON_OWNER_H
#define MSIWATCH_COMMON_OWNER_H

#include "common/event_record.h"
#include "common/model.h"

/* The program of one owner thread. Zeroed is a valid start: nobody. */
struct owner {
    uint32_t pid, tid;
    uint64_t created;    /* of the process: tells it from a later one of the same id; 0: unknown */
    uint32_t parent_pid; /* 0: unknown */
    bool foreign;        /* the image is known and is not Windows' own msiexec.exe */
    char image[MSIWATCH_STRING_BYTES]; /* UTF-8, "" when not known */
    char user[MSIWATCH_USER_BYTES];    /* the SID that it runs as, "" when not known */
};

/* Makes *owner say whose thread that is. It asks the system for the image only when it is another
 * owner than the last time. No handle is kept. */
void owner_look(struct owner *owner, uint32_t pid, uint32_t tid);

/* The id of the process that began the one of that handle, which has
 * PROCESS_QUERY_LIMITED_INFORMATION; 0: unknown. That id may be another's by now. */
uint32_t owner_parent(void *process);

/* Who wrote a record: the process `pid`, which must have begun by `written_ms` (wall);
 * `service_pid` is msiserver's; 0: not known, then any msiexec.exe counts as msiserver, which
 * writes for all: nothing counts against a record that may be its. */
enum record_writer owner_writer(uint32_t pid, int64_t written_ms, uint32_t service_pid);

#endif
