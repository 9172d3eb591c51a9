/* findings.h: what an engineer should know first: sentences about what is wrong on this machine,
 * the most severe first, each with what to do. Pure functions over plain facts. A fact that was not
 * read leads to no finding. */
#ifndef MSIWATCH_CLI_FINDINGS_H
#define MSIWATCH_CLI_FINDINGS_H

#include "cli/base/now.h"
#include "cli/doctor/report.h"
#include "common/model.h"
#include "msiwatch.h"

/* The state of our service in the SCM. */
enum service_entry { ENTRY_UNREAD, ENTRY_MISSING, ENTRY_STOPPED, ENTRY_RUNNING };

/* What the service's `about`, `status` and `metrics` say; see PROTOCOL.md. */
struct said {
    char version[MSIWATCH_NAME_SIZE];
    bool in_memory; /* the journal is in memory, and why */
    char journal_problem[MSIWATCH_TEXT_SIZE];
    size_t quarantined; /* files in quarantine: how many, and the first */
    char quarantine[MSIWATCH_TEXT_SIZE];
    size_t sensors_out; /* sensors that do not work: how many; the first one's name, and why */
    char sensor[MSIWATCH_NAME_SIZE];
    char sensor_problem[MSIWATCH_TEXT_SIZE];
    size_t rejected; /* rejected settings: how many, and the first */
    char setting[MSIWATCH_TEXT_SIZE];
    struct status now; /* read by now_read */
    uint64_t wedged;
    uint64_t malformed; /* records of MsiInstaller in no known form */
    bool other_truth;   /* for some time it has reported another state of the mutex than the doctor
                         * sees */
};

#define FACTS_MSIEXECS 32u

struct doctor_facts {
    bool msiserver_disabled;
    uint32_t disable_msi;       /* the policy DisableMSI; 0 if it is not set */
    bool session_host, rds_off; /* this is an RD Session Host; its policy of one msiexec at a time
                                 * is off */
    struct observation seen;    /* only the mutex and msiserver are filled in */
    bool processes_known;
    bool held_throughout; /* the mutex had the same owner before and after the processes were
                           * listed */
    size_t msiexecs;      /* how many run; `msiexec` has the first ones */
    struct msiexec {
        uint32_t pid, session, parent; /* 0: the parent does not run any more */
        uint64_t age_ms;               /* 0: not known */
        uint64_t cpu_ms;
        bool server; /* it is msiserver */
        char parent_image[MSIWATCH_NAME_SIZE];
    } msiexec[FACTS_MSIEXECS];
    uint32_t log_error; /* the Win32 code if the event log cannot be read; 0: it can */
    uint64_t unread;    /* records of MsiInstaller that the doctor itself could not read */
    enum service_entry entry;
    bool entry_disabled;
    uint32_t entry_exit;                 /* the error with which it ended; 0: none */
    char other_pipe[MSIWATCH_TEXT_SIZE]; /* the pipe that was asked, if it is not the service's own;
                                          * otherwise "" */
    bool asked;
    uint32_t answer; /* CODE_OK: it answered, and `said` is valid; otherwise why it did not
                      * (lib/codes.h) */
    struct said said;
};

/* Read an answer of the service. A member that is missing leads to no finding, nor does text that
 * is not JSON. */
void said_about(struct said *said, const char *json);
void said_metrics(struct said *said, const char *json);

/* Whether the service reports another state of the mutex than was read before and after its
 * answer. */
bool said_other_truth(const struct said *said, enum mutex_state before, enum mutex_state after);

/* Whether the mutex had the same owner both times. If not, an msiexec that was listed may have
 * ended in between. */
bool findings_held_throughout(const struct observation *before, const struct observation *after);

/* An msiexec that has run for longer than this while nothing is installed is a finding. */
#define FINDINGS_OLD_MS (UINT64_C(30) * 60 * 1000)

/* How many findings there are. */
extern const size_t findings_count;

/* Adds a row of that kind for each finding whose bit is not set in *known, and sets the bit; the
 * bits are in the order of the findings. If nothing is found, the report says so, but only for the
 * findings at its beginning (REPORT_FINDING). */
void findings_add(const struct doctor_facts *facts, struct report *report, enum report_kind kind,
                  uint64_t *known);

#endif
