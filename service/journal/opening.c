/* opening.c: from a data folder to an open journal in it. */
#include "journal/opening.h"

#include "base/clock.h"
#include "base/log.h"
#include "common/model.h"
#include "journal/event_json.h"
#include "journal/schema.h"
#include "journal/uuid.h"
#include "journal/wal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* What the integrity check may take of the second in which the pipe answers. What it did not get to
 * by then is checked row by row when it is read. */
#define CHECK_MS 400u

static bool fail(struct opening *opening, enum outcome outcome, const char *what, const char *why)
{
    opening->problem.outcome = outcome;
    snprintf(opening->problem.words, sizeof opening->problem.words, "%s: %s", what, why);
    return false;
}

static bool fail_uv(struct opening *opening, const char *what, int error)
{
    return fail(opening, OUTCOME_FAILED, what, uv_strerror(error));
}

static bool take(struct opening *opening, struct problem problem)
{
    opening->problem = problem;
    return problem.outcome == OUTCOME_OK;
}

/* ---- the folder ---- */

static bool secure_folder(struct opening *opening, char folder[FILES_PATH])
{
    struct files_secured secured;
    int error = files_secure_folder(opening->folder, &secured);
    if (secured.defect != FILES_FINE && secured.aside[0] != '\0') {
        log_line(opening->log, LOG_ERROR, "the data folder %s %s: moved to %s", opening->folder,
                 files_defect_words(secured.defect), secured.aside);
    }
    if (error != 0 && secured.defect != FILES_FINE) {
        char why[144];
        files_explain(&secured, error, why, sizeof why);
        return fail(opening, OUTCOME_FAILED, "using the data folder", why);
    }
    if (error == 0) {
        error = files_real_path(opening->folder, folder);
    }
    return error == 0 || fail_uv(opening, "making the data folder safe", error);
}

static bool take_lock(struct opening *opening, const char *folder)
{
    char path[FILES_PATH];
    if (*opening->lock != NULL) {
        return true;
    }
    if (!files_join(path, folder, "msiwatchd.lock")) {
        return fail_uv(opening, "locking the data folder", UV_ENAMETOOLONG);
    }
    struct files_secured secured;
    int error = files_secure_file(path, &secured);
    if (secured.aside[0] != '\0') {
        log_line(opening->log, LOG_ERROR, "%s %s: moved to %s", path,
                 files_defect_words(secured.defect), secured.aside);
    }
    if (error == 0) {
        error = files_lock(path, opening->lock);
    }
    if (error == UV_EBUSY) {
        return fail(opening, OUTCOME_BUSY, "locking the data folder", "another service uses it");
    }
    return error == 0 || fail_uv(opening, "locking the data folder", error);
}

/* ---- the file ---- */

static bool quarantine(struct opening *opening, const char *folder, const char *why)
{
    char name[FILES_PATH];
    if (!opening->may_quarantine) {
        return fail(opening, OUTCOME_DAMAGED, "history.db", why);
    }
    int error = quarantine_put(folder, name);
    if (error == UV_ENOSPC) {
        return fail(opening, OUTCOME_FAILED, "putting history.db into quarantine",
                    "too many files are there already; look at them and remove them");
    }
    if (error != 0) {
        return fail_uv(opening, "putting history.db into quarantine", error);
    }
    log_line(opening->log, LOG_ERROR, "history.db: %s; it is in quarantine as %s", why, name);
    return true;
}

static int add_ending(char out[FILES_PATH], const char *path, const char *ending)
{
    int length = snprintf(out, FILES_PATH, "%s%s", path, ending);
    return length > 0 && length < FILES_PATH ? 0 : UV_ENAMETOOLONG;
}

/* Looks at the three files before any of them is opened. *why: to be put into quarantine; NULL:
 * they are fine. */
static bool look_at_files(struct opening *opening, bool *exists, const char **why)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[FILES_PATH];
    struct files_facts facts;
    *why = NULL;
    for (size_t i = 0; i < 3; i++) {
        int error = add_ending(path, opening->path, endings[i]);
        if (error == 0) {
            error = files_look(path, &facts);
        }
        if (error != 0) {
            return fail_uv(opening, "looking at history.db", error);
        }
        enum files_defect defect = files_judge_file(&facts);
        if (i == 0) {
            *exists = facts.exists;
        }
        if (defect == FILES_MISSING) {
            continue;
        }
        if (defect != FILES_FINE) {
            *why = files_defect_words(defect);
        } else if (i == 0 && facts.size == 0) {
            *why = "it is empty";
        } else if (i == 1 && !*exists) {
            *why = "its write-ahead log is there without it";
        }
    }
    if (*why == NULL && *exists) {
        bool damaged = false;
        int error = add_ending(path, opening->path, "-wal");
        if (error == 0) {
            error = wal_check(path, &damaged);
        }
        if (error != 0) {
            return fail_uv(opening, "reading history.db-wal", error);
        }
        *why = damaged ? "its write-ahead log is damaged" : NULL;
    }
    return true;
}

static int fill_new(sqlite3 *sqlite)
{
    char id[37], sql[192];
    uuid_make(id);
    sqlite3_extended_result_codes(sqlite, 1);
    int code = sqlite3_exec(sqlite, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", NULL, NULL,
                            NULL);
    if (code == SQLITE_OK) {
        code = schema_create(sqlite, &schema_now);
    }
    if (code == SQLITE_OK) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO journal (name, value) VALUES ('id', '%s'), ('id_checksum', %" PRId64
                 ")",
                 id, (int64_t)event_checksum(id, 36));
        code = sqlite3_exec(sqlite, sql, NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_wal_checkpoint_v2(sqlite, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    return code;
}

/* Makes a new one under another name and renames it into place, so that one that is there is whole.
 */
static bool make_new(struct opening *opening, const char *folder)
{
    static const char what[] = "making history.db";
    static const char *const names[] = {"history.new", "history.new-wal", "history.new-shm",
                                        "history.new-journal"};
    char path[FILES_PATH];
    sqlite3 *sqlite = NULL;
    struct problem problem;
    int error = 0;
    for (size_t i = 4; error == 0 && i > 0; i--) { /* left over from one that was cut off */
        error = files_join(path, folder, names[i - 1]) ? files_remove(path) : UV_ENAMETOOLONG;
    }
    if (error != 0) {
        return fail_uv(opening, what, error);
    }
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_NOFOLLOW;
    int code = sqlite3_open_v2(path, &sqlite, flags, NULL);
    if (code == SQLITE_OK) {
        code = fill_new(sqlite);
    }
    sqlite3_close(sqlite);
    problem_of_sqlite(&problem, code, what);
    if (problem.outcome != OUTCOME_OK) {
        problem.outcome = OUTCOME_FAILED; /* nothing is lost with it */
        return take(opening, problem);
    }
    error = files_move(path, opening->path);
    if (error != 0) {
        return fail_uv(opening, what, error);
    }
    opening->made = true;
    return true;
}

/* ---- what is in it ---- */

static int is_late(void *arg)
{
    const uint64_t *deadline = arg;
    return uv_hrtime() > *deadline;
}

/* NULL if what was looked at is sound. */
static const char *check_integrity(struct opening *opening, sqlite3 *sqlite,
                                   char words[PROBLEM_SIZE])
{
    uint64_t begun = uv_hrtime(), deadline = begun + CHECK_MS * UINT64_C(1000000);
    sqlite3_stmt *statement;
    const char *found = NULL;
    sqlite3_progress_handler(sqlite, 100, is_late, &deadline);
    int code = sqlite3_prepare_v2(sqlite, "PRAGMA integrity_check(1)", -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0)
                                              : "";
        if (code == SQLITE_ROW && text != NULL && strcmp(text, "ok") != 0) {
            snprintf(words, PROBLEM_SIZE, "it is damaged: %s", text);
            found = words;
        }
    }
    sqlite3_finalize(statement);
    sqlite3_progress_handler(sqlite, 0, NULL, NULL);
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
        found = sqlite3_errstr(code);
    } else if (found == NULL && uv_hrtime() >= deadline) {
        log_line(opening->log, LOG_INFO,
                 "history.db is large: the first %u ms of its check found nothing", CHECK_MS);
    } else if (found == NULL && code == SQLITE_ROW) {
        log_line(opening->log, LOG_INFO, "history.db is sound (%u ms)",
                 (unsigned)((uv_hrtime() - begun) / 1000000));
    }
    return found;
}

/* The seqs of removed events would be given again: better a journal of its own. */
static const char *check_facts(const struct database_facts *facts)
{
    return facts->last_seq < facts->heartbeat_seq ? "events were removed from its end" : NULL;
}

/* Opens and checks what is there. *why: to be put into quarantine. False when it failed. */
static bool open_file(struct opening *opening, const char **why, char words[PROBLEM_SIZE])
{
    const struct database_options options = {.path = opening->path,
                                             .checkpoint_pages = opening->checkpoint_pages};
    struct problem problem = database_open(&opening->database, &options);
    *why = NULL;
    if (problem.outcome == OUTCOME_OK) {
        problem = database_read_facts(opening->database, &opening->facts);
    }
    bool present = strcmp(opening->facts.id, opening->present_id) == 0;
    if (problem.outcome == OUTCOME_OK && !opening->made && !present) {
        *why = check_integrity(opening, database_sqlite(opening->database), words);
        if (*why == NULL) {
            *why = check_facts(&opening->facts);
        }
    } else if (problem.outcome == OUTCOME_DAMAGED) {
        snprintf(words, PROBLEM_SIZE, "%s", problem.words);
        *why = words;
    }
    return problem.outcome == OUTCOME_OK || *why != NULL || take(opening, problem);
}

static void close_file(struct opening *opening)
{
    database_abandon(opening->database);
    opening->database = NULL;
}

/* The previous run ended without a clean stop. From when it was last known to be alive on, nobody
 * watched. */
static bool record_end(struct opening *opening)
{
    struct database_facts *facts = &opening->facts;
    int state = verdict_state_parse(facts->last_state);
    if (facts->last_seq == 0 || state < 0 || state == VERDICT_UNKNOWN) {
        return true;
    }
    struct event event = {
        .seq = facts->last_seq + 1,
        .kind = EVENT_TRANSITION,
        .from = (enum verdict_state)state,
        .to = VERDICT_UNKNOWN,
    };
    bool beat_later = facts->heartbeat_seq == facts->last_seq;
    if (!time_parse(beat_later ? facts->heartbeat : facts->last_at, &event.at_ms) &&
        !time_parse(facts->last_at, &event.at_ms)) {
        event.at_ms = clock_wall_ms();
    }
    struct database_row row = {.seq = event.seq};
    char *json = event_json(&event, &row.size);
    row.json = json;
    if (json == NULL) {
        return fail_uv(opening, "writing history.db", UV_ENOMEM);
    }
    struct problem problem = database_append(opening->database, &row, 1, 0, "", &facts->first_seq);
    free(json);
    facts->last_seq = event.seq;
    log_line(opening->log, LOG_WARN, "the previous run ended without a clean stop, while %s",
             verdict_state_name(event.from));
    return take(opening, problem);
}

/* Opens what is there or, if that must not be used, a new one. */
static bool open_any(struct opening *opening, const char *folder)
{
    char words[PROBLEM_SIZE];
    bool exists = false;
    const char *why;
    if (!look_at_files(opening, &exists, &why)) {
        return false;
    }
    why = exists && why == NULL ? opening->distrust : why;
    if (why == NULL && exists && !open_file(opening, &why, words)) {
        return false;
    }
    if (why != NULL) {
        close_file(opening);
        if (!quarantine(opening, folder, why)) {
            return false;
        }
        exists = false;
    }
    if (exists) {
        return true;
    }
    if (!make_new(opening, folder) || !open_file(opening, &why, words)) {
        return false;
    }
    return why == NULL || fail(opening, OUTCOME_FAILED, "making history.db", why);
}

/* What is opened is made ready to be written to. */
static bool make_ready(struct opening *opening)
{
    struct database_facts *facts = &opening->facts;
    if (strcmp(facts->id, opening->present_id) != 0 && !record_end(opening)) {
        return false;
    }
    /* Before the disk is relied on again it must have taken everything, the log's pages included:
     * after a failed sync nobody knows what of them it has. */
    if (opening->present_id[0] != '\0' && !take(opening, database_checkpoint(opening->database))) {
        return false;
    }
    if (!take(opening,
              database_note(opening->database, clock_wall_ms(), facts->controls_meaningful, ""))) {
        return false;
    }
    return facts->last_seq == 0 ||
           take(opening, database_read_event(opening->database, facts->last_seq,
                                             &opening->last_json, &opening->last_size));
}

void opening_run(struct opening *opening)
{
    char folder[FILES_PATH];
    opening->problem = (struct problem){OUTCOME_OK, ""};
    opening->database = NULL;
    opening->last_json = NULL;
    opening->made = false;
    memset(&opening->facts, 0, sizeof opening->facts);
    bool ok = secure_folder(opening, folder) && take_lock(opening, folder);
    if (ok && !files_join(opening->path, folder, "history.db")) {
        ok = fail_uv(opening, "opening history.db", UV_ENAMETOOLONG);
    }
    if (!ok || !open_any(opening, folder) || !make_ready(opening)) {
        close_file(opening);
    }
    quarantine_read(opening->folder, &opening->quarantined);
}
