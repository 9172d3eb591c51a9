/* opening.c: from a data folder to the open journal in it. */
#include "journal/opening.h"

#include "base/clock.h"
#include "base/log.h"
#include "common/model.h"
#include "journal/event_json.h"
#include "journal/schema.h"
#include "journal/sql.h"
#include "journal/uuid.h"
#include "journal/wal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* How long the integrity check may take, because the pipe is to answer within a second. Rows that
 * it does not reach are checked when they are read. */
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

/* Records that the file found must not be used, and why; "" if it may be. */
static void reject(struct opening *opening, const char *why)
{
    snprintf(opening->why, sizeof opening->why, "%.127s", why);
}

static bool is_rejected(const struct opening *opening)
{
    return opening->why[0] != '\0';
}

static bool take(struct opening *opening, struct problem problem)
{
    opening->problem = problem;
    return problem.outcome == OUTCOME_OK;
}

/* ---- the folder ---- */

static bool secure_folder(struct opening *opening)
{
    struct files_secured secured;
    int error = files_secure_folder(opening->folder, &secured);
    if (secured.defect != FILES_FINE && secured.aside[0] != '\0') {
        log_line(opening->log, LOG_ERROR, "the data folder %s %s, so it was moved to %s",
                 opening->folder, files_defect_words(secured.defect), secured.aside);
    }
    if (error != 0 && secured.defect != FILES_FINE) {
        char why[144];
        files_explain(&secured, error, why, sizeof why);
        return fail(opening, OUTCOME_FAILED, "cannot use the data folder", why);
    }
    if (error == 0) {
        error = files_real_path(opening->folder, opening->real);
    }
    if (error == 0 && !files_join(opening->path, opening->real, "history.db")) {
        error = UV_ENAMETOOLONG;
    }
    return error == 0 || fail_uv(opening, "cannot secure the data folder", error);
}

static bool take_lock(struct opening *opening)
{
    char path[FILES_PATH];
    if (opening->lock != NULL) {
        return true;
    }
    if (!files_join(path, opening->real, "msiwatchd.lock")) {
        return fail_uv(opening, "cannot lock the data folder", UV_ENAMETOOLONG);
    }
    struct files_secured secured;
    int error = files_secure_file(path, &secured);
    if (secured.aside[0] != '\0') {
        log_line(opening->log, LOG_ERROR, "%s %s, so it was moved to %s", path,
                 files_defect_words(secured.defect), secured.aside);
    }
    if (error == 0) {
        error = files_lock(path, &opening->lock);
    }
    if (error == UV_EBUSY) {
        return fail(opening, OUTCOME_BUSY, "cannot lock the data folder",
                    "another service is using it");
    }
    return error == 0 || fail_uv(opening, "cannot lock the data folder", error);
}

/* ---- the file ---- */

static bool put_into_quarantine(struct opening *opening)
{
    static const char what[] = "cannot put history.db into quarantine";
    char name[FILES_PATH];
    if (!opening->may_quarantine) {
        return fail(opening, OUTCOME_DAMAGED, "history.db", opening->why);
    }
    int error = quarantine_put(opening->real, name);
    if (name[0] != '\0') { /* even if a part of it could not be moved */
        log_line(opening->log, LOG_ERROR, "history.db: %s; moved into quarantine as %s",
                 opening->why, name);
        quarantine_note(&opening->put, name);
    }
    if (error == UV_ENOSPC) {
        return fail(opening, OUTCOME_FAILED, what,
                    "too many files are in quarantine already; examine and delete them");
    }
    if (error != 0) {
        return fail_uv(opening, what, error);
    }
    opening->why[0] = '\0';
    return true;
}

/* Examines one of the three files, which differ in the ending of their names, and rejects it if it
 * has a defect. */
static int look_at(struct opening *opening, const char *ending, struct files_facts *facts)
{
    char path[FILES_PATH];
    int length = snprintf(path, sizeof path, "%s%s", opening->path, ending);
    int error = length < FILES_PATH ? files_look(path, facts) : UV_ENAMETOOLONG;
    enum files_defect defect = error == 0 ? files_judge_file(facts) : FILES_MISSING;
    if (defect != FILES_FINE && defect != FILES_MISSING) {
        reject(opening, files_defect_words(defect));
    }
    return error;
}

/* Examines the three files before any of them is opened. */
static bool look_at_files(struct opening *opening, bool *exists)
{
    struct files_facts file, wal, shm;
    char path[FILES_PATH + 8];
    bool damaged = false;
    *exists = false;
    int error = look_at(opening, "", &file);
    if (error == 0) {
        error = look_at(opening, "-wal", &wal);
    }
    if (error == 0) {
        error = look_at(opening, "-shm", &shm);
    }
    if (error != 0) {
        return fail_uv(opening, "cannot examine history.db", error);
    }
    *exists = file.exists;
    if (is_rejected(opening)) {
        return true;
    }
    if (!file.exists) {
        reject(opening, wal.exists ? "its write-ahead log exists without it" : "");
        return true;
    }
    snprintf(path, sizeof path, "%s-wal", opening->path);
    error = wal_check(path, &damaged);
    if (error != 0) {
        return fail_uv(opening, "cannot read history.db-wal", error);
    }
    reject(opening, file.size == 0              ? "it is empty"
                    : damaged                   ? "its write-ahead log is damaged"
                    : opening->distrust == NULL ? ""
                                                : opening->distrust);
    return true;
}

static int fill_new(sqlite3 *sqlite)
{
    char id[37], sql[192];
    uuid_make(id);
    snprintf(sql, sizeof sql,
             "INSERT INTO journal (name, value) VALUES ('id', '%s'), ('id_checksum', %" PRId64 ")",
             id, (int64_t)event_checksum(id, 36));
    sqlite3_extended_result_codes(sqlite, 1);
    int code = sql_run(sqlite, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
    if (code == SQLITE_OK) {
        code = schema_create(sqlite, &schema_now);
    }
    if (code == SQLITE_OK) {
        code = sql_run(sqlite, sql);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_wal_checkpoint_v2(sqlite, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    return code;
}

/* Creates a new database under another name and renames it when it is complete, so that a
 * history.db is always complete.
 */
static bool make_new(struct opening *opening)
{
    static const char what[] = "cannot create history.db";
    static const char *const names[] = {"history.new-journal", "history.new-shm", "history.new-wal",
                                        "history.new"};
    char path[FILES_PATH];
    sqlite3 *sqlite = NULL;
    int error = 0;
    for (size_t i = 0; error == 0 && i < 4; i++) {
        /* Left over if an earlier attempt was interrupted. */
        error = files_join(path, opening->real, names[i]) ? files_remove(path) : UV_ENAMETOOLONG;
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
    if (!take(opening, sql_problem(code, what))) {
        opening->problem.outcome = OUTCOME_FAILED; /* no event is lost, so this is no damage */
        return false;
    }
    error = files_move(path, opening->path);
    opening->made = error == 0;
    return error == 0 || fail_uv(opening, what, error);
}

/* ---- the contents ---- */

static int is_late(void *arg)
{
    const uint64_t *deadline = arg;
    return uv_hrtime() > *deadline;
}

static void check_integrity(struct opening *opening)
{
    sqlite3 *sqlite = opening->database->sqlite;
    uint64_t begun = uv_hrtime(), deadline = begun + CHECK_MS * UINT64_C(1000000);
    char found[104];
    sqlite3_progress_handler(sqlite, 100, is_late, &deadline);
    int code = sql_text(sqlite, "PRAGMA integrity_check(1)", found, sizeof found);
    sqlite3_progress_handler(sqlite, 0, NULL, NULL);
    if (sql_problem(code, "").outcome == OUTCOME_DAMAGED) {
        reject(opening, sqlite3_errstr(code));
    } else if (found[0] != '\0' && strcmp(found, "ok") != 0) {
        snprintf(opening->why, sizeof opening->why, "it is damaged: %s", found);
    } else if (code == SQLITE_INTERRUPT) {
        log_line(opening->log, LOG_INFO,
                 "history.db is large: its check found no damage in the first %u ms", CHECK_MS);
    } else if (code == SQLITE_OK) {
        log_line(opening->log, LOG_INFO, "history.db is not damaged (checked in %u ms)",
                 (unsigned)((uv_hrtime() - begun) / 1000000));
    }
}

/* Opens and checks the file found, which may be rejected. Returns false on failure. */
static bool open_file(struct opening *opening)
{
    const struct database_options options = {.path = opening->path,
                                             .checkpoint_pages = opening->checkpoint_pages};
    struct problem problem = database_open(&opening->database, &options);
    if (problem.outcome == OUTCOME_DAMAGED) {
        reject(opening, problem.words);
        return true;
    }
    if (!take(opening, problem)) {
        return false;
    }
    const struct database_facts *facts = &opening->database->facts;
    if (!opening->made && strcmp(facts->id, opening->present_id) != 0) {
        check_integrity(opening);
        if (!is_rejected(opening) && facts->last_seq < facts->heartbeat_seq) {
            /* Their seqs would be given to other events, so begin a new journal instead. */
            reject(opening, "events at its end are missing");
        }
    }
    return true;
}

static void close_file(struct opening *opening)
{
    database_abandon(opening->database);
    opening->database = NULL;
}

/* The previous run ended without a clean stop. Records that the state is unknown since the service
 * was last known to be alive. */
static bool record_end(struct opening *opening)
{
    const struct database_facts *facts = &opening->database->facts;
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
        return fail_uv(opening, "cannot write history.db", UV_ENOMEM);
    }
    struct problem problem = database_append(opening->database, &row, 1, &database_keep_all, "");
    free(json);
    log_line(opening->log, LOG_WARN,
             "the previous run of the service ended without a clean stop, while %s",
             verdict_state_name(event.from));
    return take(opening, problem);
}

/* Opens the file found or, if it must not be used, a new one. */
static bool open_any(struct opening *opening)
{
    bool exists;
    if (!look_at_files(opening, &exists)) {
        return false;
    }
    if (exists && !is_rejected(opening) && !open_file(opening)) {
        return false;
    }
    if (is_rejected(opening)) {
        close_file(opening);
        exists = false;
        if (!put_into_quarantine(opening)) {
            return false;
        }
    }
    if (exists) {
        return true;
    }
    return make_new(opening) && open_file(opening) &&
           (!is_rejected(opening) ||
            fail(opening, OUTCOME_FAILED, "cannot create history.db", opening->why));
}

/* Prepares the opened file for writing. */
static bool make_ready(struct opening *opening)
{
    const struct database_facts *facts = &opening->database->facts;
    if (strcmp(facts->id, opening->present_id) != 0 && !record_end(opening)) {
        return false;
    }
    /* Before the disk is trusted again, everything must be on it, including the pages of the log:
     * after a failed sync nobody knows which of them are. */
    if (opening->present_id[0] != '\0' && !take(opening, database_checkpoint(opening->database))) {
        return false;
    }
    return take(opening,
                database_note(opening->database, clock_wall_ms(), facts->controls_meaningful, ""));
}

void opening_run(struct opening *opening)
{
    opening->problem = (struct problem){OUTCOME_OK, ""};
    opening->database = NULL;
    opening->made = false;
    opening->put.count = 0;
    opening->why[0] = '\0';
    if (!secure_folder(opening) || !take_lock(opening) || !open_any(opening) ||
        !make_ready(opening)) {
        close_file(opening);
    }
    quarantine_read(opening->folder, &opening->quarantined);
}
