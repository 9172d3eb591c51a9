/* install_record.c: one record of the event log about an installation. */
#include "observe/install_record.h"

#include "observe/xml.h"

#include <stdio.h>
#include <string.h>

enum { MOST_DATA = 5 };

/* Which Data (from 1) holds what; 0: none does. */
struct form {
    unsigned id;
    enum record_kind kind;
    enum install_action action;
    enum install_result result; /* what the id alone says */
    enum install_reboot reboot;
    unsigned char package, client_pid, product, version, status;
};

static const struct form forms[] = {
    {.id = 1040, .kind = RECORD_BEGIN, .package = 1, .client_pid = 2},
    {.id = 1042, .kind = RECORD_END, .package = 1, .client_pid = 2},
    {.id = 1033,
     .kind = RECORD_OUTCOME,
     .action = ACTION_INSTALL,
     .product = 1,
     .version = 2,
     .status = 4},
    {.id = 1034,
     .kind = RECORD_OUTCOME,
     .action = ACTION_REMOVE,
     .product = 1,
     .version = 2,
     .status = 4},
    {.id = 1035,
     .kind = RECORD_OUTCOME,
     .action = ACTION_CHANGE,
     .product = 1,
     .version = 2,
     .status = 4},
    {.id = 1036,
     .kind = RECORD_OUTCOME,
     .action = ACTION_UPDATE,
     .product = 1,
     .version = 2,
     .status = 5},
    {.id = 1037,
     .kind = RECORD_OUTCOME,
     .action = ACTION_UPDATE,
     .product = 1,
     .version = 2,
     .status = 5},
    {.id = 11707, .kind = RECORD_OUTCOME, .action = ACTION_INSTALL, .result = RESULT_SUCCESS},
    {.id = 11708, .kind = RECORD_OUTCOME, .action = ACTION_INSTALL, .result = RESULT_FAILURE},
    {.id = 11724, .kind = RECORD_OUTCOME, .action = ACTION_REMOVE, .result = RESULT_SUCCESS},
    {.id = 1005, .kind = RECORD_REBOOT, .reboot = REBOOT_INITIATED, .product = 1},
    {.id = 1029, .kind = RECORD_REBOOT, .reboot = REBOOT_REQUIRED, .product = 1},
    {.id = 1038, .kind = RECORD_REBOOT, .reboot = REBOOT_REQUIRED, .product = 1, .version = 2},
};

/* The pieces of a record that are looked at; size 0: not there. */
struct parts {
    struct xml_piece provider, id, time, user;
    struct xml_piece data[MOST_DATA];
    size_t data_count; /* also of those beyond */
};

/* Where we are: the names of the open elements below <Event>. */
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
    } else if (is_at(xml, 3, "EventData", "Data")) {
        parts->data_count++;
    }
}

/* Text that a comment parts counts up to the comment. */
static void take_text(struct parts *parts, const struct xml *xml)
{
    if (is_at(xml, 3, "System", "EventID")) {
        take_once(&parts->id, xml->text);
    } else if (is_at(xml, 3, "EventData", "Data") && parts->data_count <= MOST_DATA) {
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

/* ---- what the values say ---- */

/* A whole number of 32 bits, with spaces around it. */
static bool read_number(const char *text, uint32_t *out)
{
    uint64_t value = 0;
    const char *at = text + strspn(text, " ");
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > 10 || at[digits + strspn(at + digits, " ")] != '\0') {
        return false;
    }
    for (; digits > 0; digits--, at++) {
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *out = (uint32_t)value;
    return value <= UINT32_MAX;
}

/* Its first characters; those below a space become spaces. */
static void copy_text(const char *text, char out[MSIWATCH_STRING_BYTES])
{
    size_t size = 0;
    for (size_t chars = 0; size < MSIWATCH_STRING_BYTES - 1 && text[size] != '\0'; size++) {
        unsigned char byte = (unsigned char)text[size];
        chars += (byte & 0xC0u) != 0x80u ? 1 : 0;
        if (chars > MSIWATCH_STRING_CHARS) {
            break;
        }
        out[size] = byte < ' ' ? ' ' : text[size];
    }
    out[size] = '\0';
}

/* Data n (from 1) as text; "" when it is not there, or is the log's word for nothing. */
static void read_data(const struct event_record *event, unsigned n, char *out)
{
    out[0] = '\0';
    if (n != 0 && n <= event->string_count && strcmp(event->strings[n - 1], "(NULL)") != 0) {
        copy_text(event->strings[n - 1], out);
    }
}

static bool number_of_data(const struct event_record *event, unsigned n, uint32_t *out)
{
    return n != 0 && n <= event->string_count && read_number(event->strings[n - 1], out);
}

#define ERROR_SUCCESS_REBOOT_INITIATED_ 1641u
#define ERROR_SUCCESS_REBOOT_REQUIRED_ 3010u

static void read_status(struct install *install)
{
    bool initiated = install->status == ERROR_SUCCESS_REBOOT_INITIATED_;
    bool required = install->status == ERROR_SUCCESS_REBOOT_REQUIRED_;
    bool success = install->status == 0 || initiated || required;
    install->result = success ? RESULT_SUCCESS : RESULT_FAILURE;
    install->reboot = initiated ? REBOOT_INITIATED : required ? REBOOT_REQUIRED : REBOOT_NONE;
}

/* S-1-... and nothing else; other texts are not taken for one. */
static void read_user(const char *sid, char out[MSIWATCH_USER_BYTES])
{
    bool right = strncmp(sid, "S-1-", 4) == 0 && sid[4 + strspn(sid + 4, "0123456789-")] == '\0';
    snprintf(out, MSIWATCH_USER_BYTES, "%s", right ? sid : "");
}

static void fill(const struct form *form, const struct event_record *event,
                 struct install_record *out)
{
    struct install *install = &out->install;
    out->id = form->id;
    out->kind = form->kind;
    install->action = form->action;
    install->result = form->result;
    install->reboot = form->reboot;
    read_data(event, form->package, install->package);
    read_data(event, form->product, install->product);
    read_data(event, form->version, install->version);
    read_user(event->user_sid, install->user);
    number_of_data(event, form->client_pid, &install->client_pid);
    install->status_known = number_of_data(event, form->status, &install->status);
    if (install->status_known) {
        read_status(install);
    }
    if (form->kind == RECORD_BEGIN) {
        install->started_known = true;
        install->started_ms = out->at_ms;
    }
}

static const struct form *find_form(uint32_t id)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].id == id) {
            return &forms[i];
        }
    }
    return NULL;
}

/* 64-bit FNV-1a. */
#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)
static uint64_t hash(uint64_t value, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++) {
        value = (value ^ at[i]) * UINT64_C(0x100000001b3);
    }
    return value;
}

static uint64_t fingerprint(const struct event_record *event)
{
    uint64_t value = hash(HASH_BEGIN, &event->record_id, sizeof event->record_id);
    value = hash(value, &event->at_ms, sizeof event->at_ms);
    value = hash(value, &event->event_id, sizeof event->event_id);
    for (size_t i = 0; i < event->string_count; i++) {
        value = hash(value, event->strings[i], strlen(event->strings[i]) + 1);
    }
    return value;
}

enum record_verdict install_record_of(const struct event_record *event, struct install_record *out)
{
    const struct form *form = find_form(event->event_id);
    if (form == NULL || strcmp(event->provider, "MsiInstaller") != 0) {
        return RECORD_OTHER;
    }
    if (event->at_ms == INT64_MIN) {
        return RECORD_MALFORMED;
    }
    struct install_record record = {
        .at_ms = event->at_ms,
        .fingerprint = fingerprint(event),
        .record_id = event->record_id,
        .replayed = event->replayed,
        .arrived_ms = event->arrived_ms,
    };
    fill(form, event, &record);
    *out = record;
    return RECORD_READ;
}

/* The pieces as an event; its strings are in the caller's buffers. */
enum record_verdict install_record_read(const char *xml, size_t size, struct install_record *out)
{
    struct parts parts;
    struct event_record event = {.at_ms = INT64_MIN};
    char id[32], time[40], data[MOST_DATA][MSIWATCH_STRING_BYTES];
    if (size > INSTALL_RECORD_XML_BYTES || !take_parts(xml, size, &parts)) {
        return RECORD_MALFORMED;
    }
    xml_text(parts.id, id, sizeof id, sizeof id);
    if (parts.id.size >= sizeof id || !read_number(id, &event.event_id)) {
        return RECORD_MALFORMED;
    }
    event.provider = xml_is(parts.provider, "MsiInstaller") ? "MsiInstaller" : "";
    xml_text(parts.time, time, sizeof time, sizeof time);
    if (parts.time.size >= sizeof time || !time_parse(time, &event.at_ms)) {
        event.at_ms = INT64_MIN;
    }
    xml_text(parts.user, event.user_sid, sizeof event.user_sid, sizeof event.user_sid);
    for (; event.string_count < parts.data_count && event.string_count < MOST_DATA;
         event.string_count++) {
        char *text = data[event.string_count];
        xml_text(parts.data[event.string_count], text, sizeof data[0], MSIWATCH_STRING_CHARS);
        event.strings[event.string_count] = text;
    }
    enum record_verdict verdict = install_record_of(&event, out);
    if (verdict == RECORD_READ) {
        out->fingerprint = hash(HASH_BEGIN, xml, size);
    }
    return verdict;
}
