/* tools_win32.c: what tools cost that want to know whether an installation runs, in the ways of the
 * field and in ours, and whom they are in the way of.
 *
 *   tools   many of them, each a thread; what their process computes is measured from outside
 *   grab    an installer that takes the mutex without waiting, by turns beside such tools and alone
 */
#include "bench.h"

#include "msiwatch.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <tlhelp32.h>

#define MUTEX "Global\\_MSIExecute"
#define MOST_TOOLS 256u

struct tool {
    struct msiwatch *handle; /* of those that ask MsiWatch */
    unsigned index;
};

struct way {
    const char *name;
    void (*act)(struct tool *tool);
    bool asks;
};

static struct {
    const struct way *way;
    unsigned count, hz;
    HANDLE gate; /* signaled: they work */
} bench;

/* ---- the ways ---- */

static HANDLE open_mutex(void)
{
    return OpenMutexA(SYNCHRONIZE, FALSE, MUTEX);
}

static void take_and_release(DWORD wait_ms)
{
    HANDLE mutex = open_mutex();
    if (mutex != NULL) {
        DWORD got = WaitForSingleObject(mutex, wait_ms);
        if (got == WAIT_OBJECT_0 || got == WAIT_ABANDONED) {
            ReleaseMutex(mutex);
        }
        CloseHandle(mutex);
    }
}

static void open_and_wait_zero(struct tool *tool)
{
    (void)tool;
    take_and_release(0);
}

static void block_and_release(struct tool *tool)
{
    (void)tool;
    take_and_release(INFINITE);
}

static void test_existence(struct tool *tool)
{
    (void)tool;
    HANDLE mutex = open_mutex();
    if (mutex != NULL) {
        CloseHandle(mutex);
    }
}

static void list_processes(struct tool *tool)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    (void)tool;
    if (snapshot != INVALID_HANDLE_VALUE) {
        for (BOOL more = Process32FirstW(snapshot, &entry);
             more && _wcsicmp(entry.szExeFile, L"msiexec.exe") != 0;) {
            more = Process32NextW(snapshot, &entry);
        }
        CloseHandle(snapshot);
    }
}

static void ask_status(struct tool *tool)
{
    struct msiwatch_status status = {.size = sizeof status};
    DWORD error = msiwatch_get_status(tool->handle, 5000, &status);
    if (error != ERROR_SUCCESS) {
        bench_fail("status", "");
    }
}

/* An hour of idle does not come: it waits until it is ended. */
static void wait_for_idle(struct tool *tool)
{
    (void)msiwatch_wait(tool->handle, MSIWATCH_IDLE, 3600000, MSIWATCH_FOREVER, NULL, NULL);
}

static const struct way ways[] = {
    {"open-and-wait-zero", open_and_wait_zero, false},
    {"block-and-release", block_and_release, false},
    {"existence", test_existence, false},
    {"processes", list_processes, false},
    {"status", ask_status, true},
    {"wait", wait_for_idle, true},
};

static const struct way *find_way(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(ways[i].name, name) == 0) {
            return &ways[i];
        }
    }
    bench_fail("which --way?", name == NULL ? "" : name);
}

/* ---- tools ---- */

/* They begin evenly over the time between two acts of one. */
static DWORD WINAPI run_tool(void *arg)
{
    struct tool *tool = arg;
    DWORD period_ms = 1000 / bench.hz;
    Sleep(period_ms * tool->index / bench.count);
    while (WaitForSingleObject(bench.gate, INFINITE) == WAIT_OBJECT_0) {
        bench.way->act(tool);
        Sleep(period_ms);
    }
    return 0;
}

static void begin_tool(struct tool *tool, const char *pipe)
{
    struct msiwatch_options options = {.size = sizeof options, .pipe = pipe, .timeout_ms = 20000};
    if (bench.way->asks && msiwatch_open(&options, &tool->handle) != ERROR_SUCCESS) {
        bench_fail("cannot connect to", pipe == NULL ? "the service" : pipe);
    }
    HANDLE thread = CreateThread(NULL, 64 * 1024, run_tool, tool, 0, NULL);
    if (thread == NULL) {
        bench_fail("cannot begin a thread", "");
    }
    CloseHandle(thread);
}

static void begin_tools(int argc, char **argv)
{
    static struct tool tools[MOST_TOOLS];
    bench.way = find_way(option(argc, argv, "--way", NULL));
    bench.count = option_number(argc, argv, "--count", 32);
    bench.hz = option_number(argc, argv, "--hz", 1);
    if (bench.count == 0 || bench.count > MOST_TOOLS || bench.hz == 0 || bench.hz > 1000) {
        bench_fail("tools: --count is 1 to 256, --hz 1 to 1000", "");
    }
    for (unsigned i = 0; i < bench.count; i++) {
        tools[i].index = i;
        begin_tool(&tools[i], option(argc, argv, "--pipe", NULL));
    }
}

int bench_tools(int argc, char **argv)
{
    const char *gate = option(argc, argv, "--gate", NULL);
    bench.gate = CreateEventA(NULL, TRUE, gate == NULL, gate);
    if (bench.gate == NULL || CreateMutexA(NULL, FALSE, MUTEX) == NULL) {
        bench_fail("tools: cannot make the gate or the mutex", "");
    }
    begin_tools(argc, argv);
    puts("ready");
    fflush(stdout);
    Sleep(INFINITE);
    return 0;
}

/* ---- an installer without patience ---- */

static unsigned grab(HANDLE mutex, unsigned attempts, struct samples *times)
{
    LARGE_INTEGER frequency, begun, ended;
    unsigned failed = 0;
    QueryPerformanceFrequency(&frequency);
    for (unsigned i = 0; i < attempts; i++) {
        QueryPerformanceCounter(&begun);
        DWORD got = WaitForSingleObject(mutex, 0);
        bool taken = got == WAIT_OBJECT_0 || got == WAIT_ABANDONED;
        if (taken) {
            ReleaseMutex(mutex);
        }
        QueryPerformanceCounter(&ended);
        failed += !taken;
        samples_add(times,
                    (double)(ended.QuadPart - begun.QuadPart) * 1e6 / (double)frequency.QuadPart);
        Sleep(1);
    }
    return failed;
}

/* By turns alone and beside the tools of another process, which work while the gate is open. */
int bench_grab(int argc, char **argv)
{
    struct samples times[2] = {{0}, {0}}, ratios = {0}, failures = {0};
    unsigned failed[2] = {0, 0}, rounds = option_number(argc, argv, "--rounds", 10),
             each = option_number(argc, argv, "--each", 1000);
    const char *way = option(argc, argv, "--way", "tools");
    HANDLE gate = CreateEventA(NULL, TRUE, FALSE, option(argc, argv, "--gate", NULL));
    HANDLE mutex = CreateMutexA(NULL, FALSE, MUTEX);
    char name[64];
    if (gate == NULL || mutex == NULL) {
        bench_fail("grab: which --gate?", "");
    }
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t beside = 0; beside < 2; beside++) {
            struct samples now = {0};
            (beside == 0 ? ResetEvent : SetEvent)(gate);
            Sleep(100); /* what has begun ends */
            failed[beside] += grab(mutex, each, &now);
            for (size_t i = 0; i < now.count; i++) {
                samples_add(&times[beside], now.us[i]);
            }
            samples_add(&ratios, samples_percentile(&now, 50));
            samples_release(&now);
        }
        ratios.count--;
        ratios.us[ratios.count - 1] = ratios.us[ratios.count] / ratios.us[ratios.count - 1];
    }
    snprintf(name, sizeof name, "grab alone, before %s", way);
    samples_print(&times[0], name, "us");
    snprintf(name, sizeof name, "grab beside %s", way);
    samples_print(&times[1], name, "us");
    snprintf(name, sizeof name, "grab beside %s to alone", way);
    samples_print_values(&ratios, name, "x");
    samples_add(&failures, failed[1]);
    snprintf(name, sizeof name, "refused of %u beside %s (alone %u)", rounds * each, way,
             failed[0]);
    samples_print_values(&failures, name, "");
    samples_release(&failures);
    samples_release(&ratios);
    samples_release(&times[0]);
    samples_release(&times[1]);
    CloseHandle(mutex);
    CloseHandle(gate);
    return 0;
}
