/* script.c: the machine that the simulator simulates, and the sensor that reads it. */
#include "script.h"

#include "base/clock.h"
#include "disk.h"
#include "event_xml.h"
#include "observe/process_watch.h"
#include "played_processes.h"
#include "sim_clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { PROCESSES = 16 };

struct script {
    struct sensor sensor;
    struct sampler *sampler;
    struct install_log *records;
    uv_mutex_t lock; /* guards all below */
    struct observation now;
    bool registry_changed;
    unsigned blind_ms;
    uint64_t looks; /* how often it was read */
    struct {
        uint32_t pid;
        enum record_writer writer;
    } processes[PROCESSES]; /* only for the thread that runs commands */
    size_t process_count;
    struct played_processes machine;
    struct process_watch *watch;
    bool machine_known; /* a process of the machine was given */
    char image[256];    /* of the mutex's owner; "" means Windows' msiexec */
    bool callers_known;
    enum access_level callers;
};

#define OWNER_USER "S-1-5-21-7-7-7-1001"
#define MSIEXEC "C:\\Windows\\System32\\msiexec.exe"

static void read_all(struct sensor *self, struct observation *into)
{
    struct script *script = (struct script *)self;
    uv_mutex_lock(&script->lock);
    unsigned blind_ms = script->blind_ms;
    script->blind_ms = 0;
    uv_mutex_unlock(&script->lock);
    if (blind_ms > 0) {
        uv_sleep(blind_ms);
    }
    uv_mutex_lock(&script->lock);
    uint64_t mono_ms = into->mono_ms;
    int64_t wall_ms = into->wall_ms;
    *into = script->now;
    self->hinted = script->registry_changed;
    script->registry_changed = false;
    into->mono_ms = mono_ms;
    into->wall_ms = wall_ms;
    if (script->machine_known) {
        struct sensor *processes = process_watch_sensor(script->watch);
        processes->read(processes, into);
    }
    script->looks++;
    uv_mutex_unlock(&script->lock);
}

static void close_sensor(struct sensor *self)
{
    struct script *script = (struct script *)self;
    uv_mutex_lock(&script->lock);
    script->sampler = NULL;
    uv_mutex_unlock(&script->lock);
}

int script_new(struct script **out)
{
    struct script *script = calloc(1, sizeof *script);
    if (script == NULL) {
        return UV_ENOMEM;
    }
    int error = uv_mutex_init(&script->lock);
    if (error != 0) {
        free(script);
        return error;
    }
    script->sensor = (struct sensor){.read = read_all, .close = close_sensor};
    played_processes_init(&script->machine);
    error = process_watch_new(&script->watch, &script->machine.calls, NULL);
    if (error != 0) {
        uv_mutex_destroy(&script->lock);
        free(script);
        return error;
    }
    script->now.msiserver.state = MSISERVER_STOPPED;
    script->now.registry_known = true;
    *out = script;
    return 0;
}

void script_free(struct script *script)
{
    if (script != NULL) {
        process_watch_sensor(script->watch)->close(process_watch_sensor(script->watch));
        uv_mutex_destroy(&script->lock);
        free(script);
    }
}

int script_add_sensors(struct sampler *sampler, struct install_log *records, void *context)
{
    struct script *script = context;
    script->records = records;
    /* The watch is always used under the lock: the thread that runs commands puts records. */
    install_log_set_clients(records, &(struct install_log_clients){
                                         process_watch_began, process_watch_ended, script->watch});
    install_log_set_health(records, HEALTH_OK, "");
    script->sampler = sampler;
    return sampler_add(sampler, &script->sensor);
}

/* A change is a hint, like Windows' own notifications. Windows has none for the mutex, but without
 * it tests would have to wait. */
static void changed(struct script *script)
{
    if (script->sampler != NULL) {
        sampler_hint(script->sampler);
    }
}

/* Returns how often the machine had been read before the change. */
static uint64_t set_mutex(struct script *script, int state, unsigned pid, unsigned tid)
{
    uv_mutex_lock(&script->lock);
    uint64_t before = script->looks;
    script->now.mutex.state = (enum mutex_state)state;
    script->now.mutex.owner_known = pid != 0;
    script->now.mutex.owner_pid = pid;
    script->now.mutex.owner_tid = tid;
    bool foreign = script->image[0] != '\0';
    script->now.mutex.owner_foreign = pid != 0 && foreign;
    snprintf(script->now.mutex.owner_image, sizeof script->now.mutex.owner_image, "%s",
             pid == 0  ? ""
             : foreign ? script->image
                       : MSIEXEC);
    snprintf(script->now.mutex.owner_user, sizeof script->now.mutex.owner_user, "%s",
             pid == 0 ? "" : OWNER_USER);
    changed(script);
    uv_mutex_unlock(&script->lock);
    return before;
}

bool script_callers(struct script *script, enum access_level *access_level)
{
    uv_mutex_lock(&script->lock);
    bool known = script->callers_known;
    *access_level = script->callers;
    uv_mutex_unlock(&script->lock);
    return known;
}

/* Call it under the lock. */
static bool set_callers(struct script *script, const char *word)
{
    script->callers_known = strcmp(word, "real") != 0;
    script->callers = strcmp(word, "administrator") == 0 ? ACCESS_ADMINISTRATOR : ACCESS_STANDARD;
    return !script->callers_known || script->callers == ACCESS_ADMINISTRATOR ||
           strcmp(word, "standard") == 0;
}

static enum record_writer find_writer(const struct script *script, uint32_t pid)
{
    for (size_t i = 0; pid != 0 && i < script->process_count; i++) {
        if (script->processes[i].pid == pid) {
            return script->processes[i].writer;
        }
    }
    return WRITER_UNKNOWN;
}

static bool set_process(struct script *script, uint32_t pid, const char *what)
{
    static const char *const writers[] = {"unknown", "msiserver", "msiexec", "other"};
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        if (strcmp(what, writers[i]) == 0 && script->process_count < PROCESSES) {
            script->processes[script->process_count].writer = (enum record_writer)i;
            script->processes[script->process_count++].pid = pid;
            return true;
        }
    }
    return false;
}

/* When the sampler is gone, so are its sensors and the log that takes the records. */
static bool put_record(struct script *script, const char *xml, bool replayed)
{
    static struct event_xml event; /* only for the thread that runs commands */
    /* XML that cannot be read counts as a record in which nothing can be read. */
    static const struct event_record unreadable = {
        .event_id = 1033, .provider = "MsiInstaller", .at_ms = INT64_MIN};
    bool read = event_xml_read(&event, xml, strlen(xml));
    event.record.arrived_ms = clock_mono_ms();
    event.record.replayed = replayed;
    event.record.writer = find_writer(script, event.record.writer_pid);
    uv_mutex_lock(&script->lock);
    if (script->sampler != NULL) {
        install_log_put(script->records, read ? &event.record : &unreadable);
    }
    changed(script);
    uv_mutex_unlock(&script->lock);
    return true;
}

/* ---- processes ---- */

/* Call these three under the lock. */
static bool set_played_process(struct script *script, const char *command)
{
    unsigned pid, parent, session;
    unsigned long long created;
    char name[40] = "", path[160] = "";
    int64_t now = clock_wall_ms() + INT64_C(11644473600000);
    if (sscanf(command, "%*s %u %u %llu %u %39s %159[^\n]", &pid, &parent, &created, &session, name,
               path) < 5) {
        return false;
    }
    struct played_process *process = played_process(
        &script->machine, pid, parent, (uint64_t)(now - (int64_t)created) * 10000, name);
    if (process != NULL) {
        process->session = session;
        snprintf(process->path, sizeof process->path, "%s", path);
        script->machine_known = true;
    }
    return process != NULL;
}

static bool let_work(struct script *script, uint32_t pid, const char *cpu_ms, const char *io_bytes)
{
    for (size_t i = 0; i < script->machine.count; i++) {
        struct played_process *process = &script->machine.processes[i];
        if (process->pid == pid) {
            process->cpu_ms += strtoull(cpu_ms, NULL, 10);
            process->io_bytes += strtoull(io_bytes, NULL, 10);
            return true;
        }
    }
    return false;
}

static void toggle(struct script *script, unsigned count, unsigned ms)
{
    for (unsigned i = 0; i < count; i++) {
        set_mutex(script, MUTEX_HELD, 0, 0);
        uv_sleep(ms);
        set_mutex(script, MUTEX_FREE, 0, 0);
        uv_sleep(ms);
    }
}

static uint64_t looks(struct script *script)
{
    uv_mutex_lock(&script->lock);
    uint64_t count = script->looks;
    uv_mutex_unlock(&script->lock);
    return count;
}

/* Waits at least `ms`, and until the machine was read again, but at most 10 s. */
static void let_it_be_seen(struct script *script, unsigned ms, uint64_t before)
{
    uv_sleep(ms);
    for (unsigned waited = 0; looks(script) == before && waited < 10000; waited++) {
        uv_sleep(1);
    }
}

static void steps(struct script *script, unsigned count, unsigned ms)
{
    for (unsigned i = 0; i < count; i++) {
        let_it_be_seen(script, ms, set_mutex(script, MUTEX_HELD, 0, 0));
        let_it_be_seen(script, ms, set_mutex(script, MUTEX_FREE, 0, 0));
    }
}

int script_run(struct script *script, const char *command)
{
    char word[32] = "", state[32] = "", second[32] = "", third[32] = "";
    int fields = sscanf(command, "%31s %31s %31s %31s", word, state, second, third);
    unsigned first = (unsigned)strtoul(state, NULL, 10);
    unsigned a = (unsigned)strtoul(second, NULL, 10), b = (unsigned)strtoul(third, NULL, 10);
    if (fields < 1) {
        return 0;
    }
    if (strcmp(word, "exit") == 0) {
        return 1;
    }
    if (strcmp(word, "mutex") == 0 && mutex_state_parse(state) >= 0) {
        set_mutex(script, mutex_state_parse(state), a, b);
        return 0;
    }
    if (strcmp(word, "record") == 0 || strcmp(word, "replay") == 0) {
        const char *xml = strchr(command, ' ');
        return xml != NULL && put_record(script, xml + 1, strcmp(word, "replay") == 0) ? 0 : -1;
    }
    if (strcmp(word, "process") == 0) {
        return set_process(script, first, second) ? 0 : -1;
    }
    if (strcmp(word, "sleep") == 0) {
        uv_sleep(first);
        return 0;
    }
    if (strcmp(word, "toggle") == 0) {
        toggle(script, first, a);
        return 0;
    }
    if (strcmp(word, "look") == 0) {
        uint64_t before = looks(script);
        changed(script);
        let_it_be_seen(script, 0, before);
        return 0;
    }
    if (strcmp(word, "steps") == 0) {
        steps(script, first, a);
        return 0;
    }
    if (strcmp(word, "disk") == 0 && disk_fault_parse(state) >= 0) {
        disk_set_fault((enum disk_fault)disk_fault_parse(state), 0, DISK_FOR_EVER);
        return 0;
    }
    if (strcmp(word, "slow") == 0) {
        disk_set_slow(first);
        return 0;
    }
    if (strcmp(word, "wall") == 0) {
        sim_clock_set_wall(strtoll(state, NULL, 10));
        return 0;
    }
    int done = 0;
    uv_mutex_lock(&script->lock);
    if (strcmp(word, "msiserver") == 0 && msiserver_state_parse(state) >= 0) {
        script->now.msiserver.state = (enum msiserver_state)msiserver_state_parse(state);
        script->now.msiserver.controls = a;
        script->now.msiserver.pid = b;
    } else if (strcmp(word, "in_progress") == 0) {
        script->now.in_progress = first != 0;
        script->registry_changed = true;
    } else if (strcmp(word, "ui_clients") == 0) {
        script->now.ui_clients = (int32_t)first;
    } else if (strcmp(word, "suspend") == 0) {
        sim_clock_sleep(first);
    } else if (strcmp(word, "blind") == 0) {
        script->blind_ms = first;
    } else if (strcmp(word, "image") == 0) {
        const char *path = strchr(command, ' ');
        snprintf(script->image, sizeof script->image, "%s", path == NULL ? "" : path + 1);
    } else if (strcmp(word, "install_log") == 0) {
        int health = health_parse(state);
        done = health < 0 ? -1 : 0;
        if (health >= 0 && script->sampler != NULL) {
            install_log_set_health(script->records, (enum health)health, "the script says so");
        }
    } else if (strcmp(word, "ps") == 0) {
        done = set_played_process(script, command) ? 0 : -1;
    } else if (strcmp(word, "works") == 0) {
        done = let_work(script, first, second, third) ? 0 : -1;
    } else if (strcmp(word, "ends") == 0) {
        played_process_ends(&script->machine, first);
    } else if (strcmp(word, "callers") == 0) {
        done = set_callers(script, state) ? 0 : -1;
    } else {
        done = -1;
    }
    changed(script);
    uv_mutex_unlock(&script->lock);
    return done;
}
