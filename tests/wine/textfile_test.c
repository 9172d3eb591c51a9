/* textfile_test.c: the file with the metrics, written by the real service: where it may be, what it
 * and `msiwatch metrics` say, and a reader that keeps it open the way Go programs do. */
#include "fixture.h"

#include "files/secure_files.h"
#include "metrics/textfile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sddl.h>

#define FOLDER "C:\\metrics"
#define FILE_PATH FOLDER "\\msiwatch.prom"
#define TRUSTED "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;WD)"

static void make_folder(const char *path, const char *sddl)
{
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, NULL, FALSE};
    must(ConvertStringSecurityDescriptorToSecurityDescriptorA(
             sddl, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL),
         "%s: error %lu", sddl, GetLastError());
    must(CreateDirectoryA(path, &attributes) || GetLastError() == ERROR_ALREADY_EXISTS,
         "making %s: error %lu", path, GetLastError());
    /* Again: of one that is made, Wine takes the process's umask away. */
    must(SetFileSecurityA(path, DACL_SECURITY_INFORMATION, attributes.lpSecurityDescriptor),
         "%s: error %lu", path, GetLastError());
    LocalFree(attributes.lpSecurityDescriptor);
}

static void set_path(const char *path)
{
    HKEY key;
    LSTATUS error = RegCreateKeyExA(HKEY_LOCAL_MACHINE, "SOFTWARE\\MsiWatch", 0, NULL, 0,
                                    KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
    must(error == ERROR_SUCCESS, "the key: error %ld", (long)error);
    RegSetValueExA(key, "MetricsTextfile", 0, REG_SZ, (const BYTE *)path, (DWORD)strlen(path) + 1);
    RegCloseKey(key);
}

/* ---- where ---- */

static void only_safe_places_are_taken(void **state)
{
    static const struct {
        const char *path, *says; /* NULL: it is taken */
    } cases[] = {
        {FILE_PATH, NULL},
        {"msiwatch.prom", "absolute path"},
        {"metrics\\msiwatch.prom", "absolute path"},
        {"\\metrics\\msiwatch.prom", "absolute path"},
        {"C:msiwatch.prom", "absolute path"},
        {"C:/metrics/msiwatch.prom", "absolute path"},
        {"\\\\server\\share\\msiwatch.prom", "local disk"},
        {"\\\\.\\C:\\metrics\\msiwatch.prom", "local disk"},
        {"\\\\?\\C:\\metrics\\msiwatch.prom", "local disk"},
        {"C:\\metrics\\..\\metrics\\msiwatch.prom", "absolute path"},
        {"C:\\metrics\\.\\msiwatch.prom", "absolute path"},
        {"C:\\metrics\\\\msiwatch.prom", "absolute path"},
        {"C:\\metrics\\msiwatch.prom:s.prom", "absolute path"},
        {"C:\\metrics \\msiwatch.prom", "absolute path"},
        {"C:\\metrics.\\msiwatch.prom", "absolute path"},
        {"C:\\metrics\\msi*.prom", "absolute path"},
        {"C:\\missing\\msiwatch.prom", "the folder C:\\missing"},
        {"C:\\metrics\\file\\msiwatch.prom", "C:\\metrics\\file"},
        {"C:\\open\\msiwatch.prom", "C:\\open can be changed by S-1-1-0"},
        {"C:\\open\\inner\\msiwatch.prom", "C:\\open can be changed by S-1-1-0"},
    };
    (void)state;
    make_folder(FOLDER, TRUSTED);
    make_folder("C:\\open", "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)");
    make_folder("C:\\open\\inner", TRUSTED);
    HANDLE file = CreateFileA("C:\\metrics\\file", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    must(file != INVALID_HANDLE_VALUE, "a file: error %lu", GetLastError());
    CloseHandle(file);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char why[PLACE_WHY] = "";
        bool taken = place_check(cases[i].path, why);
        must(taken == (cases[i].says == NULL), "%s: %s", cases[i].path, taken ? "taken" : why);
        must(taken || strstr(why, cases[i].says) != NULL, "%s: '%s' does not say '%s'",
             cases[i].path, why, cases[i].says);
    }
    DeleteFileA("C:\\metrics\\file");
}

static void a_file_that_is_there_is_not_written_into(void **state)
{
    (void)state;
    make_folder(FOLDER, TRUSTED);
    assert_int_equal(files_write_new(FOLDER "\\new", 0644, "text", 4), 0);
    assert_int_not_equal(files_write_new(FOLDER "\\new", 0644, "other", 5), 0);
    HANDLE file = CreateFileA(FOLDER "\\new", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0,
                              NULL);
    assert_int_equal(GetFileSize(file, NULL), 4);
    CloseHandle(file);
    DeleteFileA(FOLDER "\\new");
}

/* ---- what ---- */

/* The whole file, opened as Go's os.Open does: without sharing deletion. NULL if it cannot be
 * opened: while it is being replaced. Valid until the next. */
static const char *read_file(void)
{
    static char text[1 << 16];
    DWORD size = 0;
    HANDLE file = CreateFileA(FILE_PATH, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        return NULL;
    }
    BOOL ok = ReadFile(file, text, sizeof text - 1, &size, NULL);
    CloseHandle(file);
    must(ok, "reading: error %lu", GetLastError());
    text[size] = '\0';
    return text;
}

static bool file_has(const char *line)
{
    const char *text = read_file();
    return text != NULL && strstr(text, line) != NULL;
}

/* The names of all metrics, in order. */
static void names_of(const char *text, char *out, size_t size)
{
    out[0] = '\0';
    for (const char *at = text; (at = strstr(at, "# TYPE ")) != NULL; at += 7) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%.*s\n", (int)strcspn(at + 7, "\r\n"), at + 7);
    }
}

static void the_file_and_the_command_say_the_same(void **state)
{
    static char in_file[8192], printed[8192];
    (void)state;
    set_path(FILE_PATH);
    service_must_begin("");
    must_become(file_has("\nmsiwatch_installer_state{state=\"idle\"} 1\n"));
    names_of(read_file(), in_file, sizeof in_file);
    names_of(run_well("msiwatch metrics")->out, printed, sizeof printed);
    assert_string_equal(in_file, printed);
    struct holder holder;
    holder_open(&holder, NULL);
    holder_take(&holder);
    must_become(file_has("\nmsiwatch_installer_busy 1\n"));
    assert_non_null(strstr(run_well("msiwatch metrics")->out, "msiwatch_installer_busy 1"));
    holder_release(&holder);
    must_become(file_has("\nmsiwatch_installer_busy 0\n"));
    holder_close(&holder);
    set_path("off");
    must_become(GetFileAttributesA(FILE_PATH) == INVALID_FILE_ATTRIBUTES);
}

/* ---- always whole ---- */

struct reader {
    volatile LONG stop;
    unsigned long reads, missed;
    char wrong[256]; /* what it saw that it must not */
};

static DWORD WINAPI read_on(void *arg)
{
    struct reader *reader = arg;
    while (!reader->stop && reader->wrong[0] == '\0') {
        const char *text = read_file();
        if (text == NULL) {
            reader->missed++;
            continue;
        }
        size_t size = strlen(text);
        const char *last = strstr(text, "\nmsiwatch_build_info{");
        reader->reads++;
        if (strncmp(text, "# HELP msiwatch_installer_busy ", 31) != 0 || last == NULL ||
            text[size - 1] != '\n' || strchr(last + 1, '\n') != text + size - 1) {
            snprintf(reader->wrong, sizeof reader->wrong, "%lu bytes, ending with: %s",
                     (unsigned long)size, size > 80 ? text + size - 80 : text);
        }
    }
    return 0;
}

static int64_t counted(const char *name)
{
    const char *out = run_well("msiwatch metrics")->out;
    char line[96];
    snprintf(line, sizeof line, "\n%s ", name);
    const char *found = strstr(out, line);
    must(found != NULL, "no %s", name);
    return strtoll(found + strlen(line), NULL, 10);
}

static void a_reader_that_shares_no_deletion_sees_only_whole_files(void **state)
{
    static struct reader reader;
    uint32_t seconds = fixture_number("MSIWATCH_TEST_LONG", 0) != 0 ? 60 : 4;
    (void)state;
    set_path(FILE_PATH);
    service_must_begin("--interval-calm 10 --interval-busy 10 --flapping 10000");
    must_become(file_has("msiwatch_build_info"));
    HANDLE thread = CreateThread(NULL, 0, read_on, &reader, 0, NULL);
    struct holder holder;
    holder_open(&holder, NULL);
    for (int64_t end = rig_now_ms() + seconds * 1000; rig_now_ms() < end;) {
        holder_take(&holder);
        Sleep(30);
        holder_release(&holder);
        Sleep(30);
    }
    holder_close(&holder);
    InterlockedExchange(&reader.stop, 1);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    must(reader.wrong[0] == '\0', "read %lu: %s", reader.reads, reader.wrong);
    int64_t periods = counted("msiwatch_installer_busy_periods_total");
    int64_t retries = counted("msiwatch_textfile_retries_total");
    int64_t failures = counted("msiwatch_textfile_failures_total");
    print_message("%lu reads, %lu times not to be opened; %" PRId64 " busy periods, %" PRId64
                  " renames tried again, %" PRId64 " writes given up\n",
                  reader.reads, reader.missed, periods, retries, failures);
    assert_true(reader.reads > 100);
    assert_true(periods > 3);
    assert_true(retries > 0); /* the reader was in the way, and that was counted */
    /* And the last word gets there, once nobody is in the way. */
    must_become(file_has("\nmsiwatch_installer_busy 0\n"));
}

/* ---- and away with it ---- */

static DWORD WINAPI close_soon(void *file)
{
    Sleep(300);
    CloseHandle(file);
    return 0;
}

static void make_file(const char *path)
{
    HANDLE file = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    must(file != INVALID_HANDLE_VALUE, "%s: error %lu", path, GetLastError());
    CloseHandle(file);
}

static void a_removal_waits_for_a_reader(void **state)
{
    static const char left[] = FILE_PATH ".0123456789abcdef.tmp", other[] = FOLDER "\\other.prom";
    char why[PLACE_WHY] = "";
    (void)state;
    make_folder(FOLDER, TRUSTED);
    make_file(FILE_PATH);
    make_file(left);
    make_file(other);
    HANDLE file = CreateFileA(FILE_PATH, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0,
                              NULL);
    HANDLE thread = CreateThread(NULL, 0, close_soon, file, 0, NULL);
    int error = textfile_remove(FILE_PATH, why);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    must(error == 0, "%d: %s", error, why);
    assert_int_equal(GetFileAttributesA(FILE_PATH), INVALID_FILE_ATTRIBUTES);
    assert_int_equal(GetFileAttributesA(left), INVALID_FILE_ATTRIBUTES);
    assert_int_not_equal(GetFileAttributesA(other), INVALID_FILE_ATTRIBUTES);

    assert_true(MoveFileA(other, "C:\\open\\msiwatch.prom")); /* others can change that folder */
    assert_int_equal(textfile_remove("C:\\open\\msiwatch.prom", why), UV_EACCES);
    assert_int_not_equal(GetFileAttributesA("C:\\open\\msiwatch.prom"), INVALID_FILE_ATTRIBUTES);
    DeleteFileA("C:\\open\\msiwatch.prom");
}

static void an_uninstallation_takes_the_file_along(void **state)
{
    (void)state;
    set_path(FILE_PATH);
    service_must_begin("");
    must_become(file_has("msiwatch_build_info"));
    run_well("msiwatchd uninstall");
    assert_int_equal(GetFileAttributesA(FILE_PATH), INVALID_FILE_ATTRIBUTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_safe_places_are_taken),
        cmocka_unit_test(a_file_that_is_there_is_not_written_into),
        cmocka_unit_test_teardown(the_file_and_the_command_say_the_same, service_end),
        cmocka_unit_test_teardown(a_reader_that_shares_no_deletion_sees_only_whole_files,
                                  service_end),
        cmocka_unit_test(a_removal_waits_for_a_reader),
        cmocka_unit_test_teardown(an_uninstallation_takes_the_file_along, service_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
