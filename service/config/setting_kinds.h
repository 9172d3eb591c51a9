/* setting_kinds.h: how each kind of setting is read, printed and described. Pure functions. */
#ifndef MSIWATCH_SERVICE_SETTING_KINDS_H
#define MSIWATCH_SERVICE_SETTING_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_TEXT 512
#define SETTINGS_NAME 32 /* bytes of an option's or value's name, with the final zero */

/* The kinds, and how their values are written on the command line and in the registry. */
enum setting_kinds {
    SETTING_TEXT,     /* REG_SZ */
    SETTING_PIPE,     /* REG_SZ; in the registry it must be the name of a pipe (pipe/pipe_name.h) */
    SETTING_FOLDER,   /* REG_SZ; in the registry it must be an absolute path */
    SETTING_TEXTFILE, /* REG_SZ, "off" or an absolute path that ends in .prom */
    SETTING_NUMBER,   /* REG_DWORD or REG_QWORD */
    SETTING_SWITCH,   /* on|off; REG_DWORD 1 or 0 */
    SETTING_WORD,     /* REG_SZ; one of the words in `takes`, stored as an enum in that order */
};

struct setting {
    const char *name; /* the option's name, without dashes */
    enum setting_kinds kind;
    size_t offset;                /* of the member in struct settings */
    uint32_t least, most, preset; /* of numbers; `preset` also of words and switches */
    const char *takes, *help;
    const char *title; /* a short description, for people who choose from a list */
    bool next_start;   /* a new value takes effect at the service's next start */
};

/* A value from the registry. */
struct settings_value {
    char name[SETTINGS_NAME]; /* UTF-8, cut to this size */
    enum settings_value_type { VALUE_NUMBER, VALUE_TEXT, VALUE_OTHER } type;
    uint64_t number;
    /* UTF-8, cut to this size; a text that fills it is too long for any setting */
    char text[SETTINGS_TEXT + 1];
};

struct setting_kind {
    const char *types; /* registry types that it accepts, in the registry's words */
    size_t size;       /* of the member, in bytes */
    bool any_text;     /* almost any text is valid, so a message need not repeat the value */
};

const struct setting_kind *setting_kind(enum setting_kinds kind);

/* In the following, `to` and `from` point to the setting's member in struct settings. */

/* Stores the default value. */
void setting_preset(const struct setting *setting, void *to);

/* Reads the text of an option. Returns false if it is not valid; then nothing has changed. */
bool setting_parse(const struct setting *setting, void *to, const char *text);

/* Reads a value from the registry. Returns false if it is not valid; then nothing has changed. */
bool setting_take(const struct setting *setting, void *to, const struct settings_value *value);

/* Writes the value as it would be given as an option. */
void setting_print(const struct setting *setting, const void *from, char *out, size_t size);

/* Writes which values are valid, for a message. */
void setting_takes(const struct setting *setting, char *out, size_t size);

/* Returns whether the path names the same file wherever it is used: it begins at the root of a
 * drive or share. */
bool settings_path_is_absolute(const char *path);

#endif
