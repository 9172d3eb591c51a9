/* played_processes.h: a machine's processes in memory, behind the table of common/process_list.h.
 *
 * It plays NtQuerySystemInformation(SystemProcessInformation) as it is documented and known from
 * the field: one process after the other, each with its threads behind it and its name somewhere in
 * the buffer, STATUS_INFO_LENGTH_MISMATCH and a size that is about right if the buffer is too
 * small, processes in no order, the idle process of number 0 with neither a name nor a time, and
 * numbers that are given again.
 *
 * One thread.
 */
#ifndef MSIWATCH_TESTS_PLAYED_PROCESSES_H
#define MSIWATCH_TESTS_PLAYED_PROCESSES_H

#include "common/process_list.h"

#define PLAYED_PROCESSES 2048

struct played_process {
    uint32_t pid, parent, session;
    uint64_t created; /* 100 ns since 1601; 0: as the idle process */
    uint64_t cpu_ms;
    uint64_t io_bytes;
    unsigned threads;
    char name[40];  /* ASCII */
    char path[160]; /* of its program, for who opens it; "" is not told */
};

struct played_processes {
    struct process_calls calls; /* given away with the machine as their arg */
    struct played_process processes[PLAYED_PROCESSES];
    size_t count;
    unsigned snapshots; /* how often it was asked */
    unsigned opened;    /* how often a process was opened for its path */
    unsigned grows;     /* so many processes begin between two calls */
    uint32_t fails;     /* the status that each call gives; 0: none */
    uint32_t short_by;  /* bytes that are missing at the snapshot's end */
};

void played_processes_init(struct played_processes *machine);

/* Adds one, or changes the one of that number. */
struct played_process *played_process(struct played_processes *machine, uint32_t pid,
                                      uint32_t parent, uint64_t created, const char *name);

void played_process_ends(struct played_processes *machine, uint32_t pid);

#endif
