/* install_record.h: one record of the event log about an installation, read from its XML.
 *
 * Channel Application, provider MsiInstaller. What is read is the positional Data elements, not the
 * text of the message, which is localised. Microsoft, "Event Logging (Windows Installer)" and
 * "Windows Installer Application Servicing", has their order; 1040 and 1042 are not in it: theirs
 * is as it is found on Windows 10 and 11.
 *
 *   1040 1042           a transaction begins, ends: package, client's process id
 *   1033 1034 1035      installed, removed, changed: product, version, language, status
 *   1036 1037           an update was installed, removed: product, version, language, update,
 * status 1005 1029 1038      the system is restarted, must be: product (1038: and version) 11707
 * 11708 11724   installed, not installed, removed: a text, which is not read
 *
 * Any interactive user may write such records: the reader takes hostile input, allocates nothing,
 * and what it gives is hearsay. Pure, any thread.
 */
#ifndef MSIWATCH_SERVICE_INSTALL_RECORD_H
#define MSIWATCH_SERVICE_INSTALL_RECORD_H

#include "common/event_record.h"
#include "common/model.h"

/* Longer records are refused: several strings of 32 KiB, all of them escaped, are shorter. */
#define INSTALL_RECORD_XML_BYTES (1024u * 1024u)

enum record_kind { RECORD_BEGIN, RECORD_END, RECORD_OUTCOME, RECORD_REBOOT };

struct install_record {
    unsigned id; /* the event's */
    enum record_kind kind;
    int64_t at_ms;        /* when it was written; wall */
    uint64_t fingerprint; /* of all of its text: a record that comes twice has the same */
    uint64_t record_id;   /* as in the event_record, these three */
    bool replayed;
    uint64_t arrived_ms;
    struct install install; /* what it tells; the rest is not known */
};

enum record_verdict {
    RECORD_READ,
    RECORD_OTHER,    /* well-formed, but of another provider or id */
    RECORD_MALFORMED /* no such XML, or a member that must be there is missing or wrong */
};

/* Reads one record. *out is filled in for RECORD_READ only. */
enum record_verdict install_record_of(const struct event_record *event, struct install_record *out);

/* Likewise of one <Event>, UTF-8; for tests and the simulator. */
enum record_verdict install_record_read(const char *xml, size_t size, struct install_record *out);

#endif
