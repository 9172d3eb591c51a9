/* sim.h: msiwatch-sim as a child process. What goes wrong ends this process, saying why. */
#ifndef MSIWATCH_TESTS_ATTACK_SIM_H
#define MSIWATCH_TESTS_ATTACK_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sim {
    pid_t pid;
    int commands, answers; /* its standard input and output */
    char path[64];         /* of its socket */
};

/* Where the program is, from argv[1] or the environment's MSIWATCH_SIM. First of all. */
void sim_find(int argc, char **argv);

/* Starts it with these settings, "--name=value" each, ended by NULL; it answers when this
 * returns. Anybody may connect. */
void sim_start(struct sim *sim, const char *const *settings);

/* The same after sim_stop, at the same path. */
void sim_start_again(struct sim *sim, const char *const *settings);

/* Lets it carry out a command (script.h) and waits until it has; or in two steps. */
void sim_command(const struct sim *sim, const char *command);
void sim_command_begin(const struct sim *sim, const char *command);
void sim_command_end(const struct sim *sim);

/* Asks it to end; how it did: true if within 5 s, and well. */
bool sim_stop(struct sim *sim);

/* What the system says of it. */
struct sim_usage {
    uint64_t rss_kib, threads, descriptors;
};
struct sim_usage sim_usage(const struct sim *sim);

/* Whether resident memory tells anything: with a sanitizer what is freed stays for a while. */
bool sim_memory_tells(void);

/* A gauge or counter of its metrics. */
uint64_t sim_metric(const struct sim *sim, const char *name);

#endif
