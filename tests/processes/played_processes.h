/* played_processes.h: simulates a machine's processes in memory, behind the table of
 * common/process_list.h.
 *
 * It simulates NtQuerySystemInformation(SystemProcessInformation) as it is documented and known
 * from experience: one process after the other, each followed by its threads, with its name
 * somewhere in the buffer; STATUS_INFO_LENGTH_MISMATCH and an approximately correct size if the
 * buffer is too small; processes in no order; the idle process with id 0, which has neither a name
 * nor a time; and ids that are used again.
 *
 * One thread.
 */
#ifndef MSIWATCH_TESTS_PLAYED_PROCESSES_H
#define MSIWATCH_TESTS_PLAYED_PROCESSES_H

#include "common/process_list.h"

#define PLAYED_PROCESSES 2048

struct played_process {
    uint32_t pid, parent, session;
    uint64_t created; /* 100 ns since 1601; 0: none, like the idle process */
    uint64_t cpu_ms;
    uint64_t io_bytes;
    unsigned threads;
    char name[40];  /* ASCII */
    char path[160]; /* of its program, if the process is opened; "": Windows does not say */
};

struct played_processes {
    struct process_calls calls; /* to be passed on, with the machine as their arg */
    struct played_process processes[PLAYED_PROCESSES];
    size_t count;
    unsigned snapshots; /* how often the list was requested */
    unsigned opened;    /* how often a process was opened for its path */
    unsigned grows;     /* this many processes begin between two calls */
    uint32_t fails;     /* the status that each call returns; 0: none */
    uint32_t short_by;  /* how many bytes are missing at the snapshot's end */
};

void played_processes_init(struct played_processes *machine);

/* Adds a process, or changes the one with that id. */
struct played_process *played_process(struct played_processes *machine, uint32_t pid,
                                      uint32_t parent, uint64_t created, const char *name);

void played_process_ends(struct played_processes *machine, uint32_t pid);

#endif
