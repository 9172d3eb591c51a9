/* log_test.c: the service's own log: levels, whole lines, two files of 1 MiB. */
#include "unit.h"

#include "base/log.h"
#include "files/log_files.h"
#include "common/model.h"
#include "files/secure_files.h"
#include "test_clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* For each test, a folder of its own with the two files of a log. */
struct log_fixture {
    char folder[512], path[600], old[620];
};

static int make_place(void **state)
{
    struct log_fixture *fixture = calloc(1, sizeof *fixture);
    char where[400];
    size_t size = sizeof where;
    uv_fs_t request;
    if (fixture == NULL || uv_os_tmpdir(where, &size) != 0) {
        free(fixture);
        return -1;
    }
    snprintf(fixture->folder, sizeof fixture->folder, "%s/msiwatch-log-XXXXXX", where);
    int error = uv_fs_mkdtemp(NULL, &request, fixture->folder, NULL);
    snprintf(fixture->folder, sizeof fixture->folder, "%s", error == 0 ? request.path : "");
    uv_fs_req_cleanup(&request);
    snprintf(fixture->path, sizeof fixture->path, "%s/msiwatchd.log", fixture->folder);
    snprintf(fixture->old, sizeof fixture->old, "%s.1", fixture->path);
    test_clock_stop(INT64_C(38467123));
    *state = fixture;
    return error;
}

static int remove_place(void **state)
{
    struct log_fixture *fixture = *state;
    uv_fs_t request;
    const char *const files[] = {fixture->path, fixture->old};
    for (size_t i = 0; i < COUNT(files); i++) {
        uv_fs_unlink(NULL, &request, files[i], NULL);
        uv_fs_req_cleanup(&request);
    }
    int error = uv_fs_rmdir(NULL, &request, fixture->folder, NULL);
    uv_fs_req_cleanup(&request);
    test_clock_run();
    free(fixture);
    return error;
}

#define FILE_ROOM ((size_t)LOG_FILE_MAX_BYTES * 2)

/* The whole file with a NUL after it, which the caller frees; "" if it does not exist. */
static char *contents(const char *path, size_t *size)
{
    char *text = calloc(1, FILE_ROOM);
    assert_non_null(text);
    FILE *file = fopen(path, "rb");
    *size = 0;
    if (file != NULL) {
        *size = fread(text, 1, FILE_ROOM - 1, file);
        fclose(file);
    }
    return text;
}

static void must_contain(const char *path, const char *expected)
{
    size_t size;
    char *text = contents(path, &size);
    assert_string_equal(text, expected);
    free(text);
}

static struct log *must_open(const struct log_fixture *fixture, enum log_level level)
{
    struct log *log = NULL;
    assert_int_equal(log_files_open(&log, fixture->path, 0, level), 0);
    return log;
}

#define NOW "2026-11-22T10:41:07.123Z "

static void a_line_has_its_time_and_its_level(void **state)
{
    struct log_fixture *fixture = *state;
    struct log *log = must_open(fixture, LOG_DEBUG);
    log_line(log, LOG_ERROR, "opening %s: %d", "x", 5);
    log_line(log, LOG_WARN, "w");
    log_line(log, LOG_INFO, "i");
    log_line(log, LOG_DEBUG, "%s", "");
    log_free(log);
    must_contain(fixture->path,
                 NOW "error opening x: 5\n" NOW "warn  w\n" NOW "info  i\n" NOW "debug \n");
}

static void only_lines_of_its_level_and_above_are_written(void **state)
{
    static const char *const expected[] = {NOW "error 0\n", NOW "error 0\n" NOW "warn  1\n",
                                           NOW "error 0\n" NOW "warn  1\n" NOW "info  2\n",
                                           NOW "error 0\n" NOW "warn  1\n" NOW "info  2\n" NOW
                                               "debug 3\n"};
    struct log_fixture *fixture = *state;
    for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
        struct log *log = must_open(fixture, (enum log_level)level);
        for (int i = LOG_ERROR; i <= LOG_DEBUG; i++) {
            log_line(log, (enum log_level)i, "%d", i);
        }
        log_free(log);
        must_contain(fixture->path, expected[level]);
        remove(fixture->path);
    }
}

static void levels_are_read_from_their_words(void **state)
{
    (void)state;
    assert_int_equal(log_level_parse("error"), LOG_ERROR);
    assert_int_equal(log_level_parse("warn"), LOG_WARN);
    assert_int_equal(log_level_parse("info"), LOG_INFO);
    assert_int_equal(log_level_parse("debug"), LOG_DEBUG);
    assert_int_equal(log_level_parse("Info"), -1);
    assert_int_equal(log_level_parse(""), -1);
}

static void control_characters_cannot_begin_another_line(void **state)
{
    struct log_fixture *fixture = *state;
    struct log *log = must_open(fixture, LOG_INFO);
    log_line(log, LOG_INFO, "a\r\nb\nc\td\x1b[31me\x01z");
    log_free(log);
    must_contain(fixture->path, NOW "info  a  b c d [31me z\n");
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
    struct log_fixture *fixture = *state;
    static char text[5000];
    size_t size;
    struct log *log = must_open(fixture, LOG_INFO);
    memset(text, 'x', sizeof text - 1);
    log_line(log, LOG_INFO, "%s", text);
    log_line(log, LOG_INFO, "next");
    log_free(log);
    char *written = contents(fixture->path, &size);
    char *end = strchr(written, '\n');
    assert_non_null(end);
    assert_in_range(end - written, 900, 1023);
    assert_string_equal(end + 1, NOW "info  next\n");
    free(written);
}

static void what_was_there_stays(void **state)
{
    struct log_fixture *fixture = *state;
    for (int i = 0; i < 2; i++) {
        struct log *log = must_open(fixture, LOG_INFO);
        log_line(log, LOG_INFO, "%d", i);
        log_free(log);
    }
    must_contain(fixture->path, NOW "info  0\n" NOW "info  1\n");
}

/* The numbers at the end of the last and of the first whole line. */
static void numbers_in(const char *path, int *first, int *last, size_t *size)
{
    char *text = contents(path, size);
    assert_true(*size > 0 && text[*size - 1] == '\n');
    *first = (int)strtol(strstr(text, "line ") + 5, NULL, 10);
    text[*size - 1] = '\0';
    char *line = strrchr(text, '\n');
    *last = (int)strtol(strstr(line, "line ") + 5, NULL, 10);
    free(text);
}

static void the_file_is_rotated_at_1_mib_to_one_older_file(void **state)
{
    struct log_fixture *fixture = *state;
    struct log *log = must_open(fixture, LOG_INFO);
    static char filler[900];
    int first, last, old_first, old_last;
    size_t size, old_size;
    memset(filler, 'x', sizeof filler - 1);
    for (int i = 1; i <= 3000; i++) { /* 2.8 MB: two rotations */
        log_line(log, LOG_INFO, "%s line %d", filler, i);
    }
    log_free(log);
    numbers_in(fixture->path, &first, &last, &size);
    numbers_in(fixture->old, &old_first, &old_last, &old_size);
    assert_int_equal(last, 3000);
    assert_int_equal(first, old_last + 1); /* none is lost in between */
    assert_true(old_first > 1);
    assert_in_range(size, 1, LOG_FILE_MAX_BYTES);
    assert_in_range(old_size, LOG_FILE_MAX_BYTES, LOG_FILE_MAX_BYTES + 1024);
}

static void what_an_earlier_run_wrote_counts_for_the_rotation(void **state)
{
    struct log_fixture *fixture = *state;
    static char block[1024];
    size_t size;
    memset(block, 'x', sizeof block);
    block[sizeof block - 1] = '\n';
    FILE *file = fopen(fixture->path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i + 1 < FILE_ROOM / 2 / sizeof block; i++) {
        assert_int_equal(fwrite(block, sizeof block, 1, file), 1);
    }
    fclose(file);
    struct log *log = must_open(fixture, LOG_INFO);
    for (int i = 0; i < 40; i++) { /* more than the 1,024 bytes that are left */
        log_line(log, LOG_INFO, "line %d", i);
    }
    log_free(log);
    free(contents(fixture->old, &size));
    assert_in_range(size, LOG_FILE_MAX_BYTES, LOG_FILE_MAX_BYTES + 1024);
    free(contents(fixture->path, &size));
    assert_in_range(size, 1, 1024);
}

/* The older file's name is taken by a folder, which no file can replace. */
static void a_log_that_cannot_be_rotated_is_tried_again_every_minute(void **state)
{
    struct log_fixture *fixture = *state;
    struct log *log = must_open(fixture, LOG_INFO);
    static char filler[900];
    uv_fs_t request;
    size_t size;
    memset(filler, 'x', sizeof filler - 1);
    assert_int_equal(uv_fs_mkdir(NULL, &request, fixture->old, 0700, NULL), 0);
    for (int i = 1; i <= 1500; i++) {
        log_line(log, LOG_INFO, "%s line %d", filler, i);
    }
    free(contents(fixture->path, &size));
    assert_in_range(size, LOG_FILE_MAX_BYTES, LOG_FILE_MAX_BYTES + 1024); /* and no more */
    test_clock_add(60000);
    log_line(log, LOG_INFO, "still not");
    assert_int_equal(uv_fs_rmdir(NULL, &request, fixture->old, NULL), 0);
    log_line(log, LOG_INFO, "not yet");
    test_clock_add(60000);
    log_line(log, LOG_INFO, "again");
    log_free(log);
    char *text = contents(fixture->path, &size);
    assert_non_null(strstr(text, " lines are missing here: the log could not be rotated\n"));
    assert_non_null(strstr(text, "info  again\n"));
    assert_null(strstr(text, "not yet"));
    free(text);
    free(contents(fixture->old, &size));
    assert_in_range(size, LOG_FILE_MAX_BYTES, LOG_FILE_MAX_BYTES + 1024);
}

#define LATER "2026-11-22T10:42:07.123Z "

static void a_text_that_comes_again_and_again_is_written_twenty_times_a_minute(void **state)
{
    struct log_fixture *fixture = *state;
    struct log *log = must_open(fixture, LOG_INFO);
    for (int i = 0; i < 832; i++) {
        log_line(log, LOG_WARN, "the same");
    }
    log_line(log, LOG_INFO, "the same"); /* with another level */
    log_line(log, LOG_WARN, "another");
    test_clock_add(60000);
    log_line(log, LOG_WARN, "the same");
    log_line(log, LOG_WARN, "the same");
    log_free(log);
    char wanted[2000] = "";
    for (int i = 0; i < 20; i++) {
        strncat(wanted, NOW "warn  the same\n", 100);
    }
    strncat(wanted,
            NOW "info  the same\n" NOW "warn  another\n" LATER
                "warn  the same ... and 812 more\n" LATER "warn  the same\n" LATER
                "warn  the same\n",
            400);
    must_contain(fixture->path, wanted);
}

static void texts_that_repeat_are_counted_though_others_come_between(void **state)
{
    struct log_fixture *fixture = *state;
    struct log *log = must_open(fixture, LOG_INFO);
    size_t size;
    for (int i = 0; i < 100; i++) {
        log_line(log, LOG_INFO, "one");
        log_line(log, LOG_INFO, "two");
        log_line(log, LOG_INFO, "number %d", i);
    }
    log_free(log);
    char *text = contents(fixture->path, &size);
    unsigned lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, 20 + 20 + 100 + 2);
    assert_non_null(strstr(text, "info  one ... and 80 more\n"));
    assert_non_null(strstr(text, "info  two ... and 80 more\n"));
    assert_non_null(strstr(text, "info  number 99\n"));
    free(text);
}

static void a_place_that_cannot_be_written_is_an_error(void **state)
{
    struct log_fixture *fixture = *state;
    struct log *log = NULL;
    char path[700];
    snprintf(path, sizeof path, "%s/none/msiwatchd.log", fixture->folder);
    assert_true(log_files_open(&log, path, 0, LOG_INFO) < 0);
    assert_null(log);
}

/* ---- files that are where the log should be ---- */

static void note_aside(void *arg, const char *name)
{
    static const char begin[] = "msiwatchd.log", end[] = ".aside";
    size_t length = strlen(name);
    if (length > sizeof begin + sizeof end && strncmp(name, begin, sizeof begin - 1) == 0 &&
        strcmp(name + length - (sizeof end - 1), end) == 0) {
        snprintf(arg, 256, "%s", name);
    }
}

/* The log can be written although something was in its place; that was renamed, and the log says
 * so. */
static void must_be_moved_aside(const struct log_fixture *fixture, const char *path,
                                const char *words)
{
    char name[256] = "", aside[FILES_PATH];
    struct files_facts facts;
    size_t size;
    struct log *log = must_open(fixture, LOG_INFO);
    log_line(log, LOG_INFO, "line");
    log_free(log);
    char *text = contents(fixture->path, &size);
    assert_non_null(strstr(text, words));
    assert_non_null(strstr(text, "info  line\n"));
    free(text);
    assert_int_equal(files_look(path, &facts), 0);
    assert_true(!facts.exists || files_judge_file(&facts) == FILES_FINE);
    assert_int_equal(files_list(fixture->folder, note_aside, name), 0);
    assert_string_not_equal(name, "");
    assert_true(files_join(aside, fixture->folder, name));
    if (files_remove(aside) != 0) {
        uv_fs_t request;
        assert_int_equal(uv_fs_rmdir(NULL, &request, aside, NULL), 0);
        uv_fs_req_cleanup(&request);
    }
}

static void what_is_not_ours_is_moved_aside(void **state)
{
    struct log_fixture *fixture = *state;
    const char *const paths[] = {fixture->path, fixture->old};
    char other[640];
    uv_fs_t request;
    snprintf(other, sizeof other, "%s/other", fixture->folder);
    FILE *file = fopen(other, "wb");
    assert_non_null(file);
    fclose(file);
    for (size_t i = 0; i < COUNT(paths); i++) {
        assert_int_equal(uv_fs_mkdir(NULL, &request, paths[i], 0700, NULL), 0);
        must_be_moved_aside(fixture, paths[i], "is not of the expected kind");
        files_remove(paths[i]);
        assert_int_equal(uv_fs_link(NULL, &request, other, paths[i], NULL), 0);
        must_be_moved_aside(fixture, paths[i], "has other names");
        files_remove(paths[i]);
#ifndef _WIN32 /* Wine cannot make any */
        assert_int_equal(uv_fs_symlink(NULL, &request, other, paths[i], 0, NULL), 0);
        must_be_moved_aside(fixture, paths[i], "is a link to another place");
        files_remove(paths[i]);
#endif
        must_contain(other, ""); /* nothing was written through them */
    }
    files_remove(other);
}

static void no_log_is_a_log_that_says_nothing(void **state)
{
    struct log *log = NULL;
    (void)state;
    log_line(NULL, LOG_ERROR, "lost");
    log_free(NULL);
    assert_int_equal(log_new(&log, NULL, 0, LOG_DEBUG), 0);
    log_line(log, LOG_ERROR, "lost");
    log_free(log);
}

/* As a thread does that hangs in a disk's call until the process ends. */
static void lines_after_the_end_go_nowhere(void **state)
{
    struct log_fixture *fixture = *state;
    struct log *log = must_open(fixture, LOG_INFO);
    log_line(log, LOG_ERROR, "stopping");
    log_end(log);
    test_clock_add(120000); /* a file that could not be opened is tried again after a minute */
    log_line(log, LOG_ERROR, "late");
    log_end(log);
    must_contain(fixture->path, NOW "error stopping\n");
    log_free(log);
}

static void write_lines(void *arg)
{
    for (int i = 1000; i < 1500; i++) {
        log_line(arg, LOG_INFO, "%s %d %s", "01234567890123456789", i, "01234567890123456789");
    }
}

static void lines_of_several_threads_do_not_mix(void **state)
{
    struct log_fixture *fixture = *state;
    struct log *log = must_open(fixture, LOG_INFO);
    uv_thread_t threads[4];
    size_t size, lines = 0;
    for (size_t i = 0; i < COUNT(threads); i++) {
        assert_int_equal(uv_thread_create(&threads[i], write_lines, log), 0);
    }
    for (size_t i = 0; i < COUNT(threads); i++) {
        uv_thread_join(&threads[i]);
    }
    log_free(log);
    char *text = contents(fixture->path, &size);
    for (char *line = text; *line != '\0'; lines++) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        static const char begins[] = NOW "info  01234567890123456789 1",
                          ends[] = " 01234567890123456789";
        assert_int_equal(strncmp(line, begins, sizeof begins - 1), 0);
        assert_int_equal(strlen(line), sizeof begins + 2 + sizeof ends - 1);
        assert_string_equal(end - (sizeof ends - 1), ends);
        line = end + 1;
    }
    assert_int_equal(lines, 2000);
    free(text);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int log_tests(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_line_has_its_time_and_its_level),
        IN_PLACE(only_lines_of_its_level_and_above_are_written),
        cmocka_unit_test(levels_are_read_from_their_words),
        IN_PLACE(control_characters_cannot_begin_another_line),
        IN_PLACE(a_long_line_is_cut_and_still_ends),
        IN_PLACE(what_was_there_stays),
        IN_PLACE(the_file_is_rotated_at_1_mib_to_one_older_file),
        IN_PLACE(what_an_earlier_run_wrote_counts_for_the_rotation),
        IN_PLACE(a_log_that_cannot_be_rotated_is_tried_again_every_minute),
        IN_PLACE(a_text_that_comes_again_and_again_is_written_twenty_times_a_minute),
        IN_PLACE(texts_that_repeat_are_counted_though_others_come_between),
        IN_PLACE(a_place_that_cannot_be_written_is_an_error),
        IN_PLACE(what_is_not_ours_is_moved_aside),
        cmocka_unit_test(no_log_is_a_log_that_says_nothing),
        IN_PLACE(lines_after_the_end_go_nowhere),
        IN_PLACE(lines_of_several_threads_do_not_mix),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
