/* event_xml.h: an `<Event>` as Windows renders it, as an event_record: what the simulator's script
 * and the tests are fed with. The service itself reads typed values (common/event_log.h).
 *
 * UTF-8. What xml.h refuses is refused. Pure, any thread.
 */
#ifndef MSIWATCH_TESTS_EVENT_XML_H
#define MSIWATCH_TESTS_EVENT_XML_H

#include "common/event_record.h"
#include "observe/install_record.h"

/* Longer ones are refused: several strings of 32 KiB, all of them escaped, are shorter. */
#define EVENT_XML_BYTES (1024u * 1024u)

/* The record and its memory. Must not move. */
struct event_xml {
    struct event_record record;
    char strings[EVENT_RECORD_STRINGS][MSIWATCH_STRING_BYTES]; /* cut to 256 characters */
    unsigned char binary[1024];
};

/* False: it is no such XML, or has no id. A time that is missing or wrong is not known. The record
 * is live, and has no moment of arrival yet. */
bool event_xml_read(struct event_xml *out, const char *xml, size_t size);

/* Likewise, and read as a record about an installation. */
enum record_verdict event_xml_install(const char *xml, size_t size, struct install_record *out);

#endif
