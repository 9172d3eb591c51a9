/* process_list.c: all processes at one instant. */
#include "common/process_list.h"

#include "common/ascii.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

/* A machine with 2,000 processes and 30,000 threads takes about 3 MiB. */
#define FIRST_SIZE (256u * 1024u)
#define MOST_SIZE (64u * 1024u * 1024u)
/* More processes may have begun between two calls. */
#define SLACK (64u * 1024u)

#define STATUS_NO_MEMORY_ 0xC0000017u
#define STATUS_INVALID_BUFFER_ 0xC0000206u

#if UINTPTR_MAX > UINT32_MAX
_Static_assert(offsetof(struct process_information, created) == 32 &&
                   offsetof(struct process_information, pid) == 80 &&
                   offsetof(struct process_information, session) == 100 &&
                   offsetof(struct process_information, read_bytes) == 232 &&
                   sizeof(struct process_information) == 256,
               "as in a 64-bit Windows");
#endif

void process_list_init(struct process_list *list, const struct process_calls *calls)
{
    *list = (struct process_list){.calls = calls};
}

void process_list_release(struct process_list *list)
{
    free(list->buffer);
    free(list->processes);
    *list = (struct process_list){.calls = list->calls};
}

/* ---- reading a snapshot ---- */

static bool grow_buffer(struct process_list *list, uint32_t size)
{
    if (size > MOST_SIZE) {
        return false;
    }
    free(list->buffer); /* its content is not needed any more */
    list->buffer = malloc(size);
    list->buffer_size = list->buffer == NULL ? 0 : size;
    return list->buffer != NULL;
}

static bool grow_processes(struct process_list *list)
{
    size_t room = list->room == 0 ? 256 : list->room * 2;
    struct process_entry *more = realloc(list->processes, room * sizeof *more);
    if (more != NULL) {
        list->processes = more;
        list->room = room;
    }
    return more != NULL;
}

/* Whether the text is inside the snapshot. */
static bool is_inside(const struct process_list *list, uint32_t used, const void *text,
                      uint16_t size)
{
    uintptr_t begin = (uintptr_t)list->buffer, at = (uintptr_t)text;
    return at >= begin && at - begin <= used && size <= used - (at - begin) && at % 2 == 0;
}

static uint64_t sum(int64_t a, int64_t b)
{
    return (a > 0 ? (uint64_t)a : 0) + (b > 0 ? (uint64_t)b : 0);
}

static void add(struct process_list *list, uint32_t used, const struct process_information *at)
{
    bool named = is_inside(list, used, at->name.text, at->name.size);
    list->processes[list->count++] = (struct process_entry){
        .pid = (uint32_t)at->pid,
        .parent = (uint32_t)at->parent,
        .session = at->session,
        .created = at->created > 0 ? (uint64_t)at->created : 0,
        .cpu = sum(at->user, at->kernel),
        .io_bytes = sum(at->read_bytes, at->written_bytes) + sum(at->other_bytes, 0),
        .name_size = named ? at->name.size : 0,
        .name = named ? at->name.text : NULL,
    };
}

static uint32_t read_all(struct process_list *list, uint32_t used)
{
    uint32_t at = 0, next;
    do {
        struct process_information one;
        if (used - at < sizeof one) {
            return STATUS_INVALID_BUFFER_;
        }
        memcpy(&one, (const char *)list->buffer + at, sizeof one);
        if (list->count == list->room && !grow_processes(list)) {
            return STATUS_NO_MEMORY_;
        }
        add(list, used, &one);
        next = one.next;
        if (next > used - at) {
            return STATUS_INVALID_BUFFER_;
        }
        at += next;
    } while (next != 0);
    return 0;
}

uint32_t process_list_look(struct process_list *list)
{
    uint32_t status = PROCESS_LIST_TOO_SMALL, size = 0;
    list->count = 0;
    if (list->buffer == NULL && !grow_buffer(list, FIRST_SIZE)) {
        return STATUS_NO_MEMORY_;
    }
    for (int tries = 0; status == PROCESS_LIST_TOO_SMALL && tries < 8; tries++) {
        size = list->buffer_size;
        status = list->calls->snapshot(list->calls->arg, list->buffer, &size);
        uint32_t more = size > list->buffer_size ? size : list->buffer_size * 2;
        if (status == PROCESS_LIST_TOO_SMALL && !grow_buffer(list, more + SLACK)) {
            return STATUS_NO_MEMORY_;
        }
    }
    if (status == 0) {
        status = size > list->buffer_size ? STATUS_INVALID_BUFFER_ : read_all(list, size);
    }
    list->count = status == 0 ? list->count : 0;
    return status;
}

/* ---- who is who ---- */

const struct process_entry *process_list_find(const struct process_list *list, uint32_t pid)
{
    for (size_t i = 0; pid != 0 && i < list->count; i++) {
        if (list->processes[i].pid == pid) {
            return &list->processes[i];
        }
    }
    return NULL;
}

const struct process_entry *process_list_parent(const struct process_list *list,
                                                const struct process_entry *process)
{
    const struct process_entry *parent = process->parent == process->pid
                                             ? NULL
                                             : process_list_find(list, process->parent);
    bool before = parent != NULL && parent->created != 0 && process->created != 0 &&
                  parent->created <= process->created;
    return before ? parent : NULL;
}

bool process_named(const struct process_entry *process, const char *name)
{
    size_t size = strlen(name);
    bool same = process->name_size == size * 2;
    for (size_t i = 0; same && i < size; i++) {
        same = ascii_lower(process->name[i]) == ascii_lower((unsigned char)name[i]);
    }
    return same;
}

const struct process_entry *process_list_first(const struct process_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (process_named(&list->processes[i], name)) {
            return &list->processes[i];
        }
    }
    return NULL;
}

int64_t process_began_ms(const struct process_entry *process)
{
    return process->created == 0 ? 0 : time_from_filetime(process->created);
}

/* ---- chains ---- */

/* The name as UTF-8; "" if it is not valid UTF-16 or does not fit. */
static void name_of(const struct process_entry *process, char out[MSIWATCH_IMAGE_BYTES])
{
    size_t size = 0, count = process->name_size / 2u;
    for (size_t i = 0; i < count; i++) {
        uint32_t c = process->name[i];
        if (c >= 0xD800 && c < 0xDC00 && i + 1 < count && process->name[i + 1] >= 0xDC00 &&
            process->name[i + 1] < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (process->name[++i] - 0xDC00u);
        }
        if (c == 0 || (c >= 0xD800 && c < 0xE000) || size + 5 > MSIWATCH_IMAGE_BYTES) {
            size = 0;
            break;
        }
        size += utf8_encode(c, out + size);
    }
    out[size] = '\0';
}

static void image_of(const struct process_list *list, const struct process_entry *process,
                     char out[MSIWATCH_IMAGE_BYTES])
{
    char path[MSIWATCH_STRING_BYTES] = "";
    if (list->calls->image != NULL) {
        list->calls->image(list->calls->arg, process->pid, process->created, path);
    }
    size_t size = strlen(path);
    if (size == 0 || size >= MSIWATCH_IMAGE_BYTES) {
        name_of(process, out);
    } else {
        memcpy(out, path, size + 1);
    }
}

void process_list_chain(const struct process_list *list, const struct process_entry *process,
                        struct chain *out)
{
    *out = (struct chain){.count = 0};
    while (process != NULL && out->count < MSIWATCH_CHAIN) {
        struct chain_process *into = &out->processes[out->count++];
        into->pid = process->pid;
        into->session_known = true;
        into->session = process->session;
        image_of(list, process, into->image);
        process = process_list_parent(list, process);
    }
}
