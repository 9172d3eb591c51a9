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

static void preset_number(const struct setting *setting, void *to)
{
    *(uint32_t *)to = setting->preset;
}

static bool take_number(const struct setting *setting, void *to, const struct settings_value *value)
{
    if (value->type != VALUE_NUMBER || value->number < setting->least ||
        value->number > setting->most) {
        return false;
    }
    *(uint32_t *)to = (uint32_t)value->number;
    return true;
}

static bool parse_number(const struct setting *setting, void *to, const char *text)
{
    char *end;
    errno = 0;
    struct settings_value value = {.type = VALUE_NUMBER, .number = strtoull(text, &end, 10)};
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
           take_number(setting, to, &value);
}

static void print_number(const struct setting *setting, const void *from, char *out, size_t size)
{
    (void)setting;
    snprintf(out, size, "%u", (unsigned)*(const uint32_t *)from);
}

static void number_takes(const struct setting *setting, char *out, size_t size)
{
    snprintf(out, size, "a whole number from %u to %u", (unsigned)setting->least,
             (unsigned)setting->most);
}

static void preset_switch(const struct setting *setting, void *to)
{
    *(bool *)to = setting->preset != 0;
}

static bool parse_switch(const struct setting *setting, void *to, const char *text)
{
    (void)setting;
    if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0) {
        return false;
    }
    *(bool *)to = strcmp(text, "on") == 0;
    return true;
}

static bool take_switch(const struct setting *setting, void *to, const struct settings_value *value)
{
    (void)setting;
    if (value->type != VALUE_NUMBER || value->number > 1) {
        return false;
    }
    *(bool *)to = value->number == 1;
    return true;
}

static void print_switch(const struct setting *setting, const void *from, char *out, size_t size)
{
    (void)setting;
    snprintf(out, size, "%s", *(const bool *)from ? "on" : "off");
}

/* ---- words ---- */

static void takes_words(const struct setting *setting, char *out, size_t size)
{
    snprintf(out, size, "%s", setting->takes);
}

/* The enum has the words in the order in which setting->takes lists them. */
static void preset_word(const struct setting *setting, void *to)
{
    *(unsigned *)to = setting->preset;
}

static bool parse_word(const struct setting *setting, void *to, const char *text)
{
    int place = words_place(setting->takes, text);
    if (place >= 0) {
        *(unsigned *)to = (unsigned)place;
    }
    return place >= 0;
}

static void print_word(const struct setting *setting, const void *from, char *out, size_t size)
{
    const char *at = setting->takes, *word = at;
    size_t length = 0;
    for (unsigned i = 0; i <= *(const unsigned *)from; i++) {
        words_next(&at, &word, &length);
    }
    snprintf(out, size, "%.*s", (int)length, word);
}

/* ---- texts; "" means none ---- */

static void preset_text(const struct setting *setting, void *to)
{
    (void)setting;
    *(char *)to = '\0';
}

static bool parse_text(const struct setting *setting, void *to, const char *text)
{
    size_t size = strlen(text) + 1;
    (void)setting;
    if (size == 1 || size > SETTINGS_TEXT) {
        return false;
    }
    memcpy(to, text, size);
    return true;
}

static void print_text(const struct setting *setting, const void *from, char *out, size_t size)
{
    (void)setting;
    snprintf(out, size, "%s", (const char *)from);
}

static void text_takes(const struct setting *setting, char *out, size_t size)
{
    snprintf(out, size, "%s, 1 to %d bytes", setting->takes, SETTINGS_TEXT - 1);
}

/* Text in the registry is read like the text of an option. */
static bool take_text(const struct setting *setting, void *to, const struct settings_value *value)
{
    return value->type == VALUE_TEXT &&
           setting_kind(setting->kind)->parse(setting, to, value->text);
}

/* Checks the name here, because with a wrong one the service would not start and could not report
 * it. */
static bool take_pipe(const struct setting *setting, void *to, const struct settings_value *value)
{
    char name[PIPE_NAME_BYTES], error[PIPE_NAME_BYTES + 128];
    return value->type == VALUE_TEXT && pipe_name_resolve(value->text, name, error, sizeof error) &&
           take_text(setting, to, value);
}

static void pipe_takes(const struct setting *setting, char *out, size_t size)
{
    (void)setting;
    snprintf(out, size, "NAME or \\\\.\\pipe\\NAME, at most %d characters and no slash",
             PIPE_NAME_UNITS);
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

/* The path must be absolute: the service's current folder is not that of the person who wrote the
 * value. */
static bool take_folder(const struct setting *setting, void *to, const struct settings_value *value)
{
    return value->type == VALUE_TEXT && settings_path_is_absolute(value->text) &&
           take_text(setting, to, value);
}

/* Whether the file may be at this place is checked each time it is written (metrics/textfile.h). */
static bool parse_textfile(const struct setting *setting, void *to, const char *text)
{
    static const char ending[] = ".prom";
    size_t size = strlen(text);
    if (strcmp(text, "off") == 0) {
        preset_text(setting, to);
        return true;
    }
    return settings_path_is_absolute(text) && size > sizeof ending - 1 &&
           strcmp(text + size - (sizeof ending - 1), ending) == 0 && parse_text(setting, to, text);
}

static void print_textfile(const struct setting *setting, const void *from, char *out, size_t size)
{
    (void)setting;
    snprintf(out, size, "%s", *(const char *)from == '\0' ? "off" : (const char *)from);
}

static void textfile_takes(const struct setting *setting, char *out, size_t size)
{
    (void)setting;
    snprintf(out, size, "off, or an absolute path of at most %d bytes that ends in .prom",
             SETTINGS_TEXT - 1);
}

/* ---- the table ---- */

const struct setting_kind *setting_kind(enum setting_kinds kind)
{
    static const struct setting_kind kinds[] = {
        [SETTING_TEXT] = {"REG_SZ", SETTINGS_TEXT, true, preset_text, parse_text, take_text,
                          print_text, text_takes},
        [SETTING_PIPE] = {"REG_SZ", SETTINGS_TEXT, true, preset_text, parse_text, take_pipe,
                          print_text, pipe_takes},
        [SETTING_FOLDER] = {"REG_SZ", SETTINGS_TEXT, true, preset_text, parse_text, take_folder,
                            print_text, text_takes},
        [SETTING_TEXTFILE] = {"REG_SZ", SETTINGS_TEXT, false, preset_text, parse_textfile,
                              take_text, print_textfile, textfile_takes},
        [SETTING_NUMBER] = {"REG_DWORD or REG_QWORD", sizeof(uint32_t), false, preset_number,
                            parse_number, take_number, print_number, number_takes},
        [SETTING_SWITCH] = {"REG_DWORD, 1 or 0", sizeof(bool), false, preset_switch, parse_switch,
                            take_switch, print_switch, takes_words},
        [SETTING_WORD] = {"REG_SZ", sizeof(unsigned), false, preset_word, parse_word, take_text,
                          print_word, takes_words},
    };
    return &kinds[kind];
}
