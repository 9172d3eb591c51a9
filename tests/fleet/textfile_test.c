/* textfile_test.c: the file with the metrics: written when it should be, where it may be, and
 * always whole. Against msiwatch-sim.
 *
 *   fleet-textfile-test MSIWATCH-SIM [reader]     "reader": only the reader in a tight loop
 */
#include "unit.h"

#include "raw_client.h"
#include "metrics/textfile.h"
#include "config/settings.h"
#include "sim.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 10000u

static struct sim sim;
static char folder[64], file[96];

/* ---- a folder, a service, a file ---- */

static int begin(void **state)
{
    static const char *const settings[] = {"--flapping=10000", NULL};
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/msiwatch-fleet-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(file, sizeof file, "%s/msiwatch.prom", folder);
    sim_start(&sim, settings);
    return 0;
}

static size_t files_in_folder(void)
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(entries);
    return count;
}

static int end(void **state)
{
    char path[512];
    (void)state;
    bool well = sim_stop(&sim);
    DIR *entries = opendir(folder);
    for (const struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
        rmdir(path);
    }
    closedir(entries);
    rmdir(folder);
    return well ? 0 : -1;
}

/* The whole file; NULL if there is none. Valid until the next. */
static const char *read_file(const char *path)
{
    static char text[1 << 16];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    assert_true(size >= 0);
    text[size] = '\0';
    return text;
}

/* Waits until the file has a line. */
static void file_must_have(const char *path, const char *line)
{
    for (uint64_t until = raw_now_ms() + LIMIT_MS;;) {
        const char *text = read_file(path);
        if (text != NULL && strstr(text, line) != NULL) {
            return;
        }
        must(raw_now_ms() < until, "%s has no line %s: %s", path, line, text == NULL ? "" : text);
        usleep(1000);
    }
}

static void must_vanish(const char *path)
{
    for (uint64_t until = raw_now_ms() + LIMIT_MS; access(path, F_OK) == 0;) {
        must(raw_now_ms() < until, "%s stays", path);
        usleep(1000);
    }
}

/* Besides these there may be, for a moment, the one that is being written. */
static void folder_must_hold(size_t files)
{
    for (uint64_t until = raw_now_ms() + LIMIT_MS; files_in_folder() != files;) {
        must(raw_now_ms() < until, "%zu files, not %zu", files_in_folder(), files);
        usleep(1000);
    }
}

static void set_path(const char *path)
{
    char command[256];
    snprintf(command, sizeof command, "reg policy MetricsTextfile sz %s", path);
    sim_command(&sim, command);
}

static void about_must_say(const char *text)
{
    struct raw_client client;
    for (uint64_t until = raw_now_ms() + LIMIT_MS;;) {
        assert_true(raw_connect(&client, sim.path));
        assert_true(raw_say(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"about\"}\n"));
        bool said = raw_hears(&client, text, 1000);
        raw_close(&client);
        if (said) {
            return;
        }
        must(raw_now_ms() < until, "about does not say %s", text);
    }
}

#define REJECTED "\"settings_rejected\":[{\"name\":\"MetricsTextfile\""
#define NONE_REJECTED "\"settings_rejected\":[]"

/* ---- when ---- */

static void it_is_off_until_a_path_is_set(void **state)
{
    (void)state;
    sim_command(&sim, "mutex held");
    sim_command(&sim, "mutex free");
    assert_int_equal(files_in_folder(), 0);
    set_path(file);
    file_must_have(file, "\nmsiwatch_installer_state{state=\"idle\"} 1\n");
    folder_must_hold(1);
}

static void every_transition_is_in_it_at_once(void **state)
{
    (void)state;
    set_path(file);
    file_must_have(file, "\nmsiwatch_installer_state{state=\"idle\"} 1\n");
    uint64_t begun = raw_now_ms();
    sim_command(&sim, "mutex held");
    file_must_have(file, "\nmsiwatch_installer_busy 1\n");
    file_must_have(file, "\nmsiwatch_installer_busy_periods_total 1\n");
    sim_command(&sim, "mutex denied");
    file_must_have(file, "\nmsiwatch_installer_state{state=\"unknown\"} 1\n");
    file_must_have(file, "\nmsiwatch_sensor_up{sensor=\"mutex\"} 0\n");
    sim_command(&sim, "mutex held");
    file_must_have(file, "\nmsiwatch_installer_busy_periods_total 2\n");
    assert_true(raw_now_ms() - begun < TEXTFILE_EVERY_MS); /* it was not the clock */
}

/* The event log's record of now. */
static void record(unsigned id, const char *data)
{
    char command[1024], at[64];
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(command, sizeof command,
             "record <Event><System><Provider Name='MsiInstaller'/><EventID>%u</EventID>"
             "<TimeCreated SystemTime='%s.%07ldZ'/></System><EventData>%s</EventData></Event>",
             id, at, now.tv_nsec / 100, data);
    sim_command(&sim, command);
}

static void installations_that_the_event_log_tells_of_are_counted(void **state)
{
    (void)state;
    set_path(file);
    file_must_have(file, "\nmsiwatch_sensor_up{sensor=\"install_log\"} 1\n");
    file_must_have(file,
                   "\nmsiwatch_operations_total{operation=\"install\",result=\"success\"} 0\n");
    sim_command(&sim, "mutex held");
    record(1033, "<Data>Example</Data><Data>1.2.3</Data><Data>1033</Data><Data>0</Data>");
    sim_command(&sim, "mutex free");
    file_must_have(file,
                   "\nmsiwatch_operations_total{operation=\"install\",result=\"success\"} 1\n");
    sim_command(&sim, "mutex held");
    record(1034, "<Data>Example</Data><Data>1.2.3</Data><Data>1033</Data><Data>1603</Data>");
    sim_command(&sim, "mutex free");
    file_must_have(file,
                   "\nmsiwatch_operations_total{operation=\"remove\",result=\"failure\"} 1\n");
    sim_command(&sim, "install_log denied");
    sim_command(&sim, "mutex held");
    file_must_have(file, "\nmsiwatch_sensor_up{sensor=\"install_log\"} 0\n");
}

static void the_last_thing_it_says_is_unknown(void **state)
{
    (void)state;
    set_path(file);
    file_must_have(file, "\nmsiwatch_installer_state{state=\"idle\"} 1\n");
    assert_true(sim_stop(&sim));
    const char *text = read_file(file);
    assert_non_null(text);
    assert_non_null(strstr(text, "\nmsiwatch_installer_state{state=\"unknown\"} 1\n"));
    assert_int_equal(files_in_folder(), 1);
    sim_start(&sim, NULL); /* for the teardown */
}

struct ticks {
    uv_loop_t loop;
    struct textfile *textfile;
    uv_timer_t check;
    unsigned rendered;
};

static char *render(void *arg, size_t *size)
{
    struct ticks *ticks = arg;
    char *text = malloc(32);
    assert_non_null(text);
    *size = (size_t)snprintf(text, 32, "msiwatch_rendered %u\n", ++ticks->rendered);
    return text;
}

static void on_check(uv_timer_t *timer)
{
    struct ticks *ticks = timer->data;
    if (textfile_facts(ticks->textfile)->written >= 5) {
        uv_close((uv_handle_t *)timer, NULL);
        textfile_stop(ticks->textfile, NULL, NULL);
    }
}

static void it_is_written_by_the_clock_too(void **state)
{
    struct ticks ticks = {.rendered = 0};
    struct textfile_config config = {&ticks.loop, NULL, render, &ticks, .every_ms = 20};
    (void)state;
    assert_int_equal(TEXTFILE_EVERY_MS, 30000);
    uint64_t begun = raw_now_ms(); /* before the loop has its time, from which its timers count */
    assert_int_equal(uv_loop_init(&ticks.loop), 0);
    assert_int_equal(textfile_new(&ticks.textfile, &config), 0);
    uv_timer_init(&ticks.loop, &ticks.check);
    ticks.check.data = &ticks;
    uv_timer_start(&ticks.check, on_check, 5, 5);
    textfile_set_path(ticks.textfile, file);
    uv_run(&ticks.loop, UV_RUN_DEFAULT);
    assert_true(raw_now_ms() - begun >= 4 * 20 - 5); /* one at once, four by the clock */
    assert_int_equal(uv_loop_close(&ticks.loop), 0);
    assert_in_range(ticks.rendered, 5, 6);
    assert_int_equal(files_in_folder(), 1);
}

/* ---- where ---- */

static void another_path_takes_the_old_file_away(void **state)
{
    char other[96];
    (void)state;
    snprintf(other, sizeof other, "%s/other.prom", folder);
    set_path(file);
    file_must_have(file, "msiwatch_build_info");
    set_path(other);
    file_must_have(other, "msiwatch_build_info");
    must_vanish(file);
    set_path("off");
    must_vanish(other);
    folder_must_hold(0);
}

static void a_place_that_others_can_change_is_refused(void **state)
{
    char inner[96], path[160], link_path[96];
    (void)state;
    snprintf(inner, sizeof inner, "%s/inner", folder);
    snprintf(path, sizeof path, "%s/msiwatch.prom", inner);
    snprintf(link_path, sizeof link_path, "%s/link", folder);

    set_path(path); /* the folder is not there yet: it may come */
    about_must_say(REJECTED);
    assert_int_equal(mkdir(inner, 0755), 0);
    sim_command(&sim, "mutex held");
    file_must_have(path, "msiwatch_build_info");
    about_must_say(NONE_REJECTED);

    assert_int_equal(chmod(inner, 0777), 0);
    assert_int_equal(unlink(path), 0);
    sim_command(&sim, "mutex free");
    about_must_say(REJECTED);
    assert_int_not_equal(access(path, F_OK), 0);

    assert_int_equal(chmod(inner, 01777), 0); /* not even sticky: a name could be taken before */
    sim_command(&sim, "mutex held");
    about_must_say(REJECTED);
    assert_int_not_equal(access(path, F_OK), 0);

    assert_int_equal(chmod(inner, 0755), 0);
    assert_int_equal(symlink(inner, link_path), 0);
    snprintf(path, sizeof path, "%s/msiwatch.prom", link_path);
    set_path(path);
    about_must_say(REJECTED);
    assert_int_not_equal(access(path, F_OK), 0);
    snprintf(path, sizeof path, "%s/inner/../inner/msiwatch.prom", folder);
    set_path(path);
    about_must_say(REJECTED);
    set_path("off");
    about_must_say(NONE_REJECTED);
    assert_int_equal(unlink(link_path), 0);
}

/* A file is never followed, nor written in place: what it leads to stays as it is. */
static void a_link_in_its_place_is_replaced_and_not_followed(void **state)
{
    char victim[96];
    (void)state;
    snprintf(victim, sizeof victim, "%s/victim", folder);
    int fd = open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, "kept", 4) == 4 && close(fd) == 0);
    assert_int_equal(symlink(victim, file), 0);
    set_path(file);
    file_must_have(file, "msiwatch_build_info");
    struct stat facts;
    assert_int_equal(lstat(file, &facts), 0);
    assert_true(S_ISREG(facts.st_mode));
    assert_string_equal(read_file(victim), "kept");
}

static void what_a_killed_service_left_is_removed(void **state)
{
    static const char *const names[] = {
        "msiwatch.prom.0123456789abcdef.tmp", /* this alone is such */
        "msiwatch.prom.0123456789abcde.tmp",  "msiwatch.prom.0123456789abcdeX.tmp",
        "other.prom.0123456789abcdef.tmp",    "msiwatch.prom.tmp",
    };
    char path[192];
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0 && close(fd) == 0);
    }
    set_path(file);
    file_must_have(file, "msiwatch_build_info");
    folder_must_hold(COUNT(names)); /* one came, one went */
    snprintf(path, sizeof path, "%s/%s", folder, names[0]);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* ---- and away with it ---- */

static void make_file(const char *name)
{
    char path[192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && close(fd) == 0);
}

/* The file and what a killed service left beside it; not what has another name. */
static void a_removal_takes_what_was_written_and_nothing_else(void **state)
{
    char why[PLACE_WHY];
    (void)state;
    assert_int_equal(textfile_remove(file, why), 0); /* there is none */
    make_file("msiwatch.prom");
    make_file("msiwatch.prom.0123456789abcdef.tmp");
    make_file("other.prom.0123456789abcdef.tmp");
    make_file("other.prom");
    assert_int_equal(textfile_remove(file, why), 0);
    assert_int_equal(files_in_folder(), 2);
    assert_int_not_equal(access(file, F_OK), 0);
}

static void a_removal_is_not_led_elsewhere(void **state)
{
    char why[PLACE_WHY], inner[96], link_path[96], path[160];
    (void)state;
    make_file("victim");
    snprintf(path, sizeof path, "%s/victim", folder);
    assert_int_equal(symlink(path, file), 0); /* a file that leads elsewhere: only itself goes */
    assert_int_equal(textfile_remove(file, why), 0);
    assert_int_equal(files_in_folder(), 1);

    snprintf(inner, sizeof inner, "%s/inner", folder);
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    assert_int_equal(mkdir(inner, 0755), 0);
    assert_int_equal(symlink(inner, link_path), 0);
    make_file("inner/msiwatch.prom");
    snprintf(path, sizeof path, "%s/msiwatch.prom", link_path);
    assert_int_equal(textfile_remove(path, why), UV_EACCES); /* a folder that leads elsewhere */
    assert_non_null(strstr(why, "leads elsewhere"));
    snprintf(path, sizeof path, "%s/msiwatch.prom", inner);
    assert_int_equal(chmod(inner, 0777), 0);
    assert_int_equal(textfile_remove(path, why), UV_EACCES); /* one that others can change */
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(chmod(inner, 0755), 0);
    assert_int_equal(textfile_remove(path, why), 0);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(unlink(link_path), 0);
}

/* ---- always whole ---- */

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void a_reader_in_a_tight_loop_never_sees_a_part(void **state)
{
    static char last[1 << 16];
    unsigned seconds = getenv("MSIWATCH_TEST_LONG") != NULL ? 60 : 3;
    size_t lines = 0;
    unsigned long reads = 0, changes = 0;
    char command[64];
    (void)state;
    set_path(file);
    file_must_have(file, "msiwatch_build_info");
    snprintf(command, sizeof command, "toggle %u 8", seconds * 1000 / 16);
    sim_command_begin(&sim, command); /* and meanwhile: */
    for (uint64_t until = raw_now_ms() + seconds * 1000; raw_now_ms() < until; reads++) {
        const char *text = read_file(file);
        must(text != NULL, "no file, read %lu", reads);
        size_t size = strlen(text);
        must(strncmp(text, "# HELP msiwatch_installer_busy ", 31) == 0, "begins with: %.60s", text);
        must(size > 60 && strstr(text + size - 60, "\nmsiwatch_build_info{") != NULL &&
                 text[size - 1] == '\n',
             "read %lu ends with: %s", reads, size > 60 ? text + size - 60 : text);
        lines = lines == 0 ? lines_of(text) : lines;
        assert_int_equal(lines_of(text), lines);
        changes += strcmp(text, last) != 0;
        memcpy(last, text, size + 1);
    }
    sim_command_end(&sim);
    print_message("%lu reads in %u s, %lu times another text\n", reads, seconds, changes);
    assert_true(changes > seconds); /* many more, unless the machine has much else to do */
    assert_true(reads > changes);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH(it_is_off_until_a_path_is_set),
        WITH(every_transition_is_in_it_at_once),
        WITH(installations_that_the_event_log_tells_of_are_counted),
        WITH(the_last_thing_it_says_is_unknown),
        WITH(it_is_written_by_the_clock_too),
        WITH(another_path_takes_the_old_file_away),
        WITH(a_place_that_others_can_change_is_refused),
        WITH(a_link_in_its_place_is_replaced_and_not_followed),
        WITH(what_a_killed_service_left_is_removed),
        WITH(a_removal_takes_what_was_written_and_nothing_else),
        WITH(a_removal_is_not_led_elsewhere),
        WITH(a_reader_in_a_tight_loop_never_sees_a_part),
    };
    const struct CMUnitTest reader[] = {WITH(a_reader_in_a_tight_loop_never_sees_a_part)};
    sim_find(argc, argv);
    if (argc > 2 && strcmp(argv[2], "reader") == 0) {
        return cmocka_run_group_tests(reader, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
