/* wire_test.c: model <-> JSON: what is written can be read back, and what a hostile client or
 * service writes is either read or rejected. */
#include "unit.h"

#include "json_match.h"
#include "common/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The JSON text of a value, which the caller frees. */
static char *text_of(yyjson_mut_val *value)
{
    char *text = yyjson_mut_val_write(value, YYJSON_WRITE_NOFLAG, NULL);
    assert_non_null(text);
    return text;
}

static char *status_text(const struct status *status)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    char *text = text_of(wire_status(doc, status));
    yyjson_mut_doc_free(doc);
    return text;
}

static char *event_text(const struct event *event)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    char *text = text_of(wire_event(doc, event));
    yyjson_mut_doc_free(doc);
    return text;
}

static bool read_status(const char *text, struct status *out)
{
    yyjson_doc *doc = yyjson_read(text, strlen(text), 0);
    bool read = wire_status_read(yyjson_doc_get_root(doc), out);
    yyjson_doc_free(doc);
    return read;
}

static bool read_event(const char *text, struct event *out)
{
    yyjson_doc *doc = yyjson_read(text, strlen(text), 0);
    bool read = wire_event_read(yyjson_doc_get_root(doc), out);
    yyjson_doc_free(doc);
    return read;
}

static void must_match(char *text, const char *pattern)
{
    must(json_matches(text, strlen(text), pattern), "%s\ninstead of %s", text, pattern);
    free(text);
}

static struct status full_status(void)
{
    struct status status = {
        .state = VERDICT_BUSY,
        .since_ms = INT64_C(1795344067123),
        .seq = UINT64_C(18446744073709551615),
        .reasons = REASON_MUTEX | REASON_MSISERVER | REASON_FLAPPING,
        .says_busy = true,
        .suspended = true,
    };
    status.seen.wall_ms = INT64_C(1795344067456);
    status.seen.mutex.state = MUTEX_HELD;
    status.seen.mutex.owner_known = true;
    status.seen.mutex.owner_pid = UINT32_MAX;
    status.seen.mutex.owner_foreign = true;
    snprintf(status.seen.mutex.owner_image, sizeof status.seen.mutex.owner_image, "%s",
             "C:\\Windows\\System32\\msi\"exec\xc3\xa9.exe");
    status.seen.msiserver.state = MSISERVER_RUNNING;
    status.seen.msiserver.controls = UINT32_MAX;
    status.seen.msiserver.pid = 4242;
    status.seen.ui_clients = INT32_MAX;
    return status;
}

static struct status empty_status(void)
{
    struct status status = {.state = VERDICT_UNKNOWN};
    status.seen.mutex.state = MUTEX_DENIED;
    status.seen.msiserver.state = MSISERVER_MISSING;
    status.seen.ui_clients = -1;
    return status;
}

static void status_has_the_members_of_the_protocol(void **state)
{
    struct status status = full_status();
    (void)state;
    must_match(status_text(&status),
               "{'state':'busy','since':'2026-11-22T10:41:07.123Z','seq':18446744073709551615,"
               "'reasons':['mutex','msiserver','flapping'],"
               "'mutex':{'state':'held','owner_pid':4294967295,"
               "'owner_image':'C:\\\\Windows\\\\System32\\\\msi\\\"exec\xc3\xa9.exe',"
               "'owner_foreign':true,'owner_role':null},"
               "'msiserver':{'state':'running','controls_accepted':4294967295,'pid':4242,"
               "'says_busy':true},"
               "'install':null,'reboot':null,'reboot_by':null,'reboot_at':null,'activity':null,'ui_"
               "clients':2147483647,'suspended':true,'turns':null,"
               "'sampled_at':'2026-11-22T10:41:07.456Z'}");
}

static void what_is_not_known_is_null(void **state)
{
    struct status status = empty_status();
    (void)state;
    must_match(status_text(&status),
               "{'state':'unknown','since':'1970-01-01T00:00:00.000Z','seq':0,'reasons':[],"
               "'mutex':{'state':'denied','owner_pid':null,'owner_image':null,"
               "'owner_foreign':null,'owner_role':null},"
               "'msiserver':{'state':'missing','controls_accepted':null,'pid':null,"
               "'says_busy':false},"
               "'install':null,'reboot':null,'reboot_by':null,'reboot_at':null,'activity':null,'ui_"
               "clients':null,'suspended':false,'turns':null,"
               "'sampled_at':'1970-01-01T00:00:00.000Z'}");
}

static void owner_whose_image_is_not_known_is_not_called_foreign(void **state)
{
    struct status status = full_status();
    (void)state;
    status.seen.mutex.owner_image[0] = '\0';
    must_match(status_text(&status),
               "{'mutex':{'state':'held','owner_pid':4294967295,"
               "'owner_image':null,'owner_foreign':null,'owner_role':null},'...':0}");
}

static void must_be_the_same(const struct status *a, const struct status *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->since_ms, b->since_ms);
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->reasons, b->reasons);
    assert_int_equal(a->says_busy, b->says_busy);
    assert_int_equal(a->suspended, b->suspended);
    assert_int_equal(a->seen.wall_ms, b->seen.wall_ms);
    /* JSON does not contain these. */
    struct observation left = a->seen, right = b->seen;
    left.mutex.owner_tid = right.mutex.owner_tid = 0;
    left.registry_known = right.registry_known = false;
    left.in_progress = right.in_progress = false;
    assert_true(observation_same(&left, &right));
}

static void status_reads_back_as_it_was_written(void **state)
{
    struct status before[] = {full_status(), empty_status()};
    (void)state;
    for (size_t i = 0; i < COUNT(before); i++) {
        struct status after;
        char *text = status_text(&before[i]);
        assert_true(read_status(text, &after));
        must_be_the_same(&before[i], &after);
        free(text);
    }
}

static void event_reads_back_as_it_was_written(void **state)
{
    const struct event before[] = {
        {.seq = 129,
         .at_ms = 1000,
         .from = VERDICT_IDLE,
         .to = VERDICT_BUSY,
         .reasons = REASON_MUTEX,
         .after_known = true,
         .after_ms = 53211},
        {.seq = UINT64_MAX, .from = VERDICT_UNKNOWN, .to = VERDICT_IDLE},
        {.seq = 1,
         .at_ms = -1,
         .from = VERDICT_BUSY,
         .to = VERDICT_BUSY,
         .reasons = REASON_FLAPPING,
         .after_known = true,
         .after_ms = UINT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(before); i++) {
        struct event after;
        char *text = event_text(&before[i]);
        assert_true(read_event(text, &after));
        free(text);
        assert_int_equal(after.seq, before[i].seq);
        assert_int_equal(after.kind, before[i].kind);
        assert_int_equal(after.at_ms, before[i].at_ms);
        assert_int_equal(after.from, before[i].from);
        assert_int_equal(after.to, before[i].to);
        assert_int_equal(after.reasons, before[i].reasons);
        assert_int_equal(after.after_known, before[i].after_known);
        assert_int_equal(after.after_ms, before[i].after_ms);
    }
}

static void an_activity_has_its_own_members_and_reads_back(void **state)
{
    struct event event = {.seq = 140,
                          .kind = EVENT_ACTIVITY,
                          .at_ms = INT64_C(1795344067123),
                          .of = 139,
                          .activity = {.stalled = true, .still_ms = 300000, .processes = 3}};
    struct event after;
    (void)state;
    must_match(event_text(&event),
               "{'seq':140,'kind':'activity','at':'2026-11-22T10:41:07.123Z','of':139,"
               "'stalled':true,'last_at':null,'still_ms':300000,'processes':3}");
    event.of = 0;
    event.activity.last_known = true;
    event.activity.last_ms = INT64_C(1795344067000);
    event.activity.stalled = false;
    char *text = event_text(&event);
    assert_true(read_event(text, &after));
    free(text);
    assert_int_equal(after.kind, EVENT_ACTIVITY);
    assert_int_equal(after.of, 0);
    assert_false(after.activity.stalled);
    assert_int_equal(after.activity.still_ms, 300000);
    assert_int_equal(after.activity.processes, 3);
    assert_true(after.activity.last_known);
    assert_int_equal(after.activity.last_ms, event.activity.last_ms);
}

static void a_chain_and_an_activity_read_back_as_they_were_written(void **state)
{
    struct status before = full_status(), after;
    (void)state;
    before.install_known = true;
    before.install.chain.count = MSIWATCH_CHAIN;
    for (uint32_t i = 0; i < MSIWATCH_CHAIN; i++) {
        before.install.chain.processes[i].pid = 100 + i;
        before.install.chain.processes[i].session_known = i % 2 == 0;
        before.install.chain.processes[i].session = i % 2 == 0 ? i : 0;
        snprintf(before.install.chain.processes[i].image, MSIWATCH_IMAGE_BYTES, "%s",
                 i < 2 ? "C:\\cmd.exe" : "C:\\a.exe");
    }
    before.activity = (struct activity){true, true, true, 5000, 6000, 7, 8, 9};
    before.restart = (struct restart){REBOOT_INITIATED, "P7", true, 7000};
    char *text = status_text(&before);
    must_match(status_text(&before),
               "{'install':{'started_by':{'pid':102,'image':'C:\\\\a.exe','session':2},"
               "'...':0},'...':0}");
    assert_true(read_status(text, &after));
    free(text);
    assert_memory_equal(&after.install.chain, &before.install.chain, sizeof after.install.chain);
    /* The mutex's owner is named separately, and so does not count. */
    before.seen.mutex.owner_chain = before.install.chain;
    before.seen.mutex.owner_chain.count = 4;
    snprintf(before.seen.mutex.owner_chain.processes[0].image, MSIWATCH_IMAGE_BYTES, "setup.exe");
    must_match(status_text(&before),
               "{'mutex':{'owner_started_by':{'pid':102,'image':'C:\\\\a.exe','session':2},"
               "'owner_chain':[{'pid':100,'image':'setup.exe','session':0},{'pid':101,'...':0},"
               "{'pid':102,'...':0},{'pid':103,'...':0}],'...':0},'...':0}");
    text = status_text(&before);
    assert_true(read_status(text, &after));
    free(text);
    assert_int_equal(after.seen.mutex.owner_chain.count, 4);
    assert_int_equal(chain_starter(&after.seen.mutex.owner_chain, 1)->pid, 102);
    before.seen.mutex.owner_chain.count = 2;
    must_match(status_text(&before), "{'mutex':{'owner_started_by':null,'...':0},'...':0}");
    assert_memory_equal(&after.activity, &before.activity, sizeof after.activity);
    assert_memory_equal(&after.restart, &before.restart, sizeof after.restart);
}

static void event_has_the_members_of_the_protocol(void **state)
{
    struct event event = {.seq = 129,
                          .at_ms = INT64_C(1795344067123),
                          .from = VERDICT_IDLE,
                          .to = VERDICT_BUSY,
                          .reasons = REASON_MUTEX,
                          .after_known = true,
                          .after_ms = 53211};
    (void)state;
    must_match(event_text(&event),
               "{'seq':129,'kind':'transition','at':'2026-11-22T10:41:07.123Z',"
               "'from':'idle','to':'busy','reasons':['mutex'],'after_ms':53211}");
    event.after_known = false;
    must_match(event_text(&event), "{'after_ms':null,'...':0}");
    struct event_owner owner = {
        .pid = 977, .image = "C:\\a.exe", .foreign = true, .user = "S-1-5-18"};
    event.owner = &owner;
    event.folded = 12;
    must_match(event_text(&event), "{'owner':{'pid':977,'image':'C:\\\\a.exe','foreign':true,"
                                   "'user':'S-1-5-18'},'folded':12,'...':0}");
    owner.started_by = (struct chain_process){.pid = 700, .image = "C:\\b.exe"};
    must_match(event_text(&event),
               "{'owner':{'started_by':{'pid':700,'image':'C:\\\\b.exe','session':null},'...':0},"
               "'...':0}");
}

/* ---- what comes from a peer ---- */

static bool reads_status(const char *quoted)
{
    char text[1024];
    struct status status;
    assert_true(snprintf(text, sizeof text, "%s", quoted) < (int)sizeof text);
    json_quote(text);
    bool read = read_status(text, &status);
    assert_non_null(memchr(status.seen.mutex.owner_image, '\0', MSIWATCH_STRING_BYTES));
    return read;
}

static bool reads_event(const char *quoted)
{
    char text[1024];
    struct event event;
    assert_true(snprintf(text, sizeof text, "%s", quoted) < (int)sizeof text);
    json_quote(text);
    return read_event(text, &event);
}

#define TIME "'2026-11-22T10:41:07.123Z'"
#define LEAST                                                                                      \
    "'since':" TIME ",'sampled_at':" TIME ",'mutex':{'state':'free'},"                             \
    "'msiserver':{'state':'stopped'}"

static void status_needs_no_more_than_what_it_must_have(void **state)
{
    (void)state;
    assert_true(reads_status("{'state':'idle','seq':0,'reasons':[]," LEAST "}"));
    assert_true(
        reads_status("{'state':'idle','seq':0,'reasons':['mutex','new',7],'new':{}," LEAST "}"));
}

static void status_with_something_missing_or_of_another_type_is_refused(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "7",
        "''",
        "{'seq':0,'reasons':[]," LEAST "}",
        "{'state':'idle','reasons':[]," LEAST "}",
        "{'state':'idle','seq':0," LEAST "}",
        "{'state':'asleep','seq':0,'reasons':[]," LEAST "}",
        "{'state':1,'seq':0,'reasons':[]," LEAST "}",
        "{'state':null,'seq':0,'reasons':[]," LEAST "}",
        "{'state':'idle','seq':'0','reasons':[]," LEAST "}",
        "{'state':'idle','seq':-1,'reasons':[]," LEAST "}",
        "{'state':'idle','seq':1.0,'reasons':[]," LEAST "}",
        "{'state':'idle','seq':18446744073709551616,'reasons':[]," LEAST "}",
        "{'state':'idle','seq':0,'reasons':{}," LEAST "}",
        "{'state':'idle','seq':0,'reasons':'mutex'," LEAST "}",
        "{'state':'idle','seq':0,'reasons':null," LEAST "}",
        "{'state':'idle','seq':0,'reasons':[],'since':" TIME ",'sampled_at':" TIME
        ",'mutex':{'state':'free'}}",
        "{'state':'idle','seq':0,'reasons':[],'since':" TIME ",'sampled_at':" TIME
        ",'mutex':'free','msiserver':{'state':'stopped'}}",
        "{'state':'idle','seq':0,'reasons':[],'since':" TIME ",'sampled_at':" TIME
        ",'mutex':{'state':'lost'},'msiserver':{'state':'stopped'}}",
        "{'state':'idle','seq':0,'reasons':[],'since':" TIME ",'sampled_at':" TIME
        ",'mutex':{'state':'free'},'msiserver':{'state':[]}}",
        "{'state':'idle','seq':0,'reasons':[],'since':0,'sampled_at':" TIME
        ",'mutex':{'state':'free'},'msiserver':{'state':'stopped'}}",
        "{'state':'idle','seq':0,'reasons':[],'since':" TIME ",'sampled_at':'now'"
        ",'mutex':{'state':'free'},'msiserver':{'state':'stopped'}}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        must(!reads_status(texts[i]), "%s is read", texts[i]);
    }
}

static void members_that_do_not_fit_are_as_good_as_not_known(void **state)
{
    char text[] = "{'state':'idle','seq':0,'reasons':[],'since':" TIME ",'sampled_at':" TIME ","
                  "'mutex':{'state':'free','owner_pid':4294967296,'owner_image':{},"
                  "'owner_foreign':1},"
                  "'msiserver':{'state':'stopped','controls_accepted':-1,'pid':'7','says_busy':'y'}"
                  ",'ui_clients':2147483648,'suspended':null}";
    struct status status;
    (void)state;
    json_quote(text);
    assert_true(read_status(text, &status));
    assert_false(status.seen.mutex.owner_known);
    assert_int_equal(status.seen.mutex.owner_pid, 0);
    assert_string_equal(status.seen.mutex.owner_image, "");
    assert_false(status.seen.mutex.owner_foreign);
    assert_int_equal(status.seen.msiserver.controls, 0);
    assert_int_equal(status.seen.msiserver.pid, 0);
    assert_false(status.says_busy);
    assert_int_equal(status.seen.ui_clients, -1);
    assert_false(status.suspended);
}

/* The other side need not respect the limit of 256 characters. */
static void text_that_is_too_long_is_cut_before_a_character(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        char image[2001] = "", text[3000];
        struct status status;
        memset(image, 'x', lead);
        for (size_t i = lead; i + 4 < sizeof image; i += 4) {
            memcpy(image + i, "\xf0\x9f\x98\x80", 5); /* a character of four bytes */
        }
        snprintf(text, sizeof text,
                 "{'state':'idle','seq':0,'reasons':[],'since':" TIME ",'sampled_at':" TIME
                 ",'mutex':{'state':'free','owner_image':'%s'},'msiserver':{'state':'stopped'}}",
                 image);
        json_quote(text);
        assert_true(read_status(text, &status));
        size_t length = strlen(status.seen.mutex.owner_image);
        assert_in_range(length, MSIWATCH_STRING_BYTES - 4, MSIWATCH_STRING_BYTES - 1);
        assert_int_equal((length - lead) % 4, 0);
        assert_memory_equal(status.seen.mutex.owner_image, image, length);
    }
}

static void event_with_something_missing_or_of_another_type_is_refused(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "{'seq':1,'at':" TIME ",'from':'idle','to':'busy','reasons':[]}",
        "{'kind':7,'seq':1,'at':" TIME ",'from':'idle','to':'busy','reasons':[]}",
        "{'kind':'transition','at':" TIME ",'from':'idle','to':'busy','reasons':[]}",
        "{'kind':'transition','seq':-1,'at':" TIME ",'from':'idle','to':'busy','reasons':[]}",
        "{'kind':'transition','seq':1,'from':'idle','to':'busy','reasons':[]}",
        "{'kind':'transition','seq':1,'at':7,'from':'idle','to':'busy','reasons':[]}",
        "{'kind':'transition','seq':1,'at':" TIME ",'to':'busy','reasons':[]}",
        "{'kind':'transition','seq':1,'at':" TIME ",'from':'idle','to':'gone','reasons':[]}",
        "{'kind':'transition','seq':1,'at':" TIME ",'from':'idle','to':'busy'}",
        "{'kind':'transition','seq':1,'at':" TIME ",'from':'idle','to':'busy','reasons':7}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        must(!reads_event(texts[i]), "%s is read", texts[i]);
    }
}

static void event_of_another_kind_is_not_taken_for_a_transition(void **state)
{
    char text[] = "{'kind':'install','seq':131,'at':" TIME ",'of':129,'install':{}}";
    struct event event;
    (void)state;
    json_quote(text);
    assert_true(read_event(text, &event));
    assert_int_equal(event.kind, EVENT_INSTALL);
    assert_int_equal(event.seq, 131);
}

/* ---- strings from outside ---- */

/* How many bytes wire_text makes of `lead` and `count` times `character`. */
static size_t cut(const char *lead, const char *character, size_t count)
{
    static char text[8192];
    size_t length = strlen(lead), size = strlen(character);
    memcpy(text, lead, length);
    for (size_t i = 0; i < count; i++, length += size) {
        memcpy(text + length, character, size);
    }
    text[length] = '\0';
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *value = wire_text(doc, text);
    size_t result = yyjson_mut_get_len(value);
    assert_memory_equal(yyjson_mut_get_str(value), text, result);
    free(text_of(value)); /* this fails if it is not valid UTF-8 */
    yyjson_mut_doc_free(doc);
    return result;
}

static void strings_from_outside_are_cut_at_256_characters_and_not_inside_one(void **state)
{
    static const char *const characters[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    (void)state;
    assert_int_equal(cut("", "", 0), 0);
    for (size_t bytes = 1; bytes <= 4; bytes++) {
        const char *character = characters[bytes - 1];
        assert_int_equal(cut("", character, 1), bytes);
        assert_int_equal(cut("", character, 255), 255 * bytes);
        assert_int_equal(cut("", character, 256), 256 * bytes);
        assert_int_equal(cut("", character, 257), 256 * bytes);
        assert_int_equal(cut("", character, 1000), 256 * bytes);
        assert_int_equal(cut("x", character, 1000), 1 + 255 * bytes);
    }
}

int wire_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_has_the_members_of_the_protocol),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(owner_whose_image_is_not_known_is_not_called_foreign),
        cmocka_unit_test(status_reads_back_as_it_was_written),
        cmocka_unit_test(event_reads_back_as_it_was_written),
        cmocka_unit_test(event_has_the_members_of_the_protocol),
        cmocka_unit_test(an_activity_has_its_own_members_and_reads_back),
        cmocka_unit_test(a_chain_and_an_activity_read_back_as_they_were_written),
        cmocka_unit_test(status_needs_no_more_than_what_it_must_have),
        cmocka_unit_test(status_with_something_missing_or_of_another_type_is_refused),
        cmocka_unit_test(members_that_do_not_fit_are_as_good_as_not_known),
        cmocka_unit_test(text_that_is_too_long_is_cut_before_a_character),
        cmocka_unit_test(event_with_something_missing_or_of_another_type_is_refused),
        cmocka_unit_test(event_of_another_kind_is_not_taken_for_a_transition),
        cmocka_unit_test(strings_from_outside_are_cut_at_256_characters_and_not_inside_one),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
