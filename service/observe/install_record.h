/* install_record.h: reads one record of the event log about an installation.
 *
 * Channel Application, provider MsiInstaller. The positional values and Binary are read, not the
 * text of the message, which is localized. The order of the values is documented in Microsoft,
 * "Event Logging (Windows Installer)" and "Windows Installer Application Servicing"; the order for
 * 1025, 1040 and 1042, and the contents of Binary, are as found in real logs
 * (tests/installs/events).
 *
 *   1040 1042         a transaction begins, ends: package, client's process id
 *   1033 1034 1035    installed, removed, changed: product, version, language, status
 *   1036 1037         an update was installed, removed: product, version, language, update, status
 *   11707 11724 11728 installed, removed, changed: a sentence, which is not read
 *   11708 11725 11729 the same, failed
 *   1022 1023 1024    an update was installed; was not (both): product, update
 *   1005 1029         the system restarts; must restart: a sentence
 *   1038              the system must restart: product, version, language, type, reason
 *   1025              a file is in use: product, file, process, its id
 *   10005             an error was shown: a sentence
 *
 * Binary is text: "{product code}", followed by nothing, the inventory's program id, a restart's
 * status, or (1022) " {patch code}". 1040 and 1042 have no Binary.
 *
 * Any interactive user may write such records, so the input may be hostile and the result is
 * hearsay. Allocates nothing. Pure, any thread.
 */
#ifndef MSIWATCH_SERVICE_INSTALL_RECORD_H
#define MSIWATCH_SERVICE_INSTALL_RECORD_H

#include "common/event_record.h"
#include "common/model.h"

enum record_kind {
    RECORD_BEGIN,
    RECORD_END,
    RECORD_OUTCOME, /* with a status */
    RECORD_TEXT,    /* also an outcome, but only its id says which */
    RECORD_REBOOT,
    RECORD_IN_USE, /* a file of the product is in use */
    RECORD_ERROR,  /* an error of the product was shown */
};

struct install_record {
    unsigned id; /* the event id */
    enum record_kind kind;
    int64_t at_ms;      /* when it was written, by the wall clock */
    bool whole_second;  /* the time is cut off to a second */
    uint64_t record_id; /* this and the next four are copied from the event_record */
    bool replayed;
    uint64_t arrived_ms;
    uint32_t writer_pid;
    enum record_writer writer;
    struct install install; /* what the record says; other members are not known */
};

enum record_verdict {
    RECORD_READ,
    RECORD_OTHER,    /* from another provider, or with another id */
    RECORD_MALFORMED /* a required member is missing or wrong */
};

/* Reads one record. *out is only filled in for RECORD_READ. */
enum record_verdict install_record_of(const struct event_record *event, struct install_record *out);

#endif
