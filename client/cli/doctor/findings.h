/* findings.h: what an engineer should know first: sentences about what is wrong on this machine,
 * the most severe first, each with what to do. Pure functions over plain facts; where nothing was
 * read, nothing is found. */
#ifndef MSIWATCH_CLI_FINDINGS_H
#define MSIWATCH_CLI_FINDINGS_H

#include "cli/base/now.h"
#include "cli/doctor/report.h"
#include "common/model.h"
#include "msiwatch.h"

/* Our service, as the SCM has it. */
enum service_entry { ENTRY_UNREAD, ENTRY_MISSING, ENTRY_STOPPED, ENTRY_RUNNING };

/* What the service says, from `about`, `status` and `metrics`; see PROTOCOL.md. */
struct said {
    char version[MSIWATCH_NAME_SIZE];
    bool in_memory; /* the journal, and why */
    char journal_problem[MSIWATCH_TEXT_SIZE];
    size_t quarantined; /* files that were found damaged; the first */
    char quarantine[MSIWATCH_TEXT_SIZE];
    size_t sensors_out; /* that do not work; of the first the name, and why */
    char sensor[MSIWATCH_NAME_SIZE];
    char sensor_problem[MSIWATCH_TEXT_SIZE];
    size_t rejected; /* settings; the first */
    char setting[MSIWATCH_TEXT_SIZE];
    enum mutex_state mutex;
    char object_owner[MSIWATCH_TEXT_SIZE]; /* of an object that is no mutex of Windows Installer */
    bool busy, flapping, suspended;
    struct now now; /* restart, activity, turns */
    uint64_t wedged;
    uint64_t malformed; /* records of MsiInstaller in no known form */
    bool other_truth;   /* it says of the mutex what the doctor does not see, for some time */
};

#define FACTS_MSIEXECS 32u

struct doctor_facts {
    bool msiserver_disabled;
    uint32_t disable_msi;       /* the policy DisableMSI; 0 if it is not set */
    bool session_host, rds_off; /* the role RD Session Host; its policy of one msiexec at a time */
    struct observation seen;    /* the mutex and msiserver are */
    bool processes_known;
    bool held_throughout; /* the mutex had one owner before and after they were listed */
    size_t msiexecs;      /* so many run; of these the first few */
    struct msiexec {
        uint32_t pid, session, parent; /* 0: the parent does not run any more */
        uint64_t age_ms;               /* 0: not known */
        uint64_t cpu_ms;
        bool server; /* it is msiserver */
        char parent_image[MSIWATCH_NAME_SIZE];
    } msiexec[FACTS_MSIEXECS];
    uint32_t log_error; /* why the event log cannot be read, a Win32 code; 0: it can be */
    uint64_t unread;    /* records of MsiInstaller that the doctor itself could not read */
    enum service_entry entry;
    bool entry_disabled;
    uint32_t entry_exit;                 /* how it ended; 0: well */
    char other_pipe[MSIWATCH_TEXT_SIZE]; /* it was asked by this one, not the service's; "": it was
                                          */
    bool asked;
    uint32_t answer; /* CODE_OK: it answered, and said these; else why it did not (lib/codes.h) */
    struct said said;
};

/* Read the service's answers; what is missing in them, or no JSON, is not found. */
void said_about(struct said *said, const char *json);
void said_status(struct said *said, const char *json);
void said_metrics(struct said *said, const char *json);

/* Whether the service says another thing of the mutex than what was seen before and after it said
 * so. */
bool said_other_truth(const struct said *said, enum mutex_state before, enum mutex_state after);

/* Whether the mutex had the same owner both times: else one that ran may have ended meanwhile. */
bool findings_held_throughout(const struct observation *before, const struct observation *after);

/* An msiexec that has run for longer than this while nothing is installed is worth a look. */
#define FINDINGS_OLD_MS (UINT64_C(30) * 60 * 1000)

/* How many findings there may be. */
extern const size_t findings_count;

/* Adds a row of that kind for each finding whose bit is not set in *known, and sets it; bits stand
 * for the findings in their order. If nothing is found, the report says that, but only of the
 * findings that it begins with (REPORT_FINDING). */
void findings_add(const struct doctor_facts *facts, struct report *report, enum report_kind kind,
                  uint64_t *known);

#endif
