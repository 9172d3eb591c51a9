/* findings.c: finds what is wrong on this machine.
 *
 * A finding is a row of the table: its name, its severity, whether it applies, and what to do. To
 * add one, add a row among those with the same severity, and a machine that has the problem to
 * tests/client/findings_test.c.
 */
#include "cli/doctor/findings.h"

#include "cli/base/install.h"
#include "cli/base/time_text.h"
#include "lib/codes.h"
#include "version.h"

#include <inttypes.h>
#include <string.h>

#define DISABLE_MSI_UNMANAGED 1u
#define DISABLE_MSI_ALL 2u

static bool answered(const struct doctor_facts *facts)
{
    return facts->asked && facts->answer == CODE_OK;
}

/* As the service reads it, if it answered, because it may read more than this user. */
static enum mutex_state mutex_of(const struct doctor_facts *facts)
{
    return answered(facts) ? facts->said.now.seen.mutex.state : facts->seen.mutex.state;
}

/* ---- Windows Installer ---- */

static bool msiserver_missing(const struct doctor_facts *facts, struct text *what)
{
    text_add(what, "Windows Installer's service, msiserver, does not exist, so nothing can be "
                   "installed with it.");
    return facts->seen.msiserver.state == MSISERVER_MISSING;
}

static bool msiserver_disabled(const struct doctor_facts *facts, struct text *what)
{
    text_add(what, "Windows Installer's service, msiserver, is disabled, so installations fail "
                   "(1601, 1058).");
    return facts->msiserver_disabled;
}

static bool policy_forbids_all(const struct doctor_facts *facts, struct text *what)
{
    text_add(what,
             "The policy DisableMSI is 2, so Windows Installer refuses every installation (1625).");
    return facts->disable_msi == DISABLE_MSI_ALL;
}

static bool policy_forbids_unmanaged(const struct doctor_facts *facts, struct text *what)
{
    text_add(what, "The policy DisableMSI is 1, so Windows Installer installs only what a policy "
                   "assigns, and refuses the rest (1625).");
    return facts->disable_msi == DISABLE_MSI_UNMANAGED;
}

static bool mutex_unreadable_here(const struct doctor_facts *facts, struct text *what)
{
    enum mutex_state state = mutex_of(facts);
    text_addf(what,
              "Windows Installer's mutex cannot be read (%s), so it does not show whether Windows "
              "Installer is busy.",
              mutex_state_name(state));
    return state == MUTEX_DENIED || state == MUTEX_ERROR;
}

static bool mutex_is_none(const struct doctor_facts *facts, struct text *what)
{
    const char *owner = facts->said.now.seen.mutex.object_owner;
    text_add(what, "An object that is not a mutex has the name of Windows Installer's mutex, so "
                   "installations may fail, and nobody can tell whether one is running");
    text_addf(what, "%s%s.", owner[0] == '\0' ? "" : "; it belongs to ", owner);
    return mutex_of(facts) == MUTEX_NOT_A_MUTEX;
}

static bool mutex_held_by_another(const struct doctor_facts *facts, struct text *what)
{
    text_add(what, "Windows Installer's mutex is held although no msiexec is running, so every "
                   "installation is refused (1618)");
    if (facts->seen.mutex.owner_known) {
        text_addf(what, "; its owner is %s (pid %" PRIu32 ")",
                  facts->seen.mutex.owner_image[0] == '\0'
                      ? "an unknown program"
                      : file_name(facts->seen.mutex.owner_image),
                  facts->seen.mutex.owner_pid);
    }
    text_add(what, ".");
    return facts->processes_known && facts->msiexecs == 0 && facts->held_throughout;
}

static bool stalled(const struct doctor_facts *facts, struct text *what)
{
    text_add(what, "The running installation has stalled: no CPU or I/O in the installer's own "
                   "processes for ");
    text_add_duration(what, facts->said.now.activity.still_ms);
    text_add(what, ".");
    return facts->said.now.activity.stalled;
}

static bool msiexec_lingers(const struct doctor_facts *facts, struct text *what)
{
    const struct msiexec *oldest = NULL;
    size_t old = 0;
    for (size_t i = 0; i < facts->msiexecs && i < FACTS_MSIEXECS; i++) {
        const struct msiexec *one = &facts->msiexec[i];
        if (!one->server && one->age_ms > FINDINGS_OLD_MS) {
            oldest = oldest == NULL || one->age_ms > oldest->age_ms ? one : oldest;
            old++;
        }
    }
    bool free = mutex_of(facts) == MUTEX_FREE || mutex_of(facts) == MUTEX_ABSENT;
    if (oldest == NULL || !free || facts->seen.mutex.state == MUTEX_HELD ||
        facts->said.now.state == VERDICT_BUSY || msiserver_says_busy(&facts->seen)) {
        return false;
    }
    text_addf(what, "msiexec (pid %" PRIu32 ", session %" PRIu32 ") has been running for ",
              oldest->pid, oldest->session);
    text_add_duration(what, oldest->age_ms);
    text_add(what, " although nothing is being installed");
    if (old > 1) {
        text_addf(what, ", and so have %zu more", old - 1);
    }
    text_add(what, ".");
    return true;
}

static bool rds_queues(const struct doctor_facts *facts, struct text *what)
{
    text_add(what, "This is a Remote Desktop Session Host: Windows Installer may queue the "
                   "installations of several users, and no program can see that queue.");
    return facts->session_host && !facts->rds_off;
}

static bool records_unread(const struct doctor_facts *facts, struct text *what)
{
    uint64_t records = facts->unread + facts->said.malformed;
    text_addf(what,
              "%" PRIu64
              " records of MsiInstaller have an unknown form, so their content is missing here.",
              records);
    return records > 0;
}

static bool log_unread(const struct doctor_facts *facts, struct text *what)
{
    text_addf(what,
              "Windows' event log cannot be read (Windows error %" PRIu32
              "), so this report does not show which products were being installed.",
              facts->log_error);
    return !answered(facts) && facts->log_error != 0;
}

/* ---- the service ---- */

static bool service_missing(const struct doctor_facts *facts, struct text *what)
{
    text_add(what, "The service MsiWatch is not installed on this machine.");
    return facts->asked && !answered(facts) && facts->entry == ENTRY_MISSING;
}

static bool service_stopped(const struct doctor_facts *facts, struct text *what)
{
    text_addf(what, "The service MsiWatch is installed but not running%s",
              facts->entry_disabled ? "; it is disabled" : "");
    if (facts->entry_exit != 0) {
        text_addf(what, "; it ended with Windows error %" PRIu32, facts->entry_exit);
    }
    text_add(what, ".");
    return facts->asked && !answered(facts) && facts->entry == ENTRY_STOPPED;
}

static bool service_unreachable(const struct doctor_facts *facts, struct text *what)
{
    uint32_t code = facts->answer;
    bool other = facts->other_pipe[0] != '\0'; /* the pipe may not be the service's, even if the
                                                * service runs */
    if (other) {
        text_addf(what, "MsiWatch cannot be reached at %s:", facts->other_pipe);
    } else {
        text_add(what, facts->entry == ENTRY_RUNNING ? "The service MsiWatch is running, but"
                                                     : "MsiWatch cannot be reached:");
    }
    text_add(what, code == CODE_DENIED       ? " this user is not allowed to open its pipe."
                   : code == CODE_NOT_ACTIVE ? " its pipe does not exist."
                   : code == CODE_PIPE_BUSY  ? " its pipe is busy: too many clients are connected."
                   : code == CODE_TIMEOUT    ? " it does not answer in time."
                   : code == CODE_OVER_LIMIT
                       ? " one of its limits is reached, and it refuses clients."
                       : " it cannot be reached");
    if (what->data != NULL && what->data[what->size - 1] != '.') {
        text_addf(what, " (Windows error %" PRIu32 ").", code);
    }
    return facts->asked && !answered(facts) &&
           (other || facts->entry == ENTRY_RUNNING ||
            (facts->entry == ENTRY_UNREAD && code != CODE_NOT_ACTIVE));
}

static bool other_truth(const struct doctor_facts *facts, struct text *what)
{
    text_addf(what,
              "The service reports that the mutex is %s, but this program sees that it is %s.",
              mutex_state_name(facts->said.now.seen.mutex.state),
              mutex_state_name(facts->seen.mutex.state));
    return answered(facts) && facts->said.other_truth;
}

static bool flapping(const struct doctor_facts *facts, struct text *what)
{
    text_add(what, "Windows Installer's mutex changes too often to follow (flapping): a program "
                   "takes it again and again.");
    return (facts->said.now.reasons & REASON_FLAPPING) != 0;
}

static bool wedged(const struct doctor_facts *facts, struct text *what)
{
    text_addf(what, "The queue of turns got stuck %" PRIu64 " times. This is a defect of MsiWatch.",
              facts->said.wedged);
    return facts->said.wedged > 0;
}

static bool held_up(const struct doctor_facts *facts, struct text *what)
{
    const struct turns_brief *turns = &facts->said.now.turns;
    char at[MSIWATCH_TIME_CHARS + 1];
    const char *until = now_held_until(turns, at);
    text_addf(what, "An administrator holds the queue of turns %s%s%s%s.",
              until[0] == '\0' ? "without a time limit" : "until ", until,
              turns->held_why[0] == '\0' ? "" : ": ", turns->held_why);
    return turns->held;
}

static bool sensor_out(const struct doctor_facts *facts, struct text *what)
{
    const struct said *said = &facts->said;
    text_addf(what, "The service cannot read its sensor %s: %s", said->sensor,
              said->sensor_problem);
    if (said->sensors_out > 1) {
        text_addf(what, " (and %zu more sensors)", said->sensors_out - 1);
    }
    text_add(what, ".");
    return said->sensors_out > 0;
}

static bool journal_in_memory(const struct doctor_facts *facts, struct text *what)
{
    const char *why = facts->said.journal_problem;
    text_addf(what,
              "The service's journal is in memory only, so it is lost when the service stops%s%s.",
              why[0] == '\0' ? "" : ": ", why);
    return facts->said.in_memory;
}

static bool journal_quarantined(const struct doctor_facts *facts, struct text *what)
{
    text_addf(what, "The service put %zu damaged or foreign journal files into quarantine (%s).",
              facts->said.quarantined, facts->said.quarantine);
    return facts->said.quarantined > 0;
}

static bool settings_ignored(const struct doctor_facts *facts, struct text *what)
{
    const struct said *said = &facts->said;
    text_addf(what, "The service ignores a setting whose value is not valid: %s", said->setting);
    if (said->rejected > 1) {
        text_addf(what, " (and %zu more)", said->rejected - 1);
    }
    text_add(what, ".");
    return said->rejected > 0;
}

static bool restart_pending(const struct doctor_facts *facts, struct text *what)
{
    const struct restart *restart = &facts->said.now.restart;
    bool pending = install_wants_restart(restart->reboot);
    text_addf(what, "Windows must be restarted (%s, according to the event log)%s%s.",
              pending ? install_reboot_name(restart->reboot) : "",
              restart->by[0] == '\0' ? "" : " for ", restart->by);
    return pending;
}

static bool suspended(const struct doctor_facts *facts, struct text *what)
{
    text_add(what, "An incomplete installation left remnants behind.");
    return facts->said.now.suspended;
}

static bool version_differs(const struct doctor_facts *facts, struct text *what)
{
    text_addf(what,
              "The service has version %s, but this program has version " MSIWATCH_VERSION ".",
              facts->said.version);
    return facts->said.version[0] != '\0' && strcmp(facts->said.version, MSIWATCH_VERSION) != 0;
}

bool findings_held_throughout(const struct observation *before, const struct observation *after)
{
    return before->mutex.state == MUTEX_HELD && after->mutex.state == MUTEX_HELD &&
           before->mutex.owner_pid == after->mutex.owner_pid &&
           before->mutex.owner_tid == after->mutex.owner_tid;
}

/* ---- all of them ---- */

static const struct finding {
    const char *name, *severity;
    bool (*is_so)(const struct doctor_facts *facts, struct text *what);
    const char *to_do;
} findings[] = {
    {"msiserver_missing", "problem", msiserver_missing,
     "repair Windows (sfc /scannow), or the image from which it was installed"},
    {"msiserver_disabled", "problem", msiserver_disabled,
     "run \"sc.exe config msiserver start= demand\", and find out which policy or script disabled "
     "the service"},
    {"policy_forbids_all", "problem", policy_forbids_all,
     "change the policy \"Turn off Windows Installer\""},
    {"mutex_held_by_another", "problem", mutex_held_by_another,
     "end that program, or restart Windows"},
    {"mutex_is_none", "problem", mutex_is_none,
     "find the program that creates it (handle.exe -a _MSIExecute), or restart Windows"},
    {"stalled", "problem", stalled,
     "look for a dialog in the session of msiexec, and for a file that is in use; the work of "
     "other services is not counted, so the installation may still be working"},
    {"service_stopped", "problem", service_stopped,
     "run \"sc.exe start MsiWatch\"; the event logs System and Application show why it ended"},
    {"service_unreachable", "problem", service_unreachable,
     "run the doctor as an administrator; check the setting pipe-sddl and the service's limits"},
    {"other_truth", "problem", other_truth,
     "restart the service MsiWatch, and open an issue with this whole report"},
    {"mutex_unreadable", "problem", mutex_unreadable_here,
     "see mutex_sddl and mutex_access in the timeline; until the mutex can be read, the service "
     "relies on msiserver"},
    {"flapping", "problem", flapping,
     "see the timeline for the program that holds it, and end that program"},
    {"turns_wedged", "problem", wedged, "open an issue with this whole report"},
    {"service_missing", "warning", service_missing, "install MsiWatch with its MSI package"},
    {"policy_forbids_unmanaged", "warning", policy_forbids_unmanaged,
     "change the policy \"Turn off Windows Installer\" if this is not what you want"},
    {"turns_held", "warning", held_up, "to end the hold, run \"msiwatch hold --end\""},
    {"sensor_out", "warning", sensor_out,
     "see service.sensors and service.sensor_problems for the reason"},
    {"journal_in_memory", "warning", journal_in_memory,
     "check the disk and the access rights of the service's data folder"},
    {"settings_ignored", "warning", settings_ignored,
     "correct the value; service.settings_rejected lists all of them"},
    {"event_log_unread", "warning", log_unread,
     "start the service Windows Event Log (EventLog), or run the doctor as an administrator"},
    {"msiexec_lingers", "warning", msiexec_lingers,
     "look in its session for a dialog that waits for an answer"},
    {"records_unread", "warning", records_unread,
     "open an issue with the XML of such a record from Event Viewer"},
    {"restart_pending", "note", restart_pending, "restart Windows"},
    {"rds_queues", "note", rds_queues,
     "if installations hang, turn on the policy \"Turn off Windows Installer RDS Compatibility\""},
    {"suspended", "note", suspended, "install that product again, or remove it"},
    {"journal_quarantined", "note", journal_quarantined,
     "examine or delete these files; the service has started a new journal"},
    {"version_differs", "note", version_differs, "update both to the same version"},
};

const size_t findings_count = sizeof findings / sizeof findings[0];

_Static_assert(sizeof findings / sizeof findings[0] < 64, "a bit for each");

void findings_add(const struct doctor_facts *facts, struct report *report, enum report_kind kind,
                  uint64_t *known)
{
    for (size_t i = 0; i < findings_count; i++) {
        struct text what = {0};
        uint64_t bit = UINT64_C(1) << i;
        if ((*known & bit) == 0 && findings[i].is_so(facts, &what)) {
            struct report_row row = {.kind = kind,
                                     .subject = findings[i].name,
                                     .from = findings[i].severity,
                                     .to = what.data,
                                     .detail = findings[i].to_do};
            report_row(report, &row);
            *known |= bit;
        }
        text_release(&what);
    }
    if (kind == REPORT_FINDING && *known == 0) {
        report_nothing_found(report);
    }
}
