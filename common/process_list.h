/* process_list.h: all processes at one instant, as one call of the system gives them.
 *
 * NtQuerySystemInformation(SystemProcessInformation) says of every process who began it and when,
 * what it has computed and transferred, and the name of its program; no process is opened for that.
 * The calls come through a small table, so that tests can play them. Portable. One thread.
 */
#ifndef MSIWATCH_COMMON_PROCESS_LIST_H
#define MSIWATCH_COMMON_PROCESS_LIST_H

#include "common/model.h"

struct process_calls {
    /* The whole snapshot into buffer, and how many bytes it has. 0, or an NTSTATUS: if the buffer
     * is too small, PROCESS_LIST_TOO_SMALL, and *size is about what it takes. */
    uint32_t (*snapshot)(void *arg, void *buffer, uint32_t *size);
    /* The path of the program of a process, UTF-8, if that is still the process of that number
     * which was created then; "" if it is not, or is not told. May be NULL. */
    void (*image)(void *arg, uint32_t pid, uint64_t created, char out[MSIWATCH_STRING_BYTES]);
    void *arg;
};

/* STATUS_INFO_LENGTH_MISMATCH */
#define PROCESS_LIST_TOO_SMALL 0xC0000004u

/* The layout of a process in the snapshot: the part that is read. Its threads follow, and then the
 * next one, so many bytes behind this one's begin; 0: it is the last. */
struct process_information {
    uint32_t next, threads;
    int64_t reserved_1[3];
    int64_t created;      /* 100 ns since 1601, UTC */
    int64_t user, kernel; /* 100 ns of processor time */
    struct {
        uint16_t size, room;  /* bytes */
        const uint16_t *text; /* in the snapshot; not ended by a zero */
    } name;
    int32_t priority;
    uintptr_t pid, parent;
    uint32_t handles, session;
    uintptr_t reserved_2[3];
    uint32_t faults;
    uintptr_t reserved_3[9];
    int64_t reads, writes, others;
    int64_t read_bytes, written_bytes, other_bytes;
};

struct process_entry {
    uint32_t pid, parent, session;
    uint64_t created; /* as above; 0: not known */
    uint64_t cpu;     /* 100 ns */
    uint64_t io_bytes;
    uint16_t name_size;
    const uint16_t *name;
};

struct process_list {
    const struct process_calls *calls;
    void *buffer;
    uint32_t buffer_size;
    struct process_entry *processes; /* until the next look */
    size_t count, room;
};

void process_list_init(struct process_list *list, const struct process_calls *calls);
void process_list_release(struct process_list *list);

/* Makes it say what is now. 0, or an NTSTATUS, and then nothing is in it. */
uint32_t process_list_look(struct process_list *list);

/* NULL: there is none of that number. */
const struct process_entry *process_list_find(const struct process_list *list, uint32_t pid);

/* Who began it, if that still runs: of its parent's number, and created before it; NULL: it does
 * not, and who has that number now is another. */
const struct process_entry *process_list_parent(const struct process_list *list,
                                                const struct process_entry *process);

/* The first of that name in the list. NULL: none. Windows lists processes in the order in which
 * they began, which is documented nowhere (wine.all_processes_are_listed_with_their_parents is run
 * there, too): so that is the system's own, whatever the clock said when anybody else's began. */
const struct process_entry *process_list_first(const struct process_list *list, const char *name);

/* When it began, by the wall clock of that time, in ms since 1970; 0: not known. */
int64_t process_began_ms(const struct process_entry *process);

/* Whether the name of its program is this, except for the case of ASCII letters. */
bool process_named(const struct process_entry *process, const char *name);

/* The process and those that began it; of paths only what the calls tell, or else the name. */
void process_list_chain(const struct process_list *list, const struct process_entry *process,
                        struct chain *out);

#endif
