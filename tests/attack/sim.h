/* sim.h: msiwatch-sim as a child process. If something fails, this process ends with a message that
 * says why. */
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

/* Finds the program, from argv[1] or the environment variable MSIWATCH_SIM. Call it first. */
void sim_find(int argc, char **argv);

/* Starts it with these settings, "--name=value" each, ended by NULL. When this returns, it answers.
 * Any user may connect. */
void sim_start(struct sim *sim, const char *const *settings);

/* Starts it again after sim_stop, on the same path. */
void sim_start_again(struct sim *sim, const char *const *settings);

/* Runs a command (script.h) and waits until it is done; or begins it and waits separately. */
void sim_command(const struct sim *sim, const char *command);
void sim_command_begin(const struct sim *sim, const char *command);
void sim_command_end(const struct sim *sim);

/* Asks it to end; true: it ended within 5 s and without an error. */
bool sim_stop(struct sim *sim);

/* What the system says about the process. */
struct sim_usage {
    uint64_t rss_kib, threads, descriptors;
};
struct sim_usage sim_usage(const struct sim *sim);

/* Whether resident memory means anything: with a sanitizer, freed memory stays for a while. */
bool sim_memory_tells(void);

/* A gauge or counter of its metrics. */
uint64_t sim_metric(const struct sim *sim, const char *name);

#endif
