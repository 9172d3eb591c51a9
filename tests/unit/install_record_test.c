/* install_record_test.c: records of the event log, written from Microsoft's documented forms and
 * from logs that people have published. They are read by the position of their elements; hostile
 * ones are rejected. The same forms are the seeds of fuzz_record. */
#include "unit.h"

#include "event_xml.h"
#include "observe/install_record.h"
#include "xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD(id)                                                                                   \
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "      \
    "Name='MsiInstaller'/><EventID Qualifiers='0'>" id "</EventID><Level>4</Level><Task>0</Task>"  \
    "<Keywords>0x80000000000000</Keywords><TimeCreated SystemTime='2026-01-05T09:12:44.1234567Z'"  \
    "/><EventRecordID>1234</EventRecordID><Execution ProcessID='0' ThreadID='0'/><Channel>"        \
    "Application</Channel><Computer>PC1</Computer><Security UserID='S-1-5-21-1-2-3-1001'/>"        \
    "</System><EventData>"
#define TAIL "</EventData></Event>"
#define D(text) "<Data>" text "</Data>"
#define NONE D("(NULL)") D("(NULL)") "<Data></Data>"
#define AT INT64_C(1767604364123) /* 2026-01-05T09:12:44.123Z */

static enum record_verdict read(const char *xml, struct install_record *out)
{
    memset(out, 0xAA, sizeof *out);
    /* In memory of its own, so that a read beyond its end is found. */
    size_t size = strlen(xml);
    char *copy = malloc(size == 0 ? 1 : size);
    assert_non_null(copy);
    memcpy(copy, xml, size);
    enum record_verdict verdict = event_xml_install(copy, size, out);
    free(copy);
    return verdict;
}

static void each_documented_form_is_read(void **state)
{
    static const struct {
        const char *xml;
        unsigned id;
        enum record_kind kind;
        const char *product, *version, *package;
        uint32_t pid;
        enum install_action action;
        enum install_result result;
        int64_t status; /* -1: not known */
        enum install_reboot reboot;
    } forms[] = {
        {HEAD("1040") D("C:\\Users\\user\\Desktop\\example.msi") D("9004") NONE TAIL, 1040,
         RECORD_BEGIN, "", "", "C:\\Users\\user\\Desktop\\example.msi", 9004, ACTION_UNKNOWN,
         RESULT_UNKNOWN, -1, REBOOT_UNKNOWN},
        {HEAD("1042") D("{90140000-0011-0000-0000-0000000FF1CE}") D(" 9004 ") NONE TAIL, 1042,
         RECORD_END, "", "", "{90140000-0011-0000-0000-0000000FF1CE}", 9004, ACTION_UNKNOWN,
         RESULT_UNKNOWN, -1, REBOOT_UNKNOWN},
        {HEAD("1040") D("https://example.com/a.msi?x=1&amp;y=2") D("1") TAIL, 1040, RECORD_BEGIN,
         "", "", "https://example.com/a.msi?x=1&y=2", 1, ACTION_UNKNOWN, RESULT_UNKNOWN, -1,
         REBOOT_UNKNOWN},
        {HEAD("1040") D("\\\\server\\share\\a b.msi") D("4294967295") TAIL, 1040, RECORD_BEGIN, "",
         "", "\\\\server\\share\\a b.msi", 4294967295u, ACTION_UNKNOWN, RESULT_UNKNOWN, -1,
         REBOOT_UNKNOWN},
        {HEAD("1033") D("Example") D("1.2.3") D("1033") D("0") D("Maker")
             D("(NULL)") "<Data/>"
                         "<Binary>7B30</Binary>" TAIL,
         1033, RECORD_OUTCOME, "Example", "1.2.3", "", 0, ACTION_INSTALL, RESULT_SUCCESS, 0,
         REBOOT_NONE},
        {HEAD("1033") D("Beispiel &#252;&#xDF; \xe2\x82\xac") D("1") D("1031") D("1603") D("M")
             TAIL,
         1033, RECORD_OUTCOME, "Beispiel \xc3\xbc\xc3\x9f \xe2\x82\xac", "1", "", 0, ACTION_INSTALL,
         RESULT_FAILURE, 1603, REBOOT_NONE},
        {HEAD("1034") D("Example") D("1.2.3") D("1033") D("3010") D("Maker") NONE TAIL, 1034,
         RECORD_OUTCOME, "Example", "1.2.3", "", 0, ACTION_REMOVE, RESULT_SUCCESS, 3010,
         REBOOT_REQUIRED},
        {HEAD("1035") D("Example") D("1.2.3") D("1033") D("1641") D("Maker") NONE TAIL, 1035,
         RECORD_OUTCOME, "Example", "1.2.3", "", 0, ACTION_CHANGE, RESULT_SUCCESS, 1641,
         REBOOT_INITIATED},
        {HEAD("1036") D("Example") D("1.2.3") D("1033") D("Update 7") D("0") D("Maker") TAIL, 1036,
         RECORD_OUTCOME, "Example", "1.2.3", "", 0, ACTION_UPDATE, RESULT_SUCCESS, 0, REBOOT_NONE},
        {HEAD("1037") D("Example") D("1.2.3") D("1033") D("0") D("1603") D("Maker") TAIL, 1037,
         RECORD_OUTCOME, "Example", "1.2.3", "", 0, ACTION_UPDATE, RESULT_FAILURE, 1603,
         REBOOT_NONE},
        {HEAD("1005") D("Example") D("0") TAIL, 1005, RECORD_REBOOT, "", "", "", 0, ACTION_UNKNOWN,
         RESULT_UNKNOWN, -1, REBOOT_INITIATED},
        {HEAD("1029") D("Example") NONE TAIL, 1029, RECORD_REBOOT, "", "", "", 0, ACTION_UNKNOWN,
         RESULT_UNKNOWN, -1, REBOOT_REQUIRED},
        {HEAD("1038") D("Example") D("1.2.3") D("1033") D("1") D("2") D("Maker") TAIL, 1038,
         RECORD_REBOOT, "Example", "1.2.3", "", 0, ACTION_UNKNOWN, RESULT_UNKNOWN, -1,
         REBOOT_REQUIRED},
        {HEAD("11707") D("Produkt: Beispiel -- Installation erfolgreich.") NONE TAIL, 11707,
         RECORD_TEXT, "", "", "", 0, ACTION_INSTALL, RESULT_SUCCESS, -1, REBOOT_UNKNOWN},
        {HEAD("11708") D("Product: Example -- Installation failed.") NONE TAIL, 11708, RECORD_TEXT,
         "", "", "", 0, ACTION_INSTALL, RESULT_FAILURE, -1, REBOOT_UNKNOWN},
        {HEAD("11724") D("Product: Example -- Removal completed.") NONE TAIL, 11724, RECORD_TEXT,
         "", "", "", 0, ACTION_REMOVE, RESULT_SUCCESS, -1, REBOOT_UNKNOWN},
        /* missing, empty and superfluous Data */
        {HEAD("1033") TAIL, 1033, RECORD_OUTCOME, "", "", "", 0, ACTION_INSTALL, RESULT_UNKNOWN, -1,
         REBOOT_UNKNOWN},
        {HEAD("1033") NONE D("0") D("a") D("b") D("c") D("d") D("e") D("f") D("g") TAIL, 1033,
         RECORD_OUTCOME, "", "", "", 0, ACTION_INSTALL, RESULT_SUCCESS, 0, REBOOT_NONE},
        {HEAD("1033") D("Example") "<Data/>" D("") D("no number") TAIL, 1033, RECORD_OUTCOME,
         "Example", "", "", 0, ACTION_INSTALL, RESULT_UNKNOWN, -1, REBOOT_UNKNOWN},
        {HEAD("1040") D("a.msi") D("4294967296") TAIL, 1040, RECORD_BEGIN, "", "", "a.msi", 0,
         ACTION_UNKNOWN, RESULT_UNKNOWN, -1, REBOOT_UNKNOWN},
        {HEAD("1040") D("a.msi") D("-1") TAIL, 1040, RECORD_BEGIN, "", "", "a.msi", 0,
         ACTION_UNKNOWN, RESULT_UNKNOWN, -1, REBOOT_UNKNOWN},
        /* data inside other elements, in a comment, or outside EventData does not count */
        {HEAD("1033") "<!-- <Data>no & no</Data> --><Data Name='p'>Exa&lt;m&gt;ple</Data>"
                      "<Other><Data>no</Data></Other>" D("&quot;1&apos;") TAIL,
         1033, RECORD_OUTCOME, "Exa<m>ple", "\"1'", "", 0, ACTION_INSTALL, RESULT_UNKNOWN, -1,
         REBOOT_UNKNOWN},
        {"<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n" HEAD("1029")
             D("Exam\tple\n") "</EventData><RenderingInfo "
                              "Culture='de-DE'><Message>no</Message></RenderingInfo>"
                              "<UserData><EventData><Data>no</Data></EventData></UserData></"
                              "Event>\r\n ",
         1029, RECORD_REBOOT, "", "", "", 0, ACTION_UNKNOWN, RESULT_UNKNOWN, -1, REBOOT_REQUIRED},
        {HEAD("1038") D("Exam\tple\n") D("1.2.3") TAIL, 1038, RECORD_REBOOT, "Exam ple ", "1.2.3",
         "", 0, ACTION_UNKNOWN, RESULT_UNKNOWN, -1, REBOOT_REQUIRED},
        {HEAD("11728") D("Product: Example -- Configuration completed.") NONE TAIL, 11728,
         RECORD_TEXT, "", "", "", 0, ACTION_CHANGE, RESULT_SUCCESS, -1, REBOOT_UNKNOWN},
        {HEAD("11729") D("Product: Example -- Configuration failed.") NONE TAIL, 11729, RECORD_TEXT,
         "", "", "", 0, ACTION_CHANGE, RESULT_FAILURE, -1, REBOOT_UNKNOWN},
        {HEAD("1022") D("Example") D("Update 7") NONE TAIL, 1022, RECORD_TEXT, "Example", "", "", 0,
         ACTION_UPDATE, RESULT_SUCCESS, -1, REBOOT_UNKNOWN},
        {HEAD("10005") D("Product: Example -- Something is missing.") NONE TAIL, 10005,
         RECORD_ERROR, "", "", "", 0, ACTION_UNKNOWN, RESULT_UNKNOWN, -1, REBOOT_UNKNOWN},
        {HEAD("1025") D("Example") D("C:\\a.dll") D("mmc") D("2828") TAIL, 1025, RECORD_IN_USE,
         "Example", "", "", 0, ACTION_UNKNOWN, RESULT_UNKNOWN, -1, REBOOT_UNKNOWN},
        {HEAD("1033") D("Example") D("1.2.3") D("1033") D("1618") TAIL, 1033, RECORD_OUTCOME,
         "Example", "1.2.3", "", 0, ACTION_INSTALL, RESULT_COLLISION, 1618, REBOOT_NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct install_record record;
        must(read(forms[i].xml, &record) == RECORD_READ, "not read: %s", forms[i].xml);
        const struct install *install = &record.install;
        assert_int_equal(record.id, forms[i].id);
        assert_int_equal(record.kind, forms[i].kind);
        assert_int_equal(record.at_ms, AT);
        assert_string_equal(install->product, forms[i].product);
        assert_string_equal(install->version, forms[i].version);
        assert_string_equal(install->package, forms[i].package);
        assert_string_equal(install->user, "S-1-5-21-1-2-3-1001");
        assert_int_equal(install->client_pid, forms[i].pid);
        assert_int_equal(install->action, forms[i].action);
        assert_int_equal(install->result, forms[i].result);
        assert_int_equal(install->status_known ? (int64_t)install->status : -1, forms[i].status);
        assert_int_equal(install->reboot, forms[i].reboot);
        assert_int_equal(install->started_known, forms[i].kind == RECORD_BEGIN);
    }
}

static void other_records_are_passed_over(void **state)
{
    static const char *const others[] = {
        HEAD("1041") TAIL,
        HEAD("11730") TAIL,
        ("<Event><System><Provider Name='Other'/><EventID>1033</EventID><TimeCreated "
         "SystemTime='2026-01-05T09:12:44Z'/></System></Event>"),
        "<Event><System><EventID>1033</EventID></System></Event>",
    };
    struct install_record record;
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        must(read(others[i], &record) == RECORD_OTHER, "%s", others[i]);
    }
}

static void hostile_markup_is_refused(void **state)
{
#define BODY(text) HEAD("1033") "<Data>" text "</Data>" TAIL
    static const char *const bad[] = {
        "",
        " ",
        "x",
        "<",
        "<Event",
        "<Event/",
        "<Event>",
        "<Event/>", /* no id */
        "<Event></Evil>",
        "<Event/><Event/>",
        "<Event/>x",
        "<event></event>",
        "<!DOCTYPE Event [<!ENTITY a 'b'>]>" BODY("&a;"),
        "<!DOCTYPE Event>" BODY("a"),
        BODY("&a;"),
        BODY("&;"),
        BODY("&"),
        BODY("&amp"),
        BODY("&#;"),
        BODY("&#x;"),
        BODY("&#0;"),
        BODY("&#x1F;"),
        BODY("&#xD800;"),
        BODY("&#xFFFE;"),
        BODY("&#x110000;"),
        BODY("&#99999999999;"),
        BODY("&#-1;"),
        BODY("&#x 1;"),
        BODY("<![CDATA[x]]>"),
        BODY("<?php x?>"),
        BODY("<!-- a -- b -->"),
        BODY("<!-- a"),
        BODY("<a b=c></a>"),
        BODY("<a b='c'd='e'/>"),
        BODY("<a b='<'/>"),
        BODY("<a b='c/>"),
        BODY("<a =''/>"),
        BODY("<a/ >"),
        BODY("< a/>"),
        BODY("</a>"),
        BODY("\xff"),
        BODY("\xc0\x80"),
        BODY("\xed\xa0\x80"),
        BODY("\xf4\x90\x80\x80"),
        BODY("\xe2\x82"),
        BODY("\x01"),
        HEAD("") TAIL,
        HEAD("x") TAIL,
        HEAD("10331033103310331033") TAIL,
        HEAD("1033"),
        "<?xml?><?xml?>" BODY("a"),
        " <?xml version='1.0'?>" BODY("a"),
        "<Event><System><Provider Name='MsiInstaller'/><EventID>1033</EventID></System></Event>",
        ("<Event><System><Provider Name='MsiInstaller'/><EventID>1033</EventID><TimeCreated "
         "SystemTime='now'/></System></Event>"),
    };
    struct install_record record;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        must(read(bad[i], &record) == RECORD_MALFORMED, "taken: %s", bad[i]);
    }
    assert_int_equal(event_xml_install("<Event\0/>", 9, &record), RECORD_MALFORMED);
    assert_int_equal(read(BODY("a"), &record), RECORD_READ); /* the reason is the markup */
}

static void a_user_that_is_no_sid_is_not_known(void **state)
{
    static const char *const users[] = {"alice", "S-1-", "S-1-5-x", "S-1-5-18 alice", ""};
    char xml[512];
    struct install_record record;
    (void)state;
    for (size_t i = 0; i < COUNT(users); i++) {
        snprintf(xml, sizeof xml,
                 "<Event><System><Provider Name='MsiInstaller'/><EventID>1033</EventID>"
                 "<TimeCreated SystemTime='2026-01-05T09:12:44Z'/><Security UserID='%s'/></System>"
                 "</Event>",
                 users[i]);
        assert_int_equal(read(xml, &record), RECORD_READ);
        must(record.install.user[0] == '\0' || strcmp(users[i], "S-1-") == 0, "%s is taken",
             users[i]);
    }
}

/* A record in which a product's name is `count` times the unit. */
static char *long_record(const char *unit, size_t count)
{
    size_t size = strlen(unit);
    char *xml = malloc(sizeof HEAD("1033") + sizeof TAIL + 64 + size * count);
    assert_non_null(xml);
    char *at = xml + sprintf(xml, "%s<Data>", HEAD("1033"));
    for (size_t i = 0; i < count; i++) {
        memcpy(at, unit, size);
        at += size;
    }
    sprintf(at, "</Data>%s%s", D("1.2.3") D("0") D("0"), TAIL);
    return xml;
}

static void long_strings_are_cut_between_characters(void **state)
{
    static const char *const units[] = {"a", "\xc3\xa9", "\xf0\x9f\x98\x80", "&amp;", "&#x1F600;"};
    (void)state;
    for (size_t i = 0; i < COUNT(units); i++) {
        char *xml = long_record(units[i], 32768);
        struct install_record record;
        assert_int_equal(read(xml, &record), RECORD_READ);
        assert_string_equal(record.install.version, "1.2.3");
        assert_int_equal(record.install.result, RESULT_SUCCESS);
        size_t characters = 0;
        for (const char *at = record.install.product; *at != '\0'; at++) {
            characters += ((unsigned char)*at & 0xC0u) != 0x80u;
        }
        assert_int_equal(characters, MSIWATCH_STRING_CHARS);
        free(xml);
    }
    char *longest = long_record("a", EVENT_XML_BYTES);
    struct install_record record;
    assert_int_equal(read(longest, &record), RECORD_MALFORMED);
    free(longest);
}

/* {12345678-ABCD-1234-1234-1234567890ab}, in hex; and what follows it. */
#define CODE "7B31323334353637382D414243442D313233342D313233342D3132333435363738393061627D"
#define CODE_TEXT "{12345678-ABCD-1234-1234-1234567890AB}"

static void codes_are_read_from_binary(void **state)
{
    static const struct {
        const char *id, *data, *binary, *product, *patch;
    } forms[] = {
        {"11707", D("a"), CODE, CODE_TEXT, ""},
        {"1033", D("a"), CODE "3030303061626364", CODE_TEXT, ""}, /* and the program id */
        {"1029", D("a"), CODE "2C2033303130", CODE_TEXT, ""},     /* ", 3010" */
        {"1022", D("a"), CODE "20" CODE, CODE_TEXT, CODE_TEXT},
        {"1022", D("a"), CODE "20", CODE_TEXT, ""},
        {"1033", D("a"), CODE "20" CODE, CODE_TEXT, ""},
        {"1040", D(CODE_TEXT) D("1"), "", CODE_TEXT, ""}, /* a product that is removed */
        {"1040", D("C:\\a.msi") D("1"), "", "", ""},
        {"11708", D("a"), "7B4432383537", "", ""}, /* cut off */
        {"1033", D("a"), "", "", ""},
        {"1033", D("a"), "zz", "", ""},
        {"1033", D("a"), "00" CODE, "", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        char xml[2048];
        struct install_record record;
        snprintf(xml, sizeof xml,
                 "<Event><System><Provider Name='MsiInstaller'/><EventID>%s</EventID><TimeCreated "
                 "SystemTime='2026-01-05T09:12:44Z'/></System><EventData>%s<Binary>%s</Binary>"
                 "</EventData></Event>",
                 forms[i].id, forms[i].data, forms[i].binary);
        assert_int_equal(read(xml, &record), RECORD_READ);
        assert_string_equal(record.install.product_code, forms[i].product);
        assert_string_equal(record.install.patch_code, forms[i].patch);
    }
}

static void how_a_record_was_written_is_known(void **state)
{
    static const struct {
        const char *system, *second;
        uint64_t record_id;
        uint32_t writer_pid;
        bool whole_second;
    } forms[] = {
        {"", "44.000000000", 0, 0, true},
        {"", "44.1234567", 0, 0, false},
        {"<EventRecordID>17</EventRecordID>", "44Z", 17, 0, true},
        {"<Version>0</Version>", "44.0000000", 0, 0, false}, /* it may be one */
        {"<Version>0</Version><Execution ProcessID='4112' ThreadID='0'/>", "44.5", 0, 4112, false},
        {"<Execution ProcessID='0' ThreadID='0'/>", "44.5", 0, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        char xml[1024];
        struct install_record record;
        const char *z = strchr(forms[i].second, 'Z') == NULL ? "Z" : "";
        snprintf(xml, sizeof xml,
                 "<Event><System><Provider Name='MsiInstaller'/><EventID>1033</EventID>"
                 "<TimeCreated SystemTime='2026-01-05T09:12:%s%s'/>%s</System></Event>",
                 forms[i].second, z, forms[i].system);
        assert_int_equal(read(xml, &record), RECORD_READ);
        assert_int_equal(record.record_id, forms[i].record_id);
        assert_int_equal(record.writer_pid, forms[i].writer_pid);
        assert_int_equal(record.whole_second, forms[i].whole_second);
    }
}

static void the_program_that_uses_a_file_is_read(void **state)
{
    struct install_record record;
    (void)state;
    assert_int_equal(
        read(HEAD("1025") D("Example") D("C:\\a.dll") D("mmc") D("2828") TAIL, &record),
        RECORD_READ);
    assert_string_equal(record.install.in_use_by, "mmc");
    assert_int_equal(record.install.in_use_pid, 2828);
}

static void a_long_version_is_cut(void **state)
{
    char xml[2048], version[600];
    struct install_record record;
    (void)state;
    memset(version, '1', sizeof version - 1);
    version[sizeof version - 1] = '\0';
    snprintf(xml, sizeof xml, "%s<Data>Example</Data><Data>%s</Data>%s", HEAD("1033"), version,
             TAIL);
    assert_int_equal(read(xml, &record), RECORD_READ);
    assert_int_equal(strlen(record.install.version), MSIWATCH_VERSION_BYTES - 1);
    assert_string_equal(record.install.product, "Example");
    assert_string_equal(record.install.package, "");
}

static void nesting_is_bounded(void **state)
{
    struct install_record record;
    (void)state;
    for (int depth = 1; depth < 40; depth++) {
        char xml[2048] = HEAD("1033");
        for (int i = 0; i < depth; i++) {
            strcat(xml, "<a>");
        }
        for (int i = 0; i < depth; i++) {
            strcat(xml, "</a>");
        }
        strcat(xml, TAIL);
        assert_int_equal(read(xml, &record),
                         depth + 2 <= XML_DEPTH ? RECORD_READ : RECORD_MALFORMED);
    }
}

int install_record_tests(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_documented_form_is_read),
        cmocka_unit_test(other_records_are_passed_over),
        cmocka_unit_test(hostile_markup_is_refused),
        cmocka_unit_test(a_user_that_is_no_sid_is_not_known),
        cmocka_unit_test(long_strings_are_cut_between_characters),
        cmocka_unit_test(codes_are_read_from_binary),
        cmocka_unit_test(how_a_record_was_written_is_known),
        cmocka_unit_test(the_program_that_uses_a_file_is_read),
        cmocka_unit_test(a_long_version_is_cut),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests_name("install_record", tests, NULL, NULL);
}
