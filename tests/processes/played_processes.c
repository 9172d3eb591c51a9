/* played_processes.c: a machine's processes in memory. */
#include "played_processes.h"

#include <stdio.h>
#include <string.h>

/* Of SYSTEM_THREAD_INFORMATION. */
enum { THREAD_SIZE = 80 };

static uint32_t size_of(const struct played_process *process)
{
    size_t size = sizeof(struct process_information) + process->threads * (size_t)THREAD_SIZE +
                  (strlen(process->name) + 1) * 2;
    return (uint32_t)((size + 7) / 8 * 8);
}

static void write_process(const struct played_process *process, char *at, bool last)
{
    uint32_t size = size_of(process);
    size_t length = strlen(process->name);
    uint16_t *name = (uint16_t *)(void *)(at + sizeof(struct process_information) +
                                          process->threads * (size_t)THREAD_SIZE);
    struct process_information one = {
        .next = last ? 0 : size,
        .threads = process->threads,
        .created = (int64_t)process->created,
        .user = (int64_t)process->cpu_ms * 7500,
        .kernel = (int64_t)process->cpu_ms * 2500,
        .pid = process->pid,
        .parent = process->parent,
        .session = process->session,
        .read_bytes = (int64_t)(process->io_bytes / 2),
        .written_bytes = (int64_t)(process->io_bytes - process->io_bytes / 2),
    };
    memset(at, 0xA5, size);
    if (length > 0) {
        one.name.size = (uint16_t)(length * 2);
        one.name.room = (uint16_t)(length * 2 + 2);
        one.name.text = name;
        for (size_t i = 0; i <= length; i++) {
            name[i] = (unsigned char)process->name[i];
        }
    }
    memcpy(at, &one, sizeof one);
}

static uint32_t snapshot(void *arg, void *buffer, uint32_t *size)
{
    struct played_processes *machine = arg;
    uint32_t needs = 0, at = 0;
    machine->snapshots++;
    if (machine->fails != 0) {
        *size = 0;
        return machine->fails;
    }
    for (size_t i = 0; i < machine->count; i++) {
        needs += size_of(&machine->processes[i]);
    }
    bool fits = needs <= *size;
    *size = needs;
    if (!fits) {
        for (unsigned i = 0; i < machine->grows && machine->count < PLAYED_PROCESSES; i++) {
            played_process(machine, (uint32_t)(900000 + machine->count * 4), 4, 1, "svchost.exe");
        }
        return PROCESS_LIST_TOO_SMALL;
    }
    for (size_t i = 0; i < machine->count; i++) {
        write_process(&machine->processes[i], (char *)buffer + at, i + 1 == machine->count);
        at += size_of(&machine->processes[i]);
    }
    *size -= machine->short_by;
    return 0;
}

static struct played_process *find(struct played_processes *machine, uint32_t pid)
{
    for (size_t i = 0; i < machine->count; i++) {
        if (machine->processes[i].pid == pid) {
            return &machine->processes[i];
        }
    }
    return NULL;
}

static void image(void *arg, uint32_t pid, uint64_t created, char out[MSIWATCH_STRING_BYTES])
{
    struct played_processes *machine = arg;
    const struct played_process *process = find(machine, pid);
    machine->opened++;
    bool same = process != NULL && process->created == created;
    snprintf(out, MSIWATCH_STRING_BYTES, "%s", same ? process->path : "");
}

void played_processes_init(struct played_processes *machine)
{
    memset(machine, 0, sizeof *machine);
    machine->calls = (struct process_calls){snapshot, image, machine};
    played_process(machine, 0, 0, 0, "");
    played_process(machine, 4, 0, 1, "System");
}

struct played_process *played_process(struct played_processes *machine, uint32_t pid,
                                      uint32_t parent, uint64_t created, const char *name)
{
    struct played_process *process = find(machine, pid);
    if (process == NULL) {
        if (machine->count == PLAYED_PROCESSES) {
            return NULL;
        }
        process = &machine->processes[machine->count++];
    }
    *process = (struct played_process){
        .pid = pid, .parent = parent, .created = created, .threads = 3};
    snprintf(process->name, sizeof process->name, "%s", name);
    return process;
}

void played_process_ends(struct played_processes *machine, uint32_t pid)
{
    struct played_process *process = find(machine, pid);
    if (process != NULL) {
        *process = machine->processes[--machine->count];
    }
}
