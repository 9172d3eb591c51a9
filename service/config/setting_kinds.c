/* setting_kinds.c: how each kind of setting is read, printed and described. */
#include "config/setting_kinds.h"

#include "common/ascii.h"
#include "common/words.h"
#include "pipe/pipe_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers and switches ---- */

static bool set_number(const struct setting *setting, void *to, uint64_t number)
{
    if (number < setting->least || number > setting->most) {
        return false;
    }
    *(uint32_t *)to = (uint32_t)number;
    return true;
}

static bool parse_number(const struct setting *setting, void *to, const char *text)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
           set_number(setting, to, number);
}

static bool parse_switch(void *to, const char *text)
{
    if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0) {
        return false;
    }
    *(bool *)to = strcmp(text, "on") == 0;
    return true;
}

static bool take_switch(void *to, uint64_t number)
{
    if (number > 1) {
        return false;
    }
    *(bool *)to = number == 1;
    return true;
}

/* ---- words: the enum has them in the order in which setting->takes lists them ---- */

static bool parse_word(const struct setting *setting, void *to, const char *text)
{
    int place = words_place(setting->takes, text);
    if (place >= 0) {
        *(unsigned *)to = (unsigned)place;
    }
    return place >= 0;
}

static void print_word(const struct setting *setting, unsigned place, char *out, size_t size)
{
    const char *at = setting->takes, *word = at;
    size_t length = 0;
    for (unsigned i = 0; i <= place; i++) {
        words_next(&at, &word, &length);
    }
    snprintf(out, size, "%.*s", (int)length, word);
}

/* ---- texts; "" means none ---- */

static bool parse_text(void *to, const char *text)
{
    size_t size = strlen(text) + 1;
    if (size == 1 || size > SETTINGS_TEXT) {
        return false;
    }
    memcpy(to, text, size);
    return true;
}

bool settings_path_is_absolute(const char *path)
{
#ifdef _WIN32
    return (path[0] == '\\' && path[1] == '\\') ||
           (ascii_is_letter(path[0]) && path[1] == ':' && (path[2] == '\\' || path[2] == '/'));
#else
    return path[0] == '/';
#endif
}

/* Whether the file may be at this place is checked each time it is written (metrics/textfile.h). */
static bool parse_textfile(void *to, const char *text)
{
    static const char ending[] = ".prom";
    size_t size = strlen(text);
    if (strcmp(text, "off") == 0) {
        *(char *)to = '\0';
        return true;
    }
    return settings_path_is_absolute(text) && size > sizeof ending - 1 &&
           strcmp(text + size - (sizeof ending - 1), ending) == 0 && parse_text(to, text);
}

static bool is_pipe_name(const char *text)
{
    char name[PIPE_NAME_BYTES], error[PIPE_NAME_BYTES + 128];
    return pipe_name_resolve(text, name, error, sizeof error);
}

/* ---- by kind ---- */

const struct setting_kind *setting_kind(enum setting_kinds kind)
{
    static const struct setting_kind kinds[] = {
        [SETTING_TEXT] = {"REG_SZ", SETTINGS_TEXT, true},
        [SETTING_PIPE] = {"REG_SZ", SETTINGS_TEXT, true},
        [SETTING_FOLDER] = {"REG_SZ", SETTINGS_TEXT, true},
        [SETTING_TEXTFILE] = {"REG_SZ", SETTINGS_TEXT, false},
        [SETTING_NUMBER] = {"REG_DWORD or REG_QWORD", sizeof(uint32_t), false},
        [SETTING_SWITCH] = {"REG_DWORD, 1 or 0", sizeof(bool), false},
        [SETTING_WORD] = {"REG_SZ", sizeof(unsigned), false},
    };
    return &kinds[kind];
}

void setting_preset(const struct setting *setting, void *to)
{
    switch (setting->kind) {
    case SETTING_NUMBER:
        *(uint32_t *)to = setting->preset;
        break;
    case SETTING_SWITCH:
        *(bool *)to = setting->preset != 0;
        break;
    case SETTING_WORD:
        *(unsigned *)to = setting->preset;
        break;
    default:
        *(char *)to = '\0';
    }
}

bool setting_parse(const struct setting *setting, void *to, const char *text)
{
    switch (setting->kind) {
    case SETTING_NUMBER:
        return parse_number(setting, to, text);
    case SETTING_SWITCH:
        return parse_switch(to, text);
    case SETTING_WORD:
        return parse_word(setting, to, text);
    case SETTING_TEXTFILE:
        return parse_textfile(to, text);
    default:
        return parse_text(to, text);
    }
}

bool setting_take(const struct setting *setting, void *to, const struct settings_value *value)
{
    if (setting->kind == SETTING_NUMBER || setting->kind == SETTING_SWITCH) {
        return value->type == VALUE_NUMBER &&
               (setting->kind == SETTING_NUMBER ? set_number(setting, to, value->number)
                                                : take_switch(to, value->number));
    }
    /* With a wrong name the service would not start and could not report it. And a path must be
     * absolute: the service's current folder is not that of the person who wrote the value. */
    return value->type == VALUE_TEXT &&
           (setting->kind != SETTING_PIPE || is_pipe_name(value->text)) &&
           (setting->kind != SETTING_FOLDER || settings_path_is_absolute(value->text)) &&
           setting_parse(setting, to, value->text);
}

void setting_print(const struct setting *setting, const void *from, char *out, size_t size)
{
    switch (setting->kind) {
    case SETTING_NUMBER:
        snprintf(out, size, "%u", (unsigned)*(const uint32_t *)from);
        break;
    case SETTING_SWITCH:
        snprintf(out, size, "%s", *(const bool *)from ? "on" : "off");
        break;
    case SETTING_WORD:
        print_word(setting, *(const unsigned *)from, out, size);
        break;
    default:
        snprintf(out, size, "%s",
                 setting->kind == SETTING_TEXTFILE && *(const char *)from == '\0'
                     ? "off"
                     : (const char *)from);
    }
}

void setting_takes(const struct setting *setting, char *out, size_t size)
{
    switch (setting->kind) {
    case SETTING_PIPE:
        snprintf(out, size, "NAME or \\\\.\\pipe\\NAME, at most %d characters and no slash",
                 PIPE_NAME_UNITS);
        break;
    case SETTING_TEXTFILE:
        snprintf(out, size, "off, or an absolute path of at most %d bytes that ends in .prom",
                 SETTINGS_TEXT - 1);
        break;
    case SETTING_NUMBER:
        snprintf(out, size, "a whole number from %u to %u", (unsigned)setting->least,
                 (unsigned)setting->most);
        break;
    case SETTING_SWITCH:
    case SETTING_WORD:
        snprintf(out, size, "%s", setting->takes);
        break;
    default:
        snprintf(out, size, "%s, 1 to %d bytes", setting->takes, SETTINGS_TEXT - 1);
    }
}
