/* install_record.c: reads one record of the event log about an installation. */
#include "observe/install_record.h"

#include <stdlib.h>
#include <string.h>

/* The form of each event id. The members in the last line say which value (counted from 1) holds
 * what; 0 means that none does. */
struct form {
    unsigned id;
    enum record_kind kind;
    enum install_action action;
    enum install_result result; /* what follows from the id alone */
    enum install_reboot reboot;
    unsigned char package, client_pid, product, version, status;
};

#define OUTCOME(number, does, value)                                                               \
    {                                                                                              \
        .id = (number), .kind = RECORD_OUTCOME, .action = (does), .product = 1, .version = 2,      \
        .status = (value)                                                                          \
    }
#define TEXT(number, does, ends)                                                                   \
    {                                                                                              \
        .id = (number), .kind = RECORD_TEXT, .action = (does), .result = (ends)                    \
    }
#define UPDATE_TEXT(number, ends)                                                                  \
    {                                                                                              \
        .id = (number), .kind = RECORD_TEXT, .action = ACTION_UPDATE, .result = (ends),            \
        .product = 1                                                                               \
    }

static const struct form forms[] = {
    {.id = 1040, .kind = RECORD_BEGIN, .package = 1, .client_pid = 2},
    {.id = 1042, .kind = RECORD_END, .package = 1, .client_pid = 2},
    OUTCOME(1033, ACTION_INSTALL, 4),
    OUTCOME(1034, ACTION_REMOVE, 4),
    OUTCOME(1035, ACTION_CHANGE, 4),
    OUTCOME(1036, ACTION_UPDATE, 5),
    OUTCOME(1037, ACTION_UPDATE, 5),
    TEXT(11707, ACTION_INSTALL, RESULT_SUCCESS),
    TEXT(11708, ACTION_INSTALL, RESULT_FAILURE),
    TEXT(11724, ACTION_REMOVE, RESULT_SUCCESS),
    TEXT(11725, ACTION_REMOVE, RESULT_FAILURE),
    TEXT(11728, ACTION_CHANGE, RESULT_SUCCESS),
    TEXT(11729, ACTION_CHANGE, RESULT_FAILURE),
    UPDATE_TEXT(1022, RESULT_SUCCESS),
    UPDATE_TEXT(1023, RESULT_FAILURE),
    UPDATE_TEXT(1024, RESULT_FAILURE),
    {.id = 1005, .kind = RECORD_REBOOT, .reboot = REBOOT_INITIATED},
    {.id = 1029, .kind = RECORD_REBOOT, .reboot = REBOOT_REQUIRED},
    {.id = 1038, .kind = RECORD_REBOOT, .reboot = REBOOT_REQUIRED, .product = 1, .version = 2},
    {.id = 1025, .kind = RECORD_IN_USE, .product = 1},
    {.id = 10005, .kind = RECORD_ERROR},
};

/* Reads a 32-bit number that may have spaces around it. */
static bool read_number(const char *text, uint32_t *out)
{
    const char *at = text + strspn(text, " ");
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > 10 || at[digits + strspn(at + digits, " ")] != '\0') {
        return false;
    }
    uint64_t value = strtoull(at, NULL, 10);
    *out = (uint32_t)value;
    return value <= UINT32_MAX;
}

/* Copies as many characters as fit, at most `most`. Control characters become spaces. */
static void copy_text(const char *text, char *out, size_t room, size_t most)
{
    size_t size = 0;
    for (size_t chars = 0; size < room - 1 && text[size] != '\0'; size++) {
        unsigned char byte = (unsigned char)text[size];
        chars += (byte & 0xC0u) != 0x80u ? 1 : 0;
        if (chars > most) {
            break;
        }
        out[size] = byte < ' ' ? ' ' : text[size];
    }
    while (size > 0 && ((unsigned char)text[size] & 0xC0u) == 0x80u) {
        /* Do not end inside a character. */
        size--;
    }
    out[size] = '\0';
}

/* Reads value n (from 1) as text; "" if it does not exist, or is the log's word for nothing. */
static void read_data(const struct event_record *event, unsigned n, char *out, size_t room)
{
    out[0] = '\0';
    if (n != 0 && n <= event->string_count && strcmp(event->strings[n - 1], "(NULL)") != 0) {
        copy_text(event->strings[n - 1], out, room, MSIWATCH_STRING_CHARS);
    }
}

static bool number_of_data(const struct event_record *event, unsigned n, uint32_t *out)
{
    return n != 0 && n <= event->string_count && read_number(event->strings[n - 1], out);
}

/* Reads a "{8-4-4-4-12}" at this place, in capitals; "" if there is none. */
static void read_code(const char *bytes, size_t size, size_t at, char out[MSIWATCH_CODE_BYTES])
{
    static const char shape[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    out[0] = '\0';
    if (size < at + sizeof shape - 1) {
        return;
    }
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        char c = bytes[at + i];
        bool digit = c != '\0' && strchr("0123456789ABCDEFabcdef", c) != NULL;
        if (shape[i] == 'x' ? !digit : c != shape[i]) {
            out[0] = '\0';
            return;
        }
        out[i] = c >= 'a' && c <= 'f' ? (char)(c - 'a' + 'A') : c;
    }
    out[sizeof shape - 1] = '\0';
}

static void read_codes(const struct form *form, const struct event_record *event,
                       struct install *install)
{
    const char *text = (const char *)event->binary;
    size_t size = event->binary == NULL ? 0 : event->binary_size;
    read_code(text, size, 0, install->product_code);
    if (form->id == 1022) {
        read_code(text, size, MSIWATCH_CODE_BYTES, install->patch_code);
    }
    /* If a product is removed or changed, its code is in the place of the package. */
    if (form->kind == RECORD_BEGIN && strlen(install->package) == MSIWATCH_CODE_BYTES - 1) {
        read_code(install->package, MSIWATCH_CODE_BYTES - 1, 0, install->product_code);
    }
}

#define ERROR_INSTALL_ALREADY_RUNNING_ 1618u
#define ERROR_SUCCESS_REBOOT_INITIATED_ 1641u
#define ERROR_SUCCESS_REBOOT_REQUIRED_ 3010u

static void read_status(struct install *install)
{
    bool initiated = install->status == ERROR_SUCCESS_REBOOT_INITIATED_;
    bool required = install->status == ERROR_SUCCESS_REBOOT_REQUIRED_;
    bool success = install->status == 0 || initiated || required;
    bool collision = install->status == ERROR_INSTALL_ALREADY_RUNNING_;
    install->result = success ? RESULT_SUCCESS : collision ? RESULT_COLLISION : RESULT_FAILURE;
    install->reboot = initiated ? REBOOT_INITIATED : required ? REBOOT_REQUIRED : REBOOT_NONE;
}

/* Accepts only S-1-... and nothing else. */
static void read_user(const char *sid, char out[MSIWATCH_USER_BYTES])
{
    bool right = strncmp(sid, "S-1-", 4) == 0 && sid[4 + strspn(sid + 4, "0123456789-")] == '\0';
    copy_text(right ? sid : "", out, MSIWATCH_USER_BYTES, MSIWATCH_USER_BYTES);
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
    read_data(event, form->package, install->package, sizeof install->package);
    read_data(event, form->product, install->product, sizeof install->product);
    read_data(event, form->version, install->version, sizeof install->version);
    read_codes(form, event, install);
    read_user(event->user_sid, install->user);
    number_of_data(event, form->client_pid, &install->client_pid);
    install->status_known = number_of_data(event, form->status, &install->status);
    if (install->status_known) {
        read_status(install);
    }
    if (form->kind == RECORD_BEGIN) {
        install->started_known = true;
        install->started_ms = out->at_ms;
    } else if (form->kind == RECORD_IN_USE) {
        read_data(event, 3, install->in_use_by, sizeof install->in_use_by);
        number_of_data(event, 4, &install->in_use_pid);
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
        .whole_second = event->old_form && event->at_ms % 1000 == 0,
        .record_id = event->record_id,
        .replayed = event->replayed,
        .arrived_ms = event->arrived_ms,
        .writer_pid = event->writer_pid,
        .writer = event->writer,
    };
    fill(form, event, &record);
    *out = record;
    return RECORD_READ;
}
