/* install_record.h: one record of the event log about an installation.
 *
 * Channel Application, provider MsiInstaller. What is read is the positional values and Binary, not
 * the text of the message, which is localised. Microsoft, "Event Logging (Windows Installer)" and
 * "Windows Installer Application Servicing", has the order of the values; that of 1025, 1040 and
 * 1042, and what Binary holds, is as found in real logs (tests/installs/events).
 *
 *   1040 1042           a transaction begins, ends: package, client's process id
 *   1033 1034 1035      installed, removed, changed: product, version, language, status
 *   1036 1037           an update was installed, removed: product, version, language, update,
 * status 11707 11724 11728   installed, removed, changed: a sentence, which is not read 11708 11725
 * 11729   the same failed 1022 1023 1024      an update was installed; it was not (both): product,
 * update 1005 1029           the system restarts; it must: a sentence 1038                it must:
 * product, version, language, type, reason 1025                a file is in use: product, file,
 * process, its id 10005               an error was shown: a sentence
 *
 * Binary is text: "{product code}", and behind it nothing, the inventory's program id, a restart's
 * status, or (1022) " {patch code}". 1040 and 1042 have none.
 *
 * Any interactive user may write such records: the reader takes hostile input, allocates nothing,
 * and what it gives is hearsay. Pure, any thread.
 */
#ifndef MSIWATCH_SERVICE_INSTALL_RECORD_H
#define MSIWATCH_SERVICE_INSTALL_RECORD_H

#include "common/event_record.h"
#include "common/model.h"

enum record_kind {
    RECORD_BEGIN,
    RECORD_END,
    RECORD_OUTCOME, /* with a status */
    RECORD_TEXT,    /* an outcome as well, but only its id says which */
    RECORD_REBOOT,
    RECORD_IN_USE, /* a file of the product is in use */
    RECORD_ERROR,  /* an error of the product was shown */
};

struct install_record {
    unsigned id; /* the event's */
    enum record_kind kind;
    int64_t at_ms;        /* when it was written; wall */
    bool whole_second;    /* cut off to a whole second */
    uint64_t fingerprint; /* of its values: a record that comes twice has the same */
    uint64_t record_id;   /* as in the event_record, these five */
    bool replayed;
    uint64_t arrived_ms;
    uint32_t writer_pid;
    enum record_writer writer;
    struct install install; /* what it says; the rest is not known */
    /* 1038: 1 at once, 2 later; and why. 0: not known. */
    uint32_t restart_type, restart_reason;
    /* 1025: who has the file open; "" and 0 if not known. */
    char process[MSIWATCH_HOLDER_BYTES];
    uint32_t process_pid;
};

enum record_verdict {
    RECORD_READ,
    RECORD_OTHER,    /* of another provider or id */
    RECORD_MALFORMED /* a member that must be there is missing or wrong */
};

/* Reads one record. *out is filled in for RECORD_READ only. */
enum record_verdict install_record_of(const struct event_record *event, struct install_record *out);

#endif
