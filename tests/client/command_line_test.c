/* command_line_test.c: finds where the command after "--" begins in the text of a command line, and
 * what it is; and the line that shows what is waited for. */
#include "client_test.h"

#include "cli/run/command_line.h"
#include "cli/run/progress.h"

#include <stdlib.h>
#include <string.h>

static void the_text_behind_the_dashes_is_found(void **state)
{
    (void)state;
    static const struct {
        const wchar_t *line;
        int index;
        const wchar_t *text;
    } cases[] = {
        {L"msiwatch run -- app.msi", 2, L"app.msi"},
        {L"\"C:\\a b\\msiwatch.exe\"  run\t--  app.msi /qn ", 2, L"app.msi /qn "},
        {L"\"C:\\a \"b\\msiwatch run -- x", 2, L"x"},
        {L"C:\\x\\ run -- x", 2, L"x"},
        {L"m run --label \"a -- b\" -- x -- y", 4, L"x -- y"},
        {L"m run --label a\\\"b\\\\\" -- \" -- x", 4, L"x"},
        {L"m run --label \"a\"\"b\" -- x", 4, L"x"},
        {L"m run --label \"\" -- PROP=\"\" \"", 4, L"PROP=\"\" \""},
        {L"m run \"--\" x", 2, L"x"},
        {L"m run --", 2, L""},
        {L"m run -- ", 2, L""},
        {L"m run x", 2, NULL},
        {L"m run", 2, NULL},
        {L"", 1, NULL},
        {L"m run ---- x", 2, NULL},
        {L"m run --\"\" x", 2, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const wchar_t *text = command_line_after(cases[i].line, cases[i].index);
        must((text == NULL) == (cases[i].text == NULL) &&
                 (text == NULL || wcscmp(text, cases[i].text) == 0),
             "case %u: %ls", (unsigned)i, text == NULL ? L"(none)" : text);
    }
}

static void the_first_word_says_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const wchar_t *text;
        enum command_kind kind;
        const wchar_t *word, *label;
    } cases[] = {
        {L"app.msi /qn", COMMAND_PACKAGE, L"app.msi", L"app.msi"},
        {L"\"C:\\a b\\App 1.MSI\" /qn", COMMAND_PACKAGE, L"C:\\a b\\App 1.MSI", L"App 1.MSI"},
        {L"\\\\server\\share\\fix.msp", COMMAND_PATCH, L"\\\\server\\share\\fix.msp", L"fix.msp"},
        {L"msiexec /i \"C:\\a b\\app.msi\" PROP=x.msi", COMMAND_MSIEXEC, L"msiexec", L"app.msi"},
        {L"MsiExec.EXE PROP=x.msi /x {90140000}", COMMAND_MSIEXEC, L"MsiExec.EXE", L"MsiExec.EXE"},
        {L"\"msiexec\"", COMMAND_MSIEXEC, L"msiexec", L"msiexec"},
        {L"C:\\evil\\msiexec.exe /i a.msi", COMMAND_PROGRAM, L"C:\\evil\\msiexec.exe", L"a.msi"},
        {L".\\msiexec", COMMAND_PROGRAM, L".\\msiexec", L"msiexec"},
        {L"setup.exe /q", COMMAND_PROGRAM, L"setup.exe", L"setup.exe"},
        {L"  d/setup", COMMAND_PROGRAM, L"d/setup", L"setup"},
        {L".msi", COMMAND_PROGRAM, L".msi", L".msi"},
        {L"\"open", COMMAND_PROGRAM, L"open", L"open"},
        {L"x.msi", COMMAND_PACKAGE, L"x.msi", L"x.msi"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct command_line command;
        assert_true(command_line_read(cases[i].text, &command));
        must(command.kind == cases[i].kind && command.length == wcslen(cases[i].word) &&
                 wmemcmp(command.word, cases[i].word, command.length) == 0 &&
                 command.label_length == wcslen(cases[i].label) &&
                 wmemcmp(command.label, cases[i].label, command.label_length) == 0,
             "case %u: kind %d, %.*ls, label %.*ls", (unsigned)i, (int)command.kind,
             (int)command.length, command.word, (int)command.label_length, command.label);
    }
    struct command_line command;
    assert_false(command_line_read(L"", &command));
    assert_false(command_line_read(L" \t", &command));
    assert_false(command_line_read(L"\"\" x", &command));
}

static void the_text_reaches_msiexec_as_it_was_written(void **state)
{
    (void)state;
    static const wchar_t *const rests[] = {
        L" /qn PROP=\"a b\"",         L" PROP=\"\"",   L" DIR=\"C:\\a b\\\\\"", L" X=%PATH%  \t",
        L" X=\"a \"\"quoted\"\" b\"", L" DIR=C:\\a\\", L"\t/l*v \"x\" "};
    wchar_t text[256], made[512], expected[512];
    struct command_line command;
    for (size_t i = 0; i < COUNT(rests); i++) {
        wcscpy(text, L"\"a b.msi\"");
        wcscat(text, rests[i]);
        wcscpy(expected, L"\"C:\\S\\msiexec.exe\" /i ");
        wcscat(expected, text);
        assert_true(command_line_read(text, &command));
        assert_true(command_line_msiexec(&command, L"C:\\S\\msiexec.exe", made, COUNT(made)));
        must(wcscmp(made, expected) == 0, "%ls", made);
        wcscpy(text, L"msiexec");
        wcscat(text, rests[i]);
        assert_true(command_line_read(text, &command));
        assert_true(command_line_msiexec(&command, L"C:\\S\\msiexec.exe", made, COUNT(made)));
        must(wcscmp(made, text) == 0, "%ls", made);
    }
    assert_true(command_line_read(L"p.msp", &command));
    assert_true(command_line_msiexec(&command, L"m", made, 13));
    assert_true(wcscmp(made, L"\"m\" /p p.msp") == 0);
    assert_false(command_line_msiexec(&command, L"m", made, 12));
}

static void eight_thousand_characters_stay_as_they_are(void **state)
{
    (void)state;
    static wchar_t text[8200], made[8300];
    struct command_line command;
    wcscpy(text, L"x.msi P=\"");
    wmemset(text + 9, L'y', 8000);
    wcscpy(text + 8009, L"\"");
    assert_true(command_line_read(text, &command));
    assert_true(command_line_msiexec(&command, L"m", made, COUNT(made)));
    assert_true(wcscmp(made + 7, text) == 0);
}

static void only_full_paths_of_path_are_searched(void **state)
{
    (void)state;
    static const struct {
        const wchar_t *path, *full;
    } cases[] = {
        {L"", L""},
        {L".;;C:\\a;b;D:/c;C:x;\\d;\\\\s\\t", L"C:\\a;D:/c;\\\\s\\t"},
        {L"C:\\a;", L"C:\\a"},
        {L"\"C:\\q\";%SystemRoot%;C:", L""},
    };
    wchar_t out[64];
    for (size_t i = 0; i < COUNT(cases); i++) {
        command_line_full_paths(cases[i].path, out);
        must(wcscmp(out, cases[i].full) == 0, "%ls", out);
    }
}

static int no_offset(int64_t wall_ms)
{
    (void)wall_ms;
    return 0;
}

static void must_show(const struct progress *progress, uint64_t waited_ms, const char *line)
{
    struct text out = {0};
    progress_add_line(&out, progress, waited_ms, no_offset);
    must(out.data != NULL && strcmp(out.data, line) == 0, "%s", out.data);
    text_release(&out);
}

#define END " Do not end msiexec."

static void the_line_says_what_is_waited_for(void **state)
{
    (void)state;
    struct progress progress = {0};
    must_show(&progress, 1500, "Waiting for Windows Installer for 1.0 s." END);
    progress_see(&progress, "{\"state\":\"busy\",\"mutex\":{\"owner_pid\":4242,\"owner_image\":\"C:"
                            "\\\\W\\\\msiexec.exe\"},\"install\":{\"source\":\"eventlog\","
                            "\"product\":\"Contoso Agent\",\"version\":\"4.2\"}}");
    progress_hear(&progress, "{\"turn\":7,\"state\":\"waiting\",\"position\":3,\"ahead\":[],"
                             "\"holder\":null,\"hold\":null}");
    must_show(
        &progress, 180000,
        "Waiting for Windows Installer for 3 min 0 s, behind Contoso Agent 4.2 (msiexec.exe 4242); "
        "2 ahead of you." END);
    progress_hear(&progress,
                  "{\"turn\":7,\"state\":\"waiting\",\"position\":1,\"ahead\":[],\"holder\":{"
                  "\"turn\":6,\"label\":\"a\\u001b[31m.msi\",\"pid\":9,\"image\":\"m.exe\"},"
                  "\"hold\":null}");
    must_show(&progress, 2000,
              "Waiting for Windows Installer for 2.0 s, behind a?[31m.msi (m.exe 9)." END);
    progress_hear(&progress, "{\"turn\":7,\"state\":\"waiting\",\"position\":1,\"ahead\":[],"
                             "\"holder\":{\"label\":null,\"pid\":9,\"image\":null},\"hold\":null}");
    must_show(&progress, 2000, "Waiting for Windows Installer for 2.0 s, behind pid 9." END);
    progress_hear(&progress, "{\"state\":\"waiting\",\"position\":1,\"holder\":null,\"hold\":{"
                             "\"until\":\"2026-11-22T12:00:00.000Z\",\"why\":\"patch day\"}}");
    must_show(&progress, 2000,
              "Waiting: an administrator holds the queue until 2026-11-22 12:00:00Z (patch day), "
              "for 2.0 s.");
    progress_hear(&progress, "nonsense");
    progress_see(&progress, "[1]");
}

int command_line_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_behind_the_dashes_is_found),
        cmocka_unit_test(the_first_word_says_what_it_is),
        cmocka_unit_test(the_text_reaches_msiexec_as_it_was_written),
        cmocka_unit_test(eight_thousand_characters_stay_as_they_are),
        cmocka_unit_test(only_full_paths_of_path_are_searched),
        cmocka_unit_test(the_line_says_what_is_waited_for),
    };
    return cmocka_run_group_tests_name("command_line", tests, NULL, NULL);
}
