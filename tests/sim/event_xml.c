/* event_xml.c: reads an `<Event>` into an event_record. */
#include "event_xml.h"

#include "xml.h"

#include <stdlib.h>
#include <string.h>

/* The pieces of a record that are read; size 0: not there. */
struct parts {
    struct xml_piece provider, id, time, user, record_id, writer_pid, binary;
    struct xml_piece data[EVENT_RECORD_STRINGS];
    size_t data_count; /* includes those for which there is no room */
    bool has_execution, has_version, has_binary;
};

/* Whether the reader is at this place, by the names of the open elements below <Event>. */
static bool is_at(const struct xml *xml, unsigned depth, const char *group, const char *name)
{
    return xml->depth == depth && xml_is(xml->open[0], "Event") && xml_is(xml->open[1], group) &&
           xml_is(xml->open[2], name);
}

static void take_once(struct xml_piece *part, struct xml_piece piece)
{
    if (part->size == 0) {
        *part = piece;
    }
}

static void open_element(struct parts *parts, const struct xml *xml)
{
    struct xml_piece value;
    if (is_at(xml, 3, "System", "Provider") && xml_attribute(xml, "Name", &value)) {
        take_once(&parts->provider, value);
    } else if (is_at(xml, 3, "System", "TimeCreated") && xml_attribute(xml, "SystemTime", &value)) {
        take_once(&parts->time, value);
    } else if (is_at(xml, 3, "System", "Security") && xml_attribute(xml, "UserID", &value)) {
        take_once(&parts->user, value);
    } else if (is_at(xml, 3, "System", "Execution")) {
        parts->has_execution = true;
        if (xml_attribute(xml, "ProcessID", &value)) {
            take_once(&parts->writer_pid, value);
        }
    } else if (is_at(xml, 3, "System", "Version")) {
        parts->has_version = true;
    } else if (is_at(xml, 3, "EventData", "Binary")) {
        parts->has_binary = true;
    } else if (is_at(xml, 3, "EventData", "Data") && !parts->has_binary) {
        parts->data_count++;
    }
}

/* If a comment divides a text, only the part before the comment counts. */
static void take_text(struct parts *parts, const struct xml *xml)
{
    if (is_at(xml, 3, "System", "EventID")) {
        take_once(&parts->id, xml->text);
    } else if (is_at(xml, 3, "System", "EventRecordID")) {
        take_once(&parts->record_id, xml->text);
    } else if (is_at(xml, 3, "EventData", "Binary")) {
        take_once(&parts->binary, xml->text);
    } else if (is_at(xml, 3, "EventData", "Data") && !parts->has_binary &&
               parts->data_count <= EVENT_RECORD_STRINGS) {
        take_once(&parts->data[parts->data_count - 1], xml->text);
    }
}

static bool take_parts(const char *text, size_t size, struct parts *parts)
{
    struct xml xml;
    enum xml_step step;
    memset(parts, 0, sizeof *parts);
    xml_begin(&xml, text, size);
    while ((step = xml_next(&xml)) != XML_END) {
        if (step == XML_MALFORMED ||
            (step == XML_OPEN && xml.depth == 1 && !xml_is(xml.name, "Event"))) {
            return false;
        }
        if (step == XML_OPEN) {
            open_element(parts, &xml);
        } else if (step == XML_TEXT) {
            take_text(parts, &xml);
        }
    }
    return true;
}

/* Reads a whole number with at most this many digits and spaces around it. */
static bool read_number(struct xml_piece piece, size_t most, uint64_t *out)
{
    char text[32];
    *out = 0;
    if (piece.size >= sizeof text) {
        return false;
    }
    xml_text(piece, text, sizeof text, sizeof text);
    const char *at = text + strspn(text, " ");
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > most || at[digits + strspn(at + digits, " ")] != '\0') {
        return false;
    }
    *out = strtoull(at, NULL, 10);
    return true;
}

static unsigned hex(char c)
{
    static const char digits[] = "0123456789ABCDEF0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? 16 : (unsigned)(at - digits) % 16;
}

static void read_binary(struct xml_piece piece, struct event_xml *out)
{
    struct event_record *record = &out->record;
    size_t size = piece.size / 2 < sizeof out->binary ? piece.size / 2 : sizeof out->binary;
    for (; record->binary_size < size; record->binary_size++) {
        unsigned high = hex(piece.begin[2 * record->binary_size]);
        unsigned low = hex(piece.begin[2 * record->binary_size + 1]);
        if (high > 15 || low > 15) {
            break;
        }
        out->binary[record->binary_size] = (unsigned char)(high * 16 + low);
    }
    record->binary = out->binary;
}

bool event_xml_read(struct event_xml *out, const char *xml, size_t size)
{
    struct parts parts;
    struct event_record *record = &out->record;
    char time[40];
    uint64_t id, number;
    if (size > EVENT_XML_BYTES || !take_parts(xml, size, &parts) ||
        !read_number(parts.id, 10, &id) || id > UINT32_MAX) {
        return false;
    }
    *record = (struct event_record){.event_id = (uint32_t)id, .at_ms = INT64_MIN};
    record->provider = xml_is(parts.provider, "MsiInstaller") ? "MsiInstaller" : "";
    xml_text(parts.time, time, sizeof time, sizeof time);
    if (parts.time.size >= sizeof time || !time_parse(time, &record->at_ms)) {
        record->at_ms = INT64_MIN;
    }
    if (read_number(parts.record_id, 19, &number)) {
        record->record_id = number;
    }
    if (read_number(parts.writer_pid, 10, &number) && number <= UINT32_MAX) {
        record->writer_pid = (uint32_t)number;
    }
    record->old_form = !parts.has_execution && !parts.has_version;
    xml_text(parts.user, record->user_sid, sizeof record->user_sid, sizeof record->user_sid);
    for (; record->string_count < parts.data_count && record->string_count < EVENT_RECORD_STRINGS;
         record->string_count++) {
        char *text = out->strings[record->string_count];
        xml_text(parts.data[record->string_count], text, sizeof out->strings[0],
                 MSIWATCH_STRING_CHARS);
        record->strings[record->string_count] = text;
    }
    if (parts.has_binary) {
        read_binary(parts.binary, out);
    }
    return true;
}

enum record_verdict event_xml_install(const char *xml, size_t size, struct install_record *out)
{
    struct event_xml *event = malloc(sizeof *event);
    if (event == NULL) {
        return RECORD_MALFORMED;
    }
    enum record_verdict verdict = event_xml_read(event, xml, size)
                                      ? install_record_of(&event->record, out)
                                      : RECORD_MALFORMED;
    free(event);
    return verdict;
}
