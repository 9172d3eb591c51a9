/* bench.h: what the commands of msiwatch-bench share. */
#ifndef MSIWATCH_TESTS_BENCH_H
#define MSIWATCH_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each gets the command line after its name and returns an exit code. */
int bench_echo(int argc, char **argv);
int bench_roundtrip(int argc, char **argv);
int bench_throughput(int argc, char **argv);
int bench_startup(int argc, char **argv);
int bench_fanout(int argc, char **argv); /* not on Windows */
int bench_follow(int argc, char **argv);
int bench_match(int argc, char **argv);
int bench_detect(int argc, char **argv);    /* not on Windows */
int bench_processes(int argc, char **argv); /* on Windows, with the real processes */
int bench_tools(int argc, char **argv);     /* on Windows */
int bench_grab(int argc, char **argv);      /* on Windows */

/* The value after `name`; `otherwise` if it is not there. */
const char *option(int argc, char **argv, const char *name, const char *otherwise);
unsigned option_number(int argc, char **argv, const char *name, unsigned otherwise);

/* Not _Noreturn, which cppcheck does not know. */
#ifdef _MSC_VER
#define BENCH_NORETURN __declspec(noreturn)
#else
#define BENCH_NORETURN __attribute__((noreturn))
#endif

/* Says what failed, and exits with 1. */
BENCH_NORETURN void bench_fail(const char *what, const char *detail);

/* ---- samples ---- */

/* Times in microseconds. Begins as zeros; samples_release frees it. */
struct samples {
    double *us;
    size_t count, room;
};

void samples_add(struct samples *samples, double us);
void samples_release(struct samples *samples);

/* The value that this percentage of the samples does not exceed. Sorts the samples. */
double samples_percentile(struct samples *samples, double percent);

/* Prints a line: the name, how many, p50, p99 and the largest, in `unit` ("us" or "ms"). Also adds
 * that as a line of JSON to the file that the environment variable MSIWATCH_BENCH_FIGURES names. */
void samples_print(struct samples *samples, const char *name, const char *unit);

/* The same for values that are not times: their median, least and largest, unchanged. */
void samples_print_values(struct samples *values, const char *name, const char *unit);

#endif
