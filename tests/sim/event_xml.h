/* event_xml.h: reads an `<Event>`, in the form in which Windows renders it, into an event_record,
 * for the simulator's script and the tests. The service itself reads typed values
 * (common/event_log.h).
 *
 * UTF-8. Rejects what xml.h rejects. Pure, any thread.
 */
#ifndef MSIWATCH_TESTS_EVENT_XML_H
#define MSIWATCH_TESTS_EVENT_XML_H

#include "common/event_record.h"
#include "observe/install_record.h"

/* Longer events are rejected. Several strings of 32 KiB, all of them escaped, are shorter. */
#define EVENT_XML_BYTES (1024u * 1024u)

/* The record and its memory. Do not move it. */
struct event_xml {
    struct event_record record;
    char strings[EVENT_RECORD_STRINGS][MSIWATCH_STRING_BYTES]; /* cut to 256 characters */
    unsigned char binary[1024];
};

/* False: it is not such XML, or has no id. A time that is missing or wrong counts as not known. The
 * record is not a replayed one, and has no time of arrival yet. */
bool event_xml_read(struct event_xml *out, const char *xml, size_t size);

/* Does the same, and then reads it as a record about an installation. */
enum record_verdict event_xml_install(const char *xml, size_t size, struct install_record *out);

#endif
