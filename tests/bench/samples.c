/* samples.c: times, and what half of them and 99 of 100 stay below. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *samples, double us)
{
    if (samples->count == samples->room) {
        size_t room = samples->room == 0 ? 256 : samples->room * 2;
        double *grown = realloc(samples->us, room * sizeof *grown);
        if (grown == NULL) {
            bench_fail("out of memory", "");
        }
        samples->us = grown;
        samples->room = room;
    }
    samples->us[samples->count++] = us;
}

void samples_release(struct samples *samples)
{
    free(samples->us);
    *samples = (struct samples){0};
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double samples_percentile(struct samples *samples, double percent)
{
    if (samples->count == 0) {
        return 0;
    }
    qsort(samples->us, samples->count, sizeof *samples->us, compare);
    size_t rank = (size_t)(percent / 100.0 * (double)samples->count);
    return samples->us[rank < samples->count ? rank : samples->count - 1];
}

/* Names are ours, so nothing in them needs an escape. */
static void record(const struct samples *samples, const char *name, const char *unit, double p50,
                   const char *other_name, double other, double max)
{
    const char *path = getenv("MSIWATCH_BENCH_FIGURES");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file != NULL) {
        fprintf(file,
                "{\"name\":\"%s\",\"unit\":\"%s\",\"count\":%u,\"p50\":%.3f,\"%s\":%.3f,"
                "\"max\":%.3f}\n",
                name, unit, (unsigned)samples->count, p50, other_name, other, max);
        fclose(file);
    }
}

void samples_print_values(struct samples *values, const char *name, const char *unit)
{
    double median = samples_percentile(values, 50), least = samples_percentile(values, 0),
           most = samples_percentile(values, 100);
    printf("%-44s %6u  p50 %9.3f  min %9.3f  max %9.3f %s\n", name, (unsigned)values->count, median,
           least, most, unit);
    record(values, name, unit, median, "min", least, most);
}

void samples_print(struct samples *samples, const char *name, const char *unit)
{
    double per = strcmp(unit, "ms") == 0 ? 1000.0 : 1.0;
    printf("%-44s %6u  p50 %9.2f  p99 %9.2f  max %9.2f %s\n", name, (unsigned)samples->count,
           samples_percentile(samples, 50) / per, samples_percentile(samples, 99) / per,
           samples_percentile(samples, 100) / per, unit);
    record(samples, name, unit, samples_percentile(samples, 50) / per, "p99",
           samples_percentile(samples, 99) / per, samples_percentile(samples, 100) / per);
}
