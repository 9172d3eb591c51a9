/* installer.c: an installation on the simulator's machine: takes its mutex as msiexec does, gives
 * up with 1618 (of which 8 bits arrive), and prints when it held it, in ms of the monotonic clock.
 *
 *   herd-installer LOCK COMMANDS HOLD_MS GRAB_MS
 *
 * LOCK is a file that stands for the mutex; COMMANDS is the simulator's standard input.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void sleep_ms(unsigned long ms)
{
    struct timespec time = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

static void edge(const char *what)
{
    printf("%s %llu\n", what, (unsigned long long)now_ms());
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        return 87;
    }
    int lock = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int commands = open(argv[2], O_WRONLY | O_CLOEXEC);
    unsigned long hold_ms = strtoul(argv[3], NULL, 10), grab_ms = strtoul(argv[4], NULL, 10);
    if (lock < 0 || commands < 0) {
        return 2;
    }
    for (uint64_t begun = now_ms(); flock(lock, LOCK_EX | LOCK_NB) != 0;) {
        if (now_ms() - begun >= grab_ms) {
            return 1618 & 255;
        }
        sleep_ms(1);
    }
    edge("held");
    dprintf(commands, "mutex held %ld\n", (long)getpid()); /* short enough to be whole */
    sleep_ms(hold_ms);
    dprintf(commands, "mutex free\n");
    edge("free");
    flock(lock, LOCK_UN);
    return 0;
}
