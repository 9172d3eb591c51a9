/* processes.c: msiwatch-bench processes: what a look at all processes costs (README.md). */
#include "bench.h"

#include "observe/process_tree.h"

#ifdef _WIN32
#include "common/win32/process_calls.h"

#include <windows.h>
#else
#include "played_processes.h"
#endif
#include <stdio.h>
#include <uv.h>

static double us_since(uint64_t begun_ns)
{
    return (double)(uv_hrtime() - begun_ns) / 1000.0;
}

#ifdef _WIN32

static const struct process_calls *make_machine(unsigned count, uint32_t *root)
{
    (void)count;
    *root = GetCurrentProcessId();
    return process_calls_of_system();
}

#else

/* Every hundredth works at it, up to 20 in chains of five. */
static const struct process_calls *make_machine(unsigned count, uint32_t *root)
{
    static struct played_processes machine;
    played_processes_init(&machine);
    *root = 1000;
    played_process(&machine, *root, 4, 10, "msiexec.exe");
    for (uint32_t i = 0; i + 3 < count; i++) {
        uint32_t pid = 2000 + 4 * i;
        bool works = i % 10 == 0 && i < 200;
        uint32_t parent = !works ? 4 : i % 50 == 0 ? *root : pid - 40;
        played_process(&machine, pid, parent, 20 + i, works ? "custom.exe" : "svchost.exe")
            ->threads = 12;
    }
    return &machine.calls;
}

#endif

int bench_processes(int argc, char **argv)
{
    unsigned count = option_number(argc, argv, "--count", 200);
    unsigned looks = option_number(argc, argv, "--looks", 1000);
    struct samples all = {0}, ours = {0};
    struct process_list list;
    struct process_tree tree = {.count = 0};
    struct process_root root = {0, 0};
    const struct process_calls *calls = make_machine(count, &root.pid);
    process_list_init(&list, calls);
    if (process_list_look(&list) != 0) { /* the buffer grows */
        bench_fail("the processes cannot be listed", "");
    }
    for (unsigned i = 0; i < looks; i++) {
        uint32_t size = list.buffer_size;
        uint64_t begun = uv_hrtime();
        calls->snapshot(calls->arg, list.buffer, &size);
        double call = us_since(begun);
        begun = uv_hrtime();
        if (process_list_look(&list) != 0) {
            bench_fail("the processes cannot be listed", "");
        }
        process_tree_look(&tree, &list, &root, 1, 0);
        double took = us_since(begun);
        samples_add(&all, took);
        samples_add(&ours, took > call ? took - call : 0);
    }
    char name[64];
    snprintf(name, sizeof name, "%u processes, %u of them work", (unsigned)list.count,
             (unsigned)tree.count);
    samples_print(&all, name, "us");
    samples_print(&ours, "  without the system's call", "us");
    samples_release(&all);
    samples_release(&ours);
    process_list_release(&list);
    return 0;
}
