/* processes_posix.c: finds out which process started which, from Linux's /proc. On other systems
 * nothing is known. */
#include "pipe/processes.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads a small file of /proc as text with a final zero. */
static bool read_text(uint32_t pid, const char *name, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/%s", pid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    ssize_t got = read(file, out, size - 1);
    close(file);
    out[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* Reads the number after this many spaces. */
static bool read_number(const char *text, int spaces, uint64_t *out)
{
    for (; spaces > 0; spaces--) {
        text = strchr(text, ' ');
        if (text == NULL) {
            return false;
        }
        text++;
    }
    char *end;
    *out = strtoull(text, &end, 10);
    return end != text;
}

static bool read_process(void *arg, uint32_t pid, struct process *out)
{
    char text[1024], path[64];
    struct stat status;
    (void)arg;
    memset(out, 0, sizeof *out);
    if (!read_text(pid, "stat", text, sizeof text)) {
        return false;
    }
    /* The second field is the program's name, in parentheses, and may contain anything. After it
     * come the state, the parent, the group, the session, and as the 20th the creation time. */
    const char *rest = strrchr(text, ')');
    uint64_t parent, session;
    if (rest == NULL || strlen(rest) < 3 || rest[2] == 'Z' || rest[2] == 'X' ||
        !read_number(rest, 2, &parent) || !read_number(rest, 4, &session) ||
        !read_number(rest, 20, &out->created)) {
        return false;
    }
    out->parent = (uint32_t)parent;
    out->session = (uint32_t)session;
    out->pid = pid;
    snprintf(path, sizeof path, "/proc/%" PRIu32, pid);
    if (stat(path, &status) == 0) {
        out->user_size = sizeof status.st_uid;
        memcpy(out->user, &status.st_uid, sizeof status.st_uid);
    }
    return true;
}

static void read_image(void *arg, uint32_t pid, char out[MSIWATCH_STRING_BYTES])
{
    char path[64];
    (void)arg;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/exe", pid);
    ssize_t size = readlink(path, out, MSIWATCH_STRING_BYTES - 1);
    out[size > 0 ? size : 0] = '\0';
}

const struct processes *processes_of_system(void)
{
    static const struct processes processes = {read_process, read_image, NULL};
    return &processes;
}
