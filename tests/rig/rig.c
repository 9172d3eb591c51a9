/* rig.c: the clock, the lines and the options that the rig's subcommands share. */
#include "rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t rig_now_ms(void)
{
    FILETIME time;
    ULARGE_INTEGER ticks; /* of 100 ns since 1601 */
    GetSystemTimePreciseAsFileTime(&time);
    ticks.LowPart = time.dwLowDateTime;
    ticks.HighPart = time.dwHighDateTime;
    return (int64_t)(ticks.QuadPart / 10000u) - INT64_C(11644473600000);
}

void rig_edge(const char *what)
{
    printf("%s %" PRId64 "\n", what, rig_now_ms());
    fflush(stdout);
}

DWORD rig_failed(const char *what, DWORD error)
{
    char words[256] = "";
    FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0,
                   words, sizeof words, NULL);
    words[strcspn(words, "\r\n")] = '\0';
    fprintf(stderr, "msirig: %s: error %lu: %s\n", what, error, words);
    return error;
}

static bool number_of(const char *text, uint32_t *out)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0')
        return false;
    *out = (uint32_t)value;
    return true;
}

static void show_options(const struct rig_option *table)
{
    for (const struct rig_option *o = table; o->help != NULL; ++o)
        fprintf(stderr, "  %-14s %-6s %s\n", o->name != NULL ? o->name : "",
                o->number != NULL ? "NUMBER" : (o->text != NULL ? "TEXT" : ""), o->help);
}

/* Takes argv[0], and argv[1] if the option has a value. How many were taken; 0 if they do not fit.
 */
static int take(const struct rig_option *o, int argc, char **argv)
{
    int at = o->name != NULL ? 1 : 0;
    if (o->flag != NULL) {
        *o->flag = true;
        return at;
    }
    if (at >= argc || (o->number != NULL && !number_of(argv[at], o->number)))
        return 0;
    if (o->text != NULL)
        *o->text = argv[at];
    return at + 1;
}

bool rig_options(const struct rig_option *table, int argc, char **argv)
{
    for (int i = 0; i < argc;) {
        const struct rig_option *o = table;
        if (strcmp(argv[i], "--help") == 0) {
            show_options(table);
            return false;
        }
        int taken = 0;
        while (o->help != NULL &&
               (o->name != NULL ? strcmp(o->name, argv[i]) != 0 : strncmp(argv[i], "--", 2) == 0))
            ++o;
        if (o->help != NULL)
            taken = take(o, argc - i, argv + i);
        if (taken == 0) {
            fprintf(stderr, "msirig: not understood: %s\n", argv[i]);
            show_options(table);
            return false;
        }
        i += taken;
    }
    return true;
}
