/* access_level_test.c: who may see what: every cell of the table in service/SECURITY.md; and
 * whatever a standard client asks, no answer names a place or a person. */
#include "unit.h"

#include "ask.h"
#include "json_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SID "S-1-5-21-1004336348-1177238915-682003330-1001"

static const struct install full = {
    .product = "Example",
    .version = "1.2.3",
    .package = "C:\\Users\\alice\\Downloads\\example.msi",
    .user = SID,
    .client_pid = 977,
    .started_known = true,
    .started_ms = 1000,
    .action = ACTION_INSTALL,
    .result = RESULT_SUCCESS,
    .status_known = true,
    .status = 0,
    .reboot = REBOOT_REQUIRED,
    .product_code = "{90140000-0011-0000-0000-0000000FF1CE}",
    .trusted = TRUST_YES,
    .further = 4,
    .in_use_by = "explorer.exe",
    .in_use_pid = 3300,
    .chain = {.count = 2,
              .processes = {{.pid = 977,
                             .session_known = true,
                             .session = 3,
                             .image = "C:\\Windows\\System32\\msiexec.exe"},
                            {.pid = 700,
                             .session_known = true,
                             .session = 2,
                             .image = "C:\\Users\\alice\\setup.exe"}}},
};

/* ---- texts from outside ---- */

static struct install cut(const char *package, const char *product)
{
    struct install install = full;
    snprintf(install.package, sizeof install.package, "%s", package);
    snprintf(install.product, sizeof install.product, "%s", product);
    access_level_cut_install(ACCESS_STANDARD, &install);
    return install;
}

static void a_path_becomes_its_files_name(void **state)
{
    static const char *const paths[][2] = {
        {"C:\\Users\\alice\\x.msi", "x.msi"},
        {"C:alice.msi", "alice.msi"},
        {"\\\\server\\alice$\\x.msi", "x.msi"},
        {"\\\\?\\C:\\Users\\alice\\x.msi", "x.msi"},
        {"/home/alice/x.msi", "x.msi"},
        {"https://alice:secret@example.com/a/x.msi?token=secret/y#z", "x.msi"},
        {"https://example.com/?file=C:\\Users\\alice\\x.msi", ""},
        {"file:///C%3a%5CUsers%5calice%5Cx.msi", "x.msi"},
        {"HTTPS://example.com%2Falice%2fx.msi", "x.msi"},
        {"C:\\Users\\alice\\", ""},
        {"C:\\Users\\alice/x.msi", "x.msi"},
        {"x.msi", "x.msi"},
        {"x?.msi", "x?.msi"},
        {"x.msi:stream", "stream"},
        {"{90140000-0011-0000-0000-0000000FF1CE}", "{90140000-0011-0000-0000-0000000FF1CE}"},
        {"C:\\Users\\" SID "\\x.msi", "x.msi"},
        {"C:\\Users\\" SID, ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct install install = cut(paths[i][0], "");
        must(strcmp(install.package, paths[i][1]) == 0, "of %s is left %s", paths[i][0],
             install.package);
    }
}

static void of_a_path_that_was_cut_nothing_is_left(void **state)
{
    char path[MSIWATCH_STRING_CHARS + 1];
    (void)state;
    memset(path, 'a', MSIWATCH_STRING_CHARS);
    memcpy(path, "C:\\Users\\", 9);
    path[MSIWATCH_STRING_CHARS] = '\0';
    assert_string_equal(cut(path, "").package, "");
    path[MSIWATCH_STRING_CHARS - 1] = '\0';
    assert_int_equal(strlen(cut(path, "").package), MSIWATCH_STRING_CHARS - 1 - 9);
}

static void a_product_that_names_a_place_or_a_person_is_withheld(void **state)
{
    static const char *const telling[] = {
        "C:\\Users\\alice", "\\\\server\\alice", "https://alice.example",
        "C:/Users/alice",   "//server/alice",    "x S-1-5-21-1",
        "x s-1-5-18",       "C:%5CUsers%5Calice"};
    static const char *const good[] = {"Example", "TCP/IP tool 1.2", "Product: x", "R\xc3\xa9my's",
                                       "Windows-1252 fonts"};
    (void)state;
    for (size_t i = 0; i < COUNT(telling); i++) {
        must(cut("", telling[i]).product[0] == '\0', "%s is shown", telling[i]);
    }
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_string_equal(cut("", good[i]).product, good[i]);
    }
}

static void so_are_others_who_are_named(void **state)
{
    struct status status = {.install_known = true, .install = full};
    (void)state;
    snprintf(status.install.in_use_by, sizeof status.install.in_use_by, "C:\\Users\\alice\\x");
    snprintf(status.restart.by, sizeof status.restart.by, "C:\\Users\\alice\\x");
    snprintf(status.install.chain.processes[1].image, MSIWATCH_IMAGE_BYTES, "C:\\" SID);
    access_level_cut_status(ACCESS_STANDARD, &status);
    assert_string_equal(status.install.in_use_by, "");
    assert_string_equal(status.restart.by, "");
    assert_string_equal(status.install.chain.processes[1].image, "");
    assert_null(chain_starter(&status.install.chain, 0));
    struct event_owner owner = {.started_by = {.pid = 700, .image = "C:\\" SID}};
    access_level_cut_owner(ACCESS_STANDARD, &owner);
    assert_int_equal(owner.started_by.pid, 0);
}

/* ---- the table ---- */

static char *status_text(enum access_level access_level)
{
    struct status status = {.state = VERDICT_BUSY, .install_known = true, .install = full};
    status.restart = (struct restart){REBOOT_REQUIRED, "Example", true, 2000};
    status.activity = (struct activity){.known = true,
                                        .stalled = true,
                                        .last_known = true,
                                        .last_ms = 3000,
                                        .still_ms = 4000,
                                        .cpu_ms = 5,
                                        .io_bytes = 6,
                                        .processes = 7};
    status.seen.mutex.state = MUTEX_HELD;
    status.seen.mutex.owner_known = true;
    status.seen.mutex.owner_pid = 4242;
    status.seen.mutex.owner_foreign = true;
    snprintf(status.seen.mutex.owner_image, sizeof status.seen.mutex.owner_image, "%s",
             "C:\\Users\\alice\\evil.exe");
    snprintf(status.seen.mutex.object_owner, sizeof status.seen.mutex.object_owner, "%s", SID);
    status.seen.mutex.owner_chain = full.chain;
    access_level_cut_status(access_level, &status);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    char *text = yyjson_mut_val_write(wire_status(doc, &status), YYJSON_WRITE_NOFLAG, NULL);
    yyjson_mut_doc_free(doc);
    return text;
}

static char *event_text(enum access_level access_level)
{
    struct install install = full;
    struct event event = {.seq = 3, .kind = EVENT_INSTALL, .of = 2, .install = &install};
    access_level_cut_install(access_level, &install);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    char *text = yyjson_mut_val_write(wire_event(doc, &event), YYJSON_WRITE_NOFLAG, NULL);
    yyjson_mut_doc_free(doc);
    return text;
}

static char *transition_text(enum access_level access_level)
{
    struct event_owner owner = {.pid = 4242,
                                .foreign = true,
                                .image = "C:\\Users\\alice\\evil.exe",
                                .user = SID,
                                .started_by = full.chain.processes[1]};
    struct event event = {.seq = 3, .to = VERDICT_BUSY, .owner = &owner, .folded = 7};
    access_level_cut_owner(access_level, &owner);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    char *text = yyjson_mut_val_write(wire_event(doc, &event), YYJSON_WRITE_NOFLAG, NULL);
    yyjson_mut_doc_free(doc);
    return text;
}

/* The member at that path in the text of the object, as JSON; "null" if it is not there. The caller
 * frees it. */
static char *member(char *text, const char *path)
{
    yyjson_doc *doc = yyjson_read(text, strlen(text), YYJSON_READ_NOFLAG);
    yyjson_val *value = yyjson_doc_ptr_get(doc, path);
    char *json = value == NULL ? strdup("null")
                               : yyjson_val_write(value, YYJSON_WRITE_NOFLAG, NULL);
    yyjson_doc_free(doc);
    free(text);
    return json;
}

static void each_cell_of_the_table_holds(void **state)
{
    static const struct {
        enum { STATUS, INSTALL, TRANSITION } of;
        const char *path, *administrator, *standard;
    } table[] = {
        {STATUS, "/mutex/owner_pid", "4242", "4242"},
        {STATUS, "/mutex/owner_image", "'C:\\\\Users\\\\alice\\\\evil.exe'", "'evil.exe'"},
        {STATUS, "/mutex/owner_foreign", "true", "true"},
        {STATUS, "/mutex/object_owner", "'" SID "'", "null"},
        {STATUS, "/mutex/owner_started_by/pid", "700", "700"},
        {STATUS, "/mutex/owner_started_by/image", "'C:\\\\Users\\\\alice\\\\setup.exe'",
         "'setup.exe'"},
        {STATUS, "/mutex/owner_started_by/session", "2", "null"},
        {STATUS, "/mutex/owner_chain/0/pid", "977", "977"},
        {STATUS, "/mutex/owner_chain/0/image", "'C:\\\\Windows\\\\System32\\\\msiexec.exe'",
         "'msiexec.exe'"},
        {STATUS, "/mutex/owner_chain/1/session", "2", "null"},
        {STATUS, "/install/product", "'Example'", "'Example'"},
        {STATUS, "/install/version", "'1.2.3'", "'1.2.3'"},
        {STATUS, "/install/package", "'C:\\\\Users\\\\alice\\\\Downloads\\\\example.msi'",
         "'example.msi'"},
        {STATUS, "/install/user", "'" SID "'", "null"},
        {STATUS, "/install/client_pid", "977", "977"},
        {STATUS, "/install/started_at", "'1970-01-01T00:00:01.000Z'", "'1970-01-01T00:00:01.000Z'"},
        {STATUS, "/install/started_by/pid", "700", "700"},
        {STATUS, "/install/started_by/image", "'C:\\\\Users\\\\alice\\\\setup.exe'", "'setup.exe'"},
        {STATUS, "/install/started_by/session", "2", "null"},
        {STATUS, "/install/chain/0/image", "'C:\\\\Windows\\\\System32\\\\msiexec.exe'",
         "'msiexec.exe'"},
        {STATUS, "/install/chain/0/session", "3", "null"},
        {STATUS, "/install/in_use/process", "'explorer.exe'", "'explorer.exe'"},
        {STATUS, "/install/in_use/pid", "3300", "3300"},
        {STATUS, "/reboot", "'required'", "'required'"},
        {STATUS, "/reboot_by", "'Example'", "'Example'"},
        {STATUS, "/reboot_at", "'1970-01-01T00:00:02.000Z'", "'1970-01-01T00:00:02.000Z'"},
        {STATUS, "/activity/stalled", "true", "true"},
        {STATUS, "/activity/last_at", "'1970-01-01T00:00:03.000Z'", "'1970-01-01T00:00:03.000Z'"},
        {STATUS, "/activity/still_ms", "4000", "4000"},
        {STATUS, "/activity/cpu_ms", "5", "5"},
        {STATUS, "/activity/io_bytes", "6", "6"},
        {STATUS, "/activity/processes", "7", "7"},
        {INSTALL, "/install/product", "'Example'", "'Example'"},
        {INSTALL, "/install/version", "'1.2.3'", "'1.2.3'"},
        {INSTALL, "/install/package", "'C:\\\\Users\\\\alice\\\\Downloads\\\\example.msi'",
         "'example.msi'"},
        {INSTALL, "/install/user", "'" SID "'", "null"},
        {INSTALL, "/install/client_pid", "977", "977"},
        {INSTALL, "/install/started_at", "'1970-01-01T00:00:01.000Z'",
         "'1970-01-01T00:00:01.000Z'"},
        {INSTALL, "/install/action", "'install'", "'install'"},
        {INSTALL, "/install/result", "'success'", "'success'"},
        {INSTALL, "/install/status", "0", "0"},
        {INSTALL, "/install/reboot", "'required'", "'required'"},
        {INSTALL, "/install/further", "4", "4"},
        {INSTALL, "/install/product_code", "\"{90140000-0011-0000-0000-0000000FF1CE}\"",
         "\"{90140000-0011-0000-0000-0000000FF1CE}\""},
        {INSTALL, "/install/trusted", "true", "true"},
        {INSTALL, "/install/started_by/pid", "700", "700"},
        {INSTALL, "/install/started_by/image", "'C:\\\\Users\\\\alice\\\\setup.exe'",
         "'setup.exe'"},
        {INSTALL, "/install/chain/1/session", "2", "null"},
        {INSTALL, "/install/in_use/process", "'explorer.exe'", "'explorer.exe'"},
        {TRANSITION, "/owner/pid", "4242", "4242"},
        {TRANSITION, "/owner/image", "'C:\\\\Users\\\\alice\\\\evil.exe'", "'evil.exe'"},
        {TRANSITION, "/owner/foreign", "true", "true"},
        {TRANSITION, "/owner/user", "'" SID "'", "null"},
        {TRANSITION, "/owner/started_by/pid", "700", "700"},
        {TRANSITION, "/owner/started_by/image", "'C:\\\\Users\\\\alice\\\\setup.exe'",
         "'setup.exe'"},
        {TRANSITION, "/owner/started_by/session", "2", "null"},
        {TRANSITION, "/folded", "7", "7"},
    };
    static char *(*const texts[])(enum access_level) = {
        [STATUS] = status_text, [INSTALL] = event_text, [TRANSITION] = transition_text};
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        for (int who = 0; who < ACCESS_LEVELS; who++) {
            enum access_level access_level = (enum access_level)who;
            char *json = member(texts[table[i].of](access_level), table[i].path);
            const char *wanted = access_level == ACCESS_ADMINISTRATOR ? table[i].administrator
                                                                      : table[i].standard;
            must(json_matches(json, strlen(json), wanted), "%s is %s to %s", table[i].path, json,
                 access_level == ACCESS_ADMINISTRATOR ? "administrators" : "others");
            free(json);
        }
    }
}

/* ---- whole connections ---- */

static void install_something(struct server_fixture *fixture)
{
    struct test_server *server = &fixture->server;
    server->machine.mutex.owner_known = true;
    server->machine.mutex.owner_pid = 4242;
    snprintf(server->machine.mutex.owner_image, sizeof server->machine.mutex.owner_image, "%s",
             "C:\\Users\\alice\\evil.exe");
    server_set_mutex(server, MUTEX_HELD);
    server->api.status.install_known = true;
    server->api.status.install = full;
    struct event event = {.kind = EVENT_INSTALL, .at_ms = 5, .install = &full};
    journal_append(server->journal, &event);
}

/* Whether anything that was received so far names a place or a person. */
static bool tells(struct test_client *client)
{
    size_t size;
    char *line;
    bool found = false;
    while ((line = client_line(client, &size)) != NULL) {
        found = found || strstr(line, "alice") != NULL || strstr(line, "S-1-") != NULL ||
                strstr(line, "\\\\") != NULL;
    }
    return found;
}

static void no_method_tells_a_standard_caller_of_places_or_persons(void **state)
{
    static const char *const calls[][2] = {
        {"status", NULL},
        {"history", NULL},
        {"history", "{'order':'desc','limit':1}"},
        {"subscribe", "{'after':0}"},
        {"wait", "{'for':'busy'}"},
        {"wait", "{'for':'idle','timeout_ms':1}"},
    };
    static const char *const silent[][2] = {{"about", NULL},        {"metrics", NULL},
                                            {"unsubscribe", "[1]"}, {"cancel", "[9]"},
                                            {"C:\\\\alice", NULL},  {"status", "['C:\\\\alice']"}};
    struct server_fixture *fixture = *state;
    struct test_client standard;
    client_init(&fixture->server, &standard);
    standard.access_level = ACCESS_STANDARD;
    install_something(fixture);
    for (size_t i = 0; i < COUNT(calls); i++) {
        /* The administrator sees something, so that there is something to withhold. */
        ask(&fixture->client, "1", calls[i][0], calls[i][1]);
        ask(&standard, "1", calls[i][0], calls[i][1]);
        server_pass(&fixture->server, 2000);
        must(tells(&fixture->client), "%s tells an administrator nothing", calls[i][0]);
        must(!tells(&standard), "%s tells a standard client", calls[i][0]);
    }
    for (size_t i = 0; i < COUNT(silent); i++) {
        ask(&standard, "1", silent[i][0], silent[i][1]);
        server_settle(&fixture->server);
        must(!tells(&standard), "%s tells a standard client", silent[i][0]);
    }
    install_something(fixture); /* the event for the subscription */
    server_settle(&fixture->server);
    assert_true(tells(&fixture->client));
    assert_false(tells(&standard));
    client_end(&standard, 0);
    server_settle(&fixture->server);
    client_release(&standard);
}

static void a_caller_is_asked_after_its_first_byte_and_for_as_long_as_it_sees_more(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client one;
    client_init(&fixture->server, &one);
    assert_false(one.connection.identified);
    assert_int_equal(one.connection.access_level, ACCESS_STANDARD);
    assert_int_equal(client_send(&one, "\n", 1, 1), 1);
    assert_true(one.connection.identified);
    assert_int_equal(one.connection.access_level, ACCESS_ADMINISTRATOR);
    one.access_level = ACCESS_STANDARD; /* its access level has become lower */
    assert_int_equal(client_send(&one, "\n", 1, 1), 1);
    assert_int_equal(one.connection.access_level, ACCESS_STANDARD);
    one.access_level = ACCESS_ADMINISTRATOR; /* its access level does not rise again */
    assert_int_equal(client_send(&one, "\n", 1, 1), 1);
    assert_int_equal(one.connection.access_level, ACCESS_STANDARD);
    client_end(&one, 0);
    server_settle(&fixture->server);
    client_release(&one);
}

/* What the client's process was when it connected, what impersonation says at one request and at
 * the next, and what each of the two requests is answered. */
static void a_request_sees_the_lesser_of_what_its_client_was_and_is(void **state)
{
    static const struct {
        const char *name;
        bool known, privileged;
    } processes[] = {
        {"a process that had gone", false, false},
        {"one that could not be looked at, whatever is said of it", false, true},
        {"a user's, or an administrator's that is not elevated", true, false},
        {"an administrator's, or SYSTEM's", true, true},
    };
    static const struct {
        const char *name;
        bool anonymous;
        enum access_level access_level;
    } says[] = {
        {"nothing", true, ACCESS_ADMINISTRATOR},
        {"a user", false, ACCESS_STANDARD},
        {"an administrator", false, ACCESS_ADMINISTRATOR},
    };
    struct server_fixture *fixture = *state;
    install_something(fixture);
    for (size_t i = 0; i < COUNT(processes) * COUNT(says) * COUNT(says); i++) {
        size_t p = i % COUNT(processes),
               asked[2] = {i / COUNT(processes) % COUNT(says), i / COUNT(processes) / COUNT(says)};
        bool sees = processes[p].known && processes[p].privileged;
        struct test_client client;
        client_init(&fixture->server, &client);
        client.connection.client.known = processes[p].known;
        client.connection.client.privileged = processes[p].privileged;
        for (size_t n = 0; n < 2; n++) {
            unsigned before = client.impersonated;
            bool could = sees;
            sees = sees && !says[asked[n]].anonymous &&
                   says[asked[n]].access_level == ACCESS_ADMINISTRATOR;
            client.anonymous = says[asked[n]].anonymous;
            client.access_level = says[asked[n]].access_level;
            ask(&client, "1", "status", NULL);
            must(tells(&client) == sees, "%s, then %s: request %u sees %s", processes[p].name,
                 says[asked[n]].name, (unsigned)n + 1, sees ? "nothing" : "what it may not");
            assert_int_equal(client.impersonated - before, could); /* nobody is in vain */
        }
        client_end(&client, 0);
        client_release(&client);
    }
}

struct look {
    struct journal_read read;
    const char *json;
};

static void on_read(struct journal_read *read)
{
    struct look *look = (struct look *)read;
    assert_int_equal(read->count, 1);
    look->json = read->entries[0].json;
}

static const char *json_for(struct journal *journal, enum access_level access_level, uint64_t after)
{
    struct look look = {.read = {.wish = {.before = UINT64_MAX,
                                          .since_ms = INT64_MIN,
                                          .until_ms = INT64_MAX,
                                          .after = after,
                                          .access_level = access_level,
                                          .limit = 1,
                                          .bytes = 10000},
                                 .done = on_read}};
    journal_read_start(journal, &look.read);
    return look.json;
}

static void an_event_is_encoded_once_for_an_audience(void **state)
{
    struct server_fixture *fixture = *state;
    struct journal *journal = fixture->server.journal;
    install_something(fixture);
    uint64_t install = journal_info(journal)->last_seq - 1;
    const char *standard = json_for(journal, ACCESS_STANDARD, install);
    const char *administrator = json_for(journal, ACCESS_ADMINISTRATOR, install);
    assert_string_not_equal(standard, administrator);
    assert_ptr_equal(json_for(journal, ACCESS_STANDARD, install), standard);
    assert_ptr_equal(json_for(journal, ACCESS_ADMINISTRATOR, install), administrator);
    /* Everybody sees the same of a transition, and it is one text. */
    assert_ptr_equal(json_for(journal, ACCESS_STANDARD, 0),
                     json_for(journal, ACCESS_ADMINISTRATOR, 0));
}

int access_level_tests(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_becomes_its_files_name),
        cmocka_unit_test(of_a_path_that_was_cut_nothing_is_left),
        cmocka_unit_test(a_product_that_names_a_place_or_a_person_is_withheld),
        cmocka_unit_test(so_are_others_who_are_named),
        cmocka_unit_test(each_cell_of_the_table_holds),
        WITH_SERVER(no_method_tells_a_standard_caller_of_places_or_persons),
        WITH_SERVER(a_request_sees_the_lesser_of_what_its_client_was_and_is),
        WITH_SERVER(a_caller_is_asked_after_its_first_byte_and_for_as_long_as_it_sees_more),
        WITH_SERVER(an_event_is_encoded_once_for_an_audience),
    };
    return cmocka_run_group_tests_name("access_level", tests, NULL, NULL);
}
