/* made_records.c: records of the event log, as install_record.h has them. */
#include "made_records.h"

#include <stdio.h>

struct install_record make_record(unsigned id, int64_t at_ms, uint32_t pid, const char *product)
{
    static uint64_t fingerprint;
    fingerprint++;
    struct install_record record = {.id = id, .at_ms = WALL + at_ms, .fingerprint = fingerprint};
    struct install *install = &record.install;
    bool begin = id == 1040, end = id == 1042;
    record.kind = begin ? RECORD_BEGIN : end ? RECORD_END : RECORD_OUTCOME;
    if (begin || end) {
        install->client_pid = pid;
        install->started_known = begin;
        install->started_ms = record.at_ms;
        snprintf(install->package, sizeof install->package, "C:\\%u.msi", pid);
        return record;
    }
    install->action = ACTION_INSTALL;
    install->result = id == 11708 ? RESULT_FAILURE : RESULT_SUCCESS;
    if (id == 1033) {
        snprintf(install->product, sizeof install->product, "%s", product);
        install->status_known = true;
        install->reboot = REBOOT_NONE;
    }
    return record;
}

struct install_record make_restart(int64_t at_ms, const char *product)
{
    struct install_record record = make_record(1029, at_ms, 0, product);
    record.kind = RECORD_REBOOT;
    record.install = (struct install){.reboot = REBOOT_REQUIRED};
    snprintf(record.install.product, sizeof record.install.product, "%s", product);
    return record;
}
