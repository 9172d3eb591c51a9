/* doctor_test.c: the doctor's timeline and report, from samples that follow a script; and the
 * command without Windows. On Windows, tests/wine/doctor_test.c runs it for real. */
#include "client_test.h"
#include "fake.h"

#include "../hostile.h"

#include "lib/codes.h"
#include "cli/doctor/report.h"
#include "cli/doctor/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#define AT INT64_C(1795344067000) /* 2026-11-22T10:41:07Z */

static struct {
    struct text out;
    struct report report;
    struct edges timeline;
    struct sight sight;
} d;

static int begin(void **state)
{
    (void)state;
    memset(&d, 0, sizeof d);
    d.report.form = REPORT_CSV;
    d.report.out = &d.out;
    d.timeline.report = &d.report;
    d.sight.seen.wall_ms = AT;
    d.sight.seen.mono_ms = 5000;
    d.sight.seen.registry_known = true;
    d.sight.key_exists = true;
    return 0;
}

static int end(void **state)
{
    (void)state;
    text_release(&d.out);
    return 0;
}

/* Takes the next sample, `after_ms` later; it must print `wanted`. */
static void must_print_rows(uint64_t after_ms, const char *wanted)
{
    d.sight.seen.mono_ms += after_ms;
    d.sight.seen.wall_ms += (int64_t)after_ms;
    text_clear(&d.out);
    edges_take(&d.timeline, &d.sight, 40);
    assert_string_equal(d.out.data == NULL ? "" : d.out.data, wanted);
}

static void begin_timeline(void)
{
    must_print_rows(0, "kind,at,offset_ms,subject,from,to,detail\n"
                       "edge,2026-11-22T10:41:07.000Z,0,mutex,,absent,\n"
                       "edge,2026-11-22T10:41:07.000Z,0,msiserver,,stopped,\n"
                       "edge,2026-11-22T10:41:07.000Z,0,controls,,0x0 none,\n"
                       "edge,2026-11-22T10:41:07.000Z,0,installer_key,,quiet,\n"
                       "edge,2026-11-22T10:41:07.000Z,0,in_progress,,absent,\n");
}

static void what_stays_so_is_no_row(void **state)
{
    (void)state;
    begin_timeline();
    for (int i = 0; i < 100; i++) {
        must_print_rows(10, "");
    }
}

static void the_mutex_says_whose_it_is(void **state)
{
    (void)state;
    begin_timeline();
    d.sight.seen.mutex.state = MUTEX_HELD;
    must_print_rows(10, "edge,2026-11-22T10:41:07.010Z,10,mutex,absent,held,"
                        "owner cannot be known on this system\n");
    d.sight.seen.mutex.owner_known = true;
    d.sight.seen.mutex.owner_pid = 4242;
    d.sight.seen.mutex.owner_tid = 7;
    strcpy(d.sight.seen.mutex.owner_image, "C:\\Windows\\System32\\msiexec.exe");
    must_print_rows(10, "edge,2026-11-22T10:41:07.020Z,20,mutex,held,held,\"owner pid 4242 thread "
                        "7, C:\\Windows\\System32\\msiexec.exe\"\n");
    d.sight.seen.msiserver.pid = 4242;
    d.sight.seen.msiserver.state = MSISERVER_RUNNING;
    d.sight.seen.mutex.owner_tid = 8; /* another thread: one installation directly after the
                                       * other */
    d.sight.seen.mutex.owner_foreign = true;
    must_print_rows(10, "edge,2026-11-22T10:41:07.030Z,30,mutex,held,held,\"owner pid 4242 thread "
                        "8, msiserver's own process, C:\\Windows\\System32\\msiexec.exe, not "
                        "Windows' own msiexec.exe\"\n"
                        "edge,2026-11-22T10:41:07.030Z,30,msiserver,stopped,running,pid 4242\n");
    memset(&d.sight.seen.mutex, 0, sizeof d.sight.seen.mutex);
    d.sight.seen.mutex.state = MUTEX_DENIED;
    d.sight.mutex_error = 5;
    must_print_rows(10, "edge,2026-11-22T10:41:07.040Z,40,mutex,held,denied,Windows error 5\n");
}

static void controls_have_their_names_and_say_busy(void **state)
{
    (void)state;
    struct text all = {0};
    begin_timeline();
    d.sight.seen.msiserver.state = MSISERVER_RUNNING;
    d.sight.seen.msiserver.controls = 5;
    must_print_rows(10, "edge,2026-11-22T10:41:07.010Z,10,msiserver,stopped,running,\n"
                        "edge,2026-11-22T10:41:07.010Z,10,controls,0x0 none,0x5 stop+shutdown,\n");
    d.sight.seen.msiserver.controls = 4;
    must_print_rows(10, "edge,2026-11-22T10:41:07.020Z,20,controls,0x5 stop+shutdown,0x4 shutdown,"
                        "says busy\n");
    edges_add_controls(&all, 0x87ff);
    assert_string_equal(all.data, "0x87ff stop+pause_continue+shutdown+paramchange+netbindchange+"
                                  "hardwareprofile+powerevent+sessionchange+preshutdown+"
                                  "timechange+triggerevent");
    text_release(&all);
}

static void a_key_that_changes_again_and_again_is_one_edge(void **state)
{
    (void)state;
    begin_timeline();
    d.sight.key_changed = true;
    must_print_rows(10, "edge,2026-11-22T10:41:07.010Z,10,installer_key,quiet,changing,\n");
    for (int i = 0; i < 50; i++) {
        d.sight.key_changed = i % 5 == 0; /* every 50 ms */
        must_print_rows(10, "");
    }
    d.sight.key_changed = false;
    must_print_rows(50, "");
    must_print_rows(50, "edge,2026-11-22T10:41:07.610Z,610,installer_key,changing,quiet,\n");
    d.sight.seen.in_progress = true;
    must_print_rows(10, "edge,2026-11-22T10:41:07.620Z,620,in_progress,absent,exists,\n");
    d.sight.seen.in_progress = false;
    d.sight.key_exists = false;
    must_print_rows(10, "edge,2026-11-22T10:41:07.630Z,630,installer_key,quiet,absent,\n"
                        "edge,2026-11-22T10:41:07.630Z,630,in_progress,exists,absent,\n");
    d.sight.seen.registry_known = false;
    d.sight.registry_error = 5;
    must_print_rows(10,
                    "edge,2026-11-22T10:41:07.640Z,640,installer_key,absent,denied,Windows error "
                    "5\n"
                    "edge,2026-11-22T10:41:07.640Z,640,in_progress,absent,unknown,\n");
}

static void the_totals_say_what_was_so_together_and_for_how_long(void **state)
{
    (void)state;
    begin_timeline();
    for (int i = 0; i < 9; i++) {
        must_print_rows(10, "");
    }
    d.sight.seen.mutex.state = MUTEX_HELD;
    d.sight.seen.in_progress = true;
    must_print_rows(35, "edge,2026-11-22T10:41:07.125Z,125,mutex,absent,held,"
                        "owner cannot be known on this system\n"
                        "edge,2026-11-22T10:41:07.125Z,125,in_progress,absent,exists,\n");
    must_print_rows(10, "");
    edges_add(&d.timeline, "event", "", "1040", "logged then");
    text_clear(&d.out);
    edges_end(&d.timeline);
    assert_string_equal(
        d.out.data,
        "total,,,together,,\"mutex absent, msiserver stopped 0x0 none, in_progress absent\","
        "\"125 ms, 10 samples\"\n"
        "total,,,together,,\"mutex held, msiserver stopped 0x0 none, in_progress exists\","
        "\"10 ms, 2 samples\"\n"
        "total,,,mutex_periods,,1,\"how often the mutex was taken, or changed its "
        "owner\"\n"
        "total,,,edges,,8,rows of the timeline\n"
        "total,,,samples,,12,\n"
        "total,,,gap_max_ms,,35,the longest time between two samples: anything shorter may be "
        "missing\n"
        "total,,,sample_max_us,,40,the longest time that one sample took\n");
}

static void more_combinations_than_there_is_room_for_do_no_harm(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3 * EDGES_TOGETHER; i++) {
        d.sight.seen.msiserver.controls = i;
        d.sight.seen.mono_ms += 10;
        edges_take(&d.timeline, &d.sight, 1);
    }
    edges_end(&d.timeline);
    assert_int_equal(d.timeline.together_count, EDGES_TOGETHER);
}

/* ---- the report ---- */

static const struct report_row edge = {
    REPORT_EDGE, AT, 61234, "mutex", "free", "a\"b\x1b[2J,c", "\xE2\x80\xAEgnp"};

static void text_has_a_heading_a_part_and_steers_no_terminal(void **state)
{
    (void)state;
    d.report.form = REPORT_TEXT;
    report_fact(&d.report, "windows.version", "10.0");
    report_unread(&d.report, "event_log", 120);
    report_row(&d.report, &edge);
    report_addf(&d.report, REPORT_TOTAL, "samples", "", "12");
    assert_string_equal(d.out.data, "Facts\n"
                                    "  windows.version                 10.0\n"
                                    "  event_log                       cannot be read: Windows "
                                    "error 120\n"
                                    "\nTimeline\n"
                                    "    61.234 s  mutex           free -> a\"b?[2J,c  (?gnp)\n"
                                    "\nTotals\n"
                                    "  samples                         12\n");
}

static void csv_is_quoted_and_has_one_head(void **state)
{
    (void)state;
    report_fact(&d.report, "windows.version", NULL);
    report_row(&d.report, &edge);
    assert_string_equal(d.out.data, "kind,at,offset_ms,subject,from,to,detail\n"
                                    "fact,,,windows.version,,,\n"
                                    "edge,2026-11-22T10:41:07.000Z,61234,mutex,free,"
                                    "\"a\"\"b?[2J,c\",?gnp\n");
}

static void json_is_an_object_a_line(void **state)
{
    (void)state;
    d.report.form = REPORT_JSON;
    report_fact(&d.report, "windows.version", "not \xFF UTF-8");
    report_row(&d.report, &edge);
    assert_string_equal(d.out.data,
                        "{\"kind\":\"fact\",\"subject\":\"windows.version\",\"to\":\"not ? "
                        "UTF-8\",\"detail\":\"\"}\n"
                        "{\"kind\":\"edge\",\"at\":\"2026-11-22T10:41:07.000Z\",\"offset_ms\":"
                        "61234,\"subject\":\"mutex\",\"from\":\"free\",\"to\":\"a\\\"b?[2J,c\","
                        "\"detail\":\"?gnp\"}\n");
}

static bool is_ascii_json(const char *line)
{
    yyjson_doc *doc = yyjson_read(line, strlen(line), YYJSON_READ_NOFLAG);
    bool object = yyjson_is_obj(yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    for (; *line != '\0'; line++) {
        object = object && ((*line >= ' ' && *line <= '~') || *line == '\n');
    }
    return object;
}

/* In each place where one may be, in each form: harmless as text.c makes it. */
static void hostile_texts_are_neutral_in_every_form(void **state)
{
    struct text safe = {0}, wanted = {0};
    (void)state;
    for (size_t i = 0; i < HOSTILE; i++) {
        const struct report_row row = {REPORT_TOTAL, 0, 0, hostile[i], "", hostile[i], hostile[i]};
        text_clear(&safe);
        text_clear(&wanted);
        text_clear(&d.out);
        text_add_csv(&safe, hostile[i]);
        text_addf(&wanted, "total,,,%s,,%s,%s\n", safe.data, safe.data, safe.data);
        d.report = (struct report){.form = REPORT_CSV, .out = &d.out, .last = REPORT_FACT};
        report_row(&d.report, &row);
        must(strcmp(d.out.data, wanted.data) == 0, "CSV: %s", d.out.data);
        text_clear(&safe);
        text_clear(&d.out);
        text_add_outside(&safe, hostile[i]);
        d.report = (struct report){.form = REPORT_TEXT, .out = &d.out, .last = REPORT_TOTAL};
        report_row(&d.report, &row);
        must(strstr(d.out.data, safe.data) != NULL &&
                 strchr(d.out.data, '\n') == d.out.data + d.out.size - 1,
             "text: %s", d.out.data);
        text_clear(&d.out);
        d.report.form = REPORT_JSON;
        report_row(&d.report, &row);
        must(is_ascii_json(d.out.data), "JSON: %s", d.out.data);
    }
    text_release(&safe);
    text_release(&wanted);
}

/* ---- the command ---- */

static void the_command_examines_windows_or_says_that_there_is_none(void **state)
{
    (void)state;
    struct run run;
    char name[SYS_NAME_SIZE];
    sys_name(name);
    run_alone(&run, NULL, "doctor", "--seconds", "1000ms", "--csv", "--pipe", name, NULL);
#ifdef _WIN32
    must_end_with(&run, CODE_OK);
    must_print(&run, "fact,,,service,,not running,");
    must_print(&run, "edge,");
    must_print(&run, "total,,,samples,,");
#else
    must_end_with(&run, CODE_NOT_SUPPORTED);
    must_print(&run, NULL);
    must_complain(&run, "doctor examines Windows Installer, which only Windows has");
#endif
    run_free(&run);
}

/* Reads the whole file, which the caller frees. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1u << 20);
    must(file != NULL && text != NULL, "no %s", path);
    text[fread(text, 1, (1u << 20) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void the_report_can_go_into_a_file(void **state)
{
    (void)state;
    struct run run;
    char name[SYS_NAME_SIZE];
    sys_name(name);
    run_alone(&run, NULL, "doctor", "--seconds", "1", "--csv", "--out", "doctor_test.csv", "--pipe",
              name, NULL);
    must_print(&run, NULL);
    char *text = read_file("doctor_test.csv");
#ifdef _WIN32
    must_end_with(&run, CODE_OK);
    must(strstr(text, "\ntotal,,,samples,,") != NULL, "not whole: %s", text);
#endif
    run_free(&run);
    free(text);
    remove("doctor_test.csv");
    run_alone(&run, NULL, "doctor", "--out", "no-such-folder/doctor.txt", "--pipe", name, NULL);
    must_end_with(&run, CODE_NO_PATH);
    must_complain(&run, "there is no folder for \"no-such-folder/doctor.txt\"; create it, or give "
                        "--out another file");
    run_free(&run);
    run_alone(&run, NULL, "doctor", "--out", "", "--pipe", name, NULL);
    must_end_with(&run, CODE_BAD_PARAMETER);
    must_complain(&run, "--out needs a FILE");
    run_free(&run);
}

int doctor_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_stays_so_is_no_row, begin, end),
        cmocka_unit_test_setup_teardown(the_mutex_says_whose_it_is, begin, end),
        cmocka_unit_test_setup_teardown(controls_have_their_names_and_say_busy, begin, end),
        cmocka_unit_test_setup_teardown(a_key_that_changes_again_and_again_is_one_edge, begin, end),
        cmocka_unit_test_setup_teardown(the_totals_say_what_was_so_together_and_for_how_long, begin,
                                        end),
        cmocka_unit_test_setup_teardown(more_combinations_than_there_is_room_for_do_no_harm, begin,
                                        end),
        cmocka_unit_test_setup_teardown(text_has_a_heading_a_part_and_steers_no_terminal, begin,
                                        end),
        cmocka_unit_test_setup_teardown(csv_is_quoted_and_has_one_head, begin, end),
        cmocka_unit_test_setup_teardown(json_is_an_object_a_line, begin, end),
        cmocka_unit_test_setup_teardown(hostile_texts_are_neutral_in_every_form, begin, end),
        cmocka_unit_test(the_command_examines_windows_or_says_that_there_is_none),
        cmocka_unit_test(the_report_can_go_into_a_file),
    };
    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
