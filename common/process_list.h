/* process_list.h: all processes at one instant, from one system call.
 *
 * NtQuerySystemInformation(SystemProcessInformation) says for every process who started it and
 * when, how much CPU time and I/O it has used, and the name of its program, without opening any
 * process. The calls go through a small table, so that tests can replace them. Portable. One
 * thread.
 */
#ifndef MSIWATCH_COMMON_PROCESS_LIST_H
#define MSIWATCH_COMMON_PROCESS_LIST_H

#include "common/model.h"

struct process_calls {
    /* Writes the whole snapshot into the buffer and its length in bytes into *size. Returns 0 or an
     * NTSTATUS: PROCESS_LIST_TOO_SMALL if the buffer is too small, and then *size is about what it
     * needs. */
    uint32_t (*snapshot)(void *arg, void *buffer, uint32_t *size);
    /* The path of a process's program, UTF-8, if `pid` is still the process that was created at
     * `created`; "" if it is not, or if Windows does not say. May be NULL. */
    void (*image)(void *arg, uint32_t pid, uint64_t created, char out[MSIWATCH_STRING_BYTES]);
    void *arg;
};

/* STATUS_INFO_LENGTH_MISMATCH of ntstatus.h. */
#define PROCESS_LIST_TOO_SMALL 0xC0000004u

/* A process in the snapshot, the part of it that is read. Its threads follow. `next` is the offset
 * in bytes from this process to the next one; 0: this is the last one. */
struct process_information {
    uint32_t next, threads;
    int64_t reserved_1[3];
    int64_t created;      /* 100 ns since 1601, UTC */
    int64_t user, kernel; /* 100 ns of processor time */
    struct {
        uint16_t size, room;  /* bytes */
        const uint16_t *text; /* inside the snapshot; without a NUL */
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
    struct process_entry *processes; /* valid until the next process_list_look */
    size_t count, room;
};

void process_list_init(struct process_list *list, const struct process_calls *calls);
void process_list_release(struct process_list *list);

/* Reads the processes that exist now. Returns 0, or an NTSTATUS, and then the list is empty. */
uint32_t process_list_look(struct process_list *list);

/* NULL: no process has that id. */
const struct process_entry *process_list_find(const struct process_list *list, uint32_t pid);

/* The process that started this one, if it still runs: it has the parent's id and was created
 * before this one. NULL: it has ended, and if a process has its id now, that is another one. */
const struct process_entry *process_list_parent(const struct process_list *list,
                                                const struct process_entry *process);

/* The first process with that name in the list; NULL: none. Windows lists processes in the order in
 * which they began. That is documented nowhere, so the test
 * wine.all_processes_are_listed_with_their_parents also runs on Windows. So the first one is the
 * system's own, whatever the clock said when others with the name began. */
const struct process_entry *process_list_first(const struct process_list *list, const char *name);

/* When it began, by the wall clock of that time, in ms since 1970; 0: not known. */
int64_t process_began_ms(const struct process_entry *process);

/* Whether its program has this name; the case of ASCII letters does not matter. */
bool process_named(const struct process_entry *process, const char *name);

/* The process and the processes above it. The image is the path if `calls` has it, otherwise the
 * program's name. */
void process_list_chain(const struct process_list *list, const struct process_entry *process,
                        struct chain *out);

#endif
