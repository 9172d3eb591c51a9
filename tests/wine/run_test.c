/* run_test.c: msiwatch run and the real service: what reaches a program that it starts, what comes
 * back, and a herd of installations that take turns. */
#include "run_killed.h"

#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HERD 50
#define HERD_HOLD_MS 60
#define SETTLE_MS 200
#define A_TURN_MS 250 /* what a turn may cost beside the installation and its settling */

static int begin(void **state)
{
    (void)state;
    msiserver_must_be(0);
    service_must_begin("");
    return 0;
}

/* "C:\...\msirig.exe", in quotes. */
static const char *rig(void)
{
    static char path[MAX_PATH + 2];
    snprintf(path, sizeof path, "\"%s\"", fixture_rig());
    return path;
}

/* A copy of msirig.exe in the folder for temporary files, of that name; its path. */
static const char *copy_rig(const char *name)
{
    static char path[MAX_PATH];
    char folder[MAX_PATH];
    GetTempPathA(sizeof folder, folder);
    snprintf(path, sizeof path, "%s%s", folder, name);
    must(CopyFileA(fixture_rig(), path, FALSE), "%s: error %lu", path, GetLastError());
    return path;
}

/* ---- what reaches the command ---- */

static void must_reach(const char *rest)
{
    static char expected[12000];
    const struct child_result *result = run("msiwatch run --settle 0 --  %s tell 0 %s", rig(),
                                            rest);
    snprintf(expected, sizeof expected, "%s tell 0 %s\n", rig(), rest);
    must(result->exit_code == 0 && strncmp(result->out, expected, strlen(expected)) == 0,
         "exit code %lu, %s instead of %s; %s", result->exit_code, result->out, expected,
         result->err);
}

static void the_text_of_a_command_line_comes_through(void **state)
{
    (void)state;
    static const char *const rests[] = {"PROP=\"a b\"",
                                        "PROP=\"\"",
                                        "DIR=C:\\a\\",
                                        "DIR=\"C:\\a b\\\\\" ",
                                        "%PATH% 100%",
                                        "\"",
                                        "X=\"say \"\"so\"\" \"",
                                        "-- --label x",
                                        "^&|<>",
                                        "  a\t b   ",
                                        "\\\\\"\\\"",
                                        "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x93\xA6"};
    static char letters[8001];
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        must_reach(rests[i]);
    }
    memset(letters, 'x', sizeof letters - 1);
    must_reach(letters);
}

static void exit_codes_come_through(void **state)
{
    (void)state;
    static const char *const codes[] = {"0",    "1",    "1602",       "1603",
                                        "1641", "3010", "0xC0000005", "0xFFFFFFFF"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const struct child_result *result = run("msiwatch run --settle 0 -- %s tell %s", rig(),
                                                codes[i]);
        must(result->exit_code == strtoul(codes[i], NULL, 0), "%lu instead of %s; %s",
             result->exit_code, codes[i], result->err);
    }
    const struct child_result *result = run("msiwatch run --no-retry --settle 0 -- %s tell 1618",
                                            rig());
    must(result->exit_code == 1618, "%lu; %s", result->exit_code, result->err);
}

/* The current folder and PATH have an msiexec.exe that is not Windows'. */
static void no_other_msiexec_is_started(void **state)
{
    (void)state;
    static const char *const commands[] = {"msiexec tell 55", "MSIEXEC.exe tell 55",
                                           "\"msiexec\" tell 55"};
    static char folder[MAX_PATH], before[MAX_PATH], path[8192], longer[16384];
    GetTempPathA(sizeof folder, folder);
    copy_rig("msiexec.exe");
    copy_rig("onlyhere.exe");
    GetCurrentDirectoryA(sizeof before, before);
    GetEnvironmentVariableA("PATH", path, sizeof path);
    snprintf(longer, sizeof longer, "%s;%s", folder, path);
    SetEnvironmentVariableA("PATH", longer);
    SetCurrentDirectoryA(folder);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        /* Wine's first program with a window begins the desktop, which stays: of that job. */
        const struct child_result *result = run("msiwatch run --settle 0 --linger 0 -- %s",
                                                commands[i]);
        must(result->exit_code != 55 && strstr(result->out, "tell 55") == NULL, "%s: %lu, %s",
             commands[i], result->exit_code, result->out);
    }
    DWORD by_path = run("msiwatch run --settle 0 -- .\\msiexec tell 55")->exit_code;
    DWORD on_path = run("msiwatch run --settle 0 -- onlyhere tell 56")->exit_code;
    SetEnvironmentVariableA("PATH", path);
    DWORD here = run("msiwatch run --settle 0 -- onlyhere tell 56")->exit_code;
    SetEnvironmentVariableA("PATH", ".");
    DWORD dot = run("msiwatch run --settle 0 -- onlyhere tell 56")->exit_code;
    SetEnvironmentVariableA("PATH", path);
    SetCurrentDirectoryA(before);
    assert_int_equal(by_path, 55);
    assert_int_equal(on_path, 56);
    assert_int_equal(here, ERROR_FILE_NOT_FOUND);
    assert_int_equal(dot, ERROR_FILE_NOT_FOUND);
}

/* ---- turns ---- */

static void a_run_inside_of_a_run_passes_through(void **state)
{
    (void)state;
    static const char *const forget =
        "cmd /c \"set MSIWATCH_TURN=& %s run --settle 0 -- %s tell 7\"";
    char program[MAX_PATH], inner[1024];
    snprintf(program, sizeof program, "%s", fixture_rig());
    snprintf(strrchr(program, '\\') + 1, 16, "msiwatch.exe");
    const struct child_result *result = run(
        "msiwatch run --settle 0 -- %s run --timeout 5s -- %s tell 7", program, rig());
    must(result->exit_code == 7 && strstr(result->out, "(none)") == NULL, "%lu, %s%s",
         result->exit_code, result->out, result->err);
    /* Without the variable the service finds that it would wait for itself. */
    snprintf(inner, sizeof inner, forget, program, fixture_rig());
    result = run("msiwatch run --settle 0 -- %s", inner);
    must(result->exit_code == ERROR_POSSIBLE_DEADLOCK, "%lu, %s%s", result->exit_code, result->out,
         result->err);
}

static void a_collision_is_tried_again(void **state)
{
    (void)state;
    static const char *const codes[] = {"1618", "-2147023278"};
    for (size_t i = 0; i < 2; i++) {
        DeleteFileA("C:\\once.txt");
        const struct child_result *result = run(
            "msiwatch run --settle 0 -- cmd /c \"if exist C:\\once.txt (exit 3010) else (copy nul "
            "C:\\once.txt & exit %s)\"",
            codes[i]);
        must(result->exit_code == 3010 && strstr(result->err, "trying again") != NULL, "%lu, %s%s",
             result->exit_code, result->out, result->err);
    }
}

static void what_the_command_leaves_behind_is_waited_for(void **state)
{
    (void)state;
    int64_t begun = rig_now_ms();
    run_well("msiwatch run --settle 0 -- cmd /c start /b \"\" %s hold 1500", rig());
    must(rig_now_ms() - begun >= 1500, "%" PRId64 " ms", rig_now_ms() - begun);
    begun = rig_now_ms();
    run_well("msiwatch run --settle 0 --linger 0 -- cmd /c start /b \"\" %s hold 3000", rig());
    must(rig_now_ms() - begun < 3000, "%" PRId64 " ms", rig_now_ms() - begun);
    run_well("msiwatch wait --timeout 20s");
}

static void turns_are_listed_held_and_revoked(void **state)
{
    (void)state;
    struct child *holder = child_must_start("msiwatch turn hold --label first");
    child_must_print(holder, "\"MSIWATCH_TURN\":\"");
    struct child *next = child_must_start("msiwatch run --settle 0 --label second -- %s tell 7",
                                          rig());
    must_become(strstr(run_well("msiwatch turn list")->out, "second") != NULL);
    const char *list = run_well("msiwatch turn list")->out;
    must(strstr(list, "current   normal") != NULL && strstr(list, "first") != NULL &&
             strstr(list, "second") > strstr(list, "first"),
         "%s", list);
    run_well("msiwatch turn revoke");
    child_must_exit(holder, ERROR_NOT_OWNER);
    child_must_exit(next, 7);
    child_free(holder);
    child_free(next);
    run_well("msiwatch hold --for 1h --why test");
    assert_int_equal(run("msiwatch run --timeout 300ms -- %s tell 7", rig())->exit_code, 1618);
    assert_int_equal(run("msiwatch run --ignore-hold -- %s tell 7", rig())->exit_code, 7);
    run_well("msiwatch hold --end");
    assert_int_equal(run("msiwatch run -- %s tell 7", rig())->exit_code, 7);
}

/* ---- herds ---- */

struct member {
    struct child *child;
    int64_t held, free;
    int number;
};

static int64_t edge(const char *out, const char *what)
{
    const char *line = strstr(out, what);
    must(line != NULL, "no %s in: %s", what, out);
    return strtoll(line + strlen(what) + 1, NULL, 10);
}

static int by_time(const void *a, const void *b)
{
    const struct member *first = a, *second = b;
    return first->held < second->held ? -1 : first->held > second->held;
}

/* The latest turns first; a turn's end is there when it is committed, which may be a moment after
 * its client has ended. */
static yyjson_doc *turns_up_to(struct talk *talk, int last)
{
    for (int tries = 0;; tries++) {
        yyjson_doc *doc = talk_ask(talk, "history", "{\"limit\":256,\"order\":\"desc\"}", LIMIT_MS);
        yyjson_val *events = yyjson_ptr_get(yyjson_doc_get_root(doc), "/result/events"), *event;
        const char *label = NULL;
        size_t at, all;
        yyjson_arr_foreach(events, at, all, event)
        {
            label = label != NULL ? label : yyjson_get_str(yyjson_ptr_get(event, "/turn/label"));
        }
        if ((label != NULL && atoi(label) == last) || tries == 50) {
            return doc;
        }
        yyjson_doc_free(doc);
        Sleep(100);
    }
}

/* In the order in which their turns ended, which is that in which they were out. */
static void must_be_in_order_of_turns(const struct member *members, int count)
{
    struct talk talk;
    must_open(&talk);
    yyjson_doc *doc = turns_up_to(&talk, members[count - 1].number);
    yyjson_val *events = yyjson_ptr_get(yyjson_doc_get_root(doc), "/result/events"), *event;
    size_t at, all;
    int next = count;
    yyjson_arr_foreach(events, at, all, event)
    {
        const char *label = yyjson_get_str(yyjson_ptr_get(event, "/turn/label"));
        if (next > 0 && label != NULL) {
            must(atoi(label) == members[--next].number, "turn %d was that of %s, and %d installed",
                 next, label, members[next].number);
        }
    }
    must(next == 0, "%d turns are missing", next);
    yyjson_doc_free(doc);
    talk_close(&talk);
}

/* All at once, one after the other, in the order of their turns. How long it took, less what it may
 * have taken: at most 0. */
static int64_t run_herd(void)
{
    static struct member members[HERD];
    for (int i = 0; i < HERD; i++) {
        members[i].number = i;
        members[i].child = child_must_start(
            "msiwatch run --no-retry --settle %dms --label %d -- %s hold %d", SETTLE_MS, i, rig(),
            HERD_HOLD_MS);
    }
    int64_t installing = 0;
    for (int i = 0; i < HERD; i++) {
        const struct child_result *result = child_must_exit(members[i].child, 0);
        members[i].held = edge(result->out, "held");
        members[i].free = edge(result->out, "free");
        installing += members[i].free - members[i].held;
    }
    qsort(members, HERD, sizeof members[0], by_time);
    for (int i = 1; i < HERD; i++) {
        must(members[i].held >= members[i - 1].free, "%d began before %d ended", members[i].number,
             members[i - 1].number);
    }
    int64_t span = members[HERD - 1].free - members[0].held;
    int64_t least = installing + (int64_t)(HERD - 1) * SETTLE_MS;
    print_message("%d installations of %d ms: %" PRId64
                  " ms; the sum of them and their settling is "
                  "%" PRId64 " ms, %" PRId64 " ms a turn more\n",
                  HERD, HERD_HOLD_MS, span, least, (span - least) / (HERD - 1));
    must_be_in_order_of_turns(members, HERD);
    for (int i = 0; i < HERD; i++) {
        child_free(members[i].child);
    }
    return span - least - (int64_t)(HERD - 1) * A_TURN_MS;
}

/* What it takes is measured once more if a machine that does other things, too, took longer. */
static void a_herd_takes_turns(void **state)
{
    int64_t late = 1;
    (void)state;
    for (int tries = 0; late > 0 && tries < 3; tries++) {
        late = run_herd();
    }
    must(late <= 0, "%" PRId64 " ms more than %d ms a turn", late, A_TURN_MS);
}

/* Those who install without asking, until they are told to stop. */
struct outsiders {
    volatile LONG stop;
    LONG installed;
};

static DWORD WINAPI install_without_asking(void *arg)
{
    struct outsiders *outsiders = arg;
    HANDLE mutex = CreateMutexA(NULL, FALSE, RIG_MUTEX);
    uint32_t chance = GetCurrentThreadId();
    while (outsiders->stop == 0) {
        chance = chance * 1664525u + 1013904223u;
        Sleep(500 + (chance >> 16) % 1500);
        DWORD got = WaitForSingleObject(mutex, 3000);
        if (got == WAIT_OBJECT_0 || got == WAIT_ABANDONED) {
            Sleep(100 + (chance >> 8) % 300);
            ReleaseMutex(mutex);
            InterlockedIncrement(&outsiders->installed);
        }
    }
    CloseHandle(mutex);
    return 0;
}

/* Each installation gives up after 50 ms, and not after the 3 s of msiexec, so that they collide.
 */
static void a_herd_among_outsiders_installs_all_the_same(void **state)
{
    static struct child *members[12];
    struct outsiders outsiders = {0};
    HANDLE threads[2];
    unsigned again = 0;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        threads[i] = CreateThread(NULL, 0, install_without_asking, &outsiders, 0, NULL);
    }
    for (size_t i = 0; i < 12; i++) {
        members[i] = child_must_start("msiwatch run --settle %dms -- %s hold %d --grab 50",
                                      SETTLE_MS, rig(), HERD_HOLD_MS);
    }
    for (size_t i = 0; i < 12; i++) {
        const struct child_result *result = child_must_exit(members[i], 0);
        for (const char *at = result->err; (at = strstr(at, "trying again")) != NULL; at++) {
            again++;
        }
        child_free(members[i]);
    }
    InterlockedExchange(&outsiders.stop, 1);
    WaitForMultipleObjects(2, threads, TRUE, INFINITE);
    CloseHandle(threads[0]);
    CloseHandle(threads[1]);
    must(outsiders.installed > 0, "nobody installed without asking");
    print_message("12 installations among %ld of those who did not ask: tried again %u times\n",
                  outsiders.installed, again);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_of_a_command_line_comes_through),
        cmocka_unit_test(exit_codes_come_through),
        cmocka_unit_test(no_other_msiexec_is_started),
        cmocka_unit_test(a_run_inside_of_a_run_passes_through),
        cmocka_unit_test(a_collision_is_tried_again),
        cmocka_unit_test(what_the_command_leaves_behind_is_waited_for),
        cmocka_unit_test(turns_are_listed_held_and_revoked),
        cmocka_unit_test(the_service_is_killed_at_each_step),
    };
    const struct CMUnitTest herds[] = {
        cmocka_unit_test(a_herd_takes_turns),
        cmocka_unit_test(a_herd_among_outsiders_installs_all_the_same),
    };
    return argc > 1 && strcmp(argv[1], "herd") == 0
               ? cmocka_run_group_tests_name("herd", herds, begin, service_end)
               : cmocka_run_group_tests_name("run", tests, begin, service_end);
}
