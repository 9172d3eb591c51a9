/* events_test.c: real records (events/), each file beside a timeline of the mutex, through the
 * simulator: what is reported is what table.txt says, no more and no less.
 *
 *   events-test MSIWATCH-SIM TABLE EVENTS-FOLDER [FILE]
 */
#include "unit.h"

#include "common/wire.h"
#include "raw_client.h"
#include "sim.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yyjson.h>

enum {
    SOON_MS = 5000,
    PAUSE_MS = 150,
    QUIET_MS = 400, /* so long nothing more may come before the simulator is stopped */
    MOST_RECORDS = 64,
    MOST_PERIODS = 64,
    LINE = 4096,
    PAGE = 32768,
};

static const char *table_path, *folder, *only;
static struct sim sim;
static struct raw_client client;
static char got[PAGE]; /* one line per event, as in the table */
static unsigned got_count;
static uint64_t periods[MOST_PERIODS]; /* the seq of each busy period's begin */
static size_t period_count;

static void add_got(const char *text)
{
    size_t size = strlen(got);
    snprintf(got + size, sizeof got - size, "%s", text);
}

/* ---- what the service reports ---- */

static unsigned period_of(uint64_t seq)
{
    for (size_t i = 0; seq != 0 && i < period_count; i++) {
        if (periods[i] == seq) {
            return (unsigned)i + 1;
        }
    }
    must(seq == 0, "of %u, which is no busy period", (unsigned)seq);
    return 0;
}

static const char *word(const char *name)
{
    return name == NULL ? "unknown" : name;
}

static void note_install(const struct event *event, const struct install *install)
{
    char line[LINE], of[16] = "-", status[16] = "-";
    if (event->of != 0) {
        snprintf(of, sizeof of, "%u", period_of(event->of));
    }
    if (install->status_known) {
        snprintf(status, sizeof status, "%u", install->status);
    }
    const char *slash = strrchr(install->package, '\\'), *dash = strrchr(install->user, '-');
    snprintf(line, sizeof line, "    %s %s %s %s \"%s\" \"%s\" %s by %u for %s%s%s\n", of,
             word(install_action_name(install->action)), word(install_result_name(install->result)),
             status, install->product, slash == NULL ? install->package : slash + 1,
             install->product_code[0] == '\0' ? "{}" : install->product_code, install->client_pid,
             dash == NULL ? "nobody" : dash + 1,
             install->reboot == REBOOT_REQUIRED ? " restart" : "",
             install->trusted == TRUST_NO    ? " untrusted"
             : install->trusted == TRUST_YES ? " trusted"
                                             : "");
    add_got(line);
    got_count++;
}

/* False: no line came. */
static bool take_line(unsigned ms, enum verdict_state *to)
{
    struct event event;
    struct install install;
    const char *line = raw_hear(&client, ms, NULL);
    if (line == NULL) {
        return false;
    }
    yyjson_doc *doc = yyjson_read(line, strlen(line), YYJSON_READ_NOFLAG);
    yyjson_val *params = yyjson_obj_get(yyjson_doc_get_root(doc), "params");
    yyjson_val *value = yyjson_obj_get(params, "event");
    *to = VERDICT_UNKNOWN;
    if (value != NULL && wire_event_read(value, &event)) {
        if (wire_event_read_install(value, &install)) {
            event.of = yyjson_get_uint(yyjson_obj_get(value, "of"));
            note_install(&event, &install);
        } else {
            *to = event.to;
        }
        if (*to == VERDICT_BUSY) {
            assert_true(period_count < MOST_PERIODS);
            periods[period_count++] = event.seq;
        }
    }
    yyjson_doc_free(doc);
    return true;
}

/* ---- one file ---- */

static size_t read_records(const char *name, char *records[MOST_RECORDS])
{
    char path[512];
    size_t count = 0, room = 0;
    char *line = NULL;
    snprintf(path, sizeof path, "%s/%s.xml", folder, name);
    FILE *file = fopen(path, "re");
    must(file != NULL, "%s", path);
    while (getline(&line, &room, file) > 0) {
        if (strncmp(line, "<Event", 6) == 0 && strncmp(line, "<Events", 7) != 0) {
            assert_true(count < MOST_RECORDS);
            line[strcspn(line, "\r\n")] = '\0';
            records[count] = malloc(strlen(line) + sizeof "record ");
            assert_non_null(records[count]);
            sprintf(records[count++], "record %s", line);
        }
    }
    free(line);
    fclose(file);
    return count;
}

static void turn(const char *command, enum verdict_state wanted)
{
    enum verdict_state to = VERDICT_UNKNOWN;
    sim_command(&sim, command);
    while (to != wanted) {
        must(take_line(SOON_MS, &to), "%s: it is not seen", command);
    }
}

/* "[" taken, "]" released, "." a pause, "N" record N, "PID=WHO" a process. */
static void do_step(const char *step, char *records[], size_t count)
{
    char command[64], who[32];
    unsigned number;
    if (strcmp(step, "[") == 0) {
        turn("mutex held", VERDICT_BUSY);
    } else if (strcmp(step, "]") == 0) {
        turn("mutex free", VERDICT_IDLE);
    } else if (strcmp(step, ".") == 0) {
        usleep(PAUSE_MS * 1000);
    } else if (sscanf(step, "%u=%31s", &number, who) == 2) {
        snprintf(command, sizeof command, "process %u %s", number, who);
        sim_command(&sim, command);
    } else {
        number = (unsigned)strtoul(step, NULL, 10);
        must(number >= 1 && number <= count, "no record %s", step);
        sim_command(&sim, records[number - 1]);
    }
}

static void play(const char *name, char *steps, unsigned wanted)
{
    static const char *const settings[] = {NULL};
    char *records[MOST_RECORDS], *rest = steps;
    enum verdict_state to;
    size_t count = read_records(name, records);
    got[0] = '\0';
    got_count = 0;
    period_count = 0;
    sim_start(&sim, settings);
    sim_command(&sim, "callers administrator");
    assert_true(raw_connect(&client, sim.path));
    assert_true(raw_say(
        &client,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"after\":0}}\n"));
    for (char *step; (step = strtok_r(rest, " \n", &rest)) != NULL;) {
        do_step(step, records, count);
    }
    uint64_t begun = raw_now_ms();
    while (got_count < wanted && raw_now_ms() - begun < SOON_MS) {
        take_line(QUIET_MS, &to);
    }
    while (take_line(QUIET_MS, &to)) {
    }
    sim_command_begin(&sim, "exit"); /* what it has kept back is reported now */
    while (take_line(SOON_MS, &to)) {
    }
    assert_true(sim_stop(&sim));
    raw_close(&client);
    while (count > 0) {
        free(records[--count]);
    }
}

/* ---- the table ---- */

static void must_be_as_said(const char *name, char *steps, const char *wanted, unsigned count)
{
    if (only == NULL || strcmp(only, name) == 0) {
        play(name, steps, count);
        must(strcmp(got, wanted) == 0, "%s: the table says\n%sbut what is reported is\n%s", name,
             wanted, got);
    }
}

static void what_is_reported_of_real_records_is_what_the_table_says(void **state)
{
    char *line = NULL, name[64] = "", steps[LINE] = "";
    static char wanted[PAGE];
    size_t room = 0;
    unsigned files = 0, count = 0;
    (void)state;
    FILE *table = fopen(table_path, "re");
    must(table != NULL, "%s", table_path);
    bool more = true;
    while (more) {
        more = getline(&line, &room, table) > 0;
        bool file = more && line[0] != ' ' && line[0] != '#' && line[0] != '\n';
        if ((file || !more) && name[0] != '\0') {
            must_be_as_said(name, steps, wanted, count);
            files++;
        }
        if (file) {
            int end = 0;
            assert_int_equal(sscanf(line, "%63s%n", name, &end), 1);
            snprintf(steps, sizeof steps, "%s", line + end);
            wanted[0] = '\0';
            count = 0;
        } else if (more && line[0] == ' ') {
            snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s", line);
            count++;
        }
    }
    fclose(table);
    free(line);
    assert_in_range(files, 15, 100);
}

static void every_file_has_a_row(void **state)
{
    char name[256], row[300];
    static char table[PAGE];
    (void)state;
    FILE *file = fopen(table_path, "re");
    assert_non_null(file);
    table[fread(table, 1, sizeof table - 1, file)] = '\0';
    fclose(file);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (sscanf(entry->d_name, "%255[^.].xml", name) == 1 && name[0] != '.') {
            snprintf(row, sizeof row, "\n%s ", name);
            must(strstr(table, row) != NULL, "%s is not in the table", name);
        }
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_has_a_row),
        cmocka_unit_test(what_is_reported_of_real_records_is_what_the_table_says),
    };
    if (argc < 4) {
        fprintf(stderr, "usage: events-test MSIWATCH-SIM TABLE EVENTS-FOLDER [FILE]\n");
        return 2;
    }
    table_path = argv[2];
    folder = argv[3];
    only = argc > 4 ? argv[4] : NULL;
    sim_find(argc, argv);
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
