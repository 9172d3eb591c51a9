/* folder_test.c: whatever somebody planted where the data folder and its files belong: moved aside,
 * not used, not deleted. What a system does not enforce is judged by its facts. */
#include "journal_fixture.h"

#include "disk.h"
#include "files/secure_files.h"
#include "journal/removal.h"

#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include "files/acl_win32.h"

#include <sddl.h>
#else
#include <sys/stat.h>
#include <unistd.h>
#endif

static const struct files_facts good_folder = {
    .exists = true, .folder = true, .trusted_owner = true, .links = 2};
static const struct files_facts good_file = {
    .exists = true, .plain = true, .trusted_owner = true, .links = 1};

static void a_folder_is_judged_by_its_facts(void **state)
{
    struct files_facts facts = good_folder;
    (void)state;
    assert_int_equal(files_judge_folder(&facts), FILES_FINE);
    facts.exists = false;
    assert_int_equal(files_judge_folder(&facts), FILES_MISSING);
    facts = good_folder;
    facts.leads_away = true; /* a junction is a folder, too */
    assert_int_equal(files_judge_folder(&facts), FILES_LEADS_AWAY);
    facts = good_folder;
    facts.trusted_owner = false;
    assert_int_equal(files_judge_folder(&facts), FILES_WRONG_OWNER);
    facts = good_folder;
    facts.open = true;
    assert_int_equal(files_judge_folder(&facts), FILES_OPEN);
    assert_int_equal(files_judge_folder(&good_file), FILES_WRONG_KIND);
}

static void a_file_is_judged_by_its_facts(void **state)
{
    struct files_facts facts = good_file;
    (void)state;
    assert_int_equal(files_judge_file(&facts), FILES_FINE);
    facts.links = 2;
    assert_int_equal(files_judge_file(&facts), FILES_LINKED);
    facts = good_file;
    facts.leads_away = true;
    assert_int_equal(files_judge_file(&facts), FILES_LEADS_AWAY);
    facts = good_file;
    facts.trusted_owner = false;
    assert_int_equal(files_judge_file(&facts), FILES_WRONG_OWNER);
    assert_int_equal(files_judge_file(&good_folder), FILES_WRONG_KIND);
}

#ifdef _WIN32
static void a_descriptor_that_gives_others_anything_is_not_private(void **state)
{
    static const struct {
        const char *sddl;
        bool private;
    } cases[] = {
        {"O:SYG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", true},
        {"O:BAG:BAD:(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)", true},
        {"D:P(D;;FA;;;WD)(A;;FA;;;SY)", true},
        /* who makes something there, and who owns it: neither is anybody else */
        {"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)", true},
        {"D:P(A;;FA;;;SY)(A;;FA;;;S-1-3-4)", true},
        {"D:P(A;OICI;FA;;;SY)(A;OICIIO;GA;;;CG)", false},
        /* what a folder in ProgramData has from there */
        {"O:BAG:BAD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)"
         "(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)",
         false},
        {"D:P(A;OICI;FA;;;SY)(A;OICI;FR;;;BU)", false},
        {"D:P(A;;FA;;;SY)(A;OICIIO;FR;;;BU)", false}, /* in the files alone */
        {"D:P(A;;FA;;;SY)(A;;FR;;;AU)", false},
        {"D:P(A;;FA;;;SY)(A;;FR;;;S-1-5-21-1-2-3-1001)", false},
        {"O:SYG:SY", false}, /* no DACL: everybody */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        PSECURITY_DESCRIPTOR access;
        assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorA(
            cases[i].sddl, SDDL_REVISION_1, &access, NULL));
        must(access_is_private(access) == cases[i].private, "%s", cases[i].sddl);
        LocalFree(access);
    }
}
#endif

static void add_part(char *path, size_t size, const char *part)
{
    size_t length = strlen(path);
    assert_true(length + strlen(part) < size);
    snprintf(path + length, size - length, "%s", part);
}

/* A place in a fixture's folder where the data folder is to be; the fixture uses that. */
static void begin_in(struct journal_fixture *fixture, char outer[512])
{
    fixture_begin(fixture);
    memcpy(outer, fixture->folder, sizeof fixture->folder);
    add_part(fixture->folder, sizeof fixture->folder, "/data");
}

/* Removes what a test made. */
static void end_in(struct journal_fixture *fixture, const char outer[512])
{
    memcpy(fixture->folder, outer, sizeof fixture->folder);
    fixture_remove(outer);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static unsigned count_aside(const char outer[512])
{
    struct journal_fixture there = {0};
    memcpy(there.folder, outer, sizeof there.folder);
    return fixture_count(&there, "data.", ".aside");
}

static void must_work(struct journal_fixture *fixture)
{
    struct files_facts facts;
    fixture_open(fixture);
    must(fixture_is_durable(fixture), "%s", journal_info(fixture->journal)->problem);
    fixture_append_slowly(fixture, 3);
    assert_true(fixture_is_durable(fixture));
    assert_int_equal(files_look(fixture->folder, &facts), 0);
    assert_int_equal(files_judge_folder(&facts), FILES_FINE);
    fixture_close(fixture);
}

static void a_missing_folder_is_made_for_its_owner_alone(void **state)
{
    struct journal_fixture fixture;
    char outer[512];
    (void)state;
    begin_in(&fixture, outer);
    must_work(&fixture);
    assert_int_equal(count_aside(outer), 0);
    end_in(&fixture, outer);
}

static void a_file_in_the_place_of_the_folder_is_moved_aside(void **state)
{
    struct journal_fixture fixture;
    char outer[512];
    (void)state;
    begin_in(&fixture, outer);
    fixture_save(fixture.folder, (const unsigned char *)"x", 1);
    must_work(&fixture);
    assert_int_equal(count_aside(outer), 1);
    end_in(&fixture, outer);
}

/* ---- somebody's folder that may not be looked at, or in which a file is open ---- */

/* The linker puts these two before the system's: nobody denies root anything natively, nor does
 * Wine. Windows refuses to open what denies SYSTEM, and to rename a folder in which a file is open.
 */
int __real_files_look(const char *path, struct files_facts *out);
int __wrap_files_look(const char *path, struct files_facts *out);
int __real_files_move(const char *from, const char *to);
int __wrap_files_move(const char *from, const char *to);

static struct {
    const char *path; /* "": nothing is played */
    int look, move;
    unsigned moves; /* how often a move was refused */
} refused = {.path = ""};

/* On Windows, the product writes a path with backslashes, and a test with slashes. */
static bool is_refused(const char *path)
{
    const char *at = refused.path;
    while (*path != '\0' && (*path == *at || (*path == '\\' && *at == '/'))) {
        path++;
        at++;
    }
    return *path == '\0' && *at == '\0';
}

int __wrap_files_look(const char *path, struct files_facts *out)
{
    bool played = refused.look != 0 && is_refused(path);
    return played ? refused.look : __real_files_look(path, out);
}

int __wrap_files_move(const char *from, const char *to)
{
    bool played = is_refused(from);
    if (played && refused.move != 0) {
        refused.moves++;
        return refused.move;
    }
    if (played) {
        refused.look = 0; /* what is made in its place is ours */
    }
    return __real_files_move(from, to);
}

static void a_folder_that_may_not_be_looked_at_is_moved_aside_unseen(void **state)
{
    struct journal_fixture fixture;
    char outer[512];
    uv_fs_t request;
    (void)state;
    begin_in(&fixture, outer);
    assert_int_equal(uv_fs_mkdir(NULL, &request, fixture.folder, 0700, NULL), 0);
    refused.path = fixture.folder;
    refused.look = UV_EACCES;
    must_work(&fixture);
    assert_int_equal(count_aside(outer), 1);
    refused.path = "";
    end_in(&fixture, outer);
}

/* Somebody else's, in which a file is open. */
static void what_cannot_be_moved_aside_leaves_the_journal_in_memory(void **state)
{
    static const struct {
        int look, move;
        const char *words;
    } cases[] = {
        {UV_EACCES, UV_EACCES, "it cannot be examined, and it cannot be moved away: "},
        {UV_EPERM, UV_EBUSY, "it cannot be examined, and it cannot be moved away: "},
        {0, UV_EACCES, "it is not of the expected kind, and it cannot be moved away: "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct journal_fixture fixture;
        char outer[512];
        begin_in(&fixture, outer);
        fixture_save(fixture.folder, (const unsigned char *)"x", 1);
        refused.path = fixture.folder;
        refused.look = cases[i].look;
        refused.move = cases[i].move;
        fixture_open(&fixture);
        assert_false(fixture_is_durable(&fixture));
        must(strstr(journal_info(fixture.journal)->problem, cases[i].words) != NULL, "says: %s",
             journal_info(fixture.journal)->problem);
        fixture_append_slowly(&fixture, 3);
        fixture_close(&fixture);
        assert_int_equal(count_aside(outer), 0);
        refused.path = "";
        refused.look = refused.move = 0;
        end_in(&fixture, outer);
    }
}

/* A program holds the database's -shm open, so that it cannot be renamed with the database. */
static void a_database_that_is_moved_in_part_is_named_all_the_same(void **state)
{
    struct journal_fixture fixture;
    char outer[512], path[1024], shm[1024];
    (void)state;
    begin_in(&fixture, outer);
    must_work(&fixture);
    fixture_path(&fixture, "history.db", path);
    fixture_save(path, (const unsigned char *)"no", 2);
    fixture_path(&fixture, "history.db-shm", shm);
    fixture_save(shm, (const unsigned char *)"x", 1);
    refused.path = shm;
    refused.move = UV_EBUSY;
    refused.moves = 0;
    fixture_open(&fixture);
    assert_true(refused.moves > 0);
    assert_int_equal(fixture_count(&fixture, "history.db.", ".damaged"), 1);
    assert_true(journal_info(fixture.journal)->put.count >= 1);
    assert_true(fixture_exists(&fixture, journal_info(fixture.journal)->put.names[0]));
    fixture_close(&fixture);
    refused.path = "";
    refused.move = 0;
    end_in(&fixture, outer);
}

static void without_a_parent_the_journal_is_in_memory_and_says_why(void **state)
{
    struct journal_fixture fixture;
    char outer[512];
    (void)state;
    begin_in(&fixture, outer);
    add_part(fixture.folder, sizeof fixture.folder, "/deep");
    fixture_open(&fixture);
    assert_false(fixture_is_durable(&fixture));
    assert_non_null(strstr(journal_info(fixture.journal)->problem, "data folder"));
    fixture_append_slowly(&fixture, 3);
    fixture_close(&fixture);
    end_in(&fixture, outer);
}

/* As whoever administers the machine may. */
static void open_to_others(const char *path)
{
#ifdef _WIN32
    PSECURITY_DESCRIPTOR access;
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorA(
        "D:(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;WD)", SDDL_REVISION_1, &access,
        NULL));
    assert_true(SetFileSecurityA(path, DACL_SECURITY_INFORMATION, access));
    LocalFree(access);
#else
    assert_int_equal(chmod(path, 0777), 0);
#endif
}

static void look(const char *path, struct files_facts *facts)
{
    assert_int_equal(files_look(path, facts), 0);
    assert_true(facts->exists);
}

/* As an administrator makes one, or a deployment tool: with the rights that come with the place. */
static void a_folder_that_is_open_to_others_is_closed_with_what_is_in_it(void **state)
{
    struct journal_fixture fixture;
    struct files_facts facts;
    char outer[512];
    static const char *const names[] = {"history.db", "msiwatchd.lock", "msiwatchd.log"};
    char path[1024];
    uv_fs_t request;
    (void)state;
    begin_in(&fixture, outer);
    assert_int_equal(uv_fs_mkdir(NULL, &request, fixture.folder, 0777, NULL), 0);
    uv_fs_req_cleanup(&request);
    fixture_path(&fixture, "msiwatchd.log", path);
    fixture_save(path, (const unsigned char *)"x", 1);
    look(path, &facts);
    assert_true(facts.open);
    look(fixture.folder, &facts);
    assert_true(facts.open);
    assert_int_equal(files_judge_folder(&facts), FILES_OPEN);
    must_work(&fixture);
    look(path, &facts);
    assert_false(facts.open);
    /* It is opened again by somebody, with the journal in it. */
    open_to_others(fixture.folder);
    for (size_t i = 0; i < 3; i++) {
        fixture_path(&fixture, names[i], path);
        open_to_others(path);
    }
    fixture_open(&fixture);
    assert_int_equal(journal_info(fixture.journal)->last_seq, 4); /* the same journal */
    fixture_close(&fixture);
    look(fixture.folder, &facts);
    assert_false(facts.open);
    for (size_t i = 0; i < 3; i++) {
        fixture_path(&fixture, names[i], path);
        look(path, &facts);
        must(!facts.open, "%s is open to others", names[i]);
    }
    assert_int_equal(count_aside(outer), 0);
    end_in(&fixture, outer);
}

/* As a temporary folder of all users is: closed, it would be of no use to anybody else. */
static void a_folder_that_others_use_is_left_as_it_is(void **state)
{
    struct journal_fixture fixture;
    struct files_facts facts;
    char outer[512], path[1024];
    uv_fs_t request;
    (void)state;
    begin_in(&fixture, outer);
    assert_int_equal(uv_fs_mkdir(NULL, &request, fixture.folder, 0777, NULL), 0);
    uv_fs_req_cleanup(&request);
    fixture_path(&fixture, "somebody's.txt", path);
    fixture_save(path, (const unsigned char *)"x", 1);
    fixture_open(&fixture);
    assert_false(fixture_is_durable(&fixture));
    assert_non_null(
        strstr(journal_info(fixture.journal)->problem,
               "open to other users and contains files that are not msiwatchd's: use a folder"));
    fixture_append_slowly(&fixture, 3);
    fixture_close(&fixture);
    look(fixture.folder, &facts);
    assert_true(facts.open);
    look(path, &facts);
    assert_true(facts.open);
    assert_false(fixture_exists(&fixture, "history.db"));
    assert_false(fixture_exists(&fixture, "msiwatchd.lock"));
    assert_int_equal(count_aside(outer), 0);
    /* Without it, it is a folder like any other. */
    assert_int_equal(files_remove(path), 0);
    must_work(&fixture);
    look(fixture.folder, &facts);
    assert_false(facts.open);
    end_in(&fixture, outer);
}

/* A closing that came no further than the folder, or a file that came from elsewhere. */
static void a_file_that_is_open_to_others_in_a_closed_folder_is_closed(void **state)
{
    struct journal_fixture fixture;
    struct files_facts facts;
    char outer[512], path[1024];
    (void)state;
    begin_in(&fixture, outer);
    must_work(&fixture);
    fixture_path(&fixture, "history.db", path);
    open_to_others(path);
    look(path, &facts);
    assert_true(facts.open);
    fixture_open(&fixture);
    assert_true(fixture_is_durable(&fixture));
    fixture_close(&fixture);
    look(path, &facts);
    assert_false(facts.open);
    end_in(&fixture, outer);
}

/* What an administrator put into a closed one, stays there and changes nothing. */
static void a_closed_folder_may_hold_other_files(void **state)
{
    struct journal_fixture fixture;
    char outer[512], path[1024];
    (void)state;
    begin_in(&fixture, outer);
    must_work(&fixture);
    fixture_path(&fixture, "notes.txt", path);
    fixture_save(path, (const unsigned char *)"x", 1);
    fixture_open(&fixture);
    assert_true(fixture_is_durable(&fixture));
    fixture_close(&fixture);
    assert_true(fixture_exists(&fixture, "notes.txt"));
    end_in(&fixture, outer);
}

static void a_lock_file_that_is_not_ours_is_moved_aside(void **state)
{
    struct journal_fixture fixture;
    char outer[512], path[1024], other[1024];
    struct files_facts facts;
    uv_fs_t request;
    (void)state;
    begin_in(&fixture, outer);
    must_work(&fixture);
    fixture_path(&fixture, "msiwatchd.lock", path);
    fixture_path(&fixture, "other", other);
    fixture_save(other, (const unsigned char *)"x", 1);
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(files_remove(path), 0);
        if (i == 1) {
            assert_int_equal(uv_fs_link(NULL, &request, other, path, NULL), 0);
        } else {
            assert_int_equal(uv_fs_mkdir(NULL, &request, path, 0700, NULL), 0);
        }
        must_work(&fixture);
        assert_int_equal(fixture_count(&fixture, "msiwatchd.lock.", ".aside"), i);
        assert_int_equal(files_look(path, &facts), 0);
        assert_int_equal(files_judge_file(&facts), FILES_FINE);
    }
#ifndef _WIN32
    assert_int_equal(files_remove(path), 0);
    assert_int_equal(symlink(other, path), 0);
    must_work(&fixture);
    assert_int_equal(fixture_count(&fixture, "msiwatchd.lock.", ".aside"), 3);
#endif
    end_in(&fixture, outer);
}

/* ---- the product is removed ---- */

static void save(const struct journal_fixture *fixture, const char *name)
{
    char path[1024];
    fixture_path(fixture, name, path);
    fixture_save(path, (const unsigned char *)"x", 1);
}

/* A folder after some use; with a file of somebody else's. */
static void fill(struct journal_fixture *fixture, char outer[512])
{
    begin_in(fixture, outer);
    must_work(fixture);
    save(fixture, "msiwatchd.log");
    save(fixture, "msiwatchd.log.1");
    save(fixture, "history.db.20260101T000000Z.damaged");
    save(fixture, "history.new"); /* as a power cut leaves them */
    save(fixture, "history.new-wal");
    save(fixture, "notes.txt");
}

/* Why nothing was removed; FILES_FINE: it was. */
static enum files_defect remove_data(const struct journal_fixture *fixture, bool journal_too)
{
    enum files_defect defect;
    assert_int_equal(removal_of_data(fixture->folder, journal_too, &defect), 0);
    return defect;
}

static void a_removal_takes_all_but_the_journal(void **state)
{
    struct journal_fixture fixture;
    char outer[512];
    (void)state;
    fill(&fixture, outer);
    assert_int_equal(remove_data(&fixture, false), FILES_FINE);
    assert_false(fixture_exists(&fixture, "msiwatchd.log"));
    assert_false(fixture_exists(&fixture, "msiwatchd.log.1"));
    assert_false(fixture_exists(&fixture, "msiwatchd.lock"));
    assert_true(fixture_exists(&fixture, "history.db.20260101T000000Z.damaged"));
    assert_true(fixture_exists(&fixture, "notes.txt"));
    must_work(&fixture);
    end_in(&fixture, outer);
}

static void a_removal_takes_the_journal_if_asked_and_nothing_of_others(void **state)
{
    struct journal_fixture fixture;
    struct files_facts facts;
    char outer[512], path[1024];
    (void)state;
    fill(&fixture, outer);
    assert_int_equal(remove_data(&fixture, true), FILES_FINE);
    assert_false(fixture_exists(&fixture, "history.db"));
    assert_false(fixture_exists(&fixture, "history.db.20260101T000000Z.damaged"));
    assert_true(fixture_exists(&fixture, "notes.txt"));
    fixture_path(&fixture, "notes.txt", path);
    assert_int_equal(files_remove(path), 0);
    assert_int_equal(remove_data(&fixture, true), FILES_FINE);
    assert_int_equal(files_look(fixture.folder, &facts), 0);
    assert_false(facts.exists);
    assert_int_equal(remove_data(&fixture, true), FILES_MISSING);
    end_in(&fixture, outer);
}

static void a_removal_takes_what_is_open_to_others_too(void **state)
{
    struct journal_fixture fixture;
    char outer[512], path[1024];
    (void)state;
    fill(&fixture, outer);
    open_to_others(fixture.folder);
    /* With more than ours in it, it may be a folder that others use, and so may its history.db. */
    assert_int_equal(remove_data(&fixture, true), FILES_SHARED);
    assert_true(fixture_exists(&fixture, "history.db"));
    fixture_path(&fixture, "notes.txt", path);
    assert_int_equal(files_remove(path), 0);
    assert_int_equal(remove_data(&fixture, true), FILES_FINE);
    assert_false(fixture_exists(&fixture, "history.db"));
    end_in(&fixture, outer);
}

static void a_removal_leaves_a_journal_that_is_closed_to_others(void **state)
{
    struct journal_fixture fixture;
    struct files_facts facts;
    enum files_defect defect;
    char outer[512], path[1024];
    (void)state;
    begin_in(&fixture, outer);
    must_work(&fixture);
    fixture_path(&fixture, "history.db", path);
    open_to_others(fixture.folder);
    open_to_others(path);
    assert_int_equal(removal_of_data(fixture.folder, false, &defect), 0);
    assert_int_equal(defect, FILES_FINE);
    look(path, &facts);
    assert_false(facts.open);
    end_in(&fixture, outer);
}

static void nothing_is_removed_under_a_service_that_runs(void **state)
{
    struct journal_fixture fixture;
    struct files_lock *lock;
    enum files_defect defect;
    char outer[512], path[1024];
    (void)state;
    fill(&fixture, outer);
    fixture_path(&fixture, "msiwatchd.lock", path);
    assert_int_equal(files_lock(path, &lock), 0);
    assert_int_equal(removal_of_data(fixture.folder, true, &defect), UV_EBUSY);
    assert_true(fixture_exists(&fixture, "history.db"));
    assert_true(fixture_exists(&fixture, "msiwatchd.log"));
    files_unlock(lock);
    assert_int_equal(remove_data(&fixture, true), FILES_FINE);
    end_in(&fixture, outer);
}

#ifndef _WIN32

static void a_folder_that_leads_away_is_not_emptied(void **state)
{
    struct journal_fixture fixture;
    char outer[512], elsewhere[600];
    (void)state;
    fill(&fixture, outer);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", outer);
    assert_int_equal(rename(fixture.folder, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, fixture.folder), 0);
    assert_int_equal(remove_data(&fixture, true), FILES_LEADS_AWAY);
    assert_true(fixture_exists(&fixture, "history.db"));
    assert_true(fixture_exists(&fixture, "msiwatchd.log"));
    end_in(&fixture, outer);
}

static void a_link_in_the_place_of_the_folder_is_moved_aside(void **state)
{
    struct journal_fixture fixture;
    char outer[512], elsewhere[600];
    (void)state;
    begin_in(&fixture, outer);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", outer);
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    assert_int_equal(symlink(elsewhere, fixture.folder), 0);
    must_work(&fixture);
    assert_int_equal(count_aside(outer), 1);
    add_part(elsewhere, sizeof elsewhere, "/history.db");
    assert_int_equal(access(elsewhere, F_OK), -1);
    end_in(&fixture, outer);
}

static void must_be_root(void)
{
    if (geteuid() != 0) {
        print_message("only root can plant what another owns\n");
        skip();
    }
}

static void a_folder_of_another_owner_is_moved_aside(void **state)
{
    struct journal_fixture fixture;
    char outer[512];
    (void)state;
    must_be_root();
    begin_in(&fixture, outer);
    assert_int_equal(mkdir(fixture.folder, 0700), 0);
    assert_int_equal(chown(fixture.folder, 65534, 65534), 0);
    assert_int_equal(seteuid(0), 0);
    must_work(&fixture);
    assert_int_equal(count_aside(outer), 1);
    end_in(&fixture, outer);
}

/* A sound history.db is there, and then something is wrong with the name that it has. */
static void must_set_aside_what(void (*plant)(const char *path))
{
    struct journal_fixture fixture;
    char path[1024], id[37];
    fixture_begin(&fixture);
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 3);
    memcpy(id, journal_info(fixture.journal)->id, sizeof id);
    fixture_close(&fixture);
    fixture_path(&fixture, "history.db", path);
    plant(path);
    fixture_open(&fixture);
    assert_true(fixture_is_durable(&fixture));
    assert_string_not_equal(journal_info(fixture.journal)->id, id);
    assert_int_equal(journal_info(fixture.journal)->last_seq, 0);
    assert_int_equal(fixture_count(&fixture, "history.db.", ".damaged"), 1);
    fixture_append_slowly(&fixture, 3);
    fixture_close(&fixture);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
}

static void plant_link(const char *path)
{
    char other[1100];
    snprintf(other, sizeof other, "%s-other", path);
    assert_int_equal(link(path, other), 0);
}

static void plant_symlink(const char *path)
{
    char other[1100];
    snprintf(other, sizeof other, "%s-other", path);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
}

static void plant_folder(const char *path)
{
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void plant_owner(const char *path)
{
    assert_int_equal(chown(path, 65534, 65534), 0);
}

static void plant_log(const char *path)
{
    char log[1100];
    snprintf(log, sizeof log, "%s-wal", path);
    assert_int_equal(symlink("/etc/passwd", log), 0);
}

static void a_database_with_two_names_is_set_aside(void **state)
{
    (void)state;
    must_set_aside_what(plant_link);
}

static void a_database_that_is_a_link_is_set_aside(void **state)
{
    (void)state;
    must_set_aside_what(plant_symlink);
}

static void a_database_that_is_a_folder_is_set_aside(void **state)
{
    (void)state;
    must_set_aside_what(plant_folder);
}

static void a_log_that_is_a_link_is_set_aside_with_its_database(void **state)
{
    (void)state;
    must_set_aside_what(plant_log);
}

static void a_database_of_another_owner_is_set_aside(void **state)
{
    (void)state;
    must_be_root();
    must_set_aside_what(plant_owner);
}

/* As whoever may not write there. */
static void a_folder_that_is_not_writable_leaves_the_journal_in_memory(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    must_be_root();
    fixture_begin(&fixture);
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 3);
    fixture_close(&fixture);
    assert_int_equal(chmod(fixture.folder, 0500), 0);
    assert_int_equal(seteuid(65534), 0); /* root owns it, so it is trusted */
    fixture_open(&fixture);
    assert_false(fixture_is_durable(&fixture));
    fixture_append_slowly(&fixture, 3);
    fixture_close(&fixture);
    assert_int_equal(seteuid(0), 0);
    fixture_open(&fixture);
    assert_true(fixture_is_durable(&fixture));
    fixture_close(&fixture);
    fixture_end(&fixture);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_is_judged_by_its_facts),
        cmocka_unit_test(a_file_is_judged_by_its_facts),
#ifdef _WIN32
        cmocka_unit_test(a_descriptor_that_gives_others_anything_is_not_private),
#endif
        cmocka_unit_test(a_missing_folder_is_made_for_its_owner_alone),
        cmocka_unit_test(a_file_in_the_place_of_the_folder_is_moved_aside),
        cmocka_unit_test(a_folder_that_may_not_be_looked_at_is_moved_aside_unseen),
        cmocka_unit_test(what_cannot_be_moved_aside_leaves_the_journal_in_memory),
        cmocka_unit_test(a_database_that_is_moved_in_part_is_named_all_the_same),
        cmocka_unit_test(without_a_parent_the_journal_is_in_memory_and_says_why),
        cmocka_unit_test(a_folder_that_is_open_to_others_is_closed_with_what_is_in_it),
        cmocka_unit_test(a_folder_that_others_use_is_left_as_it_is),
        cmocka_unit_test(a_file_that_is_open_to_others_in_a_closed_folder_is_closed),
        cmocka_unit_test(a_closed_folder_may_hold_other_files),
        cmocka_unit_test(a_lock_file_that_is_not_ours_is_moved_aside),
        cmocka_unit_test(a_removal_takes_all_but_the_journal),
        cmocka_unit_test(a_removal_takes_the_journal_if_asked_and_nothing_of_others),
        cmocka_unit_test(a_removal_takes_what_is_open_to_others_too),
        cmocka_unit_test(a_removal_leaves_a_journal_that_is_closed_to_others),
        cmocka_unit_test(nothing_is_removed_under_a_service_that_runs),
#ifndef _WIN32
        cmocka_unit_test(a_folder_that_leads_away_is_not_emptied),
        cmocka_unit_test(a_link_in_the_place_of_the_folder_is_moved_aside),
        cmocka_unit_test(a_folder_of_another_owner_is_moved_aside),
        cmocka_unit_test(a_database_with_two_names_is_set_aside),
        cmocka_unit_test(a_database_that_is_a_link_is_set_aside),
        cmocka_unit_test(a_database_that_is_a_folder_is_set_aside),
        cmocka_unit_test(a_log_that_is_a_link_is_set_aside_with_its_database),
        cmocka_unit_test(a_database_of_another_owner_is_set_aside),
        cmocka_unit_test(a_folder_that_is_not_writable_leaves_the_journal_in_memory),
#endif
    };
    assert_int_equal(disk_register(), 0);
    return cmocka_run_group_tests_name("record.folder", tests, NULL, NULL);
}
