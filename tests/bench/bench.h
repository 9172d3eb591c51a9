/* bench.h: msiwatch-bench, what its commands share. */
#ifndef MSIWATCH_TESTS_BENCH_H
#define MSIWATCH_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each takes what stands behind its name on the command line and returns an exit code. */
int bench_echo(int argc, char **argv);
int bench_roundtrip(int argc, char **argv);
int bench_throughput(int argc, char **argv);
int bench_startup(int argc, char **argv);
int bench_fanout(int argc, char **argv); /* not on Windows */
int bench_follow(int argc, char **argv);
int bench_match(int argc, char **argv);
int bench_detect(int argc, char **argv);    /* not on Windows */
int bench_processes(int argc, char **argv); /* there of the real ones */
int bench_tools(int argc, char **argv);     /* on Windows */
int bench_grab(int argc, char **argv);      /* on Windows */

/* The value behind `name`; `otherwise` if it is not there. */
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

/* Times, in microseconds. Begins as zeros; samples_release frees. */
struct samples {
    double *us;
    size_t count, room;
};

void samples_add(struct samples *samples, double us);
void samples_release(struct samples *samples);

/* So many percent of them are at most this. Sorts them. */
double samples_percentile(struct samples *samples, double percent);

/* A line: the name, how many, p50, p99 and the largest, in `unit` ("us" or "ms"); and the same as a
 * figure: a line of JSON in the file that the environment's MSIWATCH_BENCH_FIGURES names. */
void samples_print(struct samples *samples, const char *name, const char *unit);

/* The same of values that have no unit of time: their median, least and largest, as they are. */
void samples_print_values(struct samples *values, const char *name, const char *unit);

#endif
