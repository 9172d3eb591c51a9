/* run.c: load-run, starts msiwatch-sim and msiwatch-load, lets the sim's machine change, and checks
 * how both end. Natively only.
 *
 *   load-run SIM LOAD SCENARIO
 * What each scenario does is in the table below. The sim must exit with 0, which with
 * LeakSanitizer says that nothing leaked, within 2 s of being told to.
 */
#include "common/lines.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define STOP_MS 2000u
#define MOST_ARGUMENTS 24

enum drive {
    DRIVE_STEPS, /* the next change when the first follower has heard of the one before */
    DRIVE_BURST, /* as fast as the sensor thread looks, without asking anybody */
    DRIVE_STOP,  /* the service is stopped */
};

static const struct scenario {
    const char *name;
    enum drive drive;
    unsigned changes;
    bool exact; /* every follower gets this many events, and no gaps */
    const char *load[8];
    const char *sim[4];
} scenarios[] = {
    {.name = "1000_subscribers_get_200_transitions_once_and_in_order",
     .drive = DRIVE_STEPS,
     .changes = 200,
     .exact = true,
     .load = {"--clients", "1000", "--mix", "f"}},
    {.name = "64_mixed_clients_are_told_the_truth",
     .drive = DRIVE_STEPS,
     .changes = 200,
     .exact = true,
     .load = {"--clients", "64", "--mix", "fsw"}},
    {.name = "bursts_reach_those_who_read_and_those_who_do_not",
     .drive = DRIVE_BURST,
     .load = {"--clients", "40", "--mix", "fffffs", "--deaf", "8"}},
    {.name = "a_stop_tells_64_clients",
     .drive = DRIVE_STOP,
     .load = {"--clients", "64", "--mix", "fqsw"}},
    {.name = "connections_over_the_cap_are_told_so",
     .drive = DRIVE_STEPS,
     .changes = 2,
     .exact = true,
     .load = {"--clients", "80", "--mix", "fs", "--refused", "21"}, /* and one to ask the status */
     .sim = {"--connections", "60"}},
};

struct child {
    const char *name;
    uv_process_t process;
    uv_pipe_t in, out;
    struct lines lines;
    void (*on_line)(const char *line);
    bool started, exited;
};

static struct {
    uv_loop_t loop;
    uv_timer_t limit;
    const struct scenario *scenario;
    const char *sim_path, *load_path;
    char folder[256], pipe[300];
    struct child sim, load;
    bool driving;
    unsigned step;
    uint64_t stop_ns;
    char report[512];
} run;

static _Noreturn void fail(const char *what, const char *detail)
{
    fprintf(stderr, "load-run: %s%s%s\n", what, detail[0] == '\0' ? "" : ": ", detail);
    if (run.sim.started && !run.sim.exited) {
        uv_process_kill(&run.sim.process, SIGKILL);
    }
    if (run.load.started && !run.load.exited) {
        uv_process_kill(&run.load.process, SIGKILL);
    }
    remove(run.pipe);
    remove(run.folder);
    exit(1);
}

/* ---- children ---- */

static void on_said(uv_write_t *write, int status)
{
    (void)status;
    free(write);
}

/* `text` must be a literal. */
static void tell(struct child *child, const char *text)
{
    uv_write_t *write = malloc(sizeof *write);
    uv_buf_t part = uv_buf_init((char *)(uintptr_t)text, (unsigned)strlen(text));
    if (write == NULL || uv_write(write, (uv_stream_t *)&child->in, &part, 1, on_said) != 0) {
        fail("cannot tell", child->name);
    }
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct child *child = handle->data;
    size_t size = 0;
    char *room = lines_room(&child->lines, &size);
    (void)suggested;
    *buffer = uv_buf_init(room, (unsigned)size);
}

static void on_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct child *child = stream->data;
    char *line;
    size_t length;
    (void)buffer;
    if (size < 0) {
        uv_read_stop(stream);
        return;
    }
    lines_added(&child->lines, (size_t)size);
    while (lines_next(&child->lines, &line, &length) == LINES_LINE) {
        child->on_line(line);
    }
}

static void check_exits(void);

static void on_exit_of(uv_process_t *process, int64_t status, int number)
{
    struct child *child = process->data;
    child->exited = true;
    if (status != 0 || number != 0) {
        char detail[64];
        snprintf(detail, sizeof detail, "exit code %" PRId64 ", signal %d", status, number);
        fail(child->name, detail);
    }
    check_exits();
}

static void start(struct child *child, const char *name, const char *path,
                  const char *const arguments[], void (*on_line)(const char *line))
{
    char *argv[MOST_ARGUMENTS + 1] = {NULL};
    size_t count = 0;
    uv_stdio_container_t stdio[3];
    child->name = name;
    child->on_line = on_line;
    lines_init(&child->lines, 4096);
    uv_pipe_init(&run.loop, &child->in, 0);
    uv_pipe_init(&run.loop, &child->out, 0);
    child->out.data = child;
    child->process.data = child;
    argv[count++] = (char *)(uintptr_t)path;
    argv[count++] = (char *)(uintptr_t) "--pipe";
    argv[count++] = run.pipe;
    for (size_t i = 0; arguments[i] != NULL && count < MOST_ARGUMENTS; i++) {
        argv[count++] = (char *)(uintptr_t)arguments[i];
    }
    stdio[0] = (uv_stdio_container_t){.flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
                                      .data.stream = (uv_stream_t *)&child->in};
    stdio[1] = (uv_stdio_container_t){.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                                      .data.stream = (uv_stream_t *)&child->out};
    stdio[2] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = 2};
    uv_process_options_t options = {
        .exit_cb = on_exit_of, .file = path, .args = argv, .stdio_count = 3, .stdio = stdio};
    int error = uv_spawn(&run.loop, &child->process, &options);
    if (error != 0) {
        fail(name, uv_strerror(error));
    }
    child->started = true;
    uv_read_start((uv_stream_t *)&child->out, give_room, on_output);
}

static void close_child(struct child *child)
{
    uv_close((uv_handle_t *)&child->in, NULL);
    uv_close((uv_handle_t *)&child->out, NULL);
    uv_close((uv_handle_t *)&child->process, NULL);
    lines_release(&child->lines);
}

/* ---- what happens ---- */

static void stop_sim(void)
{
    run.stop_ns = uv_hrtime();
    tell(&run.sim, "exit\n");
}

/* The next change, or the end. */
static void next_step(void)
{
    if (run.step == run.scenario->changes) {
        tell(&run.load, "finish\n");
    } else if (run.step++ % 2 == 0) {
        tell(&run.sim, "mutex held\n");
    } else {
        tell(&run.sim, "mutex free\n");
    }
}

static void begin_drive(void)
{
    switch (run.scenario->drive) {
    case DRIVE_STEPS:
        next_step();
        break;
    case DRIVE_BURST:
        tell(&run.sim, "toggle 3000 1\nmutex free\n");
        break;
    case DRIVE_STOP:
        stop_sim();
        break;
    }
}

/* "ok N clients, ...": exactly this many events, and nothing in gaps. */
static void check_report(const char *line)
{
    unsigned events = run.scenario->changes;
    char expected[64];
    snprintf(expected, sizeof expected, ", %u at least, 0 in gaps", events);
    if (run.scenario->exact && strstr(line, expected) == NULL) {
        fail("not every event, or a gap", line);
    }
    snprintf(run.report, sizeof run.report, "%s", line);
}

static void on_load_line(const char *line)
{
    if (strcmp(line, "ready") == 0) {
        run.driving = true;
        begin_drive();
    } else if (strncmp(line, "ok ", 3) == 0) {
        check_report(line);
    } else if (run.driving && run.scenario->drive == DRIVE_STEPS &&
               strncmp(line, run.step % 2 == 0 ? "idle" : "busy", 4) == 0) {
        next_step();
    }
}

static void on_sim_line(const char *line)
{
    static unsigned done;
    if (strcmp(line, "ready") == 0) {
        static const char *arguments[9];
        memcpy(arguments, run.scenario->load, sizeof run.scenario->load);
        start(&run.load, "msiwatch-load", run.load_path, arguments, on_load_line);
    } else if (strcmp(line, "ok") != 0) {
        fail("msiwatch-sim said", line);
    } else if (run.scenario->drive == DRIVE_BURST && ++done == 2) {
        tell(&run.load, "finish\n");
    }
}

static void check_exits(void)
{
    if (run.load.exited && run.report[0] == '\0') {
        fail("msiwatch-load ended silently", "");
    }
    if (run.load.exited && !run.sim.exited && run.stop_ns == 0) {
        stop_sim();
    }
    if (run.sim.exited && run.stop_ns == 0) {
        fail("msiwatch-sim ended by itself", "");
    }
    if (!run.load.exited || !run.sim.exited) {
        return;
    }
    uint64_t took_ms = (uv_hrtime() - run.stop_ns) / 1000000;
    printf("%s\nstopped in %" PRIu64 " ms\n", run.report, took_ms);
    if (took_ms > STOP_MS) {
        fail("the stop took too long", "");
    }
    close_child(&run.sim);
    close_child(&run.load);
    uv_close((uv_handle_t *)&run.limit, NULL);
}

static void on_limit(uv_timer_t *timer)
{
    (void)timer;
    fail("not done in time", run.scenario->name);
}

static void make_place(void)
{
    char where[200];
    size_t size = sizeof where;
    uv_fs_t request;
    if (uv_os_tmpdir(where, &size) != 0) {
        fail("no folder for temporary files", "");
    }
    snprintf(run.folder, sizeof run.folder, "%s/msiwatch-load-XXXXXX", where);
    int error = uv_fs_mkdtemp(NULL, &request, run.folder, NULL);
    if (error != 0) {
        fail(run.folder, uv_strerror(error));
    }
    snprintf(run.folder, sizeof run.folder, "%s", request.path);
    uv_fs_req_cleanup(&request);
    snprintf(run.pipe, sizeof run.pipe, "%s/pipe", run.folder);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 4 && i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (strcmp(scenarios[i].name, argv[3]) == 0) {
            run.scenario = &scenarios[i];
        }
    }
    if (run.scenario == NULL) {
        fputs("usage: load-run SIM LOAD SCENARIO\n", stderr);
        return 87;
    }
    run.sim_path = argv[1];
    run.load_path = argv[2];
    make_place();
    uv_loop_init(&run.loop);
    uv_timer_init(&run.loop, &run.limit);
    uv_timer_start(&run.limit, on_limit, 100000, 0);
    /* One user, whoever that is, and one process make all connections here. */
    const char *arguments[MOST_ARGUMENTS] = {
        "--flapping",         "10000", "--connections-kept", "0", "--connections-process", "1800",
        "--connections-user", "1800"};
    for (size_t i = 0; i < 4 && run.scenario->sim[i] != NULL; i++) {
        arguments[8 + i] = run.scenario->sim[i];
    }
    start(&run.sim, "msiwatch-sim", run.sim_path, arguments, on_sim_line);
    uv_run(&run.loop, UV_RUN_DEFAULT);
    uv_loop_close(&run.loop);
    remove(run.folder);
    return 0;
}
