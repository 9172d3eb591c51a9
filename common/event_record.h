/* event_record.h: one record of Windows' event log, as plain typed values.
 *
 * On Windows common/event_values.h fills it in from EvtRender's values; tests and the simulator
 * fill it in from `<Event>` lines. Nothing here depends on the system. A record is hearsay: any
 * interactive user may write to the log Application under any provider's name, so treat every
 * member as hostile input. Pure, any thread.
 */
#ifndef MSIWATCH_COMMON_EVENT_RECORD_H
#define MSIWATCH_COMMON_EVENT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* MsiInstaller writes at most seven strings; no more than this many are kept. */
#define EVENT_RECORD_STRINGS 16u

/* A SID as text, including the NUL. */
#define EVENT_RECORD_SID_BYTES 192u

/* Who wrote a record. */
enum record_writer {
    WRITER_UNKNOWN, /* no process is named, or it has ended, or it began later than the record */
    WRITER_SERVICE, /* msiserver; or any msiexec, if msiserver's process is not known */
    WRITER_MSIEXEC, /* an msiexec.exe of System32 or SysWOW64, but not msiserver */
    WRITER_OTHER,
};

/* The strings and the binary value are in the memory of whatever made the record, and valid until
 * it makes the next one. */
struct event_record {
    uint64_t record_id; /* EventRecordID: a total order within one log; 0: not known */
    uint32_t event_id;  /* without its qualifiers */
    const char *provider;
    int64_t at_ms; /* TimeCreated: wall clock, ms since 1970, UTC; INT64_MIN: not known */
    /* The record has neither ProcessID nor Version: the old form, whose TimeCreated is cut off to a
     * whole second. */
    bool old_form;
    uint32_t writer_pid; /* Execution/ProcessID; 0: not known */
    enum record_writer writer;
    char user_sid[EVENT_RECORD_SID_BYTES]; /* Security/UserID, "S-1-..."; "" if there is none */
    size_t string_count;
    const char *strings[EVENT_RECORD_STRINGS]; /* EventData's values before the first binary one,
                                                * UTF-8; a null value is "" */
    const unsigned char *binary;               /* EventData's Binary; NULL if there is none */
    size_t binary_size;
    bool replayed;       /* it was fetched later than it was written, so arrived_ms says nothing */
    uint64_t arrived_ms; /* monotonic (clock_mono_ms): when it was fetched */
};

#endif
